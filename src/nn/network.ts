/**
 * @file Layers under a loss: ℓ(θ; x, t), ∂ℓ/∂θ, and both differentiated along a direction R{θ}.
 *
 *   forward     y₀ = x, yₖ = layerₖ(yₖ₋₁, θₖ), ℓ = loss(y_L, t)
 *   backward    ∂ℓ/∂θ, the gradient that a client shares: ∇W in the paper
 *   rForward    R{y_L} along R{θ}, and along R{x} where that is given
 *   rBackward   with R{x} = 0: R{∂ℓ/∂x} = ∂/∂x ⟨∂ℓ/∂θ, R{θ}⟩,  R{∂ℓ/∂θ} = H R{θ}: exact Hessian-vector products
 *
 * A network holds one sample. The samples of a batch are networks over one θ, each with weight 1/batch in the loss.
 */
import { expectFinite, expectShape, type Tensor } from '../tensor/tensor.ts';
import type { Layer } from './layer.ts';
import { ParameterVector } from './parameters.ts';
import { oneHot, SoftmaxCrossEntropy } from './softmax-cross-entropy.ts';

/** A layer and the name of its parameters in a checkpoint. */
export interface NamedLayer {
  readonly name: string;
  readonly layer: Layer;
}

export class Network {
  readonly inShape: readonly number[];
  readonly classes: number;
  /** θ: change its numbers to train or load the network. */
  readonly theta: ParameterVector;
  /** The layers with their buffers, the last one's output the logits; layer k's parameters are `theta.windows[k]`. */
  readonly layers: readonly NamedLayer[];
  readonly #build: () => readonly NamedLayer[];
  readonly #layers: readonly Layer[];
  readonly #loss: SoftmaxCrossEntropy;
  /** Whether `backward` has run since the last `forward`. */
  #isBack = false;

  /**
   * @param build makes the layers, with buffers of their own; the last one's output are the logits [classes].
   * @param theta the parameters, zeros where none are given; shared, not copied.
   * @param weight what the loss is multiplied by.
   * @throws {RangeError} where a layer's output is not what the next one takes, there is only one class, or theta is
   *   of another layout.
   */
  constructor(build: () => readonly NamedLayer[], theta?: ParameterVector, weight = 1) {
    const named = build();
    if (named.length === 0) throw new RangeError('layers: expected at least one, got none');
    this.#build = build;
    this.layers = named;
    this.#layers = named.map(({ layer }) => layer);
    for (let k = 1; k < named.length; k++) {
      const [out, into] = [this.#layers[k - 1].outShape, this.#layers[k].inShape];
      if (`${out}` !== `${into}`) {
        throw new RangeError(`${named[k].name}: expected an input of shape [${into}], got [${out}]`);
      }
    }
    this.inShape = this.#layers[0].inShape;
    const logits = this.#layers[this.#layers.length - 1].outShape;
    if (logits.length !== 1 || logits[0] < 2) {
      throw new RangeError(`classes: expected [2] or more outputs, got [${logits}]`);
    }
    this.classes = logits[0];
    const layout = named.map(({ name, layer }) => ({ name, shapes: layer.parameterShapes, isOuter: layer.isOuter }));
    theta?.expectLayout('theta', layout);
    this.theta = theta ?? new ParameterVector(layout);
    this.#loss = new SoftmaxCrossEntropy(this.classes, weight);
  }

  /** Another sample's network over the same θ: its own buffers, its loss multiplied by `weight`. */
  sample(weight = 1): Network {
    return new Network(this.#build, this.theta, weight);
  }

  /** The logits y of image x; the network's own buffer. @throws {RangeError} where x is not of `inShape`. */
  logits(x: Tensor): Tensor {
    expectShape('network x', x, this.inShape);
    this.#isBack = false;
    let y = x;
    for (let k = 0; k < this.#layers.length; k++) y = this.#layers[k].forward(y, this.theta.windows[k]);
    return y;
  }

  /** ℓ of image x [channels, height, width] with label t, a distribution over the classes. */
  forward(x: Tensor, t: Float64Array): number {
    return this.#loss.forward(this.logits(x), t);
  }

  /** Adds ∂ℓ/∂θ into `grad`; returns ∂ℓ/∂x where `wantGradX`. */
  backward(grad: ParameterVector, wantGradX = false): Tensor | undefined {
    let g: Tensor = this.#loss.backward();
    for (let k = this.#layers.length - 1; k > 0; k--) {
      g = this.#layers[k].backward(g, this.theta.windows[k], grad.windows[k], true)!;
    }
    this.#isBack = true;
    return this.#layers[0].backward(g, this.theta.windows[0], grad.windows[0], wantGradX);
  }

  /**
   * R{y}, the logits' derivative along R{θ} and, where the image moves too, R{x}.
   * @throws {Error} where this network's own `forward` and `backward` have not run: `gradient` has other buffers.
   */
  rForward(rTheta: ParameterVector, rX?: Tensor): Tensor {
    if (!this.#isBack) throw new Error('rForward: expected forward, then backward of this network first');
    let rY = this.#layers[0].rForward(rX, this.theta.windows[0], rTheta.windows[0]);
    for (let k = 1; k < this.#layers.length; k++) {
      rY = this.#layers[k].rForward(rY, this.theta.windows[k], rTheta.windows[k]);
    }
    return rY;
  }

  /** R{∂ℓ/∂x} from R{y}; adds R{∂ℓ/∂θ} into `rGrad` where that is given, and leaves R{∂ℓ/∂t} in `rGradT`. */
  rBackward(rY: Tensor, rTheta: ParameterVector, rGrad?: ParameterVector): Tensor {
    let rG: Tensor = this.#loss.rBackward(rY);
    for (let k = this.#layers.length - 1; k >= 0; k--) {
      rG = this.#layers[k].rBackward(rG, this.theta.windows[k], rTheta.windows[k], rGrad?.windows[k]);
    }
    return rG;
  }

  /** R{∂ℓ/∂t} [classes] of the last `rBackward`. */
  get rGradT(): Tensor {
    return this.#loss.rGradT;
  }

  /**
   * What a client shares: ∂ℓ/∂θ for one image and its class, or their mean over a batch.
   * @param x one image [channels, height, width], or several.
   * @param c its class, or theirs in the same order.
   * @throws {RangeError} where a shape or class is wrong, or a pixel is NaN or infinite.
   */
  gradient(x: Tensor | readonly Tensor[], c: number | readonly number[]): ParameterVector {
    const images = Array.isArray(x) ? (x as readonly Tensor[]) : [x as Tensor];
    const labels = typeof c === 'number' ? [c] : c;
    if (images.length !== labels.length || images.length === 0) {
      throw new RangeError(`batch: expected as many labels as images, got ${labels.length} for ${images.length}`);
    }
    const grad = this.theta.like();
    const sample = this.sample(1 / images.length);
    images.forEach((image, i) => {
      expectFinite('image', image.data);
      sample.forward(image, oneHot(labels[i], this.classes));
      sample.backward(grad);
    });
    return grad;
  }
}
