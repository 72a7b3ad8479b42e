/**
 * @file Gradient descent, the paper's Eq. (6):  x′ ← x′ − η ∂L_G/∂x′
 */
import { axpy, normInf } from '../tensor/vector.ts';
import { expectLearningRate, type Objective, type Optimizer, type Stop } from './optimizer.ts';

export interface GradientDescentOptions {
  readonly learningRate: number; //       η, the step
  readonly toleranceGradient?: number; // stop when max |∂f/∂x| is at most this; default: 0
}

/** x ← x − η ∂f/∂x in each `advance`. */
export class GradientDescent implements Optimizer {
  readonly x: Float64Array;
  evaluations = 0;
  readonly #objective: Objective;
  readonly #gradient: Float64Array;
  readonly #options: Required<GradientDescentOptions>;

  /** @param x where to start; moved in place. @throws {RangeError} if the learning rate is not positive. */
  constructor(objective: Objective, x: Float64Array, { learningRate, toleranceGradient = 0 }: GradientDescentOptions) {
    expectLearningRate(learningRate);
    this.x = x;
    this.#objective = objective;
    this.#gradient = new Float64Array(x.length);
    this.#options = { learningRate, toleranceGradient };
  }

  evaluate(): number {
    this.evaluations++;
    return this.#objective(this.x, this.#gradient);
  }

  /** Eq. (6) */
  advance(): Stop | undefined {
    const size = normInf(this.#gradient);
    if (!Number.isFinite(size)) return 'not-finite';
    if (size <= this.#options.toleranceGradient) return 'gradient';
    axpy(-this.#options.learningRate, this.#gradient, this.x);
    return undefined;
  }
}
