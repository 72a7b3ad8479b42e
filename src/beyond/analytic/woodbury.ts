/**
 * @file The inverse of a matrix of equal blocks with a few rows beside them, by two Cholesky factors.
 *
 *   M = I ⊗ G + Uᵀ U             G [p, p], once for each of the n/p parts of x;  U [m, n]
 *   K = I ⊗ G⁻¹
 *   M⁻¹ = K − K Uᵀ S⁻¹ U K,   S = I + U K Uᵀ
 *
 * It takes m products with U, Uᵀ and K and m³/6 + 7p³/6 multiply-adds once, then 2np + m² and two products a time.
 *
 * Source: M. Woodbury, "Inverting modified matrices", Statistical Research Group memorandum 42, Princeton 1950.
 */
import { cholesky, choleskySolve } from '../tensor/cholesky.ts';
import { axpy } from '../tensor/vector.ts';
import type { LinearMap } from './conjugate-gradients.ts';

/**
 * @param G [p, p], row-major, symmetric and positive definite; what it holds is overwritten.
 * @param U [m, n], p a divisor of n.
 * @returns z ← M⁻¹ s, for two arrays (s, z); undefined where numbers have overflowed, or G is not positive definite.
 * @throws {RangeError} where G is not square, or p does not divide n.
 */
export function woodbury(
  G: Float64Array, U: LinearMap, m: number, n: number,
): ((s: Float64Array, z: Float64Array) => void) | undefined {
  const p = Math.sqrt(G.length), inverse = new Float64Array(G.length);
  if (!Number.isInteger(n / p) || !Number.isInteger(p)) {
    throw new RangeError(`G: expected p × p numbers, p a divisor of ${n}, got ${G.length}`);
  }
  if (!cholesky(G, p)) return undefined;
  for (let i = 0; i < p; i++) {
    const row = inverse.subarray(i * p, (i + 1) * p);
    row[i] = 1;
    choleskySolve(G, row);
  }
  const timesK = (s: Float64Array, z: Float64Array): void => {
    z.fill(0);
    for (let i = 0; i < n; i++) {
      const row = i % p, start = i - row;
      // While S is made, s is a column of Uᵀ: mostly zeros.
      if (s[i] !== 0) axpy(s[i], inverse.subarray(row * p, (row + 1) * p), z.subarray(start, start + p));
    }
  };
  const y = new Float64Array(m), x = new Float64Array(n), Kx = new Float64Array(n), S = new Float64Array(m * m);
  for (let j = 0; j < m; j++) {
    const row = S.subarray(j * m, (j + 1) * m);
    y.fill(0)[j] = 1;
    U.transposeTimes(y, x);
    timesK(x, Kx);
    U.times(Kx, row);
    row[j] += 1;
  }
  if (!cholesky(S, m)) return undefined;
  return (s, z) => {
    timesK(s, z);
    U.times(z, y);
    choleskySolve(S, y);
    U.transposeTimes(y, x);
    timesK(x, Kx);
    axpy(-1, Kx, z);
  };
}
