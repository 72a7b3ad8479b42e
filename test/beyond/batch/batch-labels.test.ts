/** @file The labels of a batch: exact if the rules' assumptions hold, and how good they are on drawn digits. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import {
  BATCH_RULES, extractBatchLabels, multisetAccuracy, type BatchRule,
} from '../../../src/beyond/batch/batch-labels.ts';
import { lastLayer } from '../../../src/attack/extract-label.ts';
import { digits } from '../../../src/data/synthetic.ts';
import { lenet } from '../../../src/kernels/lenet.ts';
import type { Network } from '../../../src/nn/network.ts';
import { zeros, type Tensor } from '../../../src/tensor/tensor.ts';
import { checkRangeError } from '../../check/errors.ts';
import { randomImage } from '../../attack/networks.ts';
import { between, forAll } from '../../check/property.ts';

const tensor = (shape: readonly number[], ...data: number[]): Tensor => ({ shape, data: Float64Array.from(data) });

/** The labels that each of the rules finds for these images and labels. */
function extracted<R extends BatchRule>(
  network: Network, images: readonly Tensor[], labels: readonly number[], rules: readonly R[],
): Record<R, readonly number[]> {
  const gradient = lastLayer(network.gradient(images, labels)), layer = lastLayer(network.theta);
  const find = (rule: R) => [rule, extractBatchLabels(gradient, layer, labels.length, rule).labels] as const;
  return Object.fromEntries(rules.map(find)) as Record<R, readonly number[]>;
}

test('one image: every rule finds its label, whatever the network', () => {
  const { example } = digits();
  forAll('networks', 60, (random, i) => {
    const network = lenet({ channels: 1, height: 28, width: 28, classes: between(random, 3, 20), seed: i });
    const label = random.below(network.classes), { image } = example(i);
    const found = extracted(network, [image], [label], BATCH_RULES);
    for (const rule of BATCH_RULES) assert.equal(found[rule], [label], rule);
  });
});

test('ilrg: one image under many labels is its assumption, and it is exact', () => {
  forAll('batches', 60, (random, i) => {
    const network = lenet({ channels: 1, height: 12, width: 12, classes: between(random, 3, 30), seed: i });
    const batch = between(random, 2, 64), image = randomImage(random, network.imageShape);
    const labels = Array.from({ length: batch }, () => random.below(network.classes)).sort((a, b) => a - b);
    assert.equal(extracted(network, Array<Tensor>(batch).fill(image), labels, ['ilrg']).ilrg, labels);
  });
});

test('ilrg: batches of digits, right in 95 of 100 labels and better than the others', () => {
  const { example, size } = digits();
  const accuracy: Record<BatchRule, number> = { ilrg: 0, llg: 0, gradinversion: 0, moments: 0 };
  forAll('batches', 25, (random, i) => {
    const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: i });
    const examples = Array.from({ length: [2, 8, 24][i % 3] }, () => example(random.below(size)));
    const images = examples.map(({ image }) => image), labels = examples.map(({ label }) => label);
    const found = extracted(network, images, labels, BATCH_RULES);
    for (const rule of BATCH_RULES) accuracy[rule] += multisetAccuracy(found[rule], labels) / 25;
  });
  assert.ok(accuracy.ilrg >= 0.95, `ilrg ${accuracy.ilrg}`);
  assert.ok(accuracy.ilrg > Math.max(accuracy.llg, accuracy.gradinversion, accuracy.moments), JSON.stringify(accuracy));
});

test('ilrg: a class whose ∂b has underflowed has no typical input, and is left out', () => {
  // Two images with the same input a = 1, labels 0 and 1: ∂b = p − (½, ½, 0), where p₂ is a subnormal number.
  const p = [0.3, 0.7, 1e-320], gradB = [p[0] - 0.5, p[1] - 0.5, p[2]];
  const layer = { weight: tensor([3, 1], 1, 2, 3), bias: tensor([3], Math.log(0.3) - 1, Math.log(0.7) - 2, -740) };
  const gradient = { weight: tensor([3, 1], gradB[0], gradB[1], 1e-5), bias: tensor([3], ...gradB) };
  const { labels, rounding } = extractBatchLabels(gradient, layer, 2, 'ilrg');
  assert.equal(labels, [0, 1]);
  assert.ok(rounding! < 1e-6, `${rounding}`);
});

