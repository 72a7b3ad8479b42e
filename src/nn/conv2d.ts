/**
 * @file The convolution, a cross-correlation as in PyTorch. All sums run over the taps (c, u, v) whose pixel
 * (a, b) = (s·i + u − p, s·j + v − p), with stride s and padding p, lies inside the image: outside it x is 0.
 *
 *   forward     y[n,o,i,j]         = b[o] + Σ W[o,c,u,v] x[n,c,a,b]
 *   backward    ∂W[o,c,u,v]       += Σ ∂y[n,o,i,j] x[n,c,a,b]              ∂b[o] += Σ ∂y[n,o,i,j]
 *               ∂x[n,c,a,b]        = Σ W[o,c,u,v] ∂y[n,o,i,j]
 *   rForward    R{y}[n,o,i,j]      = R{b}[o] + Σ R{W}[o,c,u,v] x[n,c,a,b] + W[o,c,u,v] R{x}[n,c,a,b]
 *   rBackward   R{∂W}[o,c,u,v]    += Σ R{∂y}[n,o,i,j] x[n,c,a,b] + ∂y[n,o,i,j] R{x}[n,c,a,b]
 *               R{∂b}[o]          += Σ R{∂y}[n,o,i,j]
 *               R{∂x}[n,c,a,b]     = Σ R{W}[o,c,u,v] ∂y[n,o,i,j] + W[o,c,u,v] R{∂y}[n,o,i,j]
 *
 * x [batch, channels, height, width], W [out, channels, kernel, kernel], b [out], y [batch, out, rows, columns].
 */
import { expectShape, zeros, type Tensor } from '../tensor/tensor.ts';
import type { Layer, ParameterShapes } from './layer.ts';
import type { WeightAndBias } from './linear.ts';
import { windowCount } from './window.ts';

export interface Conv2dOptions {
  readonly inShape: readonly number[]; // [batch, channels, height, width]
  readonly out: number; //      output channels
  readonly kernel: number; //   side of the square kernel, in pixels
  readonly stride?: number; //  default: 1
  readonly padding?: number; // zeros on each side of the image, in pixels; default: 0
  readonly bias?: boolean; //   whether there is a b; default: true
}

export class Conv2d implements Layer<WeightAndBias> {
  readonly options: Conv2dOptions;
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes;
  readonly #sizes;
  readonly #y: Tensor;
  readonly #gradX: Tensor;
  readonly #rY: Tensor;
  readonly #rGradX: Tensor;
  #x: Tensor;
  #gradY: Tensor;
  #rX: Tensor;

  /** @throws {RangeError} if a size is not a positive integer, or the kernel is larger than the padded image. */
  constructor(options: Conv2dOptions) {
    const { inShape, out, kernel, stride = 1, padding = 0, bias = true } = options;
    const [batch, channels, height, width] = inShape;
    const [rows, columns] = [height, width].map((side) => windowCount('Conv2d', side, kernel, stride, padding));
    this.options = options;
    this.inShape = inShape;
    this.outShape = [batch, out, rows, columns];
    this.#sizes = { batch, out, rows, columns, channels, height, width, kernel, stride, padding };
    this.parameterShapes = { weight: [out, channels, kernel, kernel], ...(bias && { bias: [out] }) };
    this.#y = this.#gradY = zeros(this.outShape);
    this.#rY = zeros(this.outShape);
    this.#x = this.#rX = this.#gradX = zeros(inShape);
    this.#rGradX = zeros(inShape);
  }

  /** y[n,o,i,j] = b[o] + Σ W[o,c,u,v] x[n,c,a,b] */
  forward(x: Tensor, { weight: { data: W }, bias }: WeightAndBias): Tensor {
    expectShape('Conv2d x', x, this.inShape);
    this.#x = x;
    const { batch, out, rows, columns, channels, height, width, kernel, stride, padding } = this.#sizes;
    for (let n = 0, at = 0; n < batch; n++) for (let o = 0; o < out; o++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++, at++) {
          let sum = bias ? bias.data[o] : 0;
          for (let c = 0; c < channels; c++)
            for (let u = 0; u < kernel; u++)
              for (let v = 0; v < kernel; v++) {
                const a = stride * i + u - padding, b = stride * j + v - padding;
                if (a < 0 || a >= height || b < 0 || b >= width) continue;
                const tap = ((o * channels + c) * kernel + u) * kernel + v, pixel = ((n * channels + c) * height + a) * width + b;
                sum += W[tap] * x.data[pixel];
              }
          this.#y.data[at] = sum;
        }
    return this.#y;
  }

