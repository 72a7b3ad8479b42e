/**
 * @file The loss on the logits y: the paper's Eq. (1) and its derivative, Eq. (2).
 *
 *   Eq. (1)     ℓ       = −log p_c,  p = softmax(y);  for a soft label t:  ℓ = Σᵢ tᵢ (log Σⱼ e^yⱼ − yᵢ)
 *   Eq. (2)     ∂ℓ/∂y   = p − t            gᵢ = pᵢ − 1 < 0 for i = c, gᵢ = pᵢ > 0 for every other: the label shows
 *   R           R{∂ℓ/∂y} = p ⊙ (R{y} − ⟨p, R{y}⟩)
 *               R{∂ℓ/∂t} = ⟨p, R{y}⟩ − R{y}          from ∂ℓ/∂t = −log p, what DLG needs for its label
 *
 * Everything is multiplied by `weight`, a sample's share of the mean over its batch. y, t, p [classes]; Σ t = 1.
 */
import { exp, log } from '../tensor/elementary.ts';
import { expectShape, zeros, type Tensor } from '../tensor/tensor.ts';
import { argmax } from '../tensor/vector.ts';

/** p ← softmax(y), with the largest logit taken off first so that no exponential overflows; returns log Σ e^y. */
export function softmax(y: Float64Array, p: Float64Array): number {
  let max = -Infinity;
  for (let i = 0; i < y.length; i++) max = Math.max(max, y[i]);
  let sum = 0;
  for (let i = 0; i < y.length; i++) sum += p[i] = exp(y[i] - max);
  for (let i = 0; i < y.length; i++) p[i] /= sum;
  return max + log(sum);
}

/** For t = softmax(u): ∂/∂u = t ⊙ (∂/∂t − ⟨t, ∂/∂t⟩). `gradU` may be `gradT`. */
export function softmaxBackward(t: Float64Array, gradT: Float64Array, gradU: Float64Array): void {
  const shift = gradT[argmax(t)]; // as in rBackward: it changes nothing and keeps the likeliest class from cancelling
  let mean = 0;
  for (let i = 0; i < t.length; i++) mean += t[i] * (gradT[i] - shift);
  for (let i = 0; i < t.length; i++) gradU[i] = t[i] * (gradT[i] - shift - mean);
}

/** The hard label c as a distribution: t_c = 1, all others 0. @throws {RangeError} where c is not a class. */
export function oneHot(c: number, classes: number): Float64Array {
  if (!Number.isInteger(c) || c < 0 || c >= classes) {
    throw new RangeError(`label: expected 0 to ${classes - 1}, got ${c}`);
  }
  const t = new Float64Array(classes);
  t[c] = 1;
  return t;
}

/** Σ_{j ≠ i} pⱼ, which is 1 − pᵢ without its cancellation where pᵢ is near 1. */
function sumWithout(p: Float64Array, i: number): number {
  let sum = 0;
  for (let j = 0; j < p.length; j++) if (j !== i) sum += p[j];
  return sum;
}

export class SoftmaxCrossEntropy {
  readonly weight: number;
  readonly #p: Float64Array;
  readonly #gradY: Tensor;
  readonly #rGradY: Tensor;
  readonly #rGradT: Tensor;
  #t: Float64Array;

  constructor(classes: number, weight = 1) {
    this.weight = weight;
    this.#p = new Float64Array(classes);
    this.#gradY = zeros([classes]);
    this.#rGradY = zeros([classes]);
    this.#rGradT = zeros([classes]);
    this.#t = this.#p;
  }

  /** ℓ = Σ tᵢ (log Σ e^y − yᵢ) */
  forward(y: Tensor, t: Float64Array): number {
    expectShape('SoftmaxCrossEntropy y', y, this.#gradY.shape);
    if (t.length !== this.#p.length) {
      throw new RangeError(`label: expected ${this.#p.length} probabilities, got ${t.length}`);
    }
    this.#t = t;
    const logSumExp = softmax(y.data, this.#p);
    let loss = 0;
    for (let i = 0; i < t.length; i++) if (t[i] !== 0) loss += t[i] * (logSumExp - y.data[i]);
    return this.weight * loss;
  }

  /** ∂ℓ/∂y = p − t */
  backward(): Tensor {
    const p = this.#p, t = this.#t, g = this.#gradY.data;
    for (let i = 0; i < g.length; i++) g[i] = this.weight * (t[i] === 1 ? -sumWithout(p, i) : p[i] - t[i]);
    return this.#gradY;
  }

  /** R{∂ℓ/∂y} = p ⊙ (R{y} − ⟨p, R{y}⟩); R{∂ℓ/∂t} is then in `rGradT`. */
  rBackward(rY: Tensor): Tensor {
    expectShape('SoftmaxCrossEntropy rY', rY, this.#gradY.shape);
    const p = this.#p, ry = rY.data, rgy = this.#rGradY.data, rgt = this.#rGradT.data;
    // A shift of R{y} changes nothing; this one keeps the likeliest class's ry − ⟨p, ry⟩ from cancelling.
    const shift = ry[argmax(p)];
    let mean = 0;
    for (let i = 0; i < p.length; i++) mean += p[i] * (ry[i] - shift);
    for (let i = 0; i < rgy.length; i++) {
      rgy[i] = this.weight * p[i] * (ry[i] - shift - mean);
      rgt[i] = this.weight * (mean - (ry[i] - shift));
    }
    return this.#rGradY;
  }

  /** R{∂ℓ/∂t} = ⟨p, R{y}⟩ − R{y}, of the last `rBackward`. */
  get rGradT(): Tensor {
    return this.#rGradT;
  }
}
