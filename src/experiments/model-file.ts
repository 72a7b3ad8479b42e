/**
 * @file A file of tensors for a network whose layers are described: the tensors by the layers' names, and the notes on
 * what the layers do not use of them, and on an image size that had to be guessed.
 */
import { InputError, mismatch } from '../data/dataset.ts';
import { readTensorFile } from '../data/tensor-file.ts';
import type { OtherTypes, Tensors } from '../data/tensors.ts';
import { nameAfter, otherSizes, type CheckpointLayer } from '../layers/checkpoint.ts';
import type { Network } from '../nn/network.ts';

export interface ModelFile {
  readonly path: string;
  readonly tensors: Tensors;
  /** Those that are no floating-point numbers, such as BatchNorm's int64 counters, and their types. */
  readonly others: OtherTypes;
}

/** @throws {InputError} if the file is damaged, or holds no floating-point numbers. */
export function readModelFile(path: string, layers: readonly CheckpointLayer[]): ModelFile {
  const others: OtherTypes = new Map(), tensors = nameAfter(layers, readTensorFile(path, others));
  if (tensors.size > 0 || others.size === 0) return { path, tensors, others };
  const types = [...new Set(others.values())].join(', ');
  throw mismatch(path, 'tensors of floating-point numbers', `tensors of type ${types} only`);
}

/** What `read` returns; a RangeError becomes an InputError that names the file, and the type of a tensor at fault. */
export function inFile<T>({ path, others }: ModelFile, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const name = error.message.slice(0, error.message.indexOf(':'));
    const type = [...others].find(([other]) => other === name || other.endsWith(`.${name}`))?.[1];
    const message = type === undefined ? error.message : `${name}: expected floating-point numbers, got ${type}`;
    throw new InputError(`${path}: ${message}`, { cause: error });
  }
}

/** The most names in a note. */
const MOST_NAMES = 8;

/** A note that lists the tensors that no layer uses, if there are any. */
export function unusedNotes({ theta }: Network, files: readonly ModelFile[]): string[] {
  const lists = files.flatMap(({ path, tensors, others }) => {
    const unused = [...[...tensors.keys()].filter((name) => !theta.tensors.has(name)), ...others.keys()];
    const more = unused.length > MOST_NAMES ? `, … (${unused.length})` : '';
    return unused.length === 0 ? [] : [`${unused.slice(0, MOST_NAMES).join(', ')}${more} in ${path}`];
  });
  return lists.length === 0 ? [] : [`ignored, because no layer of the description uses them: ${lists.join('; ')}`];
}

/** A note that names the size of the image, if the weights allow others too. */
export function sizeNotes(
  { imageShape: [, height, width] }: Network, { tensors }: ModelFile, layers: readonly CheckpointLayer[],
): string[] {
  const { squares, rectangles } = otherSizes(tensors, layers), names = squares.map((side) => `${side}×${side}`);
  const shown = names.length > MOST_NAMES ? ['…', ...names.slice(-MOST_NAMES)] : names;
  const last = shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : shown.join('');
  if (names.length === 0 && !rectangles) return [];
  const allowed = names.length === 0 ? 'rectangles too' : `${last} too${rectangles ? ', and rectangles' : ''}`;
  return [`assumed: ${height}×${width} pixels; the weights allow ${allowed}; --size sets another`];
}
