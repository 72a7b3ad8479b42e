/**
 * @file Defences: noise by its distribution, formats and pruning entry by entry against their definitions, clipping by
 * its norm. How the formats round: float16.test.ts. Seeds are fixed, so nothing fails by chance.
 */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import {
  addGaussian, addLaplacian, clip, clipAndAddNoise, DEFENCES, defenceSettings, defenceTitle, defend, epsilonOf, prune,
  toBfloat16, toFloat16, toFloat32, toInt8, toSigns,
  type DefenceName,
} from '../../../src/beyond/defence/defences.ts';
import { ParameterVector } from '../../../src/nn/parameters.ts';
import { roundToBfloat16, roundToFloat16 } from '../../../src/beyond/defence/float16.ts';
import { Random } from '../../../src/tensor/random.ts';
import { norm2, normInf } from '../../../src/tensor/vector.ts';
import { checkClose, expectWithin } from '../../check/close.ts';
import { checkRangeError } from '../../check/errors.ts';
import { between, forAll, oneOf } from '../../check/property.ts';
import { randomVictim } from '../../attack/networks.ts';

/** A gradient of two layers of random widths, each tensor with a scale of its own. */
function randomGradient(random: Random): ParameterVector {
  const [input, hidden, out] = [between(random, 1, 20), between(random, 1, 20), between(random, 2, 10)];
  const gradient = new ParameterVector({
    'fc.0': { weight: [hidden, input], bias: [hidden] }, 'fc.1': { weight: [out, hidden], bias: [out] },
  });
  for (const { data } of gradient.tensors.values()) {
    const scale = 10 ** random.uniform(-6, 3);
    random.fillNormal(data).forEach((value, i) => (data[i] = scale * value));
  }
  return gradient;
}

const N = 200_000;

/** N entries that are not 0. */
function wideGradient(): ParameterVector {
  const gradient = new ParameterVector({ 'fc.0': { weight: [10, N / 10] } });
  new Random(1).fillUniform(gradient.data, 1, 2);
  return gradient;
}

/** Φ to 7.5e-8: M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions" (1964), 26.2.17. */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const coefficients = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.31938153];
  const polynomial = coefficients.reduce((sum, c) => sum * t + c) * t;
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return x > 0 ? 1 - tail : tail;
}

const laplaceCdf = (x: number): number => (x < 0 ? Math.exp(x) / 2 : 1 - Math.exp(-x) / 2);

/** √n · max |Fₙ − F|, above 1.95 once in a thousand times (Kolmogorov and Smirnov). */
function kolmogorovSmirnov(x: Float64Array, cdf: (x: number) => number): number {
  let largest = 0;
  x.slice().sort().forEach((value, i) => {
    const F = cdf(value);
    largest = Math.max(largest, F - i / x.length, (i + 1) / x.length - F);
  });
  return Math.sqrt(x.length) * largest;
}

/** Each noise with its distribution at variance 1 and the fourth moment there. */
const NOISES = [
  { name: 'gaussian', add: addGaussian, cdf: normalCdf, fourth: 3 },
  { name: 'laplacian', add: addLaplacian, cdf: (x: number) => laplaceCdf(x * Math.SQRT2), fourth: 6 },
] as const;

for (const { name, add, cdf, fourth } of NOISES) {
  test(`${name}: mean 0, its variance, its distribution, at every strength of the sweep`, () => {
    const gradient = wideGradient();
    for (const variance of DEFENCES[name].strengths) {
      const shared = add(gradient, variance, new Random(2, 1));
      const noise = shared.data.map((value, i) => (value - gradient.data[i]) / Math.sqrt(variance));
      const mean = noise.reduce((sum, value) => sum + value, 0) / N;
      const square = noise.reduce((sum, value) => sum + value ** 2, 0) / N;
      expectWithin('mean', mean, 0, 1, 3.3 / Math.sqrt(N));
      expectWithin('variance', square, 1, 1, 3.3 * Math.sqrt((fourth - 1) / N));
      const distance = kolmogorovSmirnov(noise, cdf);
      assert.ok(distance < 1.95, `variance ${variance}: ${distance}`);
    }
  });

  test(`${name}: the distribution test would see 5 % more deviation, a shift of 2 %, the other distribution`, () => {
    const zero = wideGradient();
    zero.data.fill(0);
    const noise = add(zero, 1, new Random(2, 1)).data, other = NOISES.find((another) => another.name !== name)!;
    assert.ok(kolmogorovSmirnov(noise, cdf) < 1.95);
    assert.ok(kolmogorovSmirnov(noise.map((value) => 1.05 * value), cdf) > 1.95);
    assert.ok(kolmogorovSmirnov(noise.map((value) => value + 0.02), cdf) > 1.95);
    assert.ok(kolmogorovSmirnov(noise, other.cdf) > 10);
  });

  test(`${name}: the same random numbers give the same bits; no variance leaves the gradient as it is`, () => {
    forAll(name, 20, (random) => {
      const gradient = randomGradient(random), seed = random.below(1000);
      const draw = (seed: number, variance = 1) => add(gradient, variance, new Random(seed)).data;
      assert.equal(draw(seed), draw(seed));
      assert.not.equal(draw(seed), draw(seed + 1));
      assert.equal(draw(seed, 0), gradient.data);
    });
  });
}

