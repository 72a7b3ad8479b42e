/**
 * @file Training: θ descends the mean loss of its examples, one mini-batch per step, by the passes that also make the
 * gradients that the attacks invert.
 *
 *   fₜ(θ)   = (1/B) Σ_s ℓ(θ; x_s, c_s)      B examples (x_s, c_s), drawn anew for each evaluation, with replacement
 *   ∂fₜ/∂θ  = (1/B) Σ_s ∂ℓ_s/∂θ             or what a defence makes of it: a server learns from what a client shares
 *
 * The draws are independent and uniform, so the expectation of fₜ is the mean loss over all examples.
 */
import { stack, type Network } from '../../nn/network.ts';
import type { ParameterVector } from '../../nn/parameters.ts';
import { oneHot } from '../../nn/softmax-cross-entropy.ts';
import { drain, minimize, type Objective, type Optimizer, type Stop } from '../../optim/optimizer.ts';
import { Random, STREAMS } from '../../tensor/random.ts';
import { expectShape, rowsOf, unstack, zeros, type Tensor } from '../../tensor/tensor.ts';
import { argmax } from '../../tensor/vector.ts';
import { Adam } from './adam.ts';
import { Sgd } from './sgd.ts';

/** Labelled images that are read by their number, as those of a data set are. */
export interface Examples {
  readonly size: number;
  /** The image [channels, height, width] of this number, counted from 0, and its class. */
  example(index: number): { readonly image: Tensor; readonly label: number };
}

/**
 * The examples from number `first` to number `end` − 1. Each is read when it is first asked for, and then kept.
 * @throws {RangeError} if the subset is empty, or not within the examples.
 */
export function subset(examples: Examples, first: number, end: number): Examples {
  if (!(Number.isInteger(first) && Number.isInteger(end) && 0 <= first && first < end && end <= examples.size)) {
    throw new RangeError(`subset: expected integers 0 ≤ first < end ≤ ${examples.size}, got ${first} and ${end}`);
  }
  const kept: ReturnType<Examples['example']>[] = [];
  return { size: end - first, example: (index) => (kept[index] ??= examples.example(first + index)) };
}

export const TRAINERS = ['adam', 'sgd'] as const;
export type TrainerName = (typeof TRAINERS)[number];

/** The defaults are in `TRAINING_DEFAULTS`. */
export interface TrainingOptions {
  /** Steps of the optimiser. */
  readonly steps?: number;
  /** B, images in a mini-batch. */
  readonly batch?: number;
  readonly optimizer?: TrainerName;
  /** η; the default depends on the optimiser. */
  readonly learningRate?: number;
  /** μ, for `sgd`. */
  readonly momentum?: number;
  /** Draws the mini-batches. */
  readonly seed?: number;
  /**
   * Returns what is learnt from in place of a mini-batch's gradient: that is the run's buffer, to be read or copied.
   */
  readonly defend?: (gradient: ParameterVector) => ParameterVector;
  /** Called with the steps done and the next mini-batch's loss, before each step and at the end; `false` ends it. */
  readonly onStep?: (step: number, loss: number) => boolean | void;
}

/** They suit the paper's LeNet on MNIST, with weights drawn from U(−½, ½). */
export const TRAINING_DEFAULTS = {
  steps: 1500, batch: 64, optimizer: 'adam', learningRate: { adam: 5e-3, sgd: 0.02 }, momentum: 0.9, seed: 0,
} as const;

export interface Training {
  /** Steps done. */
  readonly steps: number;
  /** The loss of a mini-batch after the last step. */
  readonly loss: number;
  /** `iterations` if all steps were done, otherwise `not-finite` or `callback`. */
  readonly stop: Stop;
}

/**
 * Trains a network: moves its θ in place.
 * @throws {RangeError} if an option is not valid, or an example's shape or class is not the network's.
 */
export function train(network: Network, examples: Examples, options: TrainingOptions = {}): Training {
  const { steps, optimizer, momentum } = { ...TRAINING_DEFAULTS, ...options }, { onStep } = options;
  if (!Number.isInteger(steps) || steps < 0) throw new RangeError(`steps: expected 0, 1, 2, …, got ${steps}`);
  if (!TRAINERS.includes(optimizer)) {
    throw new RangeError(`optimizer: expected ${TRAINERS.join(', ')}, got ${optimizer}`);
  }
  const { learningRate = TRAINING_DEFAULTS.learningRate[optimizer] } = options;
  const objective = miniBatchLoss(network, examples, options), theta = network.theta.data;
  const trainer: Optimizer = optimizer === 'adam' ? new Adam(objective, theta, { learningRate })
    : new Sgd(objective, theta, { learningRate, momentum });
  const run = minimize(trainer, { iterations: steps });
  const { iterations, objective: loss, stop } = drain(run, (point) => onStep?.(point.iteration, point.objective));
  return { steps: iterations, loss, stop };
}

/** fₜ and ∂fₜ/∂θ at the network's own θ. */
function miniBatchLoss(network: Network, examples: Examples, options: TrainingOptions): Objective {
  const { batch, seed } = { ...TRAINING_DEFAULTS, ...options }, { defend = (gradient) => gradient } = options;
  const learner = network.withBatch(batch), random = new Random(seed, STREAMS.batches), grad = network.theta.like();
  const x = zeros(learner.layers.inShape), t = zeros(learner.layers.outShape), images = unstack(x), labels = rowsOf(t);
  return (_, gradient) => {
    for (let s = 0; s < batch; s++) {
      const { image, label } = examples.example(random.below(examples.size));
      expectShape('image', image, network.imageShape);
      images[s].data.set(image.data);
      labels[s].set(oneHot(label, network.classes));
    }
    const loss = learner.forward(x, t);
    grad.data.fill(0);
    learner.backward(grad);
    gradient.set(defend(grad).data);
    return loss;
  };
}

/** The share of the examples whose label is the network's largest logit. */
export function accuracy(network: Network, examples: Examples): number {
  const classifier = network.withBatch(1);
  let right = 0;
  for (let i = 0; i < examples.size; i++) {
    const { image, label } = examples.example(i);
    if (argmax(classifier.logits(stack('image', [image], network.imageShape)).data) === label) right++;
  }
  return right / examples.size;
}
