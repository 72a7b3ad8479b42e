/**
 * @file The matrix product that forward, backward and their R-passes are made of:  C += A B  and  C += A B + A′ B′.
 *
 * A matrix is an array and the places of its entries in it: entry (i, j) lies at rows[i] + columns[j].
 *
 *   row-major [m, n]   rows[i] = i·n, columns[j] = j
 *   transpose          rows and columns change places
 *   patches            those of nn/patches.ts: a pixel is an entry once for every patch that it is in
 *
 * So W X, ∂Y Xᵀ and Wᵀ ∂Y, of matrices and of images, are one loop, `addBlock`, and nothing is transposed or gathered
 * before. It multiplies six rows of A by each column of B: a number of B, once read, feeds six multiply-adds whose sums
 * stay in registers. The six rows are first copied side by side, and B and C as they are, into arrays that last as long
 * as the program: the engine then knows their addresses and lengths, checks an index that six arrays share once, and
 * reads no pointer again. The naive twin, three plain loops, is in test/tensor/matmul.test.ts.
 *
 * A product with a vector uses no number of A twice, so copying would not pay: dotRows and addRows go along A's memory,
 * by as many rows at a time as was fastest. In what follows A, B, C are the matrices of a product, X, Y those of a second
 * one added to the same C; a caller of `addTo` hands in their arrays, Z for C, V and W for A and B, V2 and W2 for X and Y.
 */

