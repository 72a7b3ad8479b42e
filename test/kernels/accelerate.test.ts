/** @file `accelerate`: which layers it replaces, what it leaves, and what it spares. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { accelerate, fastLayer } from '../../src/kernels/accelerate.ts';
import { FastActivation } from '../../src/kernels/activation.ts';
import { FastConv2d } from '../../src/kernels/conv2d.ts';
import * as portable from '../../src/kernels/elementary.ts';
import { LazyTensor } from '../../src/kernels/lazy-tensor.ts';
import { lenet as fastLenet } from '../../src/kernels/lenet.ts';
import { FastLinear } from '../../src/kernels/linear.ts';
import { LARGEST, Product } from '../../src/kernels/product.ts';
import { Residual } from '../../src/layers/residual.ts';
import { Activation } from '../../src/nn/activation.ts';
import { Conv2d } from '../../src/nn/conv2d.ts';
import { Flatten } from '../../src/nn/flatten.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { Linear } from '../../src/nn/linear.ts';
import { labelsOf, Network } from '../../src/nn/network.ts';
import { DenseDifference, type ParameterTree } from '../../src/nn/parameters.ts';
import { Sequence } from '../../src/nn/sequence.ts';
import * as elementary from '../../src/tensor/elementary.ts';
import { Random } from '../../src/tensor/random.ts';
import { sizeOf } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { forAll, normals } from '../check/property.ts';
import { parametersOf } from '../nn/four-passes.ts';
import { checkAgreement, randomImages, randomLabels } from './agreement.ts';

const small = (): Network => lenet({ channels: 2, height: 8, width: 9, classes: 20, seed: 1 });

test('accelerate: every layer of LeNet but Flatten has its twin; θ is the same', () => {
  const plain = small(), fast = accelerate(plain), classes = fast.layers.parts.map(({ layer }) => layer.constructor);
  const convolution = [FastConv2d, FastActivation];
  assert.equal(classes, [...convolution, ...convolution, ...convolution, Flatten, FastLinear]);
  assert.equal(fast.layers.parts.map(({ name }) => name), plain.layers.parts.map(({ name }) => name));
  assert.is(fast.theta, plain.theta);
  assert.is(accelerate(fast), fast);
  assert.ok(plain.layers.parts.every(({ layer }) => !(layer instanceof FastConv2d)), 'the plain network is as it was');
});

test('the lenet of this folder is fast by default, with the same θ as the plain one', () => {
  const options = { channels: 1, height: 8, width: 8, classes: 3, seed: 1 };
  const byDefault = fastLenet(options), fast = fastLenet({ ...options, kernels: 'fast' });
  const plain = fastLenet({ ...options, kernels: 'plain' });
  for (const network of [byDefault, fast]) assert.instance(network.layers.parts[0].layer, FastConv2d);
  assert.is(plain.layers.parts[0].layer.constructor, Conv2d);
  assert.equal(byDefault.theta.data, plain.theta.data);
});

test('accelerate: twins are what they replace, too', () => {
  const { parts } = accelerate(small()).layers;
  [[0, Conv2d] as const, [1, Activation] as const, [7, Linear] as const].forEach(([k, type]) =>
    assert.ok(parts[k].layer instanceof type));
});

test('accelerate: so is the network for another batch, and what gradient() uses', () => {
  const fast = accelerate(small()), batch = fast.withBatch(3);
  assert.is(batch.batch, 3);
  assert.is(batch.theta, fast.theta);
  assert.ok(batch.layers.parts[0].layer instanceof FastConv2d);
  assert.is(accelerate(batch), batch);
  assert.is(accelerate(small().withBatch(3)).batch, 3);
});

test('accelerate: exp, log, tanh, cos and sin are from now on the portable ones', () => {
  accelerate(small());
  for (const name of ['exp', 'log', 'tanh', 'cosSin'] as const) assert.is(elementary[name], portable[name]);
});

test('accelerate: parts of sequences and of residual blocks; a layer without a twin stays', () => {
  const own = new Flatten([1, 4]), layer = fastLayer(new Residual(new Sequence([
    { name: 'a', layer: new Linear({ inShape: [1, 4], out: 4 }) }, { name: 'b', layer: own },
  ]))) as Residual;
  assert.instance(layer, Residual);
  assert.is(layer.shortcut, undefined);
  const { parts } = layer.branch as Sequence;
  assert.instance(parts[0].layer, FastLinear);
  assert.is(parts[1].layer, own);
  const both = fastLayer(new Residual(own, new Activation('tanh', [1, 4]))) as Residual;
  assert.instance(both.shortcut, FastActivation);
  class Doubled extends Activation {}
  const doubled = new Doubled('relu', [1, 4]);
  assert.is(fastLayer(doubled), doubled, 'a class that extends a layer is not that layer');
});

test('accelerate: a network of nested sequences and residual blocks computes the same, low rank inside too', () => {
  const build = (inShape: readonly number[]): Sequence => {
    const [batch, ...image] = inShape, features = sizeOf(image);
    const block = new Sequence([
      { name: '0', layer: new Linear({ inShape: [batch, features], out: 40 }) },
      { name: '1', layer: new Activation('sigmoid', [batch, 40]) },
      { name: '2', layer: new Linear({ inShape: [batch, 40], out: features }) },
    ]);
    return new Sequence([
      { name: 'flatten', layer: new Flatten(inShape) },
      { name: 'block', layer: new Residual(block) },
      { name: 'body', layer: new Sequence([
        { name: 'wide', layer: new Linear({ inShape: [batch, features], out: 30, bias: false }) },
        { name: 'f', layer: new Activation('tanh', [batch, 30]) },
      ]) },
      { name: 'fc', layer: new Linear({ inShape: [batch, 30], out: 25 }) },
    ]);
  };
  forAll('nested', 5, (random, i) => {
    const network = new Network(build, [2, 4, 5]);
    random.fillUniform(network.theta.data, -0.5, 0.5);
    checkAgreement(network, 1 + (i % 3), random);
    const { direction: { tree } } = accelerate(network).differenceFrom(network.theta.like());
    assert.not.ok('data' in (tree.body as { readonly wide: ParameterTree }).wide.weight, 'written out');
  });
});

test('difference: low rank where that is fewer numbers, dense else, and for other shapes an error', () => {
  const isDense = (network: Network): boolean =>
    network.differenceFrom(network.theta.like()) instanceof DenseDifference;
  const mnist = accelerate(lenet({ channels: 1, height: 28, width: 28, classes: 10 }));
  assert.equal([1, 8].map((batch) => isDense(mnist.withBatch(batch))), [false, true]);
  const cifar = accelerate(lenet({ channels: 3, height: 32, width: 32, classes: 100 }));
  assert.equal([1, 8, 30].map((batch) => isDense(cifar.withBatch(batch))), [false, false, true]);
  assert.is(isDense(small()), true);
  const other = accelerate(lenet({ channels: 3, height: 32, width: 32, classes: 99 })).theta;
  checkRangeError(() => cifar.differenceFrom(other), /^shared gradient: expected .*fc.0.weight \[100,768\]/);
  const message = /^shared gradient: expected .*fc.0.weight \[10,588\]/;
  checkRangeError(() => mnist.withBatch(8).differenceFrom(other), message);
});

test('convolution: a batch in several parts, and an image that is too large for a product', () => {
  const parts = { inShape: [6, 1, 300, 300], out: 1, kernel: 2 };
  const largest = { inShape: [1, 2, 512, 513], out: 1, kernel: 1 };
  assert.is(FastConv2d.imagesAtOnce(new Conv2d(parts)), 3); // of five that have room
  assert.is(FastConv2d.imagesAtOnce(new Conv2d(largest)), 0);
  assert.ok(sizeOf(largest.inShape) > LARGEST);
  assert.is(fastLayer(new Conv2d(largest)).constructor, Conv2d);
  const message = /^Conv2d x: expected images that fit into 524288 numbers, got \[1,2,512,513\]$/;
  checkRangeError(() => new FastConv2d(largest), message);
  const wide = new Conv2d({ inShape: [1, 600, 1, 1], out: 900, kernel: 1 }); // its ∂W has no room
  assert.is(fastLayer(wide), wide);
  const bordered = { inShape: [55, 1, 28, 28], out: 12, kernel: 5, padding: 2 }; // ∂ȳ is larger than x̄ and ∂y
  assert.is(FastConv2d.imagesAtOnce(new FastConv2d(bordered)), 11);

  const plain = new Conv2d(parts), fast = new FastConv2d(parts), random = new Random(1), theta = parametersOf(plain);
  random.fillNormal(theta.data);
  const x = randomImages(random, plain.inShape), rX = randomImages(random, plain.inShape);
  const gradY = randomImages(random, plain.outShape), rGradY = randomImages(random, plain.outShape);
  const rP = theta.like(normals(random, theta.data.length));
  const [got, expected] = [fast, plain].map((layer: Layer) => {
    const grad = theta.like(), rGrad = theta.like();
    const y = layer.forward(x, theta.tree).data, gradX = layer.backward(gradY, theta.tree, grad.tree).data;
    const rY = layer.rForward(rX, theta.tree, rP.tree).data;
    return [y, gradX, rY, layer.rBackward(rGradY, theta.tree, rP.tree, rGrad.tree).data, grad.data, rGrad.data];
  });
  got.forEach((values, k) => checkClose(`result ${k}`, values, expected[k], 1e-12));
});

/** How many products of matrices a call asks for. */
function productsOf(run: () => void): number {
  const { add } = Product.prototype;
  let count = 0;
  Product.prototype.add = function (this: Product, ...matrices) {
    count += matrices.length === 5 ? 2 : 1;
    add.apply(this, matrices);
  };
  run();
  Product.prototype.add = add;
  return count;
}

