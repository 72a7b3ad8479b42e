/**
 * @file What an optimiser is, and the loop that runs one: look at f(x), stop or advance.
 *
 * `minimize` is the loop of the paper's Algorithm 1 with nothing in it about gradients of networks.
 */

/** f(x); writes ∂f/∂x into `gradient`, as long as x. An optimiser calls it with its own x and no other. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

/**
 * Why a run ended. All are outcomes, none is an error.
 *   objective    f(x) fell below the tolerance
 *   gradient     max |∂f/∂x| is below the optimiser's tolerance
 *   change       the next step would change f by less than the optimiser's tolerance
 *   line-search  no step along the direction lowers f
 *   iterations   as many as were allowed
 *   not-finite   f or its derivative along the direction is NaN or infinite: the run diverged
 *   callback     `onIteration` returned false
 */
export type Stop = 'objective' | 'gradient' | 'change' | 'line-search' | 'iterations' | 'not-finite' | 'callback';

/** @throws {RangeError} where a step is not a positive finite number. */
export function expectLearningRate(learningRate: number): void {
  if (!(learningRate > 0 && Number.isFinite(learningRate))) {
    throw new RangeError(`learningRate: expected a positive number, got ${learningRate}`);
  }
}

export interface Optimizer {
  /** The iterate, moved in place. */
  readonly x: Float64Array;
  /** How often f and its gradient have been computed. */
  readonly evaluations: number;
  /** f and its gradient at x; returns f(x). */
  evaluate(): number;
  /** One iteration from the x evaluated last; the reason where it, and so every further one, left x unmoved. */
  advance(): Stop | undefined;
  /** The same in steps, where an iteration is long. */
  advanceInSteps?(): Steps<Stop | undefined>;
}

export interface MinimizeOptions {
  /** At most so many calls of `advance`. */
  readonly iterations: number;
  /** Stop where f(x) is below this. */
  readonly tolerance?: number;
  /** Look at the tolerance after iterations 1, 1 + n, 1 + 2n, …; 1, before each and at the end, unless said. */
  readonly lookEvery?: number;
  /** Called with the number of iterations done, f(x) and x (the optimiser's own, to read); false stops the run. */
  readonly onIteration?: (iteration: number, objective: number, x: Float64Array) => boolean | void;
}

export interface Minimum {
  readonly objective: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly stop: Stop;
}

/** A run in steps, for a page that has to answer in between: the next() that ends the run has its result. */
export type Steps<Result> = Generator<void, Result>;

/** All steps at once. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * Runs an optimiser until one of the reasons of `Stop` holds; x is then `optimizer.x`, the objective is f there.
 * @throws {RangeError} where `iterations` is not 0, 1, 2, …, `tolerance` is negative or NaN, or `lookEvery` is not 1, 2, 3, …
 */
export function minimize(optimizer: Optimizer, options: MinimizeOptions): Minimum {
  return finish(minimizeInSteps(optimizer, options));
}

/** minimize() in steps: the first looks at the start, the others are iterations, or parts of one. */
export function* minimizeInSteps(optimizer: Optimizer, options: MinimizeOptions): Steps<Minimum> {
  const { iterations, tolerance = 0, lookEvery = 1, onIteration } = options;
  if (!Number.isInteger(iterations) || iterations < 0) {
    throw new RangeError(`iterations: expected 0, 1, 2, …, got ${iterations}`);
  }
  if (!(tolerance >= 0)) throw new RangeError(`tolerance: expected a number ≥ 0, got ${tolerance}`);
  if (!Number.isInteger(lookEvery) || lookEvery < 1) {
    throw new RangeError(`lookEvery: expected 1, 2, 3, …, got ${lookEvery}`);
  }
  let objective: number;
  let stop: Stop | undefined;
  let iteration = 0;
  for (; ; iteration++) {
    objective = optimizer.evaluate();
    const goOn = onIteration?.(iteration, objective, optimizer.x) !== false;
    if (!Number.isFinite(objective)) stop = 'not-finite';
    else if (objective < tolerance && (iteration - 1) % lookEvery === 0) stop = 'objective';
    else if (!goOn) stop = 'callback';
    else if (iteration >= iterations) stop = 'iterations';
    else {
      yield;
      stop = optimizer.advanceInSteps ? yield* optimizer.advanceInSteps() : optimizer.advance();
    }
    if (stop) break;
  }
  return { objective, iterations: iteration, evaluations: optimizer.evaluations, stop };
}
