/**
 * @file Dropout with a known mask: what a client's own pass in train mode did, once its zeros have been seen. A number
 * is dropped with probability p, and those that stay are divided by 1 − p. In eval mode, without a mask, y = x.
 *
 *   forward     y      = k ⊙ x            k = m / (1 − p) for the mask m of zeros and ones; in eval mode k = 1
 *   backward    ∂x     = k ⊙ ∂y
 *   rForward    R{y}   = k ⊙ R{x}
 *   rBackward   R{∂x}  = k ⊙ R{∂y}
 *
 * x, y [batch, ...], and the mask is the same for all images of a batch. No parameters.
 *
 * Source: N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15 (2014).
 */
import type { Layer, ParameterShapes } from '../nn/layer.ts';
import { Network } from '../nn/network.ts';
import type { Sequence } from '../nn/sequence.ts';
import { expectShape, sizeOf, zeros, type Tensor } from '../tensor/tensor.ts';
import { TiedSequence } from './tied-sequence.ts';

export interface DropoutOptions {
  /** [batch, ...] */
  readonly inShape: readonly number[];
  /** The probability that a number is dropped, from 0 to below 1. */
  readonly p: number;
  /** Which numbers of an image stay; default: eval mode, all of them and none divided. */
  readonly mask?: readonly boolean[];
}

export class Dropout implements Layer<unknown> {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes = {};
  readonly #k: Float64Array; // of one image
  readonly #y: Tensor;
  readonly #gradX: Tensor;
  readonly #rY: Tensor;
  readonly #rGradX: Tensor;

  /** @throws {RangeError} if p is not from 0 to below 1, or the mask does not have one entry for each number. */
  constructor({ inShape, p, mask }: DropoutOptions) {
    const size = sizeOf(inShape.slice(1));
    if (!(p >= 0 && p < 1)) throw new RangeError(`Dropout p: expected 0 or more and less than 1, got ${p}`);
    if (mask && mask.length !== size) {
      throw new RangeError(`Dropout mask: expected ${size} entries, got ${mask.length}`);
    }
    this.inShape = this.outShape = inShape;
    this.#k = Float64Array.from({ length: size }, (_, i) => (!mask ? 1 : mask[i] ? 1 / (1 - p) : 0));
    [this.#y, this.#gradX, this.#rY, this.#rGradX] = Array.from({ length: 4 }, () => zeros(inShape));
  }

  /** y = k ⊙ x */
  forward(x: Tensor): Tensor {
    expectShape('Dropout x', x, this.inShape);
    return this.#multiply(x, this.#y);
  }

  /** ∂x = k ⊙ ∂y */
  backward(gradY: Tensor): Tensor {
    expectShape('Dropout gradY', gradY, this.outShape);
    return this.#multiply(gradY, this.#gradX);
  }

  /** R{y} = k ⊙ R{x} */
  rForward(rX: Tensor): Tensor {
    expectShape('Dropout rX', rX, this.inShape);
    return this.#multiply(rX, this.#rY);
  }

  /** R{∂x} = k ⊙ R{∂y} */
  rBackward(rGradY: Tensor): Tensor {
    expectShape('Dropout rGradY', rGradY, this.outShape);
    return this.#multiply(rGradY, this.#rGradX);
  }

  /** out ← k ⊙ a */
  #multiply(a: Tensor, out: Tensor): Tensor {
    const k = this.#k;
    for (let at = 0; at < a.data.length; at++) out.data[at] = k[at % k.length] * a.data[at];
    return out;
  }
}

/**
 * The same network over the same θ, with dropout of a known mask before its last layer, in the place of any dropout
 * that the network has.
 */
export function withDropout(network: Network, p: number, mask: readonly boolean[]): Network {
  const build = (inShape: readonly number[]): Sequence => {
    const parts = network.build(inShape).parts.filter(({ layer }) => !(layer instanceof Dropout));
    const last = parts.pop()!, layer = new Dropout({ inShape: last.layer.inShape, p, mask });
    return new TiedSequence([...parts, { name: 'dropout before the last layer', layer }, last]);
  };
  return new Network(build, network.imageShape, network.batch, network.theta);
}