test('∂x is computed when it is read, once, and R{x} = 0 is multiplied by nothing', () => {
  const network = accelerate(small()), random = new Random(1), grad = network.theta.like();
  const x = randomImages(random, network.layers.inShape), t = randomLabels(random, 1, network.classes);
  network.forward(x, t);
  let gradX = x;
  assert.is(productsOf(() => { gradX = network.backward(grad); }), 3 + 2, 'three ∂W, and ∂x of two layers');
  assert.is(productsOf(() => gradX.data), 1);
  assert.is(productsOf(() => gradX.data), 0);
  const R = network.theta.like(normals(random, grad.data.length));
  assert.is(productsOf(() => network.rForward(R)), 1 + 2 * 2);
  assert.is(productsOf(() => network.rForward(R, x)), 3 * 2);
  const rY = network.rForward(R, x), rGrad = network.theta.like();
  assert.is(productsOf(() => network.rBackward(rY, R, rGrad)), 3 * 4);
  const last = { shape: x.shape, data: new Float64Array(x.data.length).fill(1, -1) };
  assert.is(productsOf(() => network.rForward(R, last)), 3 * 2, 'R{x} of one pixel');
  const still = network.rForward(R);
  assert.is(productsOf(() => network.rBackward(still, R, rGrad)), 2 + 1 + 2 * 4);
});

