/**
 * @file Batch normalisation, PyTorch's BatchNorm2d: each channel is brought to mean 0 and variance 1, then scaled by w
 * and shifted by b. The formulas are those of one channel. ⟨·⟩ is the mean, and Σ the sum, over its
 * N = batch · height · width entries; x, y, x̂ and u have one number per entry, all others one per channel.
 *
 *   forward     m = ⟨x⟩,   v = ⟨(x − m)²⟩,   s = 1/√(v + ε),   x̂ = s (x − m),   y = w x̂ + b
 *   backward    ∂w += Σ ∂y x̂,   ∂b += Σ ∂y
 *               ∂x = k u   with   k = w s,   u = ∂y − ⟨∂y⟩ − x̂ ⟨∂y x̂⟩
 *   rForward    R{m} = ⟨R{x}⟩,   R{v} = 2 ⟨(x − m)(R{x} − R{m})⟩,   R{s} = −½ s³ R{v}
 *               R{x̂} = R{s} (x − m) + s (R{x} − R{m}),   R{y} = R{w} x̂ + w R{x̂} + R{b}
 *   rBackward   R{∂w} += Σ R{∂y} x̂ + ∂y R{x̂},   R{∂b} += Σ R{∂y}
 *               R{∂x} = R{k} u + k R{u}   with   R{k} = R{w} s + w R{s}   and
 *               R{u} = R{∂y} − ⟨R{∂y}⟩ − R{x̂} ⟨∂y x̂⟩ − x̂ ⟨R{∂y} x̂ + ∂y R{x̂}⟩
 *
 * This is train mode, in which each output depends on every sample of the batch. In eval mode m and v are constants,
 * the running statistics, so that R{m} = R{v} = 0, u = ∂y and R{u} = R{∂y}.
 *
 * x, y [batch, channels, height, width]; w = weight [channels], b = bias [channels]. Source: S. Ioffe and C. Szegedy,
 * "Batch Normalization" (ICML 2015).
 */
import type { Layer, ParameterShapes } from '../nn/layer.ts';
import { expectFinite, expectShape, zeros, type Tensor } from '../tensor/tensor.ts';

export interface BatchNorm2dOptions {
  /** [batch, channels, height, width] */
  readonly inShape: readonly number[];
  /** ε, which is added to the variance; default: 1e-5. */
  readonly eps?: number;
  /** The constants m and v of eval mode; default: train mode. */
  readonly running?: RunningStatistics;
}

/** What a checkpoint calls buffers, [channels] each. They are not parameters: no gradient contains them. */
export interface RunningStatistics {
  /** running_mean */
  readonly mean: Tensor;
  /** running_var */
  readonly variance: Tensor;
}

export interface ScaleAndShift {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

export class BatchNorm2d implements Layer<ScaleAndShift> {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes;
  readonly #eps: number;
  readonly #running: RunningStatistics | undefined;
  /** The entries of each channel, in the order in which they lie. */
  readonly #entries: readonly Uint32Array[];
  /** Of each channel. */
  readonly #m: Float64Array;
  readonly #s: Float64Array;
  readonly #rS: Float64Array;
  readonly #xHat: Tensor;
  readonly #rXHat: Tensor;
  readonly #y: Tensor;
  readonly #gradX: Tensor;
  readonly #rY: Tensor;
  readonly #rGradX: Tensor;
  #x: Tensor;
  #gradY: Tensor;

  /**
   * @throws {RangeError} if x does not have four dimensions, each a positive integer, ε is not positive, a running
   *   statistic is not finite or a running variance is negative, or a channel has only one number in train mode.
   */
  constructor({ inShape, eps = 1e-5, running }: BatchNorm2dOptions) {
    const [batch, channels, height, width] = inShape, size = height * width;
    if (inShape.length !== 4) throw new RangeError(`BatchNorm2d x: expected 4 dimensions, got shape [${inShape}]`);
    if (!(eps > 0)) throw new RangeError(`BatchNorm2d eps: expected a positive number, got ${eps}`);
    this.#y = this.#gradY = zeros(inShape);
    if (running) {
      expectShape('BatchNorm2d running mean', running.mean, [channels]);
      expectShape('BatchNorm2d running variance', running.variance, [channels]);
      expectFinite('BatchNorm2d running mean', running.mean.data);
      expectFinite('BatchNorm2d running variance', running.variance.data);
      const least = Math.min(...running.variance.data);
      if (least < 0) throw new RangeError(`BatchNorm2d running variance: expected numbers from 0, got ${least}`);
    } else if (batch * size === 1) {
      throw new RangeError('BatchNorm2d x: expected at least 2 numbers per channel in train mode, got 1');
    }
    this.inShape = this.outShape = inShape;
    this.parameterShapes = { weight: [channels], bias: [channels] };
    this.#eps = eps;
    this.#running = running;
    this.#entries = Array.from({ length: channels }, (_, c) =>
      Uint32Array.from({ length: batch * size }, (_, i) => (Math.floor(i / size) * channels + c) * size + (i % size)));
    this.#m = new Float64Array(channels);
    this.#s = new Float64Array(channels);
    this.#rS = new Float64Array(channels);
    this.#xHat = zeros(inShape);
    this.#rXHat = zeros(inShape);
    this.#rY = zeros(inShape);
    this.#gradX = this.#x = zeros(inShape);
    this.#rGradX = zeros(inShape);
  }

