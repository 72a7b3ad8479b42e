/** @file The chart: a sound document, values where they belong, what is for comparison behind. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { chart, type Panel, type Series } from '../../src/plot/chart.ts';
import type { Style } from '../../src/plot/svg.ts';
import { checkRangeError } from '../check/errors.ts';

const STYLE: Style = { colour: '#123456', marker: 'circle', solid: true };
const OPTIONS = { title: 'A', description: 'B', xTitle: 'x', yTitle: 'y', ticks: ['one', 'two', 'three'] };
const panel = (...series: Series[]): Panel => ({ title: 'P', subtitle: 'S', series });
const series = (values: Series['values'], more: Partial<Series> = {}): Series => ({ name: 'N', style: STYLE, values, ...more });

/** Numbers of an attribute of all elements of a name, in their order. */
const numbers = (svg: string, element: string, attribute: string): number[] =>
  [...svg.matchAll(new RegExp(`<${element} [^>]*?\\b${attribute}="([^"]*)"`, 'g'))].map(([, value]) => Number(value));

/** Every tag that is opened is closed, in order, and text has no mark of its own. */
function checkDocument(svg: string): void {
  const open: string[] = [];
  for (const [, text, end, name, self] of svg.matchAll(/([^<]*)<(\/?)([a-z]+)(?:\s[a-zA-Z0-9:-]+="[^"<>]*")*(\/?)>/g)) {
    assert.not.match(text.replace(/&(amp|lt|gt|quot);/g, ''), /[&<>]/);
    if (end) assert.is(open.pop(), name);
    else if (!self) open.push(name);
  }
  assert.equal(open, []);
  assert.is(svg.replace(/<[^>]*>/g, '').includes('<'), false);
  assert.match(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 [\d.]+ [\d.]+"[^]*<\/svg>\n$/);
}

test('chart: values lie at their height above the axis, evenly spaced', () => {
  const svg = chart([panel(series([0, 0.5, 1]))], OPTIONS);
  checkDocument(svg);
  const [x0, x1, x2] = numbers(svg, 'circle', 'cx'), [low, middle, high] = numbers(svg, 'circle', 'cy');
  assert.ok(Math.abs(x2 - 2 * x1 + x0) < 0.03, 'but for two decimals');
  assert.is(middle - high, low - middle);
  const lines = numbers(svg, 'line', 'y1'); // 0, 20, … 100 %
  assert.equal([low, high], [lines[0], lines.at(-1)]);
  assert.ok(low > high);
});

test('chart: whiskers where they are given, and series beside each other', () => {
  const ends = [0, 0.25, 0.5].map((low) => ({ low, high: low + 0.5 }));
  assert.not.match(chart([panel(series([0, 0.5, 1]))], OPTIONS), /d="M[\d.]+ [\d.]+V/);
  const svg = chart([panel(series([0.25, 0.5, 0.75], { ends }), series([0.25, 0.5, 0.75], { ends, name: 'M' }))], OPTIONS);
  checkDocument(svg);
  const whiskers = [...svg.matchAll(/d="M([\d.]+) ([\d.]+)V([\d.]+)"/g)].map(([, ...numbers]) => numbers.map(Number));
  assert.is(whiskers.length, 6);
  const x = numbers(svg, 'circle', 'cx'), y = numbers(svg, 'circle', 'cy');
  whiskers.forEach(([at, low, high], i) => {
    assert.is(at, x[i]);
    assert.is((low + high) / 2, y[i]);
  });
  const radius = Math.max(...numbers(svg, 'circle', 'r')), stroke = Math.max(...numbers(svg, 'circle', 'stroke-width'));
  assert.ok(Math.abs(x[0] - x[3]) >= 2 * radius + stroke, 'markers of the same height do not touch');
});

test('chart: what comes first is behind; a gap where there is no value', () => {
  const faint = series([1, null, 0.5], { name: 'paper', style: { ...STYLE, colour: '#abcdef', faint: true } });
  const svg = chart([panel(faint, series([1, 0.5, null], { name: 'here' }))], OPTIONS);
  checkDocument(svg);
  assert.ok(svg.indexOf('#abcdef') < svg.indexOf('#123456'));
  const curves = svg.slice(0, svg.indexOf('>paper<'));
  assert.is([...curves.matchAll(/<circle/g)].length, 5, 'two of each, and one in the legend');
  assert.not.match(curves.slice(0, curves.lastIndexOf('</g>')), /fill="none" stroke="#abcdef"/, 'no line over a gap');
});

test('chart: a legend entry a name, whatever the panels; panels side by side', () => {
  const two = chart([panel(series([0, 0, 0])), panel(series([1, 1, 1]), series([1, 1, 1], { name: 'M' }))], OPTIONS);
  checkDocument(two);
  for (const name of ['N', 'M']) assert.is([...two.matchAll(new RegExp(`>${name}</text>`, 'g'))].length, 1);
  const [first, second] = [...two.matchAll(/<g transform="translate\(([\d.]+) 0\)"/g)].map(([, x]) => Number(x));
  const [x1] = numbers(two, 'line', 'x1'), [x2] = numbers(two, 'line', 'x2');
  assert.ok(second + x1 > first + x2, 'the second starts where the first has ended');
  assert.is([...two.matchAll(/>100<\/text>/g)].length, 1, 'one y axis');
  assert.is([...two.matchAll(/>y<\/text>/g)].length, 1);
});

test('chart: more than four panels are in rows, the last maybe shorter, none over another, with a y axis each', () => {
  const placesOf = (count: number): number[][] => {
    const svg = chart(Array.from({ length: count }, () => panel(series([0, 0.5, 1]))), OPTIONS);
    checkDocument(svg);
    const [[, heading], ...places] = [...svg.matchAll(/<g transform="translate\(([\d.]+) ([\d.]+)\)"/g)]
      .map(([, x, y]) => [Number(x), Number(y)]);
    const rows = new Set(places.map(([, y]) => y)).size;
    assert.is([...svg.matchAll(/>100<\/text>/g)].length, rows);
    const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number);
    for (const [x, y] of places) {
      assert.ok(x + numbers(svg, 'line', 'x2')[0] < width);
      const bottom = heading + y + Math.max(...numbers(svg, 'line', 'y1').slice(0, 6));
      assert.ok(bottom < height - 40, 'the legend is below them');
    }
    return places;
  };
  assert.is(new Set(placesOf(4).map(([, y]) => y)).size, 1);
  const six = placesOf(6), [, top] = six[0], [, bottom] = six[3];
  assert.ok(bottom - top >= 300, 'titles, plot and names');
  assert.equal(six.map(([, y]) => y), [top, top, top, bottom, bottom, bottom]);
  assert.equal(six.slice(3).map(([x]) => x), six.slice(0, 3).map(([x]) => x));
  assert.equal([5, 7, 8, 9].map((count) => placesOf(count).filter(([, y]) => y === 0).length), [3, 4, 4, 3]);
});

test('chart: dashes over a solid line, both over what is faint, whatever the order', () => {
  const all = [
    series([1, 1, 1], { name: 'dashed', style: { ...STYLE, colour: '#d00000', solid: false } }),
    series([1, 1, 1], { name: 'solid', style: { ...STYLE, colour: '#00d000' } }),
    series([1, 1, 1], { name: 'paper', style: { ...STYLE, colour: '#0000d0', faint: true } }),
  ];
  const svg = chart([panel(...all)], OPTIONS);
  const positions = ['#0000d0', '#00d000', '#d00000'].map((colour) => svg.indexOf(colour));
  assert.equal(positions, positions.toSorted((a, b) => a - b));
});

test('chart: hostile text is text; open squares are another marker; the same twice', () => {
  const hostile = '</text><script>&"';
  const square: Style = { ...STYLE, marker: 'square', solid: false };
  const make = () => chart(
    [{ title: hostile, subtitle: hostile, series: [series([0, 0, 0], { name: hostile, style: square })] }],
    { title: hostile, description: hostile, xTitle: hostile, yTitle: hostile, ticks: [hostile, 'b', 'c'] },
  );
  checkDocument(make());
  assert.not.match(make(), /<script>/);
  assert.match(make(), /stroke-dasharray/);
  assert.not.match(make(), /<circle/);
  assert.is(make(), make());
});

test('chart: names of ticks that would touch are in two rows, the axis named below', () => {
  const named = (ticks: readonly string[]): readonly (readonly [y: number, text: string])[] =>
    [...chart([panel(series(ticks.map(() => 0)))], { ...OPTIONS, ticks })
      .matchAll(/y="([\d.]+)"[^>]*>([^<]+)<\/text>/g)]
      .map(([, y, text]) => [Number(y), text] as const)
      .filter(([, text]) => [...ticks, 'x'].includes(text));
  const [a, b, c, below] = named(['a', 'b', 'c']).map(([y]) => y);
  assert.ok(a === b && b === c && below > a + 13);
  const long = named(['none', 'float32', 'float16', 'bfloat16', 'int8']).map(([y]) => y);
  assert.equal(long.slice(0, 5).map((y) => y - long[0] >= 13), [false, true, false, true, false]);
  assert.ok(long[5] >= long[1] + 13);
});

test('chart: the title is drawn once, above the panels', () => {
  const svg = chart([panel(series([0, 0, 0]))], { ...OPTIONS, title: 'What is seen' });
  assert.match(svg, /<text [^>]*>What is seen<\/text>\n<g transform="translate\(0 [\d.]+\)">/);
});

test('chart: refuses what it cannot draw', () => {
  const untitled = [['title', { title: '' }], ['x title', { xTitle: '' }], ['y title', { yTitle: '' }]] as const;
  for (const [name, options] of untitled) {
    const told = new RegExp(`^chart ${name}: expected a title, got ""$`);
    checkRangeError(() => chart([panel(series([0, 1, 1]))], { ...OPTIONS, ...options }), told);
  }
  checkRangeError(() => chart([], OPTIONS), /^chart: expected at least one panel, got 0$/);
  checkRangeError(() => chart([panel(series([0, 1]))], OPTIONS), /^chart N: expected 3 values, got 2$/);
  checkRangeError(() => chart([panel(series([0, 1, 1], { ends: [] }))], OPTIONS), /^chart N: expected 3 intervals, got 0$/);
  const ends = [0, 0, 0].map((low) => ({ low, high: 1 }));
  checkRangeError(() => chart([panel(series([0, 1], { ends }))], OPTIONS), /^chart N: expected 3 values, got 2$/);
  for (const bad of [-0.1, 1.1, NaN]) {
    checkRangeError(() => chart([panel(series([0, 1, bad]))], OPTIONS), /^chart N: expected shares from 0 to 1, got /);
  }
});

test.run();
