/**
 * @file The linear layer, on the last dimension of x: one row of x is one input.
 *
 *   forward     y[n,o]      = b[o] + Σᵢ x[n,i] W[o,i]                    y    = x Wᵀ + b
 *   backward    ∂W[o,i]    += Σₙ ∂y[n,o] x[n,i]                          ∂W  += ∂yᵀ x
 *               ∂b[o]      += Σₙ ∂y[n,o]
 *               ∂x[n,i]     = Σ_o ∂y[n,o] W[o,i]                         ∂x   = ∂y W
 *   rForward    R{y}        = R{b} + x R{W}ᵀ + R{x} Wᵀ
 *   rBackward   R{∂W}      += R{∂y}ᵀ x + ∂yᵀ R{x}
 *               R{∂b}[o]   += Σₙ R{∂y}[n,o]
 *               R{∂x}       = ∂y R{W} + R{∂y} W
 *
 * For one image ∂W is the outer product of the paper's Eq. (3): ∂ℓ/∂W_i = gᵢ a with g = ∂ℓ/∂y and a the layer's input.
 * x [..., in], W [out, in], b [out], y [..., out].
 */
import { addAB, addABt, addAtB } from '../tensor/matmul.ts';
import { expectShape, sizeOf, zeros, type Tensor } from '../tensor/tensor.ts';
import type { Layer, ParameterShapes } from './layer.ts';

export interface LinearOptions {
  readonly inShape: readonly number[]; // [batch, ..., in]
  readonly out: number; //    numbers in a row of y
  readonly bias?: boolean; // whether there is a b; default: true
}

/** The parameters of a linear layer or a convolution. */
export interface WeightAndBias {
  readonly weight: Tensor;
  readonly bias?: Tensor;
}

export class Linear implements Layer<WeightAndBias> {
  readonly options: LinearOptions;
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes;
  readonly #rows: number; readonly #in: number; readonly #out: number;
  #x!: Tensor; #gradY!: Tensor; #rX!: Tensor; // what the passes were given last
  #y?: Tensor; #gradX?: Tensor; #rY?: Tensor; #rGradX?: Tensor; // what they return, allocated when first needed

  /** @throws {RangeError} if a size is not a positive integer. */
  constructor(options: LinearOptions) {
    const { inShape, out, bias = true } = options, features = inShape[inShape.length - 1];
    if (![...inShape, out].every((n) => Number.isInteger(n) && n >= 1)) {
      throw new RangeError(`Linear: expected positive integers, got [${inShape}] to ${out} outputs`);
    }
    this.options = options;
    this.inShape = inShape;
    this.outShape = [...inShape.slice(0, -1), out];
    this.parameterShapes = { weight: [out, features], ...(bias && { bias: [out] }) };
    [this.#rows, this.#in, this.#out] = [sizeOf(inShape) / features, features, out];
  }

  /** y = x Wᵀ + b */
  forward(x: Tensor, { weight, bias }: WeightAndBias): Tensor {
    expectShape('Linear x', x, this.inShape);
    this.#x = x;
    const y = this.#fillRows(this.#y ??= zeros(this.outShape), bias);
    addABt(this.#rows, this.#in, this.#out, x.data, weight.data, y.data);
    return y;
  }

  /** ∂W += ∂yᵀ x, ∂b += Σₙ ∂y[n]; returns ∂x = ∂y W */
  backward(gradY: Tensor, { weight }: WeightAndBias, grad: WeightAndBias): Tensor {
    expectShape('Linear gradY', gradY, this.outShape);
    this.#gradY = gradY;
    addAtB(this.#out, this.#rows, this.#in, gradY.data, this.#x.data, grad.weight.data);
    this.#addColumnSums(gradY, grad.bias);
    const gradX = (this.#gradX ??= zeros(this.inShape)).data.fill(0);
    addAB(this.#rows, this.#out, this.#in, gradY.data, weight.data, gradX);
    return this.#gradX;
  }

  /** R{y} = R{b} + x R{W}ᵀ + R{x} Wᵀ */
  rForward(rX: Tensor, { weight }: WeightAndBias, { weight: rWeight, bias: rBias }: WeightAndBias): Tensor {
    expectShape('Linear rX', rX, this.inShape);
    this.#rX = rX;
    const rY = this.#fillRows(this.#rY ??= zeros(this.outShape), rBias);
    addABt(this.#rows, this.#in, this.#out, this.#x.data, rWeight.data, rY.data);
    addABt(this.#rows, this.#in, this.#out, rX.data, weight.data, rY.data);
    return rY;
  }

  /** R{∂W} += R{∂y}ᵀ x + ∂yᵀ R{x}, R{∂b} += Σₙ R{∂y}[n]; returns R{∂x} = ∂y R{W} + R{∂y} W */
  rBackward(rGradY: Tensor, { weight }: WeightAndBias, rP: WeightAndBias, rGrad?: WeightAndBias): Tensor {
    expectShape('Linear rGradY', rGradY, this.outShape);
    if (rGrad) {
      addAtB(this.#out, this.#rows, this.#in, rGradY.data, this.#x.data, rGrad.weight.data);
      addAtB(this.#out, this.#rows, this.#in, this.#gradY.data, this.#rX.data, rGrad.weight.data);
      this.#addColumnSums(rGradY, rGrad.bias);
    }
    const rGradX = (this.#rGradX ??= zeros(this.inShape)).data.fill(0);
    addAB(this.#rows, this.#out, this.#in, this.#gradY.data, rP.weight.data, rGradX);
    addAB(this.#rows, this.#out, this.#in, rGradY.data, weight.data, rGradX);
    return this.#rGradX;
  }

  /** Each row of y ← b, or 0 without a bias; returns y. */
  #fillRows(y: Tensor, bias: Tensor | undefined): Tensor {
    for (let at = 0; at < y.data.length; at++) y.data[at] = bias ? bias.data[at % this.#out] : 0;
    return y;
  }

  /** Adds the sum of the rows of ∂y to ∂b, if there is a bias. */
  #addColumnSums({ data: gradY }: Tensor, gradBias: Tensor | undefined): void {
    if (gradBias) for (let at = 0; at < gradY.length; at++) gradBias.data[at % this.#out] += gradY[at];
  }
}
