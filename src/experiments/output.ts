/**
 * @file The folder that a command writes to, in which files appear whole or not at all, and what a command kept there.
 */
import { existsSync, mkdtempSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InputError, mismatch } from '../data/dataset.ts';
import { makeFolder, onDisk, readBytes, refused } from '../data/files.ts';
import { encodePng } from '../data/png.ts';
import { enlarge, toRaster } from '../data/raster.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { DEFAULT_KERNELS } from './kernels.ts';
import { PAPER_ACTIVATION, VERSION } from './protocol.ts';

export class OutputFolder {
  readonly path: string;

  /** Makes the folder and tests that it is writable, before any work. @throws {InputError} if it is not. */
  constructor(path: string) {
    this.path = path;
    onDisk(`--out ${path}`, 'a folder that can be written to', () => {
      makeFolder(resolve(path));
      rmdirSync(mkdtempSync(join(path, '.idlg-')));
    });
  }

  /** @throws {InputError} if there is a folder with the name of a file that will be written. */
  expectFree(names: readonly string[]): void {
    for (const name of names) {
      const path = join(this.path, name);
      if (existsSync(path) && statSync(path).isDirectory()) {
        throw new InputError(`--out ${this.path}: expected to write ${name}, got a folder of that name`);
      }
    }
  }

  /**
   * Writes a file in one step: under another name first, then renamed.
   * @param safe says what is not lost if that fails.
   * @throws {InputError} if it fails.
   */
  write(name: string, content: string | Uint8Array, safe = ''): void {
    const path = join(this.path, name);
    try {
      writeFileSync(`${path}.partial`, content);
      renameSync(`${path}.partial`, path);
    } catch (error) {
      rmSync(`${path}.partial`, { force: true });
      throw refused(path, 'to write it', error, safe);
    }
  }

  /**
   * Writes an image [channels, height, width] as a PNG, and beside it a copy in which each pixel is a square of pixels.
   * @returns the names of both.
   */
  writePicture(name: string, image: Tensor): string[] {
    const raster = toRaster(image), factor = Math.max(1, Math.ceil(LARGE / Math.min(raster.width, raster.height)));
    this.write(name, encodePng(raster));
    this.write(enlarged(name), encodePng(enlarge(raster, factor)));
    return [name, enlarged(name)];
  }
}

/** The least side of an enlarged picture, in pixels. */
const LARGE = 256;

/** The name of the enlarged copy of a picture. */
export const enlarged = (name: string): string => name.replace(/\.png$/, '-enlarged.png');

/** The values of fields that the first version of the program left out. */
const LEFT_OUT: Readonly<Record<string, unknown>> = { kernels: DEFAULT_KERNELS, activation: PAPER_ACTIVATION };

/**
 * What a command kept in a file; undefined if there is none.
 * @param kind its name, such as `a training run of train`; @param plan the fields that must agree with it.
 * @throws {InputError} if the file holds something else, or a field differs.
 */
export function readKept<Kept extends object>(
  path: string, kind: string, plan: Partial<Kept>, isWhole: (kept: Partial<Kept>) => boolean,
): Kept | undefined {
  if (!existsSync(path)) return undefined;
  let kept: Partial<Kept> | null;
  try {
    kept = JSON.parse(readBytes(path).toString('utf8'));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw mismatch(path, kind, 'no JSON', error);
  }
  for (const [key, value] of Object.entries(plan)) {
    const { [key]: got = LEFT_OUT[key] } = (kept ?? {}) as Readonly<Record<string, unknown>>;
    if (String(got) === String(value)) continue;
    throw mismatch(path, `${kind}, with ${key} ${value}`, `${got}; choose another folder`);
  }
  if (!kept || !isWhole(kept)) throw mismatch(path, kind, 'something else');
  return kept as Kept;
}

/**
 * @param kept what a command found in its folder; undefined for what it is about to make.
 * @throws {InputError} if these are not all of one version of the program.
 */
export function expectOneVersion(folder: string, kept: readonly ({ readonly version?: number } | undefined)[]): void {
  const versions = new Set(kept.map((one) => (one ? one.version ?? 1 : VERSION)));
  if (versions.size <= 1) return;
  const expected = `files made by program version ${Math.max(...versions)}`;
  throw mismatch(folder, expected, `some made by version ${Math.min(...versions)}; choose another folder`);
}
