/**
 * @file The exercises of chapter 4: put a function in the place of each `yourTurn`, and ask `npm run exercise -- 04`
 * which are right.
 */
import { yourTurn } from './your-turn.ts';

/** A move s and the change y of the gradient along it, ⟨y, s⟩ > 0. */
export interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
}

/** 1. (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ, for a symmetric H that is given by its rows. */
export const bfgsUpdate: (H: readonly Float64Array[], s: Float64Array, y: Float64Array) => Float64Array[] = yourTurn;

/** 2. H q by the two loops: `pairs` from the oldest to the newest, H₀ = γ I with the γ of the newest. */
export const twoLoops: (pairs: readonly Pair[], q: Float64Array) => Float64Array = yourTurn;

/**
 * 3. A t > 0 that satisfies both strong Wolfe conditions, c₁ = 10⁻⁴ and c₂ = 0.9. `phi` gives φ(t) and φ′(t); φ is
 * smooth and bounded below, and φ′(0) < 0. Keep `low`, where the step is too short, and `high`, where it is too long:
 * double t while there is no `high`, then halve the interval.
 */
export const lineSearch: (phi: (t: number) => [value: number, slope: number]) => number = yourTurn;
