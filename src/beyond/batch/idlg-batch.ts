/**
 * @file iDLG on a batch: first the labels, by a rule of batch-labels.ts, then all images together.
 *
 *   c₁, …, c_B   ← the labels of the batch                                     in increasing order
 *   x′₁, …, x′_B ← argmin L_G = ‖(1/B) Σ_s ∂ℓ(F(x′_s, W), c_s)/∂W − ∇W‖²       Eq. (5)
 *
 * The mean does not depend on the order of the images, so they are found only up to a permutation (assignment.ts).
 */
import { lastLayer } from '../../attack/extract-label.ts';
import { idlgRun, type IdlgOptions } from '../../attack/idlg.ts';
import type { AttackPoint, Reconstruction } from '../../attack/reconstruct.ts';
import type { Network } from '../../nn/network.ts';
import type { ParameterVector } from '../../nn/parameters.ts';
import { drain, type Run } from '../../optim/optimizer.ts';
import { sharedLastLayer } from '../last-layer.ts';
import { extractBatchLabels, type BatchRule } from './batch-labels.ts';

export interface IdlgBatchOptions extends Omit<IdlgOptions, 'labelRule'> {
  /** The rule of batch-labels.ts that finds the labels if none are given; default: `extractBatchLabels` chooses. */
  readonly labelRule?: BatchRule;
}

export interface BatchReconstruction extends Omit<Reconstruction, 'labelRule'> {
  readonly labelRule: BatchRule | 'given';
}

/**
 * Recovers the images and labels of the batch that a shared gradient comes from.
 * @param gradient ∇W = ∂ℓ/∂θ, the mean over the batch.
 * @param batch B, the number of images.
 * @returns as `idlg`, with images [batch, channels, height, width] and one label per image, in increasing order.
 * @throws {RangeError} as `idlg`, or if the label rule does not apply.
 */
export function idlgBatch(
  network: Network, gradient: ParameterVector, batch: number, options: IdlgBatchOptions = {},
): BatchReconstruction {
  return drain(idlgBatchRun(network, gradient, batch, options), options.onIteration);
}

/** `idlgBatch` as a generator: it yields its current point before each iteration and at the end. */
export function* idlgBatchRun(
  network: Network, gradient: ParameterVector, batch: number, options: IdlgBatchOptions = {},
): Run<AttackPoint, BatchReconstruction> {
  const { labelRule, labels: given, ...rest } = options;
  const { labels, rule } = given ? { labels: given, rule: 'given' as const }
    : extractBatchLabels(sharedLastLayer(gradient), lastLayer(network.theta), batch, labelRule);
  return { ...(yield* idlgRun(network, gradient, { ...rest, labels })), labelRule: rule };
}
