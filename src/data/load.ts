/**
 * @file The data sets by name, one row each. To add one, write its file and a row here.
 */
import { cifar100, CIFAR100_SOURCE } from './cifar.ts';
import { InputError, type Dataset } from './dataset.ts';
import type { Source } from './download.ts';
import { mnist, MNIST_SOURCE } from './idx.ts';
import { lfw, LFW_SOURCE } from './image-folder.ts';
import { digits, pictures } from './synthetic.ts';

interface DatasetRow {
  /** For a person, as the head of a column. */
  readonly title: string;
  /** Opens the data set; `dir` is the folder with its files, if it has any. */
  readonly open: (dir: string) => Dataset;
  /** Where its files come from; a drawn data set has none. */
  readonly source?: Source;
}

export const DATASETS: Readonly<Record<string, DatasetRow>> = {
  digits: { title: 'drawn digits', open: () => digits() },
  pictures: { title: 'drawn pictures', open: () => pictures() },
  mnist: { title: 'MNIST', open: mnist, source: MNIST_SOURCE },
  cifar100: { title: 'CIFAR-100', open: cifar100, source: CIFAR100_SOURCE },
  lfw: { title: 'LFW', open: lfw, source: LFW_SOURCE },
};

const NAMES: readonly string[] = Object.keys(DATASETS);

/** The data sets that are read from files: the names that `loadDataset` takes. */
export const DATASET_NAMES = NAMES.filter((name) => DATASETS[name].source);
/** The data sets that are drawn and need no files. */
export const DRAWN_NAMES = NAMES.filter((name) => !DATASETS[name].source);

/** A data set's name for a person. */
export const datasetTitle = (name: string): string => (Object.hasOwn(DATASETS, name) ? DATASETS[name].title : name);

/**
 * A data set from the files in `dir`.
 * @throws {InputError} if `name` is not in DATASET_NAMES, or files are missing or damaged.
 */
export function loadDataset(name: string, dir: string): Dataset {
  if (DATASET_NAMES.includes(name)) return DATASETS[name].open(dir);
  throw new InputError(`data set: expected one of ${DATASET_NAMES.join(', ')}, got ${name}`);
}
