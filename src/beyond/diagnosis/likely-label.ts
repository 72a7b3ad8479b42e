/**
 * @file The likeliest label of one image under Gaussian noise, and the probability of every class.
 *
 *   ∂W = g aᵀ + N(0, σ²),  ∂b = g + N(0, σ²)        Eq. (2), (3): g = p − t, where t is the label c as a distribution
 *   aₕ ~ N(μₕ, vₕ)                                    what is known of the last layer's input a in advance
 *
 * With a integrated out, how much likelier a gradient g ≠ 0 is than none follows from y = ∂Wᵀ g alone:
 *
 *   log L(g) = Σₕ [ (2 μₕ yₕ − μₕ² ‖g‖² + vₕ (yₕ − μₕ ‖g‖²)² / (σ² + vₕ ‖g‖²)) / 2σ² − ½ log(1 + vₕ ‖g‖² / σ²) ]
 *              + (2 ⟨∂b, g⟩ − ‖g‖²) / 2σ²
 *
 * The probability of c is proportional to the mean of L(p − t) over what p may be: half of it over the p of sample
 * images, half over all distributions, where L is concentrated about its maximum (Laplace's approximation):
 *
 *   repeat   a ← E[a | g],  p ← max(0, q − s) for q = t + (∂W a + ∂b) / n,  g ← p − t       n = E ‖(a, 1)‖² given g
 *            with the s that makes Σ p = 1: p is the distribution nearest to q
 *   mean     L(g) (K − 1)! K^(−½) Π_{i ≠ c} ∫ over pᵢ ≥ 0 of exp(−(pᵢ − qᵢ + s)² / 2τ²) / its maximum      τ² = σ² / n
 *
 * (K − 1)! is the density of the uniform distribution of p, and K the determinant that p_c = 1 − Σ pᵢ brings.
 */
import type { LastLayer } from '../../attack/extract-label.ts';
import type { Network } from '../../nn/network.ts';
import { softmax } from '../../nn/softmax-cross-entropy.ts';
import { exp, log } from '../../tensor/elementary.ts';
import { Random, STREAMS } from '../../tensor/random.ts';
import { rowsOf, zeros, type Tensor } from '../../tensor/tensor.ts';
import { argmax, axpy, dot } from '../../tensor/vector.ts';

/** What is known of the last layer's input before the gradient is seen. */
export interface InputPrior {
  readonly mean: Float64Array; // μ [features]
  readonly variance: Float64Array; // v [features], positive
  readonly predictions: readonly Float64Array[]; // p of sample images, each [classes]; may be empty
}

export interface LikelyLabel {
  readonly label: number;
  readonly probability: number;
  /** Of every class. */
  readonly probabilities: Float64Array;
}

/** Sample images, from black to uniform noise. */
const SAMPLES = 32;
/** The samples are not of the client's distribution: their variance is widened, and shrunk to its mean over all h. */
const WIDEN = 1.5, SHRINK = 0.5;
const STEPS = 15;
/** The time grows with the square of the number of classes. */
export const MAX_LIKELY_CLASSES = 256;

/** The prior that a network gives: what images of noise make of it, from black ones to ones without a black pixel. */
export function samplePrior(network: Network, seed = 0): InputPrior {
  const all = network.withBatch(SAMPLES), { parts } = all.layers, last = parts[parts.length - 1];
  const random = new Random(seed, STREAMS.noise, SAMPLES), images = zeros([SAMPLES, ...network.imageShape]);
  rowsOf(images).forEach((image, m) => {
    for (let i = 0; i < image.length; i++) {
      const isBlack = random.uniform(0, 1) > m / (SAMPLES - 1), pixel = random.uniform(0, 1);
      image[i] = isBlack ? 0 : pixel;
    }
  });
  let x: Tensor = images;
  for (const { name, layer } of parts.slice(0, -1)) x = layer.forward(x, all.theta.tree[name]);
  const inputs = rowsOf(x), features = inputs[0].length;
  const mean = new Float64Array(features), variance = new Float64Array(features);
  for (const a of inputs) axpy(1 / SAMPLES, a, mean);
  for (const a of inputs) a.forEach((value, h) => { variance[h] += (value - mean[h]) ** 2 / (SAMPLES - 1); });
  const middle = variance.reduce((sum, v) => sum + v, 0) / features;
  variance.forEach((v, h) => { variance[h] = Math.max(WIDEN * v + SHRINK * middle, Number.MIN_VALUE); });
  const predictions = rowsOf(last.layer.forward(x, all.theta.tree[last.name])).map((logits) => {
    const p = new Float64Array(logits.length);
    softmax(logits, p);
    return p;
  });
  return { mean, variance, predictions };
}

