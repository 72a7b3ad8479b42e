/** @file The laws of the last layer's gradient, for any network, and each way of breaking them. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { countEquations } from '../../../src/beyond/diagnosis/count-equations.ts';
import { diagnose, type Diagnosis } from '../../../src/beyond/diagnosis/diagnosis.ts';
import { lastLayer } from '../../../src/attack/extract-label.ts';
import { digits } from '../../../src/data/synthetic.ts';
import { ACTIVATIONS, type ActivationName } from '../../../src/nn/activation.ts';
import { lenet } from '../../../src/kernels/lenet.ts';
import { buildStack } from '../../../src/layers/stack.ts';
import { stack, type Network } from '../../../src/nn/network.ts';
import type { ParameterVector } from '../../../src/nn/parameters.ts';
import { softmax } from '../../../src/nn/softmax-cross-entropy.ts';
import { Random } from '../../../src/tensor/random.ts';
import { view } from '../../../src/tensor/tensor.ts';
import { scale } from '../../../src/tensor/vector.ts';
import { between, forAll } from '../../check/property.ts';

const SIZE = { channels: 1, height: 28, width: 28 };

function gradientOf(network: Network, labels: readonly number[], first = 0): ParameterVector {
  return network.gradient(labels.map((_, i) => digits().example(first + i).image), labels);
}

const diagnosed = (network: Network, gradient: ParameterVector): Diagnosis =>
  diagnose(lastLayer(gradient), lastLayer(network.theta));

/** The diagnosis of one image's gradient after `change` has been at the last layer's. */
function changed(change: (data: Float64Array) => void, activation: ActivationName = 'sigmoid'): Diagnosis {
  const network = lenet({ ...SIZE, classes: 10, activation, seed: 1 }), gradient = gradientOf(network, [3]);
  const { weight, bias } = lastLayer(gradient);
  for (const { data } of [weight, bias!]) change(data);
  return diagnosed(network, gradient);
}

test('one image: one bias gradient below zero, rank 1, columns that sum to zero, scale 1, for any network', () => {
  forAll('networks', 40, (random, i) => {
    const classes = between(random, 3, 30), bias = i % 4 > 0, activation = ACTIVATIONS[i % 3];
    const network = lenet({ ...SIZE, classes, activation, bias, seed: i });
    if (activation !== 'sigmoid') scale(0.1, network.theta.data); // a p_c of 1 leaves no gradient
    const label = random.below(classes), found = diagnosed(network, gradientOf(network, [label], i));
    assert.is(found.rank, 1);
    assert.ok(found.relativeNoise < 1e-12, `noise ${found.relativeNoise}`);
    assert.is(found.zeros, 0);
    if (!bias) return assert.equal([found.negative, found.positive, found.scale], [[], [], undefined]);
    assert.equal([found.negative, found.positive.length], [[label], classes - 1]);
    assert.ok(Math.abs(found.scale! - 1) < 1e-9 && found.mismatch! < 1e-9, `${found.scale}, ${found.mismatch}`);
    const [least, largest] = found.input!;
    if (activation === 'sigmoid') assert.ok(least > 0 && largest < 1, `${found.input}`);
  });
});

test('a batch: the rank is the number of its images, as long as there are more classes', () => {
  forAll('batches', 24, (random, i) => {
    const classes = between(random, 3, 20), batch = between(random, 1, 12);
    const network = lenet({ ...SIZE, classes, seed: i });
    const labels = Array.from({ length: batch }, () => random.below(classes));
    const { rank, scale } = diagnosed(network, gradientOf(network, labels, 3 * i));
    assert.is(rank, Math.min(batch, classes - 1));
    if (batch > 1) assert.is(scale, undefined);
  });
});

test('a scale and a turned sign are measured exactly', () => {
  for (const factor of [3, 0.01, -0.1, -1]) {
    const { scale: told, mismatch, negative, positive, rank } = changed((data) => scale(factor, data));
    assert.ok(Math.abs(told! / factor - 1) < 1e-9 && mismatch! < 1e-9, `${told}, ${mismatch}`);
    assert.is(rank, 1);
    assert.is(factor > 0 ? negative.length : positive.length, 1);
  }
});

test('other weights than the gradient was computed with leave a mismatch', () => {
  const network = lenet({ ...SIZE, classes: 10, seed: 1 }), other = lenet({ ...SIZE, classes: 10, seed: 2 });
  assert.ok(diagnosed(other, gradientOf(network, [3])).mismatch! > 0.1);
});

