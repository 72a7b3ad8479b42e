/** @file Dropout before the last layer: found with its rate and mask, and not found where there is none. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { lastLayer } from '../../../src/attack/extract-label.ts';
import { findDropout, zeroInputs } from '../../../src/beyond/diagnosis/dropout.ts';
import { withDropout } from '../../../src/layers/dropout.ts';
import { buildStack } from '../../../src/layers/stack.ts';
import { ACTIVATIONS, type ActivationName } from '../../../src/nn/activation.ts';
import { lenet } from '../../../src/nn/lenet.ts';
import type { Network } from '../../../src/nn/network.ts';
import type { ParameterVector } from '../../../src/nn/parameters.ts';
import { Random } from '../../../src/tensor/random.ts';
import { zeros } from '../../../src/tensor/tensor.ts';
import { randomImage } from '../../attack/networks.ts';
import { forAll, oneOf } from '../../check/property.ts';

const RATES = [0.1, 0.2, 0.25, 0.3, 0.5, 0.8];

/** A network's gradient of an image, with dropout of rate p before the last layer. */
function dropped(network: Network, random: Random, p: number): { gradient: ParameterVector; mask: boolean[] } {
  const [, features] = lastLayer(network.theta).weight.shape;
  const mask = Array.from({ length: features }, () => random.uniform(0, 1) >= p);
  const image = randomImage(random, network.imageShape);
  return { gradient: withDropout(network, p, mask).gradient(image, random.below(network.classes)), mask };
}

const small = (random: Random, activation: ActivationName): Network =>
  lenet({ channels: 1, height: 20, width: 20, classes: 10, activation, seed: random.below(1000) });

test('findDropout: the rate and the mask, by the gradient of the layer before', () => {
  forAll('LeNets', 60, (random, i) => {
    const activation = ACTIVATIONS[i % 3], network = small(random, activation), p = oneOf(random, RATES);
    const { gradient, mask } = dropped(network, random, p);
    const found = findDropout(network, gradient.like(gradient.data.map(Math.fround)), activation, undefined)!;
    const row = gradient.tensors.get('fc.0.weight')!.data.subarray(0, mask.length);
    assert.equal([found.p, found.isExact], [p, true], activation);
    assert.equal(found.mask, Array.from(row, (value) => value !== 0), 'those that the ReLU makes 0 too');
    if (activation !== 'relu') assert.equal(found.mask, mask);
    assert.is(findDropout(network, gradient, activation, 0.37)!.p, 0.37, 'a rate that is described');
  });
});

test('findDropout: without a bias before, the rate of the zeros that the range of a allows', () => {
  forAll('networks', 20, (random) => {
    const network = buildStack([
      { type: 'linear', out: 400, bias: false, activation: 'sigmoid' }, { type: 'linear', out: 6 },
    ], [1, 4, 4]);
    random.fillNormal(network.theta.data);
    const { gradient, mask } = dropped(network, random, 0.5);
    const found = findDropout(network, gradient, 'sigmoid', undefined)!;
    assert.equal([found.isExact, found.mask], [false, mask]);
    const [weight, bias] = [...gradient.tensors.values()].slice(-2), share = mask.filter((kept) => !kept).length / 400;
    const least = 1 - 1 / Math.max(...weight.data.subarray(0, 400).map((value) => value / bias.data[0]));
    assert.ok(found.p >= least - 1e-3, `p ${found.p} of ${least} or more`);
    assert.ok(Math.abs(found.p - share) <= 0.025 + 1e-9 || found.p - 0.05 < least, `p ${found.p}, share ${share}`);
  });
});

test('findDropout: zeros after a sigmoid are enough, whatever a is; a bias gradient of 0 shows nothing', () => {
  const random = new Random(3), network = buildStack([
    { type: 'linear', out: 400, bias: false, activation: 'sigmoid' }, { type: 'linear', out: 6 },
  ], [1, 4, 4]);
  random.fillUniform(network.theta.data, -0.05, 0.05);
  const { gradient, mask } = dropped(network, random, 0.2);
  const found = findDropout(network, gradient, 'sigmoid', undefined)!;
  assert.equal([found.isExact, found.mask], [false, mask]);
  assert.ok(Math.abs(found.p - 0.2) <= 0.051, `p ${found.p}`);
  gradient.tensors.get('1.bias')!.data.fill(0);
  assert.is(findDropout(network, gradient, 'sigmoid', undefined), undefined);
});

test('findDropout: nothing without zeros, and nothing where a network gives zeros by itself', () => {
  const random = new Random(9), image = randomImage(random, [1, 20, 20]);
  for (const activation of ACTIVATIONS) {
    const network = small(random, activation), gradient = network.gradient(image, 3);
    for (const described of [undefined, 0.5]) {
      assert.is(findDropout(network, gradient, activation, described), undefined, `${activation}, ${described}`);
    }
  }
  const bare = buildStack([
    { type: 'conv2d', name: 'c', out: 4, kernel: 3, padding: 1, bias: false, activation: 'tanh' },
    { type: 'linear', name: 'l', out: 6 },
  ], [1, 20, 20]);
  random.fillUniform(bare.theta.data, -0.05, 0.05);
  image.data.fill(0, 0, 200); // black: tanh 0 = 0 there
  const gradient = bare.gradient(image, 2), numbers = gradient.tensors.get('l.weight')!.data;
  assert.ok(numbers.filter((value) => value === 0).length > 1000, 'the case that is meant');
  assert.is(findDropout(bare, gradient, 'tanh', undefined), undefined);
  assert.is(zeroInputs(bare, lastLayer(gradient), 'tanh'), undefined);
  random.fillUniform(bare.theta.data, -3, 3);
  const mask = Array.from({ length: 1600 }, () => random.uniform(0, 1) >= 0.5);
  const above = findDropout(bare, withDropout(bare, 0.5, mask).gradient(image, 2), 'tanh', undefined);
  assert.ok(above && !above.isExact && above.p >= 0.5, 'a above 1 is evidence, whatever the zeros are');
  const zero = gradient.like();
  assert.is(findDropout(bare, zero, 'tanh', 0.5), undefined, 'a gradient of zeros');
});

test('zeroInputs: what all images of a batch lost, after sigmoid and tanh', () => {
  const random = new Random(4), network = small(random, 'sigmoid');
  const two = [0, 1].map(() => dropped(network, random, 0.5));
  const mean = two[0].gradient.like(two[0].gradient.data.map((value, i) => (value + two[1].gradient.data[i]) / 2));
  const isZero = zeroInputs(network, lastLayer(mean), 'sigmoid')!;
  assert.equal(isZero, two[0].mask.map((kept, h) => !kept && !two[1].mask[h]));
  assert.is(zeroInputs(network, lastLayer(mean), 'relu'), undefined);
  const plain = network.gradient([zeros(network.imageShape), randomImage(random, network.imageShape)], [1, 2]);
  assert.is(zeroInputs(network, lastLayer(plain), 'sigmoid'), undefined);
});

test.run();
