/**
 * @file min ‖A x − b‖ by Householder reflections: A = Q R, then R x = Qᵀ b by back substitution.
 *
 *   for each column k:   v = a_k ± ‖a_k‖ e_k, from the diagonal downwards
 *                        H = I − 2 v vᵀ/⟨v, v⟩ maps a_k to ∓‖a_k‖ e_k and is applied to the columns after k and to b
 *
 * The sign is that of the diagonal entry, so that nothing cancels in v.
 *
 * Source: A. S. Householder, "Unitary Triangularization of a Nonsymmetric Matrix", JACM 5 (1958).
 */

/**
 * The x [n] that minimises ‖A x − b‖, for A [m, n] in row-major order and b [m], m ≥ n. A and b are overwritten. If a
 * column depends on those before it, up to the rounding errors of the largest column, its x is 0.
 * @throws {RangeError} if an array is not as long as its shape, or m < n.
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
    for (let i = row; i < m; i++) square += A[i * n + k] * A[i * n + k];
    const norm = Math.sqrt(square);
    largest = Math.max(largest, norm);
    if (norm <= m * Number.EPSILON * largest) continue; // the diagonal stays 0, and the next column takes this row
    const pivot = row++;
    rowOf[k] = pivot;
    diagonal[k] = A[pivot * n + k] > 0 ? -norm : norm;
    A[pivot * n + k] -= diagonal[k]; // column k is v now
    const halfSquare = -diagonal[k] * A[pivot * n + k]; // ⟨v, v⟩/2 = ‖a_k‖ (‖a_k‖ + |a_kk|)
    const reflect = (column: Float64Array, step: number, offset: number): void => {
      let product = 0;
      for (let i = pivot; i < m; i++) product += A[i * n + k] * column[i * step + offset];
      for (let i = pivot; i < m; i++) column[i * step + offset] -= (product / halfSquare) * A[i * n + k];
    };
    for (let j = k + 1; j < n; j++) reflect(A, n, j);
    reflect(b, 1, 0);
  }
  const x = new Float64Array(n);
  for (let k = n - 1; k >= 0; k--) {
    if (diagonal[k] === 0) continue;
    let sum = b[rowOf[k]];
    for (let j = k + 1; j < n; j++) sum -= A[rowOf[k] * n + j] * x[j];
    x[k] = sum / diagonal[k];
  }
  return x;
}
