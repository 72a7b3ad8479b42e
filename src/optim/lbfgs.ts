/**
 * @file L-BFGS with the behaviour of torch.optim.LBFGS, the optimiser of both papers' code.
 *
 *   d = −H ∇f             H from the last `history` pairs (history.ts); the first time H = 1
 *   x ← x + t d           t = learningRate, the first time min(1, 1/‖∇f‖₁)·learningRate; or by the line search
 *
 * One `advance` is one `step()` there: up to `maxIterations` such moves and `maxEvaluations` evaluations. The authors'
 * "300 iterations" are 300 of these, with 20 moves each and no line search.
 * Source: D. Liu and J. Nocedal, "On the limited memory BFGS method", Mathematical Programming 45 (1989).
 */
import { axpy, dot, norm1, normInf } from '../tensor/vector.ts';
import { History } from './history.ts';
import { StrongWolfe } from './line-search.ts';
import { expectLearningRate, finish, type Objective, type Optimizer, type Steps, type Stop } from './optimizer.ts';

export const LINE_SEARCHES = ['none', 'strong-wolfe'] as const;
export type LineSearch = (typeof LINE_SEARCHES)[number];

/** @throws {RangeError} naming the line searches there are. */
export function expectLineSearch(name: string): void {
  if (!LINE_SEARCHES.some((known) => known === name)) {
    throw new RangeError(`lineSearch: expected ${LINE_SEARCHES.join(', ')}, got ${name}`);
  }
}

/** The defaults are torch.optim.LBFGS's. */
export interface LbfgsOptions {
  /** The step, or with a line search the first one tried; 1. */
  readonly learningRate?: number;
  /** `none`. */
  readonly lineSearch?: LineSearch;
  /** Moves in one `advance`; 20. */
  readonly maxIterations?: number;
  /** No further move is made in an `advance` that has used so many evaluations; 5/4 of maxIterations. */
  readonly maxEvaluations?: number;
  /** Pairs kept; 100. */
  readonly history?: number;
  /** An `advance` ends where max |∂f/∂x| is at most this; 10⁻⁷. */
  readonly toleranceGradient?: number;
  /** An `advance` ends where f, or every entry of x, changes by less than this; 10⁻⁹. */
  readonly toleranceChange?: number;
  /** A pair with ⟨y, s⟩ at most this is not kept; 10⁻¹⁰ in torch, where it cannot be set. */
  readonly leastCurvature?: number;
}

/** L-BFGS on an objective, its history kept from one `advance` to the next. */
export class Lbfgs implements Optimizer {
  readonly x: Float64Array;
  evaluations = 0;
  readonly #objective: Objective;
  readonly #options: Required<LbfgsOptions>;
  readonly #history: History;
  readonly #lineSearch: StrongWolfe;
  readonly #gradient: Float64Array;
  readonly #previous: Float64Array;
  readonly #start: Float64Array;
  readonly #d: Float64Array;
  #f = NaN;
  /** The step taken last; 0 before the first. */
  #t = 0;
  #isFirst = true;

  /** @param x where to start; moved in place. @throws {RangeError} where an option is not valid. */
  constructor(objective: Objective, x: Float64Array, options: LbfgsOptions = {}) {
    const maxIterations = options.maxIterations ?? 20;
    this.#options = {
      learningRate: options.learningRate ?? 1,
      lineSearch: options.lineSearch ?? 'none',
      maxIterations,
      maxEvaluations: options.maxEvaluations ?? Math.floor((maxIterations * 5) / 4),
      history: options.history ?? 100,
      toleranceGradient: options.toleranceGradient ?? 1e-7,
      toleranceChange: options.toleranceChange ?? 1e-9,
      leastCurvature: options.leastCurvature ?? 1e-10,
    };
    expectLearningRate(this.#options.learningRate);
    expectLineSearch(this.#options.lineSearch);
    this.x = x;
    this.#objective = objective;
    this.#history = new History(x.length, this.#options.history, this.#options.leastCurvature);
    this.#gradient = new Float64Array(x.length);
    this.#previous = new Float64Array(x.length);
    this.#start = new Float64Array(x.length);
    this.#d = new Float64Array(x.length);
    this.#lineSearch = new StrongWolfe(x.length, (trial) => {
      for (let i = 0; i < x.length; i++) x[i] = this.#start[i] + trial.t * this.#d[i];
      trial.f = this.#evaluateInto(trial.g);
      trial.slope = dot(trial.g, this.#d);
    });
  }

  evaluate(): number {
    return (this.#f = this.#evaluateInto(this.#gradient));
  }

  advance(): Stop | undefined {
    return finish(this.advanceInSteps());
  }

  /** advance() in steps of one move. */
  *advanceInSteps(): Steps<Stop | undefined> {
    const { learningRate, lineSearch, maxIterations, maxEvaluations } = this.#options;
    const { toleranceGradient, toleranceChange } = this.#options;
    if (this.evaluations === 0) this.evaluate();
    if (normInf(this.#gradient) <= toleranceGradient) return 'gradient';
    const before = this.evaluations - 1; // torch counts the evaluation at x with the step that uses it
    for (let n = 1; ; n++) {
      // What has moved x is no reason to stop; where nothing more can, the next advance finds it out without moving.
      const stop = (reason: Stop): Stop | undefined => (n === 1 ? reason : undefined);
      const t = this.#isFirst ? Math.min(1, 1 / norm1(this.#gradient)) * learningRate : learningRate;
      this.#chooseDirection();
      const slope = dot(this.#gradient, this.#d);
      if (!Number.isFinite(slope)) return stop('not-finite');
      if (slope > -toleranceChange) return stop('change');

      const f = this.#f;
      if (lineSearch === 'strong-wolfe') {
        this.#search(t, slope);
        if (this.#t === 0) return stop('line-search');
      } else {
        this.#t = t;
        axpy(t, this.#d, this.x);
        if (n === maxIterations) return undefined; // evaluated by whoever calls next
        this.evaluate();
      }

      if (n === maxIterations || this.evaluations - before >= maxEvaluations) return undefined;
      if (!Number.isFinite(this.#f) || normInf(this.#gradient) <= toleranceGradient) return undefined;
      if (Math.abs(this.#t) * normInf(this.#d) <= toleranceChange) return undefined;
      if (Math.abs(this.#f - f) < toleranceChange) return undefined;
      yield;
    }
  }

  /** d = −H ∇f, after the last move has gone into the history. */
  #chooseDirection(): void {
    const d = this.#d, gradient = this.#gradient;
    if (!this.#isFirst) this.#history.push(this.#t, d, gradient, this.#previous);
    this.#isFirst = false;
    this.#previous.set(gradient);
    for (let i = 0; i < d.length; i++) d[i] = -gradient[i];
    this.#history.multiply(d);
  }

  /** x, f and ∇f at the step that the line search finds. */
  #search(t: number, slope: number): void {
    this.#start.set(this.x);
    const found = this.#lineSearch.search(t, this.#d, this.#f, slope, this.#gradient);
    this.#t = found.t;
    this.#f = found.f;
    this.#gradient.set(found.g);
    for (let i = 0; i < this.x.length; i++) this.x[i] = this.#start[i] + found.t * this.#d[i];
  }

  #evaluateInto(gradient: Float64Array): number {
    this.evaluations++;
    return this.#objective(this.x, gradient);
  }
}
