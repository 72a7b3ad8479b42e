/**
 * @file The three matrix products that forward, backward and their R-passes are made of. Row-major, added into C.
 *
 *   addAB   C[m,n] += A[m,k]  B[k,n]    y  = W x
 *   addABt  C[m,n] += A[m,k]  B[n,k]ᵀ   ∂W = ∂y xᵀ
 *   addAtB  C[m,n] += A[k,m]ᵀ B[k,n]    ∂x = Wᵀ ∂y
 *
 * A transpose is a swap of strides, so all three are one loop (but for AᵀB with one column, addRows). It fills C in
 * blocks of 3×3 whose nine sums stay in registers: six numbers read feed nine multiply-adds, where the plain loop reads
 * two for each. `| 0` says that an index is a 32-bit integer, which spares a check for overflow in the middle of the
 * arithmetic. The naive twin, three plain loops, is in test/tensor/matmul.test.ts.
 */

/** C[m,n] += A[m,k] B[k,n]. @throws {RangeError} where an array is not as long as its shape. */
export function addAB(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  expectSizes(m, k, n, A, B, C);
  addProduct(m, k, n, A, k, 1, B, n, 1, C);
}

/** C[m,n] += A[m,k] B[n,k]ᵀ. @throws {RangeError} where an array is not as long as its shape. */
export function addABt(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  expectSizes(m, k, n, A, B, C);
  addProduct(m, k, n, A, k, 1, B, 1, k, C);
}

/** C[m,n] += A[k,m]ᵀ B[k,n]. @throws {RangeError} where an array is not as long as its shape. */
export function addAtB(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  expectSizes(m, k, n, A, B, C);
  if (n === 1) addRows(m, k, A, B, C);
  else addProduct(m, k, n, A, 1, m, B, n, 1, C);
}

/** C[m] += Σ_q B[q] A[q,m]: row after row of A as it lies in memory, whose speed is the limit for a large layer. */
function addRows(m: number, k: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  for (let q = 0; q < k; q = (q + 1) | 0) {
    const b = B[q], row = q * m;
    for (let i = 0; i < m; i = (i + 1) | 0) C[i] += A[(row + i) | 0] * b;
  }
}

function expectSizes(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  if (A.length !== m * k || B.length !== k * n || C.length !== m * n) {
    throw new RangeError(
      `matmul of ${m}×${k} by ${k}×${n}: expected ${m * k}, ${k * n} and ${m * n} numbers, ` +
        `got ${A.length}, ${B.length} and ${C.length}`,
    );
  }
}

/** C[i,j] += Σ_q A(i,q) B(q,j), with A(i,q) at A[i·ai + q·aq] and B(q,j) at B[q·bq + j·bj]. */
function addProduct(
  m: number, k: number, n: number,
  A: Float64Array, ai: number, aq: number,
  B: Float64Array, bq: number, bj: number,
  C: Float64Array,
): void {
  const ai2 = 2 * ai, bj2 = 2 * bj;
  const m3 = m - (m % 3), n3 = n - (n % 3);
  for (let i = 0; i < m3; i += 3) {
    for (let j = 0; j < n3; j += 3) {
      let c00 = 0, c01 = 0, c02 = 0;
      let c10 = 0, c11 = 0, c12 = 0;
      let c20 = 0, c21 = 0, c22 = 0;
      let a = i * ai, b = j * bj;
      for (let q = 0; q < k; q = (q + 1) | 0) {
        const a0 = A[a], a1 = A[(a + ai) | 0], a2 = A[(a + ai2) | 0];
        const b0 = B[b], b1 = B[(b + bj) | 0], b2 = B[(b + bj2) | 0];
        c00 += a0 * b0; c01 += a0 * b1; c02 += a0 * b2;
        c10 += a1 * b0; c11 += a1 * b1; c12 += a1 * b2;
        c20 += a2 * b0; c21 += a2 * b1; c22 += a2 * b2;
        a = (a + aq) | 0;
        b = (b + bq) | 0;
      }
      let c = i * n + j;
      C[c] += c00; C[c + 1] += c01; C[c + 2] += c02;
      c += n;
      C[c] += c10; C[c + 1] += c11; C[c + 2] += c12;
      c += n;
      C[c] += c20; C[c + 1] += c21; C[c + 2] += c22;
    }
    // The last columns, and the only one where B is a vector.
    for (let j = n3; j < n; j++) {
      let c0 = 0, c1 = 0, c2 = 0;
      let a = i * ai, b = j * bj;
      for (let q = 0; q < k; q = (q + 1) | 0) {
        const b0 = B[b];
        c0 += A[a] * b0;
        c1 += A[(a + ai) | 0] * b0;
        c2 += A[(a + ai2) | 0] * b0;
        a = (a + aq) | 0;
        b = (b + bq) | 0;
      }
      const c = i * n + j;
      C[c] += c0; C[c + n] += c1; C[c + 2 * n] += c2;
    }
  }
  for (let i = m3; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let c = 0;
      for (let q = 0; q < k; q++) c += A[i * ai + q * aq] * B[q * bq + j * bj];
      C[i * n + j] += c;
    }
  }
}
