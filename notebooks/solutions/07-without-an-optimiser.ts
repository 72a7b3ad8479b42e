/** @file Answers to chapter 7's exercises. */
import { argmax, axpy, dot, rowsOf } from '../../src/exports/tensor.ts';
import type * as Exercises from '../exercises/07-without-an-optimiser.ts';

/** A few steps more than n, for what rounding left, but none where ‖s‖ is rounding itself. */
export const leastSquares: typeof Exercises.leastSquares = ({ n, times, transposeTimes }, y) => {
  const x = new Float64Array(n), r = y.slice();
  let s = transposeTimes(r), p = s, gamma = dot(s, s);
  const rounding = 1e-28 * gamma;
  for (let k = 0; k < n + 5 && gamma > rounding; k++) {
    const Ap = times(p), alpha = gamma / dot(Ap, Ap);
    axpy(alpha, p, x);
    axpy(-alpha, Ap, r);
    s = transposeTimes(r);
    const before = gamma, last = p;
    gamma = dot(s, s);
    p = s.map((v, i) => v + (gamma / before) * last[i]);
  }
  return x;
};

/** One equation per output and one per weight, minus one unknown per pixel. */
export const riskIndex: typeof Exercises.riskIndex = ({ inShape, out, kernel, stride = 1, padding = 0 }) => {
  const [, channels, height, width] = inShape;
  const along = (side: number): number => Math.floor((side + 2 * padding - kernel) / stride) + 1;
  return out * along(height) * along(width) + out * channels * kernel ** 2 - channels * height * width;
};

/** Eq. (3) holds for every linear layer: row i of ∂W is ∂bᵢ x. The row with the largest |∂bᵢ| loses least. */
export const denseImage: typeof Exercises.denseImage = ({ weight, bias }) => {
  const g = bias!.data, i = argmax(g.map(Math.abs));
  return rowsOf(weight)[i].map((v) => v / g[i]);
};
