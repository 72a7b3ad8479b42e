/**
 * @file The product of matrices that lie anywhere: against its definition, to the bit on integers.
 *
 * Places are drawn at random: spread out, overlapping, deep enough for a sum to be done in parts. An entry of the
 * result's array that is nobody's place must stay as it was.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { extentOf, rowMajor, strided, transpose, type Places } from '../../src/kernels/places.ts';
import { LARGEST, Product, type ProductPlaces } from '../../src/kernels/product.ts';
import type { Random } from '../../src/tensor/random.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll } from '../check/property.ts';

const integers = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.below(201) - 100);

/** Row-major, its transpose, or anywhere: gaps, entries that share a place, rows in any order. */
function randomPlaces(random: Random, m: number, n: number): Places {
  const anywhere = (count: number) => Int32Array.from({ length: count }, () => random.below(3 * count));
  const kind = random.below(4);
  if (kind === 0) return rowMajor(m, n);
  if (kind === 1) return transpose(rowMajor(n, m));
  return { rows: anywhere(m), columns: anywhere(n) };
}

const randomProduct = (random: Random, m: number, k: number, n: number): ProductPlaces =>
  ({ A: randomPlaces(random, m, k), B: randomPlaces(random, k, n), C: randomPlaces(random, m, n) });

/** C += A B, entry by entry. */
function byDefinition(places: ProductPlaces, C: Float64Array, A: Float64Array, B: Float64Array): void {
  const { A: a, B: b, C: c } = places;
  for (let i = 0; i < a.rows.length; i++)
    for (let j = 0; j < b.columns.length; j++)
      for (let q = 0; q < b.rows.length; q++) {
        C[c.rows[i] + c.columns[j]] += A[a.rows[i] + a.columns[q]] * B[b.rows[q] + b.columns[j]];
      }
}

function checkProduct(name: string, random: Random, m: number, k: number, n: number): void {
  const places = randomProduct(random, m, k, n), { A: a, B: b, C: c } = places;
  const [A, A2] = [0, 1].map(() => integers(random, extentOf(a)));
  const [B, B2] = [0, 1].map(() => integers(random, extentOf(b)));
  const C = integers(random, extentOf(c) + random.below(3)), expected = C.slice(), product = new Product(places);
  product.add(C, A, B);
  byDefinition(places, expected, A, B);
  checkClose(`${name}: A B`, C, expected, 0);
  product.add(C, A, B, A2, B2);
  byDefinition(places, expected, A, B);
  byDefinition(places, expected, A2, B2);
  checkClose(`${name}: A B + A₂ B₂`, C, expected, 0);
}

test('product: any places, any size, one product or the sum of two', () => {
  forAll('places', 400, (random) => {
    const [m, k, n] = [between(random, 1, 20), between(random, 1, 20), between(random, 1, 13)];
    checkProduct(`[${m},${k}] by [${k},${n}]`, random, m, k, n);
  });
});

test('product: sums deeper than what is done at a time, and many rows', () => {
  forAll('deep', 20, (random) => {
    const [m, k, n] = [between(random, 1, 9), between(random, 1000, 2200), between(random, 1, 4)];
    checkProduct(`[${m},${k}] by [${k},${n}]`, random, m, k, n);
    checkProduct(`[${k},${m}] by [${m},${n}]`, random, k, m, n);
  });
});

test('product: several into one matrix, each at its places', () => {
  forAll('products', 100, (random) => {
    const parts = Array.from({ length: between(random, 2, 4) }, () =>
      randomProduct(random, between(random, 1, 8), between(random, 1, 8), between(random, 1, 5)));
    const [A, B, C] = (['A', 'B', 'C'] as const).map((name) =>
      integers(random, Math.max(...parts.map((part) => extentOf(part[name])))));
    const expected = C.slice();
    new Product(...parts).add(C, A, B);
    for (const places of parts) byDefinition(places, expected, A, B);
    checkClose('A B in parts', C, expected, 0);
  });
});

