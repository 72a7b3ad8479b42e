/**
 * @file The exercises of chapter 5. Replace each `yourTurn` by a function, then run `npm run exercise -- 05` to see
 * which are right.
 */
import type { Network, ParameterVector, Tensor } from '../../src/index.ts';
import { yourTurn } from './your-turn.ts';

/**
 * 1. iDLG with clamped pixels: the label, and x′ after N moves of Eq. (6) from `start`, where after each move pixels
 * below 0 become 0 and pixels above 1 become 1. `shared` is ∇W. The last layer has a bias. `start` must not change.
 */
export const clampedIdlg: (
  network: Network, shared: ParameterVector, start: Tensor, eta: number, N: number,
) => { label: number; image: Tensor } = yourTurn;

/** 2. ∂L_G/∂u from DLG's label logits u and R{y} along v = 2 (∇W′ − ∇W), both with one number per class. */
export const labelGradient: (u: Float64Array, rY: Float64Array) => Float64Array = yourTurn;

/** 3. The label t that ∇W was computed with, a distribution over the classes. The last layer has a bias. */
export const softLabel: (network: Network, shared: ParameterVector) => Float64Array = yourTurn;
