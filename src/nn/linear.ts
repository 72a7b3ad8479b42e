/**
 * @file The linear layer Y = W X + b 1ᵀ on every column of X; the paper's last layer is one with a single column.
 *
 *   forward     Y       = W X + b 1ᵀ
 *   backward    ∂ℓ/∂W   = ∂ℓ/∂Y Xᵀ            ∂ℓ/∂b = ∂ℓ/∂Y 1            ∂ℓ/∂X = Wᵀ ∂ℓ/∂Y
 *   rForward    R{Y}    = R{W} X + W R{X} + R{b} 1ᵀ
 *   rBackward   R{∂X}   = R{W}ᵀ ∂ℓ/∂Y + Wᵀ R{∂Y}
 *               R{∂W}   = R{∂Y} Xᵀ + ∂ℓ/∂Y R{X}ᵀ                         R{∂b} = R{∂Y} 1
 *
 * With one column ∂ℓ/∂W is the outer product g aᵀ of the paper's Eq. (3), g = ∂ℓ/∂y and a the layer's input; the attack
 * then has outer-product.ts do what is to be done with ∂W and R{W}.
 * W [out, in], b [out], X [in, columns], Y [out, columns], the tensors read flat in that order whatever their shape.
 */
import { Product, rowMajor, transpose, type Factors, type Places } from '../tensor/matmul.ts';
import { expectShape, sizeOf, zeros, type Tensor } from '../tensor/tensor.ts';
import type { Layer, ParameterShapes, Parameters } from './layer.ts';

/** Shapes of x and y, and how many columns they are read as. */
export interface LinearOptions {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  /** How many columns share W and b: 1 for a vector, the number of patches for a convolution. */
  readonly columns?: number;
  /** Whether there is a b; true unless said. */
  readonly bias?: boolean;
  /** W's shape in a checkpoint, [out, in] unless said. */
  readonly weightShape?: readonly number[];
  /** Where the matrices lie: row by row unless said. */
  readonly places?: LinearPlaces;
}

/** A convolution's patches overlap, and its ∂Y has a border. */
export interface LinearPlaces {
  /** X [in, columns] in x. */
  readonly X: Places;
  /** ∂Y [out, columns] in gradY, of shape `gradYShape`; where no entry lies, gradY is 0. */
  readonly gradY: Places;
  readonly gradYShape: readonly number[];
  /** The products that add up to ∂X = Wᵀ ∂Y: places of W, of gradY and of ∂X, the last in x. */
  readonly WtY: readonly Factors[];
}

export class Linear implements Layer {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes;
  readonly isOuter: boolean;
  readonly #out: number;
  readonly #columns: number;
  readonly #bias: boolean;
  readonly #gradYShape: readonly number[];
  /** [out, in] by [in, columns], [out, columns] by [columns, in] and, maybe in parts, [in, out] by [out, columns]. */
  readonly #WX: Product;
  readonly #YXt: Product;
  readonly #WtY: Product;
  readonly #y: Tensor;
  readonly #gradX: Tensor;
  readonly #rY: Tensor;
  readonly #rGradX: Tensor;
  #x: Tensor;
  #gradY: Tensor;
  #rX: Tensor | undefined;

  /** @throws {RangeError} where a size is not a positive integer, or `columns` does not divide both shapes. */
  constructor({ inShape, outShape, columns = 1, bias = true, weightShape, places }: LinearOptions) {
    const divides = (places ?? sizeOf(inShape) % columns === 0) && sizeOf(outShape) % columns === 0;
    if (!Number.isInteger(columns) || columns < 1 || !divides) {
      throw new RangeError(`Linear columns: expected a divisor of [${inShape}] and [${outShape}], got ${columns}`);
    }
    const out = sizeOf(outShape) / columns, Y = rowMajor(out, columns);
    const X = places?.X ?? rowMajor(sizeOf(inShape) / columns, columns), into = X.rows.length;
    const W = rowMajor(out, into), gradY = places?.gradY ?? Y;
    this.#WX = new Product([W, X, Y]);
    this.#YXt = new Product([gradY, transpose(X), W]);
    this.#WtY = new Product(...(places?.WtY ?? [[transpose(W), Y, X] as const]));
    this.#gradYShape = places?.gradYShape ?? outShape;
    this.inShape = inShape;
    this.outShape = outShape;
    this.#out = out;
    this.#columns = columns;
    this.#bias = bias;
    this.isOuter = columns === 1 && !places;
    this.parameterShapes = { W: weightShape ?? [out, into], b: bias ? [out] : undefined };
    this.#y = zeros(outShape);
    this.#gradY = zeros(this.#gradYShape);
    this.#rY = zeros(outShape);
    this.#gradX = this.#x = zeros(inShape);
    this.#rGradX = zeros(inShape);
  }

