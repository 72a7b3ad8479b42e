/** @file The low-rank form of a linear layer's share of Eq. (5) against the dense one, D = ∂Yᵀ X − G written out. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { FactoredGradient, LowRankDirection } from '../../src/kernels/low-rank.ts';
import { DenseMatrix } from '../../src/kernels/weight-matrix.ts';
import { Random } from '../../src/tensor/random.ts';
import { zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { dot, norm2, scale } from '../../src/tensor/vector.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { between, forAll, normals } from '../check/property.ts';

/** ∂Y [rows, out], X [rows, in] */
interface Factors {
  readonly gradY: Float64Array;
  readonly x: Float64Array;
}

const randomFactors = (random: Random, rows: number, out: number, features: number): Factors =>
  ({ gradY: normals(random, rows * out), x: normals(random, rows * features) });

/** G += ∂Yᵀ X */
function addTo(G: Tensor, { gradY, x }: Factors): Tensor {
  new DenseMatrix(G).addProduct(gradY, x);
  return G;
}

/** ‖D‖², 2 X Dᵀ and 2 ∂Y D, with D written out. */
function dense(G: Tensor, { gradY, x }: Factors, rows: number) {
  const D = addTo({ shape: G.shape, data: G.data.map((value) => -value) }, { gradY, x });
  const square = dot(D.data, D.data), y = new Float64Array(rows * G.shape[0]), gradX = new Float64Array(x.length);
  scale(2, D.data);
  new DenseMatrix(D).addTimes(x, y);
  new DenseMatrix(D).addTransposedTimes(gradY, gradX);
  return { square, y, gradX };
}

/** The same by the low-rank form; both products add to what is there. */
function lowRank(G: Tensor, { gradY, x }: Factors, rows: number, start = 0) {
  const gradient = new FactoredGradient(G.shape, rows), direction = new LowRankDirection(G, rows);
  gradient.addProduct(gradY.map((value) => 1 - value), x.map((value) => 2 * value)); // to be forgotten
  direction.measure(gradient);
  gradient.clear();
  gradient.addProduct(gradY, x);
  const square = direction.measure(gradient), y = new Float64Array(rows * G.shape[0]).fill(start);
  const gradX = new Float64Array(x.length).fill(-start);
  direction.addTimes(x, y);
  direction.addTransposedTimes(gradY, gradX);
  return { square, y: y.map((value) => value - start), gradX: gradX.map((value) => value + start) };
}

function checkForm(name: string, G: Tensor, factors: Factors, rows: number, tolerance: number): void {
  const got = lowRank(G, factors, rows, 1), expected = dense(G, factors, rows);
  expectWithin(`${name}: ‖D‖²`, got.square, expected.square, expected.square, tolerance);
  checkClose(`${name}: 2 X Dᵀ`, got.y, expected.y, tolerance);
  checkClose(`${name}: 2 ∂Y D`, got.gradX, expected.gradX, tolerance);
}

const sizesOf = (random: Random) => [between(random, 1, 6), between(random, 1, 30), between(random, 1, 30)] as const;

/** What the shared G may be. */
const KINDS: Readonly<Record<string, (random: Random, rows: number, out: number, features: number) => Tensor>> = {
  'as many images as rows': (random, rows, out, features) =>
    addTo(zeros([out, features]), randomFactors(random, rows, out, features)),
  'fewer images': (random, rows, out, features) =>
    addTo(zeros([out, features]), randomFactors(random, between(random, 1, rows), out, features)),
  'more images': (random, rows, out, features) =>
    addTo(zeros([out, features]), randomFactors(random, rows + between(random, 1, 3), out, features)),
  'images with noise': (random, rows, out, features) => {
    const G = addTo(zeros([out, features]), randomFactors(random, rows, out, features));
    const size = 1 / [10, 1e3, 1e6, 1e9, 1e12][random.below(5)];
    G.data.forEach((value, n) => { G.data[n] = value + size * random.normal(); });
    return G;
  },
  'images in float32': (random, rows, out, features) => {
    const G = addTo(zeros([out, features]), randomFactors(random, rows, out, features));
    return { shape: G.shape, data: Float64Array.from(Float32Array.from(G.data)) };
  },
  'pruned': (random, rows, out, features) => {
    const G = addTo(zeros([out, features]), randomFactors(random, rows, out, features));
    return { shape: G.shape, data: G.data.map((value) => (Math.abs(value) < 1 ? 0 : value)) };
  },
  'zero': (_, __, out, features) => zeros([out, features]),
};

for (const [kind, create] of Object.entries(KINDS)) {
  test(`low rank, G ${kind}: ‖D‖², 2 X Dᵀ and 2 ∂Y D as written out`, () => {
    forAll('form', 100, (random) => {
      const [rows, out, features] = sizesOf(random), G = create(random, rows, out, features);
      if (random.below(3) === 0) G.data.fill(0, 0, features); // the first class has a gradient of 0
      checkForm(`${rows} rows, ${out}×${features}`, G, randomFactors(random, rows, out, features), rows, 1e-12);
    });
  });
}

