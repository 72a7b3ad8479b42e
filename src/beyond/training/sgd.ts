/**
 * @file Stochastic gradient descent with momentum μ, for an f that changes from one evaluation to the next, as the loss
 * of a mini-batch does.
 *
 *   g = ∂fₜ/∂x
 *   v ← μ v + g           v₀ = 0
 *   x ← x − η v
 *
 * Without momentum a step is the paper's Eq. (6), as in gradient-descent.ts. A gradient of 0 does not end the run here,
 * because the next fₜ may have another one.
 *
 * Sources: H. Robbins and S. Monro, "A Stochastic Approximation Method", Annals of Mathematical Statistics 22 (1951);
 * B. Polyak, "Some methods of speeding up the convergence of iteration methods" (1964); v is scaled as in
 * torch.optim.SGD.
 */
import { expectLearningRate, type Objective, type Optimizer, type Stop } from '../../optim/optimizer.ts';
import { axpy, normInf } from '../../tensor/vector.ts';

export interface SgdOptions {
  /** η */
  readonly learningRate: number;
  /** μ in [0, 1); default: 0. */
  readonly momentum?: number;
}

/** v ← μ v + g, x ← x − η v in each `advance`. */
export class Sgd implements Optimizer {
  readonly x: Float64Array;
  evaluations = 0;
  readonly #objective: Objective;
  readonly #learningRate: number;
  readonly #momentum: number;
  readonly #gradient: Float64Array;
  readonly #v: Float64Array;

  /** @param x where to start; moved in place. @throws {RangeError} if an option is not valid. */
  constructor(objective: Objective, x: Float64Array, { learningRate, momentum = 0 }: SgdOptions) {
    expectLearningRate(learningRate);
    if (!(momentum >= 0 && momentum < 1)) {
      throw new RangeError(`momentum: expected a number from 0 to below 1, got ${momentum}`);
    }
    this.x = x;
    this.#objective = objective;
    this.#learningRate = learningRate;
    this.#momentum = momentum;
    this.#gradient = new Float64Array(x.length);
    this.#v = new Float64Array(x.length);
  }

  evaluate(): number {
    this.evaluations++;
    return this.#objective(this.x, this.#gradient);
  }

  advance(): Stop | undefined {
    const g = this.#gradient, v = this.#v;
    if (!Number.isFinite(normInf(g))) return 'not-finite';
    for (let i = 0; i < v.length; i++) v[i] = this.#momentum * v[i] + g[i];
    axpy(-this.#learningRate, v, this.x);
    return undefined;
  }
}
