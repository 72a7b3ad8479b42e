/**
 * @file min ‖A x − b‖ by Householder's reflections: A = Q R, and R x = Qᵀ b by back substitution.
 *
 *   for each column k: v = a_k ± ‖a_k‖ e_k below the diagonal, H = I − 2 v vᵀ/⟨v, v⟩ turns a_k into a multiple of e_k
 *
 * Source: A. S. Householder, "Unitary Triangularization of a Nonsymmetric Matrix", JACM 5 (1958).
 */

/**
 * The x [n] that minimises ‖A x − b‖ for A [m, n] row by row and b [m], m ≥ n. A and b are overwritten. Where what a
 * column adds to those before it is below the rounding errors of the largest of them, its x is 0.
 * @throws {RangeError} where an array is not as long as its shape, or m < n.
 */
export function leastSquares(m: number, n: number, A: Float64Array, b: Float64Array): Float64Array {
  if (m < n || A.length !== m * n || b.length !== m) {
    const expected = `${m * n} and ${m} numbers, and no more columns than rows`;
    throw new RangeError(`least squares of ${m}×${n}: expected ${expected}, got ${A.length} and ${b.length}`);
  }
  const diagonal = new Float64Array(n), rowOf = new Int32Array(n);
  let largest = 0, row = 0;
  for (let k = 0; k < n; k++) {
    let square = 0;
    for (let i = row; i < m; i++) square += A[i * n + k] ** 2;
    const norm = Math.sqrt(square);
    largest = Math.max(largest, norm);
    if (norm <= m * Number.EPSILON * largest) continue; // the diagonal stays 0, and the row is the next column's
    const pivot = row++;
    rowOf[k] = pivot;
    diagonal[k] = A[pivot * n + k] > 0 ? -norm : norm;
    A[pivot * n + k] -= diagonal[k];
    const vv = -diagonal[k] * A[pivot * n + k]; // ⟨v, v⟩ / 2
    const reflect = (column: Float64Array, step: number, offset: number): void => {
      let product = 0;
      for (let i = pivot; i < m; i++) product += A[i * n + k] * column[i * step + offset];
      for (let i = pivot; i < m; i++) column[i * step + offset] -= (product / vv) * A[i * n + k];
    };
    for (let j = k + 1; j < n; j++) reflect(A, n, j);
    reflect(b, 1, 0);
  }
  const x = new Float64Array(n);
  for (let k = n - 1; k >= 0; k--) {
    if (diagonal[k] === 0) continue;
    let rest = b[rowOf[k]];
    for (let j = k + 1; j < n; j++) rest -= A[rowOf[k] * n + j] * x[j];
    x[k] = rest / diagonal[k];
  }
  return x;
}