/** Where the entries of a matrix lie in its array: (i, j) at rows[i] + columns[j]. */
export interface Places {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

/** Places of the index (i, j, …), each below its size, the last counting fastest: from + steps[0]·i + steps[1]·j + … */
export function strided(sizes: readonly number[], steps: readonly number[], from = 0): Int32Array {
  const count = sizes.reduce((product, size) => product * size, 1);
  return Int32Array.from({ length: count }, (_, n) => {
    let place = from;
    for (let d = sizes.length - 1; d >= 0; n = Math.floor(n / sizes[d--])) place += steps[d] * (n % sizes[d]);
    return place;
  });
}

/** The places of an m×n matrix written row by row. */
export function rowMajor(m: number, n: number): Places {
  return { rows: strided([m], [n]), columns: strided([n], [1]) };
}

/** The places of the transpose. */
export function transpose({ rows, columns }: Places): Places {
  return { rows: columns, columns: rows };
}

/**
 * The room in addBlock's arrays for B, for Y, and for C, behind which go the sums of rows that a last block of fewer than
 * six has not; untouched it takes no memory.
 */
const MOST = 1 << 20;
/** Terms of a sum that are added up at a time: so long are the copied rows of A and X. */
const DEPTH = 1024;
/** Bytes from one row to the next: no power of two, or rows would compete for the same lines of the nearest cache. */
const APART = 8 * DEPTH + 704;
const ROWS = ((buffer) => Array.from({ length: 12 }, (_, i) => new Float64Array(buffer, i * APART, DEPTH)))(
  new ArrayBuffer(12 * APART),
);
const [A0, A1, A2, A3, A4, A5, X0, X1, X2, X3, X4, X5] = ROWS;
const B = new Float64Array(MOST), Y = new Float64Array(MOST), B_ROWS = new Int32Array(DEPTH);
const C = new Float64Array(MOST), C_ROWS = new Int32Array(6);
const B_COLUMNS = new Int32Array(MOST), C_COLUMNS = new Int32Array(MOST);

/**
 * C(i, j) += Σ_q A(i, q) B(q, j), and where `depth2` is not 0 + Σ_q X(i, q) Y(q, j), for six rows i and n columns j.
 * (The second sum keeps the function too long to be built into its caller, where it would lose the addresses.)
 */
function addBlock(depth: number, depth2: number, n: number): void {
  const a0 = A0, a1 = A1, a2 = A2, a3 = A3, a4 = A4, a5 = A5, x0 = X0, x1 = X1, x2 = X2, x3 = X3, x4 = X4, x5 = X5;
  const b = B, y = Y, bq = B_ROWS, bj = B_COLUMNS, c = C, ci = C_ROWS, cj = C_COLUMNS;
  for (let j = 0; j < n; j = (j + 1) | 0) {
    let c0 = 0, c1 = 0, c2 = 0, c3 = 0, c4 = 0, c5 = 0;
    const from = bj[j], into = cj[j];
    for (let q = 0; q < depth; q = (q + 1) | 0) {
      const bqj = b[(bq[q] + from) | 0];
      c0 += a0[q] * bqj; c1 += a1[q] * bqj; c2 += a2[q] * bqj;
      c3 += a3[q] * bqj; c4 += a4[q] * bqj; c5 += a5[q] * bqj;
    }
    for (let q = 0; q < depth2; q = (q + 1) | 0) {
      const yqj = y[(bq[q] + from) | 0];
      c0 += x0[q] * yqj; c1 += x1[q] * yqj; c2 += x2[q] * yqj;
      c3 += x3[q] * yqj; c4 += x4[q] * yqj; c5 += x5[q] * yqj;
    }
    c[(into + ci[0]) | 0] += c0; c[(into + ci[1]) | 0] += c1; c[(into + ci[2]) | 0] += c2;
    c[(into + ci[3]) | 0] += c3; c[(into + ci[4]) | 0] += c4; c[(into + ci[5]) | 0] += c5;
  }
}

/** z[i] += Σ_q A[i·k + q] y[q], four rows of A at a time; y, a part at a time, where `addBlock` has a row. */
function dotRows(m: number, k: number, A: Float64Array, y: Float64Array, z: Float64Array): void {
  const part = A0, k1 = k, k2 = 2 * k, k3 = 3 * k;
  for (let first = 0; first < k; first += DEPTH) {
    const depth = Math.min(DEPTH, k - first);
    for (let q = 0; q < depth; q = (q + 1) | 0) part[q] = y[first + q];
    let i = 0;
    for (; i + 3 < m; i += 4) {
      let z0 = 0, z1 = 0, z2 = 0, z3 = 0;
      let a = i * k + first;
      for (let q = 0; q < depth; q = (q + 1) | 0) {
        const yq = part[q];
        z0 += A[a] * yq; z1 += A[(a + k1) | 0] * yq; z2 += A[(a + k2) | 0] * yq; z3 += A[(a + k3) | 0] * yq;
        a = (a + 1) | 0;
      }
      z[i] += z0; z[i + 1] += z1; z[i + 2] += z2; z[i + 3] += z3;
    }
    for (; i < m; i++) for (let q = 0; q < depth; q++) z[i] += A[i * k + first + q] * part[q];
  }
}

/** z[i] += Σ_q A[q·m + i] y[q], six rows of A at a time; z, a part at a time, where `addBlock` has a row. */
function addRows(m: number, k: number, A: Float64Array, y: Float64Array, z: Float64Array): void {
  const part = A0, m1 = m, m2 = 2 * m, m3 = 3 * m, m4 = 4 * m, m5 = 5 * m;
  for (let first = 0; first < m; first += DEPTH) {
    const depth = Math.min(DEPTH, m - first);
    for (let i = 0; i < depth; i = (i + 1) | 0) part[i] = z[first + i];
    let q = 0;
    for (; q + 5 < k; q += 6) {
      const y0 = y[q], y1 = y[q + 1], y2 = y[q + 2], y3 = y[q + 3], y4 = y[q + 4], y5 = y[q + 5];
      let a = q * m + first;
      for (let i = 0; i < depth; i = (i + 1) | 0) {
        part[i] += A[a] * y0 + A[(a + m1) | 0] * y1 + (A[(a + m2) | 0] * y2 + A[(a + m3) | 0] * y3)
          + (A[(a + m4) | 0] * y4 + A[(a + m5) | 0] * y5);
        a = (a + 1) | 0;
      }
    }
    for (; q < k; q++) for (let i = 0; i < depth; i++) part[i] += A[q * m + first + i] * y[q];
    for (let i = 0; i < depth; i = (i + 1) | 0) z[first + i] = part[i];
  }
}

/** Z[i·n + j] += x[i] y[j], the outer product. */
function addOuter(m: number, n: number, x: Float64Array, y: Float64Array, Z: Float64Array): void {
  for (let i = 0; i < m; i++) {
    const xi = x[i], row = i * n;
    for (let j = 0; j < n; j = (j + 1) | 0) Z[(row + j) | 0] += xi * y[j];
  }
}

/** A product of matrices: the places of A (m×k), of B (k×n) and of the matrix (m×n) that A B is added to. */
export type Factors = readonly [a: Places, b: Places, c: Places];

/** Products of matrices at their places in three arrays, whatever arrays are given; most often there is one. */
export class Product {
  readonly #parts: readonly Part[];
  /** How the product is done where it is one of a row-major matrix and a vector, or of two vectors. */
  readonly #byVector: { readonly add: typeof dotRows; readonly rows: number; readonly columns: number } | undefined;
  /** How long the arrays of A, B and C must be to hold every entry. */
  readonly #extents: readonly number[];
  /** The front of the array C, as much as can have changed. */
  readonly #result: Float64Array;

