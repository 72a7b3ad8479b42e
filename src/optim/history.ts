/**
 * @file The memory of L-BFGS: the last m pairs s = xₖ₊₁ − xₖ, y = ∇fₖ₊₁ − ∇fₖ, and the product H q with the inverse
 * Hessian that they imply, by the two-loop recursion.
 *
 *   newest to oldest   αᵢ = ρᵢ ⟨sᵢ, q⟩,  q ← q − αᵢ yᵢ           ρᵢ = 1 / ⟨yᵢ, sᵢ⟩
 *                      r = γ q                                  γ = ⟨s, y⟩ / ⟨y, y⟩ of the newest pair
 *   oldest to newest   βᵢ = ρᵢ ⟨yᵢ, r⟩,  r ← r + (αᵢ − βᵢ) sᵢ    then r = H q
 *
 * All pairs lie in one flat buffer. Each step adds one row to q, whose product with the next row is summed up in the
 * same loop (`addAndDot`): q is read once instead of twice.
 * Source: J. Nocedal and S. Wright, "Numerical Optimization" (2006), Algorithm 7.4 and Eq. (7.20).
 */
import { scale } from '../tensor/vector.ts';

export class History {
  /** s₀ y₀ s₁ y₁ … [2(m + 1), n], used in a ring; one pair more than m, so that a pair left out costs none. */
  readonly #pairs: Float64Array;
  readonly #n: number;
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
    this.#pairs = new Float64Array(2 * (m + 1) * n);
    this.#n = n;
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
    const pairs = this.#pairs, s = this.#s(this.#next), y = this.#y(this.#next);
    let ys = 0, yy = 0;
    for (let i = 0; i < this.#n; i++) {
      const si = t * d[i], yi = gradient[i] - previous[i];
      pairs[s + i] = si;
      pairs[y + i] = yi;
      ys += yi * si;
      yy += yi * yi;
    }
    if (!(ys > this.#leastCurvature)) return;
    this.#rho[this.#next] = 1 / ys;
    this.#gamma = ys / yy;
    this.#next = (this.#next + 1) % this.#rho.length;
    this.#count = Math.min(this.#count + 1, this.#most);
  }

  /** q ← H q; with no pairs H = 1. */
  multiply(q: Float64Array): void {
    const pairs = this.#pairs, count = this.#count, rho = this.#rho, alpha = this.#alpha;
    if (count === 0) return;
    const newest = this.#aged(1);
    // The first call adds nothing; what the last one multiplies is nobody's.
    let product = addAndDot(0, pairs, this.#y(newest), this.#s(newest), q);
    for (let age = 1; age <= count; age++) {
      const i = this.#aged(age), next = age < count ? this.#s(this.#aged(age + 1)) : this.#y(i);
      alpha[i] = rho[i] * product;
      product = addAndDot(-alpha[i], pairs, this.#y(i), next, q);
    }
    scale(this.#gamma, q);
    product *= this.#gamma;
    for (let age = count; age >= 1; age--) {
      const i = this.#aged(age), next = age > 1 ? this.#y(this.#aged(age - 1)) : this.#s(i);
      const beta = rho[i] * product;
      product = addAndDot(alpha[i] - beta, pairs, this.#s(i), next, q);
    }
  }

  /** The number of the pair that came `age` pushes ago; where its s and its y begin in the buffer. */
  #aged(age: number): number {
    return (this.#next - age + this.#rho.length) % this.#rho.length;
  }
  #s(i: number): number {
    return 2 * i * this.#n;
  }
  #y(i: number): number {
    return (2 * i + 1) * this.#n;
  }
}

/** q ← q + α u; returns ⟨v, q⟩, for the rows u and v of `rows` that begin at those places. */
function addAndDot(alpha: number, rows: Float64Array, u0: number, v0: number, q: Float64Array): number {
  const n = q.length;
  let p0 = 0, p1 = 0, u = u0, v = v0;
  for (let i = 0; i < n - 1; i = (i + 2) | 0) {
    const q0 = q[i] + alpha * rows[u], q1 = q[(i + 1) | 0] + alpha * rows[(u + 1) | 0];
    p0 += rows[v] * q0;
    p1 += rows[(v + 1) | 0] * q1;
    q[i] = q0;
    q[(i + 1) | 0] = q1;
    u = (u + 2) | 0;
    v = (v + 2) | 0;
  }
  if (n % 2 === 1) p0 += rows[v0 + n - 1] * (q[n - 1] += alpha * rows[u0 + n - 1]);
  return p0 + p1;
}