test('the noise’s distribution functions, by values from tables', () => {
  const values = [0.0013498980, 0.1586552539, 0.5, 0.6914624613, 0.9750021049];
  checkClose('Φ', [-3, -1, 0, 0.5, 1.96].map(normalCdf), values, 1e-7);
  checkClose('Laplace', [-Math.LN2, 0, Math.LN2].map(laplaceCdf), [0.25, 0.5, 0.75], 1e-15);
});

test('laplacian: −√(v/2) ln u with a random sign, drawn after u', () => {
  const zero = wideGradient(), uniform = new Random(7), variance = 0.5;
  zero.data.fill(0);
  addLaplacian(zero, variance, new Random(7)).data.subarray(0, 100).forEach((value) => {
    const size = -0.5 * Math.log(1 - uniform.uniform()), sign = uniform.below(2) === 0 ? 1 : -1;
    expectWithin('noise', value, sign * size, size, 1e-14);
  });
});

test('float32: every entry rounded as an array of float32 rounds', () => {
  const gradient = randomGradient(new Random(11));
  assert.equal([...toFloat32(gradient).data], [...new Float32Array(gradient.data)]);
  assert.not.equal([...toFloat32(gradient).data], [...gradient.data]);
});

test('float16 and bfloat16: every entry rounded; what is too large is infinite', () => {
  forAll('formats', 50, (random) => {
    const gradient = randomGradient(random);
    assert.equal(toFloat16(gradient).data, gradient.data.map(roundToFloat16));
    assert.equal(toBfloat16(gradient).data, gradient.data.map(roundToBfloat16));
    gradient.data[0] = -1e5;
    assert.is(toFloat16(gradient).data[0], -Infinity);
    assert.is(toBfloat16(gradient).data[0], -99840);
  });
});

test('int8: at most 255 numbers a tensor, multiples of s = max|g|/127, off by s/2 at most, the largest exact', () => {
  forAll('int8', 200, (random) => {
    const gradient = randomGradient(random), shared = toInt8(gradient);
    for (const [name, { data }] of shared.tensors) {
      const g = gradient.tensors.get(name)!.data, max = normInf(g), s = max / 127;
      assert.ok(new Set(data.map((value) => value + 0)).size <= 255);
      assert.is(normInf(data), max);
      data.forEach((value, i) => {
        const n = value / s;
        assert.ok(Math.abs(n) < 127.001 && Math.abs(n - Math.round(n)) < 1e-12 * 127, `${name}[${i}]: ${n} s`);
        assert.ok(Math.abs(value - g[i]) <= (1 + 1e-12) * s / 2, `${name}[${i}]: ${g[i]} became ${value}, s = ${s}`);
      });
    }
  });
});

test('int8: all 255 numbers are used, of two the even one is taken, zeros and the least float64 stay', () => {
  const shapes = { 'fc.0': { weight: [1, 511], bias: [3] }, 'fc.1': { weight: [1, 4], bias: [2] } };
  const gradient = new ParameterVector(shapes);
  const numbers = ({ tensors }: ParameterVector, name: string) => tensors.get(name)!.data;
  numbers(gradient, 'fc.0.weight').forEach((_, i, W) => (W[i] = (i - 255) / 2)); // −127.5, −127, …, 127.5
  numbers(gradient, 'fc.1.weight').set([127, 0.5, 1.5, -2.5]);
  numbers(gradient, 'fc.1.bias').set([Number.MIN_VALUE, -Number.MIN_VALUE]);
  const shared = toInt8(gradient);
  assert.is(new Set(numbers(shared, 'fc.0.weight').map((value) => value + 0)).size, 255);
  assert.equal([...numbers(shared, 'fc.0.bias')], [0, 0, 0]);
  assert.equal([...numbers(shared, 'fc.1.weight')], [127, 0, 2, -2]);
  assert.equal([...numbers(shared, 'fc.1.bias')], [Number.MIN_VALUE, -Number.MIN_VALUE]);
});

