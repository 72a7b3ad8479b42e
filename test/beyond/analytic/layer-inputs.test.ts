/** @file The input of a layer from its output: the value, ∂ℓ/∂x and σ that follow for each kind of layer. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { beforeActivation, beforeScale, beforeWeights } from '../../../src/beyond/analytic/layer-inputs.ts';
import { Activation } from '../../../src/nn/activation.ts';
import { Dropout } from '../../../src/layers/dropout.ts';
import { Normalize } from '../../../src/layers/normalize.ts';
import { Linear } from '../../../src/nn/linear.ts';
import { Random } from '../../../src/tensor/random.ts';
import { view, zeros, type Tensor } from '../../../src/tensor/tensor.ts';
import { checkClose } from '../../check/close.ts';
import { forAll, normals } from '../../check/property.ts';

test('beforeScale: value, ∂ and σ of x where y = (x − mean) / std; what dropout set to 0 may be anything', () => {
  const shape = [1, 2, 1, 2], values = (...numbers: number[]): Tensor => view(Float64Array.from(numbers), shape);
  const y = { value: values(1, 2, 3, 4), grad: values(8, 16, 24, 32) }, errors = { relative: 1e-8, absolute: 0 };
  const known = { estimate: y, twin: y, sigma: Float64Array.of(1, 2, 3, 4), errors };
  const normalize = beforeScale(new Normalize({ inShape: shape, mean: [10, 20], std: [0.5, 4] }), known);
  assert.equal([...normalize.estimate.value.data, ...normalize.estimate.grad.data], [10.5, 11, 32, 36, 16, 32, 6, 8]);
  assert.equal([...normalize.sigma], [0.5, 1, 12, 16]);
  const mask = [true, false, true, true], dropout = beforeScale(new Dropout({ inShape: shape, p: 0.5, mask }), known);
  assert.equal([...dropout.estimate.value.data, ...dropout.sigma], [0.5, 0, 1.5, 2, 0.5, Infinity, 1.5, 2]);
});

test('beforeActivation: σ_z² = (σ_a / f′(z))² + (u rms z)²', () => {
  const shape = [1, 2], a = view(Float64Array.of(1 / (1 + Math.exp(-2)), 0.5), shape);
  const errors = { relative: 1e-3, absolute: 0 };
  const known = { value: a, grad: zeros(shape) }, sigma = Float64Array.of(1e-3, 2e-3);
  const z = beforeActivation(new Activation('sigmoid', shape), { estimate: known, twin: known, sigma, errors });
  checkClose('z', z.estimate.value.data, [2, 0], 1e-12);
  const slope = [a.data[0] * (1 - a.data[0]), 0.25], rounding = 1e-3 * Math.SQRT2; // rms z = √2
  checkClose('σ_z', z.sigma, slope.map((f, i) => Math.hypot(sigma[i] / f, rounding)), 1e-12);
});

test('beforeWeights: equations that x = 0 solves determine nothing', () => {
  const inShape = [1, 3], layer = new Linear({ inShape, out: 30, bias: true }), random = new Random(1);
  const p = { weight: view(normals(random, 90), [30, 3]), bias: view(normals(random, 30), [30]) };
  const known = { value: view(p.bias.data, [1, 30]), grad: zeros([1, 30]) };
  const errors = { relative: 1e-8, absolute: 1e-8 };
  const output = { estimate: known, twin: known, sigma: new Float64Array(30).fill(1e-4), errors };
  assert.is(beforeWeights(layer, p, zeros([30, 3]), output, random).solution.error, 1);
});

test('beforeWeights: where the equations fit worse than said, both errors grow by the same factor', () => {
  forAll('layers', 10, (random) => {
    const inShape = [1, 3], layer = new Linear({ inShape, out: 30, bias: true });
    const p = { weight: view(normals(random, 90), [30, 3]), bias: view(normals(random, 30), [30]) };
    const z = layer.forward(view(normals(random, 3), inShape), p).data.map((v) => v + 1e-3 * random.normal());
    const known = { value: view(z, [1, 30]), grad: zeros([1, 30]) }, errors = { relative: 1e-8, absolute: 3e-8 };
    const output = { estimate: known, twin: known, sigma: new Float64Array(30).fill(1e-4), errors };
    const { errors: { relative, absolute } } = beforeWeights(layer, p, zeros([30, 3]), output, random).input;
    assert.ok(relative > 3e-8 && relative < 3e-7, `${relative}`); // about 10 times 1e-8
    checkClose('τ / u', [absolute / relative], [3], 1e-12);
  });
});

test.run();
