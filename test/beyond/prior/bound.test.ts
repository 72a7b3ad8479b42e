/** @file Jacobians by their products, and the bounds against exact traces. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import {
  estimateBound, exactBound, NoisyJacobian, WithPrior, type Matrix,
} from '../../../src/beyond/prior/bound.ts';
import { estimateSquare, Jacobian } from '../../../src/beyond/prior/jacobian.ts';
import { accelerate } from '../../../src/kernels/accelerate.ts';
import { lenet } from '../../../src/nn/lenet.ts';
import { labelsOf, type Network } from '../../../src/nn/network.ts';
import { Random } from '../../../src/tensor/random.ts';
import { view, type Tensor } from '../../../src/tensor/tensor.ts';
import { dot } from '../../../src/tensor/vector.ts';
import { checkAdjoint } from '../../check/adjoint.ts';
import { checkClose } from '../../check/close.ts';
import { direction, forAll } from '../../check/property.ts';
import { checkJacobian } from '../../check/slope.ts';

interface Scene {
  readonly network: Network;
  readonly x: Tensor;
  readonly t: Tensor;
}

function scene(seed: number, batch = 1): Scene {
  const plain = lenet({ channels: 1, height: 6, width: 6, classes: 5, seed }).withBatch(batch);
  const x = view(new Random(seed, 9).fillUniform(new Float64Array(36 * batch)), [batch, 1, 6, 6]);
  return { network: seed % 2 === 0 ? plain : accelerate(plain), x, t: labelsOf(Array(batch).fill(seed % 5), 5) };
}

/** A's columns. */
function columnsOf(A: Matrix): Float64Array[] {
  return Array.from({ length: A.columns }, (_, i) => {
    const y = new Float64Array(A.rows);
    A.times(new Float64Array(A.columns).fill(1, i, i + 1), y);
    return y;
  });
}

