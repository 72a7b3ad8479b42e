/**
 * @file A file of tensors for a network whose layers are described: the tensors by the layers' names, and the notes on
 * what the layers do not use of them, and on an image size that had to be guessed.
 */
import { InputError, mismatch } from '../data/dataset.ts';
import { readTensorFile } from '../data/tensor-file.ts';
import type { OtherTypes, Tensors } from '../data/tensors.ts';
import { buffersOf, nameAfter, otherSizes, type CheckpointLayer } from '../layers/checkpoint.ts';
import type { Network } from '../nn/network.ts';

export interface ModelFile {
  readonly path: string;
  readonly tensors: Tensors;
  /** Those that are no such numbers, as BatchNorm's int64 counters are not, and their types. */
  readonly others: OtherTypes;
}

const NUMBERS = 'floating-point numbers of 16, 32 or 64 bits';

/**
 * @param more what an error ends in.
 * @throws {InputError} if the file is damaged, holds no floating-point numbers, or not the layers' tensors in order.
 */
export function readModelFile(path: string, layers: readonly CheckpointLayer[], more = ''): ModelFile {
  const others: OtherTypes = new Map(), file = { path, tensors: readTensorFile(path, others), others };
  const tensors = inFile(file, () => nameAfter(layers, file.tensors), more);
  if (tensors.size > 0 || others.size === 0) return { ...file, tensors };
  const types = [...new Set(others.values())].join(', ');
  throw mismatch(path, `tensors of ${NUMBERS}`, `tensors of type ${types} only`);
}

/**
 * What `read` returns; a RangeError becomes an InputError that names the file, and the type of a tensor at fault, and
 * ends in `more`.
 */
export function inFile<T>({ path, others }: ModelFile, read: () => T, more = ''): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const name = error.message.slice(0, error.message.indexOf(':'));
    const type = [...others].find(([other]) => other === name || other.endsWith(`.${name}`))?.[1];
    const message = type === undefined ? error.message : `${name}: expected ${NUMBERS}, got ${type}`;
    throw new InputError(`${path}: ${message}${more}`, { cause: error });
  }
}

/** The most names in a note. */
const MOST_NAMES = 8;

const list = (names: readonly string[]): string =>
  names.slice(0, MOST_NAMES).join(', ') + (names.length > MOST_NAMES ? `, … (${names.length})` : '');

const unusedOf = ({ theta }: Network, { tensors }: ModelFile): string[] =>
  [...tensors.keys()].filter((name) => !theta.tensors.has(name));

/** A note that lists the tensors that no layer uses, if there are any. A layer's buffers are none of them. */
export function unusedNotes(
  network: Network, layers: readonly CheckpointLayer[], files: readonly ModelFile[],
): string[] {
  const buffers = buffersOf(layers), isBuffer = (name: string): boolean =>
    buffers.some((buffer) => name === buffer || name.endsWith(`.${buffer}`));
  const lists = files.flatMap((file) => {
    const unused = [...unusedOf(network, file), ...file.others.keys()].filter((name) => !isBuffer(name));
    return unused.length === 0 ? [] : [`${list(unused)} in ${file.path}`];
  });
  return lists.length === 0 ? [] : [`ignored, because no layer of the description uses them: ${lists.join('; ')}`];
}

/** What changes without a gradient: BatchNorm's statistics. */
const BUFFER = /(^|\.)running_(mean|var)$/;

/**
 * A sentence on tensors that have a gradient, and so a layer, but none that is described.
 * @param before the weights of which `shared` is a change; undefined if it is a gradient.
 */
export function unusedGradients(network: Network, shared: ModelFile, before: ModelFile | undefined): string[] {
  const names = unusedOf(network, shared).filter((name) => {
    const { data } = shared.tensors.get(name)!, from = before?.tensors.get(name)?.data;
    return !BUFFER.test(name) && (before ? from && data.some((v, i) => v !== from[i]) : data.some((v) => v !== 0));
  });
  return names.length === 0 ? [] : [`no layer of the description uses ${list(names)}, but there are gradients for ` +
    `${names.length === 1 ? 'it' : 'them'}: the description lacks a layer`];
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
