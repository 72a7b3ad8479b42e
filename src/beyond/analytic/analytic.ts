/**
 * @file The image, computed layer by layer from the last to the first: each layer's input solves linear equations, by
 * least squares (conjugate gradients). L_G is not descended and there is no random start. It takes the gradient of one
 * image, and a network of convolutions, linear layers and activations that have an inverse.
 *
 *   c        ← the label, unless it is given                          extract-label.ts
 *   g, a     ← ∂ℓ/∂y and the input of the last layer                  Eq. (3), last-input.ts;  ∂a = Wᵀ g
 *   then for each layer from the last but one to the first, whose output and its ∂ are known by then (layer-inputs.ts):
 *   k, d:      x = (y − d) / k,  ∂x = k ⊙ ∂y                          normalisation, and dropout with a known mask
 *   f:         z = f⁻¹(a),  ∂z = f′(z) ⊙ ∂a                           inverse.ts
 *   W, b:      x solves { W P = z − b,  ∂z Pᵀ = ∂W }                  input-equations.ts;  ∂x = Wᵀ ∂z
 *   image    ← the first layer's x
 *
 * The standard deviation of each layer's x is estimated on the way. That of the first layer is the expected error of
 * the image. If the equations do not determine the unknowns it is unbounded: R-GAP's risk index, m − n, counts the
 * equations; the standard deviation also weighs them. A ∂W that is zero as a whole was not shared: it has no equations.
 *
 * Source: J. Zhu and M. Blaschko, "R-GAP: Recursive Gradient Attack on Privacy", ICLR 2021.
 */
import { extractLabel, lastLayer, type LabelRule } from '../../attack/extract-label.ts';
import { GradientMatching } from '../../attack/gradient-matching.ts';
import { mse } from '../../attack/metrics.ts';
import type { Reconstruction } from '../../attack/reconstruct.ts';
import { OtherActivation } from '../../layers/activations.ts';
import { Dropout } from '../../layers/dropout.ts';
import { Normalize } from '../../layers/normalize.ts';
import { timesUsed } from '../../layers/tied-sequence.ts';
import { Activation } from '../../nn/activation.ts';
import { Conv2d } from '../../nn/conv2d.ts';
import { Flatten } from '../../nn/flatten.ts';
import type { Layer } from '../../nn/layer.ts';
import { Linear, type WeightAndBias } from '../../nn/linear.ts';
import { labelsOf, type Network } from '../../nn/network.ts';
import type { ParameterVector } from '../../nn/parameters.ts';
import { Random, STREAMS } from '../../tensor/random.ts';
import { expectFinite, expectShape, unstack, view, type Tensor } from '../../tensor/tensor.ts';
import { dot } from '../../tensor/vector.ts';
import { sharedLastLayer } from '../last-layer.ts';
import { rootMeanSquare, sigmaOf } from './gradient-errors.ts';
import { whyNotInvertible } from './inverse.ts';
import { lastInput } from './last-input.ts';
import {
  atLastInput, beforeActivation, beforeFlatten, beforeScale, beforeWeights, type LayerSolution,
} from './layer-inputs.ts';

export interface AnalyticOptions {
  readonly labelRule?: LabelRule;
  /** The label, if it is known or was found in another way; a list of one. */
  readonly labels?: readonly number[];
  /** Draws the random vectors by which errors are estimated; default: 0. */
  readonly seed?: number;
  /** Whether the result's objective is L_G/‖∇W‖² instead of L_G; default: false. */
  readonly relative?: boolean;
  /** The private image [channels, height, width], only to record the MSE. */
  readonly truth?: Tensor;
}

/**
 * A reconstruction without a descent: 0 iterations, and 1 evaluation of L_G, at the computed image. It stops as
 * `solved` if the image is determined, and otherwise as `undetermined`.
 */
export interface AnalyticReconstruction extends Omit<Reconstruction, 'stop' | 'labelRule'> {
  readonly stop: 'solved' | 'undetermined';
  readonly labelRule: LabelRule | 'given';
  /** The relative error of a number of the last layer's ∂W, as estimated from the whole network. */
  readonly precision: number;
  /** The expected root mean square error of the image, at most 1. */
  readonly error: number;
  /** Whether the error of the image and those of all layers are below 0.1. */
  readonly isDetermined: boolean;
  /** From the last layer to the first. */
  readonly layers: readonly LayerSolution[];
}

