/**
 * @file Distances from the shared gradient other than Eq. (5), and networks whose attacks minimise them.
 *
 * GradientMatching asks the network for its `GradientDifference` and evaluates whatever that measures.
 */
import { Network } from '../nn/network.ts';
import type { GradientDifference, ParameterVector } from '../nn/parameters.ts';

/** The distance of a network's gradient from the shared one. It may wrap the network's own. */
export type DifferenceOf = (network: Network, shared: ParameterVector) => GradientDifference;

/** The same network over the same θ, with another distance. To accelerate a network as well, do that first. */
export function withDifference(network: Network, differenceOf: DifferenceOf): Network {
  return new OtherObjective(network, differenceOf);
}

/** The same network with another distance, beneath all distances that `withDifference` has wrapped around it. */
export function withInnermostDifference(network: Network, differenceOf: DifferenceOf): Network {
  if (!(network instanceof OtherObjective)) return withDifference(network, differenceOf);
  return withDifference(withInnermostDifference(network.network, differenceOf), network.differenceOf);
}

class OtherObjective extends Network {
  readonly network: Network;
  readonly differenceOf: DifferenceOf;

  constructor(network: Network, differenceOf: DifferenceOf) {
    super(network.build, network.imageShape, network.batch, network.theta);
    this.network = network;
    this.differenceOf = differenceOf;
  }

  override withBatch(batch: number): Network {
    return new OtherObjective(this.network.withBatch(batch), this.differenceOf);
  }

  override differenceFrom(shared: ParameterVector): GradientDifference {
    return this.differenceOf(this.network, shared);
  }
}
