/**
 * @file What is timed: an evaluation of L_G and ∂L_G/∂x′ for LeNet, and how many multiply-adds it is made of.
 *
 * A forward pass has F multiply-adds, F₁ of them in the first layer. Forward takes F; backward F for ∂W and F − F₁ for
 * ∂x; rForward F for R{W} x and F − F₁ for W R{x}; rBackward F for R{W}ᵀ ∂y and F for Wᵀ R{∂y}: 7F − 2F₁ together.
 * Fewer are done if a border's zeros are not multiplied (kernels/bands.ts), and if the last layer's matrices are not
 * written out (kernels/low-rank.ts).
 */
import { GradientMatching } from '../src/exports/attack.ts';
import { labelsOf } from '../src/exports/nn.ts';
import { Random, zeros } from '../src/exports/tensor.ts';
import { lenet, type Network, type ParameterVector, type Tensor } from '../src/index.ts';

export interface Shape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
}

export const NETWORKS: Readonly<Record<'mnist' | 'cifar100' | 'lfw', Shape>> = {
  mnist: { channels: 1, height: 28, width: 28, classes: 10 },
  cifar100: { channels: 3, height: 32, width: 32, classes: 100 },
  lfw: { channels: 3, height: 32, width: 32, classes: 5749 },
};

/** The strides of LeNet's three convolutions (lenet.ts); the kernels have 5×5 pixels and a padding of 2. */
export const STRIDES = [2, 2, 1] as const;

export interface Victim {
  /** Takes the whole batch. */
  readonly network: Network;
  readonly shared: ParameterVector;
  /** The first image. */
  readonly truth: Tensor;
  /** One evaluation at random dummies. */
  readonly evaluate: () => void;
  /** Multiply-adds: 7F − 2F₁ for each image. */
  readonly fromShapes: number;
}

export interface VictimOptions {
  readonly batch?: number; // default: 1
  readonly kernels?: 'fast' | 'plain'; // default: fast
  readonly seed?: number; // default: 0
}

/** Images and dummies are noise: what is in them changes no time. */
export function victimOf(shape: Shape, { batch = 1, kernels = 'fast', seed = 0 }: VictimOptions = {}): Victim {
  const network = lenet({ ...shape, kernels, seed }).withBatch(batch), random = new Random(seed, 100);
  const images = Array.from({ length: batch }, () => {
    const image = zeros(network.imageShape);
    random.fillUniform(image.data);
    return image;
  });
  const labels = images.map((_, i) => i % shape.classes), shared = network.gradient(images, labels);
  const matching = new GradientMatching(network, shared), x = zeros(network.layers.inShape);
  random.fillNormal(x.data);
  const t = labelsOf(labels, shape.classes), evaluate = (): void => void matching.evaluate(x, t);
  return { network, shared, truth: images[0], evaluate, fromShapes: batch * multiplyAdds(network, shape) };
}

function multiplyAdds(network: Network, { height, width }: Shape): number {
  const weights = [...network.theta.tensors].filter(([name]) => name.endsWith('.weight')).map(([, { data }]) => data);
  let [rows, columns] = [height, width];
  const each = weights.map(({ length }, layer) => {
    if (layer === STRIDES.length) return length;
    [rows, columns] = [rows, columns].map((side) => Math.ceil(side / STRIDES[layer]));
    return length * rows * columns;
  });
  return 7 * each.reduce((sum, n) => sum + n, 0) - 2 * each[0];
}
