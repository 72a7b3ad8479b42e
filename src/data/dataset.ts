/**
 * @file A data set as the attacks see it, labelled images of one shape that are read one at a time; and the error that
 * reports a user's mistake with a file or an option.
 */
import type { Tensor } from '../tensor/tensor.ts';

/** One image [channels, height, width], pixels in [0, 1] (byte / 255), and its class in {0, …, classes − 1}. */
export interface Example {
  readonly image: Tensor;
  readonly label: number;
}

export interface Dataset {
  /** Short name for a person: `MNIST (t10k)`. */
  readonly name: string;
  /** [channels, height, width] of every image. */
  readonly shape: readonly [number, number, number];
  /** The number of classes, and of the network's outputs. */
  readonly classes: number;
  /** The number of images. */
  readonly size: number;
  /** Names of the classes, if the data set has any. */
  readonly classNames?: readonly string[];
  /** Image number `index`. @throws {InputError} if it is not in {0, …, size − 1}, or its file is damaged. */
  example(index: number): Example;
}

/** `text` on one line, as messages and names must be, whatever characters a file's name contains. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, '?');
}

/** A user's mistake: the message is one line that names the file or option, what was expected and what was found. */
export class InputError extends Error {
  override name = 'InputError';

  constructor(message: string, options?: ErrorOptions) {
    super(oneLine(message), options);
  }
}

/** The most bytes a file, or what is unpacked from it, may have. CIFAR-100's train.bin has 154 million. */
export const MAX_BYTES = 2 ** 28;

/** The error of a file `name` that is not what was expected: the one form of every message about one. */
export function mismatch(name: string, expected: string, got: string | number, cause?: unknown): InputError {
  return new InputError(`${name}: expected ${expected}, got ${got}`, { cause });
}

/** @throws {InputError} naming the data set, the range and the index asked for. */
export function expectIndex(name: string, index: number, size: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new InputError(`${name}: expected an index from 0 to ${size - 1}, got ${index}`);
  }
}
