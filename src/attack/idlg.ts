/**
 * @file iDLG, the paper's Algorithm 1: the label first, with certainty, then the image alone.
 *
 *   c  ← the label that ∇W_L gives away                         Eq. (4), extract-label.ts
 *   x′ ~ N(0, 1)
 *   x′ ← argmin ‖∂ℓ(F(x′, W), c)/∂W − ∇W‖²                      Eq. (5), gradient-matching.ts
 *        by x′ ← x′ − η ∂L_G/∂x′                                Eq. (6), or L-BFGS as in the authors' code
 *
 * The paper stops at one image. With the labels of batch-labels.ts instead of Eq. (4)'s, the rest holds for a batch:
 * ℓ is the mean, x′ are all its images.
 */
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { oneHot } from '../nn/softmax-cross-entropy.ts';
import { finish, type Steps } from '../optim/optimizer.ts';
import { sizeOf, view, type Tensor } from '../tensor/tensor.ts';
import { extractBatchLabels, type BatchRule } from './batch-labels.ts';
import { extractLabel, lastLayer, type LabelRule } from './extract-label.ts';
import { GradientMatching } from './gradient-matching.ts';
import { checkOptions, descend, drawStart, type AttackOptions, type AttackResult } from './reconstruct.ts';

/**
 * Recovers the image and the label that a shared gradient comes from.
 * @param network the network that the client computed the gradient with.
 * @param gradient ∇W = ∂ℓ/∂θ for one image and its class.
 * @param options of the descent; `labelRule` as in extractLabel().
 * @returns the image, [channels, height, width] with pixels about [0, 1], and how the run went. A run that diverges or
 *   gets stuck is a result too, see `stop`.
 * @throws {RangeError} where the gradient is not laid out as θ, a number is NaN or infinite, or an option is not valid.
 */
export function idlg(
  network: Network,
  gradient: ParameterVector,
  options: AttackOptions & { readonly labelRule?: LabelRule } = {},
): AttackResult {
  return finish(idlgInSteps(network, gradient, options));
}

/** idlg() in steps, as minimizeInSteps. */
export function* idlgInSteps(...[network, gradient, options = {}]: Parameters<typeof idlg>): Steps<AttackResult> {
  checkOptions(network, options);
  const { label, rule } = extractLabel(lastLayer(gradient), options.labelRule);
  const run = yield* descendImages(network, gradient, [label], network.inShape, options);
  return { label, labelRule: rule, ...run };
}

export interface BatchAttackResult extends Omit<AttackResult, 'label' | 'labelRule'> {
  /** The reconstructions, [batch, channels, height, width]. Images of one label may come in any order. */
  readonly image: Tensor;
  /** One an image, in increasing order. */
  readonly labels: readonly number[];
  readonly labelRule: BatchRule;
}

/**
 * Recovers the images and labels of a batch.
 * @param gradient ∇W: the mean over the batch, as PyTorch's default reduction gives it.
 * @param batch how many images it has.
 * @param options of the descent; `labelRule` as in extractBatchLabels().
 * @returns as idlg(), `image` and `labels` being those of the batch; in `onIteration` too.
 * @throws {RangeError} as idlg().
 */
export function idlgBatch(
  network: Network,
  gradient: ParameterVector,
  batch: number,
  options: Omit<AttackOptions, 'start' | 'truth'> & { readonly labelRule?: BatchRule } = {},
): BatchAttackResult {
  checkOptions(network, options);
  const { labels, rule } = extractBatchLabels(lastLayer(gradient), lastLayer(network.theta), batch, options.labelRule);
  const shape = [batch, ...network.inShape];
  return { labels, labelRule: rule, ...finish(descendImages(network, gradient, labels, shape, options)) };
}

/** Algorithm 1 from its third line on: the images, of this shape, that have these labels. */
function* descendImages(
  network: Network, gradient: ParameterVector, labels: readonly number[], shape: readonly number[],
  options: AttackOptions,
): Steps<Omit<AttackResult, 'label' | 'labelRule'>> {
  const matching = new GradientMatching(network, gradient, labels.length);
  const t = new Float64Array(matching.tSize);
  labels.forEach((label, i) => t.set(oneHot(label, network.classes), i * network.classes));
  const x = drawStart(sizeOf(shape), 0, options), image = view(x, shape);
  const run = yield* descend((x, gradX) => matching.evaluate(x, t, gradX), gradient, x, image, options);
  return { image, ...run };
}
