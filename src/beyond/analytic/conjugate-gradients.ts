/**
 * @file min ½ ‖A x − b‖² − ⟨c, x⟩ by conjugate gradients: AᵀA x = Aᵀb + c, and AᵀA is never formed. With c = 0 this is
 * least squares; with b = 0 it is c ↦ (AᵀA)⁻¹ c.
 *
 *   r = b − A x,  s = Aᵀ r + c,  z = M⁻¹ s,  p = z,  γ = ⟨s, z⟩
 *   repeat:  q = A p,  α = γ / ‖q‖²,  x ← x + α p,  r ← r − α q,
 *            s = Aᵀ r + c,  z = M⁻¹ s,  γ′ = ⟨s, z⟩,  p ← z + (γ′/γ) p,  γ ← γ′
 *
 * M is a matrix like AᵀA that is easily inverted. The steps needed go with the condition number of M⁻¹AᵀA, or with how
 * many different eigenvalues it has: for M = AᵀA one step is enough, for M = I it is plain conjugate gradients.
 *
 * Step j takes αⱼ γⱼ off ‖A (x − x*)‖², x* the solution: what the next steps will gain is how far x is from it, and all
 * steps gain ‖A (x₀ − x*)‖², which for b = 0 from x₀ = 0 is cᵀ (AᵀA)⁻¹ c.
 *
 * Sources: M. Hestenes and E. Stiefel, "Methods of Conjugate Gradients for Solving Linear Systems", J. Res. NBS 49
 * (1952), Theorem 6:1 and section 10; Y. Saad, "Iterative Methods for Sparse Linear Systems", section 9.2; Z. Strakoš
 * and P. Tichý, "On error estimation in the conjugate gradient method", ETNA 13 (2002).
 */
import { axpy, dot } from '../tensor/vector.ts';

/** A [m, n], by what it does. Each function fills its second argument. */
export interface LinearMap {
  /** y [m] ← A x */
  times(x: Float64Array, y: Float64Array): void;
  /** x [n] ← Aᵀ y */
  transposeTimes(y: Float64Array, x: Float64Array): void;
}

/** A, and M⁻¹ where that is not I. */
export interface Preconditioned extends LinearMap {
  /** z [n] ← M⁻¹ s, M symmetric and positive definite. */
  precondition?(s: Float64Array, z: Float64Array): void;
  /** γ / γ₀ at which only rounding errors are left; ε² of float64 unless said. */
  readonly least?: number;
}

/** How far a run is. */
export interface Progress {
  readonly steps: number;
  /** Σ αⱼ γⱼ of all steps. */
  readonly gain: number;
  /** The same of the last ten, or n where that is less; Infinity before there are as many. */
  readonly lately: number;
  /** And of the last n, in which exact arithmetic would come to the end; Infinity before. */
  readonly inN: number;
  /** ‖r‖² = ‖A x − b‖² */
  readonly rest: number;
  /** |γ / γ₀|: how much is left of AᵀA x ≠ Aᵀb + c, by M's measure. */
  readonly slope: number;
}

const LATELY = 10;

/**
 * Moves x [n] to the minimum; along what A does not see, x stays as it is where c = 0, and moves off where it is not.
 * @param isEnough looked at before each step: true stops the run.
 * @param most steps at most. A run ends before where only rounding errors are left, or where γ < 0: M is not definite.
 */
export function conjugateGradients(
  A: Preconditioned, { b, c }: { readonly b: Float64Array; readonly c?: Float64Array }, x: Float64Array,
  isEnough: (progress: Progress) => boolean, most: number,
): Progress {
  const r = b.slice(), q = new Float64Array(b.length), s = new Float64Array(x.length);
  const gains = new Float64Array(Math.min(LATELY, x.length)).fill(Infinity);
  let gain = 0, steps = 0;
  const sum = (total: number, value: number): number => total + value;
  const totals = new Float64Array(x.length).fill(-Infinity); // the gain after each of the last n steps
  const progress = (): Progress => ({
    steps,
    gain,
    lately: gains.reduce(sum),
    inN: gain - totals[steps % totals.length],
    rest: dot(r, r),
    slope: gamma === 0 ? 0 : Math.abs(gamma / first),
  });
  A.times(x, q);
  axpy(-1, q, r);
  A.transposeTimes(r, s);
  if (c) axpy(1, c, s);
  const z = new Float64Array(s.length);
  const precondition = (): void => (A.precondition ? A.precondition(s, z) : z.set(s));
  precondition();
  const p = z.slice();
  const first = dot(s, z), rounding = (A.least ?? Number.EPSILON ** 2) * first;
  let gamma = first;
  while (steps < most && gamma > rounding && !isEnough(progress())) {
    A.times(p, q);
    const alpha = gamma / dot(q, q);
    // A p = 0, the minimum is infinitely far; or numbers have overflowed.
    if (!Number.isFinite(alpha)) return { ...progress(), gain: Infinity };
    axpy(alpha, p, x);
    axpy(-alpha, q, r);
    A.transposeTimes(r, s);
    if (c) axpy(1, c, s);
    precondition();
    const next = dot(s, z), beta = next / gamma;
    totals[steps % totals.length] = gain;
    gain += gains[steps++ % gains.length] = alpha * gamma;
    for (let i = 0; i < p.length; i++) p[i] = z[i] + beta * p[i];
    gamma = next;
  }
  return progress();
}
