/**
 * @file The last layer taken by itself, as the label rules and the analytic attack need it.
 *
 *   logitsAt      Y = A Wᵀ + b                               the logits at inputs that were computed, one per row of A
 *   columnSums    1ᵀ A                                       0 for A = ∂ℓ/∂W, because Σᵢ gᵢ = 0 by Eq. (2)
 *   takeRankOne   q = the longest row of G / its length;  h = G q;  G ← G − h qᵀ       a step of Gram–Schmidt, pivoted
 *
 * For one image ∂ℓ/∂W = g aᵀ (Eq. 3) has rank one: one step gives h qᵀ = ∂ℓ/∂W, and what it leaves is rounding.
 */
import { lastLayer, type LastLayer } from '../attack/extract-label.ts';
import { Linear } from '../nn/linear.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { expectShape, rowsOf, type Tensor } from '../tensor/tensor.ts';
import { argmax, axpy, dot, norm2, normInf, scale } from '../tensor/vector.ts';

/**
 * The logits [n, classes] at inputs [n, features]. @throws {RangeError} if the features are not as many as the layer's.
 */
export function logitsAt(layer: LastLayer, inputs: Tensor): Tensor {
  const [classes, features] = layer.weight.shape, [n] = inputs.shape;
  expectShape('last layer inputs', inputs, [n, features]);
  return new Linear({ inShape: [n, features], out: classes }).forward(inputs, layer); // adds a bias if there is one
}

/**
 * The last layer's gradient as far as it was shared: without its bias if ∂b is 0 and ∂W is not. That is never so of one
 * image's gradient, in which ∂W = g aᵀ and ∂b = g.
 */
export function sharedLastLayer(gradient: ParameterVector): LastLayer {
  const { weight, bias } = lastLayer(gradient);
  return bias && (normInf(bias.data) > 0 || normInf(weight.data) === 0) ? { weight, bias } : { weight };
}

/** 1ᵀ A [n], of a matrix A [m, n]. */
export function columnSums(A: Tensor): Float64Array {
  const sums = new Float64Array(A.shape[1]);
  for (const row of rowsOf(A)) axpy(1, row, sums);
  return sums;
}

/** Takes h qᵀ off the rows of G, in place. @returns h, one number per row, and q with ‖q‖ = 1; both are 0 if G is. */
export function takeRankOne(rows: readonly Float64Array[]): { readonly h: Float64Array; readonly q: Float64Array } {
  const lengths = Float64Array.from(rows, norm2), longest = argmax(lengths), q = rows[longest].slice();
  if (lengths[longest] > 0) scale(1 / lengths[longest], q);
  const h = Float64Array.from(rows, (row) => dot(row, q));
  rows.forEach((row, i) => axpy(-h[i], q, row));
  return { h, q };
}
