/**
 * @file The matrix product that the fast convolution is made of; skip on first reading.
 *
 *   C += A B   or   C += A B + A₂ B₂        A, A₂ [m, k], B, B₂ [k, n], C [m, n]
 *
 * A matrix is an array and the places of its entries in it (places.ts), so W P, ∂Y Pᵀ and Wᵀ ∂Y, of matrices and of
 * images, are one loop, `addBlock`, and nothing is transposed or written out before.
 *
 * The idea: six rows of A are multiplied by each column of B, so that a number of B, once read, feeds six multiply-adds
 * whose sums stay in registers. The six rows are first copied side by side, and B and C as they are, into arrays that
 * last as long as the program: the engine then knows their addresses and lengths, checks an index that six arrays share
 * once, and reads no pointer again. The product by its definition is in test/kernels/product.test.ts.
 */
import { extentOf, type Places } from './places.ts';

/** The numbers that B, B₂ and C may have. */
export const LARGEST = 1 << 19;
/** The terms of a sum that are added up at a time: the length of the copied rows of A and A₂. */
const DEPTH = 1024;
/**
 * Bytes from one row to the next: not a power of two, or rows would compete for the same lines of the nearest cache.
 */
const ROW_BYTES = 8 * DEPTH + 704;
const ROWS = ((buffer) => Array.from({ length: 12 }, (_, i) => new Float64Array(buffer, i * ROW_BYTES, DEPTH)))(
  new ArrayBuffer(12 * ROW_BYTES),
);
/** Six rows of A and six of A₂. */
const [A0, A1, A2, A3, A4, A5, S0, S1, S2, S3, S4, S5] = ROWS;
/**
 * B, B₂ and C. Behind C, from LARGEST on, go the sums of the rows that a last block of fewer than six lacks. Memory
 * that is not touched is not taken from the system.
 */
const FIRST = new Float64Array(LARGEST), SECOND = new Float64Array(LARGEST), RESULT = new Float64Array(2 * LARGEST);
/** Places: of DEPTH rows of B, of six rows of C, of the columns of both. */
const B_ROWS = new Int32Array(DEPTH), C_ROWS = new Int32Array(6);
const B_COLUMNS = new Int32Array(LARGEST), C_COLUMNS = new Int32Array(LARGEST);

/**
 * C[i,j] += Σ_q A[i,q] B[q,j] and, if depth2 > 0, + Σ_q A₂[i,q] B₂[q,j], for six rows i and n columns j.
 * (The second sum keeps the function too long to be built into its caller, where it would lose the addresses.)
 */
function addBlock(depth: number, depth2: number, n: number): void {
  const a0 = A0, a1 = A1, a2 = A2, a3 = A3, a4 = A4, a5 = A5, s0 = S0, s1 = S1, s2 = S2, s3 = S3, s4 = S4, s5 = S5;
  const b = FIRST, b2 = SECOND, bq = B_ROWS, bj = B_COLUMNS, c = RESULT, ci = C_ROWS, cj = C_COLUMNS;
  for (let j = 0; j < n; j = (j + 1) | 0) {
    let c0 = 0, c1 = 0, c2 = 0, c3 = 0, c4 = 0, c5 = 0;
    const column = bj[j], at = cj[j];
    for (let q = 0; q < depth; q = (q + 1) | 0) {
      const value = b[(bq[q] + column) | 0];
      c0 += a0[q] * value; c1 += a1[q] * value; c2 += a2[q] * value;
      c3 += a3[q] * value; c4 += a4[q] * value; c5 += a5[q] * value;
    }
    for (let q = 0; q < depth2; q = (q + 1) | 0) {
      const value = b2[(bq[q] + column) | 0];
      c0 += s0[q] * value; c1 += s1[q] * value; c2 += s2[q] * value;
      c3 += s3[q] * value; c4 += s4[q] * value; c5 += s5[q] * value;
    }
    c[(at + ci[0]) | 0] += c0; c[(at + ci[1]) | 0] += c1; c[(at + ci[2]) | 0] += c2;
    c[(at + ci[3]) | 0] += c3; c[(at + ci[4]) | 0] += c4; c[(at + ci[5]) | 0] += c5;
  }
}

/** The places of A [m, k], B [k, n] and C [m, n]. */
export interface ProductPlaces {
  readonly A: Places;
  readonly B: Places;
  readonly C: Places;
}

/** One or more products of the same three arrays, each at its own places. */
export class Product {
  /** The multiply-adds of C += A B. */
  readonly multiplyAdds: number;
  readonly #parts: readonly Part[];
  /** How long the arrays must be to hold every entry. */
  readonly #extent: { readonly A: number; readonly B: number; readonly C: number };
  /** The front of RESULT, as much of it as can change. */
  readonly #result: Float64Array;

