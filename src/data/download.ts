/**
 * @file Fetches one file. It grows as `FILE.partial`, is checked, and is then renamed, so that a file under its own
 * name is always complete. A transfer that was cut off is resumed, at once or the next time.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { InputError, mismatch } from './dataset.ts';
import { makeFolder, onDisk, refused } from './files.ts';
import { lock } from './lock.ts';

/** A file of a data set as its publisher describes it. */
export interface RemoteFile {
  readonly name: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Bytes, if known. */
  readonly size?: number;
}

/** Where the files of a data set come from. */
export interface Source {
  /** Mirrors: each is the address of a folder that holds the files, ending in /, or of the one file. */
  readonly urls: readonly string[];
  readonly files: readonly RemoteFile[];
  /** The folder that the files go to, or that an archive holds. */
  readonly folder: string;
  /** For an archive, which is unpacked: a name in its folder. */
  readonly unpacked?: string;
  /** The size in words, for the help. */
  readonly about: string;
  /** What is left to do once the files are in this folder, for a person. */
  readonly next?: (folder: string) => string;
}

export interface DownloadOptions {
  /** Called as bytes come in, with their number so far and, if known, the total. */
  readonly onBytes?: (done: number, total: number | undefined) => void;
  /** Called before another try, or another address, with what was wrong. */
  readonly onTrouble?: (what: string) => void;
  /** After this many milliseconds without a byte the transfer counts as cut off; default: 30,000. */
  readonly stall?: number;
  /** Milliseconds before the second try, doubled before each further one; default: 1,000. */
  readonly wait?: number;
  /** It gives up after this many tries in a row that bring nothing; default: 4. */
  readonly tries?: number;
}

/** The transfer ended early or the server has trouble: worth another try. */
class CutOff extends Error {}

/** A source does not give the file: another may. */
class SourceError extends InputError {}

const KEPT = '; what has arrived is kept, and the same command resumes there';

/** Errors of a connection that may pass; a wrong name, a certificate or a closed port do not. */
const PASSING = /^(ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|UND_ERR_.*)$/;

/**
 * Fetches a file into a folder and returns its path.
 * @throws {InputError} if no address of `urls` gives it; a part that is sound stays for the next time.
 */
export async function download(
  urls: readonly string[], folder: string, file: RemoteFile, options: DownloadOptions = {},
): Promise<string> {
  const path = join(folder, file.name), partial = `${path}.partial`;
  onDisk(folder, 'a folder to write to', () => makeFolder(resolve(folder)));
  const unlock = onDisk(path, 'to write it', () => lock(`${path}.lock`)), failures: SourceError[] = [];
  try {
    for (const url of urls) {
      const failure = await fetchFrom(url, partial, file, options);
      if (!failure) {
        onDisk(path, 'to write it', () => renameSync(partial, path));
        return path;
      }
      failures.push(failure);
      if (failures.length < urls.length) options.onTrouble?.(`${failure.message}; trying the next address`);
    }
    throw new InputError(failures.map(({ message }) => message).join('; '), { cause: failures.at(-1) });
  } finally {
    unlock();
  }
}

/** Fetches and checks the partial file, or returns why this address does not give it. */
async function fetchFrom(
  url: string, partial: string, file: RemoteFile, options: DownloadOptions,
): Promise<SourceError | undefined> {
  try {
    await transfer(url, partial, file, options);
    await expectSum(url, partial, file);
    return undefined;
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
}

/** Whether a file is there and is the one meant. */
export async function isThere(path: string, { sha256 }: RemoteFile): Promise<boolean> {
  return existsSync(path) && statSync(path).isFile() && (await sumOf(path)) === sha256;
}

/**
 * Unpacks an archive with the system's tar and removes it; the folder in it, `inside`, then stands beside it, whole.
 * @throws {InputError} if there is no tar, or the archive is damaged or holds something else.
 */
export async function unpack(archive: string, inside: string): Promise<void> {
  const folder = dirname(archive), temporary = join(folder, `.${inside}.partial`), path = join(folder, inside);
  const unlock = onDisk(archive, 'to unpack it', () => lock(`${archive}.lock`));
  try {
    onDisk(temporary, 'a folder to write to', () => {
      rmSync(temporary, { recursive: true, force: true });
      mkdirSync(temporary);
    });
    // Not as `folder/archive`: a colon in that would be a host's name. -o: root is not to keep the archive's owners.
    const options = { cwd: temporary, env: { ...process.env, LC_ALL: 'C' } };
    await promisify(execFile)('tar', ['-xzof', join('..', basename(archive))], options).catch((error) => {
      const { code, stderr = '' } = error as NodeJS.ErrnoException & { readonly stderr?: string };
      if (code === 'ENOENT') throw mismatch('tar', `this program, to unpack ${archive}`, 'none of that name', error);
      const got = /no space left|quota/i.test(stderr) ? 'a full disk' : `"${stderr.trim().split('\n')[0] || code}"`;
      throw mismatch(archive, 'an archive that tar unpacks', `${got}; the archive is kept`, error);
    });
    if (!existsSync(join(temporary, inside))) throw mismatch(archive, `a folder ${inside} in it`, 'none');
    onDisk(path, 'to write it', () => renameSync(join(temporary, inside), path));
    onDisk(archive, 'to remove it', () => rmSync(archive));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    unlock();
  }
}

const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);

