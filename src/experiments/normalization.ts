/**
 * @file The options --mean and --std: a layer in front of the network that normalises the pixels as the client does.
 */
import { Normalize } from '../layers/normalize.ts';
import type { Network } from '../nn/network.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import { zeros, type Tensor } from '../tensor/tensor.ts';
import { InputError } from '../data/dataset.ts';
import type { CheckpointLayer } from '../layers/checkpoint.ts';
import type { Options, OptionTable } from './options.ts';

export const NORMALIZATION_OPTIONS: OptionTable = {
  mean: {
    value: 'M,…',
    about: 'what the client subtracts from its pixels, which lie in [0, 1]: a number for each channel, or one for all',
  },
  std: { value: 'S,…', about: 'what it then divides them by' },
};

/**
 * The layer, or none without the options.
 * @param description the name of the network's description, if there is one.
 * @param layers what it describes.
 * @throws {InputError} if one option lacks the other, is not a list of numbers, or the description normalises too.
 */
export function readNormalization(
  options: Options, description: string | undefined, layers: readonly CheckpointLayer[],
): readonly CheckpointLayer[] {
  const mean = numbers(options, 'mean'), std = numbers(options, 'std');
  if (!mean && !std) return [];
  if (!mean || !std) {
    const [given, missing] = mean ? ['mean', 'std'] : ['std', 'mean'];
    throw new InputError(`--${given}: expected it with --${missing}, got it alone`);
  }
  if (layers.some(({ type }) => type === 'normalize')) {
    throw new InputError(`--mean: expected it for a network without normalisation, got it with ${description}, which ` +
      'has its own');
  }
  const wrong = std.find((value) => value <= 0);
  if (wrong !== undefined) throw new InputError(`--std: expected numbers above 0, got ${wrong}`);
  return [{ type: 'normalize', mean, std }];
}

/**
 * Where a descent starts, [batch, channels, height, width]: pixels that are N(0, 1) once the network has normalised
 * them. Undefined if it does not; the attacks then start from N(0, 1) by themselves.
 */
export function normalizedStart(network: Network, batch: number, seed: number): Tensor | undefined {
  const [{ layer }] = network.withBatch(batch).layers.parts, noise = zeros(layer.inShape);
  if (!(layer instanceof Normalize)) return undefined;
  new Random(seed, STREAMS.start).fillNormal(noise.data);
  return layer.denormalize(noise);
}

function numbers(options: Options, name: 'mean' | 'std'): number[] | undefined {
  const text = options.text(name), values = text?.split(',').map(Number);
  if (!values || (values.every(Number.isFinite) && !/(^|,)\s*(,|$)/.test(text!))) return values;
  throw new InputError(`--${name}: expected numbers with commas between them, such as 0.5,0.4,0.4, got "${text}"`);
}
