/**
 * @file The three products against a twin, entry by entry from its definition. On small integers every sum is exact, so
 * the two must agree to the bit; on normal numbers only up to the order of the additions.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { addAB, addABt, addAtB } from '../../src/tensor/matmul.ts';
import type { Random } from '../../src/tensor/random.ts';
import { checkAdjoint } from '../check/adjoint.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';

type Product = (m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array) => void;

/** C[m,n] += A[m,k] B[k,n] */
function naiveAB(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) for (let q = 0; q < k; q++) C[i * n + j] += A[i * k + q] * B[q * n + j];
}

/** C[m,n] += A[m,k] B[n,k]ᵀ */
function naiveABt(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) for (let q = 0; q < k; q++) C[i * n + j] += A[i * k + q] * B[j * k + q];
}

/** C[m,n] += A[k,m]ᵀ B[k,n] */
function naiveAtB(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) for (let q = 0; q < k; q++) C[i * n + j] += A[q * m + i] * B[q * n + j];
}

const PRODUCTS: readonly (readonly [string, Product, Product])[] = [
  ['addAB', addAB, naiveAB],
  ['addABt', addABt, naiveABt],
  ['addAtB', addAtB, naiveAtB],
];

/** Every m, n from 1 to 9 first, then larger ones. */
function randomShape(random: Random, i: number): [m: number, k: number, n: number] {
  return i < 81
    ? [1 + (i % 9), between(random, 1, 9), 1 + Math.floor(i / 9)]
    : [between(random, 1, 40), between(random, 1, 40), between(random, 1, 40)];
}

const integers = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.below(201) - 100);

for (const [name, product, naive] of PRODUCTS) {
  test(`${name}: equals the naive loops on integers, and adds into C`, () => {
    forAll(name, 150, (random, i) => {
      const [m, k, n] = randomShape(random, i);
      const A = integers(random, m * k), B = integers(random, k * n), C = integers(random, m * n);
      const [wasA, wasB, expected] = [A.slice(), B.slice(), C.slice()];
      product(m, k, n, A, B, C);
      naive(m, k, n, A, B, expected);
      checkClose(`${m}×${k} by ${k}×${n}`, C, expected, 0);
      checkClose('A after', A, wasA, 0);
      checkClose('B after', B, wasB, 0);
    });
  });

  test(`${name}: equals the naive loops on normal numbers`, () => {
    forAll(name, 50, (random) => {
      const [m, k, n] = randomShape(random, 81);
      const A = normals(random, m * k), B = normals(random, k * n), C = normals(random, m * n), expected = C.slice();
      product(m, k, n, A, B, C);
      naive(m, k, n, A, B, expected);
      checkClose(`${m}×${k} by ${k}×${n}`, C, expected, 1e-14);
    });
  });

  test(`${name}: a sum of no terms adds nothing`, () => {
    const C = Float64Array.of(1, 2, 3, 4, 5, 6);
    product(2, 0, 3, new Float64Array(0), new Float64Array(0), C);
    assert.equal([...C], [1, 2, 3, 4, 5, 6]);
  });

  test(`${name}: refuses each array that is not as long as its shape`, () => {
    const [m, k, n] = [2, 3, 5];
    const right = [m * k, k * n, m * n];
    for (let wrong = 0; wrong < 3; wrong++)
      for (const by of [-1, 1]) {
        const got = right.map((size, i) => (i === wrong ? size + by : size));
        const [A, B, C] = got.map((size) => new Float64Array(size));
        const text = `matmul of 2×3 by 3×5: expected 6, 15 and 10 numbers, got ${got[0]}, ${got[1]} and ${got[2]}`;
        checkRangeError(() => product(m, k, n, A, B, C), new RegExp(`^${text}$`));
      }
  });
}

test('products: ⟨AB, C⟩ = ⟨B, AᵀC⟩ = ⟨A, CBᵀ⟩', () => {
  forAll('adjoint', 60, (random) => {
    const [m, k, n] = [between(random, 1, 20), between(random, 1, 20), between(random, 1, 20)];
    const A = normals(random, m * k), B = normals(random, k * n);
    const into = (size: number, add: (out: Float64Array) => void): Float64Array => {
      const out = new Float64Array(size);
      add(out);
      return out;
    };
    const byA = (X: Float64Array) => into(m * n, (C) => addAB(m, k, n, A, X, C));
    const byAt = (C: Float64Array) => into(k * n, (X) => addAtB(k, m, n, A, C, X));
    checkAdjoint('B ↦ AB', byA, byAt, k * n, m * n, random);
    const byB = (X: Float64Array) => into(m * n, (C) => addAB(m, k, n, X, B, C));
    const byBt = (C: Float64Array) => into(m * k, (X) => addABt(m, n, k, C, B, X));
    checkAdjoint('A ↦ AB', byB, byBt, m * k, m * n, random);
  });
});

test.run();
