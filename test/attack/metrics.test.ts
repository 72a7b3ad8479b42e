/**
 * @file MSE and PSNR, by hand and by their laws.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { mse, psnr } from '../../src/attack/metrics.ts';
import { zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { expectWithin } from '../check/close.ts';
import { between, forAll } from '../check/property.ts';
import { randomImage } from './networks.ts';

const image = (shape: readonly number[], data: ArrayLike<number>): Tensor => ({ shape, data: Float64Array.from(data) });

test('MSE and PSNR by hand', () => {
  const a = image([1, 2, 2], [0, 0.5, 1, 0.25]), b = image([1, 2, 2], [0.5, 0.5, 0, 0]);
  assert.is(mse(a, b), (0.25 + 0 + 1 + 0.0625) / 4);
  assert.is(mse(b, a), mse(a, b));
  assert.is(mse(a, a), 0);
  assert.is(psnr(a, a), Infinity);
  for (const [difference, decibels] of [[1, 0], [0.1, 20], [0.01, 40], [10, -20]]) {
    const c = image([1, 2, 2], a.data.map((v) => v + difference));
    expectWithin('PSNR', psnr(a, c), decibels, 20, 1e-12);
  }
});

test('nothing is clamped', () => {
  assert.is(mse(image([1, 1, 2], [3, -2]), image([1, 1, 2], [1, 0])), 4);
});

test('images of different shapes are refused', () => {
  for (const measure of [mse, psnr]) {
    const refusal = /^image: expected shape \[1,12,11\], got \[1,11,12\]/;
    assert.throws(() => measure(zeros([1, 11, 12]), zeros([1, 12, 11])), refusal);
  }
});

test('MSE is the mean over all pixels of all channels, symmetric, and 0 only for equal images', () => {
  forAll('mse', 20, (random) => {
    const shape = [between(random, 1, 3), between(random, 1, 6), between(random, 1, 6)];
    const a = randomImage(random, shape), b = randomImage(random, shape);
    const sum = a.data.reduce((total, v, i) => total + (v - b.data[i]) ** 2, 0);
    expectWithin('MSE', mse(a, b), sum / a.data.length, 1, 1e-14);
    assert.is(mse(b, a), mse(a, b));
    assert.ok(mse(a, b) > 0 && mse(a, a) === 0);
    expectWithin('PSNR', psnr(a, b), -10 * Math.log10(mse(a, b)), 10, 1e-12);
  });
});

test.run();
