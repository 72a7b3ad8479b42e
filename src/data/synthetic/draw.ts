/**
 * @file A small drawing kernel. A shape is a function: the signed distance d(x, y) to its outline, negative inside.
 *
 *   union min(d₁, d₂)   intersection max(d₁, d₂)   complement −d   a pen of radius r along a line |p − line| − r
 *   the share of a pixel that a shape covers, from d at its centre in pixels:  α = clamp(½ − d/soft, 0, 1)
 *   painting over:                                                             pixel ← pixel + α (ink − pixel)
 *
 * So one rule smooths every edge, and a large `soft` is a glow or a shadow. Shapes have units of their own, y down; a
 * frame says where they lie on the canvas. The arithmetic is + − × ÷ √ alone, which IEEE 754 rounds alike everywhere:
 * the same picture has the same bits on every machine.
 */
import { zeros, type Tensor } from '../../tensor/tensor.ts';

/** The signed distance from (x, y) to an outline, in the shape's units; outside it may be less, but not more. */
export type Shape = (x: number, y: number) => number;
/** x₀, y₀, x₁, y₁, … */
export type Points = readonly number[];
/** One number in [0, 1] a channel. */
export type Colour = readonly number[];
/** One colour, or the colour at a place of the shape: a gradient. */
export type Ink = Colour | ((x: number, y: number) => Colour);

/** Paints a shape over what is there; `soft` is the width of its edge in pixels. */
export type Paint = (shape: Shape, ink: Ink, opacity?: number, soft?: number) => void;

const clamp = (v: number): number => Math.min(Math.max(v, 0), 1);

/** a + t (b − a), t clamped to [0, 1]. */
export const mix = (a: Colour, b: Colour, t: number): Colour => a.map((from, k) => from + clamp(t) * (b[k] - from));

/** From colour a at height y₀ to colour b at y₁. */
export const gradient = (a: Colour, b: Colour, y0: number, y1: number): Ink =>
  (_, y) => mix(a, b, (y - y0) / (y1 - y0));

export function union(...shapes: Shape[]): Shape {
  return (x, y) => {
    let least = Infinity;
    for (const shape of shapes) least = Math.min(least, shape(x, y));
    return least;
  };
}

export const intersection = (a: Shape, b: Shape): Shape => (x, y) => Math.max(a(x, y), b(x, y));
export const without = (a: Shape, b: Shape): Shape => (x, y) => Math.max(a(x, y), -b(x, y));

/** All that is below a height. */
export const below = (height: number): Shape => (_, y) => height - y;

/**
 * An ellipse with half axes a, b: d ≈ (k − 1) / ‖∇k‖ where k² = (x/a)² + (y/b)². Exact for a circle, to first order at
 * the outline, and outside never more than the distance, because k is convex.
 */
export function ellipse(cx: number, cy: number, a: number, b = a): Shape {
  return (x, y) => {
    const u = (x - cx) / a;
    const v = (y - cy) / b;
    const k = Math.sqrt(u * u + v * v);
    const slope = Math.sqrt((u * u) / (a * a) + (v * v) / (b * b)) / k;
    return k === 0 ? -Math.min(a, b) : (k - 1) / slope;
  };
}

/** The squared distance from (x, y) to the segment whose first end is entry i of `points`, its second entry j. */
function squaredDistance(points: Float64Array, i: number, j: number, x: number, y: number): number {
  const ex = points[j] - points[i];
  const ey = points[j + 1] - points[i + 1];
  const px = x - points[i];
  const py = y - points[i + 1];
  const length2 = ex * ex + ey * ey;
  const t = length2 === 0 ? 0 : clamp((px * ex + py * ey) / length2);
  const dx = px - t * ex;
  const dy = py - t * ey;
  return dx * dx + dy * dy;
}

