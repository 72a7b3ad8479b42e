/**
 * @file The two-loop recursion against the matrix that it stands for: γ I, updated by BFGS with each kept pair, oldest
 * first.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { History } from '../../src/optim/history.ts';
import { dot } from '../../src/tensor/vector.ts';
import type { Random } from '../../src/tensor/random.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { between, forAll, normals } from '../check/property.ts';
import { bfgsUpdate } from './bfgs.ts';

/** s = xₖ₊₁ − xₖ and y = ∇fₖ₊₁ − ∇fₖ. */
interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
}

/** H by its rows, from all the pairs ever seen: the last m with ⟨y, s⟩ > 10⁻¹⁰ count. */
function denseInverseHessian(n: number, m: number, pairs: readonly Pair[]): Float64Array[] {
  const kept = pairs.filter(({ s, y }) => dot(y, s) > 1e-10).slice(-m);
  const newest = kept.at(-1);
  const gamma = newest ? dot(newest.s, newest.y) / dot(newest.y, newest.y) : 1;
  let H: Float64Array[] = Array.from({ length: n }, (_, i) => new Float64Array(n).fill(gamma, i, i + 1));
  for (const { s, y } of kept) H = bfgsUpdate(H, s, y);
  return H;
}

/** A random pair of the wanted sign of ⟨y, s⟩. */
function randomPair(random: Random, n: number, curved: boolean): Pair {
  const s = normals(random, n), y = normals(random, n);
  if (dot(s, y) > 0 !== curved) for (let i = 0; i < n; i++) y[i] = -y[i];
  return { s, y };
}

/** Pushes s as t·d and y as the difference of two gradients, as the optimiser does. */
function push(history: History, { s, y }: Pair, random: Random): void {
  const t = random.uniform(0.1, 2);
  const previous = normals(random, s.length);
  history.push(t, s.map((v) => v / t), y.map((v, i) => v + previous[i]), previous);
}

/** H q, q kept. */
function product(history: History, q: Float64Array): Float64Array {
  const r = q.slice();
  history.multiply(r);
  return r;
}

test('with no pairs H is 1', () => {
  const q = Float64Array.of(3, -4, 5);
  assert.equal(product(new History(3, 10), q), q);
});

test('one pair by hand', () => {
  // s = (1, 0), y = (2, 0): ρ = ½, γ = ½; along s the curvature is 2, across it γ speaks
  const history = new History(2, 1);
  history.push(0.5, Float64Array.of(2, 0), Float64Array.of(5, 7), Float64Array.of(3, 7));
  assert.equal(product(history, Float64Array.of(1, 0)), Float64Array.of(0.5, 0));
  assert.equal(product(history, Float64Array.of(0, 1)), Float64Array.of(0, 0.5));
});

test('the two-loop recursion is the BFGS matrix, the ring wrapping many times or not at all', () => {
  forAll('two loops', 300, (random) => {
    const n = between(random, 1, 12), m = between(random, 1, 8);
    const history = new History(n, m);
    const pairs: Pair[] = [];
    for (let count = between(random, 1, 4 * m); count > 0; count--) {
      const pair = randomPair(random, n, random.uniform() < 0.8);
      push(history, pair, random);
      pairs.push(pair);
      assert.is(history.size, Math.min(pairs.filter(({ s, y }) => dot(y, s) > 0).length, m));
    }
    const H = denseInverseHessian(n, m, pairs);
    const q = normals(random, n);
    // Rounding grows with H's own size, not with that of H q.
    const size = Math.max(...H.map((row) => Math.sqrt(dot(row, row)))) * Math.sqrt(dot(q, q));
    product(history, q).forEach((r, i) => expectWithin(`H q[${i}]`, r, dot(H[i], q), size, 1e-9));
  });
});

test('Hy = s of the newest pair: the secant equation', () => {
  forAll('secant', 100, (random) => {
    const n = between(random, 1, 20);
    const history = new History(n, between(random, 1, 5));
    for (let count = between(random, 1, 10); count > 0; count--) push(history, randomPair(random, n, true), random);
    const { s, y } = curvedAlike(random, n);
    push(history, { s, y }, random);
    checkClose('H y', product(history, y), s, 1e-8);
  });
});

/** A pair whose y is near s, so that ⟨y, s⟩ is far from 0. */
function curvedAlike(random: Random, n: number): Pair {
  const s = normals(random, n);
  return { s, y: s.map((v) => v + 0.1 * v * random.normal()) };
}

test('H is symmetric and positive definite', () => {
  forAll('definite', 200, (random) => {
    const n = between(random, 2, 15);
    const history = new History(n, between(random, 1, 6));
    for (let count = between(random, 1, 15); count > 0; count--) push(history, curvedAlike(random, n), random);
    const p = normals(random, n), q = normals(random, n);
    const Hp = product(history, p), Hq = product(history, q);
    assert.ok(dot(p, Hp) > 0, `⟨p, H p⟩: got ${dot(p, Hp)}, expected more than 0`);
    expectWithin('⟨q, H p⟩', dot(q, Hp), dot(p, Hq), Math.sqrt(dot(p, Hp) * dot(q, Hq)), 1e-9);
  });
});

test('a pair with ⟨y, s⟩ ≤ 1e-10 changes nothing, the memory full or not', () => {
  forAll('left out', 100, (random) => {
    const n = between(random, 2, 8), m = between(random, 1, 4);
    const history = new History(n, m), without = new History(n, m);
    const q = normals(random, n), zero = new Float64Array(n);
    for (let count = between(random, 1, 3 * m); count > 0; count--) {
      const pair = randomPair(random, n, true), spoiler = randomPair(random, n, false);
      for (const each of [history, without]) each.push(1, pair.s, pair.y, zero);
      history.push(1, spoiler.s, spoiler.y, zero);
      assert.is(history.size, without.size);
      assert.equal(product(history, q), product(without, q), 'the same bits');
    }
  });
});

test('the threshold: ⟨y, s⟩ = 1e-10 is left out, 1.01e-10 is kept, NaN is left out', () => {
  for (const [ys, size] of [[1e-10, 0], [1.01e-10, 1], [0, 0], [-1, 0], [NaN, 0]]) {
    const history = new History(1, 3);
    history.push(1, Float64Array.of(1), Float64Array.of(ys), Float64Array.of(0));
    assert.is(history.size, size, `⟨y, s⟩ = ${ys}`);
    if (size === 1) expectWithin('H', product(history, Float64Array.of(1))[0], 1 / ys, 1 / ys, 1e-12);
  }
});

test('a memory of one pair knows the newest', () => {
  const one = new History(2, 1);
  for (const curvature of [2, 4, 8]) {
    one.push(1, Float64Array.of(1, 1), Float64Array.of(curvature, curvature), Float64Array.of(0, 0));
    checkClose('H (1, 1)', product(one, Float64Array.of(1, 1)), [1 / curvature, 1 / curvature], 1e-15);
  }
  assert.is(one.size, 1);
});

test.run();