  /** ∂W[o,c,u,v] += Σ ∂y[n,o,i,j] x[n,c,a,b], ∂b[o] += Σ ∂y[n,o,i,j]; returns ∂x[n,c,a,b] = Σ W[o,c,u,v] ∂y[n,o,i,j] */
  backward(gradY: Tensor, { weight: { data: W } }: WeightAndBias, { weight: gradW, bias: gradB }: WeightAndBias): Tensor {
    expectShape('Conv2d gradY', gradY, this.outShape);
    this.#gradY = gradY;
    const x = this.#x.data, gradX = this.#gradX.data.fill(0);
    const { batch, out, rows, columns, channels, height, width, kernel, stride, padding } = this.#sizes;
    for (let n = 0, at = 0; n < batch; n++) for (let o = 0; o < out; o++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++, at++) {
          const g = gradY.data[at];
          if (gradB) gradB.data[o] += g;
          for (let c = 0; c < channels; c++)
            for (let u = 0; u < kernel; u++)
              for (let v = 0; v < kernel; v++) {
                const a = stride * i + u - padding, b = stride * j + v - padding;
                if (a < 0 || a >= height || b < 0 || b >= width) continue;
                const tap = ((o * channels + c) * kernel + u) * kernel + v, pixel = ((n * channels + c) * height + a) * width + b;
                gradW.data[tap] += g * x[pixel];
                gradX[pixel] += W[tap] * g;
              }
        }
    return this.#gradX;
  }

  /** R{y}[n,o,i,j] = R{b}[o] + Σ R{W}[o,c,u,v] x[n,c,a,b] + W[o,c,u,v] R{x}[n,c,a,b] */
  rForward(rX: Tensor, { weight: { data: W } }: WeightAndBias, { weight: { data: rW }, bias: rB }: WeightAndBias): Tensor {
    expectShape('Conv2d rX', rX, this.inShape);
    this.#rX = rX;
    const x = this.#x.data;
    const { batch, out, rows, columns, channels, height, width, kernel, stride, padding } = this.#sizes;
    for (let n = 0, at = 0; n < batch; n++) for (let o = 0; o < out; o++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++, at++) {
          let sum = rB ? rB.data[o] : 0;
          for (let c = 0; c < channels; c++)
            for (let u = 0; u < kernel; u++)
              for (let v = 0; v < kernel; v++) {
                const a = stride * i + u - padding, b = stride * j + v - padding;
                if (a < 0 || a >= height || b < 0 || b >= width) continue;
                const tap = ((o * channels + c) * kernel + u) * kernel + v, pixel = ((n * channels + c) * height + a) * width + b;
                sum += rW[tap] * x[pixel] + W[tap] * rX.data[pixel];
              }
          this.#rY.data[at] = sum;
        }
    return this.#rY;
  }

  /** R{∂x} = Σ R{W} ∂y + W R{∂y}; where asked R{∂W} += Σ R{∂y} x + ∂y R{x}, R{∂b} += Σ R{∂y} */
  rBackward(
    rGradY: Tensor, { weight: { data: W } }: WeightAndBias, { weight: { data: rW } }: WeightAndBias, rGrad?: WeightAndBias,
  ): Tensor {
    expectShape('Conv2d rGradY', rGradY, this.outShape);
    const x = this.#x.data, rX = this.#rX.data, rGradX = this.#rGradX.data.fill(0);
    const { batch, out, rows, columns, channels, height, width, kernel, stride, padding } = this.#sizes;
    for (let n = 0, at = 0; n < batch; n++) for (let o = 0; o < out; o++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++, at++) {
          const g = this.#gradY.data[at], rG = rGradY.data[at];
          if (rGrad?.bias) rGrad.bias.data[o] += rG;
          for (let c = 0; c < channels; c++)
            for (let u = 0; u < kernel; u++)
              for (let v = 0; v < kernel; v++) {
                const a = stride * i + u - padding, b = stride * j + v - padding;
                if (a < 0 || a >= height || b < 0 || b >= width) continue;
                const tap = ((o * channels + c) * kernel + u) * kernel + v, pixel = ((n * channels + c) * height + a) * width + b;
                rGradX[pixel] += rW[tap] * g + W[tap] * rG;
                if (rGrad) rGrad.weight.data[tap] += rG * x[pixel] + g * rX[pixel];
              }
        }
    return this.#rGradX;
  }
}
