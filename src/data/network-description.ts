/**
 * @file Reads network.json, the description of a network that lies beside its weights:
 *
 *   { "layers": [
 *       { "type": "conv2d", "name": "conv1", "kernel": 5, "stride": 2, "padding": 2, "activation": "sigmoid" },
 *       { "type": "maxpool2d", "kernel": 2 },
 *       { "type": "linear", "name": "fc" } ] }
 *
 * Layers of the same type and name are one layer that is used several times: their weights are tied. A layer without
 * tensors needs no name, such as { "type": "normalize", "mean": [0.1307], "std": [0.3081] }, which the client applies to
 * its pixels before the first layer, and { "type": "dropout", "p": 0.5 }.
 *
 * layers/checkpoint.ts says what a layer's tensors tell; layers/stack.ts, what the keys mean.
 */
import { ALL_ACTIVATIONS, type AnyActivationName } from '../layers/activations.ts';
import type { CheckpointLayer } from '../layers/checkpoint.ts';
import { mismatch } from './dataset.ts';
import { quote } from './tensors.ts';

type Json = Readonly<Record<string, unknown>>;

/** The most layers: more than a stack that fits in memory has. */
const MOST_LAYERS = 256;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value as an error shows it. Of a list or an object, which may be deep, only the kind. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'an object' : quote(String(value));
}

interface Check {
  readonly is: (value: unknown) => boolean;
  readonly expected: string;
  readonly isRequired?: true;
}

const wholeNumber = (least: number, most = 1024): Check => ({
  is: (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  expected: `a whole number from ${least} to ${most}`,
});

const NAME: Check = {
  is: (value) => typeof value === 'string' && value !== '',
  expected: 'the name of its tensors, without .weight',
  isRequired: true,
};
const ACTIVATION: Check = {
  is: (value) => (ALL_ACTIVATIONS as readonly unknown[]).includes(value),
  expected: `one of ${ALL_ACTIVATIONS.join(', ')}`,
};
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const POSITIVE: Check = { is: (value) => isNumber(value) && value > 0, expected: 'a number above 0' };
const MODE: Check = { is: (value) => value === 'train' || value === 'eval', expected: 'train or eval' };

/** The keys of a layer without tensors, which may have a name all the same. */
const PLAIN = { name: { is: NAME.is, expected: 'a name, or none' }, activation: ACTIVATION };
const POOLING = {
  ...PLAIN, kernel: { ...wholeNumber(1), isRequired: true }, stride: wholeNumber(1), padding: wholeNumber(0),
} as const;

const MEAN: Check = {
  is: (value) => Array.isArray(value) && value.length > 0 && value.every(isNumber),
  expected: 'a list of numbers, one for each channel or one for all',
  isRequired: true,
};
const STD: Check = {
  is: (value) => MEAN.is(value) && (value as number[]).every((number) => number > 0),
  expected: 'a list of numbers above 0, one for each channel or one for all',
  isRequired: true,
};
const RATE: Check = {
  is: (value) => isNumber(value) && value > 0 && value < 1,
  expected: 'a probability between 0 and 1',
  isRequired: true,
};

/** The keys of a layer of type T besides its type. */
type KeysOf<T> = Exclude<keyof Extract<CheckpointLayer, { readonly type: T }>, 'type'>;

/** What each key takes, one row per type of layer. All keys but type and those that are required may be absent. */
const KEYS: { readonly [T in CheckpointLayer['type']]: Readonly<Record<KeysOf<T>, Check>> } = {
  conv2d: {
    name: NAME, kernel: wholeNumber(1), stride: wholeNumber(1), padding: wholeNumber(0), activation: ACTIVATION,
  },
  linear: { name: NAME, activation: ACTIVATION },
  batchnorm2d: { name: NAME, eps: POSITIVE, mode: MODE, activation: ACTIVATION },
  maxpool2d: POOLING,
  averagepool2d: POOLING,
  normalize: { ...PLAIN, mean: MEAN, std: STD },
  dropout: { ...PLAIN, p: RATE },
  ...Object.fromEntries(ALL_ACTIVATIONS.map((f) => [f, PLAIN])) as Record<AnyActivationName, typeof PLAIN>,
  'leaky-relu': { ...PLAIN, slope: POSITIVE },
};

/**
 * The layers of a description.
 * @param name the name of the file, for errors.
 * @throws {InputError} naming the layer and the key at fault.
 */
export function parseNetworkDescription(text: string, name: string): CheckpointLayer[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw mismatch(name, 'JSON', 'other text', error);
  }
  const layers = isObject(json) && Object.keys(json).join() === 'layers' ? json.layers : undefined;
  if (!Array.isArray(layers)) throw mismatch(name, '{"layers": […]}', show(json));
  if (layers.length === 0 || layers.length > MOST_LAYERS) {
    throw mismatch(name, `1 to ${MOST_LAYERS} layers`, layers.length);
  }
  const read = layers.map((layer: unknown, k) => readLayer(layer, `${name}, layer ${k}`));
  read.forEach((layer, k) => {
    const other = read.findIndex((before) => layer.name !== undefined && before.name === layer.name);
    if (other < 0 || read[other].type === layer.type) return;
    const expected = `a name that no layer of another type has, as layer ${other}`;
    throw mismatch(`${name}, layer ${k}, name`, expected, quote(layer.name!));
  });
  return read;
}

function readLayer(layer: unknown, where: string): CheckpointLayer {
  if (!isObject(layer)) throw mismatch(where, 'an object', show(layer));
  const { type, ...rest } = layer, types = Object.keys(KEYS) as (keyof typeof KEYS)[];
  const known = types.find((name) => name === type);
  if (!known) throw mismatch(where, `a type, one of ${types.join(', ')}`, show(type));
  const checks: Readonly<Record<string, Check>> = KEYS[known];
  for (const key of Object.keys(rest)) {
    if (Object.hasOwn(checks, key)) continue;
    throw mismatch(where, `the keys type, ${Object.keys(checks).join(', ')}`, quote(key));
  }
  for (const [key, { is, expected, isRequired }] of Object.entries(checks)) {
    if (!(key in rest || isRequired) || is(rest[key])) continue;
    throw mismatch(`${where}, ${key}`, expected, show(rest[key]));
  }
  return layer as unknown as CheckpointLayer;
}
