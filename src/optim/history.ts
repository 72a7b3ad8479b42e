/**
 * @file The memory of L-BFGS: the last m pairs s = xₖ₊₁ − xₖ, y = ∇fₖ₊₁ − ∇fₖ, and the product H q with the inverse
 * Hessian that they imply, by the two-loop recursion.
 *
 *   newest to oldest   αᵢ = ρᵢ ⟨sᵢ, q⟩,  q ← q − αᵢ yᵢ           ρᵢ = 1 / ⟨yᵢ, sᵢ⟩
 *                      r = γ q                                  γ = ⟨s, y⟩ / ⟨y, y⟩ of the newest pair
 *   oldest to newest   βᵢ = ρᵢ ⟨yᵢ, r⟩,  r ← r + (αᵢ − βᵢ) sᵢ    then r = H q
 *
 * Source: J. Nocedal and S. Wright, "Numerical Optimization" (2006), Algorithm 7.4 and Eq. (7.20).
 */
import { axpy, dot, scale } from '../tensor/vector.ts';

export class History {
  /** Rows of one buffer each for s and for y, used in a ring; one more than m, so that a pair left out costs none. */
  readonly #s: readonly Float64Array[];
  readonly #y: readonly Float64Array[];
  readonly #rho: Float64Array;
  readonly #alpha: Float64Array;
  readonly #most: number;
  readonly #leastCurvature: number;
  #next = 0;
  #count = 0;
  #gamma = 1;

  /**
   * @param n the length of x.
   * @param m the most pairs that are kept.
   * @param leastCurvature a pair with ⟨y, s⟩ at most this is left out: H stays positive definite; torch's 10⁻¹⁰.
   * @throws {RangeError} where m is not a positive integer.
   */
  constructor(n: number, m: number, leastCurvature = 1e-10) {
    if (!Number.isInteger(m) || m < 1) throw new RangeError(`history: expected an integer from 1, got ${m}`);
    const rows = (buffer: Float64Array): Float64Array[] =>
      Array.from({ length: m + 1 }, (_, i) => buffer.subarray(i * n, (i + 1) * n));
    this.#s = rows(new Float64Array((m + 1) * n));
    this.#y = rows(new Float64Array((m + 1) * n));
    this.#rho = new Float64Array(m + 1);
    this.#alpha = new Float64Array(m + 1);
    this.#most = m;
    this.#leastCurvature = leastCurvature;
  }

  /** How many pairs are kept now. */
  get size(): number {
    return this.#count;
  }

  /** Takes in s = t·d and y = gradient − previous, unless there is too little curvature. */
  push(t: number, d: Float64Array, gradient: Float64Array, previous: Float64Array): void {
    const s = this.#s[this.#next], y = this.#y[this.#next];
    for (let i = 0; i < s.length; i++) {
      s[i] = t * d[i];
      y[i] = gradient[i] - previous[i];
    }
    const ys = dot(y, s);
    if (!(ys > this.#leastCurvature)) return;
    this.#rho[this.#next] = 1 / ys;
    this.#gamma = ys / dot(y, y);
    this.#next = (this.#next + 1) % this.#s.length;
    this.#count = Math.min(this.#count + 1, this.#most);
  }

  /** q ← H q; with no pairs H = 1. */
  multiply(q: Float64Array): void {
    const rows = this.#s.length;
    for (let age = 1; age <= this.#count; age++) {
      const i = (this.#next - age + rows) % rows;
      this.#alpha[i] = this.#rho[i] * dot(this.#s[i], q);
      axpy(-this.#alpha[i], this.#y[i], q);
    }
    scale(this.#gamma, q);
    for (let age = this.#count; age >= 1; age--) {
      const i = (this.#next - age + rows) % rows;
      const beta = this.#rho[i] * dot(this.#y[i], q);
      axpy(this.#alpha[i] - beta, this.#s[i], q);
    }
  }
}
