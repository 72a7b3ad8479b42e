/**
 * @file What an optimiser is, and the loop that runs one: evaluate f(x), then stop or advance. It is the loop of the
 * paper's Algorithm 1, with nothing in it about networks or gradients of gradients.
 */

/** f(x); writes ∂f/∂x into `gradient`. Both arrays are as long as x. An optimiser calls it with its own x only. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

/**
 * Why a run ended. All of these are outcomes, none is an error.
 *   objective     f(x) fell below the tolerance
 *   gradient      max |∂f/∂x| is at most the optimiser's tolerance
 *   change        the next step would change f by less than the optimiser's tolerance
 *   line-search   no step along the direction lowers f
 *   iterations    the allowed number of iterations is done
 *   not-finite    f or its slope along the direction is NaN or infinite: the run diverged
 *   callback      the caller asked for it
 */
export type Stop = 'objective' | 'gradient' | 'change' | 'line-search' | 'iterations' | 'not-finite' | 'callback';

export interface Optimizer {
  /** The iterate, moved in place. */
  readonly x: Float64Array;
  /** How often f and its gradient have been computed. */
  readonly evaluations: number;
  /** Computes f and its gradient at x; returns f(x). */
  evaluate(): number;
  /** One iteration from the x evaluated last. Returns why x was not moved, if it was not: then it never will be. */
  advance(): Stop | undefined;
}

export interface MinimizeOptions {
  /** The largest number of calls of `advance`. */
  readonly iterations: number;
  /** Stop when f(x) is below this; default: 0, never. */
  readonly tolerance?: number;
  /** Check that tolerance only after iterations 1, 1 + n, 1 + 2n, ...; default: 1, before every iteration. */
  readonly lookEvery?: number;
}

/** Where a run is: iterations done, and f(x) there. */
export interface Iterate {
  readonly iteration: number;
  readonly objective: number;
}

export interface Minimum {
  readonly objective: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly stop: Stop;
}

/** A run that yields where it is, before each iteration and at the end; `next(false)` stops it. It returns its result. */
export type Run<Point, Result> = Generator<Point, Result, boolean | void>;

/** Runs to the end. `onPoint` is called with every point; if it returns false, the run stops. */
export function drain<Point, Result>(run: Run<Point, Result>, onPoint?: (point: Point) => boolean | void): Result {
  let step = run.next();
  while (!step.done) step = run.next(onPoint?.(step.value));
  return step.value;
}

/**
 * Runs an optimiser until one of the reasons in `Stop` holds. The objective of the result is f at `optimizer.x`.
 * @throws {RangeError} if `iterations` is not 0, 1, 2, ..., `tolerance` is negative or NaN, or `lookEvery` is not 1, 2, 3, ...
 */
export function* minimize(optimizer: Optimizer, options: MinimizeOptions): Run<Iterate, Minimum> {
  const { iterations, tolerance = 0, lookEvery = 1 } = options;
  if (!Number.isInteger(iterations) || iterations < 0) {
    throw new RangeError(`iterations: expected 0, 1, 2, …, got ${iterations}`);
  }
  if (!(tolerance >= 0)) throw new RangeError(`tolerance: expected a number ≥ 0, got ${tolerance}`);
  if (!Number.isInteger(lookEvery) || lookEvery < 1) {
    throw new RangeError(`lookEvery: expected 1, 2, 3, …, got ${lookEvery}`);
  }
  for (let iteration = 0; ; iteration++) {
    const objective = optimizer.evaluate();
    const goOn = yield { iteration, objective };
    const stop = !Number.isFinite(objective) ? 'not-finite'
      : objective < tolerance && (iteration - 1) % lookEvery === 0 ? 'objective'
      : goOn === false ? 'callback'
      : iteration >= iterations ? 'iterations'
      : optimizer.advance();
    if (stop) return { objective, iterations: iteration, evaluations: optimizer.evaluations, stop };
  }
}

/** @throws {RangeError} if a step is not a positive finite number. */
export function expectLearningRate(learningRate: number): void {
  if (learningRate > 0 && Number.isFinite(learningRate)) return;
  throw new RangeError(`learningRate: expected a positive number, got ${learningRate}`);
}
