/**
 * @file How close a reconstruction is to the image, both [channels, height, width] with pixels in [0, 1].
 *
 *   MSE   mean (aᵢ − bᵢ)²                   the papers' measure
 *   PSNR  10 log₁₀ (1 / MSE) decibels
 *
 * Nothing is clamped: a reconstruction outside [0, 1] is judged as it is.
 */
import { expectShape, type Tensor } from '../tensor/tensor.ts';

/** Mean squared error. @throws {RangeError} if the shapes differ. */
export function mse(a: Tensor, b: Tensor): number {
  expectShape('image', a, b.shape);
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i] - b.data[i]) * (a.data[i] - b.data[i]);
  return sum / a.data.length;
}

/** Peak signal-to-noise ratio in decibels; Infinity for equal images. @throws {RangeError} if the shapes differ. */
export function psnr(a: Tensor, b: Tensor): number {
  return -10 * Math.log10(mse(a, b));
}
