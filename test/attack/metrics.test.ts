/**
 * @file MSE and PSNR by hand, SSIM against scikit-image.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { mse, psnr, ssim } from '../../src/attack/metrics.ts';
import type { Random } from '../../src/tensor/random.ts';
import { zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { expectWithin } from '../check/close.ts';
import { fixtureTest } from '../check/fixture-files.ts';
import { between, forAll } from '../check/property.ts';
import { randomImage } from './networks.ts';

const image = (shape: readonly number[], data: ArrayLike<number>): Tensor => ({ shape, data: Float64Array.from(data) });

function randomPair(random: Random, least: number): [Tensor, Tensor] {
  const shape = [between(random, 1, 3), between(random, least, least + 6), between(random, least, least + 6)];
  return [randomImage(random, shape), randomImage(random, shape)];
}

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

interface Pair { shape: number[]; a: number[]; b: number[]; ssim: number }

fixtureTest('ssim.json', "SSIM: scikit-image's", (pairs: Record<string, Pair>) => {
  assert.ok(Object.keys(pairs).length > 0);
  for (const [name, { shape, a, b, ssim: expected }] of Object.entries(pairs)) {
    expectWithin(name, ssim(image(shape, a), image(shape, b)), expected, 1, 1e-10);
  }
});

test('SSIM of flat images by hand: only the luminance differs', () => {
  const flat = (v: number): Tensor => image([1, 11, 11], new Float64Array(121).fill(v));
  for (const [a, b] of [[0, 1], [0.25, 0.5], [0.3, 0.3]]) {
    expectWithin('SSIM', ssim(flat(a), flat(b)), (2 * a * b + 0.0001) / (a * a + b * b + 0.0001), 1, 1e-12);
  }
});

test('SSIM is 1 for equal images, symmetric, and in [−1, 1]', () => {
  forAll('ssim', 20, (random) => {
    const [a, b] = randomPair(random, 11);
    expectWithin('SSIM(a, a)', ssim(a, a), 1, 1, 1e-12);
    expectWithin('SSIM(b, a)', ssim(b, a), ssim(a, b), 1, 1e-12);
    assert.ok(Math.abs(ssim(a, b)) < 1);
    const negative = image(a.shape, a.data.map((v) => 1 - v));
    assert.ok(ssim(a, negative) < 0, `SSIM of a negative: got ${ssim(a, negative)}, expected less than 0`);
  });
});

test('SSIM is the mean over channels', () => {
  forAll('channels', 10, (random) => {
    const [a, b] = randomPair(random, 11);
    const [channels, ...size] = a.shape, pixels = a.data.length / channels;
    const one = (t: Tensor, ch: number): Tensor => image([1, ...size], t.data.subarray(ch * pixels, (ch + 1) * pixels));
    let sum = 0;
    for (let ch = 0; ch < channels; ch++) sum += ssim(one(a, ch), one(b, ch));
    expectWithin('SSIM', ssim(a, b), sum / channels, 1, 1e-12);
  });
});

test('SSIM is NaN where no window of 11×11 fits', () => {
  for (const shape of [[1, 10, 11], [1, 11, 10], [3, 8, 8]]) assert.ok(Number.isNaN(ssim(zeros(shape), zeros(shape))));
  assert.is(ssim(zeros([1, 11, 11]), zeros([1, 11, 11])), 1);
});

test('images of different shapes are refused', () => {
  for (const measure of [mse, psnr, ssim]) {
    const refusal = /^image: expected shape \[1,12,11\], got \[1,11,12\]/;
    assert.throws(() => measure(zeros([1, 11, 12]), zeros([1, 12, 11])), refusal);
  }
});

test.run();
