/** @file Dropout with a known mask. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { dlg } from '../../src/attack/dlg.ts';
import { idlg } from '../../src/attack/idlg.ts';
import { mse } from '../../src/attack/metrics.ts';
import { accelerate } from '../../src/kernels/accelerate.ts';
import { Dropout, withDropout } from '../../src/layers/dropout.ts';
import { buildStack } from '../../src/layers/stack.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { Random } from '../../src/tensor/random.ts';
import { sizeOf, zeros } from '../../src/tensor/tensor.ts';
import { randomImage } from '../attack/networks.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';
import { checkFourPasses } from '../nn/four-passes.ts';
import { testerCatches } from '../nn/tester.ts';

const maskOf = (random: Random, length: number, p: number): boolean[] =>
  Array.from({ length }, () => random.uniform(0, 1) >= p);

test('dropout: by hand; without a mask, eval mode, x is left as it is', () => {
  const x = { shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) };
  const layer = new Dropout({ inShape: x.shape, p: 0.75, mask: [true, false, true] });
  for (const pass of ['forward', 'backward', 'rForward', 'rBackward'] as const) {
    assert.equal([...layer[pass](x).data], [4, 0, 12, 16, 0, 24], pass);
  }
  assert.equal([...new Dropout({ inShape: x.shape, p: 0.75 }).forward(x).data], [...x.data]);
});

test('dropout: the mean over many masks is x', () => {
  const random = new Random(2), p = 0.3, inShape = [1, 20000], x = zeros(inShape);
  x.data.fill(1);
  const { data } = new Dropout({ inShape, p, mask: maskOf(random, 20000, p) }).forward(x);
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  assert.ok(Math.abs(mean - 1) < 5 * Math.sqrt(p / (1 - p) / data.length), `mean ${mean}`);
});

test('dropout: four passes', () => {
  forAll('shapes', 20, (random) => {
    const inShape = [between(random, 1, 3), between(random, 3, 8), between(random, 1, 3)];
    const mask = maskOf(random, sizeOf(inShape.slice(1)), 0.4), layer = new Dropout({ inShape, p: 0.4, mask });
    checkFourPasses(`[${inShape}]`, layer, normals(random, sizeOf(inShape)), random);
  });
});

testerCatches('dropout', () => new Dropout({ inShape: [2, 4], p: 0.5, mask: [true, false, true, true] }));

test('withDropout: before the last layer, in the place of a layer in eval mode, over the same θ', () => {
  const random = new Random(1), inShape = [1, 4, 4], mask = maskOf(random, 12, 0.5), network = buildStack([
    { type: 'linear', out: 12, activation: 'sigmoid' }, { type: 'dropout', p: 0.5 }, { type: 'linear', out: 5 },
  ], inShape);
  random.fillNormal(network.theta.data);
  const masked = withDropout(network, 0.5, mask), image = randomImage(random, inShape);
  assert.is(masked.theta, network.theta);
  const names = masked.layers.parts.map(({ name }) => name);
  assert.equal(names, ['flatten', '0', '0 sigmoid', 'dropout before the last layer', '2']);
  const columns = masked.gradient(image, 1).tensors.get('2.weight')!.data.subarray(0, 12);
  const plain = network.gradient(image, 1).tensors.get('2.weight')!.data.subarray(0, 12);
  assert.equal(Array.from(columns, (value) => value !== 0), mask);
  assert.ok(plain.every((value) => value !== 0));
  assert.equal(masked.withBatch(3).logits(zeros([3, ...inShape])).shape, [3, 5]);
  const square = { type: 'linear', name: 'tied', out: 16 } as const, tied = buildStack([
    square, square, { type: 'dropout', p: 0.5 }, { type: 'linear', name: 'last', out: 5 },
  ], inShape);
  const [, first, second] = withDropout(tied, 0.5, maskOf(random, 16, 0.5)).layers.parts;
  assert.equal([first.name, second.name], ['tied', 'tied'], 'layers that share their weights still do');
});

test('dropout: iDLG and DLG find the image with the mask, and not without it', () => {
  const network = lenet({ channels: 1, height: 12, width: 12, classes: 10, seed: 5 }), random = new Random(6);
  const mask = maskOf(random, 108, 0.5), client = accelerate(withDropout(network, 0.5, mask));
  const image = randomImage(random, network.imageShape), gradient = client.gradient(image, 4);
  for (const attack of [idlg, dlg]) {
    const { image: found, label } = attack(client, gradient);
    assert.ok(label === 4 && mse(found, image) < 1e-4, `${attack.name}: label ${label}, MSE ${mse(found, image)}`);
  }
  const without = mse(idlg(network, gradient, { iterations: 20 }).image, image);
  assert.ok(without > 1e-2, `MSE ${without}`);
});

test('dropout: refuses other shapes, masks and rates', () => {
  const layer = new Dropout({ inShape: [1, 3], p: 0.5, mask: [true, true, false] });
  checkRangeError(() => layer.forward(zeros([3])), /^Dropout x: expected shape \[1,3\], got \[3\]/);
  checkRangeError(() => layer.backward(zeros([3])), /^Dropout gradY: /);
  checkRangeError(() => layer.rForward(zeros([3])), /^Dropout rX: /);
  checkRangeError(() => layer.rBackward(zeros([3])), /^Dropout rGradY: /);
  const mask = [true, true];
  const entries = /^Dropout mask: expected 3 entries, got 2$/;
  checkRangeError(() => new Dropout({ inShape: [1, 3], p: 0.5, mask }), entries);
  for (const p of [-0.1, 1, NaN]) {
    const rate = /^Dropout p: expected 0 or more and less than 1, got /;
    checkRangeError(() => new Dropout({ inShape: [1, 3], p }), rate);
  }
});

test.run();
