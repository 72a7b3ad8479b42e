/**
 * @file How far a dummy's gradient is from the shared one, the paper's Eq. (5), and the derivatives that the attacks
 * descend.
 *
 *   Eq. (5)   L_G(x′, t) = ‖∇W′ − ∇W‖²        ∇W′ = ∂ℓ/∂θ at the dummy image x′ and label t, ∇W the shared gradient
 *
 *   ∂L_G/∂x′ = 2 (∂∇W′/∂x′)ᵀ (∇W′ − ∇W)             the chain rule
 *            = ∂/∂x′ ⟨∂ℓ/∂θ, v⟩                     with v = 2 (∇W′ − ∇W) held fixed
 *            = ∂/∂x′ d/dr ℓ(x′, θ + r v)            at r = 0: the derivative of ℓ along v
 *            = R{∂ℓ/∂x′} along R{θ} = v, R{x′} = 0  since the order of the two derivatives does not matter
 *   ∂L_G/∂t  = R{∂ℓ/∂t} along the same direction    up to the same constant in every entry, since ∂ℓ/∂y = p − t
 *                                                   assumes Σ t = 1; softmaxBackward removes it
 *
 * Two passes give ∇W′, two more the exact derivatives, without finite differences. All four cost a little over two
 * gradients.
 */
import type { Network } from '../nn/network.ts';
import { ParameterVector, type GradientDifference } from '../nn/parameters.ts';
import { expectFinite, type Tensor } from '../tensor/tensor.ts';

/** L_G and its derivatives (here `grad` is that of L_G); buffers of the network, valid until the next evaluation. */
export interface Matching {
  readonly objective: number; // L_G
  readonly gradX: Tensor; //     ∂L_G/∂x′ [batch, channels, height, width]
  readonly gradT: Tensor; //     ∂L_G/∂t [batch, classes]
}

export class GradientMatching {
  readonly network: Network;
  readonly #difference: GradientDifference;

  /**
   * @param network computes ∇W′ at the dummies; its θ is not changed.
   * @param shared ∇W
   * @throws {RangeError} if the gradient does not have θ's shapes, or is not finite; TypeError for another object.
   */
  constructor(network: Network, shared: ParameterVector) {
    if (!(shared instanceof ParameterVector)) {
      throw new TypeError('shared gradient: expected a ParameterVector, as network.gradient() returns it');
    }
    this.network = network;
    this.#difference = network.differenceFrom(shared);
    expectFinite('shared gradient', shared.data);
  }

  /** L_G at dummy images x′ [batch, channels, height, width] with labels t [batch, classes]. */
  evaluate(x: Tensor, t: Tensor): Matching {
    const { network } = this, { gradient, direction } = this.#difference;
    this.#difference.clear();
    network.forward(x, t);
    network.backward(gradient); //                                              ∇W′
    const objective = this.#difference.measure(); //                            L_G, and v = 2 (∇W′ − ∇W)
    const gradX = network.rBackward(network.rForward(direction), direction); // R{∂ℓ/∂x′} along R{θ} = v
    return { objective, gradX, gradT: network.rGradT };
  }
}
