/**
 * @file Average pooling, PyTorch's AvgPool2d: the mean of each window, in which the padding counts as zeros. The sums
 * run over the pixels (a, b) = (s·i + u − p, s·j + v − p) inside the image, with stride s, padding p, 0 ≤ u, v < k.
 *
 *   forward     y[n,c,i,j]     = Σ x[n,c,a,b] / k²           rForward    R{y} from R{x} likewise, because y is linear
 *   backward    ∂x[n,c,a,b]   += ∂y[n,c,i,j] / k²            rBackward   R{∂x} from R{∂y} likewise
 *
 * x [batch, channels, height, width], y [batch, channels, rows, columns]; there are no parameters. With k as large as
 * the image it is global average pooling.
 */
import type { Layer, ParameterShapes } from '../nn/layer.ts';
import { expectShape, zeros, type Tensor } from '../tensor/tensor.ts';
import { poolWindows, type Pool2dOptions, type PoolWindows } from './pool-windows.ts';

export class AveragePool2d implements Layer<unknown> {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes = {};
  readonly options: PoolWindows;
  readonly #y: Tensor;
  readonly #gradX: Tensor;
  readonly #rY: Tensor;
  readonly #rGradX: Tensor;

  /** @throws {RangeError} as `poolWindows`. */
  constructor(options: Pool2dOptions) {
    this.options = poolWindows('AveragePool2d', options);
    this.inShape = options.inShape;
    this.outShape = this.options.outShape;
    this.#y = zeros(this.outShape);
    this.#rY = zeros(this.outShape);
    this.#gradX = zeros(this.inShape);
    this.#rGradX = zeros(this.inShape);
  }

  /** y[n,c,i,j] = Σ x[n,c,a,b] / k² */
  forward(x: Tensor): Tensor {
    expectShape('AveragePool2d x', x, this.inShape);
    return this.#average(x, this.#y);
  }

  /** ∂x[n,c,a,b] += ∂y[n,c,i,j] / k² */
  backward(gradY: Tensor): Tensor {
    expectShape('AveragePool2d gradY', gradY, this.outShape);
    return this.#spread(gradY, this.#gradX);
  }

  /** R{y}[n,c,i,j] = Σ R{x}[n,c,a,b] / k² */
  rForward(rX: Tensor): Tensor {
    expectShape('AveragePool2d rX', rX, this.inShape);
    return this.#average(rX, this.#rY);
  }

  /** R{∂x}[n,c,a,b] += R{∂y}[n,c,i,j] / k² */
  rBackward(rGradY: Tensor): Tensor {
    expectShape('AveragePool2d rGradY', rGradY, this.outShape);
    return this.#spread(rGradY, this.#rGradX);
  }

  /** y[n,c,i,j] ← Σ x[n,c,a,b] / k² */
  #average(x: Tensor, y: Tensor): Tensor {
    const { kernel, stride, padding } = this.options, [batch, channels, height, width] = this.inShape;
    const [, , rows, columns] = this.outShape, share = 1 / (kernel * kernel);
    y.data.fill(0);
    for (let map = 0, at = 0; map < batch * channels; map++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++, at++)
          for (let u = 0; u < kernel; u++)
            for (let v = 0; v < kernel; v++) {
              const a = stride * i + u - padding, b = stride * j + v - padding;
              if (a < 0 || a >= height || b < 0 || b >= width) continue;
              y.data[at] += share * x.data[(map * height + a) * width + b];
            }
    return y;
  }

  /** ∂x ← 0, then ∂x[n,c,a,b] += ∂y[n,c,i,j] / k² */
  #spread(gradY: Tensor, gradX: Tensor): Tensor {
    const { kernel, stride, padding } = this.options, [batch, channels, height, width] = this.inShape;
    const [, , rows, columns] = this.outShape, share = 1 / (kernel * kernel);
    gradX.data.fill(0);
    for (let map = 0, at = 0; map < batch * channels; map++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++, at++)
          for (let u = 0; u < kernel; u++)
            for (let v = 0; v < kernel; v++) {
              const a = stride * i + u - padding, b = stride * j + v - padding;
              if (a < 0 || a >= height || b < 0 || b >= width) continue;
              gradX.data[(map * height + a) * width + b] += share * gradY.data[at];
            }
    return gradX;
  }
}
