/**
 * @file CIFAR-100 in its binary version. A record is 3,074 bytes:
 *
 *   coarse label, one of 20 · fine label, one of 100 · 32×32 red · 32×32 green · 32×32 blue
 *
 * The class is the fine label. A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
 */
import { join } from 'node:path';
import { type Dataset, expectIndex, mismatch } from './dataset.ts';
import type { Source } from './download.ts';
import { expectFolder, findFile, readBytes } from './files.ts';
import { planes } from './raster.ts';

/** As torchvision lists it. */
export const CIFAR100_SOURCE: Source = {
  urls: ['https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz'],
  files: [{
    name: 'cifar-100-binary.tar.gz',
    size: 168513733,
    sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
  }],
  folder: 'cifar-100-binary',
  unpacked: 'train.bin',
  about: '169 MB',
};

const SHAPE = [3, 32, 32] as const;
const LABELS = 2;
const RECORD = LABELS + 3 * 32 * 32;
const COARSE = 20;
const FINE = 100;

/**
 * Records as a data set called `about.name`; `name` is the file's in messages. The bytes stay as they are, and an
 * example becomes a tensor when it is asked for.
 * @throws {InputError} if `file` is not a whole number of records or a label is out of range.
 */
export function parseCifar100(file: Uint8Array, name: string, about: Pick<Dataset, 'name' | 'classNames'>): Dataset {
  const size = file.length / RECORD;
  if (!Number.isInteger(size) || size === 0) {
    throw mismatch(name, `one or more records of ${RECORD} bytes`, `a file of ${file.length}`);
  }
  for (let i = 0; i < size; i++) {
    const coarse = file[i * RECORD];
    const fine = file[i * RECORD + 1];
    if (coarse >= COARSE) throw mismatch(name, `coarse labels 0 to ${COARSE - 1}`, `${coarse} at index ${i}`);
    if (fine >= FINE) throw mismatch(name, `fine labels 0 to ${FINE - 1}`, `${fine} at index ${i}`);
  }
  return {
    ...about,
    shape: SHAPE,
    classes: FINE,
    size,
    example(index) {
      expectIndex(about.name, index, size);
      const record = file.subarray(index * RECORD, (index + 1) * RECORD);
      return { image: planes(record.subarray(LABELS), SHAPE), label: record[1] };
    },
  };
}

/** The names of the classes, one per line, if the file that holds them is in `folder`. */
function readClassNames(folder: string): Pick<Dataset, 'classNames'> {
  const path = findFile(folder, ['fine_label_names.txt']);
  if (!path) return {};
  const classNames = readBytes(path).toString('utf8').trimEnd().split(/\r?\n/);
  if (classNames.length !== FINE) throw mismatch(path, `${FINE} lines`, classNames.length);
  return { classNames };
}

/**
 * CIFAR-100 from `dir`, `dir`/cifar-100-binary or `dir`/cifar100: train.bin if it is there, otherwise test.bin.
 * @throws {InputError} if neither is there, or a file is damaged.
 */
export function cifar100(dir: string): Dataset {
  expectFolder(dir);
  for (const part of ['train', 'test']) {
    for (const folder of [dir, join(dir, 'cifar-100-binary'), join(dir, 'cifar100')]) {
      const path = findFile(folder, [`${part}.bin`]);
      if (!path) continue;
      return parseCifar100(readBytes(path), path, { name: `CIFAR-100 (${part})`, ...readClassNames(folder) });
    }
  }
  throw mismatch(dir, "CIFAR-100's train.bin or test.bin, here or in cifar-100-binary/ or cifar100/", 'neither');
}
