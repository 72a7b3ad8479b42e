/**
 * @file Random networks of any width and depth, untrained to fitted, with the last layer's input a = a_{L−1}; and small
 * LeNets to attack.
 */
import * as assert from 'uvu/assert';
import { Activation, ACTIVATIONS, type ActivationName } from '../../src/nn/activation.ts';
import { Conv2d } from '../../src/nn/conv2d.ts';
import { lenet, type LeNetOptions } from '../../src/nn/lenet.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Network, type NamedLayer } from '../../src/nn/network.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import { oneHot, softmax } from '../../src/nn/softmax-cross-entropy.ts';
import type { Random } from '../../src/tensor/random.ts';
import { zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { argmin, axpy, norm2 } from '../../src/tensor/vector.ts';
import { between, oneOf } from '../check/property.ts';

export interface NetworkChoices {
  readonly activation?: ActivationName;
  readonly classes?: number;
  /** Of the last layer. */
  readonly bias?: boolean;
}

/** Up to two convolutions and three linear layers under the last one; the weights' scale is random too. */
export function randomNetwork(random: Random, choices: NetworkChoices = {}): Network {
  const {
    activation = oneOf(random, ACTIVATIONS),
    classes = between(random, 2, 50),
    bias = random.uniform() < 0.5,
  } = choices;
  const inShape = [between(random, 1, 3), between(random, 3, 6), between(random, 3, 6)];
  const convolutions = Array.from({ length: between(random, 0, 2) }, () => ({
    out: between(random, 1, 4), kernel: between(random, 1, 3), stride: between(random, 1, 2), padding: 1,
  }));
  const least = convolutions.length === 0 ? 1 : 0;
  const widths = Array.from({ length: between(random, least, 3) }, () => between(random, 1, 24));
  const network = new Network(() => {
    const layers: NamedLayer[] = [];
    let shape: readonly number[] = inShape;
    const add = (layer: NamedLayer['layer']): void => {
      layers.push({ name: `${layers.length}`, layer });
      shape = layer.outShape;
    };
    for (const options of convolutions) {
      add(new Conv2d({ inShape: shape, ...options }));
      add(new Activation(activation, shape));
    }
    for (const width of widths) {
      add(new Linear({ inShape: shape, outShape: [width] }));
      add(new Activation(activation, shape));
    }
    add(new Linear({ inShape: shape, outShape: [classes], bias }));
    return layers;
  });
  const scale = 10 ** random.uniform(-1.5, 0.7);
  random.fillUniform(network.theta.data, -scale, scale);
  return network;
}

/** U(0, 1) pixels. */
export function randomImage(random: Random, shape: readonly number[]): Tensor {
  const image = zeros(shape);
  random.fillUniform(image.data);
  return image;
}

/** Trains on this image and class alone until ℓ is below `loss`: steps down ∂ℓ/∂θ, all of one length, 200 at most. */
export function fit(network: Network, image: Tensor, c: number, loss: number): void {
  const t = oneHot(c, network.classes), grad = network.theta.like();
  for (let step = 0; step < 200 && network.forward(image, t) > loss; step++) {
    grad.data.fill(0);
    network.backward(grad);
    const norm = norm2(grad.data);
    if (norm === 0) return;
    axpy(-0.3 / norm, grad.data, network.theta.data);
  }
}

/** p = softmax(y) of this image. */
export function probabilitiesOf(network: Network, image: Tensor): Float64Array {
  return softmaxOf(network.logits(image).data);
}

/** softmax(y), a new array. */
export function softmaxOf(y: Float64Array): Float64Array {
  const p = new Float64Array(y.length);
  softmax(y, p);
  return p;
}

/** a of this image by Eq. (3): row i of ∂ℓ/∂W is gᵢ a, and for the least likely class as the label gᵢ = pᵢ − 1 ≤ −½. */
export function lastInput(network: Network, image: Tensor): Float64Array {
  const p = probabilitiesOf(network, image), c = argmin(p);
  const { W } = network.gradient(image, c).windows.at(-1)!;
  const features = W.shape[1];
  return W.data.slice(c * features, (c + 1) * features).map((v) => v / (p[c] - 1));
}

/** A small LeNet, an image of noise with its class, and what the client shares. */
export interface Victim {
  readonly network: Network;
  readonly image: Tensor;
  readonly label: number;
  readonly gradient: ParameterVector;
}

export function randomVictim(random: Random, choices: Partial<LeNetOptions> = {}): Victim {
  const channels = oneOf(random, [1, 3]), side = between(random, 8, 12), seed = random.below(1000);
  const network = lenet({ channels, height: side, width: side, classes: 10, seed, ...choices });
  const image = randomImage(random, network.inShape), label = random.below(network.classes);
  return { network, image, label, gradient: network.gradient(image, label) };
}

/** Throws unless the image came back. */
export function expectRecovered(error: number, stop: string): void {
  assert.ok(error < 1e-4, `MSE: got ${error}, expected less than 1e-4; stop: ${stop}`);
}
