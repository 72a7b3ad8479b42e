/**
 * @file Adam with bounds and a decaying step, on the gradient or on its signs: the descent of Geiping et al.
 *
 *   g ← ∂f/∂x, or sign ∂f/∂x
 *   x ← x − η m̂ / (√v̂ + ε)      adam.ts
 *   xᵢ ← min(1, max(0, xᵢ))     for the first n variables, if they are bounded
 *   η ← η / 10                  after 3/8, 5/8 and 7/8 of the iterations
 *
 * It needs no line search, which kinks would mislead: with ReLUs and max-pooling, ∂f/∂x jumps. Signs also ignore how
 * large a derivative is, so pixels that hardly matter to f move as fast as the others.
 *
 * Source: J. Geiping et al., "Inverting Gradients – How easy is it to break privacy in federated learning?" (NeurIPS
 * 2020), section 4 and the code published with it.
 */
import type { Objective, Optimizer, Stop } from '../../optim/optimizer.ts';
import { Adam } from '../training/adam.ts';

export interface ProjectedAdamOptions {
  readonly learningRate: number; // η at the start
  readonly iterations: number; //   the planned number; η decays after shares of it
  readonly sign: boolean; //        whether Adam is given the signs of the gradient
  readonly bounded: number; //      n: the first n variables stay in [0, 1]
}

const DECAY = 0.1, DECAYS_AFTER = [3 / 8, 5 / 8, 7 / 8];

export class ProjectedAdam implements Optimizer {
  readonly x: Float64Array;
  readonly #adam: Adam;
  readonly #options: ProjectedAdamOptions;
  #iteration = 0;

  /** @param x where to start; moved in place. @throws {RangeError} if η is not a positive number. */
  constructor(objective: Objective, x: Float64Array, options: ProjectedAdamOptions) {
    const { learningRate, sign } = options;
    this.x = x;
    this.#options = options;
    this.#adam = new Adam((x, gradient) => {
      const value = objective(x, gradient);
      if (sign) for (let i = 0; i < gradient.length; i++) gradient[i] = Math.sign(gradient[i]);
      return value;
    }, x, { learningRate });
    this.#project();
  }

  get evaluations(): number { return this.#adam.evaluations; }

  evaluate(): number {
    return this.#adam.evaluate();
  }

  advance(): Stop | undefined {
    const { learningRate, iterations } = this.#options, done = this.#iteration++ / iterations;
    this.#adam.learningRate = learningRate * DECAY ** DECAYS_AFTER.filter((share) => done >= share).length;
    const stop = this.#adam.advance();
    this.#project();
    return stop;
  }

  #project(): void {
    const x = this.x, { bounded } = this.#options;
    for (let i = 0; i < bounded; i++) x[i] = Math.min(1, Math.max(0, x[i]));
  }
}