  /** Y = W X + b 1ᵀ */
  forward(x: Tensor, { W, b }: Parameters): Tensor {
    expectShape('Linear x', x, this.inShape);
    this.#x = x;
    this.#fillRows(this.#y.data, b.data);
    this.#WX.addTo(this.#y.data, W.data, x.data);
    return this.#y;
  }

  /** ∂W += ∂Y Xᵀ, ∂b += ∂Y 1; returns ∂X = Wᵀ ∂Y */
  backward(gradY: Tensor, { W }: Parameters, grad: Parameters, wantGradX = true): Tensor | undefined {
    expectShape('Linear gradY', gradY, this.#gradYShape);
    this.#gradY = gradY;
    if (grad.outer) grad.outer.set(gradY.data, this.#x.data);
    else this.#YXt.addTo(grad.W.data, gradY.data, this.#x.data);
    if (this.#bias) this.#addRowSums(gradY.data, grad.b.data);
    if (!wantGradX) return undefined;
    this.#gradX.data.fill(0);
    this.#WtY.addTo(this.#gradX.data, W.data, gradY.data);
    return this.#gradX;
  }

  /** R{Y} = R{W} X + W R{X} + R{b} 1ᵀ */
  rForward(rX: Tensor | undefined, { W }: Parameters, rP: Parameters): Tensor {
    if (rX) expectShape('Linear rX', rX, this.inShape);
    this.#rX = rX;
    this.#fillRows(this.#rY.data, rP.b.data);
    if (rP.outer) {
      rP.outer.addTimesA(this.#rY.data);
      if (rX) this.#WX.addTo(this.#rY.data, W.data, rX.data);
    } else {
      this.#WX.addTo(this.#rY.data, rP.W.data, this.#x.data, rX && W.data, rX?.data);
    }
    return this.#rY;
  }

  /** R{∂W} += R{∂Y} Xᵀ + ∂Y R{X}ᵀ, R{∂b} += R{∂Y} 1; returns R{∂X} = R{W}ᵀ ∂Y + Wᵀ R{∂Y} */
  rBackward(rGradY: Tensor, { W }: Parameters, rP: Parameters, rGrad?: Parameters): Tensor {
    expectShape('Linear rGradY', rGradY, this.#gradYShape);
    if (rGrad) {
      this.#YXt.addTo(rGrad.W.data, rGradY.data, this.#x.data, this.#rX && this.#gradY.data, this.#rX?.data);
      if (this.#bias) this.#addRowSums(rGradY.data, rGrad.b.data);
    }
    this.#rGradX.data.fill(0);
    if (rP.outer) {
      rP.outer.addTransposeTimesG(this.#rGradX.data);
      this.#WtY.addTo(this.#rGradX.data, W.data, rGradY.data);
    } else {
      this.#WtY.addTo(this.#rGradX.data, rP.W.data, this.#gradY.data, W.data, rGradY.data);
    }
    return this.#rGradX;
  }

  /** y ← b 1ᵀ, or 0 where there is no bias. */
  #fillRows(y: Float64Array, b: Float64Array): void {
    const n = this.#columns;
    if (!this.#bias) y.fill(0);
    else for (let i = 0; i < this.#out; i++) y.fill(b[i], i * n, (i + 1) * n);
  }

  /** gradB ← gradB + gradY 1 */
  #addRowSums(gradY: Float64Array, gradB: Float64Array): void {
    const n = gradY.length / this.#out;
    for (let i = 0; i < this.#out; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += gradY[i * n + j];
      gradB[i] += sum;
    }
  }
}
