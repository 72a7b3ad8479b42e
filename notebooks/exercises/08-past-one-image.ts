/**
 * @file The exercises of chapter 8. Replace each `yourTurn` by a function, then run `npm run exercise -- 08` to see
 * which are right.
 */
import type { LastLayer } from '../../src/exports/attack.ts';
import type { Tensor } from '../../src/index.ts';
import { yourTurn } from './your-turn.ts';

/**
 * 1. The number between 0 and 1 by which one image's gradient was multiplied, from the gradient of the last layer and
 * the last layer's own weight [classes, features] and bias [classes].
 */
export const clipFactor: (gradient: LastLayer, layer: LastLayer) => number = yourTurn;

/**
 * 2. For each of n reconstructions an image of its own, among m ≥ n images, such that Σ cost[i][image of i] is least.
 * cost has n rows of m numbers; m ≤ 6.
 */
export const pairUp: (cost: readonly (readonly number[])[]) => number[] = yourTurn;

/**
 * 3. The standard deviation of the Gaussian noise in the last layer's ∂W [classes, features], to within a fifth, for
 * any number of images. Averaged over many networks, the squares of the estimates must be right to 5 %.
 */
export const noiseOf: (gradW: Tensor) => number = yourTurn;
