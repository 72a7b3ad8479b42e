/** @file The analytic attack: the image recovered, its error predicted, and what is refused or not determined. */
import { readFileSync } from 'node:fs';
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { analytic, whyUnsolvable } from '../../../src/beyond/analytic/analytic.ts';
import { defend, defenceSettings, defenceTitle, type DefenceSetting } from '../../../src/beyond/defence/defences.ts';
import { lastLayer } from '../../../src/attack/extract-label.ts';
import { lastInput } from '../../../src/beyond/analytic/last-input.ts';
import { GradientMatching } from '../../../src/attack/gradient-matching.ts';
import { mse } from '../../../src/attack/metrics.ts';
import { parseSafetensors } from '../../../src/data/safetensors.ts';
import { Activation } from '../../../src/nn/activation.ts';
import { accelerate } from '../../../src/kernels/accelerate.ts';
import { networkFrom } from '../../../src/layers/checkpoint.ts';
import { withDropout } from '../../../src/layers/dropout.ts';
import { buildStack, type LayerDescription } from '../../../src/layers/stack.ts';
import { loadParameters } from '../../../src/layers/load-parameters.ts';
import { Conv2d, type Conv2dOptions } from '../../../src/nn/conv2d.ts';
import { lenet, type LeNetOptions } from '../../../src/nn/lenet.ts';
import { Flatten } from '../../../src/nn/flatten.ts';
import { Linear } from '../../../src/nn/linear.ts';
import { labelsOf, Network } from '../../../src/nn/network.ts';
import type { ParameterVector } from '../../../src/nn/parameters.ts';
import { Sequence } from '../../../src/nn/sequence.ts';
import { Random, STREAMS } from '../../../src/tensor/random.ts';
import { expectFinite, rowsOf, view } from '../../../src/tensor/tensor.ts';
import { dot, scale } from '../../../src/tensor/vector.ts';
import { checkClose } from '../../check/close.ts';
import { checkRangeError } from '../../check/errors.ts';
import { between, forAll, normals, oneOf } from '../../check/property.ts';
import {
  lastInput as trueLastInput, randomImage, randomNetwork, randomVictim, type Victim,
} from '../../attack/networks.ts';

/** A victim whose network has the fast kernels. */
function fastVictim(random: Random, choices: Partial<LeNetOptions> = {}): Victim {
  const victim = randomVictim(random, choices);
  return { ...victim, network: accelerate(victim.network) };
}

/** The gradient rounded to float32. */
function inFloat32(gradient: ParameterVector): ParameterVector {
  return gradient.like(gradient.data.map(Math.fround));
}

test("LeNet, sigmoid and tanh, with and without the last layer's bias: the label, and the image to rounding", () => {
  forAll('LeNets', 12, (random, i) => {
    const activation = i % 2 ? 'tanh' : 'sigmoid';
    const make = i < 2 ? randomVictim : fastVictim; // plain loops and fast kernels
    const { network, image, label, gradient } = make(random, { activation, bias: i % 4 < 2 });
    const found = analytic(network, gradient);
    assert.is(found.label, label);
    assert.ok(found.isDetermined);
    assert.ok(mse(found.image, image) < 1e-16, `MSE ${mse(found.image, image)}`);
    const rounded = analytic(network, inFloat32(gradient));
    assert.ok(mse(rounded.image, image) < 1e-8, `MSE ${mse(rounded.image, image)} from float32`);
  });
});

test('networks of any make: if the image is said to be determined, it is, up to the predicted error', () => {
  let determined = 0;
  forAll('networks', 60, (random) => {
    const network = accelerate(randomNetwork(random, { activation: oneOf(random, ['sigmoid', 'tanh']), bias: true }));
    const image = randomImage(random, network.imageShape), label = random.below(network.classes);
    const found = analytic(network, network.gradient(image, label));
    assert.is(found.label, label);
    if (!found.isDetermined) return;
    determined++;
    const error = Math.sqrt(mse(found.image, image));
    assert.ok(error < 10 * Math.max(1e-12, found.error), `error ${error}, predicted ${found.error}`);
  });
  assert.ok(determined > 20, `${determined} determined`);
});

