/**
 * @file Random geometries of convolutions.
 */
import type { Random } from '../../src/tensor/random.ts';
import { between } from '../check/property.ts';

/** A batch of images and a kernel that fits into them with its padding. */
export interface Geometry {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** Sides from the least on, odd and even, strides and paddings that leave pixels out or see nothing but zeros. */
export function randomGeometry(random: Random): Geometry {
  const kernel = between(random, 1, 5), padding = between(random, 0, 3);
  const least = Math.max(1, kernel - 2 * padding);
  return {
    batch: between(random, 1, 3),
    channels: random.below(4) === 0 ? between(random, 6, 8) : between(random, 1, 3),
    height: between(random, least, least + 7),
    width: between(random, least, least + 7),
    kernel,
    stride: between(random, 1, 3),
    padding,
  };
}

/** Where the windows begin along a side of n pixels: −padding, stride − padding, ... as long as they fit. */
export function windowStarts(n: number, { kernel, stride, padding }: Geometry): number[] {
  const starts: number[] = [];
  for (let start = -padding; start + kernel <= n + padding; start += stride) starts.push(start);
  return starts;
}

/** For failures: 2×3×5×7, kernel 3, stride 2, padding 1. */
export function describe({ batch, channels, height, width, kernel, stride, padding }: Geometry): string {
  return `${batch}×${channels}×${height}×${width}, kernel ${kernel}, stride ${stride}, padding ${padding}`;
}
