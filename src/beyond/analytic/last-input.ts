/**
 * @file The last layer's input a and output gradient g, read off its gradient: by Eq. (3) ∂ℓ/∂W = g aᵀ and ∂ℓ/∂b = g.
 *
 *   with b       g = ∂b,  a = ∂Wᵀ g / ‖g‖²                   least squares over all rows
 *   without      ∂W = h kᵀ, ‖h‖ = 1, h_c < 0 for the label c, so g = s h and a = k / s with one unknown s in (0, √2]:
 *                ⟨h, softmax(W k / s) − t⟩ = s by Eq. (2). Of the roots s the one whose g is nearest to Eq. (2)'s.
 *
 * How much the gradient's numbers err, E = ∂W − g aᵀ tells, 0 in exact arithmetic. A number v may err by a part of its
 * size, as rounded ones do, and by as much as any other, as noise and fixed-point numbers do:
 *
 *   σ(v)²      = (u v)² + τ²
 *   σ(a_j)²    = 2κ (u a_j)² + (1 + a_j²) τ² / ‖g‖²,   κ = Σ g⁴ / ‖g‖⁴;   of δa = δ∂Wᵀ g / ‖g‖² − a ⟨g, δg⟩ / ‖g‖²
 *   E_ij²      ≈ (2 + 2κ) (u ∂W_ij)² + (1 + a_j²) τ²   of E = δ∂W − δg aᵀ − g δaᵀ, fitted to all rows but c, the
 *                                                      largest, which a is made to fit
 *
 * u is about 10⁻¹⁶ for float64, 10⁻⁸ for float32, 10⁻⁴ for float16; of these τ is 0, but for numbers near to 0.
 */
import type { LastLayerGradient } from './extract-label.ts';
import { softmax } from '../nn/softmax-cross-entropy.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { axpy, argmax, dot, norm2, normInf, scale } from '../tensor/vector.ts';

/** What is expected of the errors of the gradient's numbers. */
export interface Errors {
  /** u */
  readonly relative: number;
  /** τ */
  readonly absolute: number;
}

/** σ of a number, or of the root mean square of some. */
export const sigmaOf = ({ relative, absolute }: Errors, v: number): number => Math.hypot(relative * v, absolute);

export interface LastInput {
  /** ∂ℓ/∂y [classes] */
  readonly g: Float64Array;
  /** a_{L−1} [features] */
  readonly a: Float64Array;
  /** Of ∂W and ∂b. */
  readonly errors: Errors;
  /** σ of a's numbers, [features]. */
  readonly sigma: Float64Array;
}

/** The least u: an image to 10⁻¹⁰ is enough, and sums of hundreds of float64 numbers are not much better. */
export const LEAST_PRECISION = 2 ** -40;

/**
 * @param layer the last layer's own W [classes, features].
 * @param c the label.
 * @throws {RangeError} where the gradient is 0: p_c was rounded to 1, or a defence left nothing of it.
 */
export function lastInput(gradient: LastLayerGradient, layer: LastLayerGradient, c: number): LastInput {
  const { W: { data: G, shape: [classes, features] }, b } = gradient;
  const largest = normInf(G);
  if (largest === 0 || (b.data.length > 0 && normInf(b.data) === 0)) {
    throw new RangeError('last layer gradient: expected one that is not 0, got zeros: the label\'s probability is 1, or ' +
      'a defence left nothing');
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
  const kappa = g.reduce((sum, v) => sum + (v / norm2(g)) ** 4, 0), { slope, level } = fitSquares(gradient.W, g, a, c);
  const relative = Math.max(LEAST_PRECISION, Math.sqrt(slope / (2 + 2 * kappa)));
  const absolute = Math.sqrt(level / (1 + dot(a, a) / features));
  const sigma = a.map((v) => Math.hypot(Math.sqrt(2 * kappa) * relative * v, (absolute / norm2(g)) * Math.hypot(1, v)));
  return { g, a, errors: { relative, absolute }, sigma };
}

/** E² ≈ level + slope ∂W² by least squares over at most SAMPLE numbers, each divided by what the fit before expects. */
function fitSquares(
  { data: G, shape: [classes, features] }: Tensor, g: Float64Array, a: Float64Array, c: number,
): { readonly level: number; readonly slope: number } {
  const unit = normInf(G), squares: number[] = [], errors: number[] = []; // in units of the largest number
  const every = Math.ceil((classes * features) / SAMPLE);
  for (let n = 0; n < G.length; n += every) {
    const i = Math.floor(n / features), error = ((G[n] - g[i] * a[n % features]) / unit) ** 2;
    if (i === c || (G[n] === 0 && error === 0)) continue;
    squares.push((G[n] / unit) ** 2);
    errors.push(error);
  }
  if (squares.length === 0) return { level: 0, slope: 1 }; // pruned to one row: nothing is known of its errors
  const mean = (v: readonly number[]): number => v.reduce((sum, one) => sum + one, 0) / v.length;
  let level = mean(errors) / 2, slope = level / mean(squares);
  for (let k = 0; k < FITS; k++) {
    let ones = 0, x = 0, xx = 0, y = 0, xy = 0;
    squares.forEach((square, n) => {
      const weight = Math.max(level + slope * square, LEAST_SQUARE) ** -2, error = errors[n];
      ones += weight;
      x += weight * square;
      xx += weight * square * square;
      y += weight * error;
      xy += weight * square * error;
    });
    // The line; were one of its two below 0, that falls to a tenth, and the other is the best beside it.
    const determinant = ones * xx - x * x, [least, flattest] = [level / 10, slope / 10];
    [level, slope] = [(xx * y - x * xy) / determinant, (ones * xy - x * y) / determinant];
    if (!(level > least)) [level, slope] = [least, (xy - least * x) / xx];
    if (!(slope > flattest)) [level, slope] = [Math.max(least, (y - flattest * x) / ones), flattest];
  }
  return { slope, level: level * unit ** 2 };
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
/** Of LFW's 4.4 million numbers as many as these say the same. */
const SAMPLE = 2 ** 16;
/** More change nothing that counts. */
const FITS = 20;
/** Squares of errors below it, in units of the largest number, are all alike. */
const LEAST_SQUARE = 2 ** -200;
