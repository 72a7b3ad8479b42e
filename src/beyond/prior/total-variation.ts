/**
 * @file Total variation, a prior for natural images: neighbouring pixels are mostly alike, except at edges.
 *
 *   TV(x) = Σ √((x[i+1,j] − x[i,j])² + (x[i,j+1] − x[i,j])² + ε²) − ε        over all images, channels and pixels i, j
 *
 * A difference that would reach beyond the border counts as 0. With d = x[i+1,j] − x[i,j], e = x[i,j+1] − x[i,j] and r
 * the root, each term adds to the derivative
 *
 *   ∂TV/∂x[i+1,j] += d / r      ∂TV/∂x[i,j+1] += e / r      ∂TV/∂x[i,j] −= (d + e) / r
 *
 * p(x) ∝ exp(−w TV(x)) is a density over images for which an edge costs no more than a gentle slope of the same height.
 * ε makes the root differentiable in flat regions, where it would otherwise have a kink.
 *
 * Source: L. Rudin, S. Osher and E. Fatemi, "Nonlinear total variation based noise removal algorithms", Physica D 60
 * (1992); for gradients, J. Geiping et al., "Inverting Gradients" (NeurIPS 2020), section 4.
 */
import type { Tensor } from '../../tensor/tensor.ts';

/** ε, in the unit of a pixel: less than a 255th of the range, so smaller than any difference between bytes. */
export const TV_SMOOTHING = 1e-3;

/**
 * TV(x) of images x [batch, channels, height, width]; adds `weight` · ∂TV/∂x to `gradX`, which is as long as x.
 */
export function totalVariation({ shape, data: x }: Tensor, weight: number, gradX: Float64Array): number {
  const [batch, channels, height, width] = shape;
  let sum = 0;
  for (let plane = 0; plane < batch * channels; plane++)
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++) {
        const here = (plane * height + i) * width + j, below = here + width, right = here + 1;
        const d = i + 1 < height ? x[below] - x[here] : 0, e = j + 1 < width ? x[right] - x[here] : 0;
        const r = Math.sqrt(d * d + e * e + TV_SMOOTHING * TV_SMOOTHING);
        sum += r - TV_SMOOTHING;
        gradX[here] -= (weight * (d + e)) / r;
        if (i + 1 < height) gradX[below] += (weight * d) / r;
        if (j + 1 < width) gradX[right] += (weight * e) / r;
      }
  return sum;
}
