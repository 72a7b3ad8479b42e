/**
 * @file The exercises of chapter 4. Replace each `yourTurn` by a function. `npm run exercise -- 04` checks your
 * answers.
 */
import { yourTurn } from './your-turn.ts';

/** A move s and the change y in the gradient along it, with ⟨y, s⟩ > 0. */
export interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
}

/**
 * 1. The BFGS update of B = H⁻¹, an approximation of the Hessian: B + λ (B s)(B s)ᵀ + μ y yᵀ, with the λ and μ for
 * which the new matrix maps s to y. (B s and y are not parallel.) B is symmetric and positive definite. B and the
 * new matrix are lists of rows.
 */
export const hessianUpdate: (B: readonly Float64Array[], s: Float64Array, y: Float64Array) => Float64Array[] = yourTurn;

/** 2. H q by the two loops. `pairs` run from the oldest to the newest; H₀ = γ I with the γ of the newest pair. */
export const twoLoops: (pairs: readonly Pair[], q: Float64Array) => Float64Array = yourTurn;

/**
 * 3. A step η > 0 that satisfies both strong Wolfe conditions with c₁ = 10⁻⁴ and c₂ = 0.9. `phi` gives φ(η) and φ′(η).
 * φ is smooth and bounded below, and φ′(0) < 0. Keep `low`, where the step is too short, and `high`, where it is too
 * long: double η as long as there is no `high`, then halve the interval.
 */
export const lineSearch: (phi: (eta: number) => [value: number, slope: number]) => number = yourTurn;
