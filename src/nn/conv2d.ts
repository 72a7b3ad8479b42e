/**
 * @file The convolution, a cross-correlation as in PyTorch. Each Σ runs over all indices that are missing on its left,
 * where pixel (a, b) = (s·i + u − p, s·j + v − p), with stride s and padding p, is inside the image: outside x is 0.
 *
 *   forward     y[n,o,i,j]       = b[o] + Σ W[o,c,u,v] x[n,c,a,b]
 *   backward    ∂W[o,c,u,v]     += Σ ∂y[n,o,i,j] x[n,c,a,b]            ∂b[o] += Σ ∂y[n,o,i,j]
 *               ∂x[n,c,a,b]      = Σ W[o,c,u,v] ∂y[n,o,i,j]
 *   rForward    R{y}[n,o,i,j]    = R{b}[o] + Σ (R{W}[o,c,u,v] x[n,c,a,b] + W[o,c,u,v] R{x}[n,c,a,b])
 *   rBackward   R{∂W}[o,c,u,v]  += Σ (R{∂y}[n,o,i,j] x[n,c,a,b] + ∂y[n,o,i,j] R{x}[n,c,a,b])
 *               R{∂x}[n,c,a,b]   = Σ (R{W}[o,c,u,v] ∂y[n,o,i,j] + W[o,c,u,v] R{∂y}[n,o,i,j])   R{∂b} like ∂b
 *
 * In the loops `at` is the place of y[n,o,i,j], `w` that of W[o,c,u,v], `q` that of x[n,c,a,b].
 * x [batch, channels, height, width], W [out, channels, kernel, kernel], b [out], y [batch, out, rows, columns].
 */
import { expectShape, zeros, type Tensor } from '../tensor/tensor.ts';
import type { Layer, ParameterShapes } from './layer.ts';
import type { WeightAndBias } from './linear.ts';

export interface Conv2dOptions {
  readonly inShape: readonly number[]; // [batch, channels, height, width]
  readonly out: number; //      output channels
  readonly kernel: number; //   side of the square kernel, in pixels
  readonly stride?: number; //  default: 1
  readonly padding?: number; // zeros on each side of the image, in pixels; default: 0
  readonly bias?: boolean; //   whether there is a b; default: true
}

/** How many windows fit along a side of n pixels: ⌊(n + 2·padding − kernel) / stride⌋ + 1. */
export const windowCount = (n: number, kernel: number, stride: number, padding: number): number =>
  Math.floor((n + 2 * padding - kernel) / stride) + 1;

export class Conv2d implements Layer<WeightAndBias> {
  readonly options: Conv2dOptions;
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes;
  readonly #sizes;
  #x!: Tensor; #gradY!: Tensor; #rX!: Tensor; // what the passes were given last
  #y?: Tensor; #gradX?: Tensor; #rY?: Tensor; #rGradX?: Tensor; // what they return, allocated when first needed

  /** @throws {RangeError} if a size is not a positive integer, or the kernel is larger than the padded image. */
  constructor(options: Conv2dOptions) {
    const { inShape, out, kernel, stride = 1, padding = 0, bias = true } = options;
    const [batch, channels, height, width] = inShape;
    const [rows, columns] = [height, width].map((side) => windowCount(side, kernel, stride, padding));
    if (![...inShape, out, kernel, stride, padding + 1, rows, columns].every((n) => Number.isInteger(n) && n >= 1)) {
      const got = `out ${out}, kernel ${kernel}, stride ${stride}, padding ${padding} for [${inShape}]`;
      throw new RangeError(`Conv2d: expected positive integers and a kernel within the padded image, got ${got}`);
    }
    this.options = options;
    this.inShape = inShape;
    this.outShape = [batch, out, rows, columns];
    this.#sizes = { batch, out, rows, columns, channels, height, width, kernel, stride, padding };
    this.parameterShapes = { weight: [out, channels, kernel, kernel], ...(bias && { bias: [out] }) };
  }

  /** y[n,o,i,j] = b[o] + Σ W[o,c,u,v] x[n,c,a,b] */
  forward(x: Tensor, { weight: { data: W }, bias }: WeightAndBias): Tensor {
    expectShape('Conv2d x', x, this.inShape);
    this.#x = x;
    const y = this.#y ??= zeros(this.outShape);
    const { batch, out, rows, columns, channels, height, width, kernel, stride, padding } = this.#sizes;
    for (let n = 0, at = 0; n < batch; n++) for (let o = 0; o < out; o++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++, at++) {
          let sum = bias ? bias.data[o] : 0;
          for (let c = 0; c < channels; c++)
            for (let u = 0; u < kernel; u++) for (let v = 0; v < kernel; v++) {
              const a = stride * i + u - padding, b = stride * j + v - padding;
              if (a < 0 || a >= height || b < 0 || b >= width) continue;
              const w = ((o * channels + c) * kernel + u) * kernel + v;
              const q = ((n * channels + c) * height + a) * width + b;
              sum += W[w] * x.data[q];
            }
          y.data[at] = sum;
        }
    return y;
  }

