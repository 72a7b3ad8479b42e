/**
 * @file The structural similarity of two images [channels, height, width] with pixels in [0, 1].
 *
 *   SSIM  mean over windows of  (2 μa μb + C₁)(2 σab + C₂) / ((μa² + μb² + C₁)(σa² + σb² + C₂))
 *         over Gaussian windows of 11×11 pixels, σ = 1.5, that lie wholly inside the image; C₁ = 0.01², C₂ = 0.03²
 *
 * Channels are averaged. Nothing is clamped: a reconstruction outside [0, 1] is judged as it is.
 *
 * Source: Z. Wang, A. Bovik, H. Sheikh and E. Simoncelli, "Image quality assessment", IEEE TIP 13 (2004).
 */
import { exp } from '../tensor/elementary.ts';
import { expectShape, type Tensor } from '../tensor/tensor.ts';

const WINDOW = 11;
const SIGMA = 1.5;
const C1 = 0.0001;
const C2 = 0.0009;

const square = (x: number): number => x * x;

/** w_uv ∝ exp(−(u² + v²) / 2σ²), with u and v counted from the middle, and Σ w = 1. */
const WEIGHTS: Float64Array = (() => {
  const middle = (WINDOW - 1) / 2;
  const weights = new Float64Array(WINDOW * WINDOW);
  for (let u = 0; u < WINDOW; u++)
    for (let v = 0; v < WINDOW; v++) {
      weights[u * WINDOW + v] = exp(-(square(u - middle) + square(v - middle)) / (2 * SIGMA * SIGMA));
    }
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
})();

/**
 * Structural similarity in [−1, 1], 1 for equal images; NaN if a side has fewer than 11 pixels, so that no window fits.
 * @throws {RangeError} if the shapes differ, or are not [channels, height, width].
 */
export function ssim(a: Tensor, b: Tensor): number {
  expectShape('image', a, b.shape);
  if (b.shape.length !== 3) throw new RangeError(`image: expected shape [channels,height,width], got [${b.shape}]`);
  const [channels, height, width] = b.shape;
  let sum = 0, windows = 0;
  for (let ch = 0; ch < channels; ch++)
    for (let row = 0; row + WINDOW <= height; row++)
      for (let column = 0; column + WINDOW <= width; column++) {
        sum += windowSimilarity(a.data, b.data, (ch * height + row) * width + column, width);
        windows++;
      }
  return sum / windows;
}

/** SSIM of the window whose first pixel is at `offset`. */
function windowSimilarity(a: Float64Array, b: Float64Array, offset: number, width: number): number {
  let meanA = 0, meanB = 0;
  for (let n = 0; n < WEIGHTS.length; n++) {
    const at = offset + Math.floor(n / WINDOW) * width + (n % WINDOW);
    meanA += WEIGHTS[n] * a[at];
    meanB += WEIGHTS[n] * b[at];
  }
  let varianceA = 0, varianceB = 0, covariance = 0;
  for (let n = 0; n < WEIGHTS.length; n++) {
    const at = offset + Math.floor(n / WINDOW) * width + (n % WINDOW);
    varianceA += WEIGHTS[n] * square(a[at] - meanA);
    varianceB += WEIGHTS[n] * square(b[at] - meanB);
    covariance += WEIGHTS[n] * (a[at] - meanA) * (b[at] - meanB);
  }
  const luminance = (2 * meanA * meanB + C1) / (meanA * meanA + meanB * meanB + C1);
  return (luminance * (2 * covariance + C2)) / (varianceA + varianceB + C2);
}