/** What the attack finds on the random network of a seed. */
function onNetwork(seed: number, i: number) {
  const random = new Random(seed, i), activation = oneOf(random, ['sigmoid', 'tanh'] as const);
  const network = accelerate(randomNetwork(random, { activation, bias: true }));
  const image = randomImage(random, network.imageShape);
  return analytic(network, network.gradient(image, random.below(network.classes)));
}

test('a layer that is not determined leaves the image undetermined, whatever the next one says', () => {
  const { layers, error, isDetermined, stop } = onNetwork(7, 185);
  assert.equal([layers[0].error, layers[1].error < 1e-10, error < 1e-10], [1, true, true]);
  assert.equal([isDetermined, stop], [false, 'undetermined']);
});

test('a part that no equation sees leaves nothing known, though the trace may stall for n steps', () => {
  for (const i of [196, 1807, 3022, 3313, 4169]) {
    const { layers: [layer] } = onNetwork(11, i);
    assert.ok(layer.equations > layer.unknowns, `${i}`);
    assert.is(layer.error, 1, `${i}`);
  }
});

test('the predicted error has the size of the error, for float64, float32 and any relative error', () => {
  const logs = (decibels: number[]): number => decibels.reduce((sum, value) => sum + value, 0) / decibels.length;
  for (const size of [0, 2 ** -24, 1e-6, 1e-5]) {
    const ratios: number[] = [];
    forAll('LeNets', 5, (random) => {
      const { network, image, gradient } = fastVictim(random);
      const noisy = gradient.like(gradient.data.map((v) => v * (1 + size * random.normal())));
      const { image: found, error } = analytic(network, noisy);
      ratios.push(Math.log10(Math.sqrt(mse(found, image)) / error));
    });
    assert.ok(Math.abs(logs(ratios)) < 0.7, `10^${logs(ratios)} times the predicted error for noise ${size}`);
  }
});

test('normalised pixels and dropout with a known mask: the image; what was dropped is not needed', () => {
  forAll('networks', 8, (random, i) => {
    const activation = oneOf(random, ['sigmoid', 'tanh'] as const), bias = i % 2 === 0, network = buildStack([
      { type: 'normalize', mean: [0.2, 0.4, 0.6], std: [0.3, 0.2, 0.25] },
      { type: 'conv2d', out: 12, kernel: 5, stride: 2, padding: 2, activation },
      { type: 'conv2d', out: 12, kernel: 5, padding: 2, activation },
      { type: 'dropout', p: 0.4 }, { type: 'linear', out: 8, bias },
    ], [3, 10, 10]);
    random.fillUniform(network.theta.data, -0.5, 0.5);
    const mask = Array.from({ length: 300 }, () => random.uniform(0, 1) >= 0.4);
    const client = i < 4 ? accelerate(withDropout(network, 0.4, mask)) : accelerate(network);
    const image = randomImage(random, network.imageShape), found = analytic(client, client.gradient(image, 3));
    assert.equal([found.label, found.isDetermined], [3, true]);
    const error = Math.sqrt(mse(found.image, image));
    assert.ok(error < 1e-6 && error < 30 * found.error, `error ${error}, predicted ${found.error}`);
  });
});

