/** @file The equations of a layer's input: A and its adjoint, the right side, the preconditioner, the solution. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { InputEquations } from '../../../src/beyond/analytic/input-equations.ts';
import { Conv2d } from '../../../src/nn/conv2d.ts';
import type { Layer } from '../../../src/nn/layer.ts';
import { Linear } from '../../../src/nn/linear.ts';
import { conjugateGradients, type Progress } from '../../../src/beyond/analytic/conjugate-gradients.ts';
import { Random } from '../../../src/tensor/random.ts';
import { sizeOf, view, zeros, type Tensor } from '../../../src/tensor/tensor.ts';
import { dot } from '../../../src/tensor/vector.ts';
import { checkAdjoint } from '../../check/adjoint.ts';
import { checkClose, expectWithin } from '../../check/close.ts';
import { dense, gram } from './dense.ts';
import { between, forAll, normals } from '../../check/property.ts';

const weightShapeOf = (layer: Layer): readonly number[] => layer.parameterShapes.weight as readonly number[];

/** A layer with its W, ∂z, σ's and equations, all random. */
function randomEquations(random: Random) {
  const inShape = [1, between(random, 1, 3), between(random, 3, 5), between(random, 3, 5)], out = between(random, 1, 4);
  const kernel = between(random, 1, 3), stride = between(random, 1, 2), padding = between(random, 0, 2);
  const isLinear = random.below(3) === 0;
  const layer = isLinear
    ? new Linear({ inShape: [1, sizeOf(inShape)], out })
    : new Conv2d({ inShape, out, kernel, stride, padding });
  const m = sizeOf(layer.outShape), shape = weightShapeOf(layer);
  const p = { weight: view(normals(random, sizeOf(shape)), shape), bias: view(normals(random, out), [out]) };
  const positive = (n: number): Float64Array => normals(random, n).map(Math.exp);
  const gradZ = view(normals(random, m), layer.outShape);
  const sigmaZ = positive(m), sigmaW = positive(out);
  return { layer, p, gradZ, sigmaZ, sigmaW, equations: new InputEquations(layer, p.weight, gradZ, sigmaZ, sigmaW) };
}

test('A and Aᵀ are adjoint; the true x solves them', () => {
  forAll('layers', 60, (random) => {
    const { layer, p, gradZ, sigmaZ, sigmaW, equations } = randomEquations(random), { m, n } = equations;
    const partly = new InputEquations(layer, p.weight, gradZ, sigmaZ.map((s, i) => (i % 3 ? s : Infinity)), sigmaW);
    assert.equal([equations.equations, partly.m, partly.equations], [m, m, m - Math.ceil(sigmaZ.length / 3)]);
    const A = (x: Float64Array): Float64Array => {
      const y = new Float64Array(m);
      equations.times(x, y);
      return y;
    };
    const At = (y: Float64Array): Float64Array => {
      const x = new Float64Array(n);
      equations.transposeTimes(y, x);
      return x;
    };
    const before = At(new Float64Array(m).fill(1));
    checkAdjoint('A', A, At, n, m, random);
    equations.gradX(view(normals(random, sizeOf(layer.outShape)), layer.outShape));
    assert.equal(At(new Float64Array(m).fill(1)), before, 'Aᵀ does not depend on earlier calls');
    const x: Tensor = view(normals(random, n), layer.inShape);
    const z = view(layer.forward(x, p).data.slice(), layer.outShape);
    const grad = { weight: zeros(p.weight.shape), bias: zeros(p.bias.shape) };
    layer.backward(gradZ, p, grad);
    const right = equations.rightSide(z, p.bias, grad.weight);
    checkClose('A x', A(x.data), right, 1e-12);
    assert.is(right.length, sigmaZ.length + p.weight.data.length);
  });
});

test('M is AᵀA + ε I if there are fewer outputs than inputs, else the diagonal of AᵀA', () => {
  const seen = { all: 0, diagonal: 0 };
  forAll('layers', 80, (random) => {
    const { layer, equations } = randomEquations(random), { m, n } = equations, AtA = gram(m, n, equations);
    const isAll = sizeOf(layer.outShape) < n, diagonal = AtA.filter((_, k) => k % (n + 1) === 0);
    const mean = diagonal.reduce((sum, d) => sum + d / n, 0), ridge = isAll ? 1e-6 * mean : 0;
    const M = AtA.map((v, k) => (k % (n + 1) === 0 ? v + ridge || mean : isAll ? v : 0));
    const s = normals(random, n), z = new Float64Array(n), again = new Float64Array(n), y = normals(random, m);
    const before = new Float64Array(n), after = new Float64Array(n);
    equations.transposeTimes(y, before);
    equations.precondition(s, z);
    equations.transposeTimes(y, after);
    assert.equal(after, before, 'Aᵀ does not depend on earlier calls');
    dense(n, n, M).times(z, again);
    checkClose('M M⁻¹ s', again, s, 1e-4);
    seen[isAll ? 'all' : 'diagonal']++;
  });
  assert.ok(seen.all > 20 && seen.diagonal > 20, JSON.stringify(seen));
});

test('the diagonal if the factors would take too long, or overflow', () => {
  const random = new Random(5), blocks = Number.EPSILON ** 2 / Math.sqrt(1e-6);
  const leastOf = (size: number, out: number, sigma: number): number => {
    const layer = new Conv2d({ inShape: [1, 2, size, size], out, kernel: 3, stride: 3 }), m = sizeOf(layer.outShape);
    const shape = weightShapeOf(layer), weight = view(normals(random, sizeOf(shape)), shape);
    const sigmaZ = new Float64Array(m).fill(sigma), gradZ = view(normals(random, m), layer.outShape);
    return new InputEquations(layer, weight, gradZ, sigmaZ, new Float64Array(out).fill(sigma)).roundingRatio;
  };
  assert.is(leastOf(9, 2, 1), blocks);
  assert.is(leastOf(33, 1, 1), Number.EPSILON ** 2, '1,089 pixels a channel');
  assert.is(leastOf(30, 11, 1), Number.EPSILON ** 2, '1,100 outputs');
  assert.is(leastOf(9, 2, 1e-200), Number.EPSILON ** 2, 'squares of 1e200');
});

test('the residual of conjugate gradients is orthogonal to every column of the dense matrix', () => {
  forAll('layers', 30, (random) => {
    const { equations } = randomEquations(random), { m, n } = equations;
    const column = new Float64Array(m), x = new Float64Array(n), b = normals(random, m), left = new Float64Array(m);
    const isEnough = ({ gainOfLastTen, gain }: Progress): boolean => gainOfLastTen < 1e-24 * gain;
    const { residualSquare } = conjugateGradients(equations, { b }, x, isEnough, 200 * n);
    equations.times(x, left);
    left.forEach((v, i) => (left[i] = b[i] - v));
    expectWithin('‖A x − b‖²', residualSquare, dot(left, left), dot(b, b), 1e-12);
    for (let j = 0; j < n; j++) {
      equations.times(new Float64Array(n).fill(1, j, j + 1), column);
      expectWithin(`column ${j}`, dot(column, left), 0, Math.sqrt(dot(b, b)), 1e-8);
    }
  });
});

test.run();
