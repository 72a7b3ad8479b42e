/** @file A batch taken apart at the last layer: the slope of its equations, and inputs, labels and shares found again. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { lastLayer } from '../../../src/attack/extract-label.ts';
import {
  repeatedLabels, separate, separationEquations, takeApart, timesOf, type Separation,
} from '../../../src/beyond/batch/separation.ts';
import { softmax } from '../../../src/nn/softmax-cross-entropy.ts';
import type { Random } from '../../../src/tensor/random.ts';
import { rowsOf, zeros, type Tensor } from '../../../src/tensor/tensor.ts';
import { axpy, scale } from '../../../src/tensor/vector.ts';
import { lenet } from '../../../src/kernels/lenet.ts';
import { digits } from '../../../src/data/synthetic.ts';
import { checkClose } from '../../check/close.ts';
import { between, forAll, normals } from '../../check/property.ts';
import { checkSlope } from '../../check/slope.ts';

/** A layer [K, H], and its gradient for these labels at random inputs with these shares. */
function batchOf(random: Random, K: number, H: number, labels: readonly number[], shares: readonly number[]) {
  const layer = { weight: zeros([K, H]), bias: zeros([K]) }, inputs = labels.map(() => normals(random, H));
  random.fillUniform(layer.weight.data, -0.5, 0.5);
  random.fillUniform(layer.bias.data, -0.5, 0.5);
  const gradient = { weight: zeros([K, H]), bias: zeros([K]) }, p = new Float64Array(K);
  labels.forEach((label, s) => {
    const y = Float64Array.from(rowsOf(layer.weight), (row, i) =>
      layer.bias.data[i] + row.reduce((sum, value, h) => sum + value * inputs[s][h], 0));
    softmax(y, p);
    const g = p.map((value, i) => shares[s] * (value - (i === label ? 1 : 0)));
    rowsOf(gradient.weight).forEach((row, i) => axpy(g[i], inputs[s], row));
    axpy(1, g, gradient.bias.data);
  });
  return { layer, gradient, inputs };
}

test('∂E/∂x is the slope of E', () => {
  forAll('batches', 20, (random) => {
    const r = between(random, 1, 4), labels = Array.from({ length: r }, () => random.below(7));
    const { layer, gradient } = batchOf(random, 7, 9, labels, Array(r).fill(1 / r));
    const { evaluate } = separationEquations(gradient, layer, labels), x = normals(random, r * (r + 1));
    const E = evaluate(x), J = new Float64Array(E.length * x.length), u = normals(random, E.length);
    evaluate(x, J);
    const slope = x.map((_, k) => u.reduce((sum, value, i) => sum + value * J[i * x.length + k], 0));
    const along = (at: Float64Array): number => evaluate(at).reduce((sum, value, i) => sum + u[i] * value, 0);
    checkSlope('E', along, x.slice(), slope, random);
  });
});

test('different labels: inputs, shares and scale are found, from the gradient and the weights alone', () => {
  let solved = 0;
  forAll('batches', 40, (random, i) => {
    const r = between(random, 2, 5), labels = Array.from({ length: r }, (_, s) => (3 * s + i) % 16);
    const shares = labels.map(() => random.uniform(0.1, 1));
    const { layer, gradient, inputs } = batchOf(random, 16, 40, labels, shares);
    const found = [0, 1, 2].map((attempt) => separate(gradient, layer, labels, attempt))
      .find(({ residual }) => residual < 1e-9);
    if (!found) return;
    solved++;
    checkClose('shares', found.shares, shares, 1e-6);
    rowsOf(found.inputs).forEach((a, s) => checkClose('input', a, inputs[s], 1e-6));
  });
  assert.ok(solved >= 24, `${solved} of 40`);
});

/** What is found of digits under these labels, of which some may be the same images, at a scale. */
function digitsApart(seed: number, labels: readonly number[], indices: readonly number[], factor = 1) {
  const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed });
  const gradient = network.gradient(indices.map((index) => digits().example(index).image), labels);
  scale(factor, gradient.data);
  const rank = new Set(indices).size, guess = labels.filter((_, s) => indices.indexOf(indices[s]) === s);
  return (first: readonly number[] = guess): Separation | undefined =>
    takeApart(lastLayer(gradient), lastLayer(network.theta), rank, first, 1e-6);
}

test('drawn digits: labels, how often an image occurs, and the scale; a wrong guess of one label is mended', () => {
  let found = 0;
  forAll('networks', 20, (random, i) => {
    const labels = [i % 10, (i + 3) % 10, (i + 7) % 10], factor = random.uniform(0.05, 3);
    const separation = digitsApart(i, labels, [i, i + 1, i + 2], factor)();
    if (!separation) return;
    found++;
    assert.equal(repeatedLabels(separation), [...labels].sort((a, b) => a - b));
    checkClose('shares', separation.shares, Array(3).fill(factor / 3), 1e-4);
  });
  assert.ok(found >= 18, `${found} of 20`);
  const twice = digitsApart(1, [5, 5, 1, 8], [0, 0, 1, 2])()!;
  assert.equal(repeatedLabels(twice), [1, 5, 5, 8]);
  assert.equal(digitsApart(1, [5, 5, 1], [0, 3, 1])([5, 1, 0])?.labels.toSorted(), [1, 5, 5]);
});

test('a batch that cannot be taken apart: too many images, no bias, other weights', () => {
  const weight: Tensor = zeros([4, 3]), bias = zeros([4]);
  assert.is(takeApart({ weight, bias }, { weight, bias }, 3, [0, 1, 2], 1), undefined);
  assert.is(takeApart({ weight }, { weight }, 2, [0, 1], 1), undefined);
  let solvable = 0;
  forAll('as many unknowns as equations', 8, (random, i) => {
    const { gradient, layer } = batchOf(random, 4, 30, [0, 1, 2], [1 / 3, 1 / 3, 1 / 3]);
    if (separate(gradient, layer, [0, 1, 2]).residual < 1e-9 && Math.max(...gradient.bias.data.slice(0, 3)) < 0) solvable++;
    assert.is(takeApart(gradient, layer, 3, [0, 1, 2], 1e-6), undefined, `case ${i}: a solution would prove nothing`);
  });
  assert.ok(solvable > 0, 'there are solutions');
  const below = { shape: [4], data: Float64Array.of(-0.5, -0.5, 0.5, 0.5) };
  assert.is(takeApart({ weight, bias: below }, { weight, bias }, 1, [0], 9), undefined, 'more negative than images');
  forAll('networks', 8, (random, i) => {
    const { gradient } = batchOf(random, 10, 30, [1, 4], [0.5, 0.5]), { layer } = batchOf(random, 10, 30, [0], [1]);
    assert.is(takeApart(gradient, layer, 2, [1, 4], 1e-3), undefined, `case ${i}`);
  });
});

test('times and labels from shares', () => {
  const of = (...shares: number[]): Separation =>
    ({ labels: [7, 2, 3].slice(0, shares.length), shares: Float64Array.from(shares), inputs: zeros([1, 1]), residual: 0 });
  assert.equal([timesOf(of(0.5, 0.25, 0.251)), repeatedLabels(of(0.5, 0.25, 0.251))], [[2, 1, 1], [2, 3, 7, 7]]);
  assert.equal([timesOf(of(0.61, 0.37, 0.02)), repeatedLabels(of(0.61, 0.37, 0.02))], [undefined, [2, 3, 7]]);
  assert.is(timesOf(of(0.5, 0.1)), undefined, 'five times');
});

test.run();
