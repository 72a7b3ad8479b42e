/**
 * @file Fast twin of src/nn/linear.ts; skip on first reading.
 *
 * The idea: the same equations, by products that read W once (matmul.ts), and written in the three operations of
 * weight-matrix.ts, so that ∂W and R{W} need not be written out (low-rank.ts).
 *
 *   forward     Y      = X Wᵀ + 1 bᵀ
 *   backward    ∂W    += ∂Yᵀ X                        ∂b    += ∂Yᵀ 1
 *               ∂X     = ∂Y W, computed only when it is read
 *   rForward    R{Y}   = X R{W}ᵀ + R{X} Wᵀ + 1 R{b}ᵀ
 *   rBackward   R{∂W} += R{∂Y}ᵀ X + ∂Yᵀ R{X}          R{∂b} += R{∂Y}ᵀ 1
 *               R{∂X}  = ∂Y R{W} + R{∂Y} W
 *
 * X [rows, in], W [out, in], b [out], Y [rows, out].
 */
import { Linear, type LinearOptions } from '../nn/linear.ts';
import { expectShape, sizeOf, zeros, type Tensor } from '../tensor/tensor.ts';
import { isZero, LazyTensor } from './lazy-tensor.ts';
import { DenseMatrix, matrixOf, type AddsProduct, type Multiplies } from './weight-matrix.ts';

/** b and W, or ∂W or R{W} in a form of its own. */
interface BiasAnd<W> {
  readonly weight: W;
  readonly bias?: Tensor;
}

export class FastLinear extends Linear {
  /** Rows of x: the batch, for x [batch, in]. */
  readonly rows: number;
  readonly #y: Tensor; readonly #gradX: LazyTensor; readonly #rY: Tensor; readonly #rGradX: Tensor;
  #x: Tensor; #gradY: Tensor; #rX: Tensor; #weight: Tensor;
  /** Whether R{x} = 0. */
  #isStill = true;

  /** @throws {RangeError} as `Linear`. */
  constructor(options: LinearOptions) {
    super(options);
    const { inShape, outShape } = this;
    this.rows = sizeOf(outShape) / options.out;
    this.#y = this.#gradY = this.#weight = zeros(outShape);
    this.#rY = zeros(outShape);
    this.#x = this.#rX = this.#rGradX = zeros(inShape);
    this.#gradX = new LazyTensor(inShape, (gradX) =>
      new DenseMatrix(this.#weight).addTransposedTimes(this.#gradY.data, gradX.fill(0)));
  }

  /** Y = X Wᵀ + 1 bᵀ */
  override forward(x: Tensor, { weight, bias }: BiasAnd<Tensor>): Tensor {
    expectShape('Linear x', this.#x = x, this.inShape);
    this.#fillRows(this.#y, bias);
    new DenseMatrix(weight).addTimes(x.data, this.#y.data);
    return this.#y;
  }

  /** ∂W += ∂Yᵀ X, ∂b += ∂Yᵀ 1; returns ∂X, to be computed when it is read */
  override backward(gradY: Tensor, { weight }: BiasAnd<Tensor>, grad: BiasAnd<Tensor | AddsProduct>): Tensor {
    expectShape('Linear gradY', this.#gradY = gradY, this.outShape);
    matrixOf(grad.weight).addProduct(gradY.data, this.#x.data);
    this.#addColumnSums(gradY, grad.bias);
    this.#weight = weight;
    return this.#gradX.forget();
  }

  /** R{Y} = X R{W}ᵀ + R{X} Wᵀ + 1 R{b}ᵀ */
  override rForward(rX: Tensor, { weight }: BiasAnd<Tensor>, rP: BiasAnd<Tensor | Multiplies>): Tensor {
    expectShape('Linear rX', this.#rX = rX, this.inShape);
    this.#isStill = isZero(rX.data);
    this.#fillRows(this.#rY, rP.bias);
    matrixOf(rP.weight).addTimes(this.#x.data, this.#rY.data);
    if (!this.#isStill) new DenseMatrix(weight).addTimes(rX.data, this.#rY.data);
    return this.#rY;
  }

  /** R{∂W} += R{∂Y}ᵀ X + ∂Yᵀ R{X}, R{∂b} += R{∂Y}ᵀ 1; returns R{∂X} = ∂Y R{W} + R{∂Y} W */
  override rBackward(
    rGradY: Tensor, { weight }: BiasAnd<Tensor>, rP: BiasAnd<Tensor | Multiplies>, rGrad?: BiasAnd<Tensor>,
  ): Tensor {
    expectShape('Linear rGradY', rGradY, this.outShape);
    if (rGrad) {
      const rGradW = new DenseMatrix(rGrad.weight);
      rGradW.addProduct(rGradY.data, this.#x.data);
      if (!this.#isStill) rGradW.addProduct(this.#gradY.data, this.#rX.data);
      this.#addColumnSums(rGradY, rGrad.bias);
    }
    this.#rGradX.data.fill(0);
    matrixOf(rP.weight).addTransposedTimes(this.#gradY.data, this.#rGradX.data);
    new DenseMatrix(weight).addTransposedTimes(rGradY.data, this.#rGradX.data);
    return this.#rGradX;
  }

  /** Y ← 1 bᵀ, or 0 without a bias. */
  #fillRows({ data }: Tensor, bias: Tensor | undefined): void {
    if (!bias) data.fill(0);
    else for (let n = 0; n < this.rows; n++) data.set(bias.data, n * bias.data.length);
  }

  /** ∂b += ∂Yᵀ 1, if there is a bias. */
  #addColumnSums({ data }: Tensor, gradBias: Tensor | undefined): void {
    if (!gradBias) return;
    const out = gradBias.data.length;
    for (let n = 0; n < this.rows; n++) for (let o = 0; o < out; o++) gradBias.data[o] += data[n * out + o];
  }
}
