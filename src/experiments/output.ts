/**
 * @file The folder that a command writes to: every file appears whole or not at all.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '../data/dataset.ts';

/** What a person can do about an error of the file system. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Readonly<Record<string, string>> = {
    EEXIST: 'there is a file of that name',
    EACCES: 'no permission',
    EPERM: 'no permission',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EFBIG: 'no file may be that large',
    ENOENT: 'no folder can be made there',
    EISDIR: 'there is a folder of that name',
    ENAMETOOLONG: 'the name is too long',
    ELOOP: 'links go round in a circle',
    ENOTDIR: 'a part of the path is a file',
  };
  return known[code ?? ''] ?? message;
}

/** Makes a folder and those above it. Not with mkdir's `recursive`, which in Node 20 never ends below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path);
}

export class OutputFolder {
  readonly path: string;

  /** Makes the folder, and tries it, before any work. @throws {InputError} where nothing can be written there. */
  constructor(path: string) {
    this.path = path;
    try {
      makeFolder(resolve(path));
      rmdirSync(mkdtempSync(join(path, '.idlg-')));
    } catch (error) {
      throw new InputError(`--out ${path}: expected a folder that can be written to, got an error: ${reason(error)}`);
    }
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

  /** Writes a file in one step: under another name first, then renamed. @throws {InputError} where that fails. */
  write(name: string, content: string | Uint8Array): void {
    const path = join(this.path, name);
    try {
      writeFileSync(`${path}.partial`, content);
      renameSync(`${path}.partial`, path);
    } catch (error) {
      rmSync(`${path}.partial`, { force: true });
      throw new InputError(`${path}: expected to write it, got an error: ${reason(error)}`);
    }
  }
}
