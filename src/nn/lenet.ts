/**
 * @file The paper's network: LeNet as in the authors' code. With a seed, its θ is drawn from U(−½, ½).
 *
 *   body.0   convolution 5×5, 12 channels, stride 2     weight [12, C, 5, 5]     bias [12]
 *   body.2   convolution 5×5, 12 channels, stride 2     weight [12, 12, 5, 5]    bias [12]
 *   body.4   convolution 5×5, 12 channels, stride 1     weight [12, 12, 5, 5]    bias [12]
 *   fc.0     linear, from H numbers to K classes        weight [K, H]            bias [K]
 *
 * C channels of the image; H numbers, 588 for images of 28×28 pixels, 768 for 32×32. Each convolution has padding 2 and
 * an activation after it (body.1, body.3, body.5). The names are those of the authors' checkpoints.
 */
import { Random, STREAMS } from '../tensor/random.ts';
import { Activation, type ActivationName } from './activation.ts';
import { Conv2d } from './conv2d.ts';
import { Flatten } from './flatten.ts';
import { Linear } from './linear.ts';
import { Network } from './network.ts';
import { Sequence, type NamedLayer } from './sequence.ts';

export interface LeNetOptions {
  readonly channels: number;
  readonly height: number; // of the image, in pixels
  readonly width: number;
  readonly classes: number; // K
  readonly activation?: ActivationName; // default: sigmoid
  readonly bias?: boolean; // whether fc.0 has one; default: true, as in the authors' code
  readonly seed?: number; // draws θ from U(−½, ½); without a seed θ is zero, to be filled in
}

/** @throws {RangeError} if a size is not a positive integer, or the seed or the activation is not valid. */
export function lenet(options: LeNetOptions): Network {
  const { channels, height, width, classes, activation = 'sigmoid', bias = true, seed } = options;
  if (!Number.isInteger(classes) || classes < 2) {
    throw new RangeError(`lenet classes: expected an integer of at least 2, got ${classes}`);
  }
  const build = (inShape: readonly number[]): Sequence => {
    const parts: NamedLayer[] = [];
    let shape = inShape;
    const add = (name: string, layer: NamedLayer['layer']): void => {
      parts.push({ name, layer });
      shape = layer.outShape;
    };
    [2, 2, 1].forEach((stride, k) => {
      add(`body.${2 * k}`, new Conv2d({ inShape: shape, out: 12, kernel: 5, stride, padding: 2 }));
      add(`body.${2 * k + 1}`, new Activation(activation, shape));
    });
    add('flatten', new Flatten(shape));
    add('fc.0', new Linear({ inShape: shape, out: classes, bias }));
    return new Sequence(parts);
  };
  const network = new Network(build, [channels, height, width]);
  if (seed !== undefined) new Random(seed, STREAMS.weights).fillUniform(network.theta.data, -0.5, 0.5);
  return network;
}
