/**
 * @file What `idlg audit` is given: the network that a client was sent, and what it sent back.
 *
 *   --weights W --gradients G                           ∇W as it is
 *   --before W --after W′ --learning-rate η --steps n   ∇W = (W − W′) / (η n), exact for n = 1 step of plain SGD
 *
 * With `--loss-reduction sum` either is B times the gradient of the mean, and is divided by B.
 */
import { dirname, join } from 'node:path';
import type { ActivationName } from '../nn/activation.ts';
import { ACTIVATIONS } from '../nn/activation.ts';
import { firstNames, lenetCheckpoint, nameAfter, networkFrom, type CheckpointLayer } from '../layers/checkpoint.ts';
import { loadParameters } from '../layers/load-parameters.ts';
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { InputError, mismatch } from '../data/dataset.ts';
import { findFile, readBytes } from '../data/files.ts';
import { parseNetworkDescription } from '../data/network-description.ts';
import { readTensorFile } from '../data/tensor-file.ts';
import { expectFinite } from '../tensor/tensor.ts';
import { readLastLayer } from './last-layer-input.ts';
import type { Options, OptionTable } from './options.ts';

export const INPUT_OPTIONS: OptionTable = {
  weights: { value: 'FILE', about: 'the network\'s weights, a .safetensors or .npz file' },
  gradients: { value: 'FILE', about: 'the gradient that the client shares, under the same names' },
  before: {
    value: 'FILE',
    about: 'instead of these two: the weights that the client was sent, with --after and --learning-rate',
  },
  after: { value: 'FILE', about: 'the weights that the client sent back' },
  'learning-rate': { value: 'η', about: 'the client\'s learning rate' },
  steps: { value: 'N', about: 'steps of plain SGD that the client took; the result is exact only for one [1]' },
  network: {
    value: 'FILE.json',
    about: 'description of the layers if they are not those of the authors\' LeNet; default: network.json beside the ' +
      'weights, if there is one',
  },
  activation: { choices: ACTIVATIONS, about: 'activation function of LeNet; a description names its own [sigmoid]' },
  'labels-only': { about: 'read the labels from the last layer alone; works for any model and needs no description' },
  'last-layer': { value: 'NAME', about: 'name of the last layer, with --labels-only; default: the last matrix' },
  size: { value: 'H,W', about: 'height and width of the image; default: the largest square that the weights allow' },
};

/** A network, and what was shared. */
export interface AuditInput {
  readonly network: Network;
  /** As it was shared: not yet divided by anything but η n. */
  readonly gradient: ParameterVector;
  /** The activation after each layer but the last, if there is one. */
  readonly activations: readonly (ActivationName | undefined)[];
  /** The files, in words. */
  readonly source: string;
  /** How many steps the gradient is the mean of; of several it is not exact and may have any rank. */
  readonly steps: number;
  /** Whether it is a change of weights, which several steps may have made though the user did not say so. */
  readonly isUpdate: boolean;
  /** With --labels-only, the name of the last layer's weight: the network consists of that layer alone. */
  readonly lastLayer?: string;
  /** What had to be assumed, one sentence each. */
  readonly assumptions: readonly string[];
}

const DESCRIPTION = 'network.json';

/** The network could not be read as it is described; its labels may be read all the same. */
export class DescriptionError extends InputError {}

/** @throws {InputError} if an option is missing, or a file is not what it should be. */
export function readAuditInput(options: Options): AuditInput {
  const update = ['before', 'after', 'learning-rate', 'steps'] as const, direct = ['weights', 'gradients'] as const;
  for (const name of direct) options.exclude(name, update, 'give either the gradient or the weights that it changed');
  if (update.some((name) => options.has(name))) return readUpdate(options);
  for (const name of direct) {
    if (!options.has(name)) throw new InputError(`--${name}: expected a file, or --before, --after, --learning-rate`);
  }
  const weights = options.text('weights')!, gradients = options.text('gradients')!;
  const { vector: gradient, ...read } = readBoth(options, weights, gradients), { theta } = read.network;
  if (gradient.data.every((value, i) => value === theta.data[i])) {
    throw mismatch(gradients, `numbers other than those of ${weights}`, 'the same');
  }
  return {
    ...read,
    gradient,
    source: `${weights} and ${gradients}`,
    steps: 1,
    isUpdate: false,
    assumptions: [],
  };
}

