/** @file The image in closed form: recovered, its error foretold, and what is refused or not determined. */
import { readFileSync } from 'node:fs';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { closedForm } from '../../src/attack/closed-form.ts';
import { defend, settings, titleOf, type DefenceSetting } from '../../src/attack/defences.ts';
import { lastLayer } from '../../src/attack/extract-label.ts';
import { InputEquations } from '../../src/attack/input-equations.ts';
import { lastInput } from '../../src/attack/last-input.ts';
import { mse } from '../../src/attack/metrics.ts';
import { parseSafetensors } from '../../src/data/safetensors.ts';
import { Activation } from '../../src/nn/activation.ts';
import { networkFrom } from '../../src/nn/checkpoint.ts';
import { Conv2d, type Conv2dOptions } from '../../src/nn/conv2d.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Network } from '../../src/nn/network.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import { softmax } from '../../src/nn/softmax-cross-entropy.ts';
import { conjugateGradients } from '../../src/optim/conjugate-gradients.ts';
import { Random, STREAMS } from '../../src/tensor/random.ts';
import { expectFinite, sizeOf, view, zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { dot } from '../../src/tensor/vector.ts';
import { checkAdjoint } from '../check/adjoint.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { dense, gram } from '../check/dense.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals, oneOf } from '../check/property.ts';
import { lastInput as trueLastInput, randomImage, randomNetwork, randomVictim } from './networks.ts';

/** The gradient as float32 has it. */
function inFloat32(gradient: ParameterVector): ParameterVector {
  return gradient.like(gradient.data.map(Math.fround));
}

test("LeNet, sigmoid and tanh, with and without the last layer's bias: the label, and the image to rounding", () => {
  forAll('LeNets', 8, (random, i) => {
    const activation = i % 2 ? 'tanh' : 'sigmoid';
    const { network, image, label, gradient } = randomVictim(random, { activation, bias: i % 4 < 2 });
    const found = closedForm(network, gradient);
    assert.is(found.label, label);
    assert.ok(found.isDetermined);
    assert.ok(mse(found.image, image) < 1e-16, `MSE ${mse(found.image, image)}`);
    const rounded = closedForm(network, inFloat32(gradient));
    assert.ok(mse(rounded.image, image) < 1e-8, `MSE ${mse(rounded.image, image)} from float32`);
  });
});

test('networks of any make: where the image is said to be determined it is, up to the error foretold', () => {
  let determined = 0;
  forAll('networks', 40, (random) => {
    const network = randomNetwork(random, { activation: oneOf(random, ['sigmoid', 'tanh']), bias: true });
    const image = randomImage(random, network.inShape), label = random.below(network.classes);
    const found = closedForm(network, network.gradient(image, label));
    assert.is(found.label, label);
    if (!found.isDetermined) return;
    determined++;
    const error = Math.sqrt(mse(found.image, image));
    assert.ok(error < 10 * Math.max(1e-12, found.error), `error ${error}, foretold ${found.error}`);
  });
  assert.ok(determined > 13, `${determined} determined`);
});

test('the error foretold is of the size of the error, for float64, float32 and any relative error', () => {
  const logs = (decibels: number[]): number => decibels.reduce((sum, value) => sum + value, 0) / decibels.length;
  for (const size of [0, 2 ** -24, 1e-6, 1e-5]) {
    const ratios: number[] = [];
    forAll('LeNets', 5, (random) => {
      const { network, image, gradient } = randomVictim(random);
      const noisy = gradient.like(gradient.data.map((v) => v * (1 + size * random.normal())));
      const { image: found, error } = closedForm(network, noisy);
      ratios.push(Math.log10(Math.sqrt(mse(found, image)) / error));
    });
    assert.ok(Math.abs(logs(ratios)) < 0.7, `10^${logs(ratios)} times the error foretold for noise ${size}`);
  }
});

test('a layer alone: the image that its gradient tells, and under noise an error that is not called determined', () => {
  const make = (): Network => new Network(() => [{ name: 'fc', layer: new Linear({ inShape: [30], outShape: [8] }) }]);
  forAll('layers', 10, (random) => {
    const network = make(), image = view(normals(random, 30), [30]);
    random.fillUniform(network.theta.data, -0.5, 0.5);
    const gradient = network.gradient(image, 2), exact = closedForm(network, gradient);
    assert.ok(exact.isDetermined && mse(exact.image, image) < 1e-20);
    const noisy = closedForm(network, gradient.like(gradient.data.map((v) => v + 0.3 * random.normal())));
    assert.is(noisy.isDetermined, noisy.error < 0.1);
    assert.ok(noisy.error > 0.1, `foretold ${noisy.error}, is ${Math.sqrt(mse(noisy.image, image))}`);
  });
});

