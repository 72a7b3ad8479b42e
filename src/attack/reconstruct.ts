/**
 * @file What DLG and iDLG share: the options, the random start, the descent of L_G and the result.
 *
 *   x′ ← N(0, 1)                                   Algorithm 1, line 3
 *   for i = 1 to N: L_G and ∂L_G/∂x′; move x′      lines 4 to 7
 *
 * Which function is minimised over which variables, the caller says: x′ alone in idlg.ts, x′ and the label in dlg.ts.
 */
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { GradientDescent } from '../optim/gradient-descent.ts';
import { Lbfgs, type LineSearch } from '../optim/lbfgs.ts';
import { minimize, type Iterate, type MinimizeOptions, type Minimum } from '../optim/optimizer.ts';
import type { Objective, Optimizer, Run } from '../optim/optimizer.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import { expectFinite, expectShape, sizeOf, unstack, type Tensor } from '../tensor/tensor.ts';
import { dot, scale } from '../tensor/vector.ts';
import type { LabelRule } from './extract-label.ts';
import { mse } from './metrics.ts';

export const OPTIMIZERS = ['lbfgs', 'gd'] as const, LEARNING_RATES = { lbfgs: 1, gd: 0.05 } as const; // η by default
export type OptimizerName = (typeof OPTIMIZERS)[number];

/** The authors' code has `lineSearch` none, a `tolerance` of 10⁻⁶ on L_G and `lookEvery` 10; see `ATTACK_DEFAULTS`. */
export interface AttackOptions extends Partial<MinimizeOptions> {
  readonly optimizer?: OptimizerName; // `lbfgs`, as in the papers' code, or `gd`, gradient descent as in Eq. (6)
  readonly createOptimizer?: (objective: Objective, x: Float64Array) => Optimizer; // makes another in its place
  readonly lineSearch?: LineSearch; //   for `lbfgs`
  readonly learningRate?: number; //     η; default: 1 for `lbfgs`, 0.05 for `gd`
  readonly seed?: number; //             draws the start from N(0, 1); DLG and iDLG draw the same image
  /** Descend L_G/‖∇W‖² instead of L_G: tolerances then mean the same for the small gradients of a trained network. */
  readonly relative?: boolean;
  /** The image to start from instead, [channels, height, width], or the images, [batch, channels, height, width]. */
  readonly start?: Tensor;
  /** The private image or images, shaped like `start`, only to record the MSE along the way: no attack uses them. */
  readonly truth?: Tensor;
  /** For idlg() and dlg(): called with every point; if it returns false, the run stops. Generators ignore it. */
  readonly onIteration?: (point: AttackPoint) => boolean | void;
}

/** Defaults that recover more images than the authors' settings. An iteration of `lbfgs` makes up to 20 moves. */
export const ATTACK_DEFAULTS = {
  optimizer: 'lbfgs', lineSearch: 'strong-wolfe', iterations: 300, tolerance: 1e-8, relative: false, seed: 0,
} as const;

/** The state of an attack: `objective` is L_G, or L_G/‖∇W‖² if `relative`. */
export interface AttackPoint extends Iterate {
  readonly mse: number; //         against `truth`; NaN without it
  readonly images: Tensor; //      the reconstruction so far: the run's own buffer, to be read or copied
  readonly evaluations: number; // of L_G and its gradient, so far
}

/** What a descent found. A run that diverged or got stuck is a result too: see `stop`. */
export interface Descent extends Minimum {
  readonly images: Tensor; // [batch, channels, height, width]; pixels are not clamped to [0, 1]
  readonly image: Tensor; //  the first of them, [channels, height, width]
  /** L_G, and the MSE if the truth is known, before each iteration and at the end. */
  readonly trajectory: readonly { readonly iteration: number; readonly objective: number; readonly mse: number }[];
}

/** The result of every attack. */
export interface Reconstruction extends Descent {
  readonly labels: readonly number[]; // one per image
  readonly label: number; //             that of the first image
  readonly labelRule: LabelRule | 'given' | 'descent'; // of extract-label.ts, given by the caller, or DLG's descent
  readonly negativeRows?: number | undefined; // idlg(): how many ∂ℓ/∂bᵢ < 0; one image leaves 1, a batch may leave more
}

/** Line 3: x′ and `extra` further variables, drawn from N(0, 1); x′ is `start` if that is given. */
export function drawStart({ layers, imageShape }: Network, extra: number, options: AttackOptions): Float64Array {
  const { seed = ATTACK_DEFAULTS.seed, start } = options, { inShape } = layers, size = sizeOf(inShape);
  const variables = new Random(seed, STREAMS.start).fillNormal(new Float64Array(size + extra));
  if (start) {
    expectShape('start', start, start.shape.length === 3 && inShape[0] === 1 ? imageShape : inShape);
    expectFinite('start', start.data);
    variables.set(start.data);
  }
  return variables;
}

/**
 * Lines 4 to 7: descends `objective`, L_G, from `variables`, in place.
 * @param shared ∇W, whose norm `relative` needs.
 * @param images the part of `variables` that is x′, [batch, channels, height, width].
 * @throws {RangeError} if an option is not valid.
 */
export function* reconstruct(
  objective: Objective, shared: ParameterVector, variables: Float64Array, images: Tensor, options: AttackOptions,
): Run<AttackPoint, Descent> {
  const { truth, relative = ATTACK_DEFAULTS.relative } = options, [image] = unstack(images);
  const compared = truth?.shape.length === 3 ? image : images;
  if (truth) expectShape('truth', truth, compared.shape);
  if (truth) expectFinite('truth', truth.data);
  const square = relative ? dot(shared.data, shared.data) || 1 : 1;
  const optimizer = (options.createOptimizer ?? optimizerFor)((x, gradient) => {
    const value = objective(x, gradient);
    if (relative) scale(1 / square, gradient);
    return value / square;
  }, variables, options);
  const trajectory: Descent['trajectory'][number][] = [];
  const descent = minimize(optimizer, { ...ATTACK_DEFAULTS, ...options });
  let step = descent.next();
  while (!step.done) {
    const point = { ...step.value, mse: truth ? mse(compared, truth) : NaN };
    trajectory.push(point);
    step = descent.next(yield { ...point, images, evaluations: optimizer.evaluations });
  }
  return { image, images, ...step.value, trajectory };
}

/** torch's default tolerances fit the authors' 10⁻⁶ on L_G; here they are scaled by tolerance / 10⁻⁶. */
function optimizerFor(objective: Objective, x: Float64Array, options: AttackOptions): Optimizer {
  const { optimizer, lineSearch, tolerance } = { ...ATTACK_DEFAULTS, ...options };
  const { learningRate = LEARNING_RATES[optimizer] } = options;
  if (!OPTIMIZERS.includes(optimizer)) {
    throw new RangeError(`optimizer: expected ${OPTIMIZERS.join(', ')}, got ${optimizer}`);
  }
  const ratio = tolerance / 1e-6, toleranceGradient = 1e-7 * ratio;
  if (optimizer === 'gd') return new GradientDescent(objective, x, { learningRate, toleranceGradient });
  const tolerances = { toleranceGradient, toleranceChange: 1e-9 * ratio, leastCurvature: 1e-10 * ratio };
  return new Lbfgs(objective, x, { learningRate, lineSearch, ...tolerances });
}
