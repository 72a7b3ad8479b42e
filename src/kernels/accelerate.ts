/**
 * @file The one place where fast kernels are chosen; skip on first reading.
 *
 * `accelerate(network)` is the same network over the same θ, with a fast twin in the place of every layer that has one.
 * A twin computes the same numbers up to rounding (test/kernels compares them), so no other code needs to know.
 */
import { Residual } from '../layers/residual.ts';
import { TiedSequence, timesUsed } from '../layers/tied-sequence.ts';
import { Activation } from '../nn/activation.ts';
import { Conv2d } from '../nn/conv2d.ts';
import type { Layer } from '../nn/layer.ts';
import { Linear } from '../nn/linear.ts';
import { Network } from '../nn/network.ts';
import type { GradientDifference, ParameterVector } from '../nn/parameters.ts';
import { Sequence } from '../nn/sequence.ts';
import { useElementary } from '../tensor/elementary.ts';
import { FastActivation } from './activation.ts';
import { FastConv2d } from './conv2d.ts';
import * as elementary from './elementary.ts';
import { FastLinear } from './linear.ts';
import { LowRankDifference } from './low-rank-difference.ts';

/** The fast twin of each class of layer. A sequence or residual block is kept, with twins of its parts. */
const TWINS = new Map<unknown, (layer: any) => Layer>([
  [Conv2d, (layer: Conv2d) => (FastConv2d.imagesAtOnce(layer) > 0 ? new FastConv2d(layer.options) : layer)],
  [Linear, ({ options }: Linear) => new FastLinear(options)],
  [Activation, (layer: Activation) =>
    (FastActivation.has(layer.f) ? new FastActivation(layer.f, layer.inShape) : layer)],
  [Sequence, fastSequence],
  [TiedSequence, fastSequence],
  [Residual, ({ branch, shortcut }: Residual) => new Residual(fastLayer(branch), shortcut && fastLayer(shortcut))],
]);

/** The layer's fast twin, or the layer itself if it has none. */
export function fastLayer(layer: Layer): Layer {
  return TWINS.get(layer.constructor)?.(layer) ?? layer;
}

function fastSequence({ parts }: Sequence): Sequence {
  return new TiedSequence(parts.map(({ name, layer }) => ({ name, layer: fastLayer(layer) })));
}

/**
 * The names of the matrices that are kept as low-rank products, with their rows of ∂Y: those whose out·in numbers are
 * many more than the rows·(out + in) of the two factors, several of which are multiplied with each other. The ∂W of a
 * layer that is used twice is a sum of two products, and is written out.
 */
function lowRankMatrices(sequence: Sequence, prefix = ''): [name: string, rows: number][] {
  return sequence.parts.flatMap(({ name, layer }): [string, number][] => {
    if (timesUsed(sequence, name) > 1) return [];
    if (layer instanceof Sequence) return lowRankMatrices(layer, `${prefix}${name}.`);
    if (!(layer instanceof FastLinear)) return [];
    const { rows, options: { out, inShape } } = layer, features = inShape[inShape.length - 1];
    return out * features >= 4 * rows * (out + features) ? [[`${prefix}${name}.weight`, rows]] : [];
  });
}

class AcceleratedNetwork extends Network {
  override withBatch(batch: number): Network {
    return new AcceleratedNetwork(this.build, this.imageShape, batch, this.theta);
  }

  override differenceFrom(shared: ParameterVector): GradientDifference {
    const lowRank = new Map(lowRankMatrices(this.layers));
    if (lowRank.size === 0) return super.differenceFrom(shared);
    shared.expectShapes('shared gradient', this.theta.shapes);
    return new LowRankDifference(shared, lowRank);
  }
}

/**
 * The same network over the same θ, computed by the fast kernels. From now on, all of this program takes exp, log,
 * tanh, cos and sin from kernels/elementary.ts, whose bits are the same on every engine.
 */
export function accelerate(network: Network): Network {
  useElementary(elementary);
  if (network instanceof AcceleratedNetwork) return network;
  const { build, imageShape, batch, theta } = network;
  return new AcceleratedNetwork((inShape) => fastSequence(build(inShape)), imageShape, batch, theta);
}