/** (1/n) tr (AᵀA)⁻¹ from AᵀA by Gauss and Jordan. */
function traceByElimination(A: Matrix): number {
  const columns = columnsOf(A), n = A.columns;
  const rows = columns.map((a, i) =>
    Float64Array.from({ length: 2 * n }, (_, j) => (j < n ? dot(a, columns[j]) : Number(j === n + i))));
  for (let k = 0; k < n; k++) {
    const pivot = rows[k][k];
    for (let j = 0; j < 2 * n; j++) rows[k][j] /= pivot;
    for (let i = 0; i < n; i++) {
      const factor = rows[i][k];
      if (i !== k) for (let j = 0; j < 2 * n; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  return rows.reduce((sum, row, i) => sum + row[n + i], 0) / n;
}

test('J u is the derivative of the gradient along u, and Jᵀ its adjoint, for batches too', () => {
  forAll('networks', 6, (random, i) => {
    const { network, x, t } = scene(i, 1 + (i % 3)), J = new Jacobian(network, x, t), n = J.columns, N = J.rows;
    const times = (u: Float64Array): Float64Array => {
      const y = new Float64Array(N);
      J.times(u, y);
      return y;
    };
    const transposeTimes = (v: Float64Array): Float64Array => {
      const z = new Float64Array(n);
      J.transposeTimes(v, z);
      return z;
    };
    checkAdjoint('J', times, transposeTimes, n, N, random);
    const u = direction(random, n), Ju = times(u), gradientAt = (data: Float64Array): Float64Array => {
      const grad = network.theta.like();
      network.forward(view(data, x.shape), t);
      network.backward(grad);
      return grad.data;
    };
    checkJacobian('∇W', gradientAt, x.data, u, Ju);
  });
});

test('tensors that are not shared have rows of 0', () => {
  const { network, x, t } = scene(2), J = new Jacobian(network, x, t, ['fc.0.weight']), y = network.theta.like();
  J.times(new Float64Array(36).fill(1), y.data);
  assert.ok(y.tensors.get('fc.0.weight')!.data.every((value) => value === 0));
  assert.ok(y.tensors.get('fc.0.bias')!.data.some((value) => value !== 0));
});

test('the estimate of tr(JᵀJ) is its mean over signs', () => {
  const { network, x, t } = scene(3), J = new Jacobian(network, x, t);
  const exact = columnsOf(J).reduce((sum, column) => sum + dot(column, column), 0);
  checkClose('tr(JᵀJ)', [estimateSquare(J, 400, new Random(1))], [exact], 0.05);
});

test('A with a prior: AᵀA = JᵀJ/σ² + ½ w² DᵀD + 12 I, and Aᵀ its adjoint', () => {
  forAll('networks', 4, (random, i) => {
    const { network, x, t } = scene(i, 1 + (i % 2)), B = new NoisyJacobian(new Jacobian(network, x, t), 0.3);
    const n = B.columns, weight = 2, A = new WithPrior(B, x.shape, weight), y = new Float64Array(A.rows);
    const u = direction(random, n);
    const By = new Float64Array(B.rows);
    A.times(u, y);
    B.times(u, By);
    let expected = dot(By, By) + 12 * dot(u, u);
    for (let k = 0; k < n; k++) {
      if (k % 36 < 30) expected += (weight * (u[k + 6] - u[k])) ** 2 / 2;
      if (k % 6 < 5) expected += (weight * (u[k + 1] - u[k])) ** 2 / 2;
    }
    checkClose('‖A u‖²', [dot(y, y)], [expected], 1e-12);
    const z = new Float64Array(n);
    checkAdjoint('A', (v) => (A.times(v, y), y), (v) => (A.transposeTimes(v, z), z), n, A.rows, random);
  });
});

test('the exact bound is that of elimination, with σ² as its factor; the estimate agrees within its error', () => {
  forAll('networks', 3, (random, i) => {
    const { network, x, t } = scene(i), J = new Jacobian(network, x, t), B = new NoisyJacobian(J, 0.2);
    for (const A of [B, new WithPrior(B, x.shape, 3)]) {
      const exact = exactBound(A), estimate = estimateBound(A, random, 24);
      checkClose('exact', [exact], [traceByElimination(A)], 1e-6);
      const off = Math.abs(estimate.mean - exact) / estimate.standardError;
      assert.ok(off < 4, `${estimate.mean} ± ${estimate.standardError}, exactly ${exact}`);
    }
    checkClose('σ²', [exactBound(new NoisyJacobian(J, 0.4))], [4 * exactBound(B)], 1e-9);
  });
});

test('the standard error is that of estimates from other signs', () => {
  const { network, x, t } = scene(1);
  const A = new WithPrior(new NoisyJacobian(new Jacobian(network, x, t), 0.2), x.shape, 3);
  const estimates = Array.from({ length: 30 }, (_, seed) => estimateBound(A, new Random(seed), 5));
  const average = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const middle = average(estimates.map(({ mean }) => mean));
  const spread = Math.sqrt(average(estimates.map(({ mean }) => (mean - middle) ** 2)));
  const ratio = average(estimates.map(({ standardError }) => standardError)) / spread;
  assert.ok(ratio > 0.6 && ratio < 1.6, `${ratio}`);
});

test('a prior lowers the bound, the more the heavier it is; a direction that G does not see has no bound', () => {
  const { network, x, t } = scene(4), B = new NoisyJacobian(new Jacobian(network, x, t), 0.5);
  const all = [B, new WithPrior(B, x.shape, 1), new WithPrior(B, x.shape, 9)];
  const [none, light, heavy] = all.map(exactBound);
  assert.ok(none > light && light > heavy && heavy > 0, `${none}, ${light}, ${heavy}`);
  const blind: Matrix = {
    rows: 1, columns: 2, times: (u, y) => y.set([u[0]]), transposeTimes: ([y], u) => u.set([y, 0]),
  };
  assert.is(exactBound(blind), Infinity);
});

test.run();
