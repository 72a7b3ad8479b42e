/** @file Lines in a plane: points where they belong on both kinds of axes, ticks, gaps; and contours. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { contour } from '../../src/plot/contour.ts';
import { plane, type Axis, type Point } from '../../src/plot/plane.ts';
import type { Style } from '../../src/plot/svg.ts';
import { checkRangeError } from '../check/errors.ts';

const STYLE: Style = { colour: '#123456', marker: 'circle', solid: true };

/** The picture of these points, its area 100 pixels a side. */
function draw(points: readonly Point[], x: Partial<Axis> = {}, y: Partial<Axis> = {}): string {
  const options = { title: 'A', description: 'B', width: 100, height: 100 };
  return plane([{ name: 'N', style: STYLE, points }], {
    ...options, x: { title: 'across', ...x }, y: { title: 'up', ...y },
  });
}

/** Centres of the markers from the area's lower left corner, which is read off the axes; the area's sides are 1. */
function centres(svg: string): Point[] {
  const [, left, top, bottom] = /<path d="M([\d.]+) ([\d.]+)V([\d.]+)H/.exec(svg)!.map(Number);
  assert.is(bottom - top, 100);
  return [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
    Math.round(Number(x) - left) / 100, Math.round(bottom - Number(y)) / 100,
  ]);
}

const texts = (svg: string): string[] => [...svg.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text);

test('plane: linear axes end at ticks, points lie between', () => {
  const svg = draw([[0, -1], [5, 0.5], [10, 1]]);
  assert.equal(centres(svg).slice(0, 3), [[0, 0], [0.5, 0.75], [1, 1]]);
  const names = ['0', '2', '4', '6', '8', '10', '−1.0', '−0.5', '0.0', '0.5', '1.0'];
  assert.equal(texts(svg), ['A', ...names, 'across', 'up', 'N']);
});

test('plane: logarithmic axes have whole decades', () => {
  const svg = draw([[1e-3, 1], [1e-2, 1e6], [0.1, 1e12]], { log: true }, { log: true });
  assert.equal(centres(svg).slice(0, 3), [[0, 0], [0.5, 0.5], [1, 1]]);
  const names = ['10⁻³', '10⁻²', '10⁻¹', '10⁰', '10²', '10⁴', '10⁶', '10⁸', '10¹⁰', '10¹²'];
  assert.equal(texts(svg).slice(1, 11), names);
});

test('plane: an end that is given is kept; what is outside or no number interrupts the line', () => {
  const points: Point[] = [[0, 0], [1, 1], [1, 9], [2, 2], [3, NaN], [3, 3], [4, 4]];
  const svg = draw(points, {}, { low: 0, high: 4 });
  assert.match(svg, /d="M[\d. ]+L[\d. ]+M[\d. ]+M[\d. ]+L[\d. ]+" fill="none" stroke="#123456"/);
  assert.is(centres(svg).length, 5 + 1, 'one of them the legend’s');
  assert.is(centres(draw(points, { low: 0, high: 2 })).length, 4 + 1);
  assert.is(centres(draw([[1, 0], [2, -1], [3, 10], [4, 100]], {}, { log: true })).length, 2 + 1);
});

test('plane: no legend without names, no markers without a kind', () => {
  const axis = { title: 'a' }, options = { title: 'A', description: 'B', x: axis, y: axis };
  const svg = plane([{ style: { colour: '#000', solid: false }, points: [[0, 0], [1, 1]] }], options);
  assert.not.match(svg, /<circle/);
  assert.match(svg, /stroke-dasharray/);
  assert.equal(texts(svg).slice(-2), ['a', 'a']);
  assert.match(svg, /^<svg [^>]*role="img">\n<title>A<\/title>\n<desc>B<\/desc>\n/);
});

test('plane: the title is above all else, in as many lines as it needs', () => {
  const words = 'a title of many words that does not fit in one line of so small a picture as this';
  const plain = draw([[0, 0]]);
  const titled = plane([{ name: 'N', style: STYLE, points: [[0, 0]] }], {
    title: words, description: 'B', width: 100, height: 100, x: { title: 'across' }, y: { title: 'up' },
  });
  const linesOf = (svg: string): readonly (readonly [y: number, text: string])[] =>
    [...svg.matchAll(/<text [^>]*?y="([\d.]+)"[^>]* font-size="16"[^>]*>([^<]*)</g)]
      .map(([, y, line]) => [Number(y), line]);
  const shiftOf = (svg: string): number => Number(/<g transform="translate\(0 ([\d.]+)\)"/.exec(svg)![1]);
  const heightOf = (svg: string): number => Number(/viewBox="0 0 [\d.]+ ([\d.]+)"/.exec(svg)![1]);
  assert.equal(linesOf(plain).map(([, line]) => line), ['A']);
  const lines = linesOf(titled);
  assert.is(lines.map(([, line]) => line).join(' '), words);
  assert.ok(lines.length > 2);
  assert.ok(lines.every(([y], i) => i === 0 || y - lines[i - 1][0] >= 16), 'no line over another');
  assert.ok(shiftOf(titled) > lines.at(-1)![0], 'the picture begins below');
  assert.is(heightOf(titled) - heightOf(plain), shiftOf(titled) - shiftOf(plain));
});

test('plane: a picture or an axis without a title is refused', () => {
  checkRangeError(() => draw([[0, 0]], { title: '' }), /^plane x title: expected a title, got ""$/);
  checkRangeError(() => draw([[0, 0]], {}, { title: ' ' }), /^plane y title: expected a title, got " "$/);
  const axis = { title: 'a' };
  checkRangeError(() => plane([{ style: STYLE, points: [[0, 0]] }], { title: '', description: 'B', x: axis, y: axis }),
    /^plane title: /);
});

test('plane: one point has room, none is a RangeError', () => {
  assert.equal(centres(draw([[3, 3]])).slice(0, 1), [[0, 0]]);
  checkRangeError(() => draw([]), /^plane x: expected points between two ends, got ends /);
  checkRangeError(() => draw([[1, -1]], {}, { log: true }), /^plane y: /);
  checkRangeError(() => draw([[1, 1]], { low: 2, high: 1 }), /^plane x: .* got ends 2 and 1$/);
});

test('contour: every piece lies on the line', () => {
  const pieces = contour((x, y) => x + 2 * y, 1, [-1, -1], [2, 1], 7);
  for (const [x, y] of pieces) assert.ok(Number.isNaN(x) || Math.abs(x + 2 * y - 1) < 1e-12, `${x}, ${y}`);
  assert.ok(Number.isNaN(pieces[2][0]) && pieces.length % 3 === 0);
  const xs = pieces.map(([x]) => x).filter((x) => !Number.isNaN(x));
  assert.ok(Math.abs(Math.min(...xs) + 1) < 1e-12 && Math.abs(Math.max(...xs) - 2) < 1e-12, 'from side to side');
});

test('contour: a circle has its length', () => {
  const pieces = contour((x, y) => x * x + y * y, 1, [-1.5, -1.5], [1.5, 1.5]);
  let length = 0;
  for (let i = 0; i < pieces.length; i += 3) {
    length += Math.hypot(pieces[i + 1][0] - pieces[i][0], pieces[i + 1][1] - pieces[i][1]);
  }
  assert.ok(Math.abs(length - 2 * Math.PI) < 0.01, `${length}`);
  assert.equal(contour((x, y) => x * x + y * y, 9, [-1.5, -1.5], [1.5, 1.5]), []);
});

test.run();