test('units of which all, or all but a few, are saturated: what is known below them is said in finite numbers', () => {
  forAll('networks', 12, (random, i) => {
    const widths = [6, 40, 30];
    const network = new Network(() => [
      ...widths.slice(1).flatMap((width, k) => [
        { name: `fc${k}`, layer: new Linear({ inShape: [widths[k]], outShape: [width] }) },
        { name: `f${k}`, layer: new Activation('sigmoid', [width]) },
      ]),
      { name: 'fc', layer: new Linear({ inShape: [30], outShape: [10], bias: i % 4 < 2 }) },
    ]);
    random.fillUniform(network.theta.data, -0.5, 0.5);
    const image = view(normals(random, 6), [6]), { W } = network.theta.windows[2], size = i % 2 ? 1e4 : 1e8;
    for (let k = 0; k < W.data.length; k++) W.data[k] *= size;
    const found = closedForm(network, network.gradient(image, 4)), error = Math.sqrt(mse(found.image, image));
    assert.is(found.label, 4);
    expectFinite('image', found.image.data);
    assert.ok(Number.isFinite(found.precision), `precision ${found.precision}`);
    assert.ok(error < 10 * found.error, `error ${error}, foretold ${found.error}`);
    if (size < 1e8) return;
    assert.not(found.isDetermined);
    assert.ok(found.layers[0].error > 0.1, `of fc1's input, of which nothing is known: ${found.layers[0].error}`);
  });
});

test('two directions of 108 that no equation sees are not missed', () => {
  // Singular values of the 144×108 matrix, from a dense decomposition: 106 above 1e-4, two of rounding.
  const random = new Random(338, 77), shape = [4, 3, 3];
  const network = new Network(() => [
    { name: 'conv', layer: new Conv2d({ inShape: [3, 6, 6], out: 4, kernel: 3, stride: 2, padding: 1 }) },
    { name: 'f', layer: new Activation('sigmoid', shape) },
    { name: 'fc', layer: new Linear({ inShape: shape, outShape: [10] }) },
  ]);
  random.fillUniform(network.theta.data, -0.5, 0.5);
  const image = randomImage(random, network.inShape), found = closedForm(network, network.gradient(image, 3));
  const error = Math.sqrt(mse(found.image, image));
  assert.ok(error > 1e-3 && error < 10 * found.error, `error ${error}, foretold ${found.error}`);
});

test('under every defence all numbers are finite, and errors of any kind are foretold', () => {
  const { network, image, label, gradient } = randomVictim(new Random(1), { channels: 1, height: 12, width: 12 });
  for (const setting of settings()) {
    const found = closedForm(network, defend(gradient, setting, new Random(1, STREAMS.noise)));
    expectFinite(titleOf(setting), found.image.data);
    assert.ok(Number.isFinite(found.precision) && Number.isFinite(found.error), titleOf(setting));
    if (!found.isDetermined) continue;
    const ratio = Math.sqrt(mse(found.image, image)) / found.error;
    assert.ok(ratio > 0.3 && ratio < 5, `${titleOf(setting)}: ${ratio} times the error foretold`);
    assert.is(found.label, label);
  }
  const solved = (setting: DefenceSetting): number =>
    mse(closedForm(network, defend(gradient, setting, new Random(1, STREAMS.noise))).image, image);
  assert.ok(solved({ defence: 'int8' }) < 1e-2, 'numbers of 8 bits do not hide the image');
  assert.ok(solved({ defence: 'gaussian', strength: 1e-6 }) < 1e-2);
  assert.ok(solved({ defence: 'prune', strength: 0.1 }) < 1e-2);
});

