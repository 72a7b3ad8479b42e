/**
 * @file The exercises of chapter 1: put a function in the place of each `yourTurn`, and ask `npm run exercise -- 01`
 * which are right.
 */
import type { LastLayer } from '../../src/exports/attack.ts';
import type { Tensor } from '../../src/index.ts';
import { yourTurn } from './your-turn.ts';

/** 1. Eq. (2): ∂ℓ/∂y for the logits y and the class c. Logits may be in the thousands. */
export const lossGradient: (y: Float64Array, c: number) => Float64Array = yourTurn;

/**
 * 2. The label, from ∂ℓ/∂W_L [classes, features] alone: any activation, three classes or more. Entry (i, k) of a Tensor
 * of this shape is data[i · features + k].
 */
export const labelOfRows: (gradW: Tensor) => number = yourTurn;

/** 3. a, what the last layer was given, from its gradient ∂ℓ/∂W [classes, features] and ∂ℓ/∂b [classes]. */
export const lastInput: (gradient: LastLayer) => Float64Array = yourTurn;
