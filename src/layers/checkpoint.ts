/**
 * @file A network from a checkpoint. The shapes of its tensors tell everything but strides, paddings, activations and
 * layers without parameters, which a description adds:
 *
 *   conv2d        name.weight [out, channels, kernel, kernel]     name.bias [out], if there is one
 *   linear        name.weight [out, in]                           name.bias [out], if there is one
 *   batchnorm2d   name.weight [channels]                          name.bias [channels]
 *                 and the buffers name.running_mean, name.running_var [channels], which eval mode uses and no gradient
 *                 contains
 *
 * The other types have no tensors. Tensors that belong to no layer are ignored.
 *
 * The height and width of the image follow from the first linear layer's `in` = channels · height · width, because a
 * convolution or pooling turns n pixels into ⌊(n + 2·padding − kernel)/stride⌋ + 1. If several sizes fit, the default
 * is the largest square: 28×28 for LeNet's fc.0.weight [classes, 588], which 25×25, 26×26 and 27×27 fit too. Squares of
 * which the poolings leave no pixel out go first: 32×32 for the CNN of PyTorch's tutorial, which 35×35 fits too.
 */
import { windowCount } from '../nn/conv2d.ts';
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { expectFinite, type Tensor } from '../tensor/tensor.ts';
import type { AnyActivationName } from './activations.ts';
import { expectClasses, expectPyTorchLayout } from './layout.ts';
import { loadParameters } from './load-parameters.ts';
import { buildStack, type Described } from './stack.ts';

type Tensors = ReadonlyMap<string, Tensor>;

interface Named {
  readonly name: string;
}

/** The types whose tensors are in the checkpoint, under a name that the description must give. */
interface WithTensors {
  /** If a kernel is given, it is checked. */
  readonly conv2d:
    Named & Pick<Described<'conv2d'>, 'type' | 'stride' | 'padding' | 'activation'> & { readonly kernel?: number };
  readonly linear: Named & Pick<Described<'linear'>, 'type' | 'activation'>;
  /** Default: train mode. */
  readonly batchnorm2d:
    Named & Pick<Described<'batchnorm2d'>, 'type' | 'eps' | 'activation'> & { readonly mode?: 'train' | 'eval' };
}

/** The types that are described completely. Dropout is in eval mode. */
type WithoutTensors = 'maxpool2d' | 'averagepool2d' | 'normalize' | 'dropout' | AnyActivationName;

/** A layer without tensors: its description is complete. */
type Plain<T extends WithoutTensors> = Omit<Described<T>, 'mask'>;

/** What the tensors do not tell of a layer. */
export type CheckpointLayer =
  | WithTensors[keyof WithTensors]
  | { readonly [T in WithoutTensors]: Plain<T> }[WithoutTensors];

export interface CheckpointOptions {
  /** Default: those of the authors' LeNet. */
  readonly layers?: readonly CheckpointLayer[];
  /** [height, width] of the image in pixels; default: the largest square that fits, as above. */
  readonly size?: readonly [height: number, width: number];
}

/** A layer with what its tensors tell of it. */
type Complete =
  { readonly [T in keyof WithTensors | WithoutTensors]: Described<T> }[keyof WithTensors | WithoutTensors];

/** The largest side that is tried, in pixels. */
const MOST_SIDE = 1024;
/** The most numbers in the outputs of all layers together. A network has about a dozen buffers of that size. */
const MOST_OUTPUTS = 2 ** 20;

interface Row<T extends keyof WithTensors> {
  /** The dimensions of name.weight. */
  readonly rank: number;
  /** The layer, completed by its weight's shape and its other tensors. */
  readonly complete: (layer: WithTensors[T], shape: readonly number[], tensors: Tensors) => Described<T>;
}

