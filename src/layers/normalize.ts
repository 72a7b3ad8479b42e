/**
 * @file Normalisation of the input, which clients apply to their pictures before the network sees them. With this layer
 * at its front, a network takes pixels in [0, 1], and the same holds for what an attack finds.
 *
 *   forward     y[n,c,i]      = (x[n,c,i] − mean[c]) / std[c]
 *   backward    ∂x[n,c,i]     = ∂y[n,c,i] / std[c]
 *   rForward    R{y}[n,c,i]   = R{x}[n,c,i] / std[c]
 *   rBackward   R{∂x}[n,c,i]  = R{∂y}[n,c,i] / std[c]
 *
 *   denormalize x[n,c,i]      = std[c] y[n,c,i] + mean[c]       the inverse of forward
 *
 * x, y [batch, channels, ...], where i stands for all sides after the channels; mean and std [channels]. No parameters.
 */
import type { Layer, ParameterShapes } from '../nn/layer.ts';
import { expectShape, sizeOf, zeros, type Tensor } from '../tensor/tensor.ts';

export interface NormalizeOptions {
  /** [batch, channels, ...] */
  readonly inShape: readonly number[];
  /** One number for each channel, or one for all, in the unit of the pixels. */
  readonly mean: readonly number[];
  /** The same for the standard deviation, above 0. */
  readonly std: readonly number[];
}

export class Normalize implements Layer<unknown> {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes = {};
  readonly #mean: Float64Array; // [channels]
  readonly #std: Float64Array; //  [channels]
  readonly #y: Tensor;
  readonly #gradX: Tensor;
  readonly #rY: Tensor;
  readonly #rGradX: Tensor;

  /** @throws {RangeError} if there is neither one number for each channel nor one for all, or a std is not above 0. */
  constructor({ inShape, mean, std }: NormalizeOptions) {
    const channels = inShape[1];
    for (const [name, numbers] of Object.entries({ mean, std })) {
      const expected = channels === 1 ? '1 number' : `1 number, or ${channels}, one for each channel`;
      if (numbers.length !== 1 && numbers.length !== channels) {
        throw new RangeError(`Normalize ${name}: expected ${expected}, got ${numbers.length}`);
      }
      const wrong = numbers.find((value) => !Number.isFinite(value) || (name === 'std' && value <= 0));
      const kind = name === 'std' ? 'finite numbers above 0' : 'finite numbers';
      if (wrong !== undefined) throw new RangeError(`Normalize ${name}: expected ${kind}, got ${wrong}`);
    }
    const perChannel = (numbers: readonly number[]): Float64Array =>
      Float64Array.from({ length: channels }, (_, c) => numbers[numbers.length === 1 ? 0 : c]);
    this.inShape = this.outShape = inShape;
    this.#mean = perChannel(mean);
    this.#std = perChannel(std);
    [this.#y, this.#gradX, this.#rY, this.#rGradX] = Array.from({ length: 4 }, () => zeros(inShape));
  }

  /** y = (x − mean) / std */
  forward(x: Tensor): Tensor {
    expectShape('Normalize x', x, this.inShape);
    return this.#divide(x, this.#mean, this.#y);
  }

  /** ∂x = ∂y / std */
  backward(gradY: Tensor): Tensor {
    expectShape('Normalize gradY', gradY, this.outShape);
    return this.#divide(gradY, undefined, this.#gradX);
  }

  /** R{y} = R{x} / std */
  rForward(rX: Tensor): Tensor {
    expectShape('Normalize rX', rX, this.inShape);
    return this.#divide(rX, undefined, this.#rY);
  }

  /** R{∂x} = R{∂y} / std */
  rBackward(rGradY: Tensor): Tensor {
    expectShape('Normalize rGradY', rGradY, this.outShape);
    return this.#divide(rGradY, undefined, this.#rGradX);
  }

  /** x = std y + mean, a new tensor */
  denormalize(y: Tensor): Tensor {
    expectShape('Normalize y', y, this.outShape);
    const { shape, data } = y, c = (at: number): number => this.#channel(at);
    return { shape, data: data.map((v, at) => this.#std[c(at)] * v + this.#mean[c(at)]) };
  }

  #channel(at: number): number {
    const [, channels, ...sides] = this.inShape;
    return Math.floor(at / sizeOf(sides)) % channels;
  }

  /** out ← (a − shift) / std, with a shift of 0 by default */
  #divide(a: Tensor, shift: Float64Array | undefined, out: Tensor): Tensor {
    for (let at = 0; at < a.data.length; at++) {
      const c = this.#channel(at);
      out.data[at] = (a.data[at] - (shift ? shift[c] : 0)) / this.#std[c];
    }
    return out;
  }
}