test('the columns\' sums measure the noise', () => {
  for (const sigma of [1e-6, 1e-3, 0.1]) {
    const random = new Random(5);
    const found = changed((data) => {
      const noise = random.fillNormal(new Float64Array(data.length));
      for (let i = 0; i < data.length; i++) data[i] += sigma * noise[i];
    });
    assert.ok(found.noise > 0.8 * sigma && found.noise < 1.25 * sigma, `${found.noise} for ${sigma}`);
    assert.ok(found.rank <= 1, `rank ${found.rank}`);
  }
});

/** x with so many significant bits. */
function rounded(x: number, bits: number): number {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x) || 1)) - bits + 1);
  return Math.round(x / unit) * unit;
}

test('a small negative number within the noise is no label; soft labels leave several', () => {
  const weak = changed((data) => data.forEach((value, i) => (data[i] = value + 1e-5 * (i % 2 === 0 ? 1 : -1))));
  assert.equal(weak.negative, [3]);
  const network = lenet({ ...SIZE, classes: 10, seed: 1 }), gradient = network.theta.like();
  const soft = view(new Float64Array(10).fill(0.02).fill(0.82, 3, 4), [1, 10]);
  network.forward(stack('image', [digits().example(0).image], network.imageShape), soft);
  network.backward(gradient);
  const { negative, rank } = diagnosed(network, gradient);
  assert.ok(negative.length > 1 && rank === 1, `${negative}`);
});

/** The last layer's gradient for an image whose label is smoothed by ε. */
function smoothed(network: Network, label: number, epsilon: number, i = 0): ParameterVector {
  const K = network.classes, gradient = network.theta.like();
  const t = new Float64Array(K).fill(epsilon / K);
  t[label] += 1 - epsilon;
  network.forward(stack('image', [digits().example(i).image], network.imageShape), view(t, [1, K]));
  network.backward(gradient);
  return gradient;
}

test('label smoothing is measured exactly, at any scale, and is no turned sign', () => {
  let oneAbove = 0;
  forAll('networks', 40, (random, i) => {
    const classes = between(random, 4, 20), network = lenet({ ...SIZE, classes, seed: i });
    const epsilon = random.uniform(0.05, 0.3), factor = random.uniform(0.1, 3), label = random.below(classes);
    const gradient = smoothed(network, label, epsilon, i);
    scale(factor, gradient.data);
    const { scale: told, smoothing, smoothedLabel, mismatch, positive } = diagnosed(network, gradient);
    if (positive.length === 1) oneAbove++;
    assert.ok(Math.abs(told! / factor - 1) < 1e-6 && mismatch! < 1e-6, `${told}, ${mismatch}`);
    assert.ok(Math.abs(smoothing! - epsilon) < 1e-6, `${smoothing} for ${epsilon}`);
    assert.is(smoothedLabel, label);
  });
  assert.ok(oneAbove > 5, `${oneAbove} as after a turned sign`);
  assert.is(changed(() => {}).smoothing, undefined);
});

test('label smoothing of a label that the network is sure of: of several labels that fit, the one that fits best', () => {
  forAll('last layers', 20, (random) => {
    const K = 10, label = random.below(K), logits = random.fillNormal(new Float64Array(K)), g = new Float64Array(K);
    logits[label] = 9;
    softmax(logits, g);
    for (let i = 0; i < K; i++) g[i] -= 0.1 / K + (i === label ? 0.9 : 0);
    const a = random.fillUniform(new Float64Array(6)), weight = view(new Float64Array(6 * K), [K, 6]);
    g.forEach((value, i) => a.forEach((input, h) => (weight.data[6 * i + h] = value * input)));
    const layer = { weight: view(new Float64Array(6 * K), [K, 6]), bias: view(logits, [K]) };
    const { smoothedLabel, smoothing } = diagnose({ weight, bias: view(g, [K]) }, layer);
    assert.is(smoothedLabel, label);
    assert.ok(Math.abs(smoothing! - 0.1) < 1e-9, `${smoothing}`);
  });
});

test('the last layer\'s input: its range, and zeros only after a relu', () => {
  for (const [activation, factor] of [['sigmoid', 1], ['tanh', 0.1], ['relu', 0.1]] as const) {
    const network = lenet({ ...SIZE, classes: 10, activation, seed: 1 });
    scale(factor, network.theta.data);
    const { input, inputZeros } = diagnosed(network, gradientOf(network, [3]));
    assert.ok(activation === 'relu' ? inputZeros! > 0.1 : inputZeros === 0, `${activation}: ${inputZeros}`);
    assert.is(input![0] < 0, activation === 'tanh');
  }
});