/** How layers are completed, one row per type that has tensors. */
const ROWS: { readonly [T in keyof WithTensors]: Row<T> } = {
  conv2d: {
    rank: 4,
    complete: (layer, [out, , kernel, width], tensors) => {
      const { name } = layer;
      if (kernel !== width) throw new RangeError(`${name}.weight: expected a square kernel, got ${kernel}×${width}`);
      if (layer.kernel !== undefined && layer.kernel !== kernel) {
        throw new RangeError(`${name}.weight: expected a kernel of ${layer.kernel}, got ${kernel}`);
      }
      return { ...layer, out, kernel, bias: tensors.has(`${name}.bias`) };
    },
  },
  linear: {
    rank: 2,
    complete: (layer, [out], tensors) => ({ ...layer, out, bias: tensors.has(`${layer.name}.bias`) }),
  },
  batchnorm2d: {
    rank: 1,
    complete: ({ mode = 'train', ...layer }, _, tensors) => {
      if (mode === 'train') return layer;
      const buffer = (name: string): Tensor => tensorOf(tensors, `${layer.name}.${name}`);
      return { ...layer, running: { mean: buffer('running_mean'), variance: buffer('running_var') } };
    },
  },
};

/** What a checkpoint holds of a batchnorm2d besides its parameters, in the order of a state_dict. */
const BUFFERS = ['running_mean', 'running_var', 'num_batches_tracked'];

/** The layers of the authors' LeNet. */
export const lenetCheckpoint = (activation: AnyActivationName = 'sigmoid'): readonly CheckpointLayer[] => [
  { type: 'conv2d', name: 'body.0', stride: 2, padding: 2, activation },
  { type: 'conv2d', name: 'body.2', stride: 2, padding: 2, activation },
  { type: 'conv2d', name: 'body.4', stride: 1, padding: 2, activation },
  { type: 'linear', name: 'fc.0' },
];

/**
 * The network of a checkpoint with its θ, in plain loops. Layers of the same name share their parameters. Dropout is in
 * eval mode.
 * @throws {RangeError} if the last layer is not linear, or naming a tensor that is missing, of another shape or not
 *   finite.
 */
export function networkFrom(tensors: Tensors, options: CheckpointOptions = {}): Network {
  const { layers = lenetCheckpoint(), size } = options, last = layers[layers.length - 1];
  if (last?.type !== 'linear' || last.activation) {
    throw new RangeError('layers: expected a linear one without an activation at the end: its outputs are the logits');
  }
  const described = layers.map((layer, k) => complete(layer, k, tensors));
  expectClasses(`${last.name}.weight`, tensors.get(`${last.name}.weight`)!);
  const imageShape = imageShapeOf(imagesOf(described, tensors), size);
  expectRoom(described, imageShape);
  const network = buildStack(described, imageShape), used = tensorsOf(network.theta, tensors);
  for (const [name, { data }] of used) expectFinite(name, data);
  loadParameters(network.theta, used);
  return network;
}

/** Those that the network has too, by their names. */
export const tensorsOf = (theta: ParameterVector, tensors: Tensors): Map<string, Tensor> =>
  new Map([...tensors].filter(([name]) => theta.tensors.has(name)));

/** The names of the buffers of the layers' normalisations, which are not parameters. */
export function buffersOf(layers: readonly CheckpointLayer[]): string[] {
  const normalised = layers.filter(({ type }) => type === 'batchnorm2d');
  return normalised.flatMap(({ name }) => BUFFERS.map((buffer) => `${name}.${buffer}`));
}

/**
 * The tensors under the names of the layers. Unnamed arrays, which np.savez calls arr_0, arr_1, …, are named in the
 * order of the layers. A prefix that all names share but no layer has, such as the `module.` of a wrapped model, is
 * removed. Other names stay.
 * @throws {RangeError} if an unnamed array has other dimensions than the weight of its layer.
 */
