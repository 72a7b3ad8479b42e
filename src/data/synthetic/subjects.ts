/**
 * @file The ten subjects of the pictures, each a few shapes in a box of about −10 to 10, y down.
 */
import type { Random } from '../../tensor/random.ts';
import {
  below, blob, curve, ellipse, gradient, intersection, mix, polygon, stroke, union, without,
  type Colour, type Ink, type Paint, type Points, type Shape,
} from './draw.ts';
import type { Setting } from './settings.ts';

/** What a picture shows, the place where it belongs, and how to paint it there. */
export interface Subject {
  readonly name: string;
  readonly place: 'land' | 'air' | 'sea' | 'depths';
  paint(paint: Paint, setting: Setting, random: Random): void;
}

const WHITE: Colour = [1, 1, 1];
const BLACK: Colour = [0, 0, 0];

/** A colour lit from above and from one side: lighter on the side of the light, darker on the other. */
const lit = (colour: Colour): Ink => {
  const light = mix(colour, WHITE, 0.22);
  const shade = mix(colour, BLACK, 0.28);
  return (x, y) => mix(light, shade, 0.5 + (x + y) / 26);
};

const rectangle = (left: number, top: number, right: number, bottom: number): Shape =>
  polygon([left, top, right, top, right, bottom, left, bottom]);

/** A polygon and its mirror image: a pair of ears. */
const pair = (points: Points): Shape => union(polygon(points), polygon(points.map((v, i) => (i % 2 === 0 ? -v : v))));

/** What a subject throws on the ground: a soft dark ellipse. */
const shadow = (x: number, y: number, width: number): Parameters<Paint> =>
  [ellipse(x, y, width, 1.5), BLACK, 0.35, 3];