test('two classes: the label\'s gradient is negative, and nothing is turned', () => {
  const network = lenet({ ...SIZE, classes: 2, seed: 1 });
  for (const label of [0, 1]) {
    const { scale: told, negative } = diagnosed(network, gradientOf(network, [label]));
    assert.equal(negative, [label]);
    assert.ok(Math.abs(told! - 1) < 1e-9, `${told}`);
  }
  forAll('a ∂b that does not sum to 0', 40, (random, i) => {
    const network = lenet({ ...SIZE, classes: 2, seed: i }), gradient = gradientOf(network, [i % 2]);
    lastLayer(gradient).bias!.data.forEach((value, c, b) => (b[c] = value + 0.1 * random.uniform() * Math.abs(b[i % 2])));
    const { scale: told, mismatch } = diagnosed(network, gradient);
    assert.ok(told! > 0 && mismatch! > 1e-3, `${told}, ${mismatch}`);
  });
});

test('precision: as many bits as the numbers need', () => {
  assert.is(changed(() => {}).bits, 53);
  assert.is(changed((data) => data.forEach((x, i) => (data[i] = Math.fround(x)))).bits, 24);
  for (const bits of [1, 2, 8, 11, 20, 21, 22, 33]) {
    assert.is(changed((data) => data.forEach((x, i) => (data[i] = rounded(x, bits)))).bits, bits, `${bits}`);
  }
});

test('quantised: as many sizes as there are levels', () => {
  const { levels, rank } = changed((data) => {
    const step = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 127;
    for (let i = 0; i < data.length; i++) data[i] = step * Math.round(data[i] / step);
  });
  assert.ok(levels! > 20 && levels! <= 127, `${levels}`);
  assert.is(rank, 1);
  assert.is(changed(() => {}).levels, undefined);
});

test('few sizes that are not multiples are no levels: a black and white image before one linear layer', () => {
  forAll('images', 20, (random, i) => {
    const classes = between(random, 2, 12);
    const network = buildStack([{ type: 'linear', name: 'l', out: classes }], [1, 20, 20]);
    random.fillUniform(network.theta.data, -0.1, 0.1);
    const image = { shape: [1, 20, 20], data: Float64Array.from({ length: 400 }, () => random.below(2)) };
    const { levels, zeros, rank } = diagnosed(network, network.gradient(image, i % classes));
    assert.equal([levels, zeros, rank], [undefined, 0, 1]);
  });
});

test('many features: rounding does not add to the rank', () => {
  const network = buildStack([{ type: 'linear', name: 'l', out: 3 }], [1, 160, 160]);
  forAll('images', 24, (random) => {
    random.fillUniform(network.theta.data, -0.01, 0.01);
    const image = { shape: [1, 160, 160], data: random.fillUniform(new Float64Array(25600), 0, 1) };
    assert.is(diagnosed(network, network.gradient(image, 1)).rank, 1);
  });
});

test('pruned: zeros that no network makes; those of a ReLU fill columns and do not count', () => {
  const prune = (data: Float64Array): void => {
    const threshold = [...data].map(Math.abs).sort((a, b) => a - b)[Math.floor(0.3 * data.length)];
    for (let i = 0; i < data.length; i++) if (Math.abs(data[i]) < threshold) data[i] = 0;
  };
  const { zeros } = changed(prune);
  assert.ok(zeros > 0.05 && zeros <= 0.31, `${zeros}`);
  const network = lenet({ ...SIZE, classes: 10, activation: 'relu', seed: 1 });
  scale(0.1, network.theta.data);
  const gradient = gradientOf(network, [3]), { weight: { data } } = lastLayer(gradient);
  const share = data.filter((x) => x === 0).length / data.length;
  assert.ok(share > 0.1, `${share} of a relu's are zeros`);
  assert.is(diagnosed(network, gradient).zeros, 0);
});

test('a gradient of zeros has rank 0, and no scale', () => {
  const { rank, scale: told, bits, levels, negative, positive, relativeNoise } = changed((data) => data.fill(0));
  assert.equal([negative, positive], [[], []]);
  assert.equal([rank, told, bits, levels, relativeNoise], [0, undefined, 1, undefined, 0]);
});

