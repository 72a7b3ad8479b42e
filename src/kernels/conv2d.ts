/**
 * @file Fast twin of src/nn/conv2d.ts; skip on first reading.
 *
 * The idea: a convolution is the product of W, as a matrix [out, channels·kernel²], and the patches P of all images of
 * the batch, one patch per column, and a product can be made fast (product.ts). P is read where it lies in x̄, the
 * images with borders of zeros (patches.ts); ∂ȳ is ∂y with such borders (input-gradient.ts).
 *
 *   forward     x̄     = pad x         Y      = W P + b 1ᵀ
 *   backward    ∂ȳ    = pad ∂y        ∂W    += ∂Y Pᵀ                     ∂b    += ∂Y 1
 *                                     ∂x     = crop of Wᵀ ∂Y, computed only when it is read
 *   rForward    R{x̄}  = pad R{x}      R{Y}   = R{W} P + W R{P} + R{b} 1ᵀ
 *   rBackward   R{∂ȳ} = pad R{∂y}     R{∂W} += R{∂Y} Pᵀ + ∂Y R{P}ᵀ       R{∂b} += R{∂Y} 1
 *                                     R{∂x}  = crop of R{W}ᵀ ∂Y + Wᵀ R{∂Y}
 *
 * A batch that is too large for the product's copies is multiplied in several parts of equal size.
 */
import { Conv2d, type Conv2dOptions } from '../nn/conv2d.ts';
import type { WeightAndBias } from '../nn/linear.ts';
import { expectShape, sizeOf, zeros, type Tensor } from '../tensor/tensor.ts';
import { Border } from './border.ts';
import { InputGradient } from './input-gradient.ts';
import { isZero, LazyTensor } from './lazy-tensor.ts';
import { Patches } from './patches.ts';
import { LARGEST, Product } from './product.ts';

/** Numbers of a whole batch, and the same memory in equal parts. */
interface Parts {
  readonly all: Float64Array;
  readonly parts: readonly Float64Array[];
}

export class FastConv2d extends Conv2d {
  /** W P, ∂Y Pᵀ and Wᵀ ∂Y for one part of the batch. */
  readonly #timesP: Product; readonly #timesPt: Product; readonly #transposedTimes: Product;
  /** Between x and x̄, and between ∂y and ∂ȳ, for the whole batch. */
  readonly #xBorder: Border; readonly #yBorder: Border;
  readonly #xPadded: Parts; readonly #rXPadded: Parts; readonly #gradXPadded: Parts;
  readonly #gradYPadded: Parts; readonly #rGradYPadded: Parts; readonly #yParts: Parts; readonly #rYParts: Parts;
  readonly #y: Tensor; readonly #gradX: LazyTensor; readonly #rY: Tensor; readonly #rGradX: Tensor;
  #weight: Float64Array;
  /** Whether R{x} = 0. */
  #isStill = true;

  /** The images that a product takes at once: a divisor of the batch, or 0 if even a single one is too large. */
  static imagesAtOnce({ outShape: [batch, out, rows, columns], options }: Conv2d): number {
    const { inShape: [, channels, height, width], kernel, padding = 0 } = options;
    const xPadded = channels * (height + 2 * padding) * (width + 2 * padding);
    const yPadded = out * (rows + 2 * kernel) * (columns + 2 * kernel); // at most
    const most = out * channels * kernel * kernel > LARGEST ? 0 : Math.floor(LARGEST / Math.max(xPadded, yPadded));
    let images = Math.min(batch, most);
    while (images > 0 && batch % images !== 0) images--;
    return images;
  }

