/**
 * @file How often a window that slides over an image fits: the output size of a convolution or of pooling.
 *
 *   windows along a side of n pixels   ⌊(n + 2·padding − kernel) / stride⌋ + 1
 *
 * All sizes are in pixels; the padding is on either side.
 */

/** @throws {RangeError} if a size is not an integer, is too small, or the kernel is larger than the padded side. */
export function windowCount(name: string, side: number, kernel: number, stride: number, padding: number): number {
  for (const [size, value, least] of [['side', side, 1], ['kernel', kernel, 1], ['stride', stride, 1], ['padding', padding, 0]] as const) {
    if (Number.isInteger(value) && value >= least) continue;
    throw new RangeError(`${name} ${size}: expected an integer from ${least}, got ${value}`);
  }
  if (side + 2 * padding >= kernel) return Math.floor((side + 2 * padding - kernel) / stride) + 1;
  throw new RangeError(`${name} x: expected a side of at least ${kernel - 2 * padding} pixels, got ${side}`);
}
