/**
 * @file What the fast layers do not compute unless it is needed; skip on first reading.
 *
 *   LazyTensor   numbers that are computed when they are first read: the ∂x of `backward`. An attack never reads
 *                that of a convolution that comes first. Read it before θ or the given ∂y changes.
 *   isZero       whether R{x} = 0, so that W R{x} need not be computed: an attack's image does not depend on θ
 */
import { zeros, type Tensor } from '../tensor/tensor.ts';

export class LazyTensor implements Tensor {
  readonly shape: readonly number[];
  readonly #data: Float64Array;
  readonly #compute: (data: Float64Array) => void;
  #isKnown = true;

  /** @param compute writes the numbers, all of them. */
  constructor(shape: readonly number[], compute: (data: Float64Array) => void) {
    this.shape = shape;
    this.#data = zeros(shape).data;
    this.#compute = compute;
  }

  /** The numbers, computed now if `forget` was called since the last time. */
  get data(): Float64Array {
    if (!this.#isKnown) {
      this.#isKnown = true;
      this.#compute(this.#data);
    }
    return this.#data;
  }

  /** From now on the numbers are not known; returns this tensor. */
  forget(): this {
    this.#isKnown = false;
    return this;
  }
}

export function isZero(x: Float64Array): boolean {
  for (let i = 0; i < x.length; i++) if (x[i] !== 0) return false;
  return true;
}
