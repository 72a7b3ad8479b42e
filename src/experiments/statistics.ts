/**
 * @file Statistics over runs: the median, and the 95 % Wilson score interval of a share, k successes in n trials.
 *
 * The ends of the interval are the two p with |k/n − p| = z √(p (1 − p) / n), z = 1.96: between them lie the p that a
 * two-sided test at 5 % does not reject. Solved for p, with p̂ = k/n:
 *
 *   (p̂ + z²/2n ± z √(p̂ (1 − p̂)/n + z²/4n²)) / (1 + z²/n)
 *
 * Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927).
 */

/** The normal distribution's 97.5 % point. */
export const Z = 1.959963984540054;

/** The interval's ends in [0, 1]; without trials, 0 and 1. @throws {RangeError} unless 0 ≤ k ≤ n. */
export function wilson(successes: number, trials: number): { readonly low: number; readonly high: number } {
  if (!Number.isInteger(trials) || trials < 0) throw new RangeError(`trials: expected 0, 1, 2, …, got ${trials}`);
  if (!Number.isInteger(successes) || successes < 0 || successes > trials) {
    throw new RangeError(`successes: expected a whole number from 0 to ${trials}, got ${successes}`);
  }
  if (trials === 0) return { low: 0, high: 1 };
  const share = successes / trials, square = (Z * Z) / trials;
  const middle = share + square / 2;
  const half = Math.sqrt(square * share * (1 - share) + (square * square) / 4);
  return {
    low: successes === 0 ? 0 : (middle - half) / (1 + square),
    high: successes === trials ? 1 : (middle + half) / (1 + square),
  };
}

/** The numbers in increasing order, with NaN as Infinity. */
export function inOrder(values: readonly number[]): number[] {
  return values.map((value) => (Number.isNaN(value) ? Infinity : value)).sort((a, b) => a - b);
}

/** The middle number, or the mean of the two in the middle. NaN counts as Infinity; without numbers it is NaN. */
export function median(values: readonly number[]): number {
  const sorted = inOrder(values), middle = (sorted.length - 1) / 2;
  return sorted.length === 0 ? NaN : (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}