  /** m = ⟨x⟩, v = ⟨(x − m)²⟩, s = 1/√(v + ε), x̂ = s (x − m); y = w x̂ + b */
  forward(x: Tensor, { weight: w, bias: b }: ScaleAndShift): Tensor {
    expectShape('BatchNorm2d x', x, this.inShape);
    this.#x = x;
    const xHat = this.#xHat.data;
    this.#entries.forEach((entries, c) => {
      let m = 0, v = 0;
      if (this.#running) {
        m = this.#running.mean.data[c];
        v = this.#running.variance.data[c];
      } else {
        for (const i of entries) m += x.data[i] / entries.length;
        for (const i of entries) v += ((x.data[i] - m) * (x.data[i] - m)) / entries.length;
      }
      const s = 1 / Math.sqrt(v + this.#eps);
      for (const i of entries) {
        xHat[i] = s * (x.data[i] - m);
        this.#y.data[i] = w.data[c] * xHat[i] + b.data[c];
      }
      this.#m[c] = m;
      this.#s[c] = s;
    });
    return this.#y;
  }

  /** ∂w += Σ ∂y x̂, ∂b += Σ ∂y; returns ∂x = k u, u = ∂y − ⟨∂y⟩ − x̂ ⟨∂y x̂⟩ */
  backward(gradY: Tensor, { weight: w }: ScaleAndShift, grad: ScaleAndShift): Tensor {
    expectShape('BatchNorm2d gradY', gradY, this.outShape);
    this.#gradY = gradY;
    const xHat = this.#xHat.data, g = gradY.data;
    this.#entries.forEach((entries, c) => {
      let sum = 0, sumXHat = 0;
      for (const i of entries) {
        sum += g[i];
        sumXHat += g[i] * xHat[i];
      }
      grad.weight.data[c] += sumXHat;
      grad.bias.data[c] += sum;
      const k = w.data[c] * this.#s[c], mean = this.#mean(sum, entries), meanXHat = this.#mean(sumXHat, entries);
      for (const i of entries) this.#gradX.data[i] = k * (g[i] - mean - xHat[i] * meanXHat);
    });
    return this.#gradX;
  }

  /** R{x̂} = R{s} (x − m) + s (R{x} − R{m}); returns R{y} = R{w} x̂ + w R{x̂} + R{b} */
  rForward(rX: Tensor, { weight: w }: ScaleAndShift, { weight: rW, bias: rB }: ScaleAndShift): Tensor {
    expectShape('BatchNorm2d rX', rX, this.inShape);
    const x = this.#x.data, xHat = this.#xHat.data, rXHat = this.#rXHat.data;
    this.#entries.forEach((entries, c) => {
      const m = this.#m[c], s = this.#s[c];
      let sumRX = 0, sumRV = 0;
      for (const i of entries) sumRX += rX.data[i];
      const rM = this.#mean(sumRX, entries);
      for (const i of entries) sumRV += 2 * (x[i] - m) * (rX.data[i] - rM);
      const rV = this.#mean(sumRV, entries), rS = -0.5 * s * s * s * rV;
      for (const i of entries) {
        rXHat[i] = rS * (x[i] - m) + s * (rX.data[i] - rM);
        this.#rY.data[i] = rW.data[c] * xHat[i] + w.data[c] * rXHat[i] + rB.data[c];
      }
      this.#rS[c] = rS;
    });
    return this.#rY;
  }

  /** R{∂w} += Σ R{∂y} x̂ + ∂y R{x̂}, R{∂b} += Σ R{∂y}; returns R{∂x} = R{k} u + k R{u}, R{k} = R{w} s + w R{s} */
  rBackward(
    rGradY: Tensor, { weight: w }: ScaleAndShift, { weight: rW }: ScaleAndShift, rGrad?: ScaleAndShift,
  ): Tensor {
    expectShape('BatchNorm2d rGradY', rGradY, this.outShape);
    const xHat = this.#xHat.data, rXHat = this.#rXHat.data, g = this.#gradY.data, rG = rGradY.data;
    this.#entries.forEach((entries, c) => {
      let sum = 0, sumXHat = 0, rSum = 0, rSumXHat = 0;
      for (const i of entries) {
        sum += g[i];
        sumXHat += g[i] * xHat[i];
        rSum += rG[i];
        rSumXHat += rG[i] * xHat[i] + g[i] * rXHat[i];
      }
      if (rGrad) {
        rGrad.weight.data[c] += rSumXHat;
        rGrad.bias.data[c] += rSum;
      }
      const k = w.data[c] * this.#s[c], rK = rW.data[c] * this.#s[c] + w.data[c] * this.#rS[c];
      const mean = this.#mean(sum, entries), meanXHat = this.#mean(sumXHat, entries);
      const rMean = this.#mean(rSum, entries), rMeanXHat = this.#mean(rSumXHat, entries);
      for (const i of entries) {
        const u = g[i] - mean - xHat[i] * meanXHat;
        const rU = rG[i] - rMean - rXHat[i] * meanXHat - xHat[i] * rMeanXHat;
        this.#rGradX.data[i] = rK * u + k * rU;
      }
    });
    return this.#rGradX;
  }

  /** ⟨·⟩ from Σ in train mode; 0 in eval mode. */
  #mean(sum: number, entries: Uint32Array): number {
    return this.#running ? 0 : sum / entries.length;
  }
}