test('columns of ∂W that are 0, and units at the ends of their range, count for nothing', () => {
  forAll('LeNets', 4, (random, i) => {
    const { network, image, gradient } = randomVictim(random, { activation: i % 2 ? 'tanh' : 'sigmoid' });
    const shared = gradient.like(gradient.data), { W } = lastLayer(shared), features = W.shape[1];
    for (const j of [0, 7]) for (let k = 0; k < W.shape[0]; k++) W.data[k * features + j] = 0;
    const found = closedForm(network, shared);
    expectFinite('image', found.image.data);
    const alone = gradient.like(gradient.data), { W: pruned, b } = lastLayer(alone), { label } = found;
    for (let k = 0; k < W.shape[0]; k++) {
      if (k !== label) pruned.data.fill(0, k * features, (k + 1) * features);
      if (k !== label) b.data[k] = 0;
    }
    const { precision, error: foretold } = closedForm(network, alone);
    assert.ok(Number.isFinite(precision) && Number.isFinite(foretold), `from one row: ${precision}, ${foretold}`);
    const error = Math.sqrt(mse(found.image, image));
    assert.ok(error < 5 * found.error, `error ${error}, foretold ${found.error}`);
  });
});

/** One convolution of a 12×12 image, sigmoid, and ten classes. */
function oneConvolution(options: Pick<Conv2dOptions, 'out' | 'kernel' | 'stride'>, random: Random): Network {
  const make = (): Conv2d => new Conv2d({ inShape: [1, 12, 12], ...options });
  const { outShape } = make();
  const network = new Network(() => [
    { name: 'conv', layer: make() },
    { name: 'f', layer: new Activation('sigmoid', outShape) },
    { name: 'fc', layer: new Linear({ inShape: outShape, outShape: [10] }) },
  ]);
  random.fillUniform(network.theta.data, -0.5, 0.5);
  return network;
}

test('too few equations are counted and said to leave the image undetermined; the label is right all the same', () => {
  forAll('strides', 8, (random, i) => {
    const stride = 1 + (i % 4), network = oneConvolution({ out: 4, kernel: 3, stride }, random);
    const image = randomImage(random, network.inShape), outputs = 4 * (Math.floor(9 / stride) + 1) ** 2;
    const { label, isDetermined, error, layers: [layer] } = closedForm(network, network.gradient(image, 7));
    assert.is(label, 7);
    assert.equal([layer.name, layer.equations, layer.unknowns], ['conv', outputs + 36, 144]);
    assert.is(isDetermined, stride === 1);
    if (stride > 1) assert.is(error, 1);
  });
});

test("a gradient from PyTorch, in float32 throughout: the image, and u well above one rounding's", () => {
  const folder = new URL('../fixtures/captures/drawn-grey-0/', import.meta.url);
  const read = (name: string): Buffer => readFileSync(new URL(name, folder));
  const network = networkFrom(parseSafetensors(read('weights.safetensors'), 'weights'));
  const gradient = network.theta.like().load(parseSafetensors(read('gradients.safetensors'), 'gradients'));
  const { labels, shape, pixels } = JSON.parse(read('truth.json').toString());
  const truth = { shape: shape.slice(1), data: Float64Array.from(pixels.flat(3), (value: number) => value / 255) };
  const found = closedForm(network, gradient);
  assert.is(found.label, labels[0]);
  assert.ok(mse(found.image, truth) < 1e-10, `MSE ${mse(found.image, truth)}`);
  assert.ok(found.precision > 2 ** -25 && found.precision < 2 ** -18, `u = ${found.precision}`);
});

test('same seed, same bits; neither the network nor the gradient is changed', () => {
  forAll('LeNets', 2, (random) => {
    const { network, gradient } = randomVictim(random);
    const theta = network.theta.data.slice(), data = gradient.data.slice();
    assert.equal(closedForm(network, gradient, { seed: 3 }), closedForm(network, gradient, { seed: 3 }));
    assert.equal([network.theta.data, gradient.data], [theta, data]);
  });
});

test('refused at the door: relu, a gradient of zeros or of another layout, numbers that are not finite', () => {
  const options = { channels: 1, height: 8, width: 8, classes: 10, seed: 0 };
  const network = lenet(options), relu = lenet({ ...options, activation: 'relu' });
  const nan = network.theta.like();
  nan.data[3] = NaN;
  const refusal = /^activation: expected sigmoid or tanh, which have an inverse, got relu: every x ≤ 0 gives it 0$/;
  checkRangeError(() => closedForm(relu, relu.theta), refusal);
  checkRangeError(() => closedForm(network, network.theta.like()), /^last layer gradient: expected one that is not 0/);
  checkRangeError(() => closedForm(network, lenet({ ...options, classes: 9 }).theta), /^gradient: expected body\.0 /);
  checkRangeError(() => closedForm(network, nan), /^gradient: expected finite numbers, got NaN at entry 3/);
  const broken = lenet(options);
  broken.theta.data[5] = Infinity;
  checkRangeError(() => closedForm(broken, nan.like()), /^theta: expected finite numbers, got Infinity at entry 5/);
});

