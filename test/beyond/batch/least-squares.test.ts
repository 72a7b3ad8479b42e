/** @file Least squares: the residual is orthogonal to every column, and known solutions are found. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { leastSquares } from '../../../src/beyond/batch/least-squares.ts';
import { checkClose } from '../../check/close.ts';
import { checkRangeError } from '../../check/errors.ts';
import { between, forAll, normals } from '../../check/property.ts';

/** A x, A row by row. */
const times = (m: number, n: number, A: Float64Array, x: Float64Array): Float64Array =>
  Float64Array.from({ length: m }, (_, i) => x.reduce((sum, value, j) => sum + A[i * n + j] * value, 0));

test('least squares: a line through three points, by hand', () => {
  // y = p + q t through (0, 1), (1, 2), (2, 4): the normal equations 3p + 3q = 7, 3p + 5q = 10 give q = 3/2, p = 5/6
  const x = leastSquares(3, 2, Float64Array.of(1, 0, 1, 1, 1, 2), Float64Array.of(1, 2, 4));
  checkClose('p and q', x, [5 / 6, 3 / 2], 1e-14);
});

test('least squares: Aᵀ (A x − b) = 0, whether or not columns depend on those before them', () => {
  forAll('systems', 200, (random, seed) => {
    const n = between(random, 1, 12), m = n + between(random, 0, 6);
    const A = normals(random, m * n), b = normals(random, m);
    if (seed % 2 === 1) { // several columns that are twice the first
      for (let j = 1; j < n; j += between(random, 1, 3)) for (let i = 0; i < m; i++) A[i * n + j] = 2 * A[i * n];
    }
    const x = leastSquares(m, n, A.slice(), b.slice());
    const residual = times(m, n, A, x).map((value, i) => value - b[i]);
    const transposed = Float64Array.from({ length: m * n }, (_, k) => A[(k % m) * n + Math.floor(k / m)]);
    const scale = 1 + Math.max(...x.map(Math.abs));
    assert.ok(Math.max(...times(n, m, transposed, residual).map(Math.abs)) < 1e-12 * scale);
  });
});

test('least squares: b = A x gives x back; a column that depends on others gets 0', () => {
  forAll('exact', 100, (random) => {
    const n = between(random, 2, 10), m = n + between(random, 0, 4), A = normals(random, m * n), x = normals(random, n);
    const condition = 1e-8; // of random square matrices, now and then
    checkClose('x', leastSquares(m, n, A.slice(), times(m, n, A, x)), x, condition);
    for (let i = 0; i < m; i++) A[i * n + n - 1] = 2 * A[i * n];
    const found = leastSquares(m, n, A.slice(), times(m, n, A, x));
    assert.is(found[n - 1], 0);
    checkClose('A x', times(m, n, A, found), times(m, n, A, x), condition);
  });
  assert.equal([...leastSquares(2, 2, new Float64Array(4), Float64Array.of(1, 1))], [0, 0]);
});

test('least squares: refuses sizes that do not fit', () => {
  checkRangeError(() => leastSquares(1, 2, new Float64Array(2), new Float64Array(1)), /^least squares of 1×2: /);
  checkRangeError(() => leastSquares(2, 2, new Float64Array(3), new Float64Array(2)), /got 3 and 2$/);
  checkRangeError(() => leastSquares(2, 2, new Float64Array(4), new Float64Array(3)), /got 4 and 3$/);
});

test.run();
