/**
 * @file Layers followed by a loss: ℓ(θ; x, t), ∂ℓ/∂θ, and both differentiated along a direction R{θ}.
 *
 *   forward     y = layers(x, θ),  ℓ = loss(y, t)
 *   backward    ∂ℓ/∂θ, the gradient that a client shares: ∇W in the paper; and ∂ℓ/∂x
 *   rForward    R{y} along R{θ}, and along R{x} if that is given
 *   rBackward   if R{x} = 0:  R{∂ℓ/∂x} = ∂/∂x ⟨∂ℓ/∂θ, R{θ}⟩  and  R{∂ℓ/∂θ} = (∂²ℓ/∂θ²) R{θ}, both exact
 *
 * ℓ is the mean over the batch. Images x [batch, channels, height, width], labels t and logits y [batch, classes].
 */
import { expectFinite, expectShape, sizeOf, zeros, type Tensor } from '../tensor/tensor.ts';
import { DenseDifference, ParameterVector, type GradientDifference, type HasTree } from './parameters.ts';
import type { Sequence } from './sequence.ts';
import { oneHot, SoftmaxCrossEntropy } from './softmax-cross-entropy.ts';

/** Makes the layers, with buffers of their own, for images of shape [batch, channels, height, width]. */
export type BuildLayers = (inShape: readonly number[]) => Sequence;

export class Network {
  readonly build: BuildLayers;
  readonly imageShape: readonly number[]; // [channels, height, width]
  readonly batch: number; //                 images that the passes take at once
  readonly classes: number;
  readonly layers: Sequence;
  readonly theta: ParameterVector; //        θ: change its numbers to train or load the network
  readonly #loss: SoftmaxCrossEntropy;
  readonly #zeroX: Tensor;
  #isBack = false; //                        whether `backward` has run since the last `logits` or `forward`

  /**
   * @param theta the parameters, shared and not copied; default: zeros.
   * @throws {RangeError} if the last layer is not linear over classes (a weight [classes, features], at least two
   *   classes), from which the label rules read the label, or theta has other shapes than the layers.
   */
  constructor(build: BuildLayers, imageShape: readonly number[], batch = 1, theta?: ParameterVector) {
    if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`batch: expected a positive integer, got ${batch}`);
    this.build = build;
    this.imageShape = imageShape;
    this.batch = batch;
    this.layers = build([batch, ...imageShape]);
    const { parts, outShape, parameterShapes } = this.layers, last = parts[parts.length - 1];
    const weight = last.layer.parameterShapes.weight as readonly number[] | undefined, [, classes] = outShape;
    if (outShape.length !== 2 || classes < 2 || weight?.length !== 2) {
      throw new RangeError(`${last.name}: expected a linear last layer with 2 outputs or more, got [${outShape}]`);
    }
    this.classes = classes;
    this.theta = theta ?? new ParameterVector(parameterShapes);
    this.theta.expectShapes('theta', parameterShapes);
    this.#loss = new SoftmaxCrossEntropy(outShape);
    this.#zeroX = zeros(this.layers.inShape);
  }

  /** A network over the same θ that takes `batch` images at once, with buffers of its own. */
  withBatch(batch: number): Network {
    return new Network(this.build, this.imageShape, batch, this.theta);
  }

  /** The logits y of images x. @throws {RangeError} if x does not have the shape [batch, channels, height, width]. */
  logits(x: Tensor): Tensor {
    expectShape('network x', x, this.layers.inShape);
    this.#isBack = false;
    return this.layers.forward(x, this.theta.tree);
  }

  /** ℓ of images x with labels t, one distribution over the classes per image. */
  forward(x: Tensor, t: Tensor): number {
    return this.#loss.forward(this.logits(x), t);
  }

  /** ∂ℓ/∂x; adds ∂ℓ/∂θ into `grad`. */
  backward(grad: HasTree): Tensor {
    this.#isBack = true;
    return this.layers.backward(this.#loss.backward(), this.theta.tree, grad.tree);
  }

  /**
   * R{y} along R{θ} and R{x}; default: R{x} = 0, the images held fixed.
   * @throws {Error} if `forward` and `backward` of this network have not run since the last `gradient`.
   */
  rForward(rTheta: HasTree, rX: Tensor = this.#zeroX): Tensor {
    if (!this.#isBack) throw new Error('rForward: expected forward, then backward of this network first');
    return this.layers.rForward(rX, this.theta.tree, rTheta.tree);
  }

  /** R{∂ℓ/∂x} from R{y}; adds R{∂ℓ/∂θ} into `rGrad`, if that is given, and leaves R{∂ℓ/∂t} in `rGradT`. */
  rBackward(rY: Tensor, rTheta: HasTree, rGrad?: HasTree): Tensor {
    return this.layers.rBackward(this.#loss.rBackward(rY), this.theta.tree, rTheta.tree, rGrad?.tree);
  }

  /** R{∂ℓ/∂t} [batch, classes] of the last `rBackward`. */
  get rGradT(): Tensor { return this.#loss.rGradT; }

  /** ∇W′ − ∇W for this network. @throws {RangeError} if `shared` = ∇W does not have the shapes of θ. */
  differenceFrom(shared: ParameterVector): GradientDifference {
    shared.expectShapes('shared gradient', this.theta.shapes);
    return new DenseDifference(shared);
  }

  /**
   * What a client shares: ∂ℓ/∂θ for one image [channels, height, width] and its class, or the mean over several.
   * @throws {RangeError} if a shape or a class is wrong, or a pixel is NaN or infinite.
   */
  gradient(image: Tensor, label: number): ParameterVector;
  gradient(images: readonly Tensor[], labels: readonly number[]): ParameterVector;
  gradient(x: Tensor | readonly Tensor[], c: number | readonly number[]): ParameterVector {
    const images = [x].flat() as Tensor[], labels = [c].flat() as number[];
    if (images.length !== labels.length || images.length === 0) {
      throw new RangeError(`batch: expected as many labels as images, got ${labels.length} for ${images.length}`);
    }
    const network = images.length === this.batch ? this : this.withBatch(images.length), grad = this.theta.like();
    network.forward(stack('image', images, this.imageShape), labelsOf(labels, this.classes));
    network.backward(grad);
    network.#isBack = false; // R-passes are of images that their caller has passed forward
    return grad;
  }
}

/** n tensors of this shape as one, [n, ...shape]. @throws {RangeError} if one has another shape or is not finite. */
export function stack(name: string, tensors: readonly Tensor[], shape: readonly number[]): Tensor {
  const batch = zeros([tensors.length, ...shape]);
  tensors.forEach((tensor, n) => {
    expectShape(name, tensor, shape);
    expectFinite(name, tensor.data);
    batch.data.set(tensor.data, n * sizeOf(shape));
  });
  return batch;
}

/** Hard labels as distributions t [batch, classes]. */
export function labelsOf(labels: readonly number[], classes: number): Tensor {
  const t = zeros([labels.length, classes]);
  labels.forEach((label, n) => t.data.set(oneHot(label, classes), n * classes));
  return t;
}
