/**
 * @file iDLG, the paper's Algorithm 1: first the label, read off, then the image alone. (F: the network, W: θ.)
 *
 *   line 2     c  ← the label that ∇W_L gives away              extract-label.ts: from ∂ℓ/∂b; without a bias, Eq. (4)
 *   line 3     x′ ← N(0, 1)                                     reconstruct.ts
 *   lines 4–7  x′ ← argmin L_G = ‖∂ℓ(F(x′, W), c)/∂W − ∇W‖²     gradient-matching.ts, Eq. (5), descended by
 *                                                               x′ ← x′ − η ∂L_G/∂x′, Eq. (6), or by L-BFGS
 */
import { labelsOf, type Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { drain, type Run } from '../optim/optimizer.ts';
import { view } from '../tensor/tensor.ts';
import { extractLabel, lastLayer, type LabelRule } from './extract-label.ts';
import { GradientMatching } from './gradient-matching.ts';
import { drawStart, reconstruct, type AttackOptions, type AttackPoint, type Reconstruction } from './reconstruct.ts';

export interface IdlgOptions extends AttackOptions {
  readonly labelRule?: LabelRule; //      the rule of extract-label.ts that reads the label
  readonly labels?: readonly number[]; // if they are known or were found in another way: one per image of the batch
}

/**
 * Recovers the image and the label that a shared gradient comes from.
 * @param network the network that the client computed the gradient with.
 * @param gradient ∇W = ∂ℓ/∂θ for one image and its class or, if `labels` are given, the mean over as many images.
 * @throws {RangeError} if the gradient does not have the shapes of θ, a number is NaN or infinite, or an option is not
 *   valid.
 */
export function idlg(network: Network, gradient: ParameterVector, options: IdlgOptions = {}): Reconstruction {
  return drain(idlgRun(network, gradient, options), options.onIteration);
}

/** `idlg` as a generator: it yields its state before each iteration and at the end. */
export function* idlgRun(
  network: Network, gradient: ParameterVector, options: IdlgOptions = {},
): Run<AttackPoint, Reconstruction> {
  const matching = new GradientMatching(network.withBatch(options.labels?.length ?? 1), gradient);
  const found = options.labels ? undefined : extractLabel(lastLayer(gradient), options.labelRule); //       line 2
  const labels = options.labels ?? [found!.label], t = labelsOf(labels, network.classes);
  const variables = drawStart(matching.network, 0, options); //                                             line 3
  const negativeRows = lastLayer(gradient).bias?.data.filter((g) => g < 0).length; // by Eq. (2) 1 for one image
  const x = view(variables, matching.network.layers.inShape);
  const evaluate = (_: Float64Array, out: Float64Array): number => { // x is the optimiser's x, seen as images
    const { objective, gradX } = matching.evaluate(x, t);
    out.set(gradX.data);
    return objective;
  };
  const result = yield* reconstruct(evaluate, gradient, variables, x, options); //                          lines 4–7
  return { label: labels[0], labels, labelRule: found?.rule ?? 'given', negativeRows, ...result };
}
