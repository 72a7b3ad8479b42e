/**
 * @file MNIST in its own format, IDX, plain or gzipped. All numbers are big-endian:
 *
 *   images  00 00 08 03 · count · rows · columns · one byte per pixel, 0 black, row by row
 *   labels  00 00 08 01 · count · one byte per label
 *
 * In the magic number, 08 stands for bytes, and the last digit is the number of sizes that follow.
 * Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits".
 */
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Dataset, expectIndex, MAX_BYTES, mismatch } from './dataset.ts';
import type { Source } from './download.ts';
import { expectFolder, findFile, readBytes } from './files.ts';
import { planes } from './raster.ts';

/** As torchvision lists it. */
export const MNIST_SOURCE: Source = {
  urls: [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
  ],
  files: ([
    ['train-images-idx3-ubyte.gz', 9912422, '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609'],
    ['train-labels-idx1-ubyte.gz', 28881, '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c'],
    ['t10k-images-idx3-ubyte.gz', 1648877, '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6'],
    ['t10k-labels-idx1-ubyte.gz', 4542, 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6'],
  ] as const).map(([name, size, sha256]) => ({ name, size, sha256 })),
  folder: 'mnist',
  about: '12 MB',
};

const DIGITS = 10;
const MAX_SIDE = 256;

export interface Idx {
  /** The file, for messages. */
  readonly name: string;
  /** [count, rows, columns] of images, [count] of labels. */
  readonly sizes: readonly number[];
  readonly bytes: Uint8Array;
}

const hex = (word: number): string => `0x${word.toString(16).padStart(8, '0')}`;

/**
 * An IDX file of bytes with `rank` sizes: 3 for images, 1 for labels.
 * @throws {InputError} if the magic number is another, a size is zero, or the file is not as long as it says.
 */
export function parseIdx(file: Uint8Array, rank: 1 | 3, name: string): Idx {
  const header = 4 + 4 * rank;
  if (file.length < header) throw mismatch(name, `a header of ${header} bytes`, `a file of ${file.length}`);
  const words = new DataView(file.buffer, file.byteOffset, header);
  const magic = words.getUint32(0);
  if (magic !== 0x800 + rank) throw mismatch(name, `magic number ${hex(0x800 + rank)}`, hex(magic));
  const sizes = Array.from({ length: rank }, (_, i) => words.getUint32(4 + 4 * i));
  if (sizes.includes(0)) throw mismatch(name, 'positive sizes', sizes.join('x'));
  const length = header + sizes.reduce((a, b) => a * b);
  if (file.length !== length) throw mismatch(name, `${length} bytes for ${sizes.join('x')}`, file.length);
  return { name, sizes, bytes: file.subarray(header) };
}

/**
 * The content of a file that may be gzipped: its first bytes tell, because browsers save unpacked files as .gz.
 * @throws {InputError} if it is damaged or unpacks to more than MAX_BYTES.
 */
export function gunzip(file: Uint8Array, name: string): Uint8Array {
  if (file[0] !== 0x1f || file[1] !== 0x8b) return file;
  try {
    return gunzipSync(file, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw mismatch(name, `at most ${MAX_BYTES} bytes unpacked`, 'more', error);
    throw mismatch(name, 'a sound gzip file', `"${message}"`, error);
  }
}

/** Images and their labels as a data set of ten classes. @throws {InputError} if they do not belong together. */
export function labelledDigits(name: string, images: Idx, labels: Idx): Dataset {
  const [size, rows, columns] = images.sizes;
  const shape = [1, rows, columns] as const;
  const pixels = rows * columns;
  if (Math.max(rows, columns) > MAX_SIDE) {
    throw mismatch(images.name, `1 to ${MAX_SIDE} pixels a side`, `images of impossible size ${columns}x${rows}`);
  }
  if (labels.bytes.length !== size) throw mismatch(labels.name, `${size} labels`, labels.bytes.length);
  const wrong = labels.bytes.findIndex((label) => label >= DIGITS);
  if (wrong >= 0) throw mismatch(labels.name, 'labels 0 to 9', `${labels.bytes[wrong]} at index ${wrong}`);
  return {
    name,
    shape,
    classes: DIGITS,
    size,
    example(index) {
      expectIndex(name, index, size);
      const image = planes(images.bytes.subarray(index * pixels, (index + 1) * pixels), shape);
      return { image, label: labels.bytes[index] };
    },
  };
}

/** The names a file of MNIST goes by: with a hyphen, with a dot as some unpackers leave it, and each gzipped. */
function spellings(stem: string, idx: string): string[] {
  return ['', '.gz'].flatMap((end) => ['-', '.'].map((mark) => `${stem}${mark}${idx}-ubyte${end}`));
}

/**
 * MNIST from `dir`, `dir`/mnist or `dir`/MNIST/raw: the training images if both their files are there, otherwise the
 * test images, t10k.
 * @throws {InputError} if neither is there, or a file is damaged.
 */
export function mnist(dir: string): Dataset {
  expectFolder(dir);
  for (const part of ['train', 't10k']) {
    for (const folder of [dir, join(dir, 'mnist'), join(dir, 'MNIST', 'raw')]) {
      const images = findFile(folder, spellings(`${part}-images`, 'idx3'));
      const labels = findFile(folder, spellings(`${part}-labels`, 'idx1'));
      if (!images || !labels) continue;
      const read = (path: string, rank: 1 | 3): Idx => parseIdx(gunzip(readBytes(path), path), rank, path);
      return labelledDigits(`MNIST (${part})`, read(images, 3), read(labels, 1));
    }
  }
  const files = 'train-images-idx3-ubyte and train-labels-idx1-ubyte, or t10k-…, plain or .gz';
  throw mismatch(dir, `MNIST's ${files}, here or in mnist/ or MNIST/raw/`, 'neither pair');
}
