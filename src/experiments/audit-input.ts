/**
 * @file What `idlg audit` is given: the network that a client was sent, and what it sent back.
 *
 *   --weights W --gradients G                           ∇W as it is
 *   --before W --after W′ --learning-rate η             ∇W = (W − W′) / η, exact for one step of plain SGD
 *   --steps n --momentum μ                              the mean of n gradients, (W − W′) / (η C): local-steps.ts
 *
 * With `--loss-reduction sum` either is B times the gradient of the mean, and is divided by B. A tensor that the second
 * file does not have was not shared: its ∇W is 0.
 */
import { dirname, join } from 'node:path';
import { lastLayer, type LastLayer } from '../attack/extract-label.ts';
import { diagnose } from '../beyond/diagnosis/diagnosis.ts';
import { sharedLastLayer } from '../beyond/last-layer.ts';
import { gradientsInChange, type LocalSteps } from '../beyond/local-steps.ts';
import { ALL_ACTIVATIONS, type AnyActivationName } from '../layers/activations.ts';
import {
  firstNames, isWeighted, lenetCheckpoint, networkFrom, tensorsOf, type CheckpointLayer,
} from '../layers/checkpoint.ts';
import { expectPyTorchLayout } from '../layers/layout.ts';
import { loadParameters } from '../layers/load-parameters.ts';
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { InputError, mismatch } from '../data/dataset.ts';
import { findFile, readBytes } from '../data/files.ts';
import { parseNetworkDescription } from '../data/network-description.ts';
import { readTensorFile } from '../data/tensor-file.ts';
import { expectFinite } from '../tensor/tensor.ts';
import { readLastLayer } from './last-layer-input.ts';
import { inFile, readModelFile, sizeNotes, unusedGradients, unusedNotes, type ModelFile } from './model-file.ts';
import { NORMALIZATION_OPTIONS, readNormalization } from './normalization.ts';
import type { Options, OptionTable } from './options.ts';

export const INPUT_OPTIONS: OptionTable = {
  weights: { value: 'FILE', about: 'the network\'s weights, a .safetensors or .npz file' },
  gradients: { value: 'FILE', about: 'the gradient that the client shares, under the same names' },
  before: {
    value: 'FILE',
    about: 'with --after and --learning-rate, instead of the two options above: the weights that the client was sent',
  },
  after: { value: 'FILE', about: 'the weights that the client sent back' },
  'learning-rate': { value: 'η', about: 'the client\'s learning rate' },
  steps: {
    value: 'N',
    about: 'steps of SGD that the client took, each on all of its images; if there are several, only their total is ' +
      'shared, and the attack simulates them [1]',
  },
  momentum: { value: 'μ', about: 'the client\'s momentum; its momentum buffer is zero before the first step [0]' },
  network: {
    value: 'FILE.json',
    about: 'description of the layers if they are not those of the authors\' LeNet; default: network.json beside the ' +
      'weights, if there is one',
  },
  activation: {
    choices: ALL_ACTIVATIONS, about: 'activation function of LeNet; a description names its own [sigmoid]',
  },
  'labels-only': {
    about: 'read the labels from the last layer alone; works for any model that ends in a linear layer, and needs no ' +
      'description',
  },
  'last-layer': { value: 'NAME', about: 'name of the last layer, with --labels-only; default: the last matrix' },
  size: { value: 'H,W', about: 'height and width of the image; default: the largest square that the weights allow' },
  ...NORMALIZATION_OPTIONS,
};

/** A network, and what was shared. */
export interface AuditInput {
  readonly network: Network;
  /** As it was shared: not yet divided by anything but η n. */
  readonly gradient: ParameterVector;
  /** The activation after each layer but the last, if there is one. Layers that keep its range are left out. */
  readonly activations: readonly (AnyActivationName | undefined)[];
  /** The rate of the dropout that the description has before the last layer. */
  readonly dropout?: number;
  /** The files, in words. */
  readonly source: string;
  /** How many steps the gradient is the mean of; of several it may have any rank. */
  readonly steps: number;
  /** The client's steps, if there are several. */
  readonly local?: LocalSteps;
  /** Whether it is a change of weights, which several steps may have made though the user did not say so. */
  readonly isUpdate: boolean;
  /** With --labels-only, the name of the last layer's weight: the network consists of that layer alone. */
  readonly lastLayer?: string;
  /** What shows that the description lacks a layer, one sentence each. */
  readonly lacking?: readonly string[];
  /** What had to be assumed, one sentence each. */
  readonly assumptions: readonly string[];
}

const DESCRIPTION = 'network.json';