export const SUBJECTS: readonly Subject[] = [
  {
    name: 'house',
    place: 'land',
    paint(paint, { main, pale, dark, glow, second }) {
      paint(...shadow(2, 9, 10));
      paint(rectangle(4, -9, 6.5, -2), lit(second));
      paint(rectangle(-7, -2, 7, 9), lit(pale));
      paint(polygon([-9.5, -1, -4, -8, 4, -8, 9.5, -1]), lit(main));
      paint(rectangle(-1.8, 3, 1.8, 9), lit(dark));
      for (const x of [-4.4, 4.4]) {
        paint(rectangle(x - 1.6, 1.5, x + 1.6, 5), dark);
        paint(rectangle(x - 1, 2, x + 1, 4.5), glow);
      }
    },
  },
  {
    name: 'sailing boat',
    place: 'sea',
    paint(paint, { main, second, pale, dark }) {
      paint(polygon([-6, 9, 6, 9, 4, 12, -4, 12]), main, 0.35, 4);
      paint(stroke([0, -11, 0, 5], 0.4), dark);
      paint(polygon(curve([0.8, -10, 5, -6, 8.5, 3, 8.5, 3, 0.8, 3], 4)), lit(pale));
      paint(polygon(curve([-0.8, -8, -3, -3, -7, 3, -7, 3, -0.8, 3], 4)), lit(second));
      paint(polygon([-9, 4.5, 10, 4.5, 7, 9, -6, 9]), lit(main));
      paint(stroke([-8, 5, 9, 5], 0.45), pale);
    },
  },
  {
    name: 'tree',
    place: 'land',
    paint(paint, { leaf, dark, main }, random) {
      paint(...shadow(2, 9.5, 9));
      paint(polygon(curve([-2.6, 10, -1, 8, -1, 0, 1, 0, 1, 8, 2.6, 10], 4)), lit(mix(dark, leaf, 0.15)));
      const crown = union(ellipse(-4.5, -1.5, 4.5), ellipse(4.5, -1.5, 4.5), ellipse(0, -5, 5.5), ellipse(0, 0, 4));
      paint(crown, lit(mix(leaf, BLACK, 0.15)));
      paint(union(ellipse(-5, -3, 2.8), ellipse(2, -2, 3), ellipse(-1, -7, 3)), mix(leaf, WHITE, 0.25), 0.55, 3);
      for (const [x, y] of [[-5, 0], [0, -3], [4.5, 1], [3, -7], [-3, -6]]) {
        paint(ellipse(x + random.uniform(-1, 1), y + random.uniform(-1, 1), 0.9), lit(main));
      }
    },
  },
  {
    name: 'fish',
    place: 'depths',
    paint(paint, { main, second, pale, dark }, random) {
      for (const y of [-4, -7, -10]) paint(ellipse(-9.5 + random.uniform(-1, 1), y, 0.7), WHITE, 0.45);
      paint(polygon([4, 0, 11, -6, 9.5, 0, 11, 6]), lit(second));
      paint(blob([-4, -4, 0, -9, 5, -5, 5, -2]), lit(second));
      paint(blob([-1, 4, 2, 8, 5, 3]), lit(second));
      const body = blob([-12, 0, -6, -6.5, 2, -6.5, 8, 0, 2, 6.5, -6, 6.5]);
      paint(body, lit(main));
      for (const x of [-2.5, 2]) paint(intersection(body, stroke([x, -7, x + 1, 0, x, 7], 0.75)), pale, 0.9);
      paint(ellipse(-6.3, -1.2, 1.5), pale);
      paint(ellipse(-6.6, -1.2, 0.8), dark);
    },
  },
  {
    name: 'flower',
    place: 'land',
    paint(paint, { main, second, leaf, glow, dark }, random) {
      paint(stroke(curve([0, -2, random.uniform(-2, 2), 4, 0, 12], 6), 0.7), lit(leaf));
      for (const side of [-1, 1]) paint(blob([0, 10, 4 * side, 3, 9 * side, 4, 6 * side, 9]), lit(leaf));
      const petals = [[1, 0], [-1, 0], [0, 1], [0, -1], [0.7, 0.7], [0.7, -0.7], [-0.7, 0.7], [-0.7, -0.7]];
      for (const [x, y] of petals) paint(ellipse(5 * x, 5 * y - 4, 2.8), mix(main, dark, 0.45), 0.6);
      for (const [x, y] of petals) paint(ellipse(5 * x, 5 * y - 4, 2.3), lit(main));
      paint(ellipse(0, -4, 3.2), lit(second));
      paint(ellipse(-0.7, -4.7, 1.5), glow, 0.7, 2);
    },
  },
  {
    name: 'car',
    place: 'land',
    paint(paint, { main, pale, dark, glow, sky }) {
      paint(...shadow(0, 7.6, 11));
      paint(polygon(curve([-6.5, 0, -4, -6, -4, -6, 4, -6, 4, -6, 7.5, 0], 3)), lit(main));
      paint(polygon([-4.8, -0.5, -3, -4.6, -0.5, -4.6, -0.5, -0.5]), lit(mix(sky[1], pale, 0.5)));
      paint(polygon([0.8, -0.5, 0.8, -4.6, 3.4, -4.6, 5.8, -0.5]), lit(mix(sky[1], pale, 0.5)));
      paint(blob([-12, -1, 0, -1, 12, -1, 11.5, 6, 0, 6, -11.5, 6]), lit(main));
      for (const x of [-5.5, 5.5]) {
        paint(ellipse(x, 5.5, 3), dark);
        paint(ellipse(x, 5.5, 1.3), pale);
      }
      paint(ellipse(-9.6, 1.5, 0.9), glow);
    },
  },
  {
    name: 'mushroom',
    place: 'land',
    paint(paint, { main, pale, dark }) {
      paint(...shadow(2, 9.6, 7));
      paint(blob([-3, 0, 3, 0, 3, 5, 5, 11, -5, 11, -3, 5]), lit(pale));
      paint(ellipse(0, 0.6, 6, 1.5), dark, 0.45, 2);
      const cap = without(ellipse(0, 0, 9.5, 9), below(0.8));
      paint(cap, lit(main));
      for (const [x, y, size] of [[-5.5, -2.5, 1.8], [0, -5, 2.2], [5.2, -3, 1.7], [1, -0.4, 1.3], [-3, -7.6, 1.1]]) {
        paint(intersection(cap, ellipse(x, y, size, 0.85 * size)), pale);
      }
    },
  },
  {
    name: 'cat',
    place: 'air',
    paint(paint, { second, main, pale, dark, leaf }) {
      const fur = lit(second);
      paint(ellipse(0, 14, 9, 7), fur);
      paint(pair([-8.5, -1, -8.5, -11, -1.5, -6]), fur);
      paint(pair([-7.2, -4, -7.3, -8.5, -4, -6]), mix(main, pale, 0.4));
      paint(ellipse(0, 0, 9.3, 7.6), fur);
      for (const x of [-2, 0, 2]) paint(stroke([x, -7, x * 0.8, -4], 0.45), mix(second, dark, 0.65));
      paint(ellipse(0, 4, 4.2, 2.9), pale, 0.9, 2);
      for (const x of [-4, 4]) {
        paint(ellipse(x, -0.8, 2.1, 1.8), dark);
        paint(ellipse(x, -0.8, 1.7, 1.5), mix(leaf, [0.8, 1, 0.3], 0.6));
        paint(ellipse(x, -0.8, 0.6, 1.5), BLACK);
      }
      paint(polygon([-1.2, 2.2, 1.2, 2.2, 0, 3.6]), dark);
      for (const side of [-1, 1]) {
        for (const slope of [-1, 1]) {
          paint(stroke([4 * side, 4.1 + 0.5 * slope, 10.5 * side, 4 + 1.5 * slope], 0.15), WHITE, 0.8);
        }
      }
    },
  },
  {
    name: 'hot-air balloon',
    place: 'air',
    paint(paint, { main, second, pale, dark }) {
      const envelope = blob([-5.5, -11, 5.5, -11, 10, -4, 2, 6, -2, 6, -10, -4]);
      for (const side of [-1, 1]) paint(stroke([1.9 * side, 3, 1.4 * side, 7], 0.25), dark, 0.8);
      paint(envelope, lit(main));
      paint(intersection(envelope, ellipse(0, -3, 4.6, 10)), lit(pale));
      paint(intersection(envelope, ellipse(0, -3, 1.8, 10)), lit(second));
      paint(polygon([-2, 6.5, 2, 6.5, 1.6, 9.5, -1.6, 9.5]), lit(mix(dark, second, 0.35)));
    },
  },
  {
    name: 'mountain',
    place: 'land',
    paint(paint, { main, pale, dark, sky, leaf, ground }, random) {
      const far = mix(mix(dark, sky[1], 0.6), main, 0.1);
      paint(polygon([-18, 6, -9, -5, -5, -1, 4, 6]), far);
      paint(polygon([2, 6, 10, -4, 19, 6]), far);
      const peak = polygon([-12, 7, 0, -11, 13, 7]);
      paint(peak, lit(mix(dark, sky[0], 0.5)));
      paint(intersection(peak, polygon([0, -11, 14, 8, 3, 8, 1.5, -2])), dark, 0.35);
      paint(polygon([0, -11, 4.2, -5.2, 2.5, -3.2, 1, -5, -1, -2.6, -2.6, -4.8, -4.3, -4.6]), pale);
      paint(ellipse(0, 14, 26, 8.5), gradient(ground[0], ground[1], 5, 14));
      for (const x of [-9, -5.5, 6, 9.5]) {
        const y = 9 + random.uniform(-0.5, 1);
        paint(polygon([x, y - 6, x + 2, y + 1, x - 2, y + 1]), lit(mix(leaf, dark, 0.3)));
      }
    },
  },
];
