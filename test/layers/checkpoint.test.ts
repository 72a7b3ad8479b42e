/** @file A network from a checkpoint's names and shapes; and a gradient exported from PyTorch, attacked as it is. */
import { readFileSync } from 'node:fs';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { idlg } from '../../src/attack/idlg.ts';
import { mse } from '../../src/attack/metrics.ts';
import { parseSafetensors } from '../../src/data/safetensors.ts';
import { accelerate } from '../../src/kernels/accelerate.ts';
import {
  lenetCheckpoint, nameAfter, networkFrom, otherSizes, type CheckpointLayer,
} from '../../src/layers/checkpoint.ts';
import { loadParameters } from '../../src/layers/load-parameters.ts';
import { ALL_ACTIVATIONS } from '../../src/layers/activations.ts';
import { buildStack, type Described, type LayerDescription } from '../../src/layers/stack.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, oneOf } from '../check/property.ts';

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
    const shared = () => ({ bias: random.below(2) === 1, activation: oneOf(random, ALL_ACTIVATIONS) });
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

/** The CNN of PyTorch's 60-minute blitz, which Flower's quickstart trains; its pooling has no name, or one. */
const BLITZ: readonly CheckpointLayer[] = [
  { type: 'conv2d', name: 'conv1', activation: 'relu' },
  { type: 'maxpool2d', name: 'pool', kernel: 2 },
  { type: 'conv2d', name: 'conv2', activation: 'relu' },
  { type: 'maxpool2d', kernel: 2, stride: 2, padding: 0 },
  { type: 'linear', name: 'fc1', activation: 'relu' },
  { type: 'linear', name: 'fc3' },
];
const blitz = (shapes: readonly (readonly [string, readonly number[]])[] = [
  ['conv1', [6, 3, 5, 5]], ['conv2', [16, 6, 5, 5]], ['fc1', [12, 400]], ['fc3', [10, 12]],
]): Map<string, Tensor> => new Map(shapes.flatMap(([name, shape]) =>
  [[`${name}.weight`, zeros(shape)], [`${name}.bias`, zeros([shape[0]])]]));

test('networkFrom: pooling; of the squares that fit, one of which no pixel is left out goes first', () => {
  assert.equal(networkFrom(blitz(), { layers: BLITZ }).imageShape, [3, 32, 32]);
  for (const side of [33, 34, 35]) {
    assert.equal(networkFrom(blitz(), { layers: BLITZ, size: [side, 32] }).imageShape, [3, side, 32]);
  }
  for (const size of [[36, 32], [32, 31], [4, 4]] as const) {
    checkRangeError(() => networkFrom(blitz(), { layers: BLITZ, size }), /^fc1\.weight: expected \w+ columns for /);
  }
  const overlapping: CheckpointLayer[] = [{ type: 'maxpool2d', kernel: 3, stride: 2 }, { type: 'linear', name: 'l' }];
  assert.equal(networkFrom(blitz([['l', [2, 27 * 27]]]), { layers: overlapping }).imageShape, [1, 56, 56]);
  const padded: CheckpointLayer[] = [
    { type: 'conv2d', name: 'c', padding: 2 }, { type: 'maxpool2d', kernel: 2 }, { type: 'linear', name: 'l' },
  ];
  const small = networkFrom(blitz([['c', [1, 1, 1, 1]], ['l', [2, 4]]]), { layers: padded });
  assert.equal(small.imageShape, [1, 1, 1], 'the only square that fits leaves a pixel out: 5 pixels in windows of 2');
  // Names as in PyTorch's Sequential, where the second pooling stands at position 3 of the description.
  const renamed = BLITZ.map((layer) => (layer.name === 'conv1' ? { ...layer, name: '1' }
    : layer.name === 'conv2' ? { ...layer, name: '3' } : layer));
  const shapes = [['1', [6, 3, 5, 5]], ['3', [16, 6, 5, 5]], ['fc1', [12, 400]], ['fc3', [10, 12]]] as const;
  assert.equal(networkFrom(blitz(shapes), { layers: renamed }).imageShape, [3, 32, 32]);
  const normalised: CheckpointLayer[] = [{ type: 'batchnorm2d', name: 'b' }, { type: 'linear', name: 'l' }];
  const two = networkFrom(blitz([['b', [2]], ['l', [2, 2 * 25]]]), { layers: normalised });
  assert.equal(two.imageShape, [2, 5, 5], 'a normalisation without a convolution tells the channels');
  const average: CheckpointLayer[] = [
    { type: 'conv2d', name: 'c' }, { type: 'averagepool2d', kernel: 4 }, { type: 'linear', name: 'l' },
  ];
  const tensors = blitz([['c', [5, 3, 1, 1]], ['l', [2, 5 * 9]]]);
  assert.equal(networkFrom(tensors, { layers: average }).imageShape, [3, 12, 12]);
});

