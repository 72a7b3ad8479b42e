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
  #x: Tensor; #gradY: Tensor; #rX: Tensor; // what the passes were given last
  readonly #y: Tensor; readonly #gradX: Tensor; readonly #rY: Tensor; readonly #rGradX: Tensor; // what they return

  /** @throws {RangeError} if a size is not a positive integer. */
  constructor(options: LinearOptions) {
    const { inShape, out, bias = true } = options, features = inShape[inShape.length - 1];
    this.options = options;
    this.inShape = inShape;
    this.outShape = [...inShape.slice(0, -1), out];
    this.parameterShapes = { weight: [out, features], ...(bias && { bias: [out] }) };
    this.#in = features;
    this.#out = out;
    this.#rows = sizeOf(inShape) / features;
    [this.#y, this.#gradY, this.#rY] = [1, 2, 3].map(() => zeros(this.outShape));
    [this.#x, this.#gradX, this.#rX, this.#rGradX] = [1, 2, 3, 4].map(() => zeros(inShape));
  }

  /** y = x Wᵀ + b */
  forward(x: Tensor, { weight, bias }: WeightAndBias): Tensor {
    expectShape('Linear x', x, this.inShape);
    this.#x = x;
    this.#fillRows(this.#y, bias);
    addABt(this.#rows, this.#in, this.#out, x.data, weight.data, this.#y.data);
    return this.#y;
  }

  /** ∂W += ∂yᵀ x, ∂b += Σₙ ∂y[n]; returns ∂x = ∂y W */
  backward(gradY: Tensor, { weight }: WeightAndBias, grad: WeightAndBias): Tensor {
    expectShape('Linear gradY', gradY, this.outShape);
    this.#gradY = gradY;
    addAtB(this.#out, this.#rows, this.#in, gradY.data, this.#x.data, grad.weight.data);
    this.#addColumnSums(gradY, grad.bias);
    this.#gradX.data.fill(0);
    addAB(this.#rows, this.#out, this.#in, gradY.data, weight.data, this.#gradX.data);
    return this.#gradX;
  }

  /** R{y} = R{b} + x R{W}ᵀ + R{x} Wᵀ */
  rForward(rX: Tensor, { weight }: WeightAndBias, { weight: rWeight, bias: rBias }: WeightAndBias): Tensor {
    expectShape('Linear rX', rX, this.inShape);
    this.#rX = rX;
    this.#fillRows(this.#rY, rBias);
    addABt(this.#rows, this.#in, this.#out, this.#x.data, rWeight.data, this.#rY.data);
    addABt(this.#rows, this.#in, this.#out, rX.data, weight.data, this.#rY.data);
    return this.#rY;
  }

  /** R{∂W} += R{∂y}ᵀ x + ∂yᵀ R{x}, R{∂b} += Σₙ R{∂y}[n]; returns R{∂x} = ∂y R{W} + R{∂y} W */
  rBackward(rGradY: Tensor, { weight }: WeightAndBias, rP: WeightAndBias, rGrad?: WeightAndBias): Tensor {
    expectShape('Linear rGradY', rGradY, this.outShape);
    if (rGrad) {
      addAtB(this.#out, this.#rows, this.#in, rGradY.data, this.#x.data, rGrad.weight.data);
      addAtB(this.#out, this.#rows, this.#in, this.#gradY.data, this.#rX.data, rGrad.weight.data);
      this.#addColumnSums(rGradY, rGrad.bias);
    }
    this.#rGradX.data.fill(0);
    addAB(this.#rows, this.#out, this.#in, this.#gradY.data, rP.weight.data, this.#rGradX.data);
    addAB(this.#rows, this.#out, this.#in, rGradY.data, weight.data, this.#rGradX.data);
    return this.#rGradX;
  }

  /** Each row of y ← b, or 0 without a bias. */
  #fillRows({ data: y }: Tensor, bias: Tensor | undefined): void {
    for (let at = 0; at < y.length; at++) y[at] = bias ? bias.data[at % this.#out] : 0;
  }

  /** Adds the sum of the rows of ∂y to ∂b, if there is a bias. */
  #addColumnSums({ data: gradY }: Tensor, gradBias: Tensor | undefined): void {
    if (gradBias) for (let at = 0; at < gradY.length; at++) gradBias.data[at % this.#out] += gradY[at];
  }
}
