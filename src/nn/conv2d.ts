/**
 * @file The convolution y = W ∗ x + b (cross-correlation, as in PyTorch): a linear layer on the patches P of x, read
 * where they are in x̄, the image with its border of zeros (patches.ts); ∂ȳ is ∂ℓ/∂y with one (input-gradient.ts).
 *
 *   forward     x̄ = pad x                    y      = W P + b 1ᵀ
 *   backward    ∂ȳ = pad ∂ℓ/∂y               ∂x̄, ∂W, ∂b by Linear                     ∂ℓ/∂x = crop ∂x̄
 *   rForward    R{x̄} = pad R{x}              R{y}   = R{W} P + W R{P} + R{b} 1ᵀ
 *   rBackward   R{∂ȳ} = pad R{∂y}            R{∂x̄}, R{∂W}, R{∂b} by Linear            R{∂x} = crop R{∂x̄}
 *
 * x [channels, height, width], W [out, channels, kernel, kernel], b [out], y [out, rows, columns].
 */
import { expectShape, zeros, type Tensor } from '../tensor/tensor.ts';
import type { Border } from './border.ts';
import { InputGradient } from './input-gradient.ts';
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
  readonly #linear: Linear;
  readonly #border: Border;
  readonly #gradYBorder: Border;
  readonly #padded: Tensor;
  readonly #rPadded: Tensor;
  readonly #gradYPadded: Tensor;
  readonly #rGradYPadded: Tensor;
  readonly #gradX: Tensor;
  readonly #rGradX: Tensor;

  /** @throws {RangeError} where the kernel is larger than the padded image. */
  constructor({ inShape, out, kernel, stride = 1, padding = 0, bias = true }: Conv2dOptions) {
    const patches = new Patches(inShape, kernel, stride, padding), inputGradient = new InputGradient(patches, out);
    const { rows, columns } = patches;
    this.#border = patches.border;
    this.#gradYBorder = inputGradient.border;
    this.#linear = new Linear({
      inShape: this.#border.shape,
      outShape: [out, rows, columns],
      columns: rows * columns,
      weightShape: [out, inShape[0], kernel, kernel],
      bias,
      places: {
        X: patches.places,
        gradY: inputGradient.places,
        gradYShape: this.#gradYBorder.shape,
        WtY: inputGradient.products,
      },
    });
    this.inShape = inShape;
    this.outShape = this.#linear.outShape;
    this.parameterShapes = this.#linear.parameterShapes;
    this.#padded = zeros(this.#border.shape);
    this.#rPadded = zeros(this.#border.shape);
    this.#gradYPadded = zeros(this.#gradYBorder.shape);
    this.#rGradYPadded = zeros(this.#gradYBorder.shape);
    this.#gradX = zeros(inShape);
    this.#rGradX = zeros(inShape);
  }

  /** x̄ = pad x, y = W P + b 1ᵀ */
  forward(x: Tensor, p: Parameters): Tensor {
    expectShape('Conv2d x', x, this.inShape);
    this.#border.pad(x.data, this.#padded.data);
    return this.#linear.forward(this.#padded, p);
  }

  /** ∂ȳ = pad ∂y, ∂x = crop ∂x̄ */
  backward(gradY: Tensor, p: Parameters, grad: Parameters, wantGradX = true): Tensor | undefined {
    expectShape('Conv2d gradY', gradY, this.outShape);
    this.#gradYBorder.pad(gradY.data, this.#gradYPadded.data);
    const gradPadded = this.#linear.backward(this.#gradYPadded, p, grad, wantGradX);
    if (!gradPadded) return undefined;
    this.#border.crop(gradPadded.data, this.#gradX.data);
    return this.#gradX;
  }

  /** R{x̄} = pad R{x}, R{y} = R{W} P + W R{P} + R{b} 1ᵀ */
  rForward(rX: Tensor | undefined, p: Parameters, rP: Parameters): Tensor {
    if (!rX) return this.#linear.rForward(undefined, p, rP);
    expectShape('Conv2d rX', rX, this.inShape);
    this.#border.pad(rX.data, this.#rPadded.data);
    return this.#linear.rForward(this.#rPadded, p, rP);
  }

  /** R{∂ȳ} = pad R{∂y}, R{∂x} = crop R{∂x̄} */
  rBackward(rGradY: Tensor, p: Parameters, rP: Parameters, rGrad?: Parameters): Tensor {
    expectShape('Conv2d rGradY', rGradY, this.outShape);
    this.#gradYBorder.pad(rGradY.data, this.#rGradYPadded.data);
    const rGradPadded = this.#linear.rBackward(this.#rGradYPadded, p, rP, rGrad);
    this.#border.crop(rGradPadded.data, this.#rGradX.data);
    return this.#rGradX;
  }
}
