/**
 * @file A folder of pictures with one subfolder per class, as in LFW: lfw/Aaron_Eckhart/Aaron_Eckhart_0001.png. The
 * pictures are PNGs of any size; each is read when it is asked for, resized and converted to RGB.
 *
 * Classes are numbered by the subfolders' names in code-unit order, so that a label means the same on every machine.
 * LFW: G. Huang, M. Ramesh, T. Berg and E. Learned-Miller, "Labeled Faces in the Wild", 2007.
 */
import { join, resolve } from 'node:path';
import { type Dataset, expectIndex, mismatch, oneLine } from './dataset.ts';
import type { Source } from './download.ts';
import { expectFolder, isFolder, list, quotedForShell } from './files.ts';
import { readPng } from './png.ts';
import { toRgb, toTensor } from './raster.ts';
import { resize } from './resize.ts';

/** People in LFW, and outputs of the paper's network, however many of their folders are on this disk. */
const LFW_PEOPLE = 5749;

export interface ImageFolderOptions {
  /** The data set's name; the folder's path by default. */
  readonly name?: string;
  /** Outputs of the network; the number of subfolders by default, and never less. */
  readonly classes?: number;
  /** Width and height of the images in pixels; 32 by default. */
  readonly side?: number;
}

/** The shell command that puts a PNG beside every JPEG below `dir`. */
export function conversion(dir: string): string {
  return `find ${quotedForShell(resolve(dir))} -iname '*.jp*g' -exec mogrify -format png {} +`;
}

/**
 * The PNG files in the subfolders of `dir`. A subfolder without any still takes a class number; hidden files and
 * folders do not count.
 * @throws {InputError} if there are none, with a command that makes them if there are JPEGs.
 */
export function imageFolder(dir: string, options: ImageFolderOptions = {}): Dataset {
  const { name = oneLine(dir), classes = 0, side = 32 } = options;
  expectFolder(dir);
  const classNames = list(dir).filter((entry) => isFolder(join(dir, entry)));
  const files = classNames.flatMap((folder, label) =>
    list(join(dir, folder)).map((file) => ({ path: join(dir, folder, file), label })),
  );
  const pictures = files.filter(({ path }) => /\.png$/i.test(path));
  if (pictures.length === 0) {
    const areJpegs = files.some(({ path }) => /\.jpe?g$/i.test(path));
    const got = areJpegs ? `JPEGs, which this converts: ${conversion(dir)}` : `none in ${classNames.length} subfolders`;
    throw mismatch(dir, 'PNG files in one subfolder per class', got);
  }
  return {
    name,
    shape: [3, side, side],
    classes: Math.max(classes, classNames.length),
    size: pictures.length,
    classNames,
    example(index) {
      expectIndex(name, index, pictures.length);
      const { path, label } = pictures[index];
      return { image: toTensor(toRgb(resize(readPng(path), side, side))), label };
    },
  };
}

/** As scikit-learn lists it. */
export const LFW_SOURCE: Source = {
  urls: ['https://ndownloader.figshare.com/files/5976018'],
  files: [{ name: 'lfw.tgz', sha256: '055f7d9c632d7370e6fb4afc7468d40f970c34a80d4c6f50ffec63f5a8d536c0' }],
  folder: 'lfw',
  unpacked: 'Aaron_Eckhart',
  about: '180 MB',
  next: (folder) => `its pictures are JPEGs; this command makes the PNGs that the program reads: ${conversion(folder)}`,
};

/** LFW from `dir` or `dir`/lfw, 32×32 as in the paper. @throws {InputError} as `imageFolder` does. */
export function lfw(dir: string): Dataset {
  const inside = join(dir, 'lfw');
  return imageFolder(isFolder(inside) ? inside : dir, { name: 'LFW', classes: LFW_PEOPLE });
}
