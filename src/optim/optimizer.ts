/**
 * @file What an optimiser is, and the loop that runs one: evaluate f(x), then stop or advance. It is the loop of the
 * paper's Algorithm 1, with nothing in it about networks or gradients of gradients.
 */

/** f(x); writes ∂f/∂x to `gradient`, as long as x. An optimiser always passes its own x: a view of it stays valid. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

/**
 * Why a run ended. All of these are outcomes, none is an error.
 *   objective     f(x) fell below the tolerance
 *   gradient      max |∂f/∂x| is at most the optimiser's tolerance
 *   change        the slope along the direction is above −tolerance: too flat, or not downhill
 *   line-search   the line search found no step that lowers f
 *   iterations    the allowed number of iterations has been used up
 *   not-finite    f, its gradient or its slope along the direction is NaN or infinite: the run diverged
 *   callback      the caller asked for it
 */
export type Stop = 'objective' | 'gradient' | 'change' | 'line-search' | 'iterations' | 'not-finite' | 'callback';

export interface Optimizer {
  readonly x: Float64Array; //     the iterate, moved in place
  readonly evaluations: number; // how often f and its gradient have been computed
  /** Computes f and its gradient at x; returns f(x). */
  evaluate(): number;
  /** One iteration from the x evaluated last. If x could not be moved, returns the reason, and the run is over. */
  advance(): Stop | undefined;
}

export interface MinimizeOptions {
  readonly iterations: number; // N, the largest number of calls of `advance`
  readonly tolerance?: number; // stop when f(x) is below this; default: 0, at which an f ≥ 0 never stops
  readonly lookEvery?: number; // n: test that only after iterations 1, 1 + n, ...; default: 1, before the first too
}

/** The state of a run: iterations done, and f(x) there. */
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

/** A run yields its state before each iteration and at the end; `next(false)` stops it. It returns its result. */
export type Run<Point, Result> = Generator<Point, Result, boolean | void>;

/** Runs to the end. `onPoint` is called with every point; if it returns false, the run stops. */
export function drain<Point, Result>(run: Run<Point, Result>, onPoint?: (point: Point) => boolean | void): Result {
  let step = run.next();
  while (!step.done) step = run.next(onPoint?.(step.value));
  return step.value;
}

/**
 * Runs an optimiser until one of the reasons in `Stop` holds. The objective of the result is f at `optimizer.x`.
 * @throws {RangeError} if an option is not valid.
 */
export function* minimize(optimizer: Optimizer, options: MinimizeOptions): Run<Iterate, Minimum> {
  const { iterations, tolerance = 0, lookEvery = 1 } = options;
  expectOption('iterations', iterations, 'a whole number from 0', Number.isInteger(iterations) && iterations >= 0);
  expectOption('tolerance', tolerance, 'a number from 0', tolerance >= 0);
  expectOption('lookEvery', lookEvery, 'a whole number from 1', Number.isInteger(lookEvery) && lookEvery >= 1);
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
  expectOption('learningRate', learningRate, 'a positive number', learningRate > 0 && Number.isFinite(learningRate));
}

function expectOption(option: string, got: number, expected: string, isValid: boolean): void {
  if (!isValid) throw new RangeError(`${option}: expected ${expected}, got ${got}`);
}
