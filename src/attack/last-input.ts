/**
 * @file The last layer's input a and output gradient g, read off its gradient: by Eq. (3) ∂ℓ/∂W = g aᵀ and ∂ℓ/∂b = g.
 *
 *   with b       g = ∂b,  a = ∂Wᵀ g / ‖g‖²                   least squares over all rows
 *   without      ∂W = h kᵀ, ‖h‖ = 1, h_c < 0 for the label c, so g = s h and a = k / s with one unknown s in (0, √2]:
 *                ⟨h, softmax(W k / s) − t⟩ = s by Eq. (2). Of the roots s the one whose g is nearest to Eq. (2)'s.
 *
 *   precision    ‖∂W − g aᵀ‖ / ‖∂W‖: an outer product in exact arithmetic, so what is left is what rounding did to it,
 *                or noise. About 10⁻¹⁶ for float64, 10⁻⁸ for float32, 10⁻⁴ for float16.
 */
import type { LastLayerGradient } from './extract-label.ts';
import { softmax } from '../nn/softmax-cross-entropy.ts';
import { axpy, argmax, dot, norm2, normInf, scale } from '../tensor/vector.ts';

export interface LastInput {
  /** ∂ℓ/∂y [classes] */
  readonly g: Float64Array;
  /** a_{L−1} [features] */
  readonly a: Float64Array;
  /** The relative error of the gradient's numbers. */
  readonly precision: number;
}

/**
 * @param layer the last layer's own W [classes, features].
 * @param c the label.
 * @throws {RangeError} where the gradient is 0: p_c was rounded to 1, and nothing is left of the image.
 */
export function lastInput(gradient: LastLayerGradient, layer: LastLayerGradient, c: number): LastInput {
  const { W: { data: G, shape: [classes, features] }, b } = gradient;
  const largest = normInf(G);
  if (largest === 0 || (b.data.length > 0 && normInf(b.data) === 0)) {
    throw new RangeError("last layer gradient: expected one that is not 0, got zeros: the label's probability is 1");
  }
  const row = (i: number): Float64Array => G.subarray(i * features, (i + 1) * features);
  let g = b.data.slice();
  if (g.length === 0) {
    // Every row is a multiple of the longest, and so ⟨row, longest⟩ of h's entry.
    const rows = Array.from({ length: classes }, (_, i) => row(i).map((v) => v / largest));
    const longest = rows[argmax(Float64Array.from(rows, norm2))];
    const h = Float64Array.from(rows, (r) => dot(r, longest));
    scale(-Math.sign(h[c]) / norm2(h), h);
    const k = new Float64Array(features);
    for (let i = 0; i < classes; i++) axpy(h[i], row(i), k);
    g = h;
    scale(sizeOfG(h, k, layer.W.data, c), g);
  }
  const size = normInf(g), a = new Float64Array(features); // first, so that no square underflows
  for (let i = 0; i < classes; i++) axpy(g[i] / size, row(i), a);
  scale(1 / size / dot(g.map((v) => v / size), g.map((v) => v / size)), a);
  let rest = 0, total = 0;
  for (let i = 0; i < classes; i++)
    for (let j = 0; j < features; j++) {
      rest += ((G[i * features + j] - g[i] * a[j]) / largest) ** 2;
      total += (G[i * features + j] / largest) ** 2;
    }
  return { g, a, precision: Math.sqrt(rest / total) };
}

/** s, by a look at SCAN sizes from 10⁻¹² to √2 and bisection wherever the equation changes sign. */
function sizeOfG(h: Float64Array, k: Float64Array, W: Float64Array, c: number): number {
  const Wk = h.map((_, i) => dot(W.subarray(i * k.length, (i + 1) * k.length), k)), p = new Float64Array(h.length);
  const gradient = (s: number): Float64Array => {
    softmax(Wk.map((v) => v / s), p);
    p[c] -= 1;
    return p;
  };
  const equation = (s: number): number => dot(h, gradient(s)) / s - 1;
  const residual = (s: number): number => norm2(gradient(s).map((v, i) => v / s - h[i]));
  const sizes = Array.from({ length: SCAN + 1 }, (_, i) => Math.SQRT2 * 1e12 ** (i / SCAN - 1) * (1 + 1e-9));
  const signs = sizes.map(equation);
  let best = sizes[argmax(Float64Array.from(sizes, (s) => -residual(s)))];
  for (let i = 0; i < SCAN; i++) {
    if (signs[i] * signs[i + 1] > 0) continue;
    let low = sizes[i], high = sizes[i + 1];
    for (let middle = (low + high) / 2; low < middle && middle < high; middle = (low + high) / 2) {
      if (equation(middle) * signs[i] > 0) low = middle;
      else high = middle;
    }
    if (residual(low) <= residual(best)) best = low;
  }
  return best;
}

const SCAN = 2000;
