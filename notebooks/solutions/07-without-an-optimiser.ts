/** @file Solutions to the exercises of chapter 7. */
import { argmax, axpy, dot, rowsOf } from '../../src/exports/tensor.ts';
import type * as Exercises from '../exercises/07-without-an-optimiser.ts';

/**
 * With r = q − A x, half the negative gradient is s = Aᵀ r − λ x, and the minimum along d is at
 * η = ⟨s, d⟩ / (‖A d‖² + λ ‖d‖²). A few steps more than n make up for rounding, but none is taken when s itself
 * is rounding.
 */
export const ridge: typeof Exercises.ridge = ({ n, times, transposeTimes }, q, lambda) => {
  const x = new Float64Array(n), r = q.slice();
  let s = transposeTimes(r), d = s, square = dot(s, s);
  const rounding = 1e-28 * square;
  for (let k = 0; k < n + 5 && square > rounding; k++) {
    const Ad = times(d), eta = square / (dot(Ad, Ad) + lambda * dot(d, d));
    axpy(eta, d, x);
    axpy(-eta, Ad, r);
    s = transposeTimes(r);
    axpy(-lambda, x, s);
    const before = square, last = d;
    square = dot(s, s);
    d = s.map((v, i) => v + (square / before) * last[i]);
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
