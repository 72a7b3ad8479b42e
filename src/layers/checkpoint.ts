/**
 * @file A network of convolutions and linear layers from a checkpoint. The shapes of its tensors tell everything but
 * strides, paddings and activations, which a description adds:
 *
 *   conv2d   name.weight [out, channels, kernel, kernel]     name.bias [out], if there is one
 *   linear   name.weight [out, in]                           name.bias [out], if there is one
 *
 * Normalisation of the input and dropout have no tensors. Tensors that belong to no layer are ignored.
 *
 * The height and width of the image follow from the first linear layer's `in` = channels · height · width, because a
 * convolution turns n pixels into ⌊(n + 2·padding − kernel)/stride⌋ + 1. If several sizes fit, the default is the
 * largest square: 28×28 for LeNet's fc.0.weight [classes, 588], which 25×25, 26×26 and 27×27 fit too.
 */
import type { ActivationName } from '../nn/activation.ts';
import { windowCount } from '../nn/conv2d.ts';
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { expectFinite, type Tensor } from '../tensor/tensor.ts';
import { expectClasses, expectPyTorchLayout } from './layout.ts';
import { loadParameters } from './load-parameters.ts';
import { buildStack, type Described } from './stack.ts';

/** What the tensors do not tell of a layer that has some. If a kernel is given, it is checked. */
export type WeightedLayer = { readonly name: string } & (
  | (Pick<Described<'conv2d'>, 'type' | 'stride' | 'padding' | 'activation'> & { readonly kernel?: number })
  | Pick<Described<'linear'>, 'type' | 'activation'>
);
export type CheckpointLayer =
  | WeightedLayer | Pick<Described<'normalize'>, 'type' | 'mean' | 'std'> | Pick<Described<'dropout'>, 'type' | 'p'>;

/** Whether a layer has tensors, and with them a name. */
export const isWeighted = (layer: CheckpointLayer): layer is WeightedLayer => 'name' in layer;

export interface CheckpointOptions {
  /** Default: those of the authors' LeNet. */
  readonly layers?: readonly CheckpointLayer[];
  /** [height, width] of the image in pixels; default: the largest square that fits. */
  readonly size?: readonly [height: number, width: number];
}

/** A layer with what its tensors tell of it. */
type Complete = { readonly name: string } & (Described<'conv2d'> | Described<'linear'>);

/** The largest side that is tried, in pixels. */
const MOST_SIDE = 1024;
/** The most numbers in the outputs of all layers together. A network has about a dozen buffers of that size. */
const MOST_OUTPUTS = 2 ** 20;

/** The layers of the authors' LeNet. */
export const lenetCheckpoint = (activation: ActivationName = 'sigmoid'): readonly WeightedLayer[] => [
  { type: 'conv2d', name: 'body.0', stride: 2, padding: 2, activation },
  { type: 'conv2d', name: 'body.2', stride: 2, padding: 2, activation },
  { type: 'conv2d', name: 'body.4', stride: 1, padding: 2, activation },
  { type: 'linear', name: 'fc.0' },
];

/**
 * The network of a checkpoint with its θ, in plain loops.
 * @throws {RangeError} if the last layer is not linear, or naming a tensor that is missing, of another shape or not
 *   finite. Dropout is in eval mode.
 */
export function networkFrom(tensors: ReadonlyMap<string, Tensor>, options: CheckpointOptions = {}): Network {
  const { layers = lenetCheckpoint(), size } = options, last = layers[layers.length - 1];
  if (last?.type !== 'linear' || last.activation) {
    throw new RangeError('layers: expected a linear one without an activation at the end: its outputs are the logits');
  }
  const weighted = layers.filter(isWeighted).map((layer) => complete(layer, tensors));
  expectClasses(`${last.name}.weight`, tensors.get(`${last.name}.weight`)!);
  const imageShape = imageShapeOf(imagesOf(weighted, tensors), size);
  expectRoom(weighted, imageShape);
  const described = layers.map((layer, k) =>
    (isWeighted(layer) ? weighted.find(({ name }) => name === layer.name)! : { ...layer, name: `${layer.type} ${k}` }));
  const network = buildStack(described, imageShape), used = tensorsOf(network.theta, tensors);
  for (const [name, { data }] of used) expectFinite(name, data);
  loadParameters(network.theta, used);
  return network;
}

