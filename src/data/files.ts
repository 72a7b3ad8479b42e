/**
 * @file The one place that reads data from the disk.
 */
import { readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { MAX_BYTES, mismatch } from './dataset.ts';

/** What `read` returns. @throws {InputError} where the file system refuses. */
function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw mismatch(path, 'something to read', code === 'EACCES' ? 'no permission' : `error ${code}`, error);
  }
}

/** What is at `path`, links followed; undefined where nothing is, be it that a part of the path is a file. */
function statOf(path: string): Stats | undefined {
  return attempt(path, () => {
    try {
      return statSync(path);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  });
}

export function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory() ?? false;
}

/** @throws {InputError} where `path` is not a folder. */
export function expectFolder(path: string): void {
  if (!isFolder(path)) throw mismatch(path, 'a folder', statOf(path) ? 'a file' : 'nothing there');
}

/** The names in a folder but for hidden ones, in code-unit order: the same on every machine and in every locale. */
export function list(folder: string): string[] {
  const names = attempt(folder, () => readdirSync(folder));
  return names.filter((name) => !name.startsWith('.')).sort();
}

/** The path of the first of `names` that is a file in `folder`, if any is. */
export function findFile(folder: string, names: readonly string[]): string | undefined {
  return names.map((name) => join(folder, name)).find((path) => statOf(path)?.isFile());
}

/**
 * A file's bytes. Pipes and devices are refused: they may have no end.
 * @throws {InputError} where there is no such file, it cannot be read, or it has more than MAX_BYTES.
 */
export function readBytes(path: string): Buffer {
  const stat = statOf(path);
  if (!stat?.isFile()) throw mismatch(path, 'a file', stat ? 'a folder or device' : 'nothing there');
  if (stat.size > MAX_BYTES) throw mismatch(path, `at most ${MAX_BYTES} bytes`, stat.size);
  return attempt(path, () => readFileSync(path));
}
