/**
 * @file What DLG and iDLG share: the options, the random start, the descent of L_G and its record.
 *
 *   x′ ~ N(0, 1);  repeat:  look at L_G and ∂L_G/∂x′, stop or move x′          Algorithm 1, lines 3 to 9
 *
 * What is descended, over which variables, is the caller's: x′ alone in idlg.ts, x′ and the label in dlg.ts.
 */
import { GradientDescent } from '../optim/gradient-descent.ts';
import { expectLineSearch, Lbfgs, type LineSearch } from '../optim/lbfgs.ts';
import { minimizeInSteps, type Objective, type Optimizer, type Steps, type Stop } from '../optim/optimizer.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import { expectFinite, expectShape, type Tensor } from '../tensor/tensor.ts';
import type { LabelRule } from './extract-label.ts';
import { mse } from './metrics.ts';
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { norm2, scale } from '../tensor/vector.ts';

export const OPTIMIZERS = ['lbfgs', 'gd'] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];

export interface AttackOptions {
  /** `lbfgs` as in the papers' code, the default, or `gd`, Eq. (6) as it stands. */
  readonly optimizer?: OptimizerName;
  /** For `lbfgs`: `none` is what the papers used; `strong-wolfe`, the default, finds more images. */
  readonly lineSearch?: LineSearch;
  /** η: 1 for `lbfgs`, 0.05 for `gd`. */
  readonly learningRate?: number;
  /** At most so many iterations, 300; one of `lbfgs` is up to 20 moves (lbfgs.ts). */
  readonly iterations?: number;
  /**
   * Stop where L_G is below this T, 10⁻⁸; the authors' code has 10⁻⁶. The optimiser's own tolerances are T/10 on the
   * gradient of L_G, T/1000 on its change, T/10⁴ on the curvature of a pair: for the authors' T, torch.optim.LBFGS's.
   */
  readonly tolerance?: number;
  /** Look at that after iterations 1, 1 + n, 1 + 2n, …: 1 unless said, 10 in the authors' code. */
  readonly lookEvery?: number;
  /** Descend L_G / ‖∇W‖² instead: tolerances then mean the same for the small gradients of a trained network. */
  readonly relative?: boolean;
  /** Draws the start from N(0, 1): the same image for DLG and iDLG. 0 unless said. */
  readonly seed?: number;
  /** The image to start from instead, [channels, height, width]. */
  readonly start?: Tensor;
  /** The private image, for the record of the MSE only: no attack looks at it. */
  readonly truth?: Tensor;
  /** Called before each iteration and at the end; false stops the run. */
  readonly onIteration?: (point: AttackPoint) => boolean | void;
}

/** What holds where an option is not given. */
export const DEFAULTS = {
  optimizer: 'lbfgs',
  lineSearch: 'strong-wolfe',
  learningRate: { lbfgs: 1, gd: 0.05 },
  iterations: 300,
  tolerance: 1e-8,
  lookEvery: 1,
  relative: false,
  seed: 0,
} as const;

/** Where a run is. */
export interface AttackPoint {
  /** Iterations done. */
  readonly iteration: number;
  /** L_G at this image, or L_G / ‖∇W‖². */
  readonly objective: number;
  /** Mean squared error against the truth, NaN where that is not known. */
  readonly mse: number;
  /** The reconstruction so far, [channels, height, width]; the run's own buffer, to read or copy. */
  readonly image: Tensor;
  /** Evaluations of L_G and its gradient so far. */
  readonly evaluations: number;
}

export interface AttackResult {
  /** The reconstruction, [channels, height, width]; pixels are not clamped to [0, 1]. */
  readonly image: Tensor;
  readonly label: number;
  /** How the label was found: a rule of extract-label.ts, or `descent` with DLG. */
  readonly labelRule: LabelRule | 'descent';
  /** L_G at the reconstruction, or L_G / ‖∇W‖². */
  readonly objective: number;
  readonly iterations: number;
  /** Evaluations of L_G and its gradient. */
  readonly evaluations: number;
  readonly stop: Stop;
  /** L_G, and the MSE where the truth is known, before each iteration and at the end. */
  readonly trajectory: readonly { readonly iteration: number; readonly objective: number; readonly mse: number }[];
}

/** @throws {RangeError} where an option, or a number in `start` or `truth`, is not valid for this network. */
export function checkOptions(network: Network, options: AttackOptions): void {
  const { optimizer = DEFAULTS.optimizer, lineSearch = DEFAULTS.lineSearch, start, truth } = options;
  if (!OPTIMIZERS.includes(optimizer)) {
    throw new RangeError(`optimizer: expected ${OPTIMIZERS.join(', ')}, got ${optimizer}`);
  }
  expectLineSearch(lineSearch);
  for (const [name, image] of [['start', start], ['truth', truth]] as const) {
    if (!image) continue;
    expectShape(name, image, network.inShape);
    expectFinite(name, image.data);
  }
}

/** x′ ~ N(0, 1) or the given start, with `extra` more N(0, 1) numbers after it. */
export function drawStart(size: number, extra: number, { seed = DEFAULTS.seed, start }: AttackOptions): Float64Array {
  const x = new Random(seed, STREAMS.start).fillNormal(new Float64Array(size + extra));
  if (start) x.set(start.data);
  return x;
}

/** The objective divided by ‖∇W‖² where the options say so. */
function asAsked(
  objective: Objective, shared: ParameterVector, { relative = DEFAULTS.relative }: AttackOptions,
): Objective {
  const square = norm2(shared.data) ** 2;
  if (!relative || square === 0) return objective;
  return (x, gradient) => {
    const value = objective(x, gradient) / square;
    scale(1 / square, gradient);
    return value;
  };
}

/**
 * Descends `objective`, L_G for the gradient `shared`, from x, in place, in steps.
 * @param image x as an image, or the part of x that is one: what is reported and compared with the truth.
 */
export function* descend(
  objective: Objective, shared: ParameterVector, x: Float64Array, image: Tensor, options: AttackOptions,
): Steps<Omit<AttackResult, 'image' | 'label' | 'labelRule'>> {
  const { iterations = DEFAULTS.iterations, tolerance = DEFAULTS.tolerance, truth, onIteration } = options;
  const { lookEvery = DEFAULTS.lookEvery } = options;
  const optimizer = createOptimizer(asAsked(objective, shared, options), x, options);
  const trajectory: AttackResult['trajectory'][number][] = [];
  const minimum = yield* minimizeInSteps(optimizer, {
    iterations,
    tolerance,
    lookEvery,
    onIteration: (iteration, value) => {
      const error = truth ? mse(image, truth) : NaN;
      trajectory.push({ iteration, objective: value, mse: error });
      return onIteration?.({ iteration, objective: value, mse: error, image, evaluations: optimizer.evaluations });
    },
  });
  return { ...minimum, trajectory };
}

function createOptimizer(objective: Objective, x: Float64Array, options: AttackOptions): Optimizer {
  const { optimizer = DEFAULTS.optimizer, lineSearch = DEFAULTS.lineSearch, tolerance = DEFAULTS.tolerance } = options;
  const learningRate = options.learningRate ?? DEFAULTS.learningRate[optimizer];
  const toleranceGradient = tolerance / 10;
  if (optimizer === 'gd') return new GradientDescent(objective, x, { learningRate, toleranceGradient });
  const tolerances = { toleranceGradient, toleranceChange: tolerance / 1e3, leastCurvature: tolerance / 1e4 };
  return new Lbfgs(objective, x, { learningRate, lineSearch, ...tolerances });
}
