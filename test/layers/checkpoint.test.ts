/** @file A network from a checkpoint's names and shapes; and a gradient exported from PyTorch, attacked as it is. */
import { readFileSync } from 'node:fs';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { idlg } from '../../src/attack/idlg.ts';
import { mse } from '../../src/attack/metrics.ts';
import { parseSafetensors } from '../../src/data/safetensors.ts';
import { accelerate } from '../../src/kernels/accelerate.ts';
import { lenetCheckpoint, nameAfter, networkFrom, otherSizes } from '../../src/layers/checkpoint.ts';
import { loadParameters } from '../../src/layers/load-parameters.ts';
import { buildStack, type Described } from '../../src/layers/stack.ts';
import { ACTIVATIONS } from '../../src/nn/activation.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll } from '../check/property.ts';

type Named = { readonly name: string } & (Described<'conv2d'> | Described<'linear'>);

test('networkFrom: recovers every LeNet from its tensors, with the size given unless it is a square of side 4h', () => {
  forAll('networks', 60, (random, seed) => {
    const height = between(random, 5, 40), width = between(random, 5, 40), bias = random.below(2) === 1;
    const options = { channels: between(random, 1, 3), height, width, classes: between(random, 2, 20), bias, seed };
    const network = lenet(options), same = networkFrom(network.theta.tensors, { size: [height, width] });
    assert.equal([same.imageShape, same.classes], [network.imageShape, network.classes]);
    assert.equal(same.theta.data, network.theta.data);
    const side = 4 * between(random, 2, 10), square = lenet({ ...options, height: side, width: side });
    assert.equal(networkFrom(square.theta.tensors).imageShape, square.imageShape);
  });
});

test('networkFrom: any stack of convolutions and linear layers', () => {
  forAll('stacks', 80, (random) => {
    const side = between(random, 8, 24), classes = between(random, 2, 9), layers: Named[] = [];
    const channels = [1, 3][random.below(2)], convolutions = random.below(3), hidden = random.below(3);
    const shared = () => ({ bias: random.below(2) === 1, activation: ACTIVATIONS[random.below(3)] });
    for (let k = 0; k < convolutions; k++) {
      const stride = between(random, 1, 2), kernel = between(random, 1, 3), padding = random.below(2);
      layers.push({ type: 'conv2d', name: `c${k}`, out: between(random, 1, 4), kernel, stride, padding, ...shared() });
    }
    for (let k = 0; k < hidden; k++) {
      layers.push({ type: 'linear', name: `l${k}`, out: between(random, 2, 6), ...shared() });
    }
    layers.push({ type: 'linear', name: 'last', out: classes, bias: random.below(2) === 1 });
    const network = buildStack(layers, [channels, side, side]);
    random.fillNormal(network.theta.data);
    const { tensors } = network.theta, size = [side, side] as const;
    const same = networkFrom(tensors, { layers, size }), [, least] = same.imageShape;
    assert.equal(same.imageShape, network.imageShape);
    const x = zeros([1, ...network.imageShape]);
    random.fillUniform(x.data, 0, 1);
    assert.equal(same.logits(x).data.slice(), network.logits(x).data);
    const [, height, width] = networkFrom(tensors, { layers }).imageShape;
    assert.ok(height === width && height >= least, `${height}×${width}, ${least} fits`);
  });
});