/** An image with a smaller error than this is recognisable. */
const SMALL_ERROR = 0.1;

/**
 * Computes the image and the label that a shared gradient comes from.
 * @param network the network that the client computed the gradient with.
 * @param gradient ∇W = ∂ℓ/∂θ for one image and its class; its largest number in each layer must lie between 1e-140 and
 *   1e140, so that squares neither underflow nor overflow.
 * @throws {RangeError} if the gradient does not have the shapes of θ, a number of either is NaN or infinite, the last
 *   layer's gradient is 0, or the network is not one for this attack (see `whyUnsolvable`).
 */
export function analytic(
  network: Network, gradient: ParameterVector, options: AnalyticOptions = {},
): AnalyticReconstruction {
  const { labelRule, labels: given, seed = 0, relative = false, truth } = options, { theta, imageShape } = network;
  const matching = new GradientMatching(network.withBatch(1), gradient), random = new Random(seed, STREAMS.start);
  expectFinite('theta', theta.data);
  if (truth) expectShape('truth', truth, imageShape);
  const { inShape, parts } = matching.network.layers, before = parts.slice(0, -1).toReversed();
  const unsolvable = whyUnsolvable(network);
  if (unsolvable !== undefined) throw new RangeError(unsolvable);

  const own = lastLayer(theta), shared = sharedLastLayer(gradient);
  const { label, rule } = given ? { label: given[0], rule: 'given' as const } : extractLabel(shared, labelRule);
  let known = atLastInput(own, lastInput(shared, own, label), random);
  const layers: LayerSolution[] = [];
  for (const { name, layer } of before) {
    if (isActivation(layer)) known = beforeActivation(layer, known);
    else if (layer instanceof Flatten) known = beforeFlatten(layer, known);
    else if (isScale(layer)) known = beforeScale(layer, known);
    else {
      const [p, grad] = [theta, gradient].map(({ tree }) => tree[name] as unknown as WeightAndBias);
      const { input, solution } = beforeWeights(layer as Conv2d | Linear, p, grad.weight, known, random);
      known = input;
      layers.push({ name, ...solution });
    }
  }

  const images = view(known.estimate.value.data, inShape), [image] = unstack(images);
  const square = relative ? dot(gradient.data, gradient.data) : 1;
  const objective = matching.evaluate(images, labelsOf([label], network.classes)).objective / square;
  const size = rootMeanSquare(shared.weight.data), error = Math.min(1, rootMeanSquare(known.sigma));
  const isDetermined = error < SMALL_ERROR && layers.every((solution) => solution.error < SMALL_ERROR);
  return {
    image, images, label, labels: [label], labelRule: rule,
    objective, iterations: 0, evaluations: 1, stop: isDetermined ? 'solved' : 'undetermined',
    trajectory: [{ iteration: 0, objective, mse: truth ? mse(image, truth) : NaN }],
    precision: sigmaOf(known.errors, size) / size, error, isDetermined, layers,
  };
}

/**
 * Why this attack is not one for the network; undefined if it is. An activation may have no inverse (ReLU, SiLU), a
 * layer may be of another kind, or share its weights with another, so that ∂W is a sum over both.
 */
export function whyUnsolvable({ layers }: Network): string | undefined {
  for (const { name, layer } of layers.parts.slice(0, -1)) {
    if (isActivation(layer)) {
      const why = whyNotInvertible(layer);
      if (why !== undefined) return why;
    } else if (layer instanceof Conv2d || layer instanceof Linear) {
      if (timesUsed(layers, name) === 1) continue;
      return `${name}: expected weights of its own, got weights that several layers share`;
    } else if (!(layer instanceof Flatten || isScale(layer))) {
      return `${name}: expected a convolution, a linear layer, an activation or flatten, got another layer`;
    }
  }
  return undefined;
}

/** Whether y = k ⊙ x + d. */
const isScale = (layer: Layer): boolean => layer instanceof Normalize || layer instanceof Dropout;

const isActivation = (layer: Layer): layer is Activation | OtherActivation =>
  layer instanceof Activation || layer instanceof OtherActivation;
