/** @file Solutions to the exercises of chapter 6. */
import type * as Exercises from '../exercises/06-the-papers-evidence.ts';

/** The formula of the chapter. */
export const wilsonInterval: typeof Exercises.wilsonInterval = (k, n, z) => {
  const share = k / n, square = (z * z) / n, middle = share + square / 2;
  const half = Math.sqrt(square * share * (1 - share) + (square * square) / 4);
  return { low: (middle - half) / (1 + square), high: (middle + half) / (1 + square) };
};

export const holm: typeof Exercises.holm = (probabilities, alpha) => {
  const order = [...probabilities.keys()].sort((i, j) => probabilities[i] - probabilities[j]), m = order.length;
  const first = order.findIndex((i, rank) => probabilities[i] > alpha / (m - rank));
  const significant = new Set(first < 0 ? order : order.slice(0, first));
  return probabilities.map((_, i) => significant.has(i));
};

/** The terms of the sum from 2 · 2⁻ᵐ on, each from the one before: C(m, i + 1) = C(m, i) (m − i) / (i + 1). */
export const mostLost: typeof Exercises.mostLost = (m, alpha) => {
  let b = -1, term = 2 ** (1 - m), sum = term;
  while (b + 1 < m / 2 && sum <= alpha) {
    b++;
    term *= (m - b) / (b + 1);
    sum += term;
  }
  return b;
};
