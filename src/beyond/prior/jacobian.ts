/**
 * @file J = ∂∇W/∂x at an image x: how the gradient changes with each pixel. J is never formed; only products with it
 * are computed.
 *
 *   J u  = R{∂ℓ/∂θ}   along R{x} = u, R{θ} = 0
 *   Jᵀ v = R{∂ℓ/∂x}   along R{θ} = v, R{x} = 0        as in gradient-matching.ts
 *
 * x has n numbers and θ has N, so J is [N, n].
 */
import type { Network } from '../../nn/network.ts';
import type { Random } from '../../tensor/random.ts';
import { view, type Tensor } from '../../tensor/tensor.ts';
import { dot } from '../../tensor/vector.ts';
import type { LinearMap } from '../analytic/conjugate-gradients.ts';

export class Jacobian implements LinearMap {
  readonly rows: number; //    N
  readonly columns: number; // n
  readonly #network: Network;
  readonly #shape: readonly number[];
  readonly #withheld: readonly string[];

  /**
   * @param network nothing else may run its passes while the products are in use.
   * @param x images [batch, channels, height, width]; @param t their labels [batch, classes].
   * @param withheld names of tensors that are not shared: their rows of J are 0.
   */
  constructor(network: Network, x: Tensor, t: Tensor, withheld: readonly string[] = []) {
    this.#network = network;
    this.#shape = x.shape;
    this.#withheld = withheld;
    this.rows = network.theta.data.length;
    this.columns = x.data.length;
    network.forward(x, t);
    network.backward(network.theta.like());
  }

  /** y [N] ← J u */
  times(u: Float64Array, y: Float64Array): void {
    const { theta } = this.#network, still = theta.like(), out = theta.like(y.fill(0));
    this.#network.rBackward(this.#network.rForward(still, view(u, this.#shape)), still, out);
    for (const name of this.#withheld) out.tensors.get(name)!.data.fill(0);
  }

  /** z [n] ← Jᵀ v; like J u, v must be 0 in the withheld tensors */
  transposeTimes(v: Float64Array, z: Float64Array): void {
    const direction = this.#network.theta.like(v);
    z.set(this.#network.rBackward(this.#network.rForward(direction), direction).data);
  }
}

/** tr(JᵀJ) = E ‖J u‖² for entries uᵢ = ±1, from `probes` draws of u. */
export function estimateSquare(J: Jacobian, probes: number, random: Random): number {
  const u = new Float64Array(J.columns), y = new Float64Array(J.rows);
  let sum = 0;
  for (let k = 0; k < probes; k++) {
    J.times(fillSigns(u, random), y);
    sum += dot(y, y);
  }
  return sum / probes;
}

/** Fills u with ±1 and returns it. */
export function fillSigns(u: Float64Array, random: Random): Float64Array {
  for (let i = 0; i < u.length; i++) u[i] = random.below(2) === 0 ? 1 : -1;
  return u;
}