test("lastInput: g and a, with a bias and without, whatever the layers", () => {
  forAll('networks', 60, (random, i) => {
    const classes = between(random, 3, 30), bias = i % 2 === 0;
    const network = randomNetwork(random, { bias, classes, activation: 'sigmoid' });
    const image = randomImage(random, network.inShape), c = random.below(network.classes);
    const a = trueLastInput(network, image), gradient = lastLayer(network.gradient(image, c));
    const found = lastInput(gradient, lastLayer(network.theta), c);
    checkClose('a', found.a, a, 1e-8);
    checkClose('∂W', found.g.map((g) => g * found.a[0]), found.g.map((_, k) => gradient.W.data[k * a.length]), 1e-8);
    assert.ok(found.errors.relative < 1e-11 && found.errors.absolute < 1e-14, JSON.stringify(found.errors));
  });
});

test('lastInput: errors in proportion, errors of one size and both are told apart, and what they make of a', () => {
  for (const [u, tau, classes] of [[1e-4, 0, 20], [0, 1e-5, 20], [1e-3, 1e-7, 20], [1e-4, 0, 4]]) {
    const logs = { u: 0, tau: 0, a: 0 }, cases = 20;
    forAll('gradients', cases, (random) => {
      const features = 400, c = random.below(classes), y = normals(random, classes).map((v) => 3 * v);
      const g = new Float64Array(classes), a = Float64Array.from({ length: features }, () => random.uniform());
      softmax(y, g);
      g[c] -= 1;
      const err = (v: number): number => v * (1 + u * random.normal()) + tau * random.normal();
      const W = view(Float64Array.from({ length: classes * features }, (_, n) =>
        err(g[Math.floor(n / features)] * a[n % features])), [classes, features]);
      const shared = { W, b: view(g.map(err), [classes]) };
      const { errors, sigma, a: found } = lastInput(shared, shared, c);
      const apart = found.map((v, j) => (v - a[j]) / sigma[j]);
      logs.a += Math.log(dot(apart, apart) / features) / 2 / cases;
      logs.u += Math.log(errors.relative / u) / cases;
      logs.tau += Math.log(errors.absolute / tau) / cases;
      if (tau === 0) assert.ok(errors.absolute < 0.01 * u, `τ = ${errors.absolute}`);
    });
    const said = `u = ${u}, τ = ${tau}: ${JSON.stringify(logs)}`;
    assert.ok(Math.abs(logs.a) < 0.2, said);
    if (u > 0) assert.ok(Math.abs(logs.u) < 0.2, said);
    if (tau > 0) assert.ok(Math.abs(logs.tau) < 0.2, said);
  }
});

/** A layer with its W, ∂z, σ's and equations, all random. */
function randomEquations(random: Random) {
  const inShape = [between(random, 1, 3), between(random, 3, 5), between(random, 3, 5)], out = between(random, 1, 4);
  const kernel = between(random, 1, 3), stride = between(random, 1, 2), padding = between(random, 0, 2);
  const isLinear = random.below(3) === 0;
  const layer: Layer = isLinear
    ? new Linear({ inShape, outShape: [out] })
    : new Conv2d({ inShape, out, kernel, stride, padding });
  const m = sizeOf(layer.outShape), shape = layer.parameterShapes.W!;
  const p = { W: view(normals(random, sizeOf(shape)), shape), b: view(normals(random, out), [out]) };
  const positive = (n: number): Float64Array => normals(random, n).map(Math.exp);
  const gradZ = view(normals(random, m), layer.outShape);
  const sigmaZ = positive(m), sigmaW = positive(out);
  return { layer, p, gradZ, sigmaZ, sigmaW, equations: new InputEquations(layer, p, gradZ, sigmaZ, sigmaW) };
}