  /** @throws {RangeError} where sizes are not m×k by k×n into m×n, or B or C is larger than 2¹⁹ numbers. */
  constructor(...products: readonly Factors[]) {
    for (const [a, b, c] of products) {
      const [m, k, n] = [a.rows.length, a.columns.length, b.columns.length];
      if (b.rows.length !== k || c.rows.length !== m || c.columns.length !== n) {
        const [sizeA, sizeB, sizeC] = [a, b, c].map(({ rows, columns }) => `${rows.length}×${columns.length}`);
        throw new RangeError(`product: expected m×k by k×n into m×n, got ${sizeA} by ${sizeB} into ${sizeC}`);
      }
    }
    this.#parts = products.map(([a, b, c]) => ({ a, b, c, aq: isCounting(a.columns) ? undefined : a.columns }));
    this.#byVector = products.length === 1 ? byVector(products[0]) : undefined;
    this.#extents = [0, 1, 2].map((which) => Math.max(0, ...products.map((product) => extent(product[which]))));
    const [, sizeB, sizeC] = this.#extents;
    if (!this.#byVector) this.#expectRoom(Math.max(sizeB, sizeC));
    this.#result = C.subarray(0, sizeC);
  }

  /**
   * Z += V W, or Z += V W + V2 W2.
   * @throws {RangeError} where an array is too short for its places, or one for W or Z is longer than 2¹⁹ numbers.
   */
  addTo(Z: Float64Array, V: Float64Array, W: Float64Array, V2?: Float64Array, W2?: Float64Array): void {
    this.#expectLengths(Z, V, W);
    if (V2 || W2) this.#expectLengths(Z, V2, W2);
    if (this.#byVector) {
      const { add, rows, columns } = this.#byVector;
      add(rows, columns, V, W, Z);
      if (V2 && W2) add(rows, columns, V2, W2, Z);
    } else {
      this.#expectRoom(Math.max(W.length, W2?.length ?? 0, Z.length));
      B.set(W);
      if (W2) Y.set(W2);
      C.set(Z);
      for (const part of this.#parts) addMatrix(part, V, V2, Z.length);
      Z.set(this.#result);
    }
  }

  #expectRoom(size: number): void {
    if (size <= MOST / 2) return;
    throw new RangeError(`product: expected matrices of at most ${MOST / 2} numbers, got ${size}`);
  }

  #expectLengths(Z: Float64Array, V: Float64Array | undefined, W: Float64Array | undefined): void {
    const [a, b, c] = this.#extents;
    if (V && W && V.length >= a && W.length >= b && Z.length >= c) return;
    const got = `${V?.length ?? 'nothing'}, ${W?.length ?? 'nothing'} and ${Z.length}`;
    throw new RangeError(`product: expected at least ${a}, ${b} and ${c} numbers, got ${got}`);
  }
}

/** Places of A, B and C, and A's columns where they are not 0, 1, 2, … */
interface Part {
  readonly a: Places;
  readonly b: Places;
  readonly c: Places;
  readonly aq: Int32Array | undefined;
}

/** C += A B + X Y: A and X are arrays of A's places; B, Y and C are in place. From `unused` on, nobody looks into C. */
function addMatrix({ a, b, c, aq }: Part, A: Float64Array, X: Float64Array | undefined, unused: number): void {
  const { rows: ai } = a, { rows: bq, columns: bj } = b, { rows: ci, columns: cj } = c;
  const m = ai.length, k = bq.length;
  B_COLUMNS.set(bj);
  C_COLUMNS.set(cj);
  for (let first = 0; first < k; first += DEPTH) {
    const depth = Math.min(DEPTH, k - first);
    for (let q = 0; q < depth; q = (q + 1) | 0) B_ROWS[q] = bq[first + q];
    for (let i = 0; i < m; i += 6) {
      for (let r = 0; r < 6; r++) {
        const isRow = i + r < m;
        C_ROWS[r] = isRow ? ci[i + r] : unused;
        if (!isRow) continue;
        copyRow(A, ai[i + r], aq, first, depth, ROWS[r]);
        if (X) copyRow(X, ai[i + r], aq, first, depth, ROWS[6 + r]);
      }
      addBlock(depth, X ? depth : 0, bj.length);
    }
  }
}

/** The vector form of a product, where there is one. */
function byVector([a, b, c]: Factors) {
  const rows = a.rows.length, k = a.columns.length;
  if (b.columns.length === 1 && isRowMajor(b) && isRowMajor(c)) {
    if (isRowMajor(a)) return { add: dotRows, rows, columns: k };
    if (isRowMajor(transpose(a))) return { add: addRows, rows, columns: k };
  } else if (k === 1 && [a, b, c].every(isRowMajor)) {
    return { add: addOuter, rows, columns: b.columns.length };
  }
  return undefined;
}

/** into[q] ← A[row + columns[first + q]], or without columns A[row + first + q] */
function copyRow(
  A: Float64Array, row: number, columns: Int32Array | undefined, first: number, count: number, into: Float64Array,
): void {
  if (columns) for (let q = 0; q < count; q = (q + 1) | 0) into[q] = A[(row + columns[(first + q) | 0]) | 0];
  else for (let q = 0, at = row + first; q < count; q = (q + 1) | 0) into[q] = A[(at + q) | 0];
}

/** Whether the places are 0, 1, 2, … */
function isCounting(places: Int32Array): boolean {
  return places.every((place, i) => place === i);
}

function isRowMajor({ rows, columns }: Places): boolean {
  return isCounting(columns) && rows.every((place, i) => place === i * columns.length);
}

/** How long an array must be to hold every entry. */
function extent({ rows, columns }: Places): number {
  const last = (places: Int32Array): number => places.reduce((most, place) => Math.max(most, place), 0);
  return rows.length * columns.length === 0 ? 0 : last(rows) + last(columns) + 1;
}

/** C[m,n] += A[m,k] B[k,n], all row-major. @throws {RangeError} where an array is not as long as its shape. */
export function addAB(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  expectSizes(m, k, n, A, B, C);
  new Product([rowMajor(m, k), rowMajor(k, n), rowMajor(m, n)]).addTo(C, A, B);
}

/** C[m,n] += A[m,k] B[n,k]ᵀ. @throws {RangeError} where an array is not as long as its shape. */
export function addABt(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  expectSizes(m, k, n, A, B, C);
  new Product([rowMajor(m, k), transpose(rowMajor(n, k)), rowMajor(m, n)]).addTo(C, A, B);
}

/** C[m,n] += A[k,m]ᵀ B[k,n]. @throws {RangeError} where an array is not as long as its shape. */
export function addAtB(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  expectSizes(m, k, n, A, B, C);
  new Product([transpose(rowMajor(k, m)), rowMajor(k, n), rowMajor(m, n)]).addTo(C, A, B);
}

function expectSizes(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  if (A.length !== m * k || B.length !== k * n || C.length !== m * n) {
    throw new RangeError(
      `matmul of ${m}×${k} by ${k}×${n}: expected ${m * k}, ${k * n} and ${m * n} numbers, ` +
        `got ${A.length}, ${B.length} and ${C.length}`,
    );
  }
}