export function nameAfter(layers: readonly CheckpointLayer[], tensors: Tensors): Tensors {
  const names = [...tensors.keys()], first = layers.find(isWeighted);
  if (names.every((name) => /^arr_\d+$/.test(name))) {
    return nameInOrder(layers, [...tensors].sort(([a], [b]) => Number(a.slice(4)) - Number(b.slice(4))));
  }
  const end = `${first?.name}.weight`, prefix = names.find((name) => name.endsWith(`.${end}`))?.slice(0, -end.length);
  if (!prefix || !names.every((name) => name.startsWith(prefix))) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/** Whether a layer has tensors in a checkpoint. */
export const isWeighted = (layer: CheckpointLayer): layer is WithTensors[keyof WithTensors] =>
  Object.hasOwn(ROWS, layer.type);

/** A convolution or a linear layer, if there is one, and the normalisations that follow it; or arrays likewise. */
interface Group<T> {
  readonly head?: T;
  readonly rest: T[];
}

/** The items in groups, each of which begins at a head but the first, which may have none. */
function groupsOf<T>(items: readonly T[], isHead: (item: T) => boolean): Group<T>[] {
  const groups: Group<T>[] = [{ rest: [] }];
  for (const item of items) {
    if (isHead(item)) groups.push({ head: item, rest: [] });
    else groups[groups.length - 1].rest.push(item);
  }
  return groups;
}

/**
 * Names unnamed arrays. A matrix or a kernel is the weight of a linear layer or a convolution. The vectors that follow
 * it are its bias, if they are odd in number, and those of the normalisations after it: two for each, or four with the
 * running statistics. A number without dimensions counts a normalisation's batches. Arrays that are left keep their
 * names; a layer that occurs twice has one set of arrays.
 */
function nameInOrder(layers: readonly CheckpointLayer[], arrays: readonly (readonly [string, Tensor])[]): Tensors {
  const own = layers.filter((layer, k) =>
    isWeighted(layer) && layers.findIndex(({ name }) => name === layer.name) === k);
  const layerGroups = groupsOf(own, ({ type }) => type !== 'batchnorm2d');
  const names = new Map<string, string>(); // from arr_k
  groupsOf(arrays, ([, { shape }]) => shape.length > 1).forEach(({ head, rest }, k) => {
    const { head: layer, rest: norms } = layerGroups[k] ?? { rest: [] };
    if (head && layer) {
      expectRank(layer, layers.indexOf(layer), head[0], head[1]);
      names.set(head[0], `${layer.name}.weight`);
    }
    const vectors = rest.filter(([, { shape }]) => shape.length === 1);
    const counts = rest.filter(([, { shape }]) => shape.length === 0);
    const each = vectors.length >= 4 * norms.length ? 4 : 2, hasBias = layer && vectors.length > each * norms.length;
    const kinds = ['weight', 'bias', ...BUFFERS].slice(0, each);
    const expected = norms.flatMap(({ name }) => kinds.map((kind) => `${name}.${kind}`));
    if (hasBias) expected.unshift(`${layer.name}.bias`);
    vectors.slice(0, expected.length).forEach(([name], i) => names.set(name, expected[i]));
    counts.slice(0, norms.length).forEach(([name], i) => names.set(name, `${norms[i].name}.${BUFFERS[2]}`));
  });
  return new Map(arrays.map(([name, array]) => [names.get(name) ?? name, array]));
}

function complete(layer: CheckpointLayer, k: number, tensors: Tensors): Complete {
  if (!isWeighted(layer)) return { ...layer, name: layer.name ?? `${layer.type} ${k}` };
  const name = `${layer.name}.weight`, weight = tensorOf(tensors, name);
  expectRank(layer, k, name, weight);
  expectPyTorchLayout(name, weight, tensors.get(`${layer.name}.bias`));
  const row: Row<any> = ROWS[layer.type];
  return row.complete(layer, weight.shape, tensors);
}

/** @throws {RangeError} if the weight of layer k does not have the dimensions of one of its type. */
function expectRank(layer: CheckpointLayer, k: number, name: string, { shape }: Tensor): void {
  const { rank } = ROWS[layer.type as keyof WithTensors];
  if (shape.length === rank) return;
  const expected = `${rank} ${rank === 1 ? 'dimension' : 'dimensions'} for layer ${k}, ${layer.type} ${layer.name}`;
  throw new RangeError(`${name}: expected ${expected}, got shape [${shape}]; ` +
    'the layers may be described in another order or under other names than those of the file');
}

function tensorOf(tensors: Tensors, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor) return tensor;
  throw new RangeError(`${name}: expected a tensor of that name, got ${firstNames(tensors)}`);
}

/** The first names of the tensors, for an error: body.0.weight, body.0.bias, … */
export function firstNames(tensors: Tensors, most = 4): string {
  const names = [...tensors.keys()];
  return names.length === 0 ? 'no tensors' : names.slice(0, most).join(', ') + (names.length > most ? ', …' : '');
}

/** @throws {RangeError} if the maps are so large that the buffers may not fit in memory, however small the tensors. */
function expectRoom(layers: readonly Complete[], imageShape: readonly number[]): void {
  let [channels, height, width] = imageShape, isMap = true, total = channels * height * width;
  for (const layer of layers) {
    if ('out' in layer) channels = layer.out;
    if (layer.type === 'linear') isMap = false;
    [height, width] = isMap ? [sideAfter(layer, height), sideAfter(layer, width)] : [1, 1];
    total += channels * height * width;
  }
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
  /** The side of the square that is taken if no size is given; undefined if none fits. */
  readonly side: number | undefined;
}

