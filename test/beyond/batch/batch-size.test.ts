/** @file The number of images: the rank, or a size above it that makes iLRG's counts whole and respects the bound. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { lastLayer } from '../../../src/attack/extract-label.ts';
import { likelySize } from '../../../src/beyond/batch/batch-size.ts';
import { digits } from '../../../src/data/synthetic.ts';
import { lenet } from '../../../src/kernels/lenet.ts';
import type { ActivationName } from '../../../src/nn/activation.ts';
import { between, forAll } from '../../check/property.ts';

/** What is said of `count` images, the first of them `times` times, if the rank is `count`. */
function sizeOf(seed: number, activation: ActivationName, count: number, times: number) {
  const { example, size } = digits(), examples = Array.from({ length: count }, (_, k) => example((7 * seed + 11 * k) % size));
  const all = [...Array(times - 1).fill(examples[0]), ...examples] as typeof examples;
  const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, activation, seed });
  const gradient = network.gradient(all.map(({ image }) => image), all.map(({ label }) => label));
  return likelySize(lastLayer(gradient), lastLayer(network.theta), count, 0);
}

test('different images: the rank is believed', () => {
  let right = 0;
  forAll('batches', 45, (random, i) => {
    const count = between(random, 2, 8);
    if (sizeOf(i, (['sigmoid', 'tanh', 'relu'] as const)[i % 3], count, 1).size === count) right++;
  });
  assert.ok(right >= 43, `${right} of 45`);
});

test('an image that occurs twice or three times: the size that makes the counts whole', () => {
  let right = 0;
  forAll('batches', 30, (_, i) => {
    const count = 3 + (i % 2), times = 2 + (Math.floor(i / 2) % 2);
    if (sizeOf(i, 'sigmoid', count, times).size === count + times - 1) right++;
  });
  assert.ok(right >= 20, `${right} of 30; 16 are right without the counts`);
});

test('sizes that Eq. (2) excludes are passed over', () => {
  // ∂b = (−½, −¼, −¼, 1): of the sizes from 3 on, 3 needs 2 + 1 + 1 labels.
  const tensor = (shape: number[], ...data: number[]) => ({ shape, data: Float64Array.from(data) });
  const gradient = { weight: tensor([4, 1], -0.5, -0.25, -0.25, 1), bias: tensor([4], -0.5, -0.25, -0.25, 1) };
  const layer = { weight: tensor([4, 1], 0, 0, 0, 0), bias: tensor([4], 0, 0, 0, 50) };
  const { size, fits } = likelySize(gradient, layer, 3, 0);
  assert.equal([size, fits[0], fits.length], [4, { size: 3, rounding: Infinity }, 5]);
  assert.ok(fits[1].rounding < 1e-6, `${fits[1].rounding}`);
});

test('if no size makes the counts whole, the least is taken', () => {
  // n₀ = 0.29 B: 1.16 of four images and 1.74 of six, where Eq. (2) asks for 2.
  const tensor = (shape: number[], ...data: number[]) => ({ shape, data: Float64Array.from(data) });
  const gradient = { weight: tensor([3, 1], -0.29, 0, 0.29), bias: tensor([3], -0.29, 0, 0.29) };
  const layer = { weight: tensor([3, 1], 0, 0, 0), bias: tensor([3], 0, 0, 50) };
  const { size, fits } = likelySize(gradient, layer, 4, 0);
  assert.ok(Math.abs(fits[0].rounding - 0.84) < 1e-6 && Math.abs(fits[2].rounding - 0.26) < 1e-6, JSON.stringify(fits));
  assert.is(size, 4);
});

test.run();
