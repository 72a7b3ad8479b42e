/** @file Batch normalisation, in train mode and in eval mode. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { BatchNorm2d, type RunningStatistics } from '../../src/layers/batch-norm2d.ts';
import { Random } from '../../src/tensor/random.ts';
import { sizeOf, zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { layerFixtures } from '../check/fixtures.ts';
import { between, forAll, normals } from '../check/property.ts';
import { checkFourPasses, parametersOf } from '../nn/four-passes.ts';
import { checkPytorchPasses } from '../nn/pytorch-layers.ts';
import { testerCatches } from '../nn/tester.ts';

for (const fixture of layerFixtures().filter(({ module }) => module.type === 'BatchNorm2d')) {
  test(`batch norm: PyTorch's four passes of ${fixture.name}`, () => {
    const { running_mean: mean, running_var: variance } = fixture.buffers, inShape = fixture.x.shape;
    const mode = fixture.module.mode === 'eval' ? { running: { mean, variance } } : {};
    checkPytorchPasses(new BatchNorm2d({ inShape, ...mode }), fixture);
  });
}

const vector = (...values: number[]): Tensor => ({ shape: [values.length], data: Float64Array.from(values) });
const pixels = (...values: number[]): Tensor => ({ shape: [values.length, 1, 1, 1], data: Float64Array.from(values) });

test('batch norm: by hand', () => {
  // Mean 3 and variance ((−2)² + 2²) / 2 = 4 in train mode; w = 10, b = 1.
  const p = { weight: vector(10), bias: vector(1) }, inShape = [2, 1, 1, 1];
  const train = new BatchNorm2d({ inShape, eps: 1e-300 });
  assert.equal([...train.forward(pixels(1, 5), p).data], [-9, 11]);
  const evaluated = new BatchNorm2d({ inShape, eps: 1, running: { mean: vector(2), variance: vector(3) } });
  assert.equal([...evaluated.forward(pixels(1, 5), p).data], [-4, 16]);
  const grad = { weight: vector(0), bias: vector(0) };
  assert.equal([...evaluated.backward(pixels(1, 2), p, grad).data], [5, 10]);
  assert.equal([...grad.weight.data, ...grad.bias.data], [-0.5 + 3, 3]);
});

test('batch norm: in train mode each channel has mean b and variance w², whatever the scale and the shift of x', () => {
  forAll('batches', 50, (random) => {
    const [batch, channels, size] = [between(random, 2, 4), between(random, 1, 3), between(random, 1, 5)];
    const layer = new BatchNorm2d({ inShape: [batch, channels, size, 1], eps: 1e-30 }), theta = parametersOf(layer);
    random.fillNormal(theta.data);
    const x = normals(random, sizeOf(layer.inShape)), p = theta.tree as any;
    const y = layer.forward({ shape: layer.inShape, data: x }, p).data.slice();
    for (let c = 0; c < channels; c++) {
      const channel = y.filter((_, i) => Math.floor(i / size) % channels === c);
      const mean = channel.reduce((sum, value) => sum + value / channel.length, 0);
      const variance = channel.reduce((sum, value) => sum + (value - mean) ** 2 / channel.length, 0);
      const w = p.weight.data[c], b = p.bias.data[c];
      checkClose('mean, variance', [mean, variance, 1], [b, w * w, 1], 1e-12);
    }
    const scale = random.uniform(0.5, 2), shift = random.normal();
    const moved = { shape: layer.inShape, data: x.map((value) => scale * value + shift) };
    checkClose('scaled and shifted', layer.forward(moved, p).data, y, 1e-11);
  });
});

function randomLayer(random: Random): BatchNorm2d {
  const [batch, channels] = [between(random, 1, 3), between(random, 1, 3)];
  const inShape = [batch, channels, between(random, 2, 4), between(random, 1, 4)];
  const of = (fill: () => number): Tensor => ({ shape: [channels], data: new Float64Array(channels).map(fill) });
  const running = { mean: of(() => random.normal()), variance: of(() => random.uniform(0.5, 2)) };
  const eps = random.below(2) === 0 ? 0.1 : 1e-5;
  return new BatchNorm2d({ inShape, eps, ...(random.below(3) === 0 && { running }) });
}

test('batch norm: four passes', () => {
  forAll('layers', 40, (random) => {
    const layer = randomLayer(random);
    checkFourPasses(`[${layer.inShape}]`, layer, normals(random, sizeOf(layer.inShape)), random);
  });
});

const running: RunningStatistics = { mean: vector(1, -1), variance: vector(0.5, 2) };
testerCatches('batch norm in train mode', () => new BatchNorm2d({ inShape: [2, 2, 3, 2] }));
testerCatches('batch norm in eval mode', () => new BatchNorm2d({ inShape: [2, 2, 3, 2], running }));

test('batch norm: refuses other shapes in every pass, and what has no variance', () => {
  const create = (inShape: number[], more = {}) => new BatchNorm2d({ inShape, ...more });
  const layer = create([1, 2, 3, 3]), p = parametersOf(layer).tree as any, wrong = zeros([2, 3, 3]);
  checkRangeError(() => layer.forward(wrong, p), /^BatchNorm2d x: expected shape \[1,2,3,3\], got \[2,3,3\]/);
  checkRangeError(() => layer.backward(wrong, p, p), /^BatchNorm2d gradY: /);
  checkRangeError(() => layer.rForward(wrong, p, p), /^BatchNorm2d rX: /);
  checkRangeError(() => layer.rBackward(wrong, p, p), /^BatchNorm2d rGradY: /);
  checkRangeError(() => create([2, 3]), /^BatchNorm2d x: expected 4 dimensions, got shape \[2,3\]$/);
  checkRangeError(() => create([1, 3, 1, 1]), /^BatchNorm2d x: expected at least 2 numbers per channel/);
  checkRangeError(() => create([1, 3, 1, 1], { running }), /^BatchNorm2d running mean: expected shape \[3\]/);
  const oneShort = { mean: vector(1, 2), variance: vector(1) };
  checkRangeError(() => create([1, 2, 1, 1], { running: oneShort }), /^BatchNorm2d running variance: /);
  for (const inShape of [[2, 1.5, 3, 3], [2, 0, 3, 3], [1, 1, NaN, 1]]) {
    checkRangeError(() => create(inShape), /^shape: expected positive integers, /);
  }
  for (const [mean, variance, message] of [
    [[1, NaN], [1, 1], /^BatchNorm2d running mean: expected finite numbers, got NaN at entry 1$/],
    [[1, 1], [1, Infinity], /^BatchNorm2d running variance: expected finite numbers, got Infinity at entry 1$/],
    [[1, 1], [1, -0.5], /^BatchNorm2d running variance: expected numbers from 0, got -0.5$/],
  ] as const) {
    const statistics = { mean: vector(...mean), variance: vector(...variance) };
    checkRangeError(() => create([1, 2, 1, 1], { running: statistics }), message);
  }
  create([1, 2, 1, 1], { running: { mean: vector(1, 1), variance: vector(0, 1) } }); // ε keeps 1/√(v + ε) finite
  for (const eps of [0, -1, NaN]) {
    checkRangeError(() => create([2, 2, 1, 1], { eps }), /^BatchNorm2d eps: expected a positive number/);
  }
});

test.run();
