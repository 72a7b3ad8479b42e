/** @file Weight decay in the last layer's gradient: found where it is, to its standard error, and only there. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { lastLayer } from '../../../src/attack/extract-label.ts';
import { findWeightDecay } from '../../../src/beyond/diagnosis/weight-decay.ts';
import { digits } from '../../../src/data/synthetic.ts';
import { lenet } from '../../../src/kernels/lenet.ts';
import type { Random } from '../../../src/tensor/random.ts';
import { axpy } from '../../../src/tensor/vector.ts';
import { between, forAll } from '../../check/property.ts';

/** The gradient of a batch, with weight decay and noise, and the network's own last layer. */
function shared(random: Random, i: number, lambda: number, sigma: number) {
  const { example, size } = digits(), bias = i % 2 === 0;
  const network = lenet({ channels: 1, height: 28, width: 28, classes: between(random, 3, 20), bias, seed: i });
  const images = Array.from({ length: between(random, 1, 4) }, () => example(random.below(size)).image);
  const gradient = network.gradient(images, images.map(() => random.below(network.classes)));
  axpy(lambda, network.theta.data, gradient.data);
  gradient.data.forEach((_, n) => { gradient.data[n] += sigma * random.normal(); });
  return { gradient: lastLayer(gradient), layer: lastLayer(network.theta) };
}

test('weight decay is found, to rounding without noise and to its standard error with it', () => {
  forAll('clients', 40, (random, i) => {
    const lambda = [5e-4, 1e-2, 1e-6][i % 3], sigma = i % 4 < 2 ? 0 : lambda / 10;
    const { gradient, layer } = shared(random, i, lambda, sigma), found = findWeightDecay(gradient, layer);
    assert.ok(found, `λ = ${lambda}, σ = ${sigma}`);
    const most = sigma === 0 ? 1e-9 * lambda : 5 * found.error;
    assert.ok(Math.abs(found.lambda - lambda) < most, `${found.lambda} for ${lambda}, error ${found.error}`);
    assert.ok(found.error < (sigma > 0 ? lambda / 10 : 1e-9 * lambda), `${found.error}`);
  });
});

test('none is found without any, with noise or without', () => {
  forAll('clients', 60, (random, i) => {
    const { gradient, layer } = shared(random, i, 0, [0, 1e-6, 1e-3, 1][i % 4]);
    assert.is(findWeightDecay(gradient, layer), undefined);
  });
});

test('weights of zeros, or a gradient of zeros, show none', () => {
  const layer = (value: number) => ({ weight: { shape: [3, 4], data: new Float64Array(12).fill(value) } });
  assert.is(findWeightDecay(layer(1), layer(0)), undefined);
  assert.is(findWeightDecay(layer(0), layer(1)), undefined);
});

test.run();
