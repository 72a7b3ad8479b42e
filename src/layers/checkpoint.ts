/**
 * @file A network from its tensors. What a checkpoint does not say, strides, paddings and activations, a description
 * says; all else is read off the shapes:
 *
 *   conv2d   name.weight [out, channels, kernel, kernel]     name.bias [out], if there is one
 *   linear   name.weight [out, in]                           name.bias [out], if there is one
 *
 * The image's sides follow from the first linear layer's `in` = C·h·w, where every convolution makes of n pixels
 * ⌊(n + 2·padding − kernel)/stride⌋ + 1. With strides above 1 several sides fit: unless the size is said, the image is
 * the largest square that does; for LeNet's [classes, 588] 28 of 25 to 28.
 */
import { expectFinite, type Tensor } from '../tensor/tensor.ts';
import type { ActivationName } from './activation.ts';
import { lenetLayers } from './lenet.ts';
import type { Network } from './network.ts';
import { buildStack, type Conv2dDescription, type LayerDescription, type LinearDescription } from './stack.ts';

/** A layer without what its tensors say; a kernel that is given is checked. */
export type CheckpointLayer =
  | (Pick<Conv2dDescription, 'type' | 'name' | 'stride' | 'padding' | 'activation'> & { readonly kernel?: number })
  | Pick<LinearDescription, 'type' | 'name' | 'activation'>;

export interface CheckpointOptions {
  /** The authors' LeNet unless said. */
  readonly layers?: readonly CheckpointLayer[];
  /** [height, width] of the image. */
  readonly size?: readonly [height: number, width: number];
}

/** The largest side that is tried. */
const MOST_SIDE = 1024;
/** Numbers in the outputs of all layers: of each there are a dozen buffers. */
const MOST_OUTPUTS = 2 ** 20;

/** The layers of the authors' LeNet, as a checkpoint needs them. */
export const lenetCheckpoint = (activation: ActivationName = 'sigmoid'): readonly CheckpointLayer[] =>
  lenetLayers(2, activation, true);

/**
 * The network of a checkpoint, its θ filled.
 * @throws {RangeError} naming the tensor that is missing, unknown, of another shape, or not finite.
 */
export function networkFrom(tensors: ReadonlyMap<string, Tensor>, options: CheckpointOptions = {}): Network {
  const { layers = lenetCheckpoint(), size } = options, last = layers[layers.length - 1];
  if (last?.type !== 'linear' || last.activation) {
    throw new RangeError('layers: expected a linear one without an activation at the end: its outputs are the logits');
  }
  const described = layers.map((layer) => complete(layer, tensors));
  const inShape = inputShape(described, tensors, size);
  expectRoom(described, inShape);
  const network = buildStack(described, inShape);
  for (const [name, { data }] of tensors) expectFinite(name, data);
  network.theta.load(tensors);
  return network;
}

/**
 * Tensors under the layers' names. Arrays without names, arr_0, arr_1, …, as np.savez numbers a list, are given them in
 * the layers' order: each matrix or kernel is a weight, a vector after it its bias. A prefix that all names share and
 * no layer has, `module.` of a wrapped model, is taken off. Other names are left as they are.
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

/** A layer with what its tensors say of it. */
function complete(layer: CheckpointLayer, tensors: ReadonlyMap<string, Tensor>): LayerDescription {
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
  throw new RangeError(`${name}: expected ${rank} sides, got shape [${tensor.shape}]`);
}

/** Some names of what is there instead. */
export function firstNames(tensors: ReadonlyMap<string, Tensor>, most = 4): string {
  const names = [...tensors.keys()];
  return names.length === 0 ? 'no tensors' : names.slice(0, most).join(', ') + (names.length > most ? ', …' : '');
}

/** @throws {RangeError} where a description makes of small tensors maps that take more memory than they are worth. */
function expectRoom(layers: readonly LayerDescription[], [channels, height, width]: readonly number[]): void {
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
function inputShape(
  layers: readonly LayerDescription[], tensors: ReadonlyMap<string, Tensor>, size: CheckpointOptions['size'],
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
  throw new RangeError(`${name}: expected as many columns as a square image gives, got ${width}; say the image's size`);
}

/** How many pixels of n in a row the convolutions leave; NaN where a kernel is larger than its image. */
function after(convolutions: readonly Conv2dDescription[], n: number): number {
  return convolutions.reduce((side, { kernel, stride = 1, padding = 0 }) => {
    const room = side + 2 * padding - kernel;
    return room < 0 ? NaN : Math.floor(room / stride) + 1;
  }, n);
}
