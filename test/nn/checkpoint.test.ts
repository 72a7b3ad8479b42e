/** @file A network from a checkpoint's names and shapes; and a gradient exported from PyTorch, attacked as it is. */
import { readFileSync } from 'node:fs';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { idlg } from '../../src/attack/idlg.ts';
import { mse } from '../../src/attack/metrics.ts';
import { parseSafetensors } from '../../src/data/safetensors.ts';
import { lenetCheckpoint, nameAfter, networkFrom } from '../../src/nn/checkpoint.ts';
import { ACTIVATIONS } from '../../src/nn/activation.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { buildStack, type LayerDescription } from '../../src/nn/stack.ts';
import { zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll } from '../check/property.ts';

test('networkFrom: any LeNet is had back from its tensors, the size said where it is not a square of side 4h', () => {
  forAll('networks', 30, (random, seed) => {
    const height = between(random, 5, 40), width = between(random, 5, 40), bias = random.below(2) === 1;
    const options = { channels: between(random, 1, 3), height, width, classes: between(random, 2, 20), bias, seed };
    const network = lenet(options), same = networkFrom(network.theta.tensors, { size: [height, width] });
    assert.equal([same.inShape, same.classes], [network.inShape, network.classes]);
    assert.equal(same.theta.data, network.theta.data);
    const side = 4 * between(random, 2, 10), square = lenet({ ...options, height: side, width: side });
    assert.equal(networkFrom(square.theta.tensors).inShape, square.inShape);
  });
});

test('networkFrom: any stack of convolutions and linear layers', () => {
  forAll('stacks', 80, (random) => {
    const side = between(random, 8, 24), classes = between(random, 2, 9), layers: LayerDescription[] = [];
    const channels = [1, 3][random.below(2)], convolutions = random.below(3), hidden = random.below(3);
    const shared = () => ({ bias: random.below(2) === 1, activation: ACTIVATIONS[random.below(3)] });
    for (let k = 0; k < convolutions; k++) {
      const stride = between(random, 1, 2), kernel = between(random, 1, 3), padding = random.below(2);
      layers.push({ type: 'conv2d', name: `c${k}`, out: between(random, 1, 4), kernel, stride, padding, ...shared() });
    }
    for (let k = 0; k < hidden; k++) layers.push({ type: 'linear', name: `l${k}`, out: between(random, 2, 6), ...shared() });
    layers.push({ type: 'linear', name: 'last', out: classes, bias: random.below(2) === 1 });
    const network = buildStack(layers, [channels, side, side]);
    random.fillNormal(network.theta.data);
    const { tensors } = network.theta, size = [side, side] as const;
    const same = networkFrom(tensors, { layers, size }), [, least] = same.inShape;
    assert.equal(same.inShape, network.inShape);
    const x = zeros(network.inShape);
    random.fillUniform(x.data, 0, 1);
    assert.equal(same.logits(x).data.slice(), network.logits(x).data);
    const [, height, width] = networkFrom(tensors, { layers }).inShape;
    assert.ok(height === width && height >= least, `${height}×${width}, ${least} fits`);
  });
});

test('nameAfter: arrays without names take the layers\' in order; a prefix that all share goes; other names stay', () => {
  const layers = [{ type: 'conv2d', name: 'c' }, { type: 'linear', name: 'l' }, { type: 'linear', name: 'm' }] as const;
  const shapes = [[2, 1, 3, 3], [2], [5, 8], [4, 5], [4]]; // l has no bias
  const shuffled = [3, 0, 4, 2, 1].map((n) => [`arr_${n}`, zeros(shapes[n])] as const);
  const named = nameAfter(layers, new Map(shuffled));
  assert.equal([...named].map(([name, { shape }]) => [name, shape]), [
    ['c.weight', shapes[0]], ['c.bias', shapes[1]], ['l.weight', shapes[2]], ['m.weight', shapes[3]], ['m.bias', shapes[4]],
  ]);
  const keys = (...names: string[]) => [...nameAfter(layers, new Map(names.map((name) => [name, zeros([1])]))).keys()];
  assert.equal(keys('module.c.weight', 'module.l.weight'), ['c.weight', 'l.weight']);
  assert.equal(keys('module.c.weight', 'other.l.weight'), ['module.c.weight', 'other.l.weight']);
  assert.equal(keys('c.weight', 'l.weight'), ['c.weight', 'l.weight']);
  assert.equal(keys('arr_0', 'x'), ['arr_0', 'x']);
  assert.equal(keys('arr_1', 'arr_0'), ['arr_0', 'arr_1'], 'vectors before any matrix are nobody\'s bias');
});

test('networkFrom: names the tensor that is at fault', () => {
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
    [changed('fc.0.weight', zeros([10, 600])), /^fc\.0\.weight: expected as many columns as a square image gives, got 600; say the image's size$/],
    [changed('body.2.bias', zeros([13])), /^body\.2\.bias: expected shape \[12\], got \[13\]/],
    [changed('body.2.weight'), /^body\.2\.weight: expected a tensor of that name, got body\.0\.weight/],
    [changed('fc.1.weight', zeros([10, 10])), /^fc\.1\.weight: expected one of body\.0\.weight, /],
    [changed('body.4.bias', nan), /^body\.4\.bias/],
  ] as const) {
    checkRangeError(() => networkFrom(map), message);
  }
  const layers = lenetCheckpoint().map((layer) => (layer.type === 'conv2d' ? { ...layer, kernel: 3 } : layer));
  checkRangeError(() => networkFrom(tensors, { layers }), /^body\.0\.weight: expected a kernel of 3, got 5$/);
  checkRangeError(() => networkFrom(tensors, { layers: lenetCheckpoint().slice(0, 3) }), /^layers: expected a linear one without an activation at the end/);
  const active = lenetCheckpoint().map((layer) => ({ ...layer, activation: 'tanh' as const }));
  checkRangeError(() => networkFrom(tensors, { layers: active }), /^layers: expected a linear one without an activation/);
  const oblong = changed('body.4.weight', zeros([12, 12, 5, 3]));
  checkRangeError(() => networkFrom(oblong), /^body\.4\.weight: expected a square kernel, got 5×3$/);
  checkRangeError(() => networkFrom(tensors, { size: [32, 32] }), /^fc\.0\.weight: expected 768 columns for 32×32 pixels, got 588$/);
});

test("a gradient that PyTorch exported, in float32, gives its image away", () => {
  const folder = new URL('../fixtures/captures/drawn-grey-0/', import.meta.url);
  const read = (name: string) => parseSafetensors(readFileSync(new URL(`${name}.safetensors`, folder)), name);
  const { labels, shape, pixels } = JSON.parse(readFileSync(new URL('truth.json', folder), 'utf8'));
  const network = networkFrom(read('weights')), gradient = network.theta.like().load(read('gradients'));
  const { label, image } = idlg(network, gradient, { relative: true, tolerance: 1e-9 });
  assert.is(label, labels[0]);
  const truth = { shape: shape.slice(1), data: Float64Array.from(pixels.flat(3), (value: number) => value / 255) };
  assert.ok(mse(image, truth) < 1e-4, `MSE ${mse(image, truth)}`);
});

test.run();
