/**
 * @file Part of a gradient: the tensors that were not shared are no part of Eq. (5).
 *
 *   L_G = Σ ‖∂W′ − ∂W‖²        over the tensors W whose ∂W was shared
 *
 * Clients freeze, encrypt or keep some tensors. Such a ∂W is absent from what they share, or zero as a whole, and that
 * is no statement about the image. The passes compute its ∂W′ all the same, but put it aside, so that the difference
 * and the direction R{W} = 2 (∂W′ − ∂W) are 0 there, and neither L_G nor its derivative counts it.
 *
 * The ∂W of a client that shares everything may be zero as well, if all ReLUs of a layer are dead or if pruning leaves
 * nothing of a tensor. To leave it out is safe: fewer equations never make an image look more certain.
 */
import type { ParameterShapes } from '../nn/layer.ts';
import type { Network } from '../nn/network.ts';
import {
  ParameterVector, type GradientDifference, type HasTree, type ParameterTree,
} from '../nn/parameters.ts';
import { normInf } from '../tensor/vector.ts';
import { withDifference } from './objective.ts';

/** The names of the tensors that are zero as a whole: those that were not shared. */
export function withheldTensors({ tensors }: ParameterVector): readonly string[] {
  return [...tensors].flatMap(([name, { data }]) => (normInf(data) === 0 ? [name] : []));
}

/**
 * The same network over the same θ, for which L_G leaves out the tensors of these names. If it is to be accelerated,
 * that comes first. The shared gradient must be 0 in these tensors.
 */
export function withoutTensors(network: Network, withheld: readonly string[]): Network {
  if (withheld.length === 0) return network;
  const names = new Set(withheld);
  return withDifference(network, (whole, shared) => new PartialDifference(whole.differenceFrom(shared), shared, names));
}

/** ∇W′ − ∇W in the tensors that were shared, and 0 in the others. */
class PartialDifference implements GradientDifference {
  readonly gradient: HasTree;
  readonly direction: HasTree;
  readonly #difference: GradientDifference;

  constructor(difference: GradientDifference, { shapes }: ParameterVector, withheld: ReadonlySet<string>) {
    const aside = new ParameterVector(shapes); // whatever is added to it is not read
    this.gradient = { tree: mergeTrees(shapes, difference.gradient.tree, aside.tree, withheld) };
    const still = new ParameterVector(shapes);
    this.direction = { tree: mergeTrees(shapes, difference.direction.tree, still.tree, withheld) };
    this.#difference = difference;
  }

  clear(): void {
    this.#difference.clear();
  }

  measure(): number {
    return this.#difference.measure();
  }
}

/** The tree `kept`, with the tensors of these names taken from `others` instead. */
function mergeTrees(
  shapes: ParameterShapes, kept: ParameterTree, others: ParameterTree, names: ReadonlySet<string>, prefix = '',
): ParameterTree {
  return Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, Array.isArray(shape)
    ? (names.has(prefix + key) ? others : kept)[key]
    : mergeTrees(shape as ParameterShapes, kept[key] as ParameterTree, others[key] as ParameterTree, names,
      `${prefix}${key}.`)]));
}