test('equations counted by hand', () => {
  const mnist = lenet({ ...SIZE, classes: 10 }).theta, bare = lenet({ ...SIZE, classes: 10, bias: false }).theta;
  const body = 312 + 3612 + 3612;
  assert.is(countEquations(mnist, 1), body + (9 + 588 - 1) + 1);
  assert.is(countEquations(mnist, 4), body + 4 * (9 + 588 - 4) + 4);
  assert.is(countEquations(mnist, 64), body + 9 * 588 + 9, 'the tenth row follows from nine');
  assert.is(countEquations(bare, 4), body + 4 * (9 + 588 - 4));
  const narrow = buildStack([{ type: 'linear', name: 'l', out: 9 }], [1, 2, 2]).theta;
  assert.is(countEquations(narrow, 6), 8 * 4 + 8, 'more images than features: all that there is');
  const layers = [{ type: 'linear', name: 'h', out: 3 }, { type: 'linear', name: 'l', out: 4 }] as const;
  const two = buildStack(layers, [1, 2, 2]).theta;
  assert.is(countEquations(two, 2), 2 * (3 + 5 - 2) + 2 * (3 + 4 - 2), 'the columns of the last layer alone sum to 0');
  const uses = (layer: string): number => (layer === 'h' ? 2 : 1);
  assert.is(countEquations(two, 1, { uses }), 2 * (3 + 5 - 2) + (3 + 4 - 1), 'two layers that share their weights');
});

test('equations of part of a gradient: a tensor that was not shared has none', () => {
  const mnist = lenet({ ...SIZE, classes: 10 }).theta, names = [...mnist.tensors.keys()];
  const onlyLast = names.filter((name) => !name.startsWith('fc'));
  const body = 312 + 3612 + 3612, last = (9 + 588 - 1) + 1;
  assert.is(countEquations(mnist, 1, { withheld: ['body.2.weight'] }), body - 3600 + last);
  assert.is(countEquations(mnist, 1, { withheld: ['body.2.bias'] }), body - 12 + last);
  assert.is(countEquations(mnist, 1, { withheld: onlyLast }), last);
  assert.is(countEquations(mnist, 4, { withheld: [...onlyLast, 'fc.0.bias'] }), 4 * (9 + 588 - 4), 'as without a bias');
  assert.is(countEquations(mnist, 4, { withheld: [...onlyLast, 'fc.0.weight'] }), 9, 'the tenth number of ∂b follows');
  assert.is(countEquations(mnist, 4, { withheld: names }), 0);
});

test('the bias alone: its laws are those of a matrix with one column', () => {
  const weightless = (labels: readonly number[], change: (bias: Float64Array) => void = () => {}): Diagnosis => {
    const network = lenet({ ...SIZE, classes: 10, seed: 1 }), gradient = gradientOf(network, labels);
    const { weight, bias } = lastLayer(gradient);
    weight.data.fill(0);
    change(bias!.data);
    return diagnosed(network, gradient);
  };
  const { isBiasAlone, negative, rank, relativeNoise, scale: told, input } = weightless([3]);
  assert.equal([isBiasAlone, negative, rank, told, input], [true, [3], 1, undefined, undefined]);
  assert.ok(relativeNoise < 1e-14, `${relativeNoise}`);
  assert.equal(weightless([3, 5]).negative, [3, 5]);
  const { noise } = weightless([3], (bias) => bias.forEach((_, i) => { bias[i] += 0.1; }));
  assert.ok(Math.abs(noise / (0.1 * Math.sqrt(10)) - 1) < 1e-9, 'σ = |1ᵀ ∂b| / √K');
  assert.is(weightless([3], (bias) => bias.fill(0)).isBiasAlone, false);
});

test('signs alone: of Adam\'s first step, unlikely classes included, and of no gradient of equal features', () => {
  const isSigns = (g: readonly number[], feature: (h: number) => number, change = (value: number): number => value) => {
    const data = Float64Array.from({ length: 40 * g.length }, (_, n) => change(g[Math.floor(n / 40)] * feature(n % 40)));
    const layer = { weight: view(data, [g.length, 40]), bias: view(Float64Array.from(g, change), [g.length]) };
    return diagnose(layer, layer).isSigns;
  };
  const adam = (value: number): number => value / (Math.abs(value) + 1e-8), mixed = (h: number): number => 0.2 + h / 50;
  const likely = [-0.9, 0.5, 0.3, 0.1], unlikely = [...likely, 3e-9, 1e-8, 1e-12];
  assert.equal([likely, unlikely].map((g) => isSigns(g, mixed, adam)), [true, true]);
  assert.equal([likely, unlikely].map((g) => isSigns(g, mixed)), [false, false]);
  assert.is(isSigns([-1, 1 - 1e-6, 1e-6], () => 1), false, 'two rows of one size');
  assert.is(isSigns(likely, (h) => (h === 0 ? 1 : 0.5)), false, 'one number of the largest size');
  assert.is(isSigns([-0.5, -0.5, 0.5, 0.5], (h) => (h % 2 === 0 ? 1 : 0.9)), false, 'half of each row');
});

test.run();
