/**
 * @file The exercises of chapter 8: put a function in the place of each `yourTurn`, and ask `npm run exercise -- 08`
 * which are right.
 */
import type { LastLayer } from '../../src/exports/attack.ts';
import type { Tensor } from '../../src/index.ts';
import { yourTurn } from './your-turn.ts';

/**
 * 1. iLRG's counts n, one per class, before they are rounded: from the last layer's gradient of a batch of B images and
 * the last layer's own weight [classes, features] and bias [classes].
 */
export const labelCounts: (gradient: LastLayer, layer: LastLayer, B: number) => Float64Array = yourTurn;

/** 2. The permutation π of 0 to n − 1 with the least Σ cost[i][π[i]], for n ≤ 6. */
export const pairUp: (cost: readonly (readonly number[])[]) => number[] = yourTurn;

/** 3. σ of the Gaussian noise in ∂ℓ/∂W_L [classes, features], to about a tenth; whatever the images. */
export const noiseOf: (gradW: Tensor) => number = yourTurn;