test('a single layer: its image, and with noise an error that is too large for a determined one', () => {
  const make = (): Network =>
    new Network((inShape) => new Sequence([{ name: 'fc', layer: new Linear({ inShape, out: 8 }) }]), [30]);
  forAll('layers', 10, (random) => {
    const network = make(), image = view(normals(random, 30), [30]);
    random.fillUniform(network.theta.data, -0.5, 0.5);
    const gradient = network.gradient(image, 2), exact = analytic(network, gradient);
    assert.ok(exact.isDetermined && mse(exact.image, image) < 1e-20);
    const noisy = analytic(network, gradient.like(gradient.data.map((v) => v + 0.3 * random.normal())));
    assert.is(noisy.isDetermined, noisy.error < 0.1);
    assert.ok(noisy.error > 0.1, `predicted ${noisy.error}, is ${Math.sqrt(mse(noisy.image, image))}`);
  });
});

test('if all units, or all but a few, are saturated, all results are finite', () => {
  forAll('networks', 12, (random, i) => {
    const widths = [6, 40, 30];
    const network = new Network(([batch]) => new Sequence([
      ...widths.slice(1).flatMap((width, k) => [
        { name: `fc${k}`, layer: new Linear({ inShape: [batch, widths[k]], out: width }) },
        { name: `f${k}`, layer: new Activation('sigmoid', [batch, width]) },
      ]),
      { name: 'fc', layer: new Linear({ inShape: [batch, 30], out: 10, bias: i % 4 < 2 }) },
    ]), [6]);
    random.fillUniform(network.theta.data, -0.5, 0.5);
    const image = view(normals(random, 6), [6]), size = i % 2 ? 1e4 : 1e8;
    scale(size, network.theta.tensors.get('fc1.weight')!.data);
    const found = analytic(network, network.gradient(image, 4)), error = Math.sqrt(mse(found.image, image));
    assert.is(found.label, 4);
    expectFinite('image', found.image.data);
    assert.ok(Number.isFinite(found.precision), `precision ${found.precision}`);
    assert.ok(error < 10 * found.error, `error ${error}, predicted ${found.error}`);
    if (size < 1e8) return;
    assert.not(found.isDetermined);
    assert.ok(found.layers[0].error > 0.1, `nothing is known of fc1's input: ${found.layers[0].error}`);
  });
});

/** One convolution, sigmoid, and ten classes. */
function oneConvolution(
  imageShape: readonly number[], options: Omit<Conv2dOptions, 'inShape'>, random: Random,
): Network {
  const network = new Network((inShape) => {
    const conv = new Conv2d({ inShape, ...options }), flatten = new Flatten(conv.outShape);
    return new Sequence([
      { name: 'conv', layer: conv },
      { name: 'f', layer: new Activation('sigmoid', conv.outShape) },
      { name: 'flatten', layer: flatten },
      { name: 'fc', layer: new Linear({ inShape: flatten.outShape, out: 10 }) },
    ]);
  }, imageShape);
  random.fillUniform(network.theta.data, -0.5, 0.5);
  return network;
}

test('two of 108 directions that are in no equation are not missed', () => {
  // Singular values of the 144×108 matrix, from a dense decomposition: 106 above 1e-4, two of rounding.
  const random = new Random(338, 77);
  const network = oneConvolution([3, 6, 6], { out: 4, kernel: 3, stride: 2, padding: 1 }, random);
  const image = randomImage(random, network.imageShape), found = analytic(network, network.gradient(image, 3));
  const error = Math.sqrt(mse(found.image, image));
  assert.ok(error > 1e-3 && error < 10 * found.error, `error ${error}, predicted ${found.error}`);
});

test('with every defence all results are finite, and errors of every kind are predicted', () => {
  const { network, image, label, gradient } = fastVictim(new Random(1), { channels: 1, height: 12, width: 12 });
  for (const setting of defenceSettings()) {
    const found = analytic(network, defend(gradient, setting, new Random(1, STREAMS.noise)));
    expectFinite(defenceTitle(setting), found.image.data);
    assert.ok(Number.isFinite(found.precision) && Number.isFinite(found.error), defenceTitle(setting));
    if (!found.isDetermined) continue;
    const ratio = Math.sqrt(mse(found.image, image)) / found.error;
    assert.ok(ratio > 0.3 && ratio < 5, `${defenceTitle(setting)}: ${ratio} times the predicted error`);
    assert.is(found.label, label);
  }
  const solved = (setting: DefenceSetting): number =>
    mse(analytic(network, defend(gradient, setting, new Random(1, STREAMS.noise))).image, image);
  assert.ok(solved({ defence: 'int8' }) < 1e-2, 'numbers of 8 bits do not hide the image');
  assert.ok(solved({ defence: 'gaussian', strength: 1e-6 }) < 1e-2);
  assert.ok(solved({ defence: 'prune', strength: 0.1 }) < 1e-2);
});

