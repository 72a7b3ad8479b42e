/**
 * @file DLG, the baseline of Zhu, Liu and Han (NeurIPS 2019): image and label are descended together.
 *
 *   x′ ~ N(0, 1), u ~ N(0, 1)                                   u: one logit a class
 *   (x′, u) ← argmin ‖∂ℓ(F(x′, W), t)/∂W − ∇W‖²,  t = softmax(u)
 *   ∂L_G/∂u = t ⊙ (∂L_G/∂t − ⟨t, ∂L_G/∂t⟩)                      softmaxBackward
 *   c ← argmax u
 */
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { softmax, softmaxBackward } from '../nn/softmax-cross-entropy.ts';
import { finish, type Steps } from '../optim/optimizer.ts';
import { expectFinite, view } from '../tensor/tensor.ts';
import { argmax } from '../tensor/vector.ts';
import { GradientMatching } from './gradient-matching.ts';
import { checkOptions, descend, drawStart, type AttackOptions, type AttackResult } from './reconstruct.ts';

/**
 * Recovers, or fails to recover, the image and the label that a shared gradient comes from.
 * @param network the network that the client computed the gradient with.
 * @param gradient ∇W = ∂ℓ/∂θ for one image and its class.
 * @param options of the descent; `startLogits` [classes] to start u from instead of N(0, 1).
 * @returns as idlg(); the label is the class of the largest logit.
 * @throws {RangeError} where the gradient is not laid out as θ, a number is NaN or infinite, or an option is not valid.
 */
export function dlg(
  network: Network,
  gradient: ParameterVector,
  options: AttackOptions & { readonly startLogits?: Float64Array } = {},
): AttackResult {
  return finish(dlgInSteps(network, gradient, options));
}

/** dlg() in steps, as minimizeInSteps. */
export function* dlgInSteps(...[network, gradient, options = {}]: Parameters<typeof dlg>): Steps<AttackResult> {
  checkOptions(network, options);
  const matching = new GradientMatching(network, gradient);
  const { xSize, tSize } = matching;
  const variables = drawStart(xSize, tSize, options);
  const image = view(variables, network.inShape);
  const u = variables.subarray(xSize);
  if (options.startLogits) {
    if (options.startLogits.length !== tSize) {
      throw new RangeError(`startLogits: expected ${tSize} numbers, got ${options.startLogits.length}`);
    }
    expectFinite('startLogits', options.startLogits);
    u.set(options.startLogits);
  }

  const t = new Float64Array(tSize), gradT = new Float64Array(tSize), gradU = new Float64Array(tSize);
  const objective = (xu: Float64Array, grad: Float64Array): number => {
    softmax(u, t); // u is the end of xu, which the optimiser moves in place
    const value = matching.evaluate(xu, t, grad, gradT);
    softmaxBackward(t, gradT, gradU);
    grad.set(gradU, xSize);
    return value;
  };
  const run = yield* descend(objective, gradient, variables, image, options);
  return { image, label: argmax(u), labelRule: 'descent', ...run };
}