test('pruning: exactly round(share · n) entries of each tensor go, none larger than one that stays', () => {
  forAll('prune', 200, (random) => {
    const gradient = randomGradient(random), share = oneOf(random, [0, 1, random.uniform(), 0.01, 0.5, 0.7]);
    const shared = prune(gradient, share);
    for (const [name, { data }] of shared.tensors) {
      const g = gradient.tensors.get(name)!.data;
      assert.is(data.filter((value) => value === 0).length, Math.round(share * g.length), name);
      let gone = 0, stays = Infinity;
      data.forEach((value, i) => {
        if (value === 0) gone = Math.max(gone, Math.abs(g[i]));
        else stays = Math.min(stays, Math.abs(g[i]));
        assert.ok(value === 0 || value === g[i]);
      });
      assert.ok(gone <= stays, `${name}: ${gone} is gone, ${stays} stays`);
    }
  });
});

test('pruning: of equal sizes the first go, whatever their signs; zeros count', () => {
  const gradient = new ParameterVector({ 'fc.0': { weight: [2, 4], bias: [2] } });
  gradient.data.set([2, -1, 1, 3, 1, -1, 0, 5, 7, -7]);
  const pruned = (share: number) => [...prune(gradient, share).data];
  assert.equal(pruned(0), [2, -1, 1, 3, 1, -1, 0, 5, 7, -7]);
  assert.equal(pruned(3 / 8), [2, 0, 0, 3, 1, -1, 0, 5, 0, -7]); // 0.75 of 2 entries is rounded to one
  assert.equal(pruned(0.5), [2, 0, 0, 3, 0, -1, 0, 5, 0, -7]);
  assert.equal(pruned(0.7), [0, 0, 0, 3, 0, 0, 0, 5, 0, -7]);
  assert.equal(pruned(1), new Array(10).fill(0));
});

test('clipping: the norm is at most C, the direction stays, what is short enough is untouched', () => {
  forAll('clip', 100, (random) => {
    const gradient = randomGradient(random), norm = norm2(gradient.data), most = norm * 10 ** random.uniform(-3, 1);
    const shared = clip(gradient, most);
    if (norm <= most) return assert.equal(shared.data, gradient.data);
    expectWithin('norm', norm2(shared.data), most, most, 1e-12);
    checkClose('direction', shared.data.map((value) => (value / most) * norm), gradient.data, 1e-12);
  });
  const gradient = new ParameterVector({ 'fc.0': { weight: [1, 1] } });
  assert.equal([...clip(gradient, 1).data], [0]);
});

test('clipping to 1 and noise of σ = z; signs', () => {
  const gradient = wideGradient(), size = norm2(gradient.data), z = 0.5;
  const shared = clipAndAddNoise(gradient, z, new Random(7)).data;
  const noise = shared.map((value, i) => value - gradient.data[i] / size);
  expectWithin('σ', norm2(noise) / Math.sqrt(N), z, z, 0.01);
  expectWithin('σ in the unit of the gradient', DEFENCES.dp.sigma!(z, gradient), z * size, z * size, 1e-12);
  assert.is(DEFENCES.dp.sigma!(z, gradient.like()), z, 'a gradient that is short enough is not clipped');
  const [normal, laplace] = [DEFENCES.gaussian, DEFENCES.laplacian].map(({ sigma }) => sigma!(0.02, gradient));
  checkClose('σ', [normal ** 2, laplace ** 2], [0.02, 0.01], 1e-12);
  const signs = gradient.like();
  signs.data.set([-3, 0, 1e-300]);
  assert.equal([...toSigns(signs).data.slice(0, 4)], [-1, 0, 1, 0]);
});

