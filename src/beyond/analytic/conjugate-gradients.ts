/**
 * @file min ½ ‖A x − b‖² − ⟨c, x⟩, or AᵀA x = Aᵀb + c, by conjugate gradients. AᵀA is never formed. With c = 0 this is
 * least squares; with b = 0 it computes (AᵀA)⁻¹ c.
 *
 *   r = b − A x,  s = Aᵀ r + c,  z = M⁻¹ s,  p = z,  γ = ⟨s, z⟩
 *   repeat:  q = A p,  α = γ / ‖q‖²,  x ← x + α p,  r ← r − α q,
 *            s = Aᵀ r + c,  z = M⁻¹ s,  γ′ = ⟨s, z⟩,  p ← z + (γ′/γ) p,  γ ← γ′
 *
 * M is a preconditioner: a matrix close to AᵀA that is easy to invert. The number of steps depends on the condition of
 * M⁻¹AᵀA, and on how many different eigenvalues it has. If M = AᵀA one step is enough; M = I is plain conjugate
 * gradients.
 *
 * With the solution x*, step j reduces ‖A (x − x*)‖² by αⱼ γⱼ, its gain. So the gain of the last steps tells how far x
 * still is from x*, and all gains together are ‖A (x₀ − x*)‖²: for b = 0 and x₀ = 0 that is cᵀ (AᵀA)⁻¹ c.
 *
 * Sources: M. Hestenes and E. Stiefel, "Methods of Conjugate Gradients for Solving Linear Systems", J. Res. NBS 49
 * (1952), Theorem 6:1 and section 10; Y. Saad, "Iterative Methods for Sparse Linear Systems", section 9.2; Z. Strakoš
 * and P. Tichý, "On error estimation in the conjugate gradient method", ETNA 13 (2002).
 */
import { axpy, dot } from '../../tensor/vector.ts';

/** A matrix A [m, n], given by its products. Each function fills its second argument. */
export interface LinearMap {
  /** y [m] ← A x */
  times(x: Float64Array, y: Float64Array): void;
  /** x [n] ← Aᵀ y */
  transposeTimes(y: Float64Array, x: Float64Array): void;
}

/** A with its preconditioner M; default: M = I. */
export interface Preconditioned extends LinearMap {
  /** z [n] ← M⁻¹ s, where M is symmetric and positive definite. */
  precondition?(s: Float64Array, z: Float64Array): void;
  /** The γ / γ₀ at which only rounding errors are left; default: ε² of float64. */
  readonly roundingRatio?: number;
}

/** How far a run has come. */
export interface Progress {
  readonly steps: number;
  /** Σ αⱼ γⱼ of all steps. */
  readonly gain: number;
  /** The same sum for the last ten steps, or the last n if n < 10; Infinity before there are as many. */
  readonly gainOfLastTen: number;
  /** The same sum for the last n steps, in which exact arithmetic would reach x*; Infinity before there are as many. */
  readonly gainOfLastN: number;
  /** ‖r‖² = ‖A x − b‖² */
  readonly residualSquare: number;
  /** |γ / γ₀|: how far AᵀA x is from Aᵀb + c, in the norm of M⁻¹ and relative to the start. */
  readonly gradientRatio: number;
}

/**
 * Moves x [n] to the minimum. In directions that A maps to 0, x stays as it is if c has no part there; if it has one,
 * the minimum is infinitely far away, and the gain of the result is Infinity.
 * @param isEnough called before each step: true stops the run.
 * @param maxSteps a run also ends once only rounding errors are left, or if γ < 0, which shows that M is not definite.
 */
export function conjugateGradients(
  A: Preconditioned, { b, c }: { readonly b: Float64Array; readonly c?: Float64Array }, x: Float64Array,
  isEnough: (progress: Progress) => boolean, maxSteps: number,
): Progress {
  const n = x.length, r = b.slice(), q = new Float64Array(b.length), s = new Float64Array(n), z = new Float64Array(n);
  const computeZ = (): number => { // s = Aᵀ r + c and z = M⁻¹ s; returns γ
    A.transposeTimes(r, s);
    if (c) axpy(1, c, s);
    if (A.precondition) A.precondition(s, z);
    else z.set(s);
    return dot(s, z);
  };
  const gains: number[] = []; // of the last ten steps, at j mod 10
  const totals: number[] = []; // the gain before each of the last n steps, at j mod n
  const lastGains = Math.min(10, n);
  let gain = 0, steps = 0;
  const progress = (): Progress => ({
    steps,
    gain,
    gainOfLastTen: steps < lastGains ? Infinity : gains.reduce((sum, value) => sum + value),
    gainOfLastN: steps < n ? Infinity : gain - totals[steps % n],
    residualSquare: dot(r, r),
    gradientRatio: gamma === 0 ? 0 : Math.abs(gamma / first),
  });
  A.times(x, q);
  axpy(-1, q, r);
  const first = computeZ(), rounding = (A.roundingRatio ?? Number.EPSILON * Number.EPSILON) * first, p = z.slice();
  let gamma = first;
  while (steps < maxSteps && gamma > rounding && !isEnough(progress())) {
    A.times(p, q);
    const alpha = gamma / dot(q, q);
    // A p = 0, and the minimum is infinitely far away; or numbers have overflowed.
    if (!Number.isFinite(alpha)) return { ...progress(), gain: Infinity };
    axpy(alpha, p, x);
    axpy(-alpha, q, r);
    const next = computeZ(), beta = next / gamma;
    gains[steps % lastGains] = alpha * gamma;
    totals[steps % n] = gain;
    gain += alpha * gamma;
    steps++;
    for (let i = 0; i < n; i++) p[i] = z[i] + beta * p[i];
    gamma = next;
  }
  return progress();
}
