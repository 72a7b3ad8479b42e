/**
 * @file The memory of L-BFGS: the last m pairs s = xₖ₊₁ − xₖ, y = ∇fₖ₊₁ − ∇fₖ, and the product H q with the inverse
 * Hessian that they imply, by the two-loop recursion.
 *
 *   newest to oldest   αᵢ = ρᵢ ⟨sᵢ, q⟩,  q ← q − αᵢ yᵢ           ρᵢ = 1 / ⟨yᵢ, sᵢ⟩
 *                      q ← γ q                                  γ = ⟨s, y⟩ / ⟨y, y⟩ of the newest pair
 *   oldest to newest   βᵢ = ρᵢ ⟨yᵢ, q⟩,  q ← q + (αᵢ − βᵢ) sᵢ    then q is H q
 *
 * Source: J. Nocedal and S. Wright, "Numerical Optimization" (2006), Algorithm 7.4 and Eq. (7.20).
 */
import { axpy, dot, scale } from '../tensor/vector.ts';

export class History {
  readonly #n: number;
  readonly #m: number;
  readonly #leastCurvature: number;
  /** The pairs with ρ = 1/⟨y, s⟩, oldest first. */
  readonly #pairs: { readonly s: Float64Array; readonly y: Float64Array; rho: number }[] = [];
  readonly #alpha: Float64Array;
  #gamma = 1;

  /**
   * @param n the length of x; m pairs are kept at most.
   * @param leastCurvature a pair with ⟨y, s⟩ at most this is left out, so that H stays positive definite.
   */
  constructor(n: number, m: number, leastCurvature = 1e-10) {
    if (!Number.isInteger(m) || m < 1) throw new RangeError(`history: expected an integer from 1, got ${m}`);
    this.#n = n;
    this.#m = m;
    this.#leastCurvature = leastCurvature;
    this.#alpha = new Float64Array(m);
  }

  /** How many pairs are kept now. */
  get size(): number { return this.#pairs.length; }

  /** Adds the pair s = t d and y = gradient − previous, unless their curvature ⟨y, s⟩ is too small. */
  push(t: number, d: Float64Array, gradient: Float64Array, previous: Float64Array): void {
    let ys = 0, yy = 0;
    for (let i = 0; i < this.#n; i++) {
      const y = gradient[i] - previous[i];
      ys += y * (t * d[i]);
      yy += y * y;
    }
    if (!(ys > this.#leastCurvature)) return;
    const isFull = this.#pairs.length === this.#m;
    const pair = isFull ? this.#pairs.shift()! : { s: new Float64Array(this.#n), y: new Float64Array(this.#n), rho: 0 };
    for (let i = 0; i < this.#n; i++) {
      pair.s[i] = t * d[i];
      pair.y[i] = gradient[i] - previous[i];
    }
    pair.rho = 1 / ys;
    this.#gamma = ys / yy;
    this.#pairs.push(pair);
  }

  /** q ← H q; with no pairs H = I. */
  multiply(q: Float64Array): void {
    const pairs = this.#pairs, alpha = this.#alpha;
    for (let i = pairs.length - 1; i >= 0; i--) {
      alpha[i] = pairs[i].rho * dot(pairs[i].s, q);
      axpy(-alpha[i], pairs[i].y, q);
    }
    scale(this.#gamma, q);
    for (let i = 0; i < pairs.length; i++) {
      const beta = pairs[i].rho * dot(pairs[i].y, q);
      axpy(alpha[i] - beta, pairs[i].s, q);
    }
  }
}
