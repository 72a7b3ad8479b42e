/**
 * @file The Cholesky factor of a symmetric positive definite matrix, A = L Lᵀ with L lower triangular, and the solution
 * of A x = b by it.
 *
 *   L_ij = (A_ij − Σ_{k<j} L_ik L_jk) / L_jj      j < i
 *   L_ii = (A_ii − Σ_{k<i} L_ik²)^½
 *   L y = b,  Lᵀ x = y
 *
 * Source: G. Golub and C. Van Loan, "Matrix Computations", 4th edition, sections 3.1 and 4.2.
 */
import { axpy, dot } from '../../tensor/vector.ts';

/**
 * Replaces A [n, n], in row-major order, by L. Entries above the diagonal are neither read nor written.
 * @returns whether A is positive definite, up to rounding. If not, the numbers left in A have no meaning.
 */
export function cholesky(A: Float64Array, n: number): boolean {
  for (let i = 0; i < n; i++) {
    const row = A.subarray(i * n, i * n + i);
    for (let j = 0; j < i; j++) {
      const other = A.subarray(j * n, j * n + j);
      row[j] = (row[j] - dot(row.subarray(0, j), other)) / A[j * n + j];
    }
    const square = A[i * n + i] - dot(row, row);
    if (!(square > 0 && square < Infinity)) return false;
    A[i * n + i] = Math.sqrt(square);
  }
  return true;
}

/** Replaces b by the x [n] with A x = b, for A's factor L. */
export function choleskySolve(L: Float64Array, b: Float64Array): void {
  const n = b.length;
  for (let i = 0; i < n; i++) b[i] = (b[i] - dot(L.subarray(i * n, i * n + i), b.subarray(0, i))) / L[i * n + i];
  for (let i = n - 1; i >= 0; i--) {
    b[i] /= L[i * n + i];
    axpy(-b[i], L.subarray(i * n, i * n + i), b.subarray(0, i));
  }
}
