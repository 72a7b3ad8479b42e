/**
 * @file Whether a reconstruction is still recognised by a network that was trained on clean images of the data set.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { InputError } from '../data/dataset.ts';
import { readBytes } from '../data/files.ts';
import { parseSafetensors } from '../data/safetensors.ts';
import { lenet } from '../kernels/lenet.ts';
import { loadParameters } from '../layers/load-parameters.ts';
import type { Network } from '../nn/network.ts';
import { expectFinite, view, type Tensor } from '../tensor/tensor.ts';
import { argmax } from '../tensor/vector.ts';

/**
 * A LeNet with sigmoids for images of this shape, with weights that `train` has written.
 * @throws {InputError} if the file is missing, or has other tensors.
 */
export function readClassifier(path: string, [channels, height, width]: readonly number[], classes: number): Network {
  const expected = `${path}: expected weights that \`train\` has written`;
  if (!existsSync(path)) throw new InputError(`${expected}, got nothing there`);
  const network = lenet({ channels, height, width, classes, seed: 0 });
  try {
    loadParameters(network.theta, parseSafetensors(readBytes(path), path));
  } catch (error) {
    throw new InputError(`${expected}; ${(error as Error).message}`);
  }
  expectFinite(path, network.theta.data);
  return network;
}

/** The first digits of the SHA-256 of a file, which tells runs with different classifiers apart. */
export const hashOf = (path: string): string =>
  createHash('sha256').update(readBytes(path)).digest('hex').slice(0, 12);

/** Whether the classifier assigns the image, its pixels clamped to [0, 1], to this class. */
export function recognises(classifier: Network, { shape, data }: Tensor, label: number): boolean {
  if (!data.every(Number.isFinite)) return false;
  const clamped = data.map((value) => Math.min(1, Math.max(0, value)));
  return argmax(classifier.logits(view(clamped, [1, ...shape])).data) === label;
}