  /** @throws {RangeError} if sizes are not [m, k] by [k, n] into [m, n], or B or C is longer than `LARGEST`. */
  constructor(...products: readonly ProductPlaces[]) {
    for (const { A, B, C } of products) {
      const [m, k, n] = [A.rows.length, A.columns.length, B.columns.length];
      if (B.rows.length === k && C.rows.length === m && C.columns.length === n) continue;
      const [a, b, c] = [A, B, C].map(({ rows, columns }) => `[${rows.length},${columns.length}]`);
      throw new RangeError(`product: expected [m,k] by [k,n] into [m,n], got ${a} by ${b} into ${c}`);
    }
    this.#parts = products.map((places) => ({ ...places, isRow: places.A.columns.every((place, i) => place === i) }));
    const sizeOf = ({ A, C }: ProductPlaces): number => A.columns.length * C.rows.length * C.columns.length;
    this.multiplyAdds = products.reduce((sum, places) => sum + sizeOf(places), 0);
    const extent = (name: 'A' | 'B' | 'C'): number => Math.max(0, ...products.map((places) => extentOf(places[name])));
    this.#extent = { A: extent('A'), B: extent('B'), C: extent('C') };
    expectAtMost(Math.max(this.#extent.B, this.#extent.C));
    this.#result = RESULT.subarray(0, this.#extent.C);
  }

  /**
   * C += A B, or C += A B + A₂ B₂ if all four are given.
   * @throws {RangeError} if an array is too short for its places, or B, B₂ or C is longer than `LARGEST`.
   */
  add(C: Float64Array, A: Float64Array, B: Float64Array, secondA?: Float64Array, secondB?: Float64Array): void {
    this.#expectLengths(C, A, B);
    FIRST.set(B);
    if (secondA && secondB) {
      this.#expectLengths(C, secondA, secondB);
      SECOND.set(secondB);
    }
    RESULT.set(C);
    for (const part of this.#parts) addPart(part, A, secondB && secondA);
    C.set(this.#result);
  }

  #expectLengths(C: Float64Array, A: Float64Array, B: Float64Array): void {
    const least = this.#extent;
    if (A.length < least.A || B.length < least.B || C.length < least.C) {
      const got = `${A.length}, ${B.length} and ${C.length}`;
      throw new RangeError(`product: expected at least ${least.A}, ${least.B} and ${least.C} numbers, got ${got}`);
    }
    expectAtMost(Math.max(B.length, C.length));
  }
}

function expectAtMost(size: number): void {
  if (size > LARGEST) throw new RangeError(`product: expected matrices of at most ${LARGEST} numbers, got ${size}`);
}

interface Part extends ProductPlaces {
  /** Whether the columns of A are at 0, 1, 2, …, so that a row is a piece of the array. */
  readonly isRow: boolean;
}

/** Adds one product; B, B₂ and C are in their copies. */
function addPart(part: Part, A: Float64Array, secondA: Float64Array | undefined): void {
  const { A: { rows, columns }, B, C, isRow } = part;
  const m = rows.length, k = columns.length;
  B_COLUMNS.set(B.columns);
  C_COLUMNS.set(C.columns);
  for (let start = 0; start < k; start += DEPTH) {
    const depth = Math.min(DEPTH, k - start);
    for (let q = 0; q < depth; q = (q + 1) | 0) B_ROWS[q] = B.rows[start + q];
    for (let i = 0; i < m; i += 6) {
      for (let r = 0; r < 6; r++) {
        C_ROWS[r] = i + r < m ? C.rows[i + r] : LARGEST;
        if (i + r >= m) continue;
        copyRow(A, rows[i + r], columns, isRow, start, depth, ROWS[r]);
        if (secondA) copyRow(secondA, rows[i + r], columns, isRow, start, depth, ROWS[6 + r]);
      }
      addBlock(depth, secondA ? depth : 0, B.columns.length);
    }
  }
}

/** target[q] ← A[row + columns[start + q]] for q < count */
function copyRow(
  A: Float64Array, row: number, columns: Int32Array, isRow: boolean, start: number, count: number, target: Float64Array,
): void {
  if (isRow) for (let q = 0, at = row + start; q < count; q = (q + 1) | 0) target[q] = A[(at + q) | 0];
  else for (let q = 0; q < count; q = (q + 1) | 0) target[q] = A[(row + columns[(start + q) | 0]) | 0];
}