function imagesOf(layers: readonly Complete[], tensors: Tensors): Images {
  const first = layers.findIndex(({ type }) => type === 'linear'), before = layers.slice(0, first);
  const name = `${layers[first].name}.weight`, [, columns] = tensorOf(tensors, name).shape;
  const convolutions = before.filter((layer) => layer.type === 'conv2d');
  const normalised = before.find((layer) => layer.type === 'batchnorm2d');
  const own = normalised && tensorOf(tensors, `${normalised.name}.weight`).shape; // channels, without a convolution
  const [firstOne] = convolutions, lastOne = convolutions.at(-1);
  const maps = lastOne ? [lastOne.out] : own ?? [1, 3];
  const channels = firstOne && tensorOf(tensors, `${firstOne.name}.weight`).shape[1];
  const sides = Array.from({ length: MOST_SIDE + 1 }, (_, n) => after(before, n));
  const sideOf = (n: number): number => sides[n] ?? after(before, n);
  const needs = (height: number, width: number): number[] => maps.map((n) => n * sideOf(height) * sideOf(width));
  const shape = (height: number, width: number): number[] | undefined => {
    const k = needs(height, width).indexOf(columns);
    return k < 0 ? undefined : [channels ?? maps[k], height, width];
  };
  const squares = SIDES.filter((n) => shape(n, n));
  const side = squares.findLast((n) => arePooledWhole(before, n)) ?? squares.at(-1);
  return { name, columns, needs, shape, side };
}

/** 1, 2, …: the sides of images that are tried. */
const SIDES = Array.from({ length: MOST_SIDE }, (_, n) => n + 1);

/** [channels, height, width] of the image that the layers take. */
function imageShapeOf(
  { name, columns, needs, shape, side }: Images, size: CheckpointOptions['size'],
): readonly number[] {
  if (size) {
    const found = shape(...size);
    if (found) return found;
    const expected = `${needs(...size).join(' or ')} columns for ${size.join('×')} pixels`;
    throw new RangeError(`${name}: expected ${expected}, got ${columns}`);
  }
  if (side !== undefined) return shape(side, side)!;
  throw new RangeError(`${name}: expected as many columns as a square image gives, got ${columns}; ` +
    'give the size of the image');
}

/** The sizes that fit besides the square that networkFrom takes if none is given. */
export interface OtherSizes {
  /** The sides of the other squares, in increasing order. */
  readonly squares: readonly number[];
  /** Whether images fit that are not square. */
  readonly rectangles: boolean;
}

/** @throws {RangeError} as `networkFrom`, for the same tensors and layers. */
export function otherSizes(tensors: Tensors, layers: readonly CheckpointLayer[]): OtherSizes {
  const { shape, side } = imagesOf(layers.map((layer, k) => complete(layer, k, tensors)), tensors);
  const rectangles = SIDES.some((height) => SIDES.some((width) => height !== width && shape(height, width)));
  return { squares: SIDES.filter((n) => n !== side && shape(n, n)), rectangles };
}

/** How many of n pixels in a row a layer leaves: as many as it has windows, or all. */
function sideAfter(layer: Complete, n: number): number {
  if (!('kernel' in layer)) return n;
  const { kernel, padding = 0, stride = layer.type === 'conv2d' ? 1 : kernel } = layer;
  return windowCount(n, kernel, stride, padding);
}

/** How many of n pixels in a row the layers leave; NaN if a kernel is larger than its image. */
function after(layers: readonly Complete[], n: number): number {
  return layers.reduce((side, layer) => {
    const count = sideAfter(layer, side);
    return count < 1 ? NaN : count;
  }, n);
}

/** Whether the stride of every pooling divides the n pixels in a row that reach it. */
function arePooledWhole(layers: readonly Complete[], n: number): boolean {
  let side = n, isWhole = true;
  for (const layer of layers) {
    const isPooling = layer.type === 'maxpool2d' || layer.type === 'averagepool2d';
    if (isPooling && side % (layer.stride ?? layer.kernel) > 0) isWhole = false;
    side = sideAfter(layer, side);
  }
  return isWhole;
}
