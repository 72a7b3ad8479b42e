/** @file The paper's network: names, shapes, weights. Its values are compared with PyTorch's in pytorch.test.ts. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import type { ActivationName } from '../../src/nn/activation.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';

const MNIST = { channels: 1, height: 28, width: 28, classes: 10 };
const CIFAR = { channels: 3, height: 32, width: 32, classes: 100 };

/** The names and shapes of the authors' checkpoints for C channels, H inputs of the last layer and K classes. */
const checkpoint = (C: number, H: number, K: number) => ({
  'body.0.weight': [12, C, 5, 5],
  'body.0.bias': [12],
  'body.2.weight': [12, 12, 5, 5],
  'body.2.bias': [12],
  'body.4.weight': [12, 12, 5, 5],
  'body.4.bias': [12],
  'fc.0.weight': [K, H],
  'fc.0.bias': [K],
});

const shapesOf = ({ theta }: ReturnType<typeof lenet>) =>
  Object.fromEntries([...theta.tensors].map(([name, { shape }]) => [name, shape]));

test('lenet: the tensors of the authors’ checkpoints, 588 features for 28×28 and 768 for 32×32', () => {
  assert.equal(shapesOf(lenet(MNIST)), checkpoint(1, 588, 10));
  assert.equal(shapesOf(lenet(CIFAR)), checkpoint(3, 768, 100));
  assert.is(lenet(MNIST).theta.data.length, 13426);
  assert.equal([lenet(MNIST).imageShape, lenet(CIFAR).classes], [[1, 28, 28], 100]);
  const heights = lenet(MNIST).layers.parts.map(({ name, layer }) => `${name} ${layer.outShape[2]}`);
  for (const height of ['body.0 14', 'body.2 7', 'body.4 7']) assert.ok(heights.includes(height), height);
});

test('lenet: any size; each stride of 2 halves it, rounding up', () => {
  const quarter = (side: number): number => Math.ceil(Math.ceil(side / 2) / 2);
  forAll('size', 40, (random) => {
    const channels = between(random, 1, 4), height = between(random, 1, 21), width = between(random, 1, 21);
    const classes = between(random, 2, 7), network = lenet({ channels, height, width, classes });
    assert.equal(shapesOf(network), checkpoint(channels, 12 * quarter(height) * quarter(width), classes));
    const x = { shape: network.layers.inShape, data: normals(random, channels * height * width) };
    assert.equal(network.logits(x).shape, [1, classes]);
  });
});

test('lenet: without a bias in the last layer', () => {
  const { 'fc.0.bias': _, ...rest } = checkpoint(1, 588, 10);
  const network = lenet({ ...MNIST, bias: false });
  assert.equal(shapesOf(network), rest);
});

test('lenet: zeros without a seed, and then nothing but the last bias reaches the logits', () => {
  const network = lenet(MNIST);
  assert.ok(network.theta.data.every((value) => value === 0));
  const bias = Float64Array.from({ length: 10 }, (_, i) => i);
  network.theta.tensors.get('fc.0.bias')!.data.set(bias);
  const image = { shape: [1, 1, 28, 28], data: new Float64Array(784).fill(1) };
  checkClose('logits', network.logits(image).data, bias, 0);
});

test('lenet: θ ~ U(−½, ½), biases too', () => {
  for (const seed of [0, 1, 2]) {
    const { theta } = lenet({ ...CIFAR, seed });
    assert.ok(theta.data.every((value) => value >= -0.5 && value < 0.5));
    const n = theta.data.length, mean = theta.data.reduce((sum, value) => sum + value, 0) / n;
    const variance = theta.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
    expectWithin('mean', mean, 0, 1, 3.3 / Math.sqrt(12 * n));
    expectWithin('variance', variance, 1 / 12, 1, 3.3 / Math.sqrt(180 * n));
    for (const [name, { data }] of theta.tensors) assert.is(new Set(data).size, data.length, `${name} repeats one`);
  }
});

test('lenet: the same seed gives the same bits, another seed others', () => {
  const draw = (seed: number) => lenet({ ...MNIST, seed }).theta.data;
  const theta = draw(7), other = draw(8);
  checkClose('θ', draw(7), theta, 0);
  assert.ok(theta.every((value, i) => value !== other[i]));
  // On every machine; computed once in Python.
  assert.equal([...theta.subarray(0, 3)], [-0.21102765091575348, -0.16812911507007233, 0.16164287168946823]);
});

test('lenet: the activation is sigmoid by default', () => {
  const image = { shape: [1, 1, 28, 28], data: new Float64Array(784).fill(0.5) };
  const logits = (activation?: ActivationName) =>
    [...lenet({ ...MNIST, seed: 1, ...(activation && { activation }) }).logits(image).data];
  assert.equal(logits(), logits('sigmoid'));
  assert.not.equal(logits('tanh'), logits('sigmoid'));
  assert.not.equal(logits('relu'), logits('tanh'));
});

test('lenet: refuses sizes, classes, seeds and activations that are not valid', () => {
  for (const side of [0, -1, 2.5, NaN]) {
    for (const key of ['channels', 'height', 'width']) {
      checkRangeError(() => lenet({ ...MNIST, [key]: side }), /expected/);
    }
    checkRangeError(() => lenet({ ...MNIST, classes: side }), /expected/);
  }
  checkRangeError(() => lenet({ ...MNIST, classes: 1 }), /^lenet classes: expected an integer of at least 2, got 1$/);
  checkRangeError(() => lenet({ ...MNIST, seed: -1 }), /^seed: expected an integer from 0 to 2\^53 - 1, got -1$/);
  const softplus = 'softplus' as ActivationName;
  checkRangeError(() => lenet({ ...MNIST, activation: softplus }), /^activation: .* got softplus$/);
});

test.run();
