/** @file Tied weights: layers of the same name share their parameters, and their gradients add. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { accelerate } from '../../src/kernels/accelerate.ts';
import { FastLinear } from '../../src/kernels/linear.ts';
import type { Residual } from '../../src/layers/residual.ts';
import { buildStack, type LayerDescription } from '../../src/layers/stack.ts';
import { TiedSequence, timesUsed } from '../../src/layers/tied-sequence.ts';
import { Activation } from '../../src/nn/activation.ts';
import { Linear } from '../../src/nn/linear.ts';
import type { ParameterTree } from '../../src/nn/parameters.ts';
import type { NamedLayer } from '../../src/nn/sequence.ts';
import type { Random } from '../../src/tensor/random.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';
import { checkAgreement } from '../kernels/agreement.ts';
import { checkFourPasses, parametersOf } from '../nn/four-passes.ts';
import { testerCatches } from '../nn/tester.ts';

const fc = (name: string, batch: number, features: number, out = features): NamedLayer =>
  ({ name, layer: new Linear({ inShape: [batch, features], out }) });
const tanh = (name: string, shape: readonly number[]): NamedLayer => ({ name, layer: new Activation('tanh', shape) });

/** A layer `a` that is used `times` times, with tanh after each use, and another before and after it. */
function tied(batch: number, features: number, times = 2): TiedSequence {
  const uses = Array.from({ length: times }, () => [fc('a', batch, features), tanh('f', [batch, features])]);
  return new TiedSequence([fc('first', batch, 3, features), ...uses.flat(), fc('last', batch, features, 4)]);
}

test('tied: by hand; y = W (W x + b) + b, and ∂W is the sum over both uses', () => {
  const layer = new TiedSequence([fc('a', 1, 1), fc('a', 1, 1)]);
  const theta = parametersOf(layer), grad = theta.like();
  assert.equal([...theta.tensors.keys()], ['a.weight', 'a.bias']);
  theta.data.set([3, 10]);
  assert.equal([...layer.forward({ shape: [1, 1], data: Float64Array.of(2) }, theta.tree).data], [3 * 16 + 10]);
  const gradX = layer.backward({ shape: [1, 1], data: Float64Array.of(1) }, theta.tree, grad.tree);
  assert.equal([...gradX.data, ...grad.data], [9, 16 + 3 * 2, 1 + 3]);
});

test('tied: four passes', () => {
  forAll('sequences', 20, (random) => {
    const batch = between(random, 1, 3), layer = tied(batch, between(random, 1, 5), between(random, 2, 3));
    checkFourPasses('tied', layer, normals(random, batch * 3), random);
  });
});

testerCatches('tied', () => tied(2, 4));

test('tied: ∂θ of a tied layer is the sum of those of two layers with the same numbers', () => {
  const layers = (second: string): LayerDescription[] => [
    { type: 'linear', name: 'first', out: 5, activation: 'tanh' },
    { type: 'linear', name: 'a', out: 5, activation: 'tanh' },
    { type: 'linear', name: second, out: 5, activation: 'tanh' },
    { type: 'linear', name: 'last', out: 3 },
  ];
  forAll('networks', 10, (random) => {
    const one = buildStack(layers('a'), [1, 2, 3]), two = buildStack(layers('b'), [1, 2, 3]), image = zeros([1, 2, 3]);
    random.fillNormal(one.theta.data);
    random.fillUniform(image.data, 0, 1);
    const of = (name: string) => one.theta.tensors.get(name.replace('b.', 'a.'))!;
    for (const [name, { data }] of two.theta.tensors) data.set(of(name).data);
    const single = one.gradient(image, 1).tensors, both = two.gradient(image, 1).tensors;
    for (const [name, { data }] of single) {
      const other = name.startsWith('a.') ? both.get(name.replace('a.', 'b.'))!.data : zeros([data.length]).data;
      checkClose(name, data, both.get(name)!.data.map((value, i) => value + other[i]), 1e-13);
    }
  });
});

/** A network whose tied matrix is large enough for low-rank products. */
function wide(random: Random, names: readonly string[]) {
  const hidden = names.map((name): LayerDescription => ({ type: 'linear', name, out: 40, activation: 'sigmoid' }));
  const network = buildStack([...hidden, { type: 'linear', name: 'l', out: 4 }], [1, 5, 8]);
  random.fillUniform(network.theta.data, -0.5, 0.5);
  return network;
}

test('tied: accelerated, a network computes the same; the matrix that is used twice is written out', () => {
  forAll('networks', 3, (random) => {
    const network = wide(random, ['a', 'a', 'b']);
    checkAgreement(network, 1, random);
    const { direction: { tree } } = accelerate(network).differenceFrom(network.theta.like());
    const isWritten = (name: string): boolean => 'data' in (tree[name] as ParameterTree).weight;
    assert.equal([isWritten('a'), isWritten('b')], [true, false]);
  });
});

test('tied: the layers in a described residual block have fast twins too', () => {
  const linear: LayerDescription = { type: 'linear', name: 'a', out: 4 };
  const network = accelerate(buildStack([
    { type: 'flatten' }, { type: 'residual', branch: [linear, linear] }, { type: 'linear', out: 3 },
  ], [1, 2, 2]));
  const { branch } = network.layers.parts[1].layer as Residual;
  assert.equal((branch as TiedSequence).parts.map(({ name, layer }) => [name, layer.constructor]),
    [['a', FastLinear], ['a', FastLinear]]);
});

test('tied: refuses a name for two shapes, layers that do not fit, and a last layer that is used twice', () => {
  checkRangeError(() => new TiedSequence([fc('a', 1, 2, 3), fc('a', 1, 3, 3)]),
    /^a: expected a name of its own, or the shapes of the layer that has .*\[3,2\].*, got .*\[3,3\]/);
  checkRangeError(() => new TiedSequence([fc('a', 1, 2), fc('a', 1, 2), fc('b', 1, 3)]),
    /^b x: expected shape \[1,3\]/);
  checkRangeError(() => new TiedSequence([]), /^layers: expected at least one, got none$/);
  const l: LayerDescription = { type: 'linear', name: 'l', out: 4 };
  checkRangeError(() => buildStack([l, { type: 'linear', name: 'm', out: 4 }, l], [1, 2, 2]),
    /^l: expected a last layer with a name of its own/);
  assert.equal(['first', 'a', 'last'].map((name) => timesUsed(tied(1, 2, 3), name)), [1, 3, 1]);
});

test.run();
