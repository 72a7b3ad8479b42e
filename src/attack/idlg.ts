/**
 * @file iDLG, the paper's Algorithm 1: the label first, with certainty, then the image alone.
 *
 *   c  ← the label that ∇W_L gives away                         Eq. (4), extract-label.ts
 *   x′ ~ N(0, 1)
 *   x′ ← argmin ‖∂ℓ(F(x′, W), c)/∂W − ∇W‖²                      Eq. (5), gradient-matching.ts
 *        by x′ ← x′ − η ∂L_G/∂x′                                Eq. (6), or L-BFGS as in the authors' code
 */
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { oneHot } from '../nn/softmax-cross-entropy.ts';
import { view } from '../tensor/tensor.ts';
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
  checkOptions(network, options);
  const matching = new GradientMatching(network, gradient);
  const { label, rule } = extractLabel(lastLayer(gradient), options.labelRule);
  const t = oneHot(label, network.classes);
  const x = drawStart(matching.xSize, 0, options);
  const image = view(x, network.inShape);
  const run = descend((x, gradX) => matching.evaluate(x, t, gradX), gradient, x, image, options);
  return { image, label, labelRule: rule, ...run };
}