test('input equations: A and Aᵀ are adjoint; the true x fulfils them', () => {
  forAll('layers', 60, (random) => {
    const { layer, p, gradZ, sigmaZ, sigmaW, equations } = randomEquations(random), { m, n } = equations;
    const partly = new InputEquations(layer, p, gradZ, sigmaZ.map((s, i) => (i % 3 ? s : Infinity)), sigmaW);
    assert.equal([equations.equations, partly.m, partly.equations], [m, m, m - Math.ceil(sigmaZ.length / 3)]);
    const A = (x: Float64Array): Float64Array => {
      const y = new Float64Array(m);
      equations.times(x, y);
      return y;
    };
    const At = (y: Float64Array): Float64Array => {
      const x = new Float64Array(n);
      equations.transposeTimes(y, x);
      return x;
    };
    const before = At(new Float64Array(m).fill(1));
    checkAdjoint('A', A, At, n, m, random);
    equations.gradX(view(normals(random, sizeOf(layer.outShape)), layer.outShape));
    assert.equal(At(new Float64Array(m).fill(1)), before, 'Aᵀ depends on nothing that was asked before');
    const x: Tensor = view(normals(random, n), layer.inShape);
    const z = view(layer.forward(x, p).data.slice(), layer.outShape);
    const gradW = { W: zeros(p.W.shape), b: zeros(p.b.shape) };
    layer.backward(gradZ, p, gradW);
    const right = equations.rightSide(z, p.b.data, gradW.W.data);
    checkClose('A x', A(x.data), right, 1e-12);
    assert.is(right.length, sigmaZ.length + p.W.data.length);
  });
});

test('input equations: M is AᵀA but for ε where outputs are fewer than inputs, else its diagonal', () => {
  const seen = { all: 0, diagonal: 0 };
  forAll('layers', 80, (random) => {
    const { layer, equations } = randomEquations(random), { m, n } = equations, AtA = gram(m, n, equations);
    const isAll = sizeOf(layer.outShape) < n, diagonal = AtA.filter((_, k) => k % (n + 1) === 0);
    const mean = diagonal.reduce((sum, d) => sum + d / n, 0), ridge = isAll ? 1e-6 * mean : 0;
    const M = AtA.map((v, k) => (k % (n + 1) === 0 ? v + ridge || mean : isAll ? v : 0));
    const s = normals(random, n), z = new Float64Array(n), again = new Float64Array(n), y = normals(random, m);
    const before = new Float64Array(n), after = new Float64Array(n);
    equations.transposeTimes(y, before);
    equations.precondition(s, z);
    equations.transposeTimes(y, after);
    assert.equal(after, before, 'Aᵀ depends on nothing that was asked before');
    dense(n, n, M).times(z, again);
    checkClose('M M⁻¹ s', again, s, 1e-4);
    seen[isAll ? 'all' : 'diagonal']++;
  });
  assert.ok(seen.all > 20 && seen.diagonal > 20, JSON.stringify(seen));
});

test('input equations: the diagonal where factors would take too long, or their numbers overflow', () => {
  const random = new Random(5), blocks = Number.EPSILON ** 2 / Math.sqrt(1e-6);
  const leastOf = (size: number, out: number, sigma: number): number => {
    const layer = new Conv2d({ inShape: [2, size, size], out, kernel: 3, stride: 3 }), m = sizeOf(layer.outShape);
    const shape = layer.parameterShapes.W!, p = { W: view(normals(random, sizeOf(shape)), shape), b: zeros([out]) };
    const sigmaZ = new Float64Array(m).fill(sigma), gradZ = view(normals(random, m), layer.outShape);
    return new InputEquations(layer, p, gradZ, sigmaZ, new Float64Array(out).fill(sigma)).least;
  };
  assert.is(leastOf(9, 2, 1), blocks);
  assert.is(leastOf(33, 1, 1), Number.EPSILON ** 2, '1,089 pixels a channel');
  assert.is(leastOf(30, 11, 1), Number.EPSILON ** 2, '1,100 outputs');
  assert.is(leastOf(9, 2, 1e-200), Number.EPSILON ** 2, 'squares of 1e200');
});

test('input equations: what conjugate gradients leave over is orthogonal to every column of the dense matrix', () => {
  forAll('layers', 30, (random) => {
    const { equations } = randomEquations(random), { m, n } = equations;
    const column = new Float64Array(m), x = new Float64Array(n), b = normals(random, m), left = new Float64Array(m);
    const { rest } = conjugateGradients(equations, { b }, x, ({ lately, gain }) => lately < 1e-24 * gain, 200 * n);
    equations.times(x, left);
    left.forEach((v, i) => (left[i] = b[i] - v));
    expectWithin('‖A x − b‖²', rest, dot(left, left), dot(b, b), 1e-12);
    for (let j = 0; j < n; j++) {
      equations.times(new Float64Array(n).fill(1, j, j + 1), column);
      expectWithin(`column ${j}`, dot(column, left), 0, Math.sqrt(dot(b, b)), 1e-8);
    }
  });
});

test.run();
