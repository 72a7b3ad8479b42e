/** @file The likeliest label under noise: against the integral that it approximates, and on drawn digits. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { lastLayer } from '../../../src/attack/extract-label.ts';
import { likelyLabel, shiftOf, samplePrior, type InputPrior } from '../../../src/beyond/diagnosis/likely-label.ts';
import { digits } from '../../../src/data/synthetic.ts';
import { lenet } from '../../../src/kernels/lenet.ts';
import { zeros } from '../../../src/tensor/tensor.ts';
import { checkClose } from '../../check/close.ts';
import { between, forAll, normals } from '../../check/property.ts';

/** The probability of class 0 of two by sums over a grid of p₀ and of a, with `prior.predictions` for half of it. */
function byGrid(W: Float64Array, b: Float64Array, sigma: number, { mean, variance, predictions }: InputPrior): number {
  const gaussian = (x: number, s: number): number => Math.exp(-x * x / (2 * s * s)) / s;
  const likelihood = (g0: number): number => {
    let product = gaussian(b[0] - g0, sigma) * gaussian(b[1] + g0, sigma);
    for (let h = 0; h < mean.length; h++) {
      const spread = Math.sqrt(variance[h]);
      let sum = 0;
      for (let z = -8; z <= 8; z += 0.1) {
        const a = mean[h] + spread * z;
        const fit = gaussian(W[h] - g0 * a, sigma) * gaussian(W[mean.length + h] + g0 * a, sigma);
        sum += 0.1 * gaussian(z, 1) * fit;
      }
      product *= sum;
    }
    return product;
  };
  const cells = 500;
  const of = (c: number): number => {
    let uniform = 0;
    for (let i = 0; i < cells; i++) uniform += likelihood((i + 0.5) / cells - (c === 0 ? 1 : 0)) / cells;
    const sampled = predictions.reduce((sum, [p0]) => sum + likelihood(p0 - (c === 0 ? 1 : 0)), 0);
    return uniform + (predictions.length > 0 ? sampled / predictions.length : 0);
  };
  return of(0) / (of(0) + of(1));
}

test('two classes: the probability is that of the integral over p and a', () => {
  forAll('gradients', 20, (random, i) => {
    const features = between(random, 1, 3), sigma = random.uniform(0.02, 0.1), p0 = random.uniform(0.3, 0.7);
    const prior: InputPrior = {
      mean: normals(random, features),
      variance: new Float64Array(features).map(() => random.uniform(0.2, 1)),
      predictions: i % 2 ? [] : [Float64Array.of(p0, 1 - p0), Float64Array.of(0.5, 0.5)],
    };
    // A g of the size of the noise leaves the class in doubt.
    const g0 = (random.below(2) ? p0 - 1 : p0) * 0.2 * random.uniform(0, 1);
    const a = prior.mean.map((m, h) => m + Math.sqrt(prior.variance[h]) * random.normal());
    const noise = (): number => sigma * random.normal();
    const weight = zeros([2, features]), bias = { shape: [2], data: Float64Array.of(g0 + noise(), -g0 + noise()) };
    a.forEach((value, h) => {
      weight.data[h] = g0 * value + noise();
      weight.data[features + h] = -g0 * value + noise();
    });
    const { probabilities } = likelyLabel({ weight, bias }, sigma, prior);
    checkClose('Σ probabilities', Float64Array.of(probabilities[0] + probabilities[1]), Float64Array.of(1), 1e-12);
    const exact = byGrid(weight.data, bias.data, sigma, prior);
    assert.ok(Math.abs(probabilities[0] - exact) < 0.1, `case ${i}: ${probabilities[0]} for ${exact}`);
  });
});

test('two classes and a gradient of zeros: L is a product of powers, and the smaller g is the likelier', () => {
  // v = 1, g = (g₀, −g₀), w = 2 g₀²/σ²: L = exp(−w/2) ((1 + w) exp(μ² w / (1 + w)))^(−H/2); a sample (p₀, 1 − p₀).
  const settings = [5, 30, 100].flatMap((features) => [0.3, 1].flatMap((sigma) => [0.9, 0.99].flatMap((p0) =>
    [0, 0.5].map((mu) => [features, sigma, p0, mu] as const))));
  for (const [features, sigma, p0, mu] of settings) {
    const likelihood = (g0: number): number => {
      const w = 2 * (g0 / sigma) ** 2;
      return Math.exp(-w / 2) * ((1 + w) * Math.exp(mu * mu * w / (1 + w))) ** (-features / 2);
    };
    const cells = 10_000, middles = Array.from({ length: cells }, (_, i) => (i + 0.5) / cells);
    const mean = middles.reduce((sum, g0) => sum + likelihood(g0) / cells, 0);
    const [first, second] = [mean + likelihood(p0 - 1), mean + likelihood(p0)], exact = first / (first + second);
    const variance = new Float64Array(features).fill(1), predictions = [Float64Array.of(p0, 1 - p0)];
    const prior = { mean: new Float64Array(features).fill(mu), variance, predictions };
    const { probabilities: [got] } = likelyLabel({ weight: zeros([2, features]), bias: zeros([2]) }, sigma, prior);
    const setting = `${features} features, σ = ${sigma}, p₀ = ${p0}, μ = ${mu}`;
    assert.ok(Math.abs(got - exact) < 0.015, `${setting}: ${got} for ${exact}`);
  }
});

test('shiftOf: the nearest distribution is non-negative, sums to 1, and no other is nearer', () => {
  forAll('vectors', 200, (random) => {
    const q = normals(random, between(random, 1, 12)), s = shiftOf(q), p = q.map((value) => Math.max(0, value - s));
    checkClose('Σ p', Float64Array.of(p.reduce((sum, value) => sum + value, 0)), Float64Array.of(1), 1e-12);
    const distance = (r: Float64Array): number => r.reduce((sum, value, i) => sum + (value - q[i]) ** 2, 0);
    const other = normals(random, q.length).map(Math.exp), total = other.reduce((sum, value) => sum + value, 0);
    assert.ok(distance(p) <= distance(other.map((value) => value / total)) + 1e-12);
  });
});

test('without a bias, and without noise worth speaking of: the label', () => {
  const { example } = digits();
  forAll('networks', 12, (_, i) => {
    const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, bias: i % 2 === 0, seed: i });
    const { image, label } = example(i), gradient = lastLayer(network.gradient(image, label));
    const found = likelyLabel(gradient, i % 3 === 0 ? 1e-6 : 1e-3, samplePrior(network));
    assert.is(found.label, label);
    assert.ok(found.probability > 0.999, `${found.probability}`);
  });
});

test.run();
