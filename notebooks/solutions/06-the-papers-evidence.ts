/** @file Answers to chapter 6's exercises. */
import type * as Exercises from '../exercises/06-the-papers-evidence.ts';

/** The formula of the chapter. */
export const wilsonInterval: typeof Exercises.wilsonInterval = (k, n, z) => {
  const share = k / n, square = (z * z) / n, middle = share + square / 2;
  const half = Math.sqrt(square * share * (1 - share) + (square * square) / 4);
  return { low: (middle - half) / (1 + square), high: (middle + half) / (1 + square) };
};

/** NaN is not below anything. */
export const recovered: typeof Exercises.recovered = (runs, method, threshold) =>
  runs.filter((run) => run.method === method && run.mse < threshold).length;

/** The terms of the sum from 2⁻ᵐ on, each from the one before: C(m, i + 1) = C(m, i) (m − i) / (i + 1). */
export const signTest: typeof Exercises.signTest = (gained, lost) => {
  const m = gained + lost;
  let sum = 0, term = 2 ** -m;
  for (let i = 0; i <= Math.min(gained, lost); i++) {
    sum += term;
    term *= (m - i) / (i + 1);
  }
  return Math.min(1, 2 * sum);
};
