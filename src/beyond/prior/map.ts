/**
 * @file The attack as maximum a posteriori (MAP). Eq. (5) alone is maximum likelihood: it treats all images as equally
 * likely before the gradient is seen. An attacker who expects a picture knows more.
 *
 *   G = ∇W(x) + N(0, σ²)                       −log p(G|x) = L_G / (2σ²) + const              the likelihood, Eq. (5)
 *   box   p(x) = 1 on [0, 1]ⁿ                  a pixel is a byte divided by 255               box.ts, projected-adam.ts
 *   tv    p(x) ∝ exp(−w TV(x)) on [0, 1]ⁿ      and is mostly like its neighbours              total-variation.ts
 *
 *   x′ ← argmin L_G / (2σ²) + w TV(x)   over [0, 1]ⁿ,   in nats
 *
 * If G has an unknown scale s, L_G gives way to the angle D of cosine.ts:
 *
 *   min over s of ‖G − s ∇W(x)‖² / (2σ²) = ‖G‖² (1 − (1 − D)²) / (2σ²) = ‖G‖² (D − D²/2) / σ²
 *
 * `withPrior` turns any attack by descent into its MAP version: it passes the attack an optimiser that adds the prior.
 */
import { lastLayer } from '../../attack/extract-label.ts';
import { GradientMatching } from '../../attack/gradient-matching.ts';
import {
  ATTACK_DEFAULTS, LEARNING_RATES, OPTIMIZERS, type AttackOptions, type OptimizerName, type Reconstruction,
} from '../../attack/reconstruct.ts';
import { labelsOf, type Network } from '../../nn/network.ts';
import type { ParameterVector } from '../../nn/parameters.ts';
import { Lbfgs } from '../../optim/lbfgs.ts';
import type { Objective, Optimizer } from '../../optim/optimizer.ts';
import { Random, STREAMS } from '../../tensor/random.ts';
import { sizeOf, view, zeros, type Tensor } from '../../tensor/tensor.ts';
import { dot, norm2, scale } from '../../tensor/vector.ts';
import { extractBatchLabels } from '../batch/batch-labels.ts';
import { diagnose, isPruned } from '../diagnosis/diagnosis.ts';
import { readLabel } from '../diagnosis/read-label.ts';
import { sharedLastLayer } from '../last-layer.ts';
import { withheldTensors } from '../shared-tensors.ts';
import { InBox } from './box.ts';
import { withCosine } from './cosine.ts';
import { ProjectedAdam } from './projected-adam.ts';
import { totalVariation } from './total-variation.ts';
import { defaultWeight, informationPerPixel } from './weight.ts';

export const PRIORS = ['none', 'box', 'tv'] as const;
export const OBJECTIVES = ['squared', 'cosine'] as const;
/** The optimisers of the papers' attacks, of which `gd` works only without a prior, and two more. */
export const ALL_OPTIMIZERS = [...OPTIMIZERS, 'adam', 'sign-adam'] as const;

export interface PriorOptions {
  /** Default: none. */
  readonly prior?: (typeof PRIORS)[number];
  /** w, in nats per unit of TV; default: `defaultWeight`. */
  readonly priorWeight?: number;
  /** Default: squared, L_G. */
  readonly objective?: (typeof OBJECTIVES)[number];
  /** Default: lbfgs. */
  readonly optimizer?: (typeof ALL_OPTIMIZERS)[number];
  /** The number of starts to descend from; the result with the least objective is kept. Default: 1. */
  readonly restarts?: number;
  /** σ of the noise in each number of G; default: the estimate of diagnosis.ts. */
  readonly sigma?: number;
}

/** Options of an attack that may have a prior. */
export type MapAttackOptions = Omit<AttackOptions, 'optimizer'> & PriorOptions;

/** η by default. */
export const ALL_LEARNING_RATES = { ...LEARNING_RATES, adam: 0.1, 'sign-adam': 0.1 } as const;

/** The largest number of iterations by default. */
export function defaultIterations({ prior = 'none', optimizer = 'lbfgs' }: PriorOptions): number {
  if (!isOfPaper(optimizer)) return 600;
  return prior === 'none' ? ATTACK_DEFAULTS.iterations : 30;
}

