/**
 * @file A client's local steps on the same images, and the gradient of the first, which their sum hides.
 *
 *   vₖ = μ vₖ₋₁ + gₖ,  θₖ = θₖ₋₁ − η vₖ            k = 1, …, n; gₖ = ∂ℓ/∂θ at θₖ₋₁; v₀ = 0, as in torch.optim.SGD
 *   θ₀ − θₙ = η Σₖ vₖ = η C ḡ                      the change that the client shares
 *   ḡ = Σₖ wₖ gₖ / C,  wₖ = (1 − μⁿ⁻ᵏ⁺¹) / (1 − μ)
 *   C = Σₖ wₖ = Σₖ (1 − μᵏ) / (1 − μ)              n without momentum
 *
 * An attack on one gradient needs g₁, but has ḡ. They are the same if the gradient hardly changes from step to step.
 * Otherwise simulate the client's steps from the reconstruction x′, and attack again what the simulation corrects:
 *
 *   repeat   G ← ḡ + g₁(x′) − ḡ(x′),   x′ ← the attack on G
 *   until    ‖ḡ(x′) − ḡ‖² / ‖ḡ‖² is small: the simulated change explains the shared one
 *
 * For the client's own x this G is g₁, exactly. So x is a fixed point, and the rounds converge to it if the steps are
 * so small that x′ changes ḡ(x′) − g₁(x′) by less than g₁(x′).
 *
 * Every step must be one of plain SGD on all the images at once, in which case their order does not matter.
 */
import { labelsOf, Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { axpy, dot, scale } from '../tensor/vector.ts';
import { Sgd } from './training/sgd.ts';

export interface LocalSteps {
  /** η */
  readonly learningRate: number;
  /** n */
  readonly steps: number;
  /** μ in [0, 1) */
  readonly momentum: number;
}

/** What the rounds need of an attack's result. */
export interface Attempt {
  /** [batch, channels, height, width] */
  readonly images: Tensor;
  /** One per image. */
  readonly labels: readonly number[];
}

export interface Corrected<A extends Attempt> {
  /** The attempt from which the simulated change is nearest to the shared one. */
  readonly best: A;
  /** ‖ḡ(x′) − ḡ‖² / ‖ḡ‖² of it; Infinity if the simulation diverged. */
  readonly unexplained: number;
  /** How often the attack ran. */
  readonly rounds: number;
}

/** The rounds end at this ‖ḡ(x′) − ḡ‖² / ‖ḡ‖², after so many rounds, or if so many in turn have come no nearer. */
const SMALL = 1e-14, MOST_ROUNDS = 40, MOST_IN_VAIN = 3;

/** C, the number of gradients in the change of n steps with momentum μ. */
export function gradientsInChange({ steps, momentum }: Pick<LocalSteps, 'steps' | 'momentum'>): number {
  let v = 0, total = 0;
  for (let k = 0; k < steps; k++) {
    v = momentum * v + 1;
    total += v;
  }
  return total;
}

/**
 * g₁ and ḡ of a client that has these images and labels.
 * @param images [batch, channels, height, width]
 * @param frozen names of the tensors that the client does not change; both gradients are 0 there.
 * @returns a mean of NaN if the steps diverge.
 */
export function simulateSteps(
  { build, imageShape, theta }: Network, { images, labels }: Attempt, local: LocalSteps, frozen: readonly string[] = [],
): { readonly first: ParameterVector; readonly mean: ParameterVector } {
  const moving = theta.like(theta.data.slice());
  const network = new Network(build, imageShape, labels.length, moving), t = labelsOf(labels, network.classes);
  const evaluate = (_: Float64Array, out: Float64Array): number => {
    const gradient = theta.like(out.fill(0)), loss = network.forward(images, t);
    network.backward(gradient);
    for (const name of frozen) gradient.tensors.get(name)!.data.fill(0);
    return loss;
  };
  const first = theta.like();
  evaluate(moving.data, first.data);
  const sgd = new Sgd(evaluate, moving.data, local);
  for (let k = 0; k < local.steps; k++) {
    sgd.evaluate();
    if (sgd.advance()) moving.data.fill(NaN); // a gradient is not finite
  }
  const mean = theta.like(theta.data.slice());
  axpy(-1, moving.data, mean.data);
  scale(1 / (local.learningRate * gradientsInChange(local)), mean.data);
  return { first, mean };
}

/**
 * Attacks the change of several local steps, by an attack on one gradient.
 * @param shared ḡ, the change divided by η C.
 * @param attack on G; it is also given its last attempt, from which it may start.
 */
export function attackSteps<A extends Attempt>(
  network: Network, shared: ParameterVector, local: LocalSteps,
  attack: (gradient: ParameterVector, last?: A) => A, frozen: readonly string[] = [],
): Corrected<A> {
  const target = shared.like(shared.data.slice()), total = dot(shared.data, shared.data);
  let best: A | undefined, last: A | undefined, unexplained = Infinity, rounds = 0, inVain = 0;
  while (rounds < MOST_ROUNDS && inVain < MOST_IN_VAIN && unexplained > SMALL) {
    last = attack(target, last);
    rounds++;
    const { first, mean } = simulateSteps(network, last, local, frozen);
    const rest = shared.data.map((value, i) => value - mean.data[i]), left = dot(rest, rest) / total;
    const isNearer = left < unexplained;
    best ??= last;
    if (!Number.isFinite(left)) break; // the simulation diverged
    inVain = isNearer ? 0 : inVain + 1;
    if (isNearer) [best, unexplained] = [last, left];
    target.data.set(rest);
    axpy(1, first.data, target.data);
  }
  return { best: best!, unexplained, rounds };
}
