/**
 * @file The angle between two gradients, a distance that no scaling and no clipping changes.
 *
 *   D = 1 − ⟨g, G⟩ / (‖g‖ ‖G‖) = ½ ‖ĝ − Ĝ‖²      g = ∇W′, G = ∇W, ĝ = g/‖g‖, Ĝ = G/‖G‖
 *   v = ∂D/∂g = ((1 − D) ĝ − Ĝ) / ‖g‖             along which the R-passes give ∂D/∂x′
 *
 * The second form of D does not cancel where D is small. If g or G is 0, which has no direction, D = 1 and v = 0.
 *
 * D also measures Eq. (5) at the best scale: min over s of ‖G − s g‖² = ‖G‖² (1 − (1 − D)²) ≈ 2 ‖G‖² D.
 *
 * Source: J. Geiping et al., "Inverting Gradients – How easy is it to break privacy in federated learning?" (NeurIPS
 * 2020), Eq. (4).
 */
import type { Network } from '../../nn/network.ts';
import { DenseDifference, type ParameterVector } from '../../nn/parameters.ts';
import { norm2 } from '../../tensor/vector.ts';
import { withInnermostDifference } from '../objective.ts';

/** D and its derivative, for gradients that are full vectors. */
export class CosineDifference extends DenseDifference {
  readonly #shared: ParameterVector;

  /** @param shared ∇W; not copied. */
  constructor(shared: ParameterVector) {
    super(shared);
    this.#shared = shared;
  }

  /** v ← ∂D/∂g; returns D */
  override measure(): number {
    const g = this.gradient.data, G = this.#shared.data, v = this.direction.data;
    const size = norm2(g), sharedSize = norm2(G);
    if (size === 0 || sharedSize === 0) {
      v.fill(0);
      return 1;
    }
    let D = 0;
    for (let i = 0; i < g.length; i++) {
      const difference = g[i] / size - G[i] / sharedSize;
      D += (difference * difference) / 2;
    }
    for (let i = 0; i < g.length; i++) v[i] = (((1 - D) * g[i]) / size - G[i] / sharedSize) / size;
    return D;
  }
}

/**
 * The same network over the same θ, whose attacks minimise D instead of L_G, over what was shared. To accelerate a
 * network as well, do that first.
 */
export function withCosine(network: Network): Network {
  return withInnermostDifference(network, ({ theta }, shared) => {
    shared.expectShapes('shared gradient', theta.shapes);
    return new CosineDifference(shared);
  });
}
