/**
 * @file A network from descriptions of its layers, and the one table of the layers that can be described.
 *
 *   { type: 'conv2d', name: 'body.0', out: 12, kernel: 5, stride: 2, padding: 2, activation: 'sigmoid' }
 *   { type: 'residual', branch: [{ type: 'linear', out: 64, activation: 'tanh' }, { type: 'linear', out: 32 }] }
 *   { type: 'linear', name: 'fc.0', out: 10 }
 *
 * A description holds the layer's type, its name and its options without `inShape`, which is the output of the layer
 * before. The name begins those of its tensors in a checkpoint, body.0.weight; by default it is the position, as in
 * PyTorch's Sequential: 0.weight. Layers of the same name share their parameters (tied-sequence.ts). An activation
 * follows its layer. A Flatten is put between a map and a linear layer.
 */
import { Conv2d, type Conv2dOptions } from '../nn/conv2d.ts';
import { Flatten } from '../nn/flatten.ts';
import type { Layer } from '../nn/layer.ts';
import { Linear, type LinearOptions } from '../nn/linear.ts';
import { Network } from '../nn/network.ts';
import type { NamedLayer, Sequence } from '../nn/sequence.ts';
import { activationLayer, ALL_ACTIVATIONS, type ActivationOptions, type AnyActivationName } from './activations.ts';
import { AveragePool2d } from './average-pool2d.ts';
import { BatchNorm2d, type BatchNorm2dOptions } from './batch-norm2d.ts';
import { Dropout, type DropoutOptions } from './dropout.ts';
import { MaxPool2d } from './max-pool2d.ts';
import { Normalize, type NormalizeOptions } from './normalize.ts';
import type { Pool2dOptions } from './pool-windows.ts';
import { Residual } from './residual.ts';
import { SelfAttention, type SelfAttentionOptions } from './self-attention.ts';
import { TiedSequence, timesUsed } from './tied-sequence.ts';

interface NoOptions {
  readonly inShape: readonly number[];
}

/** The table, one row per type: how a layer is made from its options. */
const TABLE = {
  conv2d: (options: Conv2dOptions): Layer => new Conv2d(options),
  linear: (options: LinearOptions): Layer => new Linear(options),
  maxpool2d: (options: Pool2dOptions): Layer => new MaxPool2d(options),
  averagepool2d: (options: Pool2dOptions): Layer => new AveragePool2d(options),
  batchnorm2d: (options: BatchNorm2dOptions): Layer => new BatchNorm2d(options),
  'self-attention': (options: SelfAttentionOptions): Layer => new SelfAttention(options),
  normalize: (options: NormalizeOptions): Layer => new Normalize(options),
  dropout: (options: DropoutOptions): Layer => new Dropout(options),
  flatten: ({ inShape }: NoOptions): Layer => new Flatten(inShape),
  ...activations(),
};

interface Common<T extends string> {
  readonly type: T;
  /** Default: the position among the layers. */
  readonly name?: string;
  /** The activation after the layer; default: none. */
  readonly activation?: AnyActivationName;
}

/** The description of a layer whose type is a row of the table. */
export type Described<T extends keyof typeof TABLE> = Common<T> & Omit<Parameters<(typeof TABLE)[T]>[0], 'inShape'>;

/** A residual block, whose two paths are themselves described layer by layer. */
export interface DescribedResidual extends Common<'residual'> {
  readonly branch: readonly LayerDescription[];
  /** Default: none, the shortcut is x itself. */
  readonly shortcut?: readonly LayerDescription[];
}

export type LayerDescription = { [T in keyof typeof TABLE]: Described<T> }[keyof typeof TABLE] | DescribedResidual;

const LAYERS: Readonly<Record<LayerDescription['type'], (options: any) => Layer>> = {
  ...TABLE,
  residual: ({ inShape, branch, shortcut }: NoOptions & DescribedResidual) =>
    new Residual(buildSequence(branch, inShape), shortcut && buildSequence(shortcut, inShape)),
};

/**
 * The network of these layers. Its θ is zero, to be filled in.
 * @param imageShape [channels, height, width]
 * @throws {TypeError} if a type is not in the table.
 * @throws {RangeError} if layers with the same name have tensors of other shapes, two tensors share a name otherwise, a
 *   size is not valid, layers do not fit one another, or the last is not linear with a name of its own.
 */
export function buildStack(layers: readonly LayerDescription[], imageShape: readonly number[]): Network {
  const network = new Network((inShape) => buildSequence(layers, inShape), imageShape);
  const { tensors, data } = network.theta, last = network.layers.parts.at(-1)!;
  if (timesUsed(network.layers, last.name) > 1) {
    throw new RangeError(`${last.name}: expected a last layer with a name of its own: the labels are read off it`);
  }
  const named = [...tensors.values()].reduce((sum, tensor) => sum + tensor.data.length, 0);
  if (named === data.length) return network;
  // A dot in a name: `a.branch.0` is a layer of that name, and the first of the branch of `a`.
  const got = `${data.length - named} numbers in tensors that share one`;
  throw new RangeError(`layers: expected names that give every tensor a name of its own, got ${got}`);
}

/** The layers one after the other, for an input of shape [batch, ...]. */
function buildSequence(layers: readonly LayerDescription[], inShape: readonly number[]): Sequence {
  if (!Array.isArray(layers as unknown)) {
    throw new TypeError(`layers: expected a list of descriptions, got ${typeof layers}`);
  }
  const unknown = layers.findIndex((layer) => !Object.hasOwn(LAYERS, layer?.type));
  if (unknown >= 0) {
    const known = Object.keys(LAYERS).join(', '), got = String(layers[unknown]?.type);
    throw new TypeError(`type of layer ${unknown}: expected one of ${known}, got ${got}`);
  }
  const parts: NamedLayer[] = [];
  let shape = inShape;
  const add = (name: string, layer: Layer): void => {
    parts.push({ name, layer });
    shape = layer.outShape;
  };
  layers.forEach(({ name, activation, ...options }, k) => {
    const { type } = options;
    const isMap = shape.length === 4, title = name ?? `${k}`;
    if (type === 'linear' && isMap) add('flatten', new Flatten(shape));
    add(title, LAYERS[type]({ ...options, inShape: shape }));
    if (activation) add(`${title} ${activation}`, activationLayer(activation, { inShape: shape }));
  });
  return new TiedSequence(parts);
}

/** The rows of the activations. */
function activations(): { readonly [F in AnyActivationName]: (options: NoOptions & ActivationOptions<F>) => Layer } {
  const rows = ALL_ACTIVATIONS.map((f) => [f, (options: NoOptions): Layer => activationLayer(f, options)]);
  return Object.fromEntries(rows);
}
