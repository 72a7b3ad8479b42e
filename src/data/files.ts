/**
 * @file The one place that reads data from the disk, and the messages if the disk refuses.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { InputError, MAX_BYTES, mismatch } from './dataset.ts';

/** A path as a shell takes it, whatever characters it has. */
export const quotedForShell = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;

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
    EFBIG: 'the file is too large',
    ENOENT: 'no folder can be made there',
    EISDIR: 'there is a folder of that name',
    ENAMETOOLONG: 'the name is too long',
    ELOOP: 'links in the path form a loop',
    ENOTDIR: 'a part of the path is a file',
  };
  return known[code ?? ''] ?? message;
}

/**
 * What `work` returns.
 * @param expected what was to be done there; @param safe says, after the error, what is kept.
 * @throws {InputError} if the file system refuses.
 */
export function onDisk<T>(path: string, expected: string, work: () => T, safe = ''): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof InputError ? error : refused(path, expected, error, safe);
  }
}

/** The error that says so. */
export const refused = (path: string, expected: string, error: unknown, safe = ''): InputError =>
  mismatch(path, expected, `an error: ${reason(error)}${safe}`, error);

/** Makes a folder and those above it. Not with mkdir's `recursive`, which in Node 20 never ends below /proc. */
export function makeFolder(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path);
}

/** What is at `path`, links followed; undefined if there is nothing, or a part of the path is a file. */
function statOf(path: string): Stats | undefined {
  return onDisk(path, 'something to read', () => {
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

/** @throws {InputError} if `path` is not a folder. */
export function expectFolder(path: string): void {
  if (!isFolder(path)) throw mismatch(path, 'a folder', statOf(path) ? 'a file' : 'nothing there');
}

/** The names in a folder except hidden ones, in code-unit order: the same on every machine and in every locale. */
export function list(folder: string): string[] {
  const names = onDisk(folder, 'something to read', () => readdirSync(folder));
  return names.filter((name) => !name.startsWith('.')).sort();
}

/** The path of the first of `names` that is a file in `folder`, if any is. */
export function findFile(folder: string, names: readonly string[]): string | undefined {
  return names.map((name) => join(folder, name)).find((path) => statOf(path)?.isFile());
}

/**
 * A file's bytes. Pipes and devices are refused: they may have no end.
 * @throws {InputError} if there is no such file, it cannot be read, or it has more than MAX_BYTES.
 */
export function readBytes(path: string): Buffer {
  const stat = statOf(path);
  if (!stat?.isFile()) throw mismatch(path, 'a file', stat ? 'a folder or device' : 'nothing there');
  if (stat.size > MAX_BYTES) throw mismatch(path, `at most ${MAX_BYTES} bytes`, stat.size);
  return onDisk(path, 'something to read', () => readFileSync(path));
}
