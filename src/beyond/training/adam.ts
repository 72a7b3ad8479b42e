/**
 * @file Adam: steps of about η in every coordinate, whatever the scale of f there. As sgd.ts it is for an f that is
 * another one at every evaluation.
 *
 *   t ← t + 1,  g = ∂fₜ/∂x
 *   m ← β₁ m + (1 − β₁) g          the mean of g, of late          m₀ = 0
 *   v ← β₂ v + (1 − β₂) g²         that of g², entry by entry      v₀ = 0
 *   m̂ = m / (1 − β₁ᵗ)           both began at 0: the weights of the g so far add up to 1 − βᵗ
 *   v̂ = v / (1 − β₂ᵗ)
 *   x ← x − η m̂ / (√v̂ + ε)
 *
 * The first step is m̂ = g, v̂ = g²: x ← x − η g/(|g| + ε), η in the direction of each sign.
 * Source: D. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization" (ICLR 2015), Algorithm 1, its α here η.
 */
import { normInf } from '../tensor/vector.ts';
import { expectLearningRate, type Objective, type Optimizer, type Stop } from './optimizer.ts';

/** The defaults are the paper's, and torch.optim.Adam's. */
export interface AdamOptions {
  /** η; 10⁻³. */
  readonly learningRate?: number;
  /** β₁ in [0, 1); 0.9. */
  readonly beta1?: number;
  /** β₂ in [0, 1); 0.999. */
  readonly beta2?: number;
  /** ε > 0; 10⁻⁸. */
  readonly epsilon?: number;
}

/** Algorithm 1, one pass of its loop an `advance`. */
export class Adam implements Optimizer {
  readonly x: Float64Array;
  evaluations = 0;
  readonly #objective: Objective;
  readonly #options: Required<AdamOptions>;
  readonly #gradient: Float64Array;
  readonly #m: Float64Array;
  readonly #v: Float64Array;
  #t = 0;

  /** @param x where to start; moved in place. @throws {RangeError} where an option is not valid. */
  constructor(objective: Objective, x: Float64Array, options: AdamOptions = {}) {
    const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
    expectLearningRate(learningRate);
    for (const [name, beta] of Object.entries({ beta1, beta2 })) {
      if (!(beta >= 0 && beta < 1)) throw new RangeError(`${name}: expected a number from 0 to below 1, got ${beta}`);
    }
    if (!(epsilon > 0)) throw new RangeError(`epsilon: expected a positive number, got ${epsilon}`);
    this.x = x;
    this.#objective = objective;
    this.#options = { learningRate, beta1, beta2, epsilon };
    this.#gradient = new Float64Array(x.length);
    this.#m = new Float64Array(x.length);
    this.#v = new Float64Array(x.length);
  }

  evaluate(): number {
    this.evaluations++;
    return this.#objective(this.x, this.#gradient);
  }

  advance(): Stop | undefined {
    const { learningRate, beta1, beta2, epsilon } = this.#options;
    const x = this.x, g = this.#gradient, m = this.#m, v = this.#v;
    if (!Number.isFinite(normInf(g))) return 'not-finite';
    const t = ++this.#t, weight1 = 1 - beta1 ** t, weight2 = 1 - beta2 ** t;
    for (let i = 0; i < x.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      x[i] -= (learningRate * (m[i] / weight1)) / (Math.sqrt(v[i] / weight2) + epsilon);
    }
    return undefined;
  }
}
