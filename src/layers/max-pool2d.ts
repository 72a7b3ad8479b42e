/**
 * @file Max pooling, PyTorch's MaxPool2d: the largest pixel of each window. The maximum runs over the pixels
 * (a, b) = (s·i + u − p, s·j + v − p) inside the image, with stride s, padding p and 0 ≤ u, v < kernel.
 *
 *   forward     y[n,c,i,j]       = max x[n,c,a,b] = x[n,c,a*,b*]
 *   backward    ∂x[n,c,a*,b*]   += ∂y[n,c,i,j]
 *   rForward    R{y}[n,c,i,j]    = R{x}[n,c,a*,b*]
 *   rBackward   R{∂x}[n,c,a*,b*] += R{∂y}[n,c,i,j]
 *
 * (a*, b*) is the pixel that forward chose for (n, c, i, j): the first of equal pixels and the last NaN, as in PyTorch.
 * A small change of x does not move it, so the other passes follow it. Where it moves, L_G has a kink, as with ReLU.
 *
 * x [batch, channels, height, width], y [batch, channels, rows, columns]; there are no parameters.
 */
import type { Layer, ParameterShapes } from '../nn/layer.ts';
import { expectShape, zeros, type Tensor } from '../tensor/tensor.ts';
import { poolWindows, type Pool2dOptions } from './pool-windows.ts';

export type MaxPool2dOptions = Pool2dOptions;

export class MaxPool2d implements Layer<unknown> {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes = {};
  readonly options: Required<MaxPool2dOptions>;
  /** The place of x[n,c,a*,b*] for each y[n,c,i,j]. */
  readonly #chosen: Uint32Array;
  readonly #y: Tensor;
  readonly #gradX: Tensor;
  readonly #rY: Tensor;
  readonly #rGradX: Tensor;

  /** @throws {RangeError} as `poolWindows`. */
  constructor(options: MaxPool2dOptions) {
    const { outShape, ...sizes } = poolWindows('MaxPool2d', options);
    this.options = sizes;
    this.inShape = options.inShape;
    this.outShape = outShape;
    this.#y = zeros(this.outShape);
    this.#rY = zeros(this.outShape);
    this.#gradX = zeros(this.inShape);
    this.#rGradX = zeros(this.inShape);
    this.#chosen = new Uint32Array(this.#y.data.length);
  }

  /** y[n,c,i,j] = max x[n,c,a,b] */
  forward(x: Tensor): Tensor {
    expectShape('MaxPool2d x', x, this.inShape);
    const { kernel, stride, padding } = this.options, [batch, channels, height, width] = this.inShape;
    const [, , rows, columns] = this.outShape, y = this.#y.data, chosen = this.#chosen;
    for (let map = 0, at = 0; map < batch * channels; map++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++, at++) {
          let best = -1;
          for (let u = 0; u < kernel; u++)
            for (let v = 0; v < kernel; v++) {
              const a = stride * i + u - padding, b = stride * j + v - padding;
              if (a < 0 || a >= height || b < 0 || b >= width) continue;
              const q = (map * height + a) * width + b;
              if (best < 0 || x.data[q] > x.data[best] || Number.isNaN(x.data[q])) best = q;
            }
          chosen[at] = best;
          y[at] = x.data[best];
        }
    return this.#y;
  }

  /** ∂x[n,c,a*,b*] += ∂y[n,c,i,j] */
  backward(gradY: Tensor): Tensor {
    expectShape('MaxPool2d gradY', gradY, this.outShape);
    return this.#addToChosen(gradY, this.#gradX);
  }

  /** R{y}[n,c,i,j] = R{x}[n,c,a*,b*] */
  rForward(rX: Tensor): Tensor {
    expectShape('MaxPool2d rX', rX, this.inShape);
    for (let at = 0; at < this.#chosen.length; at++) this.#rY.data[at] = rX.data[this.#chosen[at]];
    return this.#rY;
  }

  /** R{∂x}[n,c,a*,b*] += R{∂y}[n,c,i,j] */
  rBackward(rGradY: Tensor): Tensor {
    expectShape('MaxPool2d rGradY', rGradY, this.outShape);
    return this.#addToChosen(rGradY, this.#rGradX);
  }

  /** ∂x ← 0, then ∂x[n,c,a*,b*] += ∂y[n,c,i,j]; a pixel may be chosen by several windows. */
  #addToChosen(gradY: Tensor, gradX: Tensor): Tensor {
    gradX.data.fill(0);
    for (let at = 0; at < this.#chosen.length; at++) gradX.data[this.#chosen[at]] += gradY.data[at];
    return gradX;
  }
}