/** Tries until the partial file is as long as the server's, going on from where it ends. */
async function transfer(url: string, partial: string, file: RemoteFile, options: DownloadOptions): Promise<void> {
  const { wait = 1000, tries = 4, onTrouble } = options, before = sizeOf(partial);
  for (let failures = 0, most = before; ; ) {
    try {
      return await attempt(url, partial, file, { ...options, hasBegun: most > before });
    } catch (error) {
      if (!(error instanceof CutOff)) throw error;
      const size = sizeOf(partial);
      failures = size > most ? 1 : failures + 1; // beyond the most: a server without ranges begins again and again
      most = Math.max(most, size);
      if (failures === tries) {
        const kept = size > 0 ? `; ${size} bytes are kept, and the same command resumes there` : '';
        throw refusal(url, 'the whole file', `${error.message}, ${tries} times${kept}`, error);
      }
      const delay = wait * 2 ** (failures - 1);
      onTrouble?.(`${error.message}; trying again in ${delay / 1000} s`);
      await pause(delay);
    }
  }
}

interface AttemptOptions extends DownloadOptions {
  /** Whether bytes have come before: then the address is right, and no error of the connection is final. */
  readonly hasBegun: boolean;
}

async function attempt(url: string, partial: string, file: RemoteFile, options: AttemptOptions): Promise<void> {
  const { stall = 30_000, onBytes, hasBegun } = options;
  let done = sizeOf(partial), isReceiving = false;
  if (file.size !== undefined && done === file.size) return;
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), stall);
  try {
    const response = await fetch(url, {
      signal: controller.signal,
      headers: { 'accept-encoding': 'identity', ...(done > 0 ? { range: `bytes=${done}-` } : {}) },
    });
    if (response.status === 416) {
      if (response.headers.get('content-range') === `bytes */${done}`) return; // all of it is here
      rmSync(partial, { force: true });
      throw new CutOff(`fewer than the ${done} bytes that were here`);
    }
    if (response.status >= 500) throw new CutOff(`status ${response.status}`);
    if (![200, 206].includes(response.status) || !response.body) {
      throw refusal(url, 'the file', `status ${response.status}`);
    }
    const goesOn = response.status === 206;
    const { start, total: announced } = extent(response);
    if (goesOn && start !== done) {
      rmSync(partial, { force: true });
      throw new CutOff(`bytes from ${start} on where those from ${done} on were asked for`);
    }
    // Before anything is overwritten: it may be the log-in page of a hotel.
    if (file.size !== undefined && announced !== undefined && announced !== file.size) {
      throw refusal(url, `${file.size} bytes`, announced);
    }
    if (!goesOn) done = 0;
    const total = file.size ?? announced;
    const fail = (error: unknown): never => { throw refused(partial, 'to write to it', error, KEPT); };
    const out = await open(partial, goesOn ? 'a' : 'w').catch(fail);
    try {
      isReceiving = true;
      onBytes?.(done, total);
      for await (const part of response.body) {
        timer.refresh();
        await out.writeFile(part).catch(fail);
        done += part.length;
        if (file.size !== undefined && done > file.size) break;
        onBytes?.(done, total);
      }
    } finally {
      await out.close();
    }
    if (total !== undefined && done < total) {
      if (announced === undefined && !goesOn) rmSync(partial); // it has ended, and so it was another file
      throw new CutOff(`${done} of ${total} bytes`);
    }
  } catch (error) {
    if (error instanceof InputError || error instanceof CutOff) throw error;
    if (controller.signal.aborted) throw new CutOff(`no data for ${stall / 1000} s`);
    throw unreachable(url, error, hasBegun || isReceiving);
  } finally {
    clearTimeout(timer);
    controller.abort(); // what is left of a refused answer is not waited for
  }
}

/** Where the bytes of an answer begin in the file, and how long the file is, if the server says so. */
function extent({ status, headers }: Response): { readonly start: number; readonly total: number | undefined } {
  const [, from = 'none', of = '*'] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
  if (status === 206) return { start: Number(from), total: of === '*' ? undefined : Number(of) };
  const length = headers.has('content-encoding') ? null : headers.get('content-length');
  return { start: 0, total: length === null ? undefined : Number(length) };
}

/** An error of fetch, which hides the cause. What may pass is worth another try, a wrong address is not. */
function unreachable(url: string, error: unknown, hasBegun: boolean): Error {
  const cause = (error as { readonly cause?: NodeJS.ErrnoException }).cause ?? (error as NodeJS.ErrnoException);
  const { code = '', message } = cause;
  const what = code ? `${code}, ${message}` : message;
  if (hasBegun || PASSING.test(code)) return new CutOff(what);
  return refusal(url, `to reach ${new URL(url).host}`, what, error);
}

function refusal(url: string, expected: string, got: string | number, cause?: unknown): SourceError {
  return new SourceError(mismatch(url, expected, got).message, { cause });
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest('hex');
}

/** Removes a file that is not what its publisher describes, as it cannot be repaired. @throws {InputError} then. */
async function expectSum(url: string, path: string, { sha256, size }: RemoteFile): Promise<void> {
  const got = statSync(path).size, sum = await sumOf(path);
  if (sum === sha256) return;
  rmSync(path);
  if (size !== undefined && got !== size) throw refusal(url, `${size} bytes`, `${got}; they are not kept`);
  throw refusal(url, `sha256 ${sha256}`, `${sum}; the file is not kept`);
}
