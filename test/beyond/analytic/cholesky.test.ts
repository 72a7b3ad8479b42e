/** @file The Cholesky factor: L Lᵀ = A, A x = b, and a matrix that is not positive definite is recognised. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { cholesky, choleskySolve } from '../../../src/beyond/analytic/cholesky.ts';
import { dot } from '../../../src/tensor/vector.ts';
import { checkClose } from '../../check/close.ts';
import { dense, gram } from './dense.ts';
import { between, forAll, normals } from '../../check/property.ts';

test('L Lᵀ = A, entries above the diagonal are not touched; A x = b', () => {
  forAll('matrices', 60, (random) => {
    const n = between(random, 1, 14), m = n + between(random, 4, 9);
    const A = gram(m, n, dense(m, n, normals(random, m * n)));
    const L = A.map((v, k) => (k % n > Math.floor(k / n) ? NaN : v)), x = normals(random, n), b = new Float64Array(n);
    dense(n, n, A).times(x, b);
    assert.ok(cholesky(L, n));
    for (let i = 0; i < n; i++)
      for (let j = i + 1; j < n; j++) assert.ok(Number.isNaN(L[i * n + j]));
    choleskySolve(L, b);
    checkClose('x', b, x, 1e-7);
    const lower = L.map((v, k) => (k % n > Math.floor(k / n) ? 0 : v));
    const row = (i: number): Float64Array => lower.subarray(i * n, (i + 1) * n);
    checkClose('L Lᵀ', A.map((_, k) => dot(row(Math.floor(k / n)), row(k % n))), A, 1e-12);
  });
});

test('not positive definite: a turned sign, a row of zeros, what has overflowed', () => {
  for (const A of [[1, 2, 2, 1], [-1, 0, 0, 1], [1, 0, 0, 0], [1, 0, 0, Infinity], [NaN, 0, 0, 1]]) {
    assert.not(cholesky(Float64Array.from(A), 2), `${A}`);
  }
  assert.ok(cholesky(Float64Array.of(2, 1, 1, 2), 2));
});

test.run();
