/**
 * @file Random numbers: the generators against their authors' numbers, the distributions against their moments and
 * quantiles. Seeds are fixed, so nothing fails by chance; the bounds are those of a one-in-a-thousand event or rarer.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Random } from '../../src/tensor/random.ts';
import { dot } from '../../src/tensor/vector.ts';
import { expectWithin } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';

const N = 100_000;

/** A generator in this state of xoshiro128**. */
function fromState(state: readonly number[]): Random {
  const random = new Random();
  random.state.set(state);
  return random;
}

const bits = (random: Random, n: number): number[] => Array.from({ length: n }, () => random.bits());
const mean = (x: Float64Array): number => x.reduce((sum, value) => sum + value, 0) / x.length;
const moment = (x: Float64Array, k: number): number => mean(x.map((value) => value ** k));

/** Σ (observed − expected)² / expected over equally likely bins. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function histogram(x: Float64Array, bins: number, bin: (value: number) => number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of x) counts[bin(value)]++;
  return counts;
}

test('xoshiro128**: the numbers of the authors’ C code from state 1, 2, 3, 4', () => {
  const expected = [
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ];
  assert.equal(bits(fromState([1, 2, 3, 4]), 10), expected);
});

test('SplitMix64: the state without a key is its first two numbers from 0', () => {
  const state = [0x7b1dcdaf, 0xe220a839, 0xa1b965f4, 0x6e789e6a]; // e220a8397b1dcdaf, 6e789e6aa1b965f4
  assert.equal(bits(new Random(), 10), bits(fromState(state), 10));
});

test('keys: the same numbers on every machine (computed once in Python)', () => {
  const expected: readonly [keys: number[], first: number[]][] = [
    [[0], [443589289, 1472243107, 1913443415, 1536281227]],
    [[1], [3314038723, 1195724289, 3751949849, 613079718]],
    [[0, 1], [3733065483, 518478015, 1848725901, 1339036328]],
    [[1, 0], [2705486867, 2744589671, 1469121499, 3126993196]],
    [[2 ** 53 - 1, 7], [609434339, 3470766743, 3710444712, 1773823514]],
  ];
  for (const [keys, first] of expected) assert.equal(bits(new Random(...keys), 4), first, `keys ${keys}`);
});

test('keys: the same seed gives the same bits', () => {
  const draw = (r: Random) => [r.uniform(), r.normal(), r.below(10), r.bits(), r.normal()];
  assert.equal(draw(new Random(5, 6)), draw(new Random(5, 6)));
});

test('keys: different keys give unrelated streams', () => {
  const keys = [[], [0], [1], [2], [0, 0], [0, 1], [1, 0], [1, 1], [2 ** 32], [2 ** 53 - 1]];
  const streams = keys.map((key) => new Random(...key).fillUniform(new Float64Array(N / 10), -1, 1));
  streams.forEach((a, i) => {
    for (const b of streams.slice(i + 1)) {
      // Each product has mean 0 and variance 1/9.
      const standardised = dot(a, b) / Math.sqrt(a.length / 9);
      assert.ok(Math.abs(standardised) < 4, `stream ${keys[i]}: ${standardised} standard deviations`);
    }
  });
});

test('keys: the first numbers of neighbouring seeds are uniform', () => {
  const first = new Float64Array(N / 10).map((_, seed) => new Random(seed).uniform());
  const value = chiSquare(histogram(first, 100, (u) => Math.floor(100 * u)));
  assert.ok(value < 149, `chi-square of 99 degrees of freedom: ${value}`);
});

test('keys: bad seeds are refused', () => {
  for (const seed of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    const message = new RegExp(`^seed: expected an integer from 0 to 2\\^53 - 1, got ${seed}$`);
    checkRangeError(() => new Random(0, seed), message);
  }
});

test('uniform: in [0, 1), or wherever asked, up to the smallest and the largest number', () => {
  // States from which the next two words are all zeros and, since 2199679431 is where ** gives 2³² − 1, all ones.
  const zeros = () => fromState([5, 0, 5, 7]), ones = () => fromState([7, 2199679431, 7, 7]);
  assert.equal(bits(zeros(), 2), [0, 0]);
  assert.equal(bits(ones(), 2), [2 ** 32 - 1, 2 ** 32 - 1]);
  assert.is(zeros().uniform(), 0);
  assert.is(ones().uniform(), 1 - 2 ** -53);
  assert.is(zeros().uniform(-0.5, 0.5), -0.5);
  assert.ok(ones().uniform(-0.5, 0.5) < 0.5);
  for (const random of [zeros(), ones()]) assert.ok(Number.isFinite(random.normal()));
});

test('uniform: mean 1/2, variance 1/12, all of 100 bins alike', () => {
  const x = new Random(1).fillUniform(new Float64Array(N));
  expectWithin('mean', mean(x), 1 / 2, 1, 3.3 / Math.sqrt(12 * N));
  expectWithin('variance', moment(x.map((u) => u - 1 / 2), 2), 1 / 12, 1, 3.3 / Math.sqrt(180 * N));
  const value = chiSquare(histogram(x, 100, (u) => Math.floor(100 * u)));
  assert.ok(value < 149, `chi-square of 99 degrees of freedom: ${value}`);
});

test('uniform: low and high', () => {
  const x = new Random(2).fillUniform(new Float64Array(N), -3, 5);
  assert.ok(x.every((u) => u >= -3 && u < 5));
  expectWithin('mean', mean(x), 1, 8, 3.3 / Math.sqrt(12 * N));
});

test('uniform: all 53 bits vary', () => {
  const x = new Random(3).fillUniform(new Float64Array(1000));
  for (let bit = 1; bit <= 53; bit++) {
    const ones = x.filter((u) => Math.floor(u * 2 ** bit) % 2 === 1).length;
    assert.ok(ones > 430 && ones < 570, `bit ${bit} is 1 in ${ones} of 1000`);
  }
});

test('below: every integer under n alike, none else', () => {
  const random = new Random(4);
  const value = chiSquare(histogram(new Float64Array(N).map(() => random.below(10)), 10, (i) => i));
  assert.ok(value < 27.9, `chi-square of 9 degrees of freedom: ${value}`);
  assert.is(random.below(1), 0);
});

test('normal: moments 0, 1, 0, 3', () => {
  const x = new Random(5).fillNormal(new Float64Array(N));
  const variances = [1, 2, 15, 96]; // of z, z², z³ and z⁴
  [0, 1, 0, 3].forEach((expected, i) => {
    expectWithin(`moment ${i + 1}`, moment(x, i + 1), expected, 1, 3.3 * Math.sqrt(variances[i] / N));
  });
});

test('normal: a tenth of all numbers between neighbouring deciles', () => {
  const half = [0.2533471031, 0.5244005127, 0.8416212336, 1.2815515655];
  const deciles = [...half.map((z) => -z).reverse(), 0, ...half];
  const x = new Random(6).fillNormal(new Float64Array(N));
  const value = chiSquare(histogram(x, 10, (z) => deciles.filter((decile) => z > decile).length));
  assert.ok(value < 27.9, `chi-square of 9 degrees of freedom: ${value}`);
  const tail = x.filter((z) => Math.abs(z) > 3).length;
  assert.ok(tail > 218 && tail < 326, `|z| > 3 in ${tail} of ${N}, expected 270`);
});

test('normal: neighbours are unrelated, the two of a pair too', () => {
  const x = new Random(7).fillNormal(new Float64Array(N));
  const squares = x.map((z) => (z * z - 1) / Math.SQRT2);
  for (const [name, z] of [['z', x], ['z²', squares]] as const)
    for (const lag of [1, 2]) {
      const standardised = dot(z.subarray(lag), z.subarray(0, N - lag)) / Math.sqrt(N);
      assert.ok(Math.abs(standardised) < 3.3, `${name} at lag ${lag}: ${standardised} standard deviations`);
    }
});

test('fill: as many single draws, and returns its array', () => {
  const out = new Float64Array(5), one = new Random(8), other = new Random(8);
  assert.is(one.fillNormal(out), out);
  assert.equal([...out], Array.from({ length: 5 }, () => other.normal()));
  assert.is(one.fillUniform(out, 2, 4), out);
  assert.equal([...out], Array.from({ length: 5 }, () => other.uniform(2, 4)));
});

test.run();