  /** @throws {RangeError} as `Conv2d`, or if an image is too large for a product. */
  constructor(options: Conv2dOptions) {
    super(options);
    const { inShape, outShape } = this, { kernel, stride = 1, padding = 0 } = options;
    const [batch, out] = outShape, images = FastConv2d.imagesAtOnce(this);
    if (images === 0) {
      throw new RangeError(`Conv2d x: expected images that fit into ${LARGEST} numbers, got [${inShape}]`);
    }
    const geometryOf = (n: number) => ({ inShape: [n, ...inShape.slice(1)], kernel, stride, padding });
    const P = new Patches(geometryOf(images)), gradient = new InputGradient(P, out);
    this.#timesP = new Product(...P.timesP(new Border([images, ...outShape.slice(1)], 0, 0)));
    this.#timesPt = new Product(...P.timesPt(gradient.border));
    this.#transposedTimes = new Product(...gradient.products);
    this.#xBorder = P.border.withBatch(batch);
    this.#yBorder = gradient.border.withBatch(batch);
    const count = batch / images, ofX = (): Parts => inParts(new Float64Array(sizeOf(this.#xBorder.shape)), count);
    const ofY = (): Parts => inParts(new Float64Array(sizeOf(this.#yBorder.shape)), count);
    this.#xPadded = ofX();
    this.#rXPadded = ofX();
    this.#gradXPadded = ofX();
    this.#gradYPadded = ofY();
    this.#rGradYPadded = ofY();
    this.#y = zeros(outShape);
    this.#rY = zeros(outShape);
    this.#yParts = inParts(this.#y.data, count);
    this.#rYParts = inParts(this.#rY.data, count);
    this.#rGradX = zeros(inShape);
    this.#weight = this.#xPadded.all;
    this.#gradX = new LazyTensor(inShape, (gradX) => this.#computeGradX(gradX));
  }

  /** x̄ = pad x, Y = W P + b 1ᵀ */
  override forward(x: Tensor, { weight, bias }: WeightAndBias): Tensor {
    expectShape('Conv2d x', x, this.inShape);
    this.#xBorder.pad(x.data, this.#xPadded.all);
    this.#fillPlanes(this.#y, bias);
    const { parts } = this.#xPadded, y = this.#yParts.parts;
    for (let k = 0; k < parts.length; k++) this.#timesP.add(y[k], weight.data, parts[k]);
    return this.#y;
  }

  /** ∂ȳ = pad ∂y, ∂W += ∂Y Pᵀ, ∂b += ∂Y 1; returns ∂x, to be computed when it is read */
  override backward(gradY: Tensor, { weight }: WeightAndBias, grad: WeightAndBias): Tensor {
    expectShape('Conv2d gradY', gradY, this.outShape);
    this.#yBorder.pad(gradY.data, this.#gradYPadded.all);
    const { parts } = this.#gradYPadded, x = this.#xPadded.parts;
    for (let k = 0; k < parts.length; k++) this.#timesPt.add(grad.weight.data, parts[k], x[k]);
    this.#addPlaneSums(gradY, grad.bias);
    this.#weight = weight.data;
    return this.#gradX.forget();
  }

  /** ∂x = crop of Wᵀ ∂Y */
  #computeGradX(gradX: Float64Array): void {
    const { all, parts } = this.#gradXPadded, gradY = this.#gradYPadded.parts;
    all.fill(0);
    for (let k = 0; k < parts.length; k++) this.#transposedTimes.add(parts[k], this.#weight, gradY[k]);
    this.#xBorder.crop(all, gradX);
  }

  /** R{x̄} = pad R{x}, R{Y} = R{W} P + W R{P} + R{b} 1ᵀ */
  override rForward(rX: Tensor, { weight }: WeightAndBias, { weight: rWeight, bias: rBias }: WeightAndBias): Tensor {
    expectShape('Conv2d rX', rX, this.inShape);
    this.#isStill = isZero(rX.data);
    if (!this.#isStill) this.#xBorder.pad(rX.data, this.#rXPadded.all);
    this.#fillPlanes(this.#rY, rBias);
    const x = this.#xPadded.parts, rXs = this.#rXPadded.parts, rY = this.#rYParts.parts;
    for (let k = 0; k < rY.length; k++) {
      if (this.#isStill) this.#timesP.add(rY[k], rWeight.data, x[k]);
      else this.#timesP.add(rY[k], rWeight.data, x[k], weight.data, rXs[k]);
    }
    return this.#rY;
  }

  /** R{∂ȳ} = pad R{∂y}, R{∂W} += R{∂Y} Pᵀ + ∂Y R{P}ᵀ, R{∂b} += R{∂Y} 1; returns R{∂x} = crop of R{W}ᵀ ∂Y + Wᵀ R{∂Y} */
  override rBackward(
    rGradY: Tensor, { weight }: WeightAndBias, { weight: rWeight }: WeightAndBias, rGrad?: WeightAndBias,
  ): Tensor {
    expectShape('Conv2d rGradY', rGradY, this.outShape);
    this.#yBorder.pad(rGradY.data, this.#rGradYPadded.all);
    const gradYs = this.#gradYPadded.parts, rGradYs = this.#rGradYPadded.parts;
    if (rGrad) {
      const x = this.#xPadded.parts, rXs = this.#rXPadded.parts;
      for (let k = 0; k < x.length; k++) {
        if (this.#isStill) this.#timesPt.add(rGrad.weight.data, rGradYs[k], x[k]);
        else this.#timesPt.add(rGrad.weight.data, rGradYs[k], x[k], gradYs[k], rXs[k]);
      }
      this.#addPlaneSums(rGradY, rGrad.bias);
    }
    const { all, parts } = this.#gradXPadded;
    all.fill(0);
    for (let k = 0; k < parts.length; k++) {
      this.#transposedTimes.add(parts[k], rWeight.data, gradYs[k], weight.data, rGradYs[k]);
    }
    this.#xBorder.crop(all, this.#rGradX.data);
    return this.#rGradX;
  }

  /** Y ← b 1ᵀ, or 0 without a bias. */
  #fillPlanes({ data, shape: [batch, out] }: Tensor, bias: Tensor | undefined): void {
    const size = data.length / (batch * out);
    for (let plane = 0; plane < batch * out; plane++) {
      data.fill(bias ? bias.data[plane % out] : 0, plane * size, (plane + 1) * size);
    }
  }

  /** ∂b += ∂Y 1, if there is a bias. */
  #addPlaneSums({ data, shape: [batch, out] }: Tensor, gradBias: Tensor | undefined): void {
    const size = data.length / (batch * out);
    for (let plane = 0; gradBias && plane < batch * out; plane++) {
      let sum = 0;
      for (let i = plane * size; i < (plane + 1) * size; i++) sum += data[i];
      gradBias.data[plane % out] += sum;
    }
  }
}

function inParts(all: Float64Array, count: number): Parts {
  const size = all.length / count;
  return { all, parts: Array.from({ length: count }, (_, k) => all.subarray(k * size, (k + 1) * size)) };
}
