/** @file A described network is the one put together by hand; what cannot be described is refused. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Residual } from '../../src/layers/residual.ts';
import { buildStack, type LayerDescription } from '../../src/layers/stack.ts';
import { Activation } from '../../src/nn/activation.ts';
import { Conv2d } from '../../src/nn/conv2d.ts';
import { Flatten } from '../../src/nn/flatten.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Network, type BuildLayers } from '../../src/nn/network.ts';
import { Sequence } from '../../src/nn/sequence.ts';
import { Random } from '../../src/tensor/random.ts';
import { zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { checkRangeError, checkTypeError } from '../check/errors.ts';

/** Throws unless the described network has these tensors and computes what `hand` does. */
function checkSame(
  layers: readonly LayerDescription[], hand: BuildLayers, imageShape: readonly number[], names: readonly string[],
): void {
  const described = buildStack(layers, imageShape).withBatch(2);
  assert.equal([...described.theta.tensors.keys()], names);
  new Random(1).fillNormal(described.theta.data);
  const byHand = new Network(hand, imageShape, 2), x = zeros([2, ...imageShape]);
  byHand.theta.data.set(described.theta.data);
  new Random(2).fillNormal(x.data);
  assert.equal(described.logits(x).data, byHand.logits(x).data);
}

test('buildStack: options and defaults of conv2d and linear, the activation after a layer, Flatten after a map', () => {
  checkSame([
    { type: 'conv2d', name: 'c', out: 3, kernel: 3, stride: 2, padding: 1, bias: false, activation: 'tanh' },
    { type: 'conv2d', name: 'd', out: 2, kernel: 2 },
    { type: 'linear', name: 'l', out: 5, activation: 'sigmoid' },
    { type: 'linear', name: 'm', out: 4, bias: false },
  ], (inShape) => new Sequence([
    { name: 'c', layer: new Conv2d({ inShape, out: 3, kernel: 3, stride: 2, padding: 1, bias: false }) },
    { name: 'e', layer: new Activation('tanh', [2, 3, 4, 3]) },
    { name: 'd', layer: new Conv2d({ inShape: [2, 3, 4, 3], out: 2, kernel: 2, stride: 1, padding: 0, bias: true }) },
    { name: 'f', layer: new Flatten([2, 2, 3, 2]) },
    { name: 'l', layer: new Linear({ inShape: [2, 12], out: 5, bias: true }) },
    { name: 'g', layer: new Activation('sigmoid', [2, 5]) },
    { name: 'm', layer: new Linear({ inShape: [2, 5], out: 4, bias: false }) },
  ]), [2, 7, 6], ['c.weight', 'd.weight', 'd.bias', 'l.weight', 'l.bias', 'm.weight']);
});

test('buildStack: positions are the default names, as in PyTorch; a residual block is described by its ways', () => {
  checkSame([
    {
      type: 'residual',
      branch: [{ type: 'conv2d', out: 3, kernel: 1 }, { type: 'relu' }],
      shortcut: [{ type: 'conv2d', out: 3, kernel: 1, bias: false }],
    },
    { type: 'residual', name: 'r', branch: [{ type: 'tanh' }], activation: 'sigmoid' },
    { type: 'flatten' },
    { type: 'linear', out: 4 },
  ], (inShape) => {
    const shape = [2, 3, 4, 4];
    const branch = new Sequence([
      { name: '0', layer: new Conv2d({ inShape, out: 3, kernel: 1 }) },
      { name: '1', layer: new Activation('relu', shape) },
    ]);
    const shortcut = new Sequence([{ name: '0', layer: new Conv2d({ inShape, out: 3, kernel: 1, bias: false }) }]);
    return new Sequence([
      { name: '0', layer: new Residual(branch, shortcut) },
      { name: 'r', layer: new Residual(new Activation('tanh', shape)) },
      { name: 'r sigmoid', layer: new Activation('sigmoid', shape) },
      { name: '2', layer: new Flatten(shape) },
      { name: '3', layer: new Linear({ inShape: [2, 48], out: 4 }) },
    ]);
  }, [2, 4, 4], ['0.branch.0.weight', '0.branch.0.bias', '0.shortcut.0.weight', '3.weight', '3.bias']);
});

test('buildStack: the options of pooling, batch normalisation and activations reach their layers', () => {
  const x: Tensor = { shape: [1, 1, 3, 3], data: Float64Array.of(-1, 2, 3, 4, 5, 6, 7, 8, 9) };
  const outputOf = (layer: object): number[] => {
    const network = buildStack([layer as LayerDescription, { type: 'linear', name: 'l', out: 2 }], [1, 3, 3]);
    const { layer: first } = network.layers.parts[0];
    return [...first.forward(x, { weight: zeros([1]), bias: { shape: [1], data: Float64Array.of(7) } }).data];
  };
  assert.equal(outputOf({ type: 'maxpool2d', kernel: 2, stride: 1 }), [5, 6, 8, 9]);
  assert.equal(outputOf({ type: 'averagepool2d', kernel: 2, stride: 2, padding: 1 }), [-0.25, 1.25, 2.75, 7]);
  assert.equal(outputOf({ type: 'leaky-relu', slope: 0.5 }), [-0.5, ...x.data.subarray(1)]);
  assert.equal(outputOf({ type: 'batchnorm2d' }), Array(9).fill(7));
});

test('buildStack: refuses types that are not in its table, names that occur twice, and layers that do not fit', () => {
  const build = (...layers: readonly object[]) => () => buildStack(layers as LayerDescription[], [1, 4, 4]);
  const expected = /^type of layer 1: expected one of conv2d, linear, .*residual, got maxpool$/;
  checkTypeError(build({ type: 'tanh' }, { type: 'maxpool' }), expected);
  checkTypeError(build({ type: 'maxpool' }), /^type of layer 0: .* got maxpool$/);
  checkTypeError(build({ type: 'toString' }), /^type of layer 0: .* got toString$/);
  checkTypeError(build({ type: 'residual', branch: [{ type: 'x' }] }), /^type of layer 0: .* got x$/);
  checkTypeError(build({}), /^type of layer 0: .* got undefined$/);
  checkTypeError(build(null as never), /^type of layer 0: .* got undefined$/);
  const one = { type: 'linear', out: 3 } as never;
  checkTypeError(() => buildStack(one, [1, 4, 4]), /^layers: expected a list of descriptions, got object$/);
  const l = { type: 'linear', name: 'l', out: 3 };
  checkRangeError(build(l, l), /^l: expected a name of its own/);
  checkRangeError(build({ ...l, activation: 'gelu' }),
    /^activation: expected sigmoid, tanh, relu, leaky-relu, silu, got gelu$/);
  checkRangeError(build({ type: 'conv2d', out: 2, kernel: 9 }), /^Conv2d/);
  checkRangeError(build({ type: 'linear', out: 3 }, { type: 'tanh' }), /^1: expected a linear last layer/);
  const nested = { type: 'residual', name: 'a', branch: [{ type: 'linear', name: 'b', out: 3 }] };
  const shared = [{ ...l, out: 3 }, nested, { ...l, name: 'a.branch.b' }] as const;
  checkRangeError(build(...shared),
    /^layers: expected names that give every tensor a name of its own, got 12 numbers in tensors that share one$/);
  checkRangeError(build(), /^layers: expected at least one, got none$/);
});

test.run();
