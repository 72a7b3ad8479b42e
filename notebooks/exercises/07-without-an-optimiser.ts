/**
 * @file The exercises of chapter 7: put a function in the place of each `yourTurn`, and ask `npm run exercise -- 07`
 * which are right.
 */
import type { Conv2dOptions } from '../../src/exports/nn.ts';
import type { LastLayer } from '../../src/exports/attack.ts';
import { yourTurn } from './your-turn.ts';

/** A matrix of m rows and n columns, by what it does to a vector. */
export interface Matrix {
  readonly n: number;
  /** A x, m numbers */
  readonly times: (x: Float64Array) => Float64Array;
  /** Aᵀ y, n numbers */
  readonly transposeTimes: (y: Float64Array) => Float64Array;
}

/**
 * 1. The x of least ‖A x − y‖, by conjugate gradients from 0. The columns of A are independent; about n steps are
 * enough. Where ‖s‖ has fallen to 10⁻¹⁴ of what it was, s is rounding, and a step along it does harm.
 */
export const leastSquares: (A: Matrix, y: Float64Array) => Float64Array = yourTurn;

/** 2. m − n of the equations W P = z − b and ∂z Pᵀ = ∂W of this convolution; its inShape is that of a batch of one. */
export const riskIndex: (options: Conv2dOptions) => number = yourTurn;

/** 3. The image, from ∂W [features, pixels] and ∂b [features] of a first layer that is linear, any activation on it. */
export const denseImage: (gradient: LastLayer) => Float64Array = yourTurn;
