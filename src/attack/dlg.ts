/**
 * @file DLG, the baseline of Zhu, Liu and Han (NeurIPS 2019): image and label are optimised together.
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
import { expectFinite, expectShape, view, zeros } from '../tensor/tensor.ts';
import { argmax } from '../tensor/vector.ts';
import { GradientMatching } from './gradient-matching.ts';
import { drawStart, reconstruct } from './reconstruct.ts';
import type { AttackOptions, AttackPoint, Reconstruction } from './reconstruct.ts';

export interface DlgOptions extends AttackOptions {
  readonly startLogits?: Float64Array; // u [classes] to start from instead of N(0, 1)
}

/**
 * Tries to recover the image and the label that a shared gradient ∇W comes from; it may fail.
 * @param gradient ∇W = ∂ℓ/∂θ for one image and its class.
 * @throws {RangeError} as `idlg`.
 */
export function dlg(network: Network, gradient: ParameterVector, options: DlgOptions = {}): Reconstruction {
  return drain(dlgRun(network, gradient, options), options.onIteration);
}

/** `dlg` as a generator: it yields its state before each iteration and at the end. */
export function* dlgRun(
  network: Network, gradient: ParameterVector, options: DlgOptions = {},
): Run<AttackPoint, Reconstruction> {
  const { classes } = network, { startLogits } = options;
  const matching = new GradientMatching(network.withBatch(1), gradient);
  const variables = drawStart(matching.network, classes, options);
  const x = view(variables, matching.network.layers.inShape), u = variables.subarray(x.data.length);
  if (startLogits) {
    expectShape('startLogits', view(startLogits, [startLogits.length]), [classes]);
    expectFinite('startLogits', startLogits);
    u.set(startLogits);
  }
  const t = zeros([1, classes]);
  const evaluate = (_: Float64Array, out: Float64Array): number => { // the optimiser's x has x and u as its parts
    softmax(u, t.data);
    const { objective, gradX, gradT } = matching.evaluate(x, t);
    out.set(gradX.data);
    softmaxBackward(t.data, gradT.data, out.subarray(x.data.length));
    return objective;
  };
  const result = yield* reconstruct(evaluate, gradient, variables, x, options);
  const label = argmax(u);
  return { label, labels: [label], labelRule: 'descent', ...result };
}