test('ε of one release: by ρ = 1/(2z²)', () => {
  checkClose('ε', [epsilonOf(1, 1e-5)], [0.5 + 2 * Math.sqrt(0.5 * Math.log(1e5))], 1e-12);
  checkClose('ε', [epsilonOf(0.01, 1e-5)], [5000 + 2 * Math.sqrt(5000 * Math.log(1e5))], 1e-12);
  // The exact condition of Balle and Wang (2018), Theorem 8, for z = 1: Φ(½ − ε) − e^ε Φ(−½ − ε) ≤ δ.
  const epsilon = epsilonOf(1, 1e-5), density = (t: number): number => Math.exp(-t * t / 2) / Math.sqrt(2 * Math.PI);
  let delta = 0; // ∫ max(0, density(t − 1) − e^ε density(t)) dt
  for (let t = -10; t < 10; t += 1e-3) delta += 1e-3 * Math.max(0, density(t - 1) - Math.exp(epsilon) * density(t));
  assert.ok(delta < 1e-5 && delta > 1e-9, `${delta}`);
});

test('ε asks for noise and for a δ between 0 and 1', () => {
  for (const z of [0, -1, NaN]) checkRangeError(() => epsilonOf(z, 1e-5), /^multiplier: expected a positive number/);
  for (const delta of [0, 1, NaN]) checkRangeError(() => epsilonOf(1, delta), /^delta: expected a number between/);
});

test('no defence touches the gradient it is given; all keep its layout; the same seed gives the same bits', () => {
  const { gradient } = randomVictim(new Random(3)), before = gradient.data.slice();
  for (const setting of defenceSettings()) {
    const shared = defend(gradient, setting, new Random(4));
    assert.equal(gradient.data, before, defenceTitle(setting));
    shared.expectShapes('shared', gradient.shapes);
    assert.equal(shared.data, defend(gradient, setting, new Random(4)).data);
    const isSame = shared.data.every((value, i) => value === before[i]);
    assert.is(isSame, setting.defence === 'none' || (setting.strength ?? 0) > norm2(before), defenceTitle(setting));
  }
});

test('the table: the paper’s strengths, weakest first: the stronger, the farther from the gradient', () => {
  const { gradient } = randomVictim(new Random(5));
  for (const name of Object.keys(DEFENCES) as DefenceName[]) {
    const distances = defenceSettings([name]).map((setting) => {
      const shared = defend(gradient, setting, new Random(6));
      return norm2(shared.data.map((value, i) => value - gradient.data[i]));
    });
    assert.equal(distances, distances.slice().sort((a, b) => a - b), name);
  }
  assert.is(defenceSettings().length, 31);
  assert.is(defenceTitle({ defence: 'gaussian', strength: 1e-4 }), 'Gaussian noise, variance 0.0001');
  assert.is(defenceTitle({ defence: 'int8' }), 'int8');
  const { gaussian, laplacian, prune: { strengths } } = DEFENCES;
  for (const noise of [gaussian, laplacian]) assert.equal(noise.strengths, [1e-4, 1e-3, 1e-2, 1e-1]);
  assert.equal([strengths[0], strengths.at(-1)], [0.01, 0.99]);
});

test('defences refuse what they cannot do', () => {
  const gradient = new ParameterVector({ 'fc.0': { weight: [1, 1] } });
  const refuses = (defence: string, strength: number | undefined, message: RegExp) => {
    const setting = { defence: defence as DefenceName, ...(strength !== undefined && { strength }) };
    checkRangeError(() => defend(gradient, setting, new Random(1)), message);
  };
  refuses('gaussian', -1, /^gaussian variance: expected a number ≥ 0, got -1$/);
  refuses('laplacian', Infinity, /^laplacian variance: expected a number ≥ 0, got Infinity$/);
  refuses('laplacian', undefined, /^laplacian variance: expected a number ≥ 0, got NaN$/);
  refuses('prune', 1.1, /^prune share: expected a number from 0 to 1, got 1.1$/);
  refuses('prune', -0.1, /^prune share: .* got -0.1$/);
  refuses('clip', 0, /^clip norm: expected a positive number, got 0$/);
  refuses('int8', 1, /^int8: expected no strength, got 1$/);
  refuses('toString', undefined, /^defence: expected none, gaussian, .*, sign, got toString$/);
  refuses('dp', -1, /^dp multiplier: expected a number ≥ 0, got -1$/);
});

test.run();
