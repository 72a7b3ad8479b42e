/**
 * @file The three matrix products of a linear layer, each as three plain loops. All matrices are row-major, and every
 * product is added to what C already holds.
 *
 *   addAB    C[i,j] += Σ_q A[i,q] B[q,j]        C += A B      A [m,k]  B [k,n]
 *   addABt   C[i,j] += Σ_q A[i,q] B[j,q]        C += A Bᵀ     A [m,k]  B [n,k]
 *   addAtB   C[i,j] += Σ_q A[q,i] B[q,j]        C += Aᵀ B     A [k,m]  B [k,n]
 */

/** C[m,n] += A[m,k] B[k,n]. @throws {RangeError} if an array is not as long as its shape says. */
export function addAB(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  expectSizes(m, k, n, A, B, C);
  for (let i = 0; i < m; i++)
    for (let q = 0; q < k; q++)
      for (let j = 0; j < n; j++) C[i * n + j] += A[i * k + q] * B[q * n + j];
}

/** C[m,n] += A[m,k] B[n,k]ᵀ. @throws {RangeError} if an array is not as long as its shape says. */
export function addABt(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  expectSizes(m, k, n, A, B, C);
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let q = 0; q < k; q++) sum += A[i * k + q] * B[j * k + q];
      C[i * n + j] += sum;
    }
}

/** C[m,n] += A[k,m]ᵀ B[k,n]. @throws {RangeError} if an array is not as long as its shape says. */
export function addAtB(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  expectSizes(m, k, n, A, B, C);
  for (let q = 0; q < k; q++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) C[i * n + j] += A[q * m + i] * B[q * n + j];
}

function expectSizes(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  if (A.length === m * k && B.length === k * n && C.length === m * n) return;
  const expected = `${m * k}, ${k * n} and ${m * n} numbers`, got = `${A.length}, ${B.length} and ${C.length}`;
  throw new RangeError(`matmul of ${m}×${k} by ${k}×${n}: expected ${expected}, got ${got}`);
}
