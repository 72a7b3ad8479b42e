/**
 * @file The exercises of chapter 7. Replace each `yourTurn` by a function, then run `npm run exercise -- 07` to see
 * which are right.
 */
import type { Conv2dOptions } from '../../src/exports/nn.ts';
import type { LastLayer } from '../../src/exports/attack.ts';
import { yourTurn } from './your-turn.ts';

/** A matrix A of m rows and n columns, given by its products with vectors. */
export interface Matrix {
  readonly n: number;
  /** A x, m numbers */
  readonly times: (x: Float64Array) => Float64Array;
  /** Aᵀ r, n numbers */
  readonly transposeTimes: (r: Float64Array) => Float64Array;
}

/**
 * 1. The x that minimises ‖A x − q‖² + lambda ‖x‖², lambda > 0, by conjugate gradients from x = 0. About n steps are
 * enough. Stop when ‖s‖ has fallen to 10⁻¹⁴ of its first value, or is 0 at the start.
 */
export const ridge: (A: Matrix, q: Float64Array, lambda: number) => Float64Array = yourTurn;

/**
 * 2. m − n of the equations W P = z − b and ∂z Pᵀ = ∂W of this convolution. Its inShape is [1, channels, height,
 * width]; the default stride is 1, the default padding 0.
 */
export const riskIndex: (options: Conv2dOptions) => number = yourTurn;

/**
 * 3. The image, from the ∂W [features, pixels] and ∂b [features] of a first layer that is linear. It works for any
 * activation after the layer; with ReLU some entries of ∂b are 0, but not all.
 */
export const denseImage: (gradient: LastLayer) => Float64Array = yourTurn;
