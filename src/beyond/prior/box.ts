/**
 * @file Pixels in [0, 1], for an optimiser that knows no bounds: a change of variables.
 *
 *   x = sin² u        ∂f/∂u = ∂f/∂x · sin 2u = ∂f/∂x · 2 sin u cos u
 *
 * Every u gives an x in [0, 1], and every such x has a u. At x = 0 and x = 1 the derivative is 0. But a pixel comes to
 * rest there only if f falls towards the outside of [0, 1]; otherwise the border is a maximum of f along u.
 */
import type { Objective, Optimizer, Stop } from '../../optim/optimizer.ts';
import { cosSin } from '../../tensor/elementary.ts';

/** sin² has this period, and `cosSin` takes angles in [0, 2π]. */
const PERIOD = Math.PI;

/** How far from the border a start stays, because the derivative vanishes there. */
const MARGIN = 0.02;

/** An optimiser of x whose first n variables stay in [0, 1]: it wraps an optimiser of u, with x = sin² u. */
export class InBox implements Optimizer {
  readonly x: Float64Array;
  readonly #n: number;
  readonly #inner: Optimizer;
  readonly #slope: Float64Array; // dx/du

  /**
   * @param x where to start, moved in place; of its first n numbers those outside [0.02, 0.98] start at the nearer end.
   * @param create makes the optimiser of u.
   */
  constructor(f: Objective, x: Float64Array, n: number, create: (f: Objective, u: Float64Array) => Optimizer) {
    this.x = x;
    this.#n = n;
    this.#slope = new Float64Array(x.length).fill(1);
    this.#inner = create((_, gradU) => {
      this.#moveX();
      const value = f(x, gradU);
      for (let i = 0; i < n; i++) gradU[i] *= this.#slope[i];
      return value;
    }, x.map((value, i) => (i < n ? angleOf(Math.min(1 - MARGIN, Math.max(MARGIN, value))) : value)));
  }

  get evaluations(): number { return this.#inner.evaluations; }

  evaluate(): number {
    return this.#inner.evaluate();
  }

  advance(): Stop | undefined {
    const stop = this.#inner.advance();
    this.#moveX(); // a line search may have evaluated f elsewhere since
    return stop;
  }

  /** x ← sin² u */
  #moveX(): void {
    const u = this.#inner.x, n = this.#n;
    for (let i = 0; i < n; i++) {
      const [cos, sin] = cosSin(u[i] - PERIOD * Math.floor(u[i] / PERIOD));
      this.x[i] = sin * sin;
      this.#slope[i] = 2 * sin * cos;
    }
    for (let i = n; i < u.length; i++) this.x[i] = u[i];
  }
}

/** The u in (0, π/2) with sin² u = x, for an x in (0, 1); by Newton's method. */
function angleOf(x: number): number {
  let u = Math.PI / 4;
  for (let step = 0; step < 8; step++) {
    const [cos, sin] = cosSin(u);
    u -= (sin * sin - x) / (2 * sin * cos);
  }
  return u;
}
