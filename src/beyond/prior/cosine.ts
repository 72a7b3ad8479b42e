/**
 * @file The angle between two gradients, a distance that no scaling and no clipping changes.
 *
 *   D = 1 − ⟨g, G⟩ / (‖g‖ ‖G‖) = ½ ‖ĝ − Ĝ‖²      g = ∇W′, G = ∇W, ĝ = g/‖g‖, Ĝ = G/‖G‖
 *   v = ∂D/∂g = ((1 − D) ĝ − Ĝ) / ‖g‖             along which the R-passes give ∂D/∂x′
 *
 * The second form of D does not cancel where D is small. For g = 0, which has no direction, D = 1 and v = 0.
 *
 * Tensors of G that are zero as a whole were not shared (shared-tensors.ts), and take no part in the angle. Of a G of
 * zeros nothing is left, and D = 1.
 *
 * D is also Eq. (5) with the best scale: min over s of ‖G − s g‖² = ‖G‖² (1 − (1 − D)²) ≈ 2 ‖G‖² D.
 *
 * Source: J. Geiping et al., "Inverting Gradients – How easy is it to break privacy in federated learning?" (NeurIPS
 * 2020), Eq. (4).
 */
import type { Network } from '../../nn/network.ts';
import type { GradientDifference, ParameterVector } from '../../nn/parameters.ts';
import { norm2 } from '../../tensor/vector.ts';
import { withDifference } from '../objective.ts';
import { withheldTensors } from '../shared-tensors.ts';

/** D and its derivative, of full vectors. */
export class CosineDifference implements GradientDifference {
  readonly gradient: ParameterVector;
  readonly direction: ParameterVector;
  readonly #shared: ParameterVector;
  readonly #withheld: readonly Float64Array[]; // their parts of ∇W′

  /** @param shared ∇W; not copied. */
  constructor(shared: ParameterVector) {
    this.#shared = shared;
    this.gradient = shared.like();
    this.direction = shared.like();
    this.#withheld = withheldTensors(shared).map((name) => this.gradient.tensors.get(name)!.data);
  }

  clear(): void {
    this.gradient.data.fill(0);
  }

  /** v ← ∂D/∂g; returns D */
  measure(): number {
    for (const tensor of this.#withheld) tensor.fill(0);
    const g = this.gradient.data, G = this.#shared.data, v = this.direction.data;
    const size = norm2(g), sharedSize = norm2(G);
    if (size === 0) {
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

/** The same network over the same θ, whose attacks minimise D. If it is to be accelerated, that comes first. */
export function withCosine(network: Network): Network {
  return withDifference(network, ({ theta }, shared) => {
    shared.expectShapes('shared gradient', theta.shapes);
    return new CosineDifference(shared);
  });
}
