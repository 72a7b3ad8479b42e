/**
 * @file min ‖A x − b‖ by conjugate gradients on AᵀA x = Aᵀb, which is never formed: A and Aᵀ are two functions.
 *
 *   r = b − A x,  s = Aᵀ r,  p = s,  γ = ‖s‖²
 *   repeat:  q = A p,  α = γ / ‖q‖²,  x ← x + α p,  r ← r − α q,  s = Aᵀ r,  γ′ = ‖s‖²,  p ← s + (γ′/γ) p,  γ ← γ′
 *
 * Step j takes αⱼ γⱼ off ‖A (x − x*)‖², x* the solution: what the next steps will take off is how far x is from it.
 * So the run looks back: where the last `DELAY` steps together took off less than `tolerance`, it stops.
 *
 * Sources: M. Hestenes and E. Stiefel, "Methods of Conjugate Gradients for Solving Linear Systems", J. Res. NBS 49
 * (1952), Theorem 6:1 and section 10; Z. Strakoš and P. Tichý, "On error estimation in the conjugate gradient method",
 * ETNA 13 (2002).
 */
import { axpy, dot } from '../tensor/vector.ts';

/** A [m, n], by what it does. Each fills its second argument, which may not be its first. */
export interface LinearMap {
  /** y [m] ← A x */
  times(x: Float64Array, y: Float64Array): void;
  /** x [n] ← Aᵀ y */
  transposeTimes(y: Float64Array, x: Float64Array): void;
}

/** Steps whose gain is looked back on. */
const DELAY = 10;

/**
 * Moves x [n] to where ‖A x − b‖ is least; along what A does not see x stays as it is.
 * @param tolerance of ‖A (x − x*)‖².
 * @param most steps at most.
 * @returns the steps done.
 */
export function conjugateGradients(
  A: LinearMap, b: Float64Array, x: Float64Array, tolerance: number, most: number,
): number {
  const r = new Float64Array(b.length), q = new Float64Array(b.length), s = new Float64Array(x.length);
  const gains = new Float64Array(DELAY).fill(Infinity);
  A.times(x, r);
  for (let i = 0; i < r.length; i++) r[i] = b[i] - r[i];
  A.transposeTimes(r, s);
  const p = s.slice();
  let gamma = dot(s, s);
  for (let step = 0; step < most; step++) {
    if (gamma === 0 || gains.reduce((sum, gain) => sum + gain, 0) < tolerance) return step;
    A.times(p, q);
    const alpha = gamma / dot(q, q);
    axpy(alpha, p, x);
    axpy(-alpha, q, r);
    A.transposeTimes(r, s);
    const next = dot(s, s), beta = next / gamma;
    gains[step % DELAY] = alpha * gamma;
    for (let i = 0; i < p.length; i++) p[i] = s[i] + beta * p[i];
    gamma = next;
  }
  return most;
}
