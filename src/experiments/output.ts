/**
 * @file The folder that a command writes to: every file appears whole or not at all.
 */
import { existsSync, mkdtempSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InputError } from '../data/dataset.ts';
import { makeFolder, onDisk, refused } from '../data/files.ts';

export class OutputFolder {
  readonly path: string;

  /** Makes the folder, and tries it, before any work. @throws {InputError} where nothing can be written there. */
  constructor(path: string) {
    this.path = path;
    onDisk(`--out ${path}`, 'a folder that can be written to', () => {
      makeFolder(resolve(path));
      rmdirSync(mkdtempSync(join(path, '.idlg-')));
    });
  }

  /** @throws {InputError} where a folder stands in the place of a file that is to be written. */
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
   * @throws {InputError} where that fails, and, if given, what is safe then.
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
}
