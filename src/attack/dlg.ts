/**
 * @file DLG, the baseline of Zhu, Liu and Han (NeurIPS 2019): image and label are descended together.
 *
 *   x′ ← N(0, 1), u ← N(0, 1)                                   one logit uᵢ per class
 *   (x′, u) ← argmin ‖∂ℓ(F(x′, W), t)/∂W − ∇W‖²,  t = softmax(u)
 *   ∂L_G/∂u = t ⊙ (∂L_G/∂t − ⟨t, ∂L_G/∂t⟩)                      softmaxBackward
 *   c ← argmax u
 */
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { softmax, softmaxBackward } from '../nn/softmax-cross-entropy.ts';
import { drain, type Run } from '../optim/optimizer.ts';
import { expectFinite, view, zeros } from '../tensor/tensor.ts';
import { argmax } from '../tensor/vector.ts';
import { GradientMatching } from './gradient-matching.ts';
import type { Callback } from './idlg.ts';
import { drawStart, reconstruct, type AttackOptions, type AttackPoint, type Reconstruction } from './reconstruct.ts';

export interface DlgOptions extends AttackOptions {
  /** u [classes] to start from instead of N(0, 1). */
  readonly startLogits?: Float64Array;
}

/**
 * Recovers, or fails to recover, the image and the label that a shared gradient comes from.
 * @param network the network that the client computed the gradient with.
 * @param gradient ∇W = ∂ℓ/∂θ for one image and its class.
 * @returns as `idlg`; the label is the class of the largest logit.
 * @throws {RangeError} if the gradient does not have the shapes of θ, a number is NaN or infinite, or an option is not
 *   valid.
 */
export function dlg(network: Network, gradient: ParameterVector, options: DlgOptions & Callback = {}): Reconstruction {
  return drain(dlgRun(network, gradient, options), options.onIteration);
}

/** `dlg` as a generator: it yields where it is before each iteration and at the end. */
export function* dlgRun(
  network: Network, gradient: ParameterVector, options: DlgOptions = {},
): Run<AttackPoint, Reconstruction> {
  const { classes } = network, { startLogits } = options;
  const matching = new GradientMatching(network.withBatch(1), gradient);
  const variables = drawStart(matching.network, classes, options);
  const x = view(variables, matching.network.layers.inShape), u = variables.subarray(x.data.length);
  if (startLogits) {
    if (startLogits.length !== classes) throw new RangeError(`startLogits: expected ${classes} numbers, got ${startLogits.length}`);
    expectFinite('startLogits', startLogits);
    u.set(startLogits);
  }
  const t = zeros([1, classes]);
  const objective = (_: Float64Array, gradient: Float64Array): number => { // x and u are the two parts of the optimiser's x
    softmax(u, t.data);
    const { objective, gradX, gradT } = matching.evaluate(x, t);
    gradient.set(gradX.data);
    softmaxBackward(t.data, gradT.data, gradient.subarray(x.data.length));
    return objective;
  };
  const result = yield* reconstruct(objective, gradient, variables, x, options);
  const label = argmax(u);
  return { label, labels: [label], labelRule: 'descent', ...result };
}
