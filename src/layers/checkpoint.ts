/**
 * @file A network of convolutions and linear layers from a checkpoint. The shapes of its tensors tell everything but
 * strides, paddings and activations, which a description adds:
 *
 *   conv2d   name.weight [out, channels, kernel, kernel]     name.bias [out], if there is one
 *   linear   name.weight [out, in]                           name.bias [out], if there is one
 *
 * The height and width of the image follow from the first linear layer's `in` = channels · height · width, because a
 * convolution turns n pixels into ⌊(n + 2·padding − kernel)/stride⌋ + 1. If several sizes fit, the default is the
 * largest square: 28×28 for LeNet's fc.0.weight [classes, 588], which 25×25, 26×26 and 27×27 fit too.
 */
import type { ActivationName } from '../nn/activation.ts';
import { windowCount } from '../nn/conv2d.ts';
import type { Network } from '../nn/network.ts';
import { expectFinite, type Tensor } from '../tensor/tensor.ts';
import { loadParameters } from './load-parameters.ts';
import { buildStack, type Described } from './stack.ts';

/** What the tensors do not tell of a layer. If a kernel is given, it is checked. */
export type CheckpointLayer = { readonly name: string } & (
  | (Pick<Described<'conv2d'>, 'type' | 'stride' | 'padding' | 'activation'> & { readonly kernel?: number })
  | Pick<Described<'linear'>, 'type' | 'activation'>
);

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
export const lenetCheckpoint = (activation: ActivationName = 'sigmoid'): readonly CheckpointLayer[] => [
  { type: 'conv2d', name: 'body.0', stride: 2, padding: 2, activation },
  { type: 'conv2d', name: 'body.2', stride: 2, padding: 2, activation },
  { type: 'conv2d', name: 'body.4', stride: 1, padding: 2, activation },
  { type: 'linear', name: 'fc.0' },
];

/**
 * The network of a checkpoint with its θ, in plain loops.
 * @throws {RangeError} if the last layer is not linear, or naming a tensor that is missing, unknown, of another shape
 *   or not finite.
 */
export function networkFrom(tensors: ReadonlyMap<string, Tensor>, options: CheckpointOptions = {}): Network {
  const { layers = lenetCheckpoint(), size } = options, last = layers[layers.length - 1];
  if (last?.type !== 'linear' || last.activation) {
    throw new RangeError('layers: expected a linear one without an activation at the end: its outputs are the logits');
  }
  const described = layers.map((layer) => complete(layer, tensors));
  const imageShape = imageShapeOf(described, tensors, size);
  expectRoom(described, imageShape);
  const network = buildStack(described, imageShape);
  for (const [name, { data }] of tensors) expectFinite(name, data);
  loadParameters(network.theta, tensors);
  return network;
}

/**
 * The tensors under the names of the layers. Unnamed arrays, which np.savez calls arr_0, arr_1, …, are named in the
 * order of the layers: a matrix or a kernel is a weight, and a vector is the bias of the weight before it. A prefix
 * that all names share but no layer has, such as the `module.` of a wrapped model, is removed. Other names stay.
 */
export function nameAfter(
  layers: readonly CheckpointLayer[], tensors: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Tensor> {
  const names = [...tensors.keys()], [first] = layers;
  if (names.every((name) => /^arr_\d+$/.test(name))) {
    let k = -1;
    const inOrder = [...tensors].sort(([a], [b]) => Number(a.slice(4)) - Number(b.slice(4)));
    return new Map(inOrder.map(([name, array]) => {
      const kind = array.shape.length > 1 ? 'weight' : 'bias';
      if (kind === 'weight') k++;
      return [layers[k] ? `${layers[k].name}.${kind}` : name, array];
    }));
  }
  const prefix = names.find((name) => name.endsWith(`.${first.name}.weight`))?.slice(0, -`${first.name}.weight`.length);
  if (!prefix || !names.every((name) => name.startsWith(prefix))) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function complete(layer: CheckpointLayer, tensors: ReadonlyMap<string, Tensor>): Complete {
  const { type, name, activation } = layer, shape = shapeOf(tensors, `${name}.weight`, type === 'conv2d' ? 4 : 2);
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

/** [channels, height, width] of the image that the layers take. */
function imageShapeOf(
  layers: readonly Complete[], tensors: ReadonlyMap<string, Tensor>, size: CheckpointOptions['size'],
): readonly number[] {
  const first = layers.findIndex(({ type }) => type === 'linear');
  const name = `${layers[first].name}.weight`, [, width] = shapeOf(tensors, name, 2);
  const convolutions = layers.slice(0, first).filter((layer) => layer.type === 'conv2d');
  const maps = first === 0 ? [1, 3] : [layers[first - 1].out];
  const channels = first === 0 ? undefined : shapeOf(tensors, `${layers[0].name}.weight`, 4)[1];
  const fitting = (sizes: readonly (readonly number[])[]): (readonly number[])[] =>
    sizes.flatMap(([h, w]) => maps.flatMap((count) =>
      (count * after(convolutions, h) * after(convolutions, w) === width ? [[channels ?? count, h, w]] : [])));
  if (size) {
    const shape = fitting([size])[0];
    if (shape) return shape;
    const columns = maps.map((count) => count * after(convolutions, size[0]) * after(convolutions, size[1]));
    const pixels = size.join('×');
    throw new RangeError(`${name}: expected ${columns.join(' or ')} columns for ${pixels} pixels, got ${width}`);
  }
  const shape = fitting(Array.from({ length: MOST_SIDE }, (_, n) => [n + 1, n + 1])).pop();
  if (shape) return shape;
  throw new RangeError(`${name}: expected as many columns as a square image gives, got ${width}; ` +
    'give the size of the image');
}

/** How many of n pixels in a row the convolutions leave; NaN if a kernel is larger than its image. */
function after(convolutions: readonly Described<'conv2d'>[], n: number): number {
  return convolutions.reduce((side, { kernel, stride = 1, padding = 0 }) => {
    const count = windowCount(side, kernel, stride, padding);
    return count < 1 ? NaN : count;
  }, n);
}