/** Those that the network has too, by their names. */
export const tensorsOf = (theta: ParameterVector, tensors: ReadonlyMap<string, Tensor>): Map<string, Tensor> =>
  new Map([...tensors].filter(([name]) => theta.tensors.has(name)));

/**
 * The tensors under the names of the layers. Unnamed arrays, which np.savez calls arr_0, arr_1, …, are named in the
 * order of the layers: a matrix or a kernel is a weight, and a vector is the bias of the weight before it. A prefix
 * that all names share but no layer has, such as the `module.` of a wrapped model, is removed. Other names stay.
 */
export function nameAfter(
  layers: readonly CheckpointLayer[], tensors: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Tensor> {
  const names = [...tensors.keys()], weighted = layers.filter(isWeighted), [first] = weighted;
  if (names.every((name) => /^arr_\d+$/.test(name))) {
    let k = -1;
    const inOrder = [...tensors].sort(([a], [b]) => Number(a.slice(4)) - Number(b.slice(4)));
    return new Map(inOrder.map(([name, array]) => {
      const kind = array.shape.length > 1 ? 'weight' : 'bias';
      if (kind === 'weight') k++;
      return [weighted[k] ? `${weighted[k].name}.${kind}` : name, array];
    }));
  }
  const prefix = names.find((name) => name.endsWith(`.${first.name}.weight`))?.slice(0, -`${first.name}.weight`.length);
  if (!prefix || !names.every((name) => name.startsWith(prefix))) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function complete(layer: WeightedLayer, tensors: ReadonlyMap<string, Tensor>): Complete {
  const { type, name, activation } = layer, shape = shapeOf(tensors, `${name}.weight`, type === 'conv2d' ? 4 : 2);
  expectPyTorchLayout(`${name}.weight`, tensors.get(`${name}.weight`)!, tensors.get(`${name}.bias`));
  const bias = tensors.has(`${name}.bias`);
  const described = { name, out: shape[0], bias, ...(activation && { activation }) };
  if (type === 'linear') return { type, ...described };
  const { stride = 1, padding = 0 } = layer, [, , kernel, width] = shape;
  if (kernel !== width) throw new RangeError(`${name}.weight: expected a square kernel, got ${kernel}×${width}`);
  if (layer.kernel !== undefined && layer.kernel !== kernel) {
    throw new RangeError(`${name}.weight: expected a kernel of ${layer.kernel}, got ${kernel}`);
  }
  return { type, ...described, kernel, stride, padding };
}

function shapeOf(tensors: ReadonlyMap<string, Tensor>, name: string, rank: number): readonly number[] {
  const tensor = tensors.get(name);
  if (!tensor) throw new RangeError(`${name}: expected a tensor of that name, got ${firstNames(tensors)}`);
  if (tensor.shape.length === rank) return tensor.shape;
  throw new RangeError(`${name}: expected ${rank} dimensions, got shape [${tensor.shape}]`);
}

/** The first names of the tensors, for an error: body.0.weight, body.0.bias, … */
export function firstNames(tensors: ReadonlyMap<string, Tensor>, most = 4): string {
  const names = [...tensors.keys()];
  return names.length === 0 ? 'no tensors' : names.slice(0, most).join(', ') + (names.length > most ? ', …' : '');
}

/** @throws {RangeError} if the maps are so large that the buffers may not fit in memory, however small the tensors. */
function expectRoom(layers: readonly Complete[], [channels, height, width]: readonly number[]): void {
  let total = channels * height * width;
  layers.forEach(({ out }, k) => {
    const convolutions = layers.slice(0, k + 1).filter((layer) => layer.type === 'conv2d');
    const isMap = convolutions.length === k + 1;
    total += out * (isMap ? after(convolutions, height) * after(convolutions, width) : 1);
  });
  if (total <= MOST_OUTPUTS) return;
  throw new RangeError(`layers: expected at most ${MOST_OUTPUTS} outputs in all, got ${total}`);
}

/** The images that the layers take, by what the first linear layer's tensor tells. */
interface Images {
  /** Of the first linear layer's weight, and its columns. */
  readonly name: string;
  readonly columns: number;
  /** How many columns an image of this height and width needs; several if its number of channels is not known. */
  readonly needs: (height: number, width: number) => readonly number[];
  /** [channels, height, width], if an image of this height and width fits. */
  readonly shape: (height: number, width: number) => readonly number[] | undefined;
}

function imagesOf(layers: readonly Complete[], tensors: ReadonlyMap<string, Tensor>): Images {
  const first = layers.findIndex(({ type }) => type === 'linear');
  const name = `${layers[first].name}.weight`, [, columns] = shapeOf(tensors, name, 2);
  const convolutions = layers.slice(0, first).filter((layer) => layer.type === 'conv2d');
  const maps = first === 0 ? [1, 3] : [layers[first - 1].out];
  const channels = first === 0 ? undefined : shapeOf(tensors, `${layers[0].name}.weight`, 4)[1];
  const sides = Array.from({ length: MOST_SIDE + 1 }, (_, n) => after(convolutions, n));
  const side = (n: number): number => sides[n] ?? after(convolutions, n);
  const needs = (height: number, width: number): number[] => maps.map((count) => count * side(height) * side(width));
  const shape = (height: number, width: number): number[] | undefined => {
    const k = needs(height, width).indexOf(columns);
    return k < 0 ? undefined : [channels ?? maps[k], height, width];
  };
  return { name, columns, needs, shape };
}

/** 1, 2, …: the sides of images that are tried. */
const SIDES = Array.from({ length: MOST_SIDE }, (_, n) => n + 1);

/** [channels, height, width] of the image that the layers take. */
function imageShapeOf({ name, columns, needs, shape }: Images, size: CheckpointOptions['size']): readonly number[] {
  if (size) {
    const found = shape(...size);
    if (found) return found;
    const expected = `${needs(...size).join(' or ')} columns for ${size.join('×')} pixels`;
    throw new RangeError(`${name}: expected ${expected}, got ${columns}`);
  }
  const side = SIDES.findLast((n) => shape(n, n));
  if (side !== undefined) return shape(side, side)!;
  throw new RangeError(`${name}: expected as many columns as a square image gives, got ${columns}; ` +
    'give the size of the image');
}

/** The sizes that fit besides the largest square, which networkFrom takes if none is given. */
export interface OtherSizes {
  /** The sides of the other squares, in increasing order. */
  readonly squares: readonly number[];
  /** Whether images fit that are not square. */
  readonly rectangles: boolean;
}

/** @throws {RangeError} as `networkFrom`, for the same tensors and layers. */
export function otherSizes(tensors: ReadonlyMap<string, Tensor>, layers: readonly CheckpointLayer[]): OtherSizes {
  const { shape } = imagesOf(layers.filter(isWeighted).map((layer) => complete(layer, tensors)), tensors);
  const rectangles = SIDES.some((height) => SIDES.some((width) => height !== width && shape(height, width)));
  return { squares: SIDES.filter((n) => shape(n, n)).slice(0, -1), rectangles };
}

/** How many of n pixels in a row the convolutions leave; NaN if a kernel is larger than its image. */
function after(convolutions: readonly Described<'conv2d'>[], n: number): number {
  return convolutions.reduce((side, { kernel, stride = 1, padding = 0 }) => {
    const count = windowCount(side, kernel, stride, padding);
    return count < 1 ? NaN : count;
  }, n);
}