/** L-BFGS ends when the slope along its direction is above −0.001 nat: such a step makes x hardly any likelier. */
const FLAT = 1e-3;
/** The tolerance of D. With it, the MSE is below 10⁻⁵ for nearly all images of MNIST and an untrained LeNet. */
const COSINE_TOLERANCE = 1e-10;

/**
 * The least σ, as a share of the root mean square of G. With σ = 0 a prior would have no weight at all, although
 * rounding and kinks leave some error even without noise.
 */
const LEAST_NOISE = 1e-3;

/** An attack that takes the labels from its options, unless it finds them by descent. */
type Attack<R> = (network: Network, gradient: ParameterVector, options: AttackOptions) => R;

/**
 * Runs the attack with a prior, another objective or optimiser, or several starts. The `objective` of the result is L_G
 * at its images, divided by ‖∇W‖² if `relative`; the trajectory holds what was minimised, from the best start.
 * @param attack `idlg`, `dlg` or a similar attack, for a gradient of `batch` images.
 * @throws {RangeError} if an option is not valid.
 */
export function withPrior<R extends Omit<Reconstruction, 'labelRule'>>(
  attack: Attack<R>, network: Network, gradient: ParameterVector, batch: number,
  options: MapAttackOptions & { readonly labels?: readonly number[] },
): R {
  const {
    prior = 'none', objective = 'squared', optimizer = 'lbfgs', restarts = 1, priorWeight, sigma, ...rest
  } = options;
  expectOptions(options);
  const isPaper = prior === 'none' && objective === 'squared' && isOfPaper(optimizer);
  if (isPaper && restarts === 1) return attack(network, gradient, { ...rest, optimizer });
  const read = options.labels || batch > 1 ? undefined : readLabel(network, gradient);
  const labels = options.labels ?? (read ? [read.label]
    : extractBatchLabels(sharedLastLayer(gradient), lastLayer(network.theta), batch).labels);
  const setting = { prior, objective, optimizer, priorWeight, sigma } as const;
  const attacked = objective === 'cosine' ? withCosine(network) : network;
  const mapped = isPaper ? { ...rest, optimizer } : mapOptions(network, gradient, labels, setting, rest);
  const likeliest = !isPaper && read?.rule === 'likelihood' ? { labels } : {}; // any other the attack reads itself
  let isStopped = false;
  const runFrom = (number: number): R => attack(attacked, gradient, {
    ...mapped,
    ...likeliest,
    ...(number > 0 && { start: drawImages(network, batch, rest.seed, number) }),
    onIteration: (point) => { // only the first start is shown, and to stop it stops all
      if (number === 0) isStopped = rest.onIteration?.(point) === false;
      return !isStopped;
    },
  });
  const results = [runFrom(0)];
  while (results.length < restarts && !isStopped) results.push(runFrom(results.length));
  const best = results.reduce((least, result) => (least.objective <= result.objective ? least : result)); // NaN is last
  const evaluations = results.reduce((sum, result) => sum + result.evaluations, 0);
  if (isPaper) return { ...best, evaluations };
  const matching = new GradientMatching(network.withBatch(batch), gradient);
  const found = matching.evaluate(best.images, labelsOf(best.labels, network.classes)).objective;
  const square = rest.relative ? dot(gradient.data, gradient.data) || 1 : 1;
  return { ...best, evaluations, objective: found / square };
}

const isOfPaper = (name: string): name is OptimizerName => OPTIMIZERS.some((own) => own === name);

