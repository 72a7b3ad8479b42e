/**
 * @file The exercises of chapter 1. Replace each `yourTurn` by a function. `npm run exercise -- 01` checks your
 * answers.
 */
import type { LastLayer } from '../../src/exports/attack.ts';
import type { Tensor } from '../../src/index.ts';
import { yourTurn } from './your-turn.ts';

/** 1. Eq. (2): g = ∂ℓ/∂y for the logits y and the class c. The logits can be in the thousands; nothing may overflow. */
export const lossGradient: (y: Float64Array, c: number) => Float64Array = yourTurn;

/**
 * 2. The label from ∂ℓ/∂W_L [classes, features] alone, for any activation. Entry (i, k) of a Tensor of this shape is
 * data[i · features + k]. Rows can be 0, or so small that their products underflow; at least three are not 0.
 */
export const labelOfRows: (gradW: Tensor) => number = yourTurn;

/** 3. a, the last layer's input, from ∂ℓ/∂W_L [classes, features] and ∂ℓ/∂b [classes] for one image. */
export const lastInput: (gradient: LastLayer) => Float64Array = yourTurn;