/** The prior if the other layers are not known: any input of the size that the gradient shows, if ‖g‖ is about 1. */
export function flatPrior({ weight }: LastLayer, sigma: number): InputPrior {
  const [classes, features] = weight.shape;
  const square = (dot(weight.data, weight.data) - classes * features * sigma * sigma) / features;
  const variance = new Float64Array(features).fill(Math.max(square, 0.01));
  return { mean: new Float64Array(features), variance, predictions: [] };
}

/**
 * The likeliest label, and the probabilities of all classes.
 * @param gradient of the last layer, for one image: weight [classes, features] and, if it has one, bias [classes].
 * @param sigma σ of the noise in every number of it, positive.
 * @param prior of as many features.
 */
export function likelyLabel({ weight, bias }: LastLayer, sigma: number, prior: InputPrior): LikelyLabel {
  const rows = rowsOf(weight), [classes, features] = weight.shape, b = bias?.data ?? new Float64Array(classes);
  const { mean: mu, variance: v } = prior, ones = bias ? 1 : 0, noise = sigma * sigma;
  const y = new Float64Array(features), a = new Float64Array(features);

  /** y ← ∂Wᵀ g; returns ‖g‖². */
  const multiply = (g: Float64Array): number => {
    y.fill(0);
    rows.forEach((row, i) => axpy(g[i], row, y));
    return dot(g, g);
  };
  /** log L(g) */
  const logLikelihood = (g: Float64Array): number => {
    const square = multiply(g);
    let sum = ones * (2 * dot(b, g) - square) / (2 * noise);
    for (let h = 0; h < features; h++) {
      const rest = y[h] - mu[h] * square, spread = noise + v[h] * square;
      sum += (mu[h] * (2 * y[h] - mu[h] * square) + v[h] * rest * rest / spread) / (2 * noise);
      sum -= log(spread / noise) / 2;
    }
    return sum;
  };
  /** The log of the mean of L over all distributions p. */
  const logMean = (c: number): number => {
    let g: Float64Array = new Float64Array(classes).fill(1 / classes), n = 1, q = g;
    g[c] -= 1;
    for (let step = 0; step < STEPS; step++) {
      const square = multiply(g);
      n = ones;
      for (let h = 0; h < features; h++) {
        const variance = 1 / (square / noise + 1 / v[h]);
        a[h] = variance * (y[h] / noise + mu[h] / v[h]);
        n += a[h] * a[h] + variance;
      }
      q = Float64Array.from(rows, (row, i) => (dot(row, a) + ones * b[i]) / n + (i === c ? 1 : 0));
      const shift = shiftOf(q);
      q = q.map((value) => value - shift);
      g = q.map((value, i) => Math.max(0, value) - (i === c ? 1 : 0));
    }
    const tau = sigma / Math.sqrt(n);
    let sum = logLikelihood(g) - log(classes) / 2;
    for (let k = 2; k < classes; k++) sum += log(k);
    for (let i = 0; i < classes; i++) if (i !== c) sum += log(tau) + logHalfLine(q[i] / tau);
    return sum;
  };
  const logs = Float64Array.from(rows, (_, c) => {
    const sampled = prior.predictions.map((p) => {
      const g = p.slice();
      g[c] -= 1;
      return logLikelihood(g);
    });
    return sampled.length === 0 ? logMean(c) : logSum([logMean(c), logSum(sampled) - log(sampled.length)]);
  });
  const total = logSum([...logs]), probabilities = logs.map((value) => exp(value - total)), label = argmax(logs);
  return { label, probability: probabilities[label], probabilities };
}

/** log Σ e^x */
function logSum(x: readonly number[]): number {
  const largest = Math.max(...x);
  return largest + log(x.reduce((sum, value) => sum + exp(value - largest), 0));
}

/** The s with Σ max(0, q − s) = 1, which is then the distribution nearest to q. */
export function shiftOf(q: Float64Array): number {
  const sorted = q.slice().sort().reverse();
  let sum = 0, shift = 0;
  sorted.forEach((value, i) => {
    sum += value;
    if (value > (sum - 1) / (i + 1)) shift = (sum - 1) / (i + 1);
  });
  return shift;
}

/** log of ∫ over x ≥ 0 of exp(−(x − u)² / 2), divided by the largest value of the integrand. */
function logHalfLine(u: number): number {
  const x = Math.abs(u) / Math.SQRT2, t = 1 / (1 + 0.3275911 * x); // Abramowitz and Stegun, 7.1.26 and 7.1.23
  const tail = x > 3 ? (1 - 0.5 / (x * x) + 0.75 / (x * x * x * x)) / (x * Math.sqrt(Math.PI))
    : t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const root = Math.sqrt(Math.PI / 2); // tail = erfc(x) exp(x²)
  return u < 0 ? log(root * tail) : log(root * (2 - tail * exp(-x * x)));
}
