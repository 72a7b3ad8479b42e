/**
 * @file Adam: steps of about η in every coordinate, whatever the scale of f there. Like sgd.ts, it is for an f that
 * changes from one evaluation to the next.
 *
 *   t ← t + 1,  g = ∂fₜ/∂x
 *   m ← β₁ m + (1 − β₁) g        moving average of g                    m₀ = 0
 *   v ← β₂ v + (1 − β₂) g²       moving average of g², entry by entry   v₀ = 0
 *   m̂ = m / (1 − β₁ᵗ)            corrects the bias of starting at 0: the weights of the t gradients add up to 1 − β₁ᵗ
 *   v̂ = v / (1 − β₂ᵗ)
 *   x ← x − η m̂ / (√v̂ + ε)
 *
 * In the first step m̂ = g and v̂ = g², so x ← x − η g/(|g| + ε): every entry moves by about η against the sign of g.
 *
 * Source: D. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization" (ICLR 2015), Algorithm 1; its α is our η.
 */
import { expectLearningRate, type Objective, type Optimizer, type Stop } from '../../optim/optimizer.ts';
import { normInf } from '../../tensor/vector.ts';

/** The defaults are those of the paper and of torch.optim.Adam. */
export interface AdamOptions {
  /** η; default: 10⁻³. */
  readonly learningRate?: number;
  /** β₁ in [0, 1); default: 0.9. */
  readonly beta1?: number;
  /** β₂ in [0, 1); default: 0.999. */
  readonly beta2?: number;
  /** ε > 0; default: 10⁻⁸. */
  readonly epsilon?: number;
}

/** Algorithm 1; each `advance` is one pass of its loop. */
export class Adam implements Optimizer {
  readonly x: Float64Array;
  evaluations = 0;
  readonly #objective: Objective;
  /** η; it may be changed between two steps. */
  learningRate: number;
  readonly #options: Required<Omit<AdamOptions, 'learningRate'>>;
  readonly #gradient: Float64Array;
  readonly #m: Float64Array;
  readonly #v: Float64Array;
  /** β₁ᵗ and β₂ᵗ */
  #power1 = 1;
  #power2 = 1;

  /** @param x where to start; moved in place. @throws {RangeError} if an option is not valid. */
  constructor(objective: Objective, x: Float64Array, options: AdamOptions = {}) {
    const { learningRate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
    expectLearningRate(learningRate);
    for (const [name, beta] of Object.entries({ beta1, beta2 })) {
      if (!(beta >= 0 && beta < 1)) throw new RangeError(`${name}: expected a number from 0 to below 1, got ${beta}`);
    }
    if (!(epsilon > 0)) throw new RangeError(`epsilon: expected a positive number, got ${epsilon}`);
    this.x = x;
    this.#objective = objective;
    this.learningRate = learningRate;
    this.#options = { beta1, beta2, epsilon };
    this.#gradient = new Float64Array(x.length);
    this.#m = new Float64Array(x.length);
    this.#v = new Float64Array(x.length);
  }

  evaluate(): number {
    this.evaluations++;
    return this.#objective(this.x, this.#gradient);
  }

  advance(): Stop | undefined {
    const { beta1, beta2, epsilon } = this.#options, { learningRate } = this;
    const x = this.x, g = this.#gradient, m = this.#m, v = this.#v;
    if (!Number.isFinite(normInf(g))) return 'not-finite';
    const weight1 = 1 - (this.#power1 *= beta1), weight2 = 1 - (this.#power2 *= beta2);
    for (let i = 0; i < x.length; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
      x[i] -= (learningRate * (m[i] / weight1)) / (Math.sqrt(v[i] / weight2) + epsilon);
    }
    return undefined;
  }
}
