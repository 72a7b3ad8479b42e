/** @file Normalisation of the input. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { idlg } from '../../src/attack/idlg.ts';
import { mse } from '../../src/attack/metrics.ts';
import { Normalize } from '../../src/layers/normalize.ts';
import { buildStack } from '../../src/layers/stack.ts';
import { Random } from '../../src/tensor/random.ts';
import { sizeOf, zeros } from '../../src/tensor/tensor.ts';
import { randomImage } from '../attack/networks.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';
import { checkFourPasses } from '../nn/four-passes.ts';
import { testerCatches } from '../nn/tester.ts';

test('normalize: by hand, one number for each channel or one for all', () => {
  const x = { shape: [2, 2, 1, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
  const each = new Normalize({ inShape: x.shape, mean: [1, 2], std: [0.5, 2] });
  assert.equal([...each.forward(x).data], [0, 2, 0.5, 1, 8, 10, 2.5, 3]);
  assert.equal([...each.denormalize({ shape: x.shape, data: each.forward(x).data }).data], [...x.data]);
  assert.equal([...each.backward(x).data], [2, 4, 1.5, 2, 10, 12, 3.5, 4]);
  const one = new Normalize({ inShape: x.shape, mean: [1], std: [2] });
  assert.equal([...one.forward(x).data], [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]);
});

test('normalize: of numbers with this mean and std the mean becomes 0 and the std 1', () => {
  forAll('batches', 20, (random) => {
    const inShape = [between(random, 1, 3), 1, between(random, 2, 4), 3], x = normals(random, sizeOf(inShape));
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const std = Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length);
    const y = new Normalize({ inShape, mean: [mean], std: [std] }).forward({ shape: inShape, data: x }).data;
    const sums = [y.reduce((sum, value) => sum + value, 0), y.reduce((sum, value) => sum + value * value, 0)];
    checkClose('sums', sums.map((sum) => sum / y.length), [0, 1], 1e-12);
  });
});

const random3 = (random: Random) => Array.from({ length: 3 }, () => random.uniform(0.2, 2));

test('normalize: four passes', () => {
  forAll('shapes', 20, (random) => {
    const inShape = [between(random, 1, 3), 3, between(random, 1, 4), between(random, 1, 4)];
    const layer = new Normalize({ inShape, mean: random3(random), std: random3(random) });
    checkFourPasses(`[${inShape}]`, layer, normals(random, sizeOf(inShape)), random);
  });
});

testerCatches('normalize', () => new Normalize({ inShape: [2, 3, 2, 2], mean: [1, 0, -1], std: [0.5, 2, 1] }));

test('normalize: iDLG finds the pixels, not the normalised numbers', () => {
  const random = new Random(3), network = buildStack([
    { type: 'normalize', mean: [0.2, 0.4, 0.6], std: [0.3, 0.2, 0.25] },
    { type: 'conv2d', out: 12, kernel: 3, stride: 2, padding: 1, activation: 'sigmoid' },
    { type: 'linear', out: 8 },
  ], [3, 8, 8]);
  random.fillUniform(network.theta.data, -0.5, 0.5);
  const image = randomImage(random, network.imageShape), gradient = network.gradient(image, 5);
  const found = idlg(network, gradient);
  assert.is(found.label, 5);
  assert.ok(mse(found.image, image) < 1e-4, `MSE ${mse(found.image, image)}`);
});

test('normalize: refuses other shapes and other numbers', () => {
  const inShape = [1, 3, 2, 2], mean = [0.5], std = [0.5], layer = new Normalize({ inShape, mean, std });
  checkRangeError(() => layer.forward(zeros([3, 2, 2])), /^Normalize x: expected shape \[1,3,2,2\], got \[3,2,2\]/);
  checkRangeError(() => layer.backward(zeros([3])), /^Normalize gradY: /);
  checkRangeError(() => layer.rForward(zeros([3])), /^Normalize rX: /);
  checkRangeError(() => layer.rBackward(zeros([3])), /^Normalize rGradY: /);
  const make = (more: object) => () => new Normalize({ inShape, mean, std, ...more });
  checkRangeError(make({ mean: [1, 2] }), /^Normalize mean: expected 1 number, or 3, one for each channel, got 2$/);
  checkRangeError(make({ std: [] }), /^Normalize std: expected 1 number, or 3, one for each channel, got 0$/);
  checkRangeError(make({ std: [1, 0, 1] }), /^Normalize std: expected finite numbers above 0, got 0$/);
  checkRangeError(make({ mean: [NaN] }), /^Normalize mean: expected finite numbers, got NaN$/);
  const grey = { inShape: [1, 1, 2, 2], mean: [0, 1], std };
  checkRangeError(() => new Normalize(grey), /^Normalize mean: expected 1 number, got 2$/);
});

test.run();
