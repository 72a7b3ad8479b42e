/**
 * @file The loss on the logits y: the paper's Eq. (1) and its derivative, Eq. (2).
 *
 *   Eq. (1)    ℓ        = −log p_c,  p = softmax(y);   for a soft label t:  ℓ = Σᵢ tᵢ (log Σⱼ e^yⱼ − yᵢ)
 *   Eq. (2)    ∂ℓ/∂y    = p − t;  for the hard label c  gᵢ = pᵢ − 1 < 0 if i = c, and gᵢ = pᵢ > 0 for every other i
 *   R          R{∂ℓ/∂y} = p ⊙ (R{y} − ⟨p, R{y}⟩)
 *              R{∂ℓ/∂t} = ⟨p, R{y}⟩ − R{y}              from ∂ℓ/∂t = −log p; DLG descends its label along it
 *
 * The loss of a batch is the mean over its samples, so each of these is divided by the size of the batch.
 * y, t, p [batch, classes]; each row of t sums to 1.
 */
import { exp, log } from '../tensor/elementary.ts';
import { expectShape, rowsOf, zeros, type Tensor } from '../tensor/tensor.ts';
import { argmax } from '../tensor/vector.ts';

/** p ← softmax(y) = e^y / Σ e^y; returns log Σ e^y. The largest logit is subtracted first: nothing overflows. */
export function softmax(y: Float64Array, p: Float64Array): number {
  let max = -Infinity;
  for (let i = 0; i < y.length; i++) max = Math.max(max, y[i]);
  let sum = 0;
  for (let i = 0; i < y.length; i++) sum += p[i] = exp(y[i] - max);
  for (let i = 0; i < y.length; i++) p[i] /= sum;
  return max + log(sum);
}

/** For t = softmax(u) and any L(t): ∂L/∂u = t ⊙ (∂L/∂t − ⟨t, ∂L/∂t⟩). `gradU` may be `gradT`. For DLG. */
export function softmaxBackward(t: Float64Array, gradT: Float64Array, gradU: Float64Array): void {
  const shift = gradT[argmax(t)]; // any shift gives the same result; this one avoids cancellation
  let mean = 0;
  for (let i = 0; i < t.length; i++) mean += t[i] * (gradT[i] - shift);
  for (let i = 0; i < t.length; i++) gradU[i] = t[i] * (gradT[i] - shift - mean);
}

/** The hard label c as a distribution: t_c = 1, all others 0. @throws {RangeError} if c is not a class. */
export function oneHot(c: number, classes: number): Float64Array {
  const isClass = Number.isInteger(c) && c >= 0 && c < classes;
  if (!isClass) throw new RangeError(`label: expected 0 to ${classes - 1}, got ${c}`);
  return new Float64Array(classes).fill(1, c, c + 1);
}

/** Eq. (2): g ← p − t. For t_c = 1, p_c − 1 is −Σ pᵢ over i ≠ c, which avoids cancellation where p_c is near 1. */
export function logitGradient(p: Float64Array, t: Float64Array, g: Float64Array): void {
  for (let i = 0; i < p.length; i++) {
    g[i] = p[i] - t[i];
    if (t[i] !== 1) continue;
    g[i] = 0;
    for (let j = 0; j < p.length; j++) if (j !== i) g[i] -= p[j];
  }
}

export class SoftmaxCrossEntropy {
  readonly #p: Tensor; readonly #gradY: Tensor; readonly #rGradY: Tensor;
  readonly rGradT: Tensor; // R{∂ℓ/∂t} of the last `rBackward`
  #t: Tensor;

  /** @param shape [batch, classes] */
  constructor(shape: readonly number[]) {
    this.#p = this.#t = zeros(shape);
    this.#gradY = zeros(shape);
    this.#rGradY = zeros(shape);
    this.rGradT = zeros(shape);
  }

  /** ℓ = mean over the batch of Σᵢ tᵢ (log Σⱼ e^yⱼ − yᵢ) */
  forward(y: Tensor, t: Tensor): number {
    expectShape('logits y', y, this.#p.shape);
    expectShape('label t', t, this.#p.shape);
    this.#t = t;
    const p = rowsOf(this.#p), labels = rowsOf(t), batch = p.length;
    let loss = 0;
    rowsOf(y).forEach((logits, n) => {
      const logSum = softmax(logits, p[n]);
      labels[n].forEach((label, i) => { if (label !== 0) loss += (label / batch) * (logSum - logits[i]); }); // not 0·∞
    });
    return loss;
  }

  /** ∂ℓ/∂y = (p − t) / batch */
  backward(): Tensor {
    const g = rowsOf(this.#gradY), p = rowsOf(this.#p), batch = g.length;
    rowsOf(this.#t).forEach((t, n) => logitGradient(p[n], t, g[n]));
    for (let i = 0; i < this.#gradY.data.length; i++) this.#gradY.data[i] /= batch;
    return this.#gradY;
  }

  /** R{∂ℓ/∂y} = p ⊙ (R{y} − ⟨p, R{y}⟩) / batch, and R{∂ℓ/∂t} = (⟨p, R{y}⟩ − R{y}) / batch into `rGradT`. */
  rBackward(rY: Tensor): Tensor {
    expectShape('logits rY', rY, this.#p.shape);
    const p = rowsOf(this.#p), rGradY = rowsOf(this.#rGradY), rGradT = rowsOf(this.rGradT), batch = p.length;
    rowsOf(rY).forEach((r, n) => {
      const shift = r[argmax(p[n])]; // as in softmaxBackward
      let mean = 0;
      for (let i = 0; i < r.length; i++) mean += p[n][i] * (r[i] - shift);
      for (let i = 0; i < r.length; i++) {
        rGradY[n][i] = (p[n][i] * (r[i] - shift - mean)) / batch;
        rGradT[n][i] = (mean - (r[i] - shift)) / batch;
      }
    });
    return this.#rGradY;
  }
}