test('networkFrom: any stack of convolutions, poolings, normalisations and activations, as buildStack makes it', () => {
  forAll('stacks', 40, (random) => {
    const side = between(random, 12, 20), described: LayerDescription[] = [], layers: CheckpointLayer[] = [];
    const add = (layer: CheckpointLayer, more: object = {}): void => {
      layers.push(layer);
      described.push({ ...layer, ...more } as LayerDescription);
    };
    for (let k = 0; k < between(random, 1, 2); k++) {
      const out = between(random, 1, 4), kernel = between(random, 1, 3);
      const type = oneOf(random, ['maxpool2d', 'averagepool2d'] as const);
      add({ type: 'conv2d', name: `c${k}`, kernel }, { out, bias: random.below(2) === 1 });
      if (random.below(2)) add({ type: 'batchnorm2d', name: `b${k}`, eps: 0.1 });
      add(oneOf<CheckpointLayer>(random, [{ type: 'silu' }, { type: 'leaky-relu', slope: 0.3 }, { type: 'tanh' }]));
      add({ type, kernel: 2, stride: between(random, 1, 2), padding: random.below(2) });
    }
    add({ type: 'linear', name: 'last' }, { out: 4, bias: true });
    const network = buildStack(described, [2, side, side]).withBatch(2), x = zeros([2, 2, side, side]);
    random.fillNormal(network.theta.data);
    random.fillUniform(x.data, 0, 1);
    const same = networkFrom(network.theta.tensors, { layers, size: [side, side] }).withBatch(2);
    assert.equal(same.imageShape, network.imageShape);
    assert.equal(same.logits(x).data.slice(), network.logits(x).data);
  });
});

test('networkFrom: a normalisation in eval mode takes its buffers from the file; in train mode it ignores them', () => {
  const vector = (...values: number[]): Tensor => ({ shape: [values.length], data: Float64Array.from(values) });
  const statistics = { running_mean: vector(1, 2), running_var: vector(4, 9), num_batches_tracked: zeros([]) };
  const parameters = new Map([
    ['c.weight', zeros([2, 1, 1, 1])], ['bn.weight', vector(1, 1)], ['bn.bias', vector(0, 5)],
    ['l.weight', { shape: [2, 2], data: Float64Array.of(1, 0, 0, 1) }],
  ]);
  parameters.get('c.weight')!.data.set([1, 2]);
  const buffers = Object.entries(statistics).map(([name, tensor]): [string, Tensor] => [`bn.${name}`, tensor]);
  const layersIn = (mode?: 'train' | 'eval'): CheckpointLayer[] => [
    { type: 'conv2d', name: 'c' }, { type: 'batchnorm2d', name: 'bn', eps: 1e-300, ...(mode && { mode }) },
    { type: 'linear', name: 'l' },
  ];
  const all = new Map([...parameters, ...buffers]), x: Tensor = { shape: [2, 1, 1, 1], data: Float64Array.of(3, 7) };
  const logits = (tensors: ReadonlyMap<string, Tensor>, mode?: 'train' | 'eval'): number[] => {
    const network = networkFrom(tensors, { layers: layersIn(mode) });
    assert.equal([...network.theta.tensors.keys()], [...parameters.keys()], 'buffers are not parameters');
    return [...network.withBatch(2).logits(x).data];
  };
  assert.equal(logits(all, 'eval'), [(3 - 1) / 2, 5 + (6 - 2) / 3, (7 - 1) / 2, 5 + (14 - 2) / 3]);
  checkRangeError(() => logits(parameters, 'eval'),
    /^bn\.running_mean: expected a tensor of that name, got c\.weight, /);
  // One number per channel has no variance: in train mode the network cannot take a single image of one pixel.
  checkRangeError(() => logits(all), /^BatchNorm2d x: expected at least 2 numbers per channel in train mode, got 1$/);
  const wide = new Map([...all, ['l.weight', zeros([2, 4])]] as const);
  const network = networkFrom(wide, { layers: layersIn('train'), size: [1, 2] });
  assert.equal(network.imageShape, [1, 1, 2]);
  const { layer } = network.layers.parts[1], pair = { shape: [1, 2, 1, 2], data: Float64Array.of(3, 7, 6, 14) };
  assert.equal([...layer.forward(pair, network.theta.tree.bn).data], [-1, 1, 4, 6], 'the statistics are those of x');
});