test('an evaluation of L_G leaves out ∂x of the first layer', () => {
  const network = accelerate(small()), random = new Random(1), x = randomImages(random, network.layers.inShape);
  const matching = new GradientMatching(network, network.gradient(randomImages(random, network.imageShape), 1));
  const t = labelsOf([1], network.classes);
  assert.is(productsOf(() => matching.evaluate(x, t)), 3 + (3 + 2) + (1 + 2 * 2) + 3 * 2);
});

test('lazy tensor: known at first, computed after forget, then known', () => {
  let runs = 0;
  const tensor = new LazyTensor([2], (data) => data.fill(++runs));
  assert.equal([[...tensor.data], tensor.shape, runs], [[0, 0], [2], 0]);
  assert.is(tensor.forget(), tensor);
  assert.is(runs, 0);
  assert.equal([[...tensor.data], [...tensor.data], runs], [[1, 1], [1, 1], 1]);
});

test('∂x of an earlier backward is forgotten', () => {
  const layer: Layer = new FastLinear({ inShape: [1, 2], out: 1 }), grad = parametersOf(layer), p = parametersOf(layer);
  p.data.set([3, 4, 0]);
  layer.forward({ shape: [1, 2], data: Float64Array.of(1, 1) }, p.tree);
  const gradY = (g: number) => ({ shape: [1, 1], data: Float64Array.of(g) });
  assert.equal([...layer.backward(gradY(1), p.tree, grad.tree).data], [3, 4]);
  assert.equal([...layer.backward(gradY(2), p.tree, grad.tree).data], [6, 8]);
});

test.run();
