/**
 * @file Weight decay in a shared gradient, G = ∂ℓ/∂θ + λθ, found in the last layer and subtracted.
 *
 *   u = 1ᵀ(W b),  z = 1ᵀG                             the sums of the n columns
 *   λ = ⟨u, z⟩ / ‖u‖²,  s² = ‖z − λu‖² / ((n − 1) ‖u‖²)        least squares, and the square of its standard error
 *
 * By Eq. (2) Σᵢ gᵢ = 0, so the columns of ∂ℓ/∂W and ∂ℓ/∂b sum to 0 for every image. Those of G sum to λu and noise.
 */
import type { LastLayer } from '../../attack/extract-label.ts';
import { axpy, dot, norm2 } from '../../tensor/vector.ts';
import { columnSums } from '../last-layer.ts';

export interface WeightDecay {
  readonly lambda: number;
  readonly error: number; // the standard error of λ
}

/** λ counts as found if it is more than this many of its standard errors from 0. */
const ERRORS = 10;

/**
 * The weight decay in the last layer's gradient; undefined if there is none, or noise hides it.
 * @param layer the last layer's own weight [classes, features] and bias [classes], shaped as in the gradient.
 */
export function findWeightDecay(gradient: LastLayer, layer: LastLayer): WeightDecay | undefined {
  const u = sumsOf(layer), z = sumsOf(gradient), square = dot(u, u), n = u.length;
  const lambda = dot(u, z) / square;
  axpy(-lambda, u, z);
  const rounding = Number.EPSILON * Math.abs(lambda), error = rounding + norm2(z) / Math.sqrt((n - 1) * square);
  return Math.abs(lambda) > ERRORS * error ? { lambda, error } : undefined;
}

/** 1ᵀ(W b) [features + 1], or 1ᵀW [features] without a bias. */
const sumsOf = ({ weight, bias }: LastLayer): Float64Array =>
  Float64Array.of(...columnSums(weight), ...(bias ? [bias.data.reduce((sum, value) => sum + value, 0)] : []));