test('nameAfter: names unnamed arrays in the order of the layers, and removes a prefix that all names share', () => {
  const layers = [{ type: 'conv2d', name: 'c' }, { type: 'linear', name: 'l' }, { type: 'linear', name: 'm' }] as const;
  const shapes = [[2, 1, 3, 3], [2], [5, 8], [4, 5], [4]]; // l has no bias
  const shuffled = [3, 0, 4, 2, 1].map((n) => [`arr_${n}`, zeros(shapes[n])] as const);
  const named = nameAfter(layers, new Map(shuffled));
  assert.equal([...named].map(([name, { shape }]) => [name, shape]), [
    ['c.weight', shapes[0]], ['c.bias', shapes[1]],
    ['l.weight', shapes[2]], ['m.weight', shapes[3]], ['m.bias', shapes[4]],
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
    [changed('fc.0.weight', zeros([588, 10, 1])), /^fc\.0\.weight: expected 2 dimensions, got shape \[588,10,1\]$/],
    [changed('fc.0.weight', zeros([10, 600])), /^fc\.0\.weight: expected as many columns .* got 600; give the size/],
    [changed('body.2.bias', zeros([13])), /^body\.2\.bias: expected shape \[12\], got \[13\]/],
    [changed('body.2.weight'), /^body\.2\.weight: expected a tensor of that name, got body\.0\.weight/],
    [changed('body.0.weight', zeros([5, 5, 1, 12])), /^body\.0\.weight: expected .*, which looks like Keras' /],
    [changed('fc.0.weight', zeros([1, 588])), /^fc\.0\.weight: .*, got one output: there are no classes/],
    [changed('body.4.bias', nan), /^body\.4\.bias/],
  ] as const) {
    checkRangeError(() => networkFrom(map), message);
  }
  const more = networkFrom(changed('fc.1.weight', { shape: [1], data: Float64Array.of(NaN) }));
  assert.equal([...more.theta.tensors.keys()], [...tensors.keys()], 'what belongs to no layer is ignored');
  const layers = lenetCheckpoint().map((layer) => (layer.type === 'conv2d' ? { ...layer, kernel: 3 } : layer));
  checkRangeError(() => networkFrom(tensors, { layers }), /^body\.0\.weight: expected a kernel of 3, got 5$/);
  const active = lenetCheckpoint().map((layer) => ({ ...layer, activation: 'tanh' as const }));
  for (const layers of [lenetCheckpoint().slice(0, 3), active]) {
    const message = /^layers: expected a linear one without an activation at the end/;
    checkRangeError(() => networkFrom(tensors, { layers }), message);
  }
  const oblong = changed('body.4.weight', zeros([12, 12, 5, 3]));
  checkRangeError(() => networkFrom(oblong), /^body\.4\.weight: expected a square kernel, got 5×3$/);
  const columns = /^fc\.0\.weight: expected 768 columns for 32×32 pixels, got 588$/;
  checkRangeError(() => networkFrom(tensors, { size: [32, 32] }), columns);
});

test('networkFrom: normalisation and dropout have no tensors, and no arrays without a name', () => {
  const [c, d, e, fc] = lenetCheckpoint(), network = lenet({ channels: 3, height: 8, width: 8, classes: 4, seed: 1 });
  const normalize = { type: 'normalize', mean: [0.5, 0.4, 0.3], std: [2] } as const;
  const layers = [normalize, c, d, e, { type: 'dropout', p: 0.5 }, fc] as const;
  const arrays = new Map([...network.theta.tensors.values()].map((tensor, i) => [`arr_${i}`, tensor]));
  const same = networkFrom(nameAfter(layers, arrays), { layers });
  assert.equal(same.theta.data, network.theta.data);
  const x = zeros([1, 3, 8, 8]), y = zeros([1, 3, 8, 8]);
  for (let i = 0; i < 192; i++) x.data[i] = 2 * (y.data[i] = i % 7) + [0.5, 0.4, 0.3][Math.floor(i / 64)];
  checkClose('logits', same.logits(x).data, network.logits(y).data, 1e-12);
  const grey = [{ ...normalize, mean: [0.5, 0.4] }, c, d, e, fc], means = /^Normalize mean: expected 1 number, or 3/;
  checkRangeError(() => networkFrom(network.theta.tensors, { layers: grey }), means);
});

test('otherSizes: the squares that LeNet allows besides the largest, and whether there are rectangles', () => {
  const of = (side: number) =>
    otherSizes(lenet({ channels: 1, height: side, width: side, classes: 10 }).theta.tensors, lenetCheckpoint());
  assert.equal(of(28), { squares: [25, 26, 27], rectangles: true });
  const one = new Map([['l.weight', zeros([3, 1])]]), layers = [{ type: 'linear', name: 'l' }] as const;
  assert.equal(otherSizes(one, layers), { squares: [], rectangles: false });
  assert.equal(otherSizes(new Map([['l.weight', zeros([3, 4])]]), layers), { squares: [], rectangles: true });
  const kernel = [{ type: 'conv2d', name: 'c', stride: 3 }, ...layers] as const;
  const strided = new Map([['c.weight', zeros([2, 1, 2, 2])], ['l.weight', zeros([3, 8])]]);
  assert.equal(otherSizes(strided, kernel), { squares: [5, 6], rectangles: true });
});

test('networkFrom: refuses a size whose maps are too large, and an image smaller than a kernel', () => {
  const kernel = (name: string, side: number, padding = 0, stride = 1): [Named, [string, Tensor]] =>
    [{ type: 'conv2d', name, out: 1, kernel: side, stride, padding }, [`${name}.weight`, zeros([1, 1, side, side])]];
  const refused = (
    convolutions: ReturnType<typeof kernel>[], features: number, size: number, message: RegExp,
  ): void => {
    const layers: Named[] = [...convolutions.map(([layer]) => layer), { type: 'linear', name: 'fc', out: 2 }];
    const weights = [...convolutions.map(([, weight]) => weight), ['fc.weight', zeros([2, features])] as const];
    checkRangeError(() => networkFrom(new Map(weights), { layers, size: [size, size] }), message);
  };
  refused([kernel('c', 1, 0, 1024)], 1, 1024, /^layers: expected at most 1048576 outputs in all, got 1048579$/);
  // of 4 pixels a kernel of 5 leaves 0, and the padding of the next would make 2 of them
  refused([kernel('a', 5), kernel('b', 1, 1)], 4, 4, /^fc\.weight: expected NaN columns for 4×4 pixels, got 4$/);
});

test("a gradient that PyTorch exported, in float32, gives its image away", () => {
  const folder = new URL('../fixtures/captures/drawn-grey-0/', import.meta.url);
  const read = (name: string) => parseSafetensors(readFileSync(new URL(`${name}.safetensors`, folder)), name);
  const { labels, shape, pixels } = JSON.parse(readFileSync(new URL('truth.json', folder), 'utf8'));
  const network = accelerate(networkFrom(read('weights')));
  const gradient = loadParameters(network.theta.like(), read('gradients'));
  const { label, image } = idlg(network, gradient, { relative: true });
  assert.is(label, labels[0]);
  const truth = { shape: shape.slice(1), data: Float64Array.from(pixels.flat(3), (value: number) => value / 255) };
  assert.ok(mse(image, truth) < 1e-4, `MSE ${mse(image, truth)}`);
});

test.run();
