/**
 * @file The exercises of chapter 5: put a function in the place of each `yourTurn`, and ask `npm run exercise -- 05`
 * which are right.
 */
import type { Network, ParameterVector, Tensor } from '../../src/index.ts';
import type { Objective } from '../../src/exports/optim.ts';
import { yourTurn } from './your-turn.ts';

/** 1. iDLG: the label, and x′ after N moves of Eq. (6) from `start`; `shared` is ∇W. The last layer has a bias. */
export const algorithm1: (
  network: Network, shared: ParameterVector, start: Tensor, eta: number, N: number,
) => { label: number; image: Tensor } = yourTurn;

/** 2. L_G at (x′, u), one vector, x′ in front; writes ∂L_G/∂x′ and ∂L_G/∂u into the gradient, in the same places. */
export const dlgObjective: (network: Network, shared: ParameterVector) => Objective = yourTurn;

/** 3. The label t, a distribution over the classes, that ∇W was computed with. The last layer has a bias. */
export const softLabel: (network: Network, shared: ParameterVector) => Float64Array = yourTurn;
