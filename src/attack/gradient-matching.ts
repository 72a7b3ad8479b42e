/**
 * @file How far a dummy's gradient is from the shared one, the paper's Eq. (5), and the derivatives that the attacks
 * descend.
 *
 *   Eq. (5)   L_G(x′, t) = ‖∇W′ − ∇W‖²        ∇W′ = ∂ℓ/∂θ at the dummy image x′ and label t, ∇W the shared gradient
 *
 *   ∂L_G/∂x′ = 2 (∂∇W′/∂x′)ᵀ (∇W′ − ∇W) = ∂/∂x′ ⟨∂ℓ/∂θ, v⟩ with v = 2 (∇W′ − ∇W) held fixed
 *            = R{∂ℓ/∂x′} along R{θ} = v                    since ∂²ℓ/∂x′∂θ is symmetric
 *   ∂L_G/∂t  = R{∂ℓ/∂t}  along the same direction, for changes of t that keep Σ t = 1, as those of a softmax do
 *
 * Two passes give the gradient ∇W′, two more the exact derivatives: no tape, no finite differences, about the cost of
 * two gradients. A batch is one network a sample over one θ, ℓ the mean; each sample's R-pass uses the same v.
 */
import { expectFinite, zeros, type Tensor } from '../tensor/tensor.ts';
import type { Network } from '../nn/network.ts';
import { ParameterVector } from '../nn/parameters.ts';

interface Sample {
  readonly network: Network;
  readonly x: Tensor;
  readonly t: Float64Array;
}

export class GradientMatching {
  /** [batch·channels·height·width] numbers in x, [batch·classes] in t. */
  readonly xSize: number;
  readonly tSize: number;
  readonly #samples: readonly Sample[];
  /** ∇W; for one image with every ∂ℓ/∂W that is an outer product as outer-product.ts has it, here and below. */
  readonly #shared: ParameterVector;
  readonly #gradient: ParameterVector;
  readonly #v: ParameterVector;

  /**
   * @param network θ and the layers; not changed.
   * @param shared ∇W, laid out as the network's θ.
   * @throws {RangeError} where the gradient's layout is not θ's, or an entry is NaN or infinite.
   */
  constructor(network: Network, shared: ParameterVector, batch = 1) {
    if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`batch: expected a positive integer, got ${batch}`);
    if (!(shared instanceof ParameterVector)) {
      throw new TypeError('shared gradient: expected a ParameterVector, as network.gradient() gives');
    }
    shared.expectLayout('shared gradient', network.theta);
    expectFinite('shared gradient', shared.data);
    this.#shared = batch === 1 ? shared.withOuter() : shared;
    this.#samples = Array.from({ length: batch }, () => ({
      network: network.sample(1 / batch),
      x: zeros(network.inShape),
      t: new Float64Array(network.classes),
    }));
    this.#gradient = this.#shared.like();
    this.#v = this.#shared.like();
    this.xSize = batch * this.#samples[0].x.data.length;
    this.tSize = batch * network.classes;
  }

  /**
   * L_G at dummy images x [batch, channels, height, width] and labels t [batch, classes], rows of probabilities.
   * Writes ∂L_G/∂x into gradX and, where it is given, ∂L_G/∂t into gradT. Longer vectors are read and written in front.
   * @throws {RangeError} where a vector is too short.
   */
  evaluate(x: Float64Array, t: Float64Array, gradX: Float64Array, gradT?: Float64Array): number {
    if (Math.min(x.length, gradX.length) < this.xSize || Math.min(t.length, gradT?.length ?? Infinity) < this.tSize) {
      const expected = `${this.xSize} numbers in x and gradX and ${this.tSize} in t and gradT`;
      throw new RangeError(`evaluate: expected ${expected}, got fewer`);
    }
    this.#gradient.data.fill(0);
    for (let i = 0; i < this.#samples.length; i++) {
      const sample = this.#samples[i];
      copy(x, i * sample.x.data.length, sample.x.data, 0, sample.x.data.length);
      copy(t, i * sample.t.length, sample.t, 0, sample.t.length);
      sample.network.forward(sample.x, sample.t);
      sample.network.backward(this.#gradient);
    }
    const objective = this.#difference();
    for (let i = 0; i < this.#samples.length; i++) {
      const { network, x: { data }, t: { length } } = this.#samples[i];
      const rGradX = network.rBackward(network.rForward(this.#v), this.#v);
      copy(rGradX.data, 0, gradX, i * data.length, data.length);
      if (gradT) copy(network.rGradT.data, 0, gradT, i * length, length);
    }
    return objective;
  }

  /** v ← 2 (∇W′ − ∇W); returns ‖∇W′ − ∇W‖² */
  #difference(): number {
    const g = this.#gradient.data, shared = this.#shared.data, v = this.#v.data;
    let objective = 0;
    for (const { outer } of this.#shared.windows) if (outer) objective += outer.square;
    for (let i = 0; i < v.length; i++) {
      const difference = g[i] - shared[i];
      objective += difference * difference;
      v[i] = 2 * difference;
    }
    return objective;
  }
}

function copy(from: Float64Array, at: number, to: Float64Array, into: number, count: number): void {
  for (let i = 0; i < count; i++) to[into + i] = from[at + i];
}
