/**
 * @file Weight decay in a shared gradient, G = ∂ℓ/∂θ + λθ, found in the last layer and taken off.
 *
 *   1ᵀ ∂ℓ/∂W = 0 and 1ᵀ ∂ℓ/∂b = 0 for every image (Eq. 2: Σᵢ gᵢ = 0), so what the columns sum to is λ times the sums of
 *   the weights' own columns, and noise:
 *
 *   u = 1ᵀ(W b),  z = 1ᵀG:      λ = ⟨u, z⟩ / ‖u‖²,      its standard error s² = ‖z − λu‖² / ((n − 1) ‖u‖²)     n columns
 */
import type { LastLayer } from '../../attack/extract-label.ts';
import { rowsOf } from '../../tensor/tensor.ts';
import { axpy, dot, norm2 } from '../../tensor/vector.ts';

export interface WeightDecay {
  readonly lambda: number;
  readonly error: number; // the standard error of λ
}

/** λ counts as found if it is this many of its standard errors from 0: never by chance. */
const ERRORS = 10;

/** The weight decay in the last layer's gradient; undefined if there is none, or noise hides it. */
export function findWeightDecay(gradient: LastLayer, layer: LastLayer): WeightDecay | undefined {
  const u = columnSums(layer), z = columnSums(gradient), square = dot(u, u), n = u.length;
  const lambda = dot(u, z) / square;
  axpy(-lambda, u, z);
  const rounding = Number.EPSILON * Math.abs(lambda), error = rounding + norm2(z) / Math.sqrt((n - 1) * square);
  return Math.abs(lambda) > ERRORS * error ? { lambda, error } : undefined;
}

/** 1ᵀ(W b) */
export function columnSums({ weight, bias }: LastLayer): Float64Array {
  const features = weight.shape[1], sums = new Float64Array(features + (bias ? 1 : 0));
  for (const row of rowsOf(weight)) row.forEach((value, h) => { sums[h] += value; });
  if (bias) sums[features] = bias.data.reduce((sum, value) => sum + value, 0);
  return sums;
}
