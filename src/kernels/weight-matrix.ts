/**
 * @file What the equations of a linear layer ask of its matrices W, ∂W and R{W}; skip on first reading.
 *
 *   ∂W     += ∂Yᵀ X                      AddsProduct
 *   Y += X Wᵀ,   ∂X += ∂Y W              Multiplies; R{W} likewise
 *
 * The idea: written in these three operations, the layer need not know whether a matrix is written out, as
 * `DenseMatrix` has it, or given by a few thin factors (low-rank.ts).
 *
 * M [out, in]; x [rows, in] and y, gradY [rows, out] are read as matrices whatever their shapes.
 */
import type { Tensor } from '../tensor/tensor.ts';
import { addAB, addABt, addAtB } from './matmul.ts';

export interface AddsProduct {
  /** M += ∂Yᵀ X */
  addProduct(gradY: Float64Array, x: Float64Array): void;
}

export interface Multiplies {
  /** y += x Mᵀ */
  addTimes(x: Float64Array, y: Float64Array): void;
  /** gradX += gradY M */
  addTransposedTimes(gradY: Float64Array, gradX: Float64Array): void;
}

/** A matrix with every number written out. */
export class DenseMatrix implements AddsProduct, Multiplies {
  readonly #data: Float64Array;
  readonly #out: number;
  readonly #in: number;

  /** @param tensor [out, in]; its numbers are not copied. */
  constructor({ data, shape: [out, features] }: Tensor) {
    this.#data = data;
    this.#out = out;
    this.#in = features;
  }

  addProduct(gradY: Float64Array, x: Float64Array): void {
    addAtB(this.#out, x.length / this.#in, this.#in, gradY, x, this.#data);
  }

  addTimes(x: Float64Array, y: Float64Array): void {
    addABt(x.length / this.#in, this.#in, this.#out, x, this.#data, y);
  }

  addTransposedTimes(gradY: Float64Array, gradX: Float64Array): void {
    addAB(gradY.length / this.#out, this.#out, this.#in, gradY, this.#data, gradX);
  }
}

/** A tensor as a dense matrix; what already has the operations stays as it is. */
export function matrixOf<M extends AddsProduct | Multiplies>(weight: Tensor | M): DenseMatrix | M {
  return 'data' in weight ? new DenseMatrix(weight) : weight;
}
