/**
 * @file A pruned gradient: the numbers that were set to 0 were not shared, and are left out of Eq. (5).
 *
 *   L_G = Σ (∂θ′ − ∂θ)²        over the numbers with ∂θ ≠ 0
 *
 * About a number that it sets to 0, pruning tells only that it was small. An attack that matches these zeros aims at a
 * gradient that the image does not have; one that leaves them out has fewer equations, but all of them are true. ∂θ′ is
 * set to 0 there before the distance is measured, so that the difference and the direction of the R-passes are 0 too.
 *
 * A ReLU causes zeros as well, in whole rows and columns of ∂W, and those are true. So this is for gradients whose last
 * layer has zeros elsewhere (`zeros` in diagnosis.ts). shared-tensors.ts leaves out whole tensors.
 */
import { lastLayer } from '../attack/extract-label.ts';
import type { Network } from '../nn/network.ts';
import { DenseDifference, ParameterVector, type GradientDifference, type HasTree } from '../nn/parameters.ts';
import { diagnose, isPruned } from './diagnosis/diagnosis.ts';
import { withDifference } from './objective.ts';

/** The same network over the same θ, for which L_G leaves out the numbers that are 0 in the shared gradient. */
export function withoutZeros(network: Network): Network {
  return withDifference(network, (inner, shared) => new NonzeroDifference(inner.differenceFrom(shared), shared));
}

/** The network for an attack on one image's gradient: without the zeros, if the last layer shows that it was pruned. */
export function withoutPruned(network: Network, gradient: ParameterVector): Network {
  return isPruned(diagnose(lastLayer(gradient), lastLayer(network.theta))) ? withoutZeros(network) : network;
}

class NonzeroDifference implements GradientDifference {
  readonly gradient: HasTree;
  readonly direction: HasTree;
  readonly #difference: GradientDifference;
  readonly #gradient: Float64Array;
  readonly #zeros: readonly number[]; // their indices

  /** @param difference the one to wrap, if its gradient is a full vector; otherwise that of Eq. (5) takes its place. */
  constructor(difference: GradientDifference, shared: ParameterVector) {
    const full = difference.gradient instanceof ParameterVector ? difference : new DenseDifference(shared);
    ({ gradient: this.gradient, direction: this.direction } = this.#difference = full);
    this.#gradient = (full.gradient as ParameterVector).data;
    this.#zeros = [...shared.data.keys()].filter((i) => shared.data[i] === 0);
  }

  clear(): void {
    this.#difference.clear();
  }

  measure(): number {
    for (const i of this.#zeros) this.#gradient[i] = 0;
    return this.#difference.measure();
  }
}