function expectOptions(options: PriorOptions): void {
  const { prior = 'none', optimizer = 'lbfgs', restarts = 1, priorWeight = 0, sigma = 0 } = options;
  const named = [
    ['prior', prior, PRIORS], ['objective', options.objective ?? 'squared', OBJECTIVES],
    ['optimizer', optimizer, ALL_OPTIMIZERS],
  ] as const;
  for (const [name, value, names] of named) {
    if (!(names as readonly string[]).includes(value)) {
      throw new RangeError(`${name}: expected ${names.join(', ')}, got ${value}`);
    }
  }
  if (optimizer === 'gd' && prior !== 'none') {
    throw new RangeError('optimizer: expected lbfgs, adam or sign-adam with a prior, got gd');
  }
  if (!(Number.isInteger(restarts) && restarts > 0)) {
    throw new RangeError(`restarts: expected a whole number from 1, got ${restarts}`);
  }
  for (const [name, value] of Object.entries({ priorWeight, sigma })) {
    if (!(value >= 0 && value < Infinity)) throw new RangeError(`${name}: expected a number from 0, got ${value}`);
  }
}

/** Images drawn from N(0, 1), different ones for each `start`, the number of a start. */
function drawImages(network: Network, batch: number, seed: number = ATTACK_DEFAULTS.seed, start: number): Tensor {
  const images = zeros([batch, ...network.imageShape]);
  new Random(seed, STREAMS.start, start).fillNormal(images.data);
  return images;
}

type Setting = Required<Pick<PriorOptions, 'prior' | 'objective' | 'optimizer'>> &
  { readonly [K in 'priorWeight' | 'sigma']: PriorOptions[K] | undefined };

/** The options of the attack, with an optimiser that adds the prior. */
function mapOptions(
  network: Network, shared: ParameterVector, labels: readonly number[],
  { prior, objective, optimizer, priorWeight, sigma: given }: Setting, options: AttackOptions,
): AttackOptions {
  if (prior === 'none' && isOfPaper(optimizer)) return { ...options, relative: false, tolerance: COSINE_TOLERANCE };
  const { data } = shared, size = norm2(data);
  const found = diagnose(sharedLastLayer(shared), lastLayer(network.theta));
  const isSparse = labels.length === 1 && isPruned(found); // what looks like noise are zeros, which are not matched
  const sigma = Math.max(given ?? (isSparse ? 0 : found.noise), (LEAST_NOISE * size) / Math.sqrt(data.length));
  const information = (): number => informationPerPixel(network, labels, sigma, withheldTensors(shared));
  const weight = prior !== 'tv' ? 0 : priorWeight ?? defaultWeight(information());
  const toNats = objective === 'cosine' ? (D: number) => profileLikelihood(D, (size / sigma) ** 2)
    : (square: number) => ({ value: square / (2 * sigma * sigma), slope: 1 / (2 * sigma * sigma) });
  const { learningRate = ALL_LEARNING_RATES[optimizer] } = options;
  const { iterations = defaultIterations({ prior, optimizer }) } = options;
  const shape = [labels.length, ...network.imageShape], bounded = prior === 'none' ? 0 : sizeOf(shape);
  const createOptimizer = (likelihood: Objective, x: Float64Array): Optimizer => {
    const posterior: Objective = (x, gradient) => {
      const { value, slope } = toNats(likelihood(x, gradient));
      scale(slope, gradient);
      return weight === 0 ? value : value + weight * totalVariation(view(x, shape), weight, gradient);
    };
    if (!isOfPaper(optimizer)) {
      return new ProjectedAdam(posterior, x, { learningRate, iterations, sign: optimizer === 'sign-adam', bounded });
    }
    return new InBox(posterior, x, bounded, (f, u) =>
      new Lbfgs(f, u, { learningRate, lineSearch: 'strong-wolfe', toleranceGradient: 0, toleranceChange: FLAT }));
  };
  return { ...options, iterations, tolerance: 0, relative: false, createOptimizer };
}

/** The least 1 − D by which `profileLikelihood` goes on beyond, as a straight line: at right angles no scale fits. */
const LEAST_COSINE = 0.05;

/** −log p(G|x), with the best scale, as a function of the angle D, and its derivative: a (D − D²/2) for a = ‖G‖²/σ². */
export function profileLikelihood(D: number, a: number): { readonly value: number; readonly slope: number } {
  const curved = Math.min(D, 1 - LEAST_COSINE), slope = 1 - curved;
  return { value: a * (curved - (curved * curved) / 2 + slope * (D - curved)), slope: a * slope };
}
