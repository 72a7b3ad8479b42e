/**
 * @file Handwritten digits without a data set: each is a few strokes of a round pen, white on black, 28 × 28.
 *
 * A hand is a wobble of the control points, a slant, a turn, a width and a pen. As in MNIST, the written digit is then
 * scaled into a box of about 20 × 20 pixels, its proportions kept, and the box lies about the middle of the image.
 */
import { Random, STREAMS } from '../../tensor/random.ts';
import { expectIndex, type Dataset } from '../dataset.ts';
import { Canvas, curve, stroke, union, type Points } from './draw.ts';

/** The ways to write each digit, a list of strokes each: control points of `curve` between about −10 and 10, y down. */
const GLYPHS: readonly (readonly Points[])[][] = [
  [
    [[2, -9, -4, -12, -8, -4, -7, 9, 0, 12, 7, 8, 8, -5, 3, -12, -1, -9]],
    [[4, -8, -2, -12, -8, -5, -8, 6, -2, 12, 6, 9, 8, -2, 5, -11, 0, -10]],
  ],
  [
    [[0, -10, 0, 10]],
    [[-4, -6, -1, -7, 1, -10, 1, -10, 0, 10]],
    [[-4, -6, 0, -10, 0, -10, 0, 10], [-4, 10, 5, 10]],
  ],
  [
    [[-6, -5, -6, -10, 3, -13, 9, -6, 3, 2, -7, 10, -7, 10, 0, 9, 8, 9]],
    [[-6, -6, -4, -11, 5, -12, 8, -4, 0, 7, -7, 11, -8, 6, -3, 5, 3, 10, 8, 8]],
  ],
  [
    [[-6, -8, -2, -11, 7, -11, 7, -2, -2, -1, -2, -1, 9, -2, 9, 8, 2, 12, -7, 8]],
    [[-6, -9, 1, -12, 8, -8, 5, -1, 0, -1, 5, -1, 9, 4, 6, 11, -2, 11, -7, 8]],
  ],
  [
    [[-4, -9, -6, -2, -7, 2, -7, 2, 0, 1, 8, 1], [4, -8, 3, 2, 2, 10]],
    [[8, 3, -8, 3, -8, 3, 4, -10, 4, -10, 3, 10]],
    [[-6, -9, -7, 0, -3, 3, 5, 0, 6, -9, 6, -9, 5, 3, 4, 10]],
  ],
  [
    [[7, -10, -4, -9, -4, -9, -6, -1, -6, -1, 2, -5, 9, 0, 7, 9, 0, 12, -7, 8]],
    [[-4, -9, -5, -2, -5, -2, 4, -4, 9, 3, 5, 11, -2, 11, -7, 8], [-4, -9, 7, -10]],
  ],
  [
    [[4, -10, -4, -6, -8, 2, -7, 10, 0, 12, 7, 9, 6, 1, -1, 0, -6, 5]],
    [[1, -10, -4, -4, -6, 6, -3, 11, 4, 11, 7, 5, 3, 0, -3, 2, -5, 6]],
  ],
  [
    [[-7, -9, 0, -9, 7, -10, 7, -10, 1, 0, -1, 10]],
    [[-7, -7, -7, -9, -7, -9, 7, -9, 7, -9, 2, 1, -1, 10], [-3, 1, 6, 0]],
  ],
  [
    [[5, -7, 1, -12, -7, -9, -6, -3, 4, 1, 9, 8, 1, 13, -8, 9, -5, 2, 4, -3, 7, -9, 3, -11]],
    [[0, -1, -7, -4, -5, -11, 4, -12, 7, -6, 0, -1, -9, 5, -5, 12, 5, 12, 8, 5, 0, -1]],
  ],
  [
    [[6, -6, 4, -11, -5, -12, -9, -4, -4, 2, 4, -1, 6, -7, 6, -7, 5, 2, 3, 10]],
    [[6, -7, 1, -12, -7, -8, -6, 0, 1, 1, 6, -4, 6, -8, 6, -8, 6, 4, 3, 11, -5, 9]],
  ],
];

/** Between −1 and 1, small values more often: near enough to a normal number, without its logarithm. */
const bell = (random: Random): number => (random.uniform(-1, 1) + random.uniform(-1, 1)) / 2;

/** The control points as one hand would place them: x ← width·x − slant·y, y ← y + turn·x. */
function write(strokes: readonly Points[], random: Random): Points[] {
  const slant = 0.12 + 0.4 * bell(random);
  const turn = 0.16 * bell(random);
  const width = 0.92 + 0.25 * bell(random);
  return strokes.map((points) => {
    const out: number[] = [];
    for (let i = 0; i < points.length; i += 2) {
      // A corner is one point of the hand, however often it stands in the table.
      if (i > 0 && points[i] === points[i - 2] && points[i + 1] === points[i - 1]) {
        out.push(out[i - 2], out[i - 1]);
        continue;
      }
      const x = width * (points[i] + 2 * bell(random));
      const y = points[i + 1] + 2 * bell(random);
      out.push(x - slant * y, y + turn * x);
    }
    return curve(out);
  });
}

/** The lines scaled so that they, drawn with a pen of this radius, just fit a square around the origin. */
function fit(lines: readonly Points[], side: number, radius: number): Points[] {
  const xs = lines.flatMap((line) => line.filter((_, i) => i % 2 === 0));
  const ys = lines.flatMap((line) => line.filter((_, i) => i % 2 === 1));
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = (side - 2 * radius) / Math.max(right - left, bottom - top);
  const centre = [(left + right) / 2, (top + bottom) / 2];
  return lines.map((line) => line.map((v, i) => scale * (v - centre[i % 2])));
}

/**
 * Ten thousand handwritten digits [1, 28, 28]; number i shows the digit i mod 10. Another seed, other hands.
 * @throws {RangeError} if the seed is not a non-negative safe integer.
 */
export function digits(seed = 0): Dataset {
  new Random(seed); // A bad seed throws here, at the door.
  const [name, size, shape] = ['digits', 10_000, [1, 28, 28] as const];
  return {
    name,
    shape,
    classes: 10,
    size,
    classNames: [...'0123456789'],
    example(index) {
      expectIndex(name, index, size);
      const random = new Random(STREAMS.digits, seed, index);
      const label = index % 10;
      const glyph = GLYPHS[label][random.below(GLYPHS[label].length)];
      const radius = 1.45 + 0.6 * bell(random);
      const lines = fit(write(glyph, random), 20 - random.uniform(0, 2), radius);
      const canvas = new Canvas(shape);
      canvas.frame(14 + bell(random), 14 + bell(random), 1);
      canvas.paint(union(...lines.map((line) => stroke(line, radius))), [1], 1, 1.6);
      return { image: canvas.toImage(), label };
    },
  };
}