test('moments: after tanh and ReLU better than the row sums and than the bound alone', () => {
  const { example, size } = digits();
  const accuracy = { llg: 0, moments: 0, certain: 0 }, count = 24;
  forAll('batches', count, (random, i) => {
    const activation = i % 2 ? 'tanh' : 'relu', batch = [8, 16, 32][i % 3];
    const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, activation, seed: i });
    const examples = Array.from({ length: batch }, () => example(random.below(size)));
    const labels = examples.map(({ label }) => label);
    const gradient = lastLayer(network.gradient(examples.map(({ image }) => image), labels));
    for (const rule of ['llg', 'moments'] as const) {
      const found = extractBatchLabels(gradient, lastLayer(network.theta), batch, rule);
      accuracy[rule] += multisetAccuracy(found.labels, labels) / count;
      if (rule === 'moments') accuracy.certain += found.certain.length / batch / count;
    }
  });
  assert.ok(accuracy.moments > 0.8, JSON.stringify(accuracy));
  assert.ok(accuracy.moments > Math.max(accuracy.llg, accuracy.certain) + 0.05, JSON.stringify(accuracy));
});

test('moments, by hand', () => {
  // Images 1 and 2 of class 0 are taken for class 1 with certainty, image 3 of class 2 for class 0. Inputs 10 ± 1:
  // a₁ = (11, 9), a₂ = (9, 11), a₃ = (10, 10). B ∂b = (−1, 2, −1), B ∂W = (a₃ − a₁ − a₂, a₁ + a₂, −a₃).
  const weight = tensor([3, 2], -10 / 3, -10 / 3, 20 / 3, 20 / 3, -10 / 3, -10 / 3);
  const layer = { weight, bias: tensor([3], -1 / 3, 2 / 3, -1 / 3) };
  assert.equal(extractBatchLabels(layer, layer, 3, 'moments').certain, [0, 2]);
  // With a₂ = (9, 12) class 0 is farthest from a multiple of the mean input.
  const other = { weight: tensor([3, 2], -10 / 3, -11 / 3, 20 / 3, 7, -10 / 3, -10 / 3), bias: layer.bias };
  assert.equal(extractBatchLabels(other, other, 3, 'moments').labels, [0, 0, 2]);
});

test('the bound of Eq. (2): no rule contradicts it, and what it makes certain is right', () => {
  const { example, size } = digits();
  forAll('batches', 36, (random, i) => {
    const activation = (['sigmoid', 'tanh', 'relu'] as const)[i % 3], classes = 10;
    const network = lenet({ channels: 1, height: 28, width: 28, classes, activation, seed: i });
    const examples = Array.from({ length: between(random, 2, 16) }, () => example(random.below(size)));
    const labels = examples.map(({ label }) => label), batch = labels.length;
    const gradient = lastLayer(network.gradient(examples.map(({ image }) => image), labels));
    for (const rule of [undefined, ...BATCH_RULES]) {
      const { labels: found, certain } = extractBatchLabels(gradient, lastLayer(network.theta), batch, rule);
      assert.is(found.length, batch);
      assert.is(multisetAccuracy(certain, labels) * batch, certain.length, `${certain} of ${labels}`);
      assert.is(multisetAccuracy(certain, found) * batch, certain.length, `${certain} in ${found}, ${rule}`);
    }
  });
});

test('the bound of Eq. (2), by hand; noise lowers it, and a batch too small for it has no certain label', () => {
  const weight = zeros([4, 1]), layer = { weight, bias: tensor([4], -0.3, -0.5, 0.2, 0.6) };
  assert.equal(extractBatchLabels(layer, layer, 4, 'llg').certain, [0, 1, 1]); // smoothing by 0.2: 1 → 1, 1.8 → 2
  assert.equal(extractBatchLabels(layer, layer, 4, 'llg').labels, [0, 0, 1, 1]); // the bound itself: 1.2 → 2, 2 → 2
  assert.equal(extractBatchLabels(layer, layer, 4, 'llg', 0.05).certain, [0, 1]); // 0.2 → 1, 1 → 1
  assert.equal(extractBatchLabels(layer, layer, 4, 'llg', 0.1).certain, [1]); // none, 0.2 → 1
  assert.equal(extractBatchLabels({ weight }, { weight }, 4, 'llg').certain, []);
  const sums = { weight, bias: tensor([4], -1.5, -1.2, 0.7, 2) }; // a sum of losses taken for a mean
  assert.equal(extractBatchLabels(sums, sums, 2, 'llg').certain, [0, 1], 'once each, under any positive scale');
  assert.equal(extractBatchLabels(sums, sums, 1, 'llg').certain, []);
  assert.equal(extractBatchLabels(layer, layer, 4, 'llg').present, [0, 1]);
  assert.equal(extractBatchLabels(sums, sums, 2, 'llg', 0.4).present, [], 'noise of σ = 0.4, twice as large as ∂b');
});