test('columns of ∂W that are 0, and units at the ends of their range, carry no weight', () => {
  forAll('LeNets', 4, (random, i) => {
    const { network, image, gradient } = fastVictim(random, { activation: i % 2 ? 'tanh' : 'sigmoid' });
    const shared = gradient.like(gradient.data), { weight } = lastLayer(shared);
    for (const row of rowsOf(weight)) for (const j of [0, 7]) row[j] = 0;
    const found = analytic(network, shared);
    expectFinite('image', found.image.data);
    const alone = gradient.like(gradient.data), { weight: pruned, bias } = lastLayer(alone);
    rowsOf(pruned).forEach((row, k) => {
      if (k === found.label) return;
      row.fill(0);
      bias!.data[k] = 0;
    });
    const { precision, error: predicted } = analytic(network, alone);
    assert.ok(Number.isFinite(precision) && Number.isFinite(predicted), `from one row: ${precision}, ${predicted}`);
    const error = Math.sqrt(mse(found.image, image));
    assert.ok(error < 5 * found.error, `error ${error}, predicted ${found.error}`);
  });
});

test('with too few equations the image is undetermined; the label is still right', () => {
  forAll('strides', 8, (random, i) => {
    const stride = 1 + (i % 4), network = oneConvolution([1, 12, 12], { out: 4, kernel: 3, stride }, random);
    const image = randomImage(random, network.imageShape), outputs = 4 * (Math.floor(9 / stride) + 1) ** 2;
    const { label, isDetermined, error, layers: [layer] } = analytic(network, network.gradient(image, 7));
    assert.is(label, 7);
    assert.equal([layer.name, layer.equations, layer.unknowns], ['conv', outputs + 36, 144]);
    assert.is(isDetermined, stride === 1);
    if (stride === 1) return;
    assert.is(error, 1);
    assert.ok(layer.steps <= 5, `${layer.steps} steps: no trace is computed of a system that lacks equations`);
  });
});

test("a gradient computed by PyTorch in float32 throughout: the image, and a u well above that of one rounding", () => {
  const folder = new URL('../../fixtures/captures/drawn-grey-0/', import.meta.url);
  const read = (name: string): Buffer => readFileSync(new URL(name, folder));
  const network = accelerate(networkFrom(parseSafetensors(read('weights.safetensors'), 'weights')));
  const gradient = loadParameters(network.theta.like(), parseSafetensors(read('gradients.safetensors'), 'gradients'));
  const { labels, shape, pixels } = JSON.parse(read('truth.json').toString());
  const truth = { shape: shape.slice(1), data: Float64Array.from(pixels.flat(3), (value: number) => value / 255) };
  const found = analytic(network, gradient);
  assert.is(found.label, labels[0]);
  assert.ok(mse(found.image, truth) < 1e-10, `MSE ${mse(found.image, truth)}`);
  assert.ok(found.precision > 2 ** -25 && found.precision < 2 ** -18, `u = ${found.precision}`);
});

test('same seed, same bits; neither the network nor the gradient is changed', () => {
  forAll('LeNets', 2, (random) => {
    const { network, gradient } = fastVictim(random);
    const theta = network.theta.data.slice(), data = gradient.data.slice();
    assert.equal(analytic(network, gradient, { seed: 3 }), analytic(network, gradient, { seed: 3 }));
    assert.equal([network.theta.data, gradient.data], [theta, data]);
  });
});

