import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { halfBlocks, redraw, sideBySide, visibleWidth, xtermColour } from '../../src/plot/half-blocks.ts';
import { colourAt, picture } from '../../src/plot/raster.ts';
import { Random } from '../../src/tensor/random.ts';
import { type Tensor, zeros } from '../../src/tensor/tensor.ts';

const image = (shape: number[], pixels: number[]): Tensor => ({ shape, data: Float64Array.from(pixels) });
const ink = (...rgb: number[]) => `\x1b[38;2;${rgb.join(';')}m`;
const ground = (...rgb: number[]) => `\x1b[48;2;${rgb.join(';')}m`;
const RESET = '\x1b[0m';

/** What a terminal makes of half blocks: the colour of each pixel, row by row; undefined for the terminal's own. */
function terminal(lines: string[]): (string | undefined)[][] {
  return lines.flatMap((line) => {
    const upper: (string | undefined)[] = [];
    const lower: (string | undefined)[] = [];
    let [fore, back]: (string | undefined)[] = [undefined, undefined];
    for (const [, which, colour, reset, character] of line.matchAll(/\x1b\[([34])8;([0-9;]+)m|(\x1b\[0m)|(.)/gu)) {
      if (which) assert.is.not(colour, which === '3' ? fore : back, 'an escape changes a colour');
      if (which === '3') fore = colour;
      if (which === '4') back = colour;
      if (reset) [fore, back] = [undefined, undefined];
      if (!character) continue;
      assert.is(character, '▀');
      upper.push(fore);
      lower.push(back);
    }
    assert.equal([fore, back], [undefined, undefined], 'a line ends in a reset');
    return [upper, lower];
  });
}

test('ink is the upper pixel and background the lower, an escape only where a colour changes', () => {
  const lines = halfBlocks(image([1, 2, 3], [1, 1, 0, 0, 0, 0]), 24);
  assert.equal(lines, [`${ink(255, 255, 255)}${ground(0, 0, 0)}▀▀${ink(0, 0, 0)}▀${RESET}`]);
});

test('an odd last row stands on the terminal\'s own background', () => {
  const lines = halfBlocks(image([1, 3, 1], [0, 1, 0.2]), 24);
  assert.equal(lines, [`${ink(0, 0, 0)}${ground(255, 255, 255)}▀${RESET}`, `${ink(51, 51, 51)}▀${RESET}`]);
});

test('256 colours by number; pixels outside [0, 1] are clamped and NaN is grey', () => {
  const lines = halfBlocks(image([3, 2, 1], [1.5, NaN, -1, NaN, 0, NaN]), 8);
  assert.equal(lines, [`\x1b[38;5;196m\x1b[48;5;244m▀${RESET}`]);
});

test('a terminal shows every pixel of any image, in both depths and any height', () => {
  const random = new Random(2);
  for (let run = 0; run < 40; run++) {
    const [C, H, W] = [random.below(2) === 0 ? 1 : 3, 1 + random.below(9), 1 + random.below(9)];
    const any = zeros([C, H, W]);
    // Few levels, so that neighbours are often alike and escapes are left out.
    for (let i = 0; i < any.data.length; i++) any.data[i] = random.below(3) / 2;
    const shown = picture(any);
    for (const depth of [24, 8] as const) {
      const lines = halfBlocks(any, depth);
      assert.is(lines.length, Math.ceil(H / 2));
      const screen = terminal(lines);
      for (let y = 0; y < 2 * lines.length; y++) {
        assert.is(screen[y].length, W);
        for (let x = 0; x < W; x++) {
          const colour = y < H ? colourAt(shown, x, y) : undefined;
          const expected = colour && (depth === 24 ? `2;${colour.join(';')}` : `5;${xtermColour(colour)}`);
          assert.is(screen[y][x], expected, `[${C},${H},${W}] at (${y}, ${x})`);
        }
      }
    }
  }
});

/** xterm's colours 16 to 255, written out. */
const XTERM = Array.from({ length: 240 }, (_, i) => {
  if (i >= 216) return [8 + 10 * (i - 216), 8 + 10 * (i - 216), 8 + 10 * (i - 216)];
  return [Math.floor(i / 36), Math.floor(i / 6) % 6, i % 6].map((level) => (level === 0 ? 0 : 55 + 40 * level));
});

test('xterm: each of its own colours is itself', () => {
  XTERM.forEach(([r, g, b], i) => assert.equal(XTERM[xtermColour([r, g, b]) - 16], [r, g, b], `${16 + i}`));
  assert.is(xtermColour([0, 0, 0]), 16);
  assert.is(xtermColour([255, 255, 255]), 231);
  assert.is(xtermColour([255, 0, 0]), 196);
  assert.is(xtermColour([128, 128, 128]), 244);
  assert.is(xtermColour([255, 0, 47]), 196, '47 is just nearer to 0');
  assert.is(xtermColour([255, 0, 48]), 197, '48 is just nearer to 95');
});

test('xterm: no colour of the 240 is nearer than the one chosen', () => {
  const random = new Random(3);
  for (let run = 0; run < 3000; run++) {
    // Every other colour is nearly grey, where the ramp and the cube compete.
    const base = random.below(256);
    const near = () => Math.min(255, Math.max(0, base + random.below(25) - 12));
    const any = () => random.below(256);
    const [r, g, b] = run % 2 === 0 ? [any(), any(), any()] : [near(), near(), near()];
    const distance = ([r2, g2, b2]: number[]) => (r - r2) ** 2 + (g - g2) ** 2 + (b - b2) ** 2;
    const number = xtermColour([r, g, b]);
    const [chosen, nearest] = [distance(XTERM[number - 16]), Math.min(...XTERM.map(distance))];
    assert.is(chosen, nearest, `[${r},${g},${b}] as ${number}: squared distance ${chosen}, nearest ${nearest}`);
  }
});

test('visible width counts characters and no escape', () => {
  assert.is(visibleWidth(''), 0);
  assert.is(visibleWidth('x′ = ∇'), 6);
  assert.is(visibleWidth(`${ink(1, 2, 3)}▀▀${RESET} \x1b[1mbold${RESET}`), 7);
  for (const line of halfBlocks(zeros([3, 5, 7]), 24)) assert.is(visibleWidth(line), 7);
});

test('side by side: labels on top, every line one visible width, shorter images followed by blanks', () => {
  const images = [zeros([1, 2, 3]), zeros([3, 6, 12]), zeros([1, 5, 4])];
  const lines = sideBySide(images, ['original', 'iteration 7', 'x'], 24, 3);
  assert.is(lines.length, 1 + 3);
  assert.is(lines[0], 'original   iteration 7    x   ');
  for (const line of lines) assert.is(visibleWidth(line), 8 + 3 + 12 + 3 + 4);
  assert.equal(lines.slice(1).map((line) => line.replace(/\x1b\[[0-9;]*m/g, '')), [
    '▀▀▀        ▀▀▀▀▀▀▀▀▀▀▀▀   ▀▀▀▀',
    '           ▀▀▀▀▀▀▀▀▀▀▀▀   ▀▀▀▀',
    '           ▀▀▀▀▀▀▀▀▀▀▀▀   ▀▀▀▀',
  ]);
  assert.equal(sideBySide([], [], 8), []);
  assert.throws(() => sideBySide(images, ['original'], 8), /labels: expected 3, one per image, got 1/);
});

test('redraw: nothing the first time, then up over the old picture and clear', () => {
  assert.is(redraw(0), '');
  assert.is(redraw(17), '\r\x1b[17A\x1b[J');
});

test.run();