test('product: none adds nothing', () => {
  const C = Float64Array.of(1, 2);
  new Product().add(C, new Float64Array(0), new Float64Array(0));
  assert.equal([...C], [1, 2]);
});

test('places: strided by hand, a window of a 3×4 image; the extent of a matrix', () => {
  assert.equal([...strided([2, 2], [4, 1], 5)], [5, 6, 9, 10]);
  assert.equal([...strided([2, 1, 3], [10, 7, -1], 2)], [2, 1, 0, 12, 11, 10]);
  assert.equal([...strided([0, 2], [1, 1])], []);
  assert.is(extentOf(rowMajor(3, 4)), 12);
  assert.is(extentOf({ rows: Int32Array.of(7, 0), columns: Int32Array.of(1, 2) }), 10);
  assert.is(extentOf({ rows: Int32Array.of(), columns: Int32Array.of(5) }), 0);
});

test('product: refuses sizes that do not fit, and matrices too large for it', () => {
  const of = (A: Places, B: Places, C: Places) => new Product({ A, B, C });
  const message =
    /^product: expected \[m,k\] by \[k,n\] into \[m,n\], got \[2,3\] by (\[4,5\] |\[3,5\] into \[[32],[54]\])/;
  checkRangeError(() => of(rowMajor(2, 3), rowMajor(4, 5), rowMajor(2, 5)), message);
  checkRangeError(() => of(rowMajor(2, 3), rowMajor(3, 5), rowMajor(3, 5)), message);
  checkRangeError(() => of(rowMajor(2, 3), rowMajor(3, 5), rowMajor(2, 4)), message);
  const most = /^product: expected matrices of at most 524288 numbers, got 1048576$/;
  checkRangeError(() => of(rowMajor(2, 1024), rowMajor(1024, 1024), rowMajor(2, 1024)), most);
  checkRangeError(() => of(rowMajor(1024, 2), rowMajor(2, 1024), rowMajor(1024, 1024)), most);
  of(rowMajor(1024, 1024), rowMajor(1024, 2), rowMajor(1024, 2)); // A may have any size
  const small = of(rowMajor(2, 3), rowMajor(3, 2), rowMajor(2, 2)), long = new Float64Array(LARGEST + 1);
  const [C, A, B] = [4, 6, 6].map((n) => new Float64Array(n)), tooLong = /at most 524288 numbers, got 524289$/;
  checkRangeError(() => small.add(C, A, long), tooLong);
  checkRangeError(() => small.add(C, A, B, A, long), tooLong);
  checkRangeError(() => small.add(long, A, B), tooLong);
});

test('product: as large as it may be, with rows that a last block lacks', () => {
  const n = LARGEST, C = new Float64Array(n), B = new Float64Array(n).fill(1);
  new Product({ A: rowMajor(1, 1), B: rowMajor(1, n), C: rowMajor(1, n) }).add(C, Float64Array.of(3), B);
  assert.ok(C.every((value) => value === 3));
});

test('product: refuses arrays too short for their places', () => {
  const b = { rows: Int32Array.of(0, 1, 7), columns: Int32Array.of(0, 2) };
  const product = new Product({ A: rowMajor(2, 3), B: b, C: rowMajor(2, 2) });
  const [C, A, B] = [4, 6, 10].map((n) => new Float64Array(n));
  const message = /^product: expected at least 6, 10 and 4 numbers, got (5, 10 and 4|6, 9 and 4|6, 10 and 3)$/;
  product.add(C, A, B, A, B);
  checkRangeError(() => product.add(C, A.subarray(1), B), message);
  checkRangeError(() => product.add(C, A, B.subarray(1)), message);
  checkRangeError(() => product.add(C.subarray(1), A, B), message);
  checkRangeError(() => product.add(C, A, B, A.subarray(1), B), message);
  checkRangeError(() => product.add(C, A, B, A, B.subarray(1)), message);
});

test.run();
