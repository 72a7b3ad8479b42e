/**
 * @file L-BFGS with the behaviour of torch.optim.LBFGS, the optimiser of both papers' code.
 *
 *   d = −H ∇f           H from the last m pairs (history.ts); for the first move H = I
 *   x ← x + t d         t = learningRate, first min(1, 1/‖∇f‖₁)·learningRate; or by the line search
 *
 * One `advance` is one `step()` of torch, which makes several such moves: the authors' "300 iterations" are 300 steps
 * of up to 20 moves each, without a line search. What ends an advance:
 *
 *   1   max |∂f/∂x| ≤ toleranceGradient                             gradient
 *   2   the slope ⟨∇f, d⟩ is NaN or infinite                        not-finite
 *   3   the slope is above −toleranceChange                         change
 *   4   the line search finds no lower point                        line-search
 *   5   maxIterations moves, or maxEvaluations evaluations, are done
 *   6   f is not finite, or max |∂f/∂x| ≤ toleranceGradient, after a move
 *   7   f changed by less than toleranceChange, or every entry of x by at most that
 *
 * If x has not moved, the advance returns the reason (1 to 4), and the run is over. If x has moved, it returns nothing;
 * the next advance goes on, or finds the reason itself.
 *
 * Source: D. Liu and J. Nocedal, "On the limited memory BFGS method", Mathematical Programming 45 (1989).
 */
import { axpy, dot, norm1, normInf } from '../tensor/vector.ts';
import { History } from './history.ts';
import { StrongWolfe } from './line-search.ts';
import { expectLearningRate, type Objective, type Optimizer, type Stop } from './optimizer.ts';

export const LINE_SEARCHES = ['none', 'strong-wolfe'] as const;
export type LineSearch = (typeof LINE_SEARCHES)[number];

/** The defaults are those of torch.optim.LBFGS, where `leastCurvature` cannot be set. */
export interface LbfgsOptions {
  readonly learningRate?: number; //      the step t, or with a line search the first one tried; default: 1
  readonly lineSearch?: LineSearch; //    default: none
  readonly maxIterations?: number; //     moves in one `advance`; default: 20
  readonly maxEvaluations?: number; //    evaluations in one `advance`; default: ⌊5/4 maxIterations⌋
  readonly history?: number; //           m, the pairs that are kept; default: 100
  readonly toleranceGradient?: number; // default: 10⁻⁷
  readonly toleranceChange?: number; //   default: 10⁻⁹
  readonly leastCurvature?: number; //    a pair with ⟨y, s⟩ at most this is left out; default: 10⁻¹⁰
}

/** L-BFGS on an objective. The history is kept across advances. */
export class Lbfgs implements Optimizer {
  readonly x: Float64Array;
  evaluations = 0;
  readonly #objective: Objective;
  readonly #options: Required<LbfgsOptions>;
  readonly #history: History;
  readonly #lineSearch: StrongWolfe;
  readonly #gradient: Float64Array; // ∇f
  readonly #previous: Float64Array; // ∇f before the last move
  readonly #start: Float64Array; //    x before the last move
  readonly #d: Float64Array;
  #f = NaN;
  #t = NaN; //                         the step taken last; NaN before the first

  /** @param x where to start; moved in place. @throws {RangeError} if an option is not valid. */
  constructor(objective: Objective, x: Float64Array, options: LbfgsOptions = {}) {
    const { maxIterations = 20, maxEvaluations = Math.floor((maxIterations * 5) / 4) } = options;
    this.#options = {
      learningRate: 1, lineSearch: 'none', history: 100, toleranceGradient: 1e-7, toleranceChange: 1e-9,
      leastCurvature: 1e-10, ...options, maxIterations, maxEvaluations,
    };
    expectLearningRate(this.#options.learningRate);
    if (!LINE_SEARCHES.includes(this.#options.lineSearch)) {
      throw new RangeError(`lineSearch: expected ${LINE_SEARCHES.join(', ')}, got ${this.#options.lineSearch}`);
    }
    this.x = x;
    this.#objective = objective;
    this.#history = new History(x.length, this.#options.history, this.#options.leastCurvature);
    [this.#gradient, this.#previous, this.#start, this.#d] = [0, 0, 0, 0].map(() => new Float64Array(x.length));
    this.#lineSearch = new StrongWolfe(x.length, (trial) => {
      this.#moveTo(trial.t);
      trial.f = this.#evaluateInto(trial.g);
      trial.slope = dot(trial.g, this.#d);
    });
  }

  evaluate(): number {
    return (this.#f = this.#evaluateInto(this.#gradient));
  }

  advance(): Stop | undefined {
    const { maxIterations, maxEvaluations, toleranceGradient, toleranceChange } = this.#options;
    if (this.evaluations === 0) this.evaluate();
    const evaluationsBefore = this.evaluations - 1; // torch counts the evaluation at the start with this advance
    if (normInf(this.#gradient) <= toleranceGradient) return 'gradient'; //                                1
    for (let moves = 1; ; moves++) {
      const fBefore = this.#f, stop = this.#move(moves === maxIterations);
      if (stop) return moves === 1 ? stop : undefined; //                                                  2, 3, 4
      if (moves === maxIterations || this.evaluations - evaluationsBefore >= maxEvaluations) return undefined; // 5
      if (!Number.isFinite(this.#f) || normInf(this.#gradient) <= toleranceGradient) return undefined; //  6
      if (Math.abs(this.#t) * normInf(this.#d) <= toleranceChange) return undefined; //                    7
      if (Math.abs(this.#f - fBefore) < toleranceChange) return undefined;
    }
  }

  /** x ← x + t d; f and ∇f there, unless this is the last move without a line search. Exits 2 to 4. */
  #move(isLast: boolean): Stop | undefined {
    const { learningRate, lineSearch, toleranceChange } = this.#options, isFirst = Number.isNaN(this.#t);
    const t = isFirst ? Math.min(1, 1 / norm1(this.#gradient)) * learningRate : learningRate;
    if (!isFirst) this.#history.push(this.#t, this.#d, this.#gradient, this.#previous);
    for (let i = 0; i < this.x.length; i++) this.#d[i] = -this.#gradient[i];
    this.#history.multiply(this.#d);
    this.#previous.set(this.#gradient);
    const slope = dot(this.#gradient, this.#d);
    if (!Number.isFinite(slope)) return 'not-finite';
    if (slope > -toleranceChange) return 'change';
    this.#start.set(this.x);
    if (lineSearch === 'none') {
      this.#t = t;
      axpy(t, this.#d, this.x);
      if (!isLast) this.evaluate();
      return undefined;
    }
    const found = this.#lineSearch.search(t, this.#d, this.#f, slope, this.#gradient);
    this.#t = found.t;
    this.#f = found.f;
    this.#gradient.set(found.g);
    this.#moveTo(found.t); // the search leaves x at its last trial, not at the one that it returns
    return found.t === 0 ? 'line-search' : undefined;
  }

  /** x ← start + t d */
  #moveTo(t: number): void {
    for (let i = 0; i < this.x.length; i++) this.x[i] = this.#start[i] + t * this.#d[i];
  }

  #evaluateInto(gradient: Float64Array): number {
    this.evaluations++;
    return this.#objective(this.x, gradient);
  }
}
