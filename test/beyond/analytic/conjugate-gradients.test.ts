/** @file Conjugate gradients against Householder's dense solution, and what a run reports. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { conjugateGradients, type Progress } from '../../../src/beyond/analytic/conjugate-gradients.ts';
import { cholesky, choleskySolve } from '../../../src/beyond/analytic/cholesky.ts';
import { leastSquares } from '../../../src/beyond/batch/least-squares.ts';
import { dot } from '../../../src/tensor/vector.ts';
import { checkClose, expectWithin } from '../../check/close.ts';
import { dense, gram } from './dense.ts';
import { between, forAll, normals } from '../../check/property.ts';

const never = (): boolean => false;

test('least squares: the dense solution, from any start; gain is ‖A (x₀ − x*)‖², residualSquare ‖A x* − b‖²', () => {
  forAll('systems', 60, (random) => {
    const n = between(random, 1, 12), m = n + between(random, 0, 20);
    const A = normals(random, m * n), b = normals(random, m), start = normals(random, n);
    for (let j = 0; j < n; j++) A[j * n + j] += 4; // far from singular
    const map = dense(m, n, A), x = start.slice();
    const gains: number[] = [];
    const isEnough = ({ steps, gainOfLastTen, gain, gainOfLastN }: Progress): boolean => {
      gains[steps] = gain;
      assert.is(gainOfLastN, steps < n ? Infinity : gain - gains[steps - n]);
      const ten = Math.min(10, n);
      if (steps < ten) assert.is(gainOfLastTen, Infinity);
      else expectWithin('gainOfLastTen', gainOfLastTen, gain - gains[steps - ten], gain, 1e-12);
      return gainOfLastTen < 1e-28 * gain;
    };
    const { gain, residualSquare } = conjugateGradients(map, { b }, x, isEnough, 40 * n);
    const expected = leastSquares(m, n, A.slice(), b.slice());
    checkClose('x', x, expected, 1e-9);
    const moved = new Float64Array(m), residual = new Float64Array(m);
    map.times(start.map((v, j) => v - expected[j]), moved);
    map.times(expected, residual);
    residual.forEach((v, i) => (residual[i] = b[i] - v));
    expectWithin('gain', gain, dot(moved, moved), dot(moved, moved), 1e-9);
    expectWithin('residualSquare', residualSquare, dot(residual, residual), dot(b, b), 1e-9);
  });
});

test('with c alone: x = (AᵀA)⁻¹ c, and the gain is cᵀ (AᵀA)⁻¹ c', () => {
  forAll('systems', 40, (random) => {
    const n = between(random, 1, 8), m = n + between(random, 2, 12);
    const A = dense(m, n, normals(random, m * n)), c = normals(random, n), N = gram(m, n, A);
    const x = new Float64Array(n), b = new Float64Array(m);
    const isEnough = ({ gainOfLastTen, gain }: Progress): boolean => gainOfLastTen < 1e-26 * gain;
    const { gain } = conjugateGradients(A, { b, c }, x, isEnough, 60 * n);
    const expected = leastSquares(n, n, N, c.slice());
    checkClose('x', x, expected, 1e-6);
    expectWithin('gain', gain, dot(c, expected), dot(c, expected), 1e-6);
  });
});

test('with M⁻¹ = (AᵀA)⁻¹ one step, and one more for each rank by which M⁻¹ differs from it', () => {
  forAll('systems', 40, (random) => {
    const n = between(random, 4, 9), m = n + between(random, 2, 12), rows = normals(random, m * n);
    for (let j = 0; j < n; j++) rows[j * n + j] += 4;
    const A = dense(m, n, rows), b = normals(random, m), c = normals(random, n), L = gram(m, n, A);
    const plain = new Float64Array(n);
    const { gain } = conjugateGradients(A, { b, c }, plain, ({ gradientRatio }) => gradientRatio < 1e-28, 40 * n);
    assert.ok(cholesky(L, n));
    for (const off of [0, 1, 2]) {
      const x = new Float64Array(n);
      const precondition = (s: Float64Array, z: Float64Array): void => {
        z.set(s);
        choleskySolve(L, z);
        for (let k = 0; k < off; k++) z[k] += 0.1 * s[k];
      };
      const isEnough = ({ gradientRatio }: Progress): boolean => gradientRatio < 1e-20;
      const there = conjugateGradients({ ...A, precondition }, { b, c }, x, isEnough, 40 * n);
      assert.ok(there.steps <= off + 1, `${there.steps} steps`);
      checkClose('x', x, plain, 1e-8);
      expectWithin('gain', there.gain, gain, gain, 1e-8);
    }
  });
});

test('a direction that A maps to 0: untouched if c = 0, and an infinite gain if c has a part in it', () => {
  const map = dense(2, 3, Float64Array.of(1, 0, 0, 0, 2, 0)), x = Float64Array.of(5, 5, 5);
  conjugateGradients(map, { b: Float64Array.of(1, 1) }, x, never, 3);
  checkClose('x', x, [1, 0.5, 5], 1e-12);
  const c = Float64Array.of(0, 0, 1);
  assert.is(conjugateGradients(map, { b: new Float64Array(2), c }, new Float64Array(3), never, 3).gain, Infinity);
});

test('an M that is not definite ends the run, which does not look finished', () => {
  const A = dense(3, 3, Float64Array.of(1, 0, 0, 0, 2, 0, 0, 0, 3));
  const precondition = (s: Float64Array, z: Float64Array): void => {
    z.set(s);
    z[2] *= -1;
  };
  const b = Float64Array.of(2, 1, 0.5), x = new Float64Array(3);
  const { steps, gradientRatio } = conjugateGradients({ ...A, precondition }, { b }, x, never, 100);
  assert.ok(steps < 100 && gradientRatio > 1e-3, `gradientRatio ${gradientRatio} after ${steps}`);
});

test('stops after the largest number of steps, when it is told to, and at once if there is nothing to do', () => {
  const map = dense(2, 2, Float64Array.of(1, 2, 3, 4)), b = Float64Array.of(1, 1);
  assert.is(conjugateGradients(map, { b }, new Float64Array(2), never, 1).steps, 1);
  assert.is(conjugateGradients(map, { b }, new Float64Array(2), ({ steps }) => steps === 1, 9).steps, 1);
  const { steps, gradientRatio } = conjugateGradients(map, { b: new Float64Array(2) }, new Float64Array(2), never, 9);
  assert.equal([steps, gradientRatio], [0, 0]);
  assert.ok(conjugateGradients(map, { b }, new Float64Array(2), never, 1000).steps < 10, 'only rounding is left');
});

test.run();
