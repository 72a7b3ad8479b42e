/**
 * @file Training: a network's θ descends the mean loss of its examples, a mini-batch a step; what the backward passes
 * are for where nobody attacks.
 *
 *   fₜ(θ)   = (1/B) Σ_s ℓ(θ; x_s, c_s)      B examples (x_s, c_s), drawn anew at every evaluation, with replacement
 *   ∂fₜ/∂θ  = (1/B) Σ_s ∂ℓ_s/∂θ             or what a defence makes of it: what is shared is what is learnt from
 *
 * Each draw is independent of all others, so that the mean of fₜ over all draws is the loss over all examples.
 */
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { oneHot } from '../nn/softmax-cross-entropy.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { argmax } from '../tensor/vector.ts';
import { Adam } from './adam.ts';
import { minimize, type Objective, type Optimizer, type Stop } from './optimizer.ts';
import { Sgd } from './sgd.ts';

/** Labelled images that are read by their number, as those of a data set are. */
export interface Examples {
  readonly size: number;
  /** Image [channels, height, width] number `index`, from 0 on, and its class. */
  example(index: number): { readonly image: Tensor; readonly label: number };
}

/**
 * Those from number `first` to the one before `end`, each read when it is first asked for, and kept.
 * @throws {RangeError} where there are none.
 */
export function part(examples: Examples, first: number, end: number): Examples {
  if (!(Number.isInteger(first) && Number.isInteger(end) && 0 <= first && first < end && end <= examples.size)) {
    throw new RangeError(`part: expected integers 0 ≤ first < end ≤ ${examples.size}, got ${first} and ${end}`);
  }
  const kept: ReturnType<Examples['example']>[] = [];
  return { size: end - first, example: (index) => (kept[index] ??= examples.example(first + index)) };
}

export const TRAINERS = ['adam', 'sgd'] as const;
export type TrainerName = (typeof TRAINERS)[number];

export interface TrainOptions {
  /** Moves of θ; 1500. */
  readonly steps?: number;
  /** B, images in a mini-batch; 64. */
  readonly batch?: number;
  /** `adam` unless said, or `sgd`. */
  readonly optimizer?: TrainerName;
  /** η: 0.005 for `adam`, 0.02 for `sgd`. */
  readonly learningRate?: number;
  /** μ, for `sgd`; 0.9. */
  readonly momentum?: number;
  /** Draws the mini-batches. 0 unless said. */
  readonly seed?: number;
  /** What is learnt from in place of a mini-batch's gradient, which is the run's own buffer: to read or copy. */
  readonly defend?: (gradient: ParameterVector) => ParameterVector;
  /** Called with the steps done and the loss of the next mini-batch, before each step and at the end; false stops. */
  readonly onStep?: (step: number, loss: number) => boolean | void;
}

/** What holds where an option is not given: they train the paper's LeNet and its weights on MNIST. */
export const DEFAULTS = {
  steps: 1500,
  batch: 64,
  optimizer: 'adam',
  learningRate: { adam: 5e-3, sgd: 0.02 },
  momentum: 0.9,
  seed: 0,
} as const;

export interface Training {
  /** Steps done. */
  readonly steps: number;
  /** The loss of a mini-batch after the last step. */
  readonly loss: number;
  /** `iterations` where all steps were done; `not-finite`, or `callback`. */
  readonly stop: Stop;
}

/**
 * Trains a network: moves its θ, in place.
 * @throws {RangeError} where an option is not valid, or an example's shape or class is not the network's.
 */
export function train(network: Network, examples: Examples, options: TrainOptions = {}): Training {
  const { steps = DEFAULTS.steps, optimizer = DEFAULTS.optimizer, onStep } = options;
  if (!Number.isInteger(steps) || steps < 0) throw new RangeError(`steps: expected 0, 1, 2, …, got ${steps}`);
  if (!TRAINERS.includes(optimizer)) {
    throw new RangeError(`optimizer: expected ${TRAINERS.join(', ')}, got ${optimizer}`);
  }
  const { learningRate = DEFAULTS.learningRate[optimizer], momentum = DEFAULTS.momentum } = options;
  const objective = miniBatches(network, examples, options), theta = network.theta.data;
  const moving: Optimizer = optimizer === 'adam' ? new Adam(objective, theta, { learningRate })
    : new Sgd(objective, theta, { learningRate, momentum });
  const found = minimize(moving, { iterations: steps, ...(onStep && { onIteration: onStep }) });
  return { steps: found.iterations, loss: found.objective, stop: found.stop };
}

/** fₜ and ∂fₜ/∂θ at the network's own θ. */
function miniBatches(network: Network, examples: Examples, options: TrainOptions): Objective {
  const { batch = DEFAULTS.batch, seed = DEFAULTS.seed, defend = (gradient) => gradient } = options;
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`batch: expected a positive integer, got ${batch}`);
  const random = new Random(seed, STREAMS.batches), grad = network.theta.like();
  const sample = network.sample(1 / batch); // one for all of a batch: its passes end before the next image's begin
  return (_, gradient) => {
    grad.data.fill(0);
    let loss = 0;
    for (let s = 0; s < batch; s++) {
      const { image, label } = examples.example(random.below(examples.size));
      loss += sample.forward(image, oneHot(label, network.classes));
      sample.backward(grad);
    }
    gradient.set(defend(grad).data);
    return loss;
  };
}

/** The share of the examples that the network classifies as labelled. */
export function accuracy(network: Network, examples: Examples): number {
  let right = 0;
  for (let i = 0; i < examples.size; i++) {
    const { image, label } = examples.example(i);
    if (argmax(network.logits(image).data) === label) right++;
  }
  return right / examples.size;
}
