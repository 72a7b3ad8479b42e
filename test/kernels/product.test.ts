/**
 * @file The product of matrices that lie anywhere: against the three plain loops, to the bit on integers.
 *
 * Places are drawn at random: spread out, overlapping, deep enough for a sum to be done in parts. An entry of the
 * result's array that is nobody's place must stay as it was.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Product, rowMajor, strided, transpose, type Places } from '../../src/tensor/matmul.ts';
import type { Random } from '../../src/tensor/random.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, oneOf } from '../check/property.ts';

const integers = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.below(201) - 100);
const sizeOf = ({ rows, columns }: Places): number => Math.max(...rows) + Math.max(...columns) + 1;

/** Row-major, its transpose, or anywhere: gaps, entries that share a place, rows in any order. */
function randomPlaces(random: Random, m: number, n: number): Places {
  const anywhere = (count: number) => Int32Array.from({ length: count }, () => random.below(3 * count));
  const kind = random.below(4);
  if (kind === 0) return rowMajor(m, n);
  if (kind === 1) return transpose(rowMajor(n, m));
  return { rows: anywhere(m), columns: anywhere(n) };
}

/** Z += V W, entry by entry. */
function naive(a: Places, b: Places, c: Places, Z: Float64Array, V: Float64Array, W: Float64Array): void {
  for (let i = 0; i < a.rows.length; i++)
    for (let j = 0; j < b.columns.length; j++)
      for (let q = 0; q < b.rows.length; q++) {
        Z[c.rows[i] + c.columns[j]] += V[a.rows[i] + a.columns[q]] * W[b.rows[q] + b.columns[j]];
      }
}

function checkProduct(name: string, random: Random, m: number, k: number, n: number): void {
  const a = randomPlaces(random, m, k), b = randomPlaces(random, k, n), c = randomPlaces(random, m, n);
  const [V, V2] = [0, 1].map(() => integers(random, sizeOf(a)));
  const [W, W2] = [0, 1].map(() => integers(random, sizeOf(b)));
  const Z = integers(random, sizeOf(c)), expected = Z.slice(), product = new Product([a, b, c]);
  product.addTo(Z, V, W);
  naive(a, b, c, expected, V, W);
  checkClose(`${name}: V W`, Z, expected, 0);
  product.addTo(Z, V, W, V2, W2);
  naive(a, b, c, expected, V, W);
  naive(a, b, c, expected, V2, W2);
  checkClose(`${name}: V W + V2 W2`, Z, expected, 0);
}

test('product: any places, any size, one product or the sum of two', () => {
  forAll('places', 400, (random) => {
    const [m, k, n] = [between(random, 1, 20), between(random, 1, 20), oneOf(random, [1, 1, 2, 5, 13])];
    checkProduct(`${m}×${k} by ${k}×${n}`, random, m, k, n);
  });
});

test('product: sums deeper than what is done at a time, of matrices and of vectors', () => {
  forAll('deep', 40, (random, i) => {
    const [m, k, n] = [between(random, 1, 9), between(random, 1000, 2200), i % 2 === 0 ? 1 : between(random, 2, 4)];
    checkProduct(`${m}×${k} by ${k}×${n}`, random, m, k, n);
  });
});

test('product: long vectors of results', () => {
  forAll('long', 10, (random) => {
    const [m, k, n] = [between(random, 1000, 2200), between(random, 1, 9), 1];
    checkProduct(`${m}×${k} by ${k}×${n}`, random, m, k, n);
    checkProduct(`${n}×${k} by ${k}×${m}`, random, n, 1, m);
  });
});

test('product: several into one matrix, each at its places', () => {
  forAll('products', 100, (random) => {
    const parts = Array.from({ length: between(random, 2, 4) }, () => {
      const [m, k, n] = [between(random, 1, 8), between(random, 1, 8), between(random, 1, 5)];
      return [randomPlaces(random, m, k), randomPlaces(random, k, n), randomPlaces(random, m, n)] as const;
    });
    const [V, W, Z] = [0, 1, 2].map((which) => integers(random, Math.max(...parts.map((part) => sizeOf(part[which])))));
    const expected = Z.slice();
    new Product(...parts).addTo(Z, V, W);
    for (const [a, b, c] of parts) naive(a, b, c, expected, V, W);
    checkClose('V W in parts', Z, expected, 0);
  });
});

test('strided: a window of a 3×4 image, by hand', () => {
  assert.equal([...strided([2, 2], [4, 1], 5)], [5, 6, 9, 10]);
  assert.equal([...strided([2, 1, 3], [10, 7, -1], 2)], [2, 1, 0, 12, 11, 10]);
  assert.equal([...strided([0, 2], [1, 1])], []);
});

test('product: refuses sizes that do not fit, and matrices too large for it', () => {
  const message = /^product: expected m×k by k×n into m×n, got 2×3 by (4×5 into 2×5|3×5 into (3×5|2×4))$/;
  checkRangeError(() => new Product([rowMajor(2, 3), rowMajor(4, 5), rowMajor(2, 5)]), message);
  checkRangeError(() => new Product([rowMajor(2, 3), rowMajor(3, 5), rowMajor(3, 5)]), message);
  checkRangeError(() => new Product([rowMajor(2, 3), rowMajor(3, 5), rowMajor(2, 4)]), message);
  const most = /^product: expected matrices of at most 524288 numbers, got 1048576$/;
  checkRangeError(() => new Product([rowMajor(2, 1024), rowMajor(1024, 1024), rowMajor(2, 1024)]), most);
  checkRangeError(() => new Product([rowMajor(1024, 2), rowMajor(2, 1024), rowMajor(1024, 1024)]), most);
  const small = new Product([rowMajor(2, 3), rowMajor(3, 2), rowMajor(2, 2)]), long = new Float64Array(2 ** 19 + 1);
  checkRangeError(() => small.addTo(new Float64Array(4), new Float64Array(6), long), /at most 524288 numbers, got 524289$/);
  checkRangeError(() => small.addTo(long, new Float64Array(6), new Float64Array(6)), /at most 524288 numbers, got 524289$/);
  new Product([rowMajor(5749, 768), rowMajor(768, 1), rowMajor(5749, 1)]); // a vector: the matrix may have any size
});

test('product: refuses arrays too short for their places, and one without its other', () => {
  const b = { rows: Int32Array.of(0, 1, 7), columns: Int32Array.of(0, 2) };
  const product = new Product([rowMajor(2, 3), b, rowMajor(2, 2)]);
  const [Z, V, W] = [4, 6, 10].map((n) => new Float64Array(n));
  const message = /^product: expected at least 6, 10 and 4 numbers, got (5, 10 and 4|6, 9 and 4|6, 10 and 3|6, nothing and 4|nothing, 10 and 4)$/;
  product.addTo(Z, V, W, V, W);
  checkRangeError(() => product.addTo(Z, V.subarray(1), W), message);
  checkRangeError(() => product.addTo(Z, V, W.subarray(1)), message);
  checkRangeError(() => product.addTo(Z.subarray(1), V, W), message);
  checkRangeError(() => product.addTo(Z, V, W, V), message);
  checkRangeError(() => product.addTo(Z, V, W, undefined, W), message);
  checkRangeError(() => product.addTo(Z, V, W, V, W.subarray(1)), message);
});

test.run();
