/**
 * @file The last layer's input a and its output gradient g = ∂ℓ/∂y, from its gradient: by Eq. (3) ∂ℓ/∂W = g aᵀ and
 * ∂ℓ/∂b = g.
 *
 *   with b       g = ∂b,  a = ∂Wᵀ g / ‖g‖²                     least squares over all rows
 *   without b    ∂W = h kᵀ with ‖h‖ = 1 and h_c < 0, so g = s h and a = k / s with one unknown s in (0, √2].
 *                By Eq. (2) ⟨h, softmax(W k / s + b) − t⟩ = s, for the label c; of several roots s the one for which
 *                s h is closest to softmax(W k / s + b) − t. b is that of a layer whose ∂b was not shared, or 0.
 */
import type { LastLayer } from '../../attack/extract-label.ts';
import { logitGradient, oneHot, softmax } from '../../nn/softmax-cross-entropy.ts';
import { exp, log } from '../../tensor/elementary.ts';
import { rowsOf } from '../../tensor/tensor.ts';
import { axpy, dot, norm2, normInf, scale } from '../../tensor/vector.ts';
import { logitsAt, takeRankOne } from '../last-layer.ts';
import { estimateErrors, type GradientErrors } from './gradient-errors.ts';

export interface LastInput {
  /** g = ∂ℓ/∂y [classes] */
  readonly g: Float64Array;
  /** a, the last layer's input [features]. */
  readonly a: Float64Array;
  /** Of the numbers of ∂W and ∂b. */
  readonly errors: GradientErrors;
  /** σ of each number of a [features]. */
  readonly sigma: Float64Array;
}

/** The smallest s that is tried; √2 is the largest. */
const SMALLEST = 1e-30;
/** How many s are tried, in a geometric sequence. */
const TRIALS = 5000;

/**
 * @param gradient of the last layer, for one image.
 * @param layer the last layer's own weight [classes, features] and, if it has one, bias [classes].
 * @param c the label.
 * @throws {RangeError} if the gradient is 0: p_c was rounded to 1, or a defence left nothing.
 */
export function lastInput(gradient: LastLayer, layer: LastLayer, c: number): LastInput {
  const { weight: gradW, bias } = gradient, rows = rowsOf(gradW), features = gradW.shape[1];
  if (normInf(gradW.data) === 0 || (bias && normInf(bias.data) === 0)) {
    throw new RangeError('last layer gradient: expected one that is not 0, got zeros: the label\'s probability is 1, ' +
      'or a defence left nothing');
  }
  const g = bias ? bias.data.slice() : outputGradient(gradient, layer, c);
  const size = normInf(g), unit = g.map((v) => v / size), a = new Float64Array(features); // so no square underflows
  rows.forEach((row, i) => axpy(unit[i], row, a));
  scale(1 / size / dot(unit, unit), a);
  return { g, a, ...estimateErrors(gradW, g, a, c) };
}

/** g = s h, without a bias. */
function outputGradient({ weight: gradW }: LastLayer, { weight, bias }: LastLayer, c: number): Float64Array {
  const { shape, data } = gradW, largest = normInf(data), k = new Float64Array(shape[1]);
  const { h } = takeRankOne(rowsOf({ shape, data: data.map((v) => v / largest) }));
  scale(-Math.sign(h[c]) / norm2(h), h);
  rowsOf(gradW).forEach((row, i) => axpy(h[i], row, k));
  const Wk = logitsAt({ weight }, { shape: [1, k.length], data: k }).data;
  scale(sizeOfGradient(h, Wk, bias?.data ?? new Float64Array(h.length), c), h);
  return h;
}

/** s, by bisection wherever ⟨h, softmax(W k / s + b) − t⟩ / s − 1 changes sign between two trials. */
function sizeOfGradient(h: Float64Array, Wk: Float64Array, b: Float64Array, c: number): number {
  const p = new Float64Array(h.length), t = oneHot(c, h.length), g = new Float64Array(h.length);
  const attempt = (s: number) => {
    softmax(Wk.map((v, i) => v / s + b[i]), p);
    logitGradient(p, t, g);
    return { s, difference: dot(h, g) / s - 1, residual: norm2(g.map((v, i) => v / s - h[i])) };
  };
  const largest = Math.SQRT2 * (1 + 1e-9); // slightly more than √2, which is itself a root if p_c = 0 and another p = 1
  const trials = Array.from({ length: TRIALS + 1 }, (_, i) => attempt(largest * exp(log(SMALLEST) * (1 - i / TRIALS))));
  let best = trials.reduce((best, trial) => (trial.residual < best.residual ? trial : best));
  for (let i = 0; i < TRIALS; i++) {
    let [low, high] = [trials[i], trials[i + 1]];
    if (low.difference * high.difference > 0) continue;
    for (let s = (low.s + high.s) / 2; low.s < s && s < high.s; s = (low.s + high.s) / 2) {
      const middle = attempt(s);
      if (middle.difference * low.difference > 0) low = middle;
      else high = middle;
    }
    if (low.residual <= best.residual) best = low;
  }
  return best.s;
}
