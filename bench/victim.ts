/**
 * @file What is timed: an evaluation of L_G and ∂L_G/∂x′ for LeNet, and how many multiply-adds it is made of.
 *
 * A forward pass has F multiply-adds, F₁ of them in the first layer. Forward takes F; backward F for ∂W and F − F₁ for
 * ∂x; rForward F for R{W} x and F − F₁ for W R{x}; rBackward F for R{W}ᵀ ∂y and F for Wᵀ R{∂y}: 7F − 2F₁ together.
 * The outer-product form of the last layer spares three of its seven: 3F_L.
 */
import {
  GradientMatching, lenet, Random, zeros, type Network, type ParameterVector, type Tensor,
} from '../src/index.ts';

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
  readonly network: Network;
  readonly shared: ParameterVector;
  readonly truth: Tensor;
  /** One evaluation at a random dummy. */
  readonly evaluate: () => void;
  /** 7F − 2F₁, and less 3F_L where the last layer's outer-product form is used. */
  readonly fromShapes: number;
  readonly done: number;
}

/** Images and dummies are noise: what is in them changes no time. */
export function victimOf(shape: Shape, batch = 1, seed = 0): Victim {
  const network = lenet({ ...shape, seed }), random = new Random(seed, 100);
  const images = Array.from({ length: batch }, () => {
    const image = zeros(network.inShape);
    random.fillUniform(image.data);
    return image;
  });
  const shared = network.gradient(images, images.map((_, i) => i % shape.classes));
  const matching = new GradientMatching(network, shared, batch);
  const x = random.fillNormal(new Float64Array(matching.xSize)), gradX = new Float64Array(matching.xSize);
  const t = new Float64Array(matching.tSize);
  for (let i = 0; i < batch; i++) t[i * shape.classes + (i % shape.classes)] = 1;
  const evaluate = (): void => void matching.evaluate(x, t, gradX);
  return { network, shared, truth: images[0], evaluate, ...multiplyAdds(network, shape, batch) };
}

function multiplyAdds(network: Network, { height, width }: Shape, batch: number): { fromShapes: number; done: number } {
  const weights = [...network.theta.tensors].filter(([name]) => name.endsWith('.weight')).map(([, { data }]) => data);
  let [rows, columns] = [height, width];
  const each = weights.map(({ length }, layer) => {
    if (layer === STRIDES.length) return length;
    [rows, columns] = [rows, columns].map((side) => Math.ceil(side / STRIDES[layer]));
    return length * rows * columns;
  });
  const F = each.reduce((sum, n) => sum + n, 0), fromShapes = batch * (7 * F - 2 * each[0]);
  return { fromShapes, done: batch === 1 ? fromShapes - 3 * each[each.length - 1] : fromShapes };
}
