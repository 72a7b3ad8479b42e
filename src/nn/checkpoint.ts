/**
 * @file LeNet from its tensors: what a checkpoint of the authors' code says of the network by names and shapes alone.
 *
 *   body.0.weight [12, channels, 5, 5]     the image's channels
 *   fc.0.weight   [classes, 12·h·w]        the classes, and h·w, where h = ⌈height/4⌉ and w = ⌈width/4⌉ (strides 2, 2, 1)
 *   fc.0.bias                              whether the last layer has a bias
 *
 * Four sides have the same h: unless the size is said, the image is a square of side 4h, 28 for MNIST, 32 for CIFAR-100.
 */
import { expectFinite, type Tensor } from '../tensor/tensor.ts';
import type { ActivationName } from './activation.ts';
import { lenet } from './lenet.ts';
import type { Network } from './network.ts';

export interface CheckpointOptions {
  readonly activation?: ActivationName;
  /** [height, width] of the image. */
  readonly size?: readonly [height: number, width: number];
}

/** Channels that come out of the last convolution. */
const CHANNELS = 12;

/**
 * The network of a checkpoint, its θ filled.
 * @throws {RangeError} naming the tensor that is missing, unknown, of another shape, or not finite.
 */
export function lenetFrom(tensors: ReadonlyMap<string, Tensor>, options: CheckpointOptions = {}): Network {
  const [, channels] = shapeOf(tensors, 'body.0.weight', 4), [classes, features] = shapeOf(tensors, 'fc.0.weight', 2);
  const side = 4 * Math.sqrt(features / CHANNELS), [height, width] = options.size ?? [side, side];
  const expected = CHANNELS * Math.ceil(height / 4) * Math.ceil(width / 4);
  if (!Number.isInteger(side) && !options.size) {
    throw new RangeError(`fc.0.weight: expected [classes,${CHANNELS}·h²] for a square image, got [${classes},${features}]`);
  }
  if (expected !== features) {
    throw new RangeError(`fc.0.weight: expected ${expected} columns for ${height}×${width} pixels, got ${features}`);
  }
  for (const [name, { data }] of tensors) expectFinite(name, data);
  const { activation = 'sigmoid' } = options;
  const network = lenet({ channels, height, width, classes, activation, bias: tensors.has('fc.0.bias') });
  network.theta.load(tensors);
  return network;
}

function shapeOf(tensors: ReadonlyMap<string, Tensor>, name: string, rank: number): readonly number[] {
  const tensor = tensors.get(name);
  if (!tensor) throw new RangeError(`${name}: expected a tensor of that name, got ${[...tensors.keys()].join(', ')}`);
  if (tensor.shape.length === rank) return tensor.shape;
  throw new RangeError(`${name}: expected ${rank} sides, got shape [${tensor.shape}]`);
}
