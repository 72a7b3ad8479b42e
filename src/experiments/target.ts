/**
 * @file What is attacked: an image of a data set with its class, or a picture of the user's own.
 */
import { existsSync } from 'node:fs';
import { InputError, oneLine, type Dataset } from '../data/dataset.ts';
import { DATASETS, DRAWN_NAMES } from '../data/load.ts';
import { readPng } from '../data/png.ts';
import { cropToSquare, middleSquare, toTensor } from '../data/raster.ts';
import { resize } from '../data/resize.ts';
import { subset, type Examples } from '../beyond/training/train.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Options, OptionTable } from './options.ts';
import { PROGRAM } from './program.ts';

/** The folder in which the files of a data set are looked for. */
export const DEFAULT_DATA = 'data';

/** The largest side, in pixels, at which a user's picture keeps its size; a larger one is scaled, as LFW's are. */
const LARGEST_SIDE = 64;
const SCALED_SIDE = 32;

/** For the help: what becomes of a picture that is larger. */
export const LARGE_PICTURES = `if a side has more than ${LARGEST_SIDE} pixels, the middle square is scaled to ` +
  `${SCALED_SIDE}×${SCALED_SIDE}`;

export interface Target {
  /** The data set's name on the command line, or `image` for a picture of the user's own. */
  readonly dataset: string;
  /** For a person: `digits, image 3`. */
  readonly title: string;
  /** The image's number in its data set; null for a picture of the user's own. */
  readonly index: number | null;
  readonly image: Tensor;
  readonly label: number;
  /** The class in words, if it has a name. */
  readonly className?: string | undefined;
  /** Outputs of the network. */
  readonly classes: number;
}

/** The options that name a data set; @param use what it is used for: `that the images are from`. */
export const datasetOptions = (use: string): OptionTable => ({
  dataset: {
    choices: Object.keys(DATASETS),
    about: `the data set ${use}; ${DRAWN_NAMES.join(' and ')} are drawn by code and need no files [${DRAWN_NAMES[0]}]`,
  },
  data: { value: 'DIR', about: `folder with the files of the other data sets [${DEFAULT_DATA}]` },
});

/** The data set that these options name, and the folder of its files. @throws {InputError} if --data has no use. */
export function chosenDataset(options: Options): { readonly name: string; readonly dir: string } {
  const name = options.text('dataset') ?? DRAWN_NAMES[0];
  if (options.has('data') && DRAWN_NAMES.includes(name)) {
    throw new InputError(`--data: expected only with a data set that has files, got --dataset ${name}, which is drawn`);
  }
  return { name, dir: options.text('data') ?? DEFAULT_DATA };
}

/** The data set `name`, its files in `dir`. @throws {InputError} if files are missing or damaged. */
export function openDataset(name: string, dir: string): Dataset {
  const { open, source } = DATASETS[name];
  if (!source) return open(dir);
  const hint = `; \`${PROGRAM} data ${name}${dir === DEFAULT_DATA ? '' : ` --out ${dir}`}\` fetches them`;
  if (!existsSync(dir)) {
    throw new InputError(`${dir}: expected the folder with the files of ${name}, got nothing there${hint}`);
  }
  try {
    return open(dir);
  } catch (error) {
    // An error about the folder means that files are missing; one about a file, that it is damaged.
    const isMissing = error instanceof InputError && error.message.startsWith(`${dir}: `);
    throw isMissing ? new InputError(error.message + hint, { cause: error }) : error;
  }
}

/** For the help of the commands that train. */
export const HELD_OUT = 'The network learns from the first four fifths of the data set, and the last fifth is held ' +
  'out. lfw is sorted by person, so hardly any of the people held out were seen in training.';

/**
 * The first four fifths of a data set, from which networks learn, and the last fifth, on which they are tested.
 * @throws {InputError} if there are fewer than five images.
 */
export function splitToLearn(all: Dataset): { readonly learnt: Examples; readonly heldOut: Examples } {
  const end = all.size - Math.floor(all.size / 5);
  if (end === all.size) {
    throw new InputError(`${all.name}: expected at least 5 images, to hold a fifth of them out, got ${all.size}`);
  }
  return { learnt: subset(all, 0, end), heldOut: subset(all, end, all.size) };
}

/** Image `index` of a data set. @throws {InputError} if there is none, or its class is not below `classes`. */
export function datasetTarget(name: string, dir: string, index: number, classes?: number): Target {
  const dataset = openDataset(name, dir);
  if (index >= dataset.size) {
    throw new InputError(`--index: expected 0 to ${dataset.size - 1} for ${dataset.name}, got ${index}`);
  }
  return exampleTarget(name, dataset, index, classes);
}

/** Image `index` of an open data set. @throws {InputError} if it is damaged, or its class is not below `classes`. */
export function exampleTarget(name: string, dataset: Dataset, index: number, classes?: number): Target {
  const { image, label } = dataset.example(index);
  return {
    dataset: name,
    title: oneLine(`${dataset.name}, image ${index}`),
    index,
    image,
    label,
    className: dataset.classNames && oneLine(dataset.classNames[label]),
    classes: checkClasses(classes ?? dataset.classes, label),
  };
}

/** A PNG of the user's own. @throws {InputError} if it is missing or damaged, or the label is not a class. */
export function imageTarget(path: string, label: number, classes: number): Target {
  const raster = readPng(path);
  const large = Math.max(raster.width, raster.height) > LARGEST_SIDE;
  const square = cropToSquare(raster), { side } = middleSquare(raster.width, raster.height);
  const image = toTensor(large ? resize(square, SCALED_SIDE, SCALED_SIDE) : raster);
  const title = oneLine(large ? `${path}, its middle ${side}×${side} scaled to ${SCALED_SIDE}×${SCALED_SIDE}` : path);
  return { dataset: 'image', title, index: null, image, label, classes: checkClasses(classes, label) };
}

function checkClasses(classes: number, label: number): number {
  if (label >= classes) {
    throw new InputError(`the image's label: expected 0 to ${classes - 1} for --classes ${classes}, got ${label}`);
  }
  return classes;
}
