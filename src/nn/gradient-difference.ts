/**
 * @file ∇W′ − ∇W, between the gradient ∇W′ that a network computes and the shared one ∇W: what Eq. (5) measures, and
 * twice that, the direction v that the R-passes take (src/attack/gradient-matching.ts says why).
 *
 *   L_G = ‖∇W′ − ∇W‖²,   v = 2 (∇W′ − ∇W)
 */
import { ParameterVector, type ParameterTree } from './parameters.ts';

/** Parameters by name, as `backward` adds to them and the R-passes read them. */
export interface HasTree {
  readonly tree: ParameterTree;
}

export interface GradientDifference {
  /** ∇W′: `backward` adds to it after `clear`. */
  readonly gradient: HasTree;
  /** v of the last `measure`. */
  readonly direction: HasTree;
  /** ∇W′ ← 0 */
  clear(): void;
  /** v ← 2 (∇W′ − ∇W); returns L_G. */
  measure(): number;
}

/** Every number of ∇W′ and v written out. */
export class DenseDifference implements GradientDifference {
  readonly gradient: ParameterVector;
  readonly direction: ParameterVector;
  readonly #shared: ParameterVector;

  /** @param shared ∇W; not copied. */
  constructor(shared: ParameterVector) {
    this.#shared = shared;
    this.gradient = shared.like();
    this.direction = shared.like();
  }

  clear(): void {
    this.gradient.data.fill(0);
  }

  measure(): number {
    const gradient = this.gradient.data, shared = this.#shared.data, v = this.direction.data;
    let objective = 0;
    for (let i = 0; i < v.length; i++) {
      const difference = gradient[i] - shared[i];
      objective += difference * difference;
      v[i] = 2 * difference;
    }
    return objective;
  }
}
