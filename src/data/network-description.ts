/**
 * @file Reads the description of a network that stands beside its weights, network.json:
 *
 *   { "layers": [
 *       { "type": "conv2d", "name": "conv1", "kernel": 5, "stride": 2, "padding": 2, "activation": "sigmoid" },
 *       { "type": "linear", "name": "fc" } ] }
 *
 * What it means, and what may be left out, is in layers/stack.ts and nn/checkpoint.ts.
 */
import { ACTIVATIONS } from '../nn/activation.ts';
import type { CheckpointLayer } from '../layers/checkpoint.ts';
import { mismatch } from './dataset.ts';
import { quote } from './tensors.ts';

type Json = Readonly<Record<string, unknown>>;

/** The most layers: deeper than any stack that fits in memory here. */
const MOST_LAYERS = 256;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Anything as a message shows it; lists and objects, which may be deep, by their kind. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'an object' : quote(String(value));
}

interface Check {
  readonly is: (value: unknown) => boolean;
  readonly expected: string;
}

const wholeNumber = (least: number, most = 1024): Check => ({
  is: (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  expected: `a whole number from ${least} to ${most}`,
});

/** What each key of a layer takes, by its type; all but type and name may be left out. */
const NAME: Check = {
  is: (value) => typeof value === 'string' && value !== '',
  expected: 'the name of its tensors, without .weight',
};
const ACTIVATION: Check = {
  is: (value) => (ACTIVATIONS as readonly unknown[]).includes(value),
  expected: `one of ${ACTIVATIONS.join(', ')}`,
};
const KEYS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  conv2d: {
    name: NAME, kernel: wholeNumber(1), stride: wholeNumber(1), padding: wholeNumber(0), activation: ACTIVATION,
  },
  linear: { name: NAME, activation: ACTIVATION },
};

/**
 * The layers of a description; `name` is the file's in messages.
 * @throws {InputError} naming the layer and key that is not as above.
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
    if (read.findIndex((other) => other.name === layer.name) < k) {
      throw mismatch(`${name}, layer ${k}, name`, 'another than the layers before it have', quote(layer.name));
    }
  });
  return read;
}

function readLayer(layer: unknown, where: string): CheckpointLayer {
  if (!isObject(layer)) throw mismatch(where, 'an object', show(layer));
  const { type, ...rest } = layer, types = Object.keys(KEYS);
  if (typeof type !== 'string' || !types.includes(type)) {
    throw mismatch(where, `a type, ${types.join(' or ')}`, show(type));
  }
  for (const key of Object.keys(rest)) {
    if (Object.hasOwn(KEYS[type], key)) continue;
    throw mismatch(where, `the keys type, ${Object.keys(KEYS[type]).join(', ')}`, quote(key));
  }
  for (const [key, { is, expected }] of Object.entries(KEYS[type])) {
    if (!(key in rest || key === 'name') || is(rest[key])) continue;
    throw mismatch(`${where}, ${key}`, expected, show(rest[key]));
  }
  return layer as unknown as CheckpointLayer;
}