test('low rank: inputs that depend on each other, are equal, or 0; gradients of 0', () => {
  forAll('dependent', 240, (random, i) => {
    const [rows, out, features] = [between(random, 2, 6), between(random, 2, 20), between(random, 2, 20)];
    const factors = randomFactors(random, rows, out, features), { x, gradY } = factors;
    const last = x.subarray((rows - 1) * features);
    const G = addTo(zeros([out, features]), randomFactors(random, rows, out, features));
    const second = x.subarray(features, 2 * features);
    if (i % 6 === 5) second.forEach((_, n) => { second[n] = x[n] / 3; }); // rows follow that are independent
    if (i % 6 === 0) last.set(x.subarray(0, features));
    if (i % 6 === 1) last.forEach((_, n) => { last[n] = x[n] - 3 * x[features * (rows - 2) + n]; });
    if (i % 6 === 2) last.fill(0);
    if (i % 6 === 3) x.fill(0, 0, features);
    if (i % 6 === 4) gradY.fill(0, 0, out);
    checkForm(`kind ${i % 6}, ${rows} rows, ${out}×${features}`, G, factors, rows, 1e-12);
  });
});

test('low rank: as exact as the dense form where D is small', () => {
  forAll('small', 200, (random) => {
    const [rows, out, features] = sizesOf(random), factors = randomFactors(random, rows, out, features);
    const size = 10 ** -between(random, 1, 9);
    const near = (v: Float64Array) => v.map((a) => a * (1 + size * random.normal()));
    const G = addTo(zeros([out, features]), { gradY: near(factors.gradY), x: near(factors.x) });
    const expected = dense(G, factors, rows), got = lowRank(G, factors, rows);
    // D itself is known to about an ulp of G in either form.
    const error = 1e-12 + (64 * Number.EPSILON * norm2(G.data)) / Math.sqrt(expected.square);
    expectWithin(`‖D‖² for D of size ${size}`, got.square, expected.square, expected.square, 2 * error);
    const scaleOf = (a: Float64Array): number => Math.sqrt(expected.square) * norm2(a);
    const distance = (a: Float64Array, b: Float64Array): number => norm2(a.map((value, i) => value - b[i]));
    expectWithin('2 X Dᵀ', distance(got.y, expected.y), 0, scaleOf(factors.x), error);
    expectWithin('2 ∂Y D', distance(got.gradX, expected.gradX), 0, scaleOf(factors.gradY), error);
  });
});

test('low rank: ‖D‖² does not cancel where inputs are nearly the same', () => {
  // r₁ = −r₂ and x₁ ≈ x₂: the sum of ⟨rₙ, rₘ⟩⟨xₙ, xₘ⟩ would lose all its digits.
  forAll('cancel', 50, (random) => {
    const [out, features] = [between(random, 3, 20), between(random, 3, 20)];
    const g = normals(random, out), x = normals(random, features);
    const other = x.map((value) => value + 1e-9 * random.normal());
    const factors = { gradY: Float64Array.of(...g, ...g.map((value) => -value)), x: Float64Array.of(...x, ...other) };
    const G = zeros([out, features]), difference = x.map((value, i) => value - other[i]);
    const expected = dot(g, g) * dot(difference, difference);
    expectWithin('‖D‖²', lowRank(G, factors, 2).square, expected, expected, 1e-6);
  });
});

test('low rank: 0 at the shared factors themselves, large or small', () => {
  forAll('zero', 200, (random) => {
    const [rows, out, features] = sizesOf(random), factors = randomFactors(random, rows, out, features);
    scale(10 ** between(random, -90, 60), factors.gradY);
    if (out > 1 && random.below(2) === 0) factors.gradY[0] = 0;
    const { square, y, gradX } = lowRank(addTo(zeros([out, features]), factors), factors, rows);
    assert.is(square, 0);
    assert.ok(y.every((value) => value === 0) && gradX.every((value) => value === 0));
  });
});

test('low rank: a gradient of 0, with which nothing was done, is 0', () => {
  const G = { shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) }, gradient = new FactoredGradient(G.shape, 1);
  const direction = new LowRankDirection(G, 1);
  expectWithin('‖G‖²', direction.measure(gradient), 91, 91, 1e-15);
});

test('low rank: a number that is NaN or infinite is no match', () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    for (const factor of ['gradY', 'x'] as const) {
      const random = new Random(7), factors = randomFactors(random, 2, 5, 6);
      const gradient = new FactoredGradient([5, 6], 2);
      const direction = new LowRankDirection(addTo(zeros([5, 6]), randomFactors(random, 2, 5, 6)), 2);
      factors[factor][3] = bad;
      gradient.addProduct(factors.gradY, factors.x);
      const square = direction.measure(gradient);
      assert.not(Number.isFinite(square), `${bad} in ${factor}: got ${square}`);
    }
  }
});

test('low rank: refuses a second product, and factors that are not those of the gradient', () => {
  const gradient = new FactoredGradient([2, 3], 1), direction = new LowRankDirection(zeros([2, 3]), 1);
  const gradY = Float64Array.of(1, 2), x = Float64Array.of(3, 4, 5);
  gradient.addProduct(gradY, x);
  assert.throws(() => gradient.addProduct(gradY, x), /^backward: expected one per evaluation of L_G, got a second$/);
  direction.measure(gradient);
  assert.throws(() => direction.addTimes(x.slice(), gradY.slice()),
    /^low-rank R{W}: expected the x of the last backward, got another$/);
  assert.throws(() => direction.addTransposedTimes(gradY.slice(), x.slice()),
    /^low-rank R{W}: expected the ∂y of the last backward, got another$/);
});

test.run();