test('networkFrom: layers of one name share their tensors; the room of every layer counts', () => {
  const linear = (name: string, activation?: 'tanh'): CheckpointLayer =>
    ({ type: 'linear', name, ...(activation && { activation }) });
  const layers = [linear('in', 'tanh'), linear('a', 'tanh'), linear('a', 'tanh'), linear('out')];
  const tensors = blitz([['in', [5, 16]], ['a', [5, 5]], ['out', [3, 5]]]);
  const network = networkFrom(tensors, { layers });
  assert.equal([...network.theta.tensors.keys()], [...tensors.keys()]);
  assert.is(network.layers.parts.filter(({ name }) => name === 'a').length, 2);
  const numbered = networkFrom(blitz([['1', [5, 16]], ['out', [3, 5]]]), { layers: [
    linear('1'), { type: 'relu' }, linear('out'),
  ] });
  const names = numbered.layers.parts.map(({ name }) => name);
  assert.equal(names, ['flatten', '1', 'relu 1', 'out'], 'a layer without tensors has a name that no tensor has');
  const large: CheckpointLayer[] = [
    { type: 'conv2d', name: 'c' }, ...Array.from({ length: 4 }, (): CheckpointLayer => ({ type: 'relu' })),
    { type: 'maxpool2d', kernel: 512 }, { type: 'linear', name: 'l' },
  ];
  const few = blitz([['c', [1, 1, 1, 1]], ['l', [2, 1]]]);
  checkRangeError(() => networkFrom(few, { layers: large, size: [512, 512] }),
    /^layers: expected at most 1048576 outputs in all, got 1572867$/); // 6 maps of 512×512, 1 pooled pixel, 2 logits
});

test('nameAfter: arrays without names of a network with poolings, normalisations and tied weights', () => {
  const layers: CheckpointLayer[] = [
    { type: 'conv2d', name: 'c' }, { type: 'batchnorm2d', name: 'b' }, { type: 'relu' },
    { type: 'maxpool2d', kernel: 2 },
    { type: 'conv2d', name: 'd' }, { type: 'batchnorm2d', name: 'e' },
    { type: 'linear', name: 't' }, { type: 'linear', name: 't' }, { type: 'linear', name: 'l' },
  ];
  const namesOf = (...shapes: (readonly number[])[]): string[] =>
    [...nameAfter(layers, new Map(shapes.map((shape, k) => [`arr_${k}`, zeros(shape)]))).keys()];
  const kernel = [4, 4, 3, 3], vector = [4], matrix = [4, 4], none: readonly number[] = [];
  const ends = ['t.weight', 'l.weight', 'l.bias'];
  assert.equal(namesOf(kernel, vector, vector, vector, kernel, vector, vector, matrix, matrix, vector),
    ['c.weight', 'c.bias', 'b.weight', 'b.bias', 'd.weight', 'e.weight', 'e.bias', ...ends], 'parameters');
  assert.equal(namesOf(
    kernel, vector, vector, vector, vector, none, kernel, vector, vector, vector, vector, vector, none,
    matrix, matrix, vector,
  ), [
    'c.weight', 'b.weight', 'b.bias', 'b.running_mean', 'b.running_var', 'b.num_batches_tracked',
    'd.weight', 'd.bias', 'e.weight', 'e.bias', 'e.running_mean', 'e.running_var', 'e.num_batches_tracked', ...ends,
  ], 'with the statistics');
  assert.equal(namesOf(kernel, vector, vector, kernel, matrix, matrix, matrix).slice(-2), ['l.weight', 'arr_6']);
  checkRangeError(() => namesOf(kernel, vector, matrix, vector),
    /^arr_2: expected 4 dimensions for layer 4, conv2d d, got shape \[4,4\]; the layers may be described in another /);
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
    [changed('fc.0.weight', zeros([588, 10, 1])),
      /^fc\.0\.weight: expected 2 dimensions for layer 3, linear fc\.0, got shape \[588,10,1\]; the layers may /],
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