test('the result is a reconstruction: no iteration, one evaluation of L_G, at the image', () => {
  forAll('LeNets', 2, (random, i) => {
    const { network, image, label, gradient } = fastVictim(random), relative = i === 1;
    const noisy = gradient.like(gradient.data.map((v) => v * (1 + 1e-3 * random.normal())));
    const found = analytic(network, noisy, { truth: image, relative });
    const { objective } = new GradientMatching(network, noisy).evaluate(found.images, labelsOf([label], 10));
    assert.is(found.objective, relative ? objective / dot(noisy.data, noisy.data) : objective);
    assert.equal([found.iterations, found.evaluations, found.labels, found.labelRule], [0, 1, [found.label], 'bias']);
    assert.equal(found.trajectory, [{ iteration: 0, objective: found.objective, mse: mse(found.image, image) }]);
    assert.equal([found.images.shape, found.image.shape], [[1, ...image.shape], image.shape]);
    assert.is(found.stop, found.isDetermined ? 'solved' : 'undetermined');
    assert.ok(Number.isNaN(analytic(network, noisy).trajectory[0].mse));
  });
});

test('layers of another kind are refused, before any work', () => {
  const network = buildStack([
    { type: 'maxpool2d', name: 'pool', kernel: 2 }, { type: 'linear', name: 'fc.0', out: 3 },
  ], [1, 4, 4]);
  const refusal = /^pool: expected a convolution, a linear layer, an activation or flatten, got another layer$/;
  checkRangeError(() => analytic(network, network.theta), refusal);
  const hidden: LayerDescription = { type: 'linear', name: 'h', out: 4 };
  const whyOf = (...layers: LayerDescription[]): string | undefined =>
    whyUnsolvable(buildStack([...layers, { type: 'linear', name: 'l', out: 3 }], [1, 2, 2]));
  assert.is(whyOf(hidden, hidden), 'h: expected weights of its own, got weights that several layers share');
  assert.match(whyOf(hidden, { type: 'silu' })!, /got silu: it maps two x to the same y$/);
  assert.match(whyOf({ type: 'averagepool2d', kernel: 2 })!, /^0: expected .*, got another layer$/);
  assert.is(whyOf(hidden, { type: 'leaky-relu', slope: 0.5 }), undefined);
});

test('leaky ReLU is inverted: the image to rounding, from float32 too', () => {
  forAll('networks', 4, (random, i) => {
    const activation = 'leaky-relu', side = 8, image = randomImage(random, [1, side, side]), label = random.below(5);
    const plain = buildStack([
      { type: 'conv2d', name: 'a', out: 8, kernel: 3, padding: 1, activation },
      { type: 'conv2d', name: 'b', out: 8, kernel: 3, padding: 1 },
      { type: activation, slope: 0.1 + 0.2 * random.uniform(0, 1) },
      { type: 'linear', name: 'l', out: 5 },
    ], image.shape);
    random.fillUniform(plain.theta.data, -0.5, 0.5);
    const network = i % 2 ? accelerate(plain) : plain, gradient = network.gradient(image, label);
    const found = analytic(network, gradient), rounded = analytic(network, inFloat32(gradient));
    assert.equal([found.label, found.isDetermined, rounded.label, rounded.isDetermined], [label, true, label, true]);
    assert.ok(mse(found.image, image) < 1e-16, `MSE ${mse(found.image, image)}`);
    assert.ok(mse(rounded.image, image) < 1e-4, `MSE ${mse(rounded.image, image)}`);
  });
});

