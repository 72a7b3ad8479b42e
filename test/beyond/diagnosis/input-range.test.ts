/** @file The range of the last layer's input: every activation can give its own, and not those of the others. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { lastLayer } from '../../../src/attack/extract-label.ts';
import { canGive, looksLike, meanInputs, rangeOf, type InputRange } from '../../../src/beyond/diagnosis/input-range.ts';
import { lastInput } from '../../../src/beyond/analytic/last-input.ts';
import { digits } from '../../../src/data/synthetic.ts';
import { lenet } from '../../../src/kernels/lenet.ts';
import { ACTIVATIONS, type ActivationName } from '../../../src/nn/activation.ts';
import type { Random } from '../../../src/tensor/random.ts';
import { between, forAll } from '../../check/property.ts';

/** A network of this activation, and the last layer's gradient for images with these labels. */
function client(random: Random, i: number, activation: ActivationName, batch: number) {
  const { example, size } = digits();
  const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, activation, seed: i });
  if (activation !== 'sigmoid') network.theta.data.forEach((value, n) => { network.theta.data[n] = 0.2 * value; });
  const examples = Array.from({ length: batch }, () => example(random.below(size)));
  const gradient = network.gradient(examples.map(({ image }) => image), examples.map(({ label }) => label));
  return { gradient: lastLayer(gradient), layer: lastLayer(network.theta), labels: examples.map(({ label }) => label) };
}

const range = (smallest: number, largest: number, zeros = 0, features = 588): InputRange =>
  ({ smallest, largest, zeros, features });
const possible = (of: InputRange, isMean = false): string =>
  ACTIVATIONS.filter((activation) => canGive(activation, of, isMean)).join();

test('which activations can give a range', () => {
  assert.is(possible(range(0.1, 0.9)), 'sigmoid', 'all in (0, 1): tanh and relu would give others too');
  assert.is(possible(range(0.1, 0.9, 0, 20)), 'sigmoid,tanh,relu', 'unless there are few');
  assert.is(possible(range(0, 0.9, 0.4)), 'relu', 'zeros');
  assert.is(possible(range(1e-7, 0.9, 0.01)), 'sigmoid,relu', 'one or two near 0 are no zeros');
  assert.is(possible(range(0, 3, 0.4)), 'relu');
  assert.is(possible(range(-0.5, 0.9)), 'tanh');
  assert.is(possible(range(-0.5, 3)), '');
  assert.is(possible(range(-5e-4, 0.9)), 'sigmoid,tanh', 'rounding');
  assert.is(possible(range(0.1, 0.9), true), 'sigmoid,relu', 'a mean of several after a relu need have no zeros');
  assert.ok(canGive('tanh', range(-1.01, 1), false, 0.02) && !canGive('tanh', range(-1.01, 1)));
});

test('a range: what is next to nothing counts as zero', () => {
  assert.equal(rangeOf(Float64Array.of(-2e-9, 4, 0, 2, 1e-5)), { smallest: -2e-9, largest: 4, zeros: 0.4, features: 5 });
});

test('what a range looks like', () => {
  assert.is(looksLike(range(0.1, 0.9)), 'a sigmoid\'s');
  assert.is(looksLike(range(0, 3, 0.4)), 'a relu\'s');
  assert.is(looksLike(range(-0.5, 0.9)), 'a tanh\'s');
  assert.match(looksLike(range(-0.3, 3)), /no activation, or of one with negative values/);
});

test('one image: its own activation can give its input, the others cannot', () => {
  forAll('images', 30, (random, i) => {
    const activation = ACTIVATIONS[i % 3], { gradient, layer, labels } = client(random, i, activation, 1);
    assert.is(possible(rangeOf(lastInput(gradient, layer, labels[0]).a)), activation);
  });
});

test('a batch: as many means of inputs as there must be; another activation cannot give them', () => {
  const told = { sigmoid: 0, tanh: 0, relu: 0 };
  forAll('batches', 60, (random, i) => {
    const activation = ACTIVATIONS[i % 3], batch = between(random, 2, 6), { gradient } = client(random, i, activation, batch);
    const negatives = gradient.bias!.data.filter((value) => value < 0).length;
    const { ranges, least } = meanInputs(gradient, batch, negatives);
    const count = (name: ActivationName): number => ranges.filter((of) => canGive(name, of, true)).length;
    assert.ok(least > 0 && count(activation) >= least, `${activation}: ${count(activation)} of ${ranges.length}, ${least}`);
    for (const other of ACTIVATIONS) if (other !== activation && count(other) < least) told[activation]++;
  });
  assert.ok(told.sigmoid >= 15 && told.tanh >= 30 && told.relu >= 20, JSON.stringify(told));
});

test('means of inputs, by hand; more negative classes than images say nothing', () => {
  // Two images, a = 1 and 3, both of class 0, p = (½, ½, 0) and (¼, ½, ¼): B ∂b = (−1¼, 1, ¼).
  const bias = { shape: [3], data: Float64Array.of(-1.25, 1, 0.25).map((value) => value / 2) };
  const weight = { shape: [3, 1], data: Float64Array.of(-0.5 - 2.25, 0.5 + 1.5, 0.75).map((value) => value / 2) };
  const { ranges, least } = meanInputs({ weight, bias }, 2, 1);
  assert.equal([ranges.map(({ smallest, largest }) => [smallest, largest]), least], [[[2, 2], [3, 3]], 1]);
  assert.equal(meanInputs({ weight, bias }, 1, 2), { ranges: [], least: 0 });
  assert.equal(meanInputs({ weight }, 2, 1), { ranges: [], least: 0 });
});

test.run();