function readUpdate(options: Options): AuditInput {
  const [before, after] = ['before', 'after'].map((name) => {
    const path = options.text(name);
    if (path !== undefined) return path;
    throw new InputError(`--${name}: expected the weights ${name} the client's step, got nothing`);
  });
  const learningRate = options.number('learning-rate', { zero: false }), steps = options.integer('steps', 1) ?? 1;
  if (learningRate === undefined) {
    throw new InputError('--learning-rate: expected the client\'s, to turn the change into a gradient, got nothing');
  }
  const { vector: gradient, ...read } = readBoth(options, before, after), { data } = gradient, { network } = read;
  for (let i = 0; i < data.length; i++) data[i] = (network.theta.data[i] - data[i]) / (learningRate * steps);
  if (!data.every(Number.isFinite)) {
    throw mismatch(after, `a change that is finite when divided by η = ${learningRate}`, 'another');
  }
  if (data.every((value) => value === 0)) throw mismatch(after, `weights other than those of ${before}`, 'the same');
  const assumption = steps > 1
    ? `assumed: ${steps} steps of plain SGD in which the gradient hardly changed; their mean is taken for the ` +
      'gradient of the first, which is not exact'
    : 'assumed: one step of plain SGD, with no momentum from earlier steps';
  return {
    ...read,
    gradient,
    source: `${before} and ${after}`,
    steps,
    isUpdate: true,
    assumptions: [assumption],
  };
}

const activationsOf = (layers: readonly CheckpointLayer[]): (ActivationName | undefined)[] =>
  layers.slice(0, -1).map(({ activation }) => activation);

/** The network of the first file, and the tensors of the second, laid out as its parameters. */
function readBoth(options: Options, path: string, other: string): Pick<AuditInput, 'network' | 'activations'> &
  Partial<Pick<AuditInput, 'lastLayer'>> & { readonly vector: ParameterVector } {
  const name = options.text('last-layer');
  if (options.has('labels-only')) {
    for (const option of ['network', 'activation', 'size', 'method', 'truth']) {
      if (options.has(option)) throw new InputError(`--${option}: expected without --labels-only, got both`);
    }
    const files = [path, other].map((file) => [file, readTensorFile(file)] as const);
    const { network, vector, name: lastLayer } = readLastLayer(files[0], files[1], name);
    return { network, vector, activations: [], lastLayer };
  }
  if (name !== undefined) throw new InputError('--last-layer: expected with --labels-only, got it alone');
  try {
    const { network, layers } = readNetwork(options, path);
    return { network, vector: loadLike(network, layers, other), activations: activationsOf(layers) };
  } catch (error) {
    if (error instanceof InputError) throw new DescriptionError(error.message, { cause: error });
    throw error;
  }
}

function readNetwork(options: Options, path: string): { network: Network; layers: readonly CheckpointLayer[] } {
  const description = options.text('network') ?? findFile(dirname(path), [DESCRIPTION]);
  const said = options.has('activation');
  if (description !== undefined && said) {
    const got = `it with ${description}, which has its own`;
    throw new InputError(`--activation: expected only with the authors' LeNet, got ${got}`);
  }
  const layers = description === undefined
    ? lenetCheckpoint(options.choice('activation', ACTIVATIONS, 'sigmoid'))
    : parseNetworkDescription(readBytes(description).toString('utf8'), description);
  const tensors = nameAfter(layers, readTensorFile(path)), size = readSize(options), first = `${layers[0].name}.weight`;
  if (description === undefined && !tensors.has(first)) {
    const expected = `the tensors of the authors' LeNet, ${first}, …, or ${join(dirname(path), DESCRIPTION)}`;
    throw mismatch(path, expected, firstNames(tensors));
  }
  return { network: named(path, () => networkFrom(tensors, { layers, ...(size && { size }) })), layers };
}

/** A vector laid out as θ, its numbers from a file. */
function loadLike({ theta }: Network, layers: readonly CheckpointLayer[], path: string): ParameterVector {
  const tensors = nameAfter(layers, readTensorFile(path));
  return named(path, () => {
    for (const [name, { data }] of tensors) expectFinite(name, data);
    return loadParameters(theta.like(), tensors);
  });
}

/** What `read` returns; a RangeError becomes an InputError that names the file. */
function named<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

function readSize(options: Options): readonly [number, number] | undefined {
  const text = options.text('size');
  if (text === undefined) return undefined;
  const match = /^([1-9]\d{0,3}),([1-9]\d{0,3})$/.exec(text);
  if (!match) throw new InputError(`--size: expected height and width in pixels, such as 28,28, got "${text}"`);
  return [Number(match[1]), Number(match[2])];
}
