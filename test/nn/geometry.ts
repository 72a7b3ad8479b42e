/**
 * @file Random geometries of convolutions.
 */
import { Patches } from '../../src/nn/patches.ts';
import type { Random } from '../../src/tensor/random.ts';
import { between } from '../check/property.ts';

/** An image and a kernel that fits into it with its padding. */
export interface Geometry {
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
    channels: random.below(4) === 0 ? between(random, 6, 8) : between(random, 1, 3),
    height: between(random, least, least + 7),
    width: between(random, least, least + 7),
    kernel,
    stride: between(random, 1, 3),
    padding,
  };
}

/** Its patches. */
export function patchesOf({ channels, height, width, kernel, stride, padding }: Geometry): Patches {
  return new Patches([channels, height, width], kernel, stride, padding);
}

/** For failures: 2×5×7, kernel 3, stride 2, padding 1. */
export function describe({ channels, height, width, kernel, stride, padding }: Geometry): string {
  return `${channels}×${height}×${width}, kernel ${kernel}, stride ${stride}, padding ${padding}`;
}