test('refused on entry: ReLU, a gradient of zeros or of other shapes, numbers that are not finite', () => {
  const options = { channels: 1, height: 8, width: 8, classes: 10, seed: 0 };
  const network = lenet(options), relu = lenet({ ...options, activation: 'relu' });
  const nan = network.theta.like();
  nan.data[3] = NaN;
  const refusal = /^activation: expected one that has an inverse .*, got relu: it maps every x ≤ 0 to 0$/;
  checkRangeError(() => analytic(relu, relu.theta), refusal);
  checkRangeError(() => analytic(network, network.theta.like()), /^last layer gradient: expected one that is not 0/);
  const other = lenet({ ...options, classes: 9 }).theta;
  checkRangeError(() => analytic(network, other), /^shared gradient: expected body\.0\.weight /);
  checkRangeError(() => analytic(network, nan), /^shared gradient: expected finite numbers, got NaN at entry 3/);
  const broken = lenet(options);
  broken.theta.data[5] = Infinity;
  checkRangeError(() => analytic(broken, nan.like()), /^theta: expected finite numbers, got Infinity at entry 5/);
});

test("lastInput: g and a, with a bias and without, whatever the layers", () => {
  forAll('networks', 60, (random, i) => {
    const classes = between(random, 3, 30), bias = i % 2 === 0;
    const network = randomNetwork(random, { bias, classes, activation: 'sigmoid' });
    const image = randomImage(random, network.imageShape), c = random.below(network.classes);
    const a = trueLastInput(network, image), gradient = lastLayer(network.gradient(image, c));
    const found = lastInput(gradient, lastLayer(network.theta), c);
    checkClose('a', found.a, a, 1e-8);
    const column = rowsOf(gradient.weight).map(([first]) => first);
    checkClose('∂W', found.g.map((g) => g * found.a[0]), column, 1e-8);
    assert.ok(found.errors.relative < 1e-11 && found.errors.absolute < 1e-14, JSON.stringify(found.errors));
  });
});

/** A copy of the gradient in which the tensors of these names are 0. */
function without(gradient: ParameterVector, ...names: readonly string[]): ParameterVector {
  const part = gradient.like(gradient.data.slice());
  for (const name of names) part.tensors.get(name)!.data.fill(0);
  return part;
}

test('part of a gradient: a bias of the last layer is not needed, a weight of the first only for its equations', () => {
  forAll('LeNets', 4, (random, i) => {
    const activation = i % 2 ? 'tanh' : 'sigmoid';
    const { network, image, label, gradient } = fastVictim(random, { activation, channels: 1 });
    for (const names of [['fc.0.bias'], ['body.0.weight'], ['fc.0.bias', 'body.0.bias', 'body.0.weight']]) {
      const found = analytic(network, without(gradient, ...names));
      assert.is(found.label, label);
      assert.is(found.stop, 'solved', `${names}`);
      assert.ok(mse(found.image, image) < 1e-12, `${names}: MSE ${mse(found.image, image)}`);
    }
    const counted = analytic(network, without(gradient, 'body.0.weight')).layers.at(-1)!;
    const [, side] = network.imageShape, outputs = 12 * Math.ceil(side / 2) ** 2;
    assert.equal([counted.equations, counted.unknowns], [outputs, side * side]);
  });
});

test('too few equations: undetermined after a bounded number of steps, whatever was not shared', () => {
  forAll('LeNets', 3, (random) => {
    const { network, label, gradient } = fastVictim(random, { channels: 1 });
    const body = [...gradient.tensors.keys()].filter((name) => name.startsWith('body'));
    for (const names of [['body.2.weight'], ['body.2.weight', 'body.0.weight'], body, [...body, 'fc.0.bias']]) {
      const found = analytic(network, without(gradient, ...names));
      assert.equal([found.label, found.stop], [label, 'undetermined'], `${names}`);
      assert.is(Math.max(...found.layers.map(({ error }) => error)), 1);
      for (const { name, unknowns: n, steps } of found.layers) assert.ok(steps <= 40 * n + 2000, `${name}: ${steps}`);
    }
  });
});

test.run();
