/**
 * @file The paper's data sets by name.
 */
import { cifar100 } from './cifar.ts';
import { InputError, type Dataset } from './dataset.ts';
import { mnist } from './idx.ts';
import { lfw } from './image-folder.ts';

const LOADERS = { mnist, cifar100, lfw };

export type DatasetName = keyof typeof LOADERS;

/** The names `loadDataset` takes. */
export const DATASET_NAMES = Object.keys(LOADERS) as DatasetName[];

/**
 * A data set of the paper from the files in `dir`.
 * @throws {InputError} where `name` is none of DATASET_NAMES, or files are missing or damaged.
 */
export function loadDataset(name: string, dir: string): Dataset {
  const known = DATASET_NAMES.find((entry) => entry === name);
  if (!known) throw new InputError(`data set: expected one of ${DATASET_NAMES.join(', ')}, got ${name}`);
  return LOADERS[known](dir);
}