/** The network could not be read as it is described; its labels may be read all the same. */
export class DescriptionError extends InputError {}

/** @throws {InputError} if an option is missing, or a file is not what it should be. */
export function readAuditInput(options: Options): AuditInput {
  const update = ['before', 'after', 'learning-rate', 'steps', 'momentum'], direct = ['weights', 'gradients'];
  for (const name of direct) options.exclude(name, update, 'give either the gradient or the weights that it changed');
  if (update.some((name) => options.has(name))) return readUpdate(options);
  for (const name of direct) {
    if (!options.has(name)) throw new InputError(`--${name}: expected a file, or --before, --after, --learning-rate`);
  }
  const weights = options.text('weights')!, gradients = options.text('gradients')!;
  const nothing = ({ theta }: Network): ParameterVector => theta.like();
  const { vector: gradient, ...read } = readBoth(options, weights, gradients, nothing), { theta } = read.network;
  if (gradient.data.every((value, i) => value === theta.data[i])) {
    throw mismatch(gradients, `numbers other than those of ${weights}`, 'the same');
  }
  if (areSwapped(lastLayer(theta), sharedLastLayer(gradient))) {
    const got = 'a last layer whose columns sum to 0, as those of a gradient do by Eq. (2), while those of ' +
      `${gradients} do not: are the two files swapped?`;
    throw mismatch(weights, 'the weights', got);
  }
  return {
    ...read,
    gradient,
    source: `${weights} and ${gradients}`,
    steps: 1,
    isUpdate: false,
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
  const momentum = options.number('momentum', { zero: true }) ?? 0;
  if (momentum >= 1) throw new InputError(`--momentum: expected a number below 1, got "${options.text('momentum')}"`);
  const noChange = ({ theta }: Network): ParameterVector => theta.like(theta.data.slice());
  const { vector: gradient, ...read } = readBoth(options, before, after, noChange);
  const { data } = gradient, { network } = read, gradients = gradientsInChange({ steps, momentum });
  for (let i = 0; i < data.length; i++) data[i] = (network.theta.data[i] - data[i]) / (learningRate * gradients);
  if (!data.every(Number.isFinite)) {
    throw mismatch(after, `a change that is finite when divided by η = ${learningRate}`, 'another');
  }
  if (data.every((value) => value === 0)) throw mismatch(after, `weights other than those of ${before}`, 'the same');
  const rule = momentum > 0 ? `SGD with momentum ${momentum}, whose buffer starts at zero` : 'plain SGD';
  const assumption = steps > 1
    ? `assumed: ${steps} steps of ${rule}, each on all of the images; their change gives a mean of their gradients, ` +
      'which is taken for the first one and then corrected by simulating the steps'
    : `assumed: one step of ${rule}${momentum > 0 ? '' : ', with no momentum from earlier steps'}`;
  return {
    ...read,
    gradient,
    source: `${before} and ${after}`,
    steps,
    ...(steps > 1 && { local: { learningRate, steps, momentum } }),
    isUpdate: true,
    assumptions: [assumption, ...read.assumptions],
  };
}

/** The types of layer that keep the range of the activation before them. */
const RANGE_KEEPING: readonly CheckpointLayer['type'][] = ['maxpool2d', 'averagepool2d', 'dropout'];

function activationsOf(layers: readonly CheckpointLayer[]): (AnyActivationName | undefined)[] {
  return layers.slice(0, -1).flatMap(({ type, activation }) => {
    if (activation === undefined && RANGE_KEEPING.includes(type)) return [];
    return [activation ?? ALL_ACTIVATIONS.find((name) => name === type)];
  });
}

/** What the description says of dropout: that before the last layer can be seen in a gradient, others are left out. */
function dropoutOf(layers: readonly CheckpointLayer[]): Partial<AuditInput> & Pick<AuditInput, 'assumptions'> {
  const dropouts = layers.filter((layer) => layer.type === 'dropout');
  const before = dropouts.find((layer) => layer === layers.at(-2) && layer.activation === undefined);
  const others = dropouts.filter((layer) => layer !== before);
  const assumption = 'assumed: no dropout except before the last layer; an earlier mask cannot be read off the ' +
    'gradient';
  return {
    ...(before && { dropout: before.p }),
    assumptions: others.length > 0 ? [assumption] : [],
  };
}

/**
 * The network of the first file, and the tensors of the second, laid out as its parameters.
 * @param otherwise a vector of the network's, with what a tensor holds that the second file does not have.
 */
function readBoth(
  options: Options, path: string, other: string, otherwise: (network: Network) => ParameterVector,
): Omit<AuditInput, 'gradient' | 'source' | 'steps' | 'isUpdate'> & { readonly vector: ParameterVector } {
  const name = options.text('last-layer');
  if (options.has('labels-only')) {
    for (const option of ['network', 'activation', 'size', 'mean', 'std', 'method', 'truth']) {
      if (options.has(option)) throw new InputError(`--${option}: expected without --labels-only, got both`);
    }
    const files = [path, other].map((file) => [file, readTensorFile(file, new Map())] as const);
    const { network, vector, name: lastLayer } = readLastLayer(files[0], files[1], name, otherwise);
    return { network, vector, activations: [], lastLayer, assumptions: [] };
  }
  if (name !== undefined) throw new InputError('--last-layer: expected with --labels-only, got it alone');
  try {
    const { network, layers, file } = readNetwork(options, path), others = readModelFile(other, layers);
    const { assumptions, ...dropout } = dropoutOf(layers);
    const guessed = options.has('size') ? [] : sizeNotes(network, file, layers);
    return {
      network,
      vector: loadInto(otherwise(network), others),
      activations: activationsOf(layers),
      ...dropout,
      lacking: unusedGradients(network, others, options.has('before') ? file : undefined),
      assumptions: [...guessed, ...assumptions, ...unusedNotes(network, layers, [file, others])],
    };
  } catch (error) {
    if (error instanceof InputError) throw new DescriptionError(error.message, { cause: error });
    throw error;
  }
}

function readNetwork(
  options: Options, path: string,
): { readonly network: Network; readonly layers: readonly CheckpointLayer[]; readonly file: ModelFile } {
  const description = options.text('network') ?? findFile(dirname(path), [DESCRIPTION]);
  const said = options.has('activation');
  if (description !== undefined && said) {
    const got = `it with ${description}, which has its own`;
    throw new InputError(`--activation: expected only with the authors' LeNet, got ${got}`);
  }
  const described = description === undefined
    ? lenetCheckpoint(options.choice('activation', ALL_ACTIVATIONS, 'sigmoid'))
    : parseNetworkDescription(readBytes(description).toString('utf8'), description);
  const assumed = description === undefined
    ? `; without ${DESCRIPTION} the network is taken for the authors' LeNet` : '';
  const layers = [...readNormalization(options, description, described), ...described];
  const file = readModelFile(path, layers, assumed), { tensors } = file, size = readSize(options);
  const first = `${layers.find(isWeighted)?.name}.weight`;
  if (description === undefined && !tensors.has(first)) {
    const expected = `the tensors of the authors' LeNet, ${first}, …, or ${join(dirname(path), DESCRIPTION)}`;
    throw mismatch(path, expected, firstNames(tensors));
  }
  const network = inFile(file, () => networkFrom(tensors, { layers, ...(size && { size }) }), assumed);
  return { network, layers, file };
}

/** The vector, with the tensors that the file has. @throws {InputError} if it has none of them. */
function loadInto(vector: ParameterVector, file: ModelFile): ParameterVector {
  const tensors = tensorsOf(vector, file.tensors), names = [...vector.tensors.keys()];
  if (tensors.size === 0) throw mismatch(file.path, `one of ${names.join(', ')}`, firstNames(file.tensors));
  return inFile(file, () => {
    for (const [name, { data }] of tensors) expectFinite(name, data);
    for (const [name, tensor] of tensors) {
      const bias = tensors.get(name.replace(/weight$/, 'bias'));
      if (name.endsWith('.weight')) expectPyTorchLayout(name, tensor, bias);
    }
    return loadParameters(vector, new Map([...vector.tensors, ...tensors]));
  });
}

/**
 * Whether the weights look like a gradient, of fewer images than classes, and the gradient does not: by Eq. (2) the
 * columns of ∂W sum to 0. Those of trained weights may do so too, but then they have full rank.
 */
function areSwapped(weights: LastLayer, gradient: LastLayer): boolean {
  const { weight } = weights, found = diagnose({ weight }, weights), other = diagnose(gradient, weights);
  return found.relativeNoise < BALANCED && found.rank < weight.shape[0] - 1 && other.relativeNoise > UNBALANCED;
}

/** The sums of the columns, relative to the numbers: rounding to bfloat16 leaves less than the first. */
const BALANCED = 0.01, UNBALANCED = 0.1;

function readSize(options: Options): readonly [number, number] | undefined {
  const text = options.text('size');
  if (text === undefined) return undefined;
  const match = /^([1-9]\d{0,3}),([1-9]\d{0,3})$/.exec(text);
  if (!match) throw new InputError(`--size: expected height and width in pixels, such as 28,28, got "${text}"`);
  return [Number(match[1]), Number(match[2])];
}
