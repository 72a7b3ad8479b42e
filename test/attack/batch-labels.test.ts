/** @file The labels of a batch: exact where the rules' assumptions hold, and how far they go on drawn digits. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { BATCH_RULES, extractBatchLabels, multisetAccuracy, type BatchRule } from '../../src/attack/batch-labels.ts';
import { lastLayer } from '../../src/attack/extract-label.ts';
import { digits } from '../../src/data/synthetic.ts';
import { lenet } from '../../src/nn/lenet.ts';
import type { Network } from '../../src/nn/network.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll } from '../check/property.ts';
import { randomImage } from './networks.ts';

const SMALL = { channels: 1, height: 12, width: 12 };
const tensor = (shape: readonly number[], ...data: number[]): Tensor => ({ shape, data: Float64Array.from(data) });

/** The labels that each rule finds of one gradient. */
function labelsBy(network: Network, images: readonly Tensor[], labels: readonly number[]): Record<BatchRule, readonly number[]> {
  const gradient = lastLayer(network.gradient(images, labels));
  const found = BATCH_RULES.map((rule) => [rule, extractBatchLabels(gradient, lastLayer(network.theta), labels.length, rule).labels]);
  return Object.fromEntries(found);
}

test('one image: every rule finds its label, whatever the network', () => {
  forAll('networks', 60, (random, i) => {
    const network = lenet({ ...SMALL, classes: between(random, 3, 20), seed: i });
    const label = random.below(network.classes), found = labelsBy(network, [randomImage(random, network.inShape)], [label]);
    for (const rule of BATCH_RULES) assert.equal(found[rule], [label], rule);
  });
});

test('ilrg: one image under many labels is its assumption, and it is exact', () => {
  forAll('batches', 30, (random, i) => {
    const network = lenet({ ...SMALL, classes: between(random, 3, 30), seed: i });
    const batch = between(random, 2, 64), images = Array<Tensor>(batch).fill(randomImage(random, network.inShape));
    const labels = Array.from({ length: batch }, () => random.below(network.classes)).sort((a, b) => a - b);
    assert.equal(labelsBy(network, images, labels).ilrg, labels);
  });
});

test('ilrg: batches of digits, right in 95 of 100 labels and better than the others', () => {
  const { example, size } = digits();
  const accuracy: Record<BatchRule, number> = { ilrg: 0, llg: 0, gradinversion: 0 };
  forAll('batches', 25, (random, i) => {
    const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: i });
    const examples = Array.from({ length: [2, 8, 24][i % 3] }, () => example(random.below(size)));
    const images = examples.map(({ image }) => image), labels = examples.map(({ label }) => label);
    const found = labelsBy(network, images, labels);
    for (const rule of BATCH_RULES) accuracy[rule] += multisetAccuracy(found[rule], labels) / 25;
  });
  assert.ok(accuracy.ilrg >= 0.95, `ilrg ${accuracy.ilrg}`);
  assert.ok(accuracy.ilrg > accuracy.llg && accuracy.llg > accuracy.gradinversion, JSON.stringify(accuracy));
});

test('the rule by default: ilrg where there is a bias and 1,024 classes or fewer; its rounding is near 0 where it is exact', () => {
  const { example } = digits(), images = [3, 3].map((index) => example(index).image);
  for (const [bias, rule] of [[true, 'ilrg'], [false, 'llg']] as const) {
    const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, bias, seed: 5 });
    const found = extractBatchLabels(lastLayer(network.gradient(images, [3, 8])), lastLayer(network.theta), 2);
    assert.is(found.rule, rule);
    if (bias) assert.ok(found.rounding! < 1e-9, `${found.rounding}`);
    else assert.is(found.rounding, undefined);
  }
  const many = { W: tensor([1025, 1], ...Array(1025).fill(1)), b: tensor([1025], ...Array(1025).fill(1)) };
  assert.is(extractBatchLabels(many, many, 2).rule, 'llg');
  const relu = lenet({ channels: 1, height: 28, width: 28, classes: 10, activation: 'relu', seed: 5 });
  const mixed = [...Array(8).keys()], shared = lastLayer(relu.gradient(mixed.map((i) => example(i).image), mixed));
  assert.ok(extractBatchLabels(shared, lastLayer(relu.theta), 8, 'ilrg').rounding! > 1);
  assert.is(extractBatchLabels(shared, lastLayer(relu.theta), 8).rule, 'llg');
  const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 5 });
  const unlike = [1, 12, 25].map((index) => example(index).image);
  const rounded = extractBatchLabels(lastLayer(network.gradient(unlike, [1, 2, 1])), lastLayer(network.theta), 3);
  assert.ok(rounded.rounding! > 1e-9 && rounded.rounding! <= 1, `${rounded.rounding}`);
});

test('llg and gradinversion, by hand', () => {
  // Sums −6, 2, −0.5, 1: m = (1 + 1/4)/4 · (−6.5) = −2.03125. Class 0 is taken at −6, −3.97 and −1.94, then 2 at −0.5.
  const W = tensor([4, 2], -4, -2, 5, -3, -0.25, -0.25, 0, 1), b = tensor([4], 0, 0, 0, 0);
  const layer = { W, b };
  assert.equal(extractBatchLabels({ W, b }, layer, 4, 'llg').labels, [0, 0, 0, 2]);
  assert.equal(extractBatchLabels({ W, b }, layer, 2, 'gradinversion').labels, [0, 1]); // least entries −4, −3, −0.25, 0
  assert.equal(extractBatchLabels({ W, b }, layer, 3, 'gradinversion').labels, [0, 1, 2]);
});

test('multiset accuracy counts a label as often as it is in both', () => {
  assert.is(multisetAccuracy([1, 1, 2, 3], [1, 2, 2, 3]), 0.75);
  assert.is(multisetAccuracy([0, 0], [1, 1]), 0);
  assert.is(multisetAccuracy([], [1]), 0);
});

test('counts that are anything still become labels: no rule hangs or invents a class', () => {
  for (const activation of ['relu', 'tanh'] as const) {
    const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, activation, seed: 3 });
    const images = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => digits().example(index).image);
    for (const labels of Object.values(labelsBy(network, images, images.map((_, i) => i)))) {
      assert.is(labels.length, 8);
      assert.ok(labels.every((label, i) => label >= (labels[i - 1] ?? 0) && label < 10));
    }
  }
});

test('what does not apply is refused', () => {
  const W = tensor([2, 1], 1, -1), b = tensor([2], 1, -1), none = tensor([0]);
  checkRangeError(() => extractBatchLabels({ W, b: none }, { W, b: none }, 2, 'ilrg'), /^batch rule ilrg: expected a last layer with a bias/);
  checkRangeError(() => extractBatchLabels({ W, b }, { W, b }, 0, 'llg'), /^batch: expected a positive integer, got 0$/);
  checkRangeError(() => extractBatchLabels({ W, b: tensor([2], NaN, 1) }, { W, b }, 2), /last layer/);
  checkRangeError(() => extractBatchLabels({ W, b }, { W, b }, 2, 'argmin' as BatchRule), /^batch rule: expected ilrg, llg, gradinversion, got argmin$/);
  const many = { W: { shape: [2000, 1], data: new Float64Array(2000) }, b: { shape: [2000], data: new Float64Array(2000) } };
  checkRangeError(() => extractBatchLabels(many, many, 2, 'ilrg'), /at most 1024 classes, got 2000$/);
});

test.run();
