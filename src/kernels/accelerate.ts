/**
 * @file The one place where fast kernels are chosen; skip on first reading.
 *
 * `accelerate(network)` is the same network over the same θ, with every layer that has a fast twin replaced by it. The
 * twins compute the same numbers up to rounding (test/kernels compares them), so nothing else need know of them.
 */
import { Activation } from '../nn/activation.ts';
import type { Layer } from '../nn/layer.ts';
import { Network } from '../nn/network.ts';
import { Sequence } from '../nn/sequence.ts';
import { useElementary } from '../tensor/elementary.ts';
import { FastActivation } from './activation.ts';
import * as elementary from './elementary.ts';

/** A layer's class, and how its fast twin is made. */
type Twin = (layer: any) => Layer;

const TWINS = new Map<unknown, Twin>([
  [Activation, ({ f, inShape }: Activation) => new FastActivation(f, inShape)],
  [Sequence, fastSequence],
]);

/** The layer's fast twin, or itself if it has none. */
function fastLayer(layer: Layer): Layer {
  return TWINS.get(layer.constructor)?.(layer) ?? layer;
}

function fastSequence({ parts }: Sequence): Sequence {
  return new Sequence(parts.map(({ name, layer }) => ({ name, layer: fastLayer(layer) })));
}

class AcceleratedNetwork extends Network {
  override withBatch(batch: number): Network {
    return new AcceleratedNetwork(this.build, this.imageShape, batch, this.theta);
  }
}

/**
 * The same network over the same θ, computed by the fast kernels. From now on, all of this program takes its exp, log,
 * tanh, cos and sin from kernels/elementary.ts, whose bits are the same on every engine.
 */
export function accelerate(network: Network): Network {
  useElementary(elementary);
  if (network instanceof AcceleratedNetwork) return network;
  const { build, imageShape, batch, theta } = network;
  return new AcceleratedNetwork((inShape) => fastSequence(build(inShape)), imageShape, batch, theta);
}