test('default rule: ilrg if there is a bias and 1,024 classes or fewer, unless it rounds by more than 1', () => {
  const { example } = digits(), images = [3, 3].map((index) => example(index).image);
  for (const [bias, rule] of [[true, 'ilrg'], [false, 'llg']] as const) {
    const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, bias, seed: 5 });
    const found = extractBatchLabels(lastLayer(network.gradient(images, [3, 8])), lastLayer(network.theta), 2);
    assert.is(found.rule, rule);
    if (bias) assert.ok(found.rounding! < 1e-9, `${found.rounding}`);
    else assert.is(found.rounding, undefined);
  }
  const many = { weight: tensor([1025, 1], ...Array(1025).fill(1)), bias: tensor([1025], ...Array(1025).fill(1)) };
  assert.is(extractBatchLabels(many, many, 2).rule, 'moments');
  const relu = lenet({ channels: 1, height: 28, width: 28, classes: 10, activation: 'relu', seed: 5 });
  const mixed = [...Array(8).keys()], shared = lastLayer(relu.gradient(mixed.map((i) => example(i).image), mixed));
  assert.ok(extractBatchLabels(shared, lastLayer(relu.theta), 8, 'ilrg').rounding! > 1);
  assert.is(extractBatchLabels(shared, lastLayer(relu.theta), 8).rule, 'moments');
  const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 5 });
  const unlike = [1, 12, 25].map((index) => example(index).image);
  const rounded = extractBatchLabels(lastLayer(network.gradient(unlike, [1, 2, 1])), lastLayer(network.theta), 3);
  assert.ok(rounded.rounding! > 1e-9 && rounded.rounding! <= 1, `${rounded.rounding}`);
});

test('llg and gradinversion, by hand', () => {
  // Sums −6, 2, −0.5, 1: m = (1 + 1/4)/4 · (−6.5) = −2.03125. Class 0 is taken at −6, −3.97 and −1.94, then 2 at −0.5.
  const layer = { weight: tensor([4, 2], -4, -2, 5, -3, -0.25, -0.25, 0, 1), bias: tensor([4], 0, 0, 0, 0) };
  assert.equal(extractBatchLabels(layer, layer, 4, 'llg').labels, [0, 0, 0, 2]);
  checkRangeError(() => extractBatchLabels({ weight: layer.weight }, layer, 4, 'moments'), /moments: .* with a bias/);
  assert.equal(extractBatchLabels(layer, layer, 2, 'gradinversion').labels, [0, 1]); // least entries −4, −3, −0.25, 0
  assert.equal(extractBatchLabels(layer, layer, 3, 'gradinversion').labels, [0, 1, 2]);
});

test('multiset accuracy counts a label as often as it is in both', () => {
  assert.is(multisetAccuracy([1, 1, 2, 3], [1, 2, 2, 3]), 0.75);
  assert.is(multisetAccuracy([0, 0], [1, 1]), 0);
  assert.is(multisetAccuracy([], [1]), 0);
});

test('any counts become labels: no rule hangs or invents a class', () => {
  for (const activation of ['relu', 'tanh'] as const) {
    const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, activation, seed: 3 });
    const images = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => digits().example(index).image);
    const found = extracted(network, images, images.map((_, i) => i), BATCH_RULES);
    for (const labels of Object.values(found)) {
      assert.is(labels.length, 8);
      assert.ok(labels.every((label, i) => label >= (labels[i - 1] ?? 0) && label < 10));
    }
  }
});

test('rules that do not apply, and numbers that are not finite, are refused', () => {
  const weight = tensor([2, 1], 1, -1), layer = { weight, bias: tensor([2], 1, -1) }, unbiased = { weight };
  checkRangeError(() => extractBatchLabels(unbiased, unbiased, 2, 'ilrg'), /^batch rule ilrg: expected .* with a bias/);
  checkRangeError(() => extractBatchLabels(layer, layer, 0, 'llg'), /^batch: expected a positive integer, got 0$/);
  const broken = { weight, bias: tensor([2], NaN, 1) }, other = { weight: tensor([2, 2], 1, 2, 3, 4) };
  checkRangeError(() => extractBatchLabels(broken, layer, 2), /^last layer gradient: expected finite numbers, got NaN/);
  checkRangeError(() => extractBatchLabels(layer, broken, 2), /^last layer: expected finite numbers, got NaN/);
  const shapes = /^last layer gradient: expected shape \[2,2\], got \[2,1\]/;
  checkRangeError(() => extractBatchLabels(layer, other, 2, 'llg'), shapes);
  const rules = /^batch rule: expected ilrg, llg, gradinversion, moments, got argmin$/;
  checkRangeError(() => extractBatchLabels(layer, layer, 2, 'argmin' as BatchRule), rules);
  const many = { weight: zeros([2000, 1]), bias: zeros([2000]) };
  checkRangeError(() => extractBatchLabels(many, many, 2, 'ilrg'), /at most 1024 classes, got 2000$/);
});

test.run();
