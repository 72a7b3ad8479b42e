/**
 * @file The inverse of a block-diagonal matrix with equal blocks, plus a matrix of low rank, by two Cholesky factors.
 *
 *   M = I ⊗ G + Uᵀ U             G [p, p], one block for each of the n/p parts of x;  U [m, n]
 *   K = I ⊗ G⁻¹
 *   M⁻¹ = K − K Uᵀ S⁻¹ U K,   S = I + U K Uᵀ
 *
 * The cost is m products with U, Uᵀ and K and m³/6 + 7p³/6 multiply-adds once, then 2np + m² multiply-adds and one
 * product with each of U and Uᵀ for every M⁻¹ s.
 *
 * Source: M. Woodbury, "Inverting modified matrices", Statistical Research Group memorandum 42, Princeton 1950.
 */
import { rowsOf, zeros } from '../../tensor/tensor.ts';
import { axpy } from '../../tensor/vector.ts';
import { cholesky, choleskySolve } from './cholesky.ts';
import type { LinearMap } from './conjugate-gradients.ts';

/**
 * @param G [p, p] in row-major order, symmetric and positive definite; overwritten.
 * @param U [m, n], where p divides n.
 * @returns the function that sets z ← M⁻¹ s for two arrays (s, z); undefined if G is not positive definite or a number
 *   overflows.
 * @throws {RangeError} if G is not square, or p does not divide n.
 */
export function woodburyInverse(
  G: Float64Array, U: LinearMap, m: number, n: number,
): ((s: Float64Array, z: Float64Array) => void) | undefined {
  const p = Math.sqrt(G.length);
  if (!Number.isInteger(n / p) || !Number.isInteger(p)) {
    throw new RangeError(`G: expected p × p numbers, p a divisor of ${n}, got ${G.length}`);
  }
  if (!cholesky(G, p)) return undefined;
  const inverse = rowsOf(zeros([p, p]));
  inverse.forEach((row, i) => {
    row[i] = 1;
    choleskySolve(G, row);
  });
  const timesK = (s: Float64Array, z: Float64Array): void => {
    z.fill(0);
    for (let i = 0; i < n; i++) {
      const row = i % p, start = i - row;
      // While S is computed, s is a column of Uᵀ and mostly zeros.
      if (s[i] !== 0) axpy(s[i], inverse[row], z.subarray(start, start + p));
    }
  };
  const y = new Float64Array(m), x = new Float64Array(n), Kx = new Float64Array(n), S = zeros([m, m]);
  rowsOf(S).forEach((row, j) => {
    y.fill(0)[j] = 1;
    U.transposeTimes(y, x);
    timesK(x, Kx);
    U.times(Kx, row);
    row[j] += 1;
  });
  if (!cholesky(S.data, m)) return undefined;
  return (s, z) => {
    timesK(s, z);
    U.times(z, y);
    choleskySolve(S.data, y);
    U.transposeTimes(y, x);
    timesK(x, Kx);
    axpy(-1, Kx, z);
  };
}
