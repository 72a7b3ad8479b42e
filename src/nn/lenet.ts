/**
 * @file The paper's network: LeNet as the authors' code has it, and its U(−½, ½) weights.
 *
 *   layer    maps                                       parameters
 *   body.0   5×5 convolution, 12 channels, stride 2     [12, C, 5, 5] and [12]
 *   body.2   5×5 convolution, 12 channels, stride 2     [12, 12, 5, 5] and [12]
 *   body.4   5×5 convolution, 12 channels, stride 1     [12, 12, 5, 5] and [12]
 *   fc.0     linear                                     [K, H] and [K]; H = 588 for 28×28, 768 for 32×32
 *
 * Padding is 2 everywhere and the activation follows each convolution. Names are those of the authors' checkpoints.
 */
import { Random, STREAMS } from '../tensor/random.ts';
import type { ActivationName } from './activation.ts';
import type { Network } from './network.ts';
import { buildStack, type LayerDescription } from './stack.ts';

export interface LeNetOptions {
  readonly channels: number;
  /** Height of the image in pixels. */
  readonly height: number;
  /** Width of the image in pixels. */
  readonly width: number;
  readonly classes: number;
  readonly activation?: ActivationName;
  /** Whether the last layer has a bias; true in the authors' code, left out in the paper's Eq. (3). */
  readonly bias?: boolean;
  /** Draws θ from U(−½, ½); left out, θ is zero and to be filled in. */
  readonly seed?: number;
}

/** The layers of the table above. */
export function lenetLayers(classes: number, activation: ActivationName, bias: boolean): LayerDescription[] {
  const body = [2, 2, 1].map((stride, k): LayerDescription =>
    ({ type: 'conv2d', name: `body.${2 * k}`, out: 12, kernel: 5, stride, padding: 2, activation }));
  return [...body, { type: 'linear', name: 'fc.0', out: classes, bias }];
}

/** @throws {RangeError} where a size is not a positive integer, or the seed or the activation is not valid. */
export function lenet(options: LeNetOptions): Network {
  const { channels, height, width, classes, activation = 'sigmoid', bias = true, seed } = options;
  if (!Number.isInteger(classes) || classes < 2) {
    throw new RangeError(`lenet classes: expected an integer from 2, got ${classes}`);
  }
  const network = buildStack(lenetLayers(classes, activation, bias), [channels, height, width]);
  if (seed !== undefined) new Random(seed, STREAMS.weights).fillUniform(network.theta.data, -0.5, 0.5);
  return network;
}
