/** @file Leaky ReLU and SiLU: f, f′ and f″, the four passes, what is known of every activation, and fast networks. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { ACTIVATIONS } from '../../src/nn/activation.ts';
import {
  activationLayer, ALL_ACTIVATIONS, OtherActivation, traitsOf, type AnyActivationName, type LeakyReluOptions,
} from '../../src/layers/activations.ts';
import { buildStack } from '../../src/layers/stack.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals, oneOf } from '../check/property.ts';
import { checkAgreement } from '../kernels/agreement.ts';
import { checkFourPasses } from '../nn/four-passes.ts';
import { pytorchLayerTests } from '../nn/pytorch-layers.ts';
import { testerCatches } from '../nn/tester.ts';

const OTHERS = ['leaky-relu', 'silu'] as const;

pytorchLayerTests('activations', ({ type, negative_slope: slope }, inShape) => {
  if (type === 'LeakyReLU') return new OtherActivation('leaky-relu', inShape, { slope } as LeakyReluOptions);
  return type === 'SiLU' ? new OtherActivation('silu', inShape) : undefined;
});

const vector = (...values: number[]) => ({ shape: [1, values.length], data: Float64Array.from(values) });

/** f, f′ and f″ at x, read off the passes. */
function derivatives(f: AnyActivationName, x: number, options: LeakyReluOptions = {}): number[] {
  const layer = activationLayer(f, { inShape: [1, 1], ...options });
  const [y] = layer.forward(vector(x)).data, [first] = layer.backward(vector(1)).data;
  layer.rForward(vector(1));
  return [y, first, layer.rBackward(vector(0)).data[0]];
}

test('activations: f, f′ and f″ by hand', () => {
  const ln3 = Math.log(3);
  for (const [f, x, expected] of [
    ['leaky-relu', 2, [2, 1, 0]],
    ['leaky-relu', -2, [-0.02, 0.01, 0]],
    ['leaky-relu', 0, [0, 0.01, 0]], // as in PyTorch
    ['silu', 0, [0, 1 / 2, 1 / 2]],
    ['silu', ln3, [(3 / 4) * ln3, 3 / 4 + (3 / 16) * ln3, 3 / 8 - (3 / 32) * ln3]],
    ['silu', -ln3, [-ln3 / 4, 1 / 4 - (3 / 16) * ln3, 3 / 8 - (3 / 32) * ln3]],
    ['silu', 1000, [1000, 1, 0]],
    ['silu', -1000, [0, 0, 0]],
  ] as const) {
    checkClose(`${f} at ${x}`, derivatives(f, x), expected, 1e-15);
  }
  assert.equal(derivatives('leaky-relu', -2, { slope: 0.25 }), [-0.5, 0.25, 0]);
  assert.equal(derivatives('leaky-relu', -2, { slope: 3 }), [-6, 3, 0]);
  for (const f of OTHERS) assert.ok(Number.isNaN(derivatives(f, NaN)[0]), f);
});

test('activations: the least value of silu, at which f′ = 0 and f″ > 0, is the end of its range', () => {
  const x = -1.278464542761074, [y, first, second] = derivatives('silu', x);
  checkClose('least', [y, first, 1], [traitsOf('silu').range[0], 0, 1], 1e-15);
  assert.ok(second > 0);
});

test('activations: no value lies outside the range, and f′ jumps at 0 where it is said to', () => {
  forAll('values', 200, (random) => {
    const f = oneOf(random, ALL_ACTIVATIONS), [least, largest] = traitsOf(f).range, x = 5 * random.normal();
    const [y] = derivatives(f, x);
    assert.ok(y >= least && y <= largest, `${f}(${x}) = ${y}, range ${least} to ${largest}`);
  });
  for (const f of ALL_ACTIVATIONS) {
    const [left, right] = [-1e-9, 1e-9].map((x) => derivatives(f, x)[1]);
    assert.is(Math.abs(right - left) > 0.1, traitsOf(f).hasKink === true, f);
  }
});

test('activations: four passes', () => {
  forAll('layers', 40, (random, i) => {
    const f = OTHERS[i % 2], shape = [between(random, 1, 3), between(random, 1, 6), between(random, 1, 6)];
    // Away from leaky-relu's kink at 0, where there is no slope to check.
    const x = normals(random, shape[0] * shape[1] * shape[2]).map((z) => z + 0.1 * Math.sign(z));
    checkFourPasses(`${f} [${shape}]`, activationLayer(f, { inShape: shape }), x, random);
  });
});

for (const f of OTHERS) testerCatches(f, () => activationLayer(f, { inShape: [2, 7] }));

test('activations: those of src/nn by the same names; refuses unknown names, slopes and shapes', () => {
  assert.equal(ALL_ACTIVATIONS, [...ACTIVATIONS, ...OTHERS]);
  for (const f of ALL_ACTIVATIONS) assert.is(activationLayer(f, { inShape: [1] }).f, f);
  const softplus = 'softplus' as AnyActivationName, toString = 'toString' as AnyActivationName;
  const expected = /^activation: expected sigmoid, tanh, relu, leaky-relu, silu, got softplus$/;
  checkRangeError(() => activationLayer(softplus, { inShape: [1] }), expected);
  checkRangeError(() => activationLayer(toString, { inShape: [1] }), /, got toString$/);
  for (const slope of [0, -1, NaN, Infinity]) {
    checkRangeError(() => new OtherActivation('leaky-relu', [1], { slope }),
      new RegExp(`^leaky-relu slope: expected a positive number, got ${slope}$`));
  }
  const layer = activationLayer('silu', { inShape: [2, 2] });
  checkRangeError(() => layer.forward(zeros([4])), /^Activation x: expected shape \[2,2\], got \[4\]/);
  checkRangeError(() => layer.backward(zeros([2])), /^Activation gradY: expected shape \[2,2\], got \[2\]/);
  checkRangeError(() => layer.rForward(zeros([2])), /^Activation rX: expected shape \[2,2\], got \[2\]/);
  checkRangeError(() => layer.rBackward(zeros([2])), /^Activation rGradY: expected shape \[2,2\], got \[2\]/);
});

test('activations: a network with them, accelerated, computes the same', () => {
  forAll('networks', 4, (random, i) => {
    const network = buildStack([
      { type: 'conv2d', name: 'c', out: 4, kernel: 3, padding: 1, activation: 'silu' },
      { type: 'linear', name: 'h', out: 12 },
      { type: 'leaky-relu', slope: 0.2 },
      { type: 'linear', name: 'l', out: 5 },
    ], [1, 6, 5]);
    random.fillUniform(network.theta.data, -0.5, 0.5);
    checkAgreement(network, 1 + (i % 2), random);
  });
});

test.run();