/** What a round pen of this radius leaves along a polyline. */
export function stroke(line: Points, radius: number): Shape {
  const points = Float64Array.from(line);
  return (x, y) => {
    let least = Infinity;
    for (let i = 0; i + 3 < points.length; i += 2) least = Math.min(least, squaredDistance(points, i, i + 2, x, y));
    return Math.sqrt(least) - radius;
  };
}

/** The inside of a closed polyline: a point is inside if a ray to the right crosses it an odd number of times. */
export function polygon(outline: Points): Shape {
  const points = Float64Array.from(outline);
  const n = points.length;
  return (x, y) => {
    let least = Infinity;
    let inside = false;
    for (let i = 0, j = n - 2; i < n; j = i, i += 2) {
      least = Math.min(least, squaredDistance(points, i, j, x, y));
      const yi = points[i + 1];
      const yj = points[j + 1];
      if (yi > y !== yj > y && x < points[i] + ((y - yi) * (points[j] - points[i])) / (yj - yi)) inside = !inside;
    }
    return inside ? -Math.sqrt(least) : Math.sqrt(least);
  };
}

/**
 * A quadratic B-spline as a polyline: a parabola a control point, from the middle of one side of the control polygon to
 * the middle of the next; it starts and ends in the outer points. A point given twice is a corner.
 */
export function curve(points: Points, steps = 6): Points {
  const last = points.length - 2;
  const middle = (i: number): number => (points[i] + points[i + 2]) / 2;
  const out = [points[0], points[1]];
  for (let i = 2; i < last; i += 2) {
    for (let step = 1; step <= steps; step++) {
      const t = step / steps;
      for (const k of [i, i + 1]) {
        const from = i === 2 ? points[k - 2] : middle(k - 2);
        const to = i + 2 === last ? points[k + 2] : middle(k);
        out.push((1 - t) * (1 - t) * from + 2 * t * (1 - t) * points[k] + t * t * to);
      }
    }
  }
  return last === 2 ? points : out;
}

/** A smooth closed shape inside this control polygon. */
export function blob(points: Points): Shape {
  const x = (points[0] + points[points.length - 2]) / 2;
  const y = (points[1] + points[points.length - 1]) / 2;
  return polygon(curve([x, y, ...points, x, y]));
}

export class Canvas {
  readonly #image: Tensor;
  #x = 0;
  #y = 0;
  #unit = 1;
  #mirror = 1;

  /** A black canvas [channels, height, width]. */
  constructor(shape: readonly [number, number, number]) {
    this.#image = zeros(shape);
  }

  /** The frame of the shapes that follow: its origin at pixel (x, y), pixels per unit, and whether it is mirrored. */
  frame(x: number, y: number, unit: number, mirrored = false): void {
    this.#x = x;
    this.#y = y;
    this.#unit = unit;
    this.#mirror = mirrored ? -1 : 1;
  }

  /** pixel ← pixel + opacity·α (ink − pixel) */
  readonly paint: Paint = (shape, ink, opacity = 1, soft = 1) => {
    const [channels, height, width] = this.#image.shape;
    const { data } = this.#image;
    for (let row = 0; row < height; row++) {
      const y = (row + 0.5 - this.#y) / this.#unit;
      for (let column = 0; column < width; column++) {
        const x = ((column + 0.5 - this.#x) / this.#unit) * this.#mirror;
        const d = shape(x, y) * this.#unit;
        const alpha = opacity * clamp(0.5 - d / soft);
        if (alpha === 0) {
          // If the outline is d pixels away, the next d pixels of this row are outside as well.
          column += Math.max(0, Math.floor(d - soft / 2));
          continue;
        }
        const colour = typeof ink === 'function' ? ink(x, y) : ink;
        for (let k = 0; k < channels; k++) {
          const at = (k * height + row) * width + column;
          data[at] += alpha * (colour[k] - data[at]);
        }
      }
    }
  };

  /** The picture, its pixels multiples of 1/255 in [0, 1] as a file's would be. */
  toImage(): Tensor {
    const { shape, data } = this.#image;
    return { shape, data: data.map((v) => Math.round(255 * clamp(v)) / 255) };
  }
}
