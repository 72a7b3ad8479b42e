/**
 * @file The convolution y = W ∗ x + b (cross-correlation, as in PyTorch): a linear layer on gathered patches.
 *
 *   forward     P = gather x          y      = W P + b 1ᵀ
 *   backward    ∂P, ∂W, ∂b by Linear  ∂ℓ/∂x  = scatterAdd ∂P
 *   rForward    R{P} = gather R{x}    R{y}   = R{W} P + W R{P} + R{b} 1ᵀ
 *   rBackward   R{∂P} by Linear       R{∂x}  = scatterAdd R{∂P}
 *
 * x [channels, height, width], W [out, channels, kernel, kernel], b [out], y [out, rows, columns].
 */
import { expectShape, zeros, type Tensor } from '../tensor/tensor.ts';
import type { Layer, ParameterShapes, Parameters } from './layer.ts';
import { Linear } from './linear.ts';
import { Patches } from './patches.ts';

export interface Conv2dOptions {
  /** [channels, height, width] */
  readonly inShape: readonly number[];
  /** Output channels. */
  readonly out: number;
  /** Side of the square kernel, in pixels. */
  readonly kernel: number;
  readonly stride?: number;
  /** Zeros added on each side, in pixels. */
  readonly padding?: number;
  readonly bias?: boolean;
}

export class Conv2d implements Layer {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes;
  readonly #patches: Patches;
  readonly #linear: Linear;
  readonly #P: Tensor;
  readonly #rP: Tensor;
  readonly #gradX: Tensor;
  readonly #rGradX: Tensor;

  /** @throws {RangeError} where the kernel is larger than the padded image. */
  constructor({ inShape, out, kernel, stride = 1, padding = 0, bias = true }: Conv2dOptions) {
    this.#patches = new Patches(inShape, kernel, stride, padding);
    const { rows, columns, shape } = this.#patches;
    this.#linear = new Linear({
      inShape: shape,
      outShape: [out, rows, columns],
      columns: rows * columns,
      weightShape: [out, inShape[0], kernel, kernel],
      bias,
    });
    this.inShape = inShape;
    this.outShape = this.#linear.outShape;
    this.parameterShapes = this.#linear.parameterShapes;
    this.#P = zeros(shape);
    this.#rP = zeros(shape);
    this.#gradX = zeros(inShape);
    this.#rGradX = zeros(inShape);
  }

  /** P = gather x, y = W P + b 1ᵀ */
  forward(x: Tensor, p: Parameters): Tensor {
    expectShape('Conv2d x', x, this.inShape);
    this.#patches.gather(x.data, this.#P.data);
    return this.#linear.forward(this.#P, p);
  }

  /** ∂x = scatterAdd ∂P */
  backward(gradY: Tensor, p: Parameters, grad: Parameters, wantGradX = true): Tensor | undefined {
    const gradP = this.#linear.backward(gradY, p, grad, wantGradX);
    return gradP && this.#scatter(gradP, this.#gradX);
  }

  /** R{P} = gather R{x}, R{y} = R{W} P + W R{P} + R{b} 1ᵀ */
  rForward(rX: Tensor | undefined, p: Parameters, rP: Parameters): Tensor {
    if (!rX) return this.#linear.rForward(undefined, p, rP);
    expectShape('Conv2d rX', rX, this.inShape);
    this.#patches.gather(rX.data, this.#rP.data);
    return this.#linear.rForward(this.#rP, p, rP);
  }

  /** R{∂x} = scatterAdd R{∂P} */
  rBackward(rGradY: Tensor, p: Parameters, rP: Parameters, rGrad?: Parameters): Tensor {
    return this.#scatter(this.#linear.rBackward(rGradY, p, rP, rGrad), this.#rGradX);
  }

  #scatter(P: Tensor, x: Tensor): Tensor {
    x.data.fill(0);
    this.#patches.scatterAdd(P.data, x.data);
    return x;
  }
}
