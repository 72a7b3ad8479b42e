/** @file LeNet from a checkpoint's names and shapes; and a gradient exported from PyTorch, attacked as it is. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { idlg } from '../../src/attack/idlg.ts';
import { mse } from '../../src/attack/metrics.ts';
import { parseSafetensors } from '../../src/data/safetensors.ts';
import { lenetFrom } from '../../src/nn/checkpoint.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll } from '../check/property.ts';

test('lenetFrom: any LeNet is had back from its tensors, the size said where it is not a square of side 4h', () => {
  forAll('networks', 60, (random, seed) => {
    const height = between(random, 5, 40), width = between(random, 5, 40), bias = random.below(2) === 1;
    const options = { channels: between(random, 1, 3), height, width, classes: between(random, 2, 20), bias, seed };
    const network = lenet(options), same = lenetFrom(network.theta.tensors, { size: [height, width] });
    assert.equal([same.inShape, same.classes], [network.inShape, network.classes]);
    assert.equal(same.theta.data, network.theta.data);
    const side = 4 * between(random, 2, 10), square = lenet({ ...options, height: side, width: side });
    assert.equal(lenetFrom(square.theta.tensors).inShape, square.inShape);
  });
});

test('lenetFrom: names the tensor that is at fault', () => {
  const { tensors } = lenet({ channels: 1, height: 28, width: 28, classes: 10 }).theta;
  const changed = (name: string, tensor?: Tensor): Map<string, Tensor> => {
    const copy = new Map(tensors);
    if (tensor) copy.set(name, tensor);
    else copy.delete(name);
    return copy;
  };
  const nan = zeros([12]);
  nan.data[3] = NaN;
  for (const [map, message] of [
    [changed('body.0.weight'), /^body\.0\.weight: expected a tensor of that name, got body\.0\.bias, /],
    [changed('fc.0.weight', zeros([588, 10, 1])), /^fc\.0\.weight: expected 2 sides, got shape \[588,10,1\]$/],
    [changed('fc.0.weight', zeros([10, 600])), /^fc\.0\.weight: expected \[classes,12·h²\] .* got \[10,600\]$/],
    [changed('body.2.bias', zeros([13])), /^body\.2\.bias: expected shape \[12\], got \[13\]/],
    [changed('body.2.weight'), /^body\.2\.weight: expected shape \[12,12,5,5\], got nothing/],
    [changed('fc.1.weight', zeros([10, 10])), /^fc\.1\.weight: expected one of body\.0\.weight, /],
    [changed('body.4.bias', nan), /^body\.4\.bias/],
  ] as const) {
    checkRangeError(() => lenetFrom(map), message);
  }
  checkRangeError(() => lenetFrom(tensors, { size: [32, 32] }), /^fc\.0\.weight: expected 768 columns for 32×32 pixels, got 588$/);
});

test("a gradient that PyTorch exported, in float32, gives its image away", () => {
  const folder = new URL('../fixtures/captures/drawn-grey-0/', import.meta.url);
  const read = (name: string) => parseSafetensors(readFileSync(new URL(`${name}.safetensors`, folder)), name);
  const { labels, shape, pixels } = JSON.parse(readFileSync(new URL('truth.json', folder), 'utf8'));
  const network = lenetFrom(read('weights')), gradient = network.theta.like().load(read('gradients'));
  const { label, image } = idlg(network, gradient, { relative: true });
  assert.is(label, labels[0]);
  const truth = { shape: shape.slice(1), data: Float64Array.from(pixels.flat(3), (value: number) => value / 255) };
  assert.ok(mse(image, truth) < 1e-4, `MSE ${mse(image, truth)}`);
});

test.run();