  /** ∂W[o,c,u,v] += Σ ∂y[n,o,i,j] x[n,c,a,b], ∂b[o] += Σ ∂y[n,o,i,j]; ∂x[n,c,a,b] = Σ W[o,c,u,v] ∂y[n,o,i,j] */
  backward(gradY: Tensor, p: WeightAndBias, grad: WeightAndBias): Tensor {
    expectShape('Conv2d gradY', gradY, this.outShape);
    this.#gradY = gradY;
    const x = this.#x.data, W = p.weight.data, gradW = grad.weight.data;
    const gradX = (this.#gradX ??= zeros(this.inShape)).data.fill(0);
    const { batch, out, rows, columns, channels, height, width, kernel, stride, padding } = this.#sizes;
    for (let n = 0, at = 0; n < batch; n++) for (let o = 0; o < out; o++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++, at++) {
          const g = gradY.data[at];
          if (grad.bias) grad.bias.data[o] += g;
          for (let c = 0; c < channels; c++)
            for (let u = 0; u < kernel; u++) for (let v = 0; v < kernel; v++) {
              const a = stride * i + u - padding, b = stride * j + v - padding;
              if (a < 0 || a >= height || b < 0 || b >= width) continue;
              const w = ((o * channels + c) * kernel + u) * kernel + v;
              const q = ((n * channels + c) * height + a) * width + b;
              gradW[w] += g * x[q];
              gradX[q] += W[w] * g;
            }
        }
    return this.#gradX;
  }

  /** R{y}[n,o,i,j] = R{b}[o] + Σ (R{W}[o,c,u,v] x[n,c,a,b] + W[o,c,u,v] R{x}[n,c,a,b]) */
  rForward(rX: Tensor, p: WeightAndBias, rP: WeightAndBias): Tensor {
    expectShape('Conv2d rX', rX, this.inShape);
    this.#rX = rX;
    const x = this.#x.data, W = p.weight.data, rW = rP.weight.data, rY = this.#rY ??= zeros(this.outShape);
    const { batch, out, rows, columns, channels, height, width, kernel, stride, padding } = this.#sizes;
    for (let n = 0, at = 0; n < batch; n++) for (let o = 0; o < out; o++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++, at++) {
          let sum = rP.bias ? rP.bias.data[o] : 0;
          for (let c = 0; c < channels; c++)
            for (let u = 0; u < kernel; u++) for (let v = 0; v < kernel; v++) {
              const a = stride * i + u - padding, b = stride * j + v - padding;
              if (a < 0 || a >= height || b < 0 || b >= width) continue;
              const w = ((o * channels + c) * kernel + u) * kernel + v;
              const q = ((n * channels + c) * height + a) * width + b;
              sum += rW[w] * x[q] + W[w] * rX.data[q];
            }
          rY.data[at] = sum;
        }
    return rY;
  }

  /** R{∂x} = Σ (R{W} ∂y + W R{∂y}); if rGrad is given, R{∂W} += Σ (R{∂y} x + ∂y R{x}) and R{∂b} += Σ R{∂y} */
  rBackward(rGradY: Tensor, p: WeightAndBias, rP: WeightAndBias, rGrad?: WeightAndBias): Tensor {
    expectShape('Conv2d rGradY', rGradY, this.outShape);
    const W = p.weight.data, rW = rP.weight.data, rGradX = (this.#rGradX ??= zeros(this.inShape)).data.fill(0);
    const { batch, out, rows, columns, channels, height, width, kernel, stride, padding } = this.#sizes;
    for (let n = 0, at = 0; n < batch; n++) for (let o = 0; o < out; o++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++, at++) {
          const g = this.#gradY.data[at], rG = rGradY.data[at];
          if (rGrad?.bias) rGrad.bias.data[o] += rG;
          for (let c = 0; c < channels; c++)
            for (let u = 0; u < kernel; u++) for (let v = 0; v < kernel; v++) {
              const a = stride * i + u - padding, b = stride * j + v - padding;
              if (a < 0 || a >= height || b < 0 || b >= width) continue;
              const w = ((o * channels + c) * kernel + u) * kernel + v;
              const q = ((n * channels + c) * height + a) * width + b;
              rGradX[q] += rW[w] * g + W[w] * rG;
              if (rGrad) rGrad.weight.data[w] += rG * this.#x.data[q] + g * this.#rX.data[q];
            }
        }
    return this.#rGradX;
  }
}
