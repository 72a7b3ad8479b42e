/**
 * @file The outer-product form against the plain one, D = g aᵀ − G written out: alone, and in all of Eq. (5).
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { lenet } from '../../src/nn/lenet.ts';
import type { Network } from '../../src/nn/network.ts';
import { OuterDifference } from '../../src/nn/outer-product.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import { softmax } from '../../src/nn/softmax-cross-entropy.ts';
import type { Random } from '../../src/tensor/random.ts';
import { view, zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { dot, norm2 } from '../../src/tensor/vector.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals, oneOf } from '../check/property.ts';

/** g aᵀ [out, in] */
function outerProduct(g: Float64Array, a: Float64Array): Tensor {
  return view(Float64Array.from({ length: g.length * a.length }, (_, n) => {
    return g[Math.floor(n / a.length)] * a[n % a.length];
  }), [g.length, a.length]);
}

/** ‖D‖², 2 D a and 2 Dᵀ g, with D written out. */
function plain(G: Float64Array, g: Float64Array, a: Float64Array) {
  const D = outerProduct(g, a).data.map((value, n) => value - G[n]);
  const row = (i: number) => D.subarray(i * a.length, (i + 1) * a.length);
  return {
    square: dot(D, D),
    timesA: g.map((_, i) => 2 * dot(row(i), a)),
    transposeTimesG: a.map((_, j) => 2 * g.reduce((sum, value, i) => sum + D[i * a.length + j] * value, 0)),
  };
}

function checkForm(name: string, G: Tensor, g: Float64Array, a: Float64Array, tolerance: number): void {
  const form = new OuterDifference(G), expected = plain(G.data, g, a);
  const timesA = new Float64Array(g.length).fill(1), transposeTimesG = new Float64Array(a.length).fill(-1);
  form.set(g.map((value) => -value), a.map((value) => 2 * value)); // to be forgotten
  form.set(g, a);
  form.addTimesA(timesA);
  form.addTransposeTimesG(transposeTimesG);
  expectWithin(`${name}: ‖D‖²`, form.square, expected.square, expected.square, tolerance);
  checkClose(`${name}: 2 D a`, timesA, expected.timesA.map((value) => value + 1), tolerance);
  checkClose(`${name}: 2 Dᵀ g`, transposeTimesG, expected.transposeTimesG.map((value) => value - 1), tolerance);
}

const sizes = (random: Random) => [between(random, 1, 30), between(random, 1, 30)] as const;

test('outer difference: G an outer product, a sum of several, with noise, or 0', () => {
  forAll('form', 300, (random, i) => {
    const [out, into] = sizes(random), g = normals(random, out), a = normals(random, into);
    const shared = normals(random, out);
    if (random.below(2) === 0) shared[0] = 0; // a row of zeros
    const G = outerProduct(shared, normals(random, into));
    if (i % 4 === 1) outerProduct(normals(random, out), normals(random, into)).data.forEach((v, n) => (G.data[n] += v));
    if (i % 4 === 2) normals(random, G.data.length).forEach((v, n) => (G.data[n] += 10 ** -between(random, 1, 12) * v));
    if (i % 4 === 3) G.data.fill(0);
    checkForm(`${out}×${into}, kind ${i % 4}`, G, g, a, 1e-12);
  });
});

test('outer difference: as exact as the plain form where D is small', () => {
  forAll('small', 100, (random) => {
    const [out, into] = sizes(random), g = normals(random, out), a = normals(random, into);
    const size = 10 ** -between(random, 1, 9);
    const near = (v: Float64Array) => v.map((value) => value * (1 + size * random.normal()));
    const G = outerProduct(near(g), near(a)), form = new OuterDifference(G), { square } = plain(G.data, g, a);
    form.set(g, a);
    // D itself is known to about an ulp of G in either form.
    const least = (8 * Number.EPSILON * norm2(G.data)) / Math.sqrt(square);
    expectWithin(`‖D‖² for D of size ${size}`, form.square, square, square, 1e-13 + 2 * least);
  });
});

test('outer difference: 0 at g and a themselves, large or small', () => {
  forAll('zero', 100, (random) => {
    const [out, into] = sizes(random), g = normals(random, out), a = normals(random, into);
    const size = 10 ** between(random, -90, 60);
    g.forEach((value, i) => (g[i] = size * value));
    if (out > 1 && random.below(2) === 0) g[0] = 0;
    const form = new OuterDifference(outerProduct(g, a)), y = new Float64Array(out), x = new Float64Array(into);
    form.set(g, a);
    form.addTimesA(y);
    form.addTransposeTimesG(x);
    assert.is(form.square, 0);
    assert.ok(y.every((value) => value === 0) && x.every((value) => value === 0));
  });
});

/** L_G and its derivatives with every matrix written out. */
function plainMatching(network: Network, shared: ParameterVector, x: Tensor, t: Float64Array) {
  const gradient = network.theta.like(), v = network.theta.like();
  network.forward(x, t);
  network.backward(gradient);
  const difference = gradient.data.map((g, i) => g - shared.data[i]);
  difference.forEach((d, i) => (v.data[i] = 2 * d));
  const gradX = network.rBackward(network.rForward(v), v).data;
  return { objective: dot(difference, difference), gradX, gradT: network.rGradT.data };
}

test('Eq. (5) with outer products equals Eq. (5) with every matrix written out', () => {
  forAll('matching', 40, (random, i) => {
    const [height, width] = [between(random, 5, 10), between(random, 5, 10)];
    const activation = oneOf(random, ['sigmoid', 'tanh', 'relu'] as const);
    const classes = between(random, 2, 40), bias = random.below(2) === 1;
    const network = lenet({ channels: 2, height, width, classes, activation, bias, seed: i });
    const truth = view(normals(random, 2 * height * width), network.inShape);
    const shared = network.gradient(truth, random.below(classes));
    if (i % 2 === 1) normals(random, shared.data.length).forEach((v, n) => (shared.data[n] += 1e-3 * v)); // a defence
    const x = normals(random, truth.data.length), t = new Float64Array(classes);
    softmax(normals(random, classes), t);
    const gradX = new Float64Array(x.length), gradT = new Float64Array(classes);
    const objective = new GradientMatching(network, shared).evaluate(x, t, gradX, gradT);
    const expected = plainMatching(network, shared, view(x, network.inShape), t);
    expectWithin('L_G', objective, expected.objective, expected.objective, 1e-12);
    checkClose('∂L_G/∂x', gradX, expected.gradX, 1e-12);
    checkClose('∂L_G/∂t', gradT, expected.gradT, 1e-12);
  });
});

test('a gradient with outer products left out has no room for them, and says what stands there', () => {
  const network = lenet({ channels: 1, height: 8, width: 8, classes: 5, seed: 1 });
  const shared = network.gradient(zeros([1, 8, 8]), 2), kept = shared.withOuter();
  assert.is(kept.data.length, shared.data.length - 5 * 48);
  assert.is(kept.windows.at(-1)!.W.data.length, 0);
  assert.ok(kept.windows.at(-1)!.outer instanceof OuterDifference);
  assert.is(kept.like().windows.at(-1)!.outer, kept.windows.at(-1)!.outer);
  assert.equal([...kept.tensors.get('fc.0.bias')!.data], [...shared.tensors.get('fc.0.bias')!.data]);
  assert.is(kept.tensors.has('fc.0.weight'), false);
  const message = /^shared gradient: expected every matrix written out, got one as outer products$/;
  checkRangeError(() => new GradientMatching(network, kept), message);
});

test.run();
