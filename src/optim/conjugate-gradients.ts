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

export interface Solution {
  /** Steps done. */
  readonly steps: number;
  /** Σ αⱼ γⱼ = ‖A (x₀ − x*)‖², as far as the steps went. */
  readonly gain: number;
}

/** Moves x. */
export function conjugateGradients(
  A: LinearMap, b: Float64Array, c: Float64Array, x: Float64Array,
  { tolerance, relative = 0, most }: { tolerance: number; relative?: number; most: number },
): Solution {
  const r = b.slice(), q = new Float64Array(b.length), s = new Float64Array(x.length);
  const gains = new Float64Array(DELAY).fill(Infinity);
  A.times(x, q);
  axpy(-1, q, r);
  A.transposeTimes(r, s);
  axpy(1, c, s);
  const p = s.slice();
  let gamma = dot(s, s), gain = 0, steps = 0;
  for (; steps < most; steps++) {
    if (gamma === 0 || gains.reduce((sum, value) => sum + value, 0) <= tolerance + relative * gain) break;
    A.times(p, q);
    const alpha = gamma / dot(q, q);
    axpy(alpha, p, x);
    axpy(-alpha, q, r);
    A.transposeTimes(r, s);
    axpy(1, c, s);
    const next = dot(s, s), beta = next / gamma;
    gain += gains[steps % DELAY] = alpha * gamma;
    for (let i = 0; i < p.length; i++) p[i] = s[i] + beta * p[i];
    gamma = next;
  }
  return { steps, gain };
}
