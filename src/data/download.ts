/**
 * @file One file from the web to the disk. It grows as `FILE.partial`, is checked, and then takes its name: under that
 * name it is never half there. A cut-off transfer goes on where it ended, now or the next time.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { InputError } from './dataset.ts';
import { mismatch } from './files.ts';

/** A file of a data set as its publisher describes it. */
export interface RemoteFile {
  readonly name: string;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Bytes, where that is known. */
  readonly size?: number;
}

export interface DownloadOptions {
  /** Called as bytes come in, with those that are there and those that there will be, where that is known. */
  readonly onBytes?: (done: number, total: number | undefined) => void;
  /** Milliseconds without a byte that count as cut off, 30,000. */
  readonly stall?: number;
  /** Milliseconds before the second try, 1,000; twice as many before each further one. */
  readonly wait?: number;
  /** Tries in a row that bring nothing before it gives up, 4. */
  readonly tries?: number;
}

/** The transfer ended early or the server has trouble: worth another try. */
class CutOff extends Error {}

/**
 * Fetches a file into a folder and returns its path.
 * @throws {InputError} where no address of `urls` gives it; a part that is sound stays for the next time.
 */
export async function download(
  urls: readonly string[], folder: string, file: RemoteFile, options: DownloadOptions = {},
): Promise<string> {
  const path = join(folder, file.name), partial = `${path}.partial`;
  write(folder, () => mkdirSync(folder, { recursive: true }));
  for (const [n, url] of urls.entries()) {
    try {
      await transfer(url, partial, file, options);
      await expectSum(url, partial, file);
      break;
    } catch (error) {
      if (n === urls.length - 1 || !(error instanceof InputError)) throw error;
    }
  }
  write(path, () => renameSync(partial, path));
  return path;
}

/** Whether a file is there and is the one meant. */
export async function isThere(path: string, { sha256 }: RemoteFile): Promise<boolean> {
  return existsSync(path) && (await sumOf(path)) === sha256;
}

/**
 * Unpacks an archive with the system's tar and removes it; the folder in it, `inside`, then stands beside it, whole.
 * @throws {InputError} where there is no tar, or the archive is damaged or holds something else.
 */
export async function unpack(archive: string, inside: string): Promise<void> {
  const folder = dirname(archive), temporary = join(folder, `.${inside}.partial`), path = join(folder, inside);
  write(temporary, () => {
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
  });
  try {
    await promisify(execFile)('tar', ['-xzf', archive, '-C', temporary]);
  } catch (error) {
    rmSync(temporary, { recursive: true });
    const { code, stderr = '' } = error as NodeJS.ErrnoException & { readonly stderr?: string };
    const got = code === 'ENOENT' ? 'no such program' : `an error: ${stderr.trim() || code}`;
    throw mismatch(archive, 'the program tar to unpack it', got, error);
  }
  if (!existsSync(join(temporary, inside))) throw mismatch(archive, `a folder ${inside} in it`, 'none');
  write(path, () => renameSync(join(temporary, inside), path));
  rmSync(temporary, { recursive: true });
  rmSync(archive);
}

const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);

/** Tries until the partial file is as long as the server's, going on from where it ends. */
async function transfer(url: string, partial: string, file: RemoteFile, options: DownloadOptions): Promise<void> {
  const { wait = 1000, tries = 4 } = options;
  for (let failures = 0; ; ) {
    const before = sizeOf(partial);
    try {
      return await attempt(url, partial, file, options);
    } catch (error) {
      if (!(error instanceof CutOff)) throw error;
      failures = sizeOf(partial) > before ? 1 : failures + 1;
      if (failures === tries) {
        const kept = `${sizeOf(partial)} bytes are kept, and the same command goes on after them`;
        throw mismatch(url, 'the whole file', `${error.message}, ${tries} times; ${kept}`, error);
      }
      await pause(wait * 2 ** (failures - 1));
    }
  }
}

async function attempt(url: string, partial: string, file: RemoteFile, options: DownloadOptions): Promise<void> {
  const { stall = 30_000, onBytes } = options;
  let done = sizeOf(partial);
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
      rmSync(partial);
      throw new CutOff(`fewer than the ${done} bytes that were here`);
    }
    if (response.status >= 500) throw new CutOff(`status ${response.status}`);
    if (!response.ok || !response.body) throw mismatch(url, 'the file', `status ${response.status}`);
    const goesOn = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${done}-`);
    if (!goesOn) done = 0;
    const length = Number(response.headers.get('content-length') ?? NaN);
    const total = file.size ?? (Number.isFinite(length) ? done + length : undefined);
    const refused = (error: NodeJS.ErrnoException): never => { throw cannotWrite(partial, error); };
    const out = await open(partial, goesOn ? 'a' : 'w').catch(refused);
    try {
      onBytes?.(done, total);
      for await (const part of response.body) {
        timer.refresh();
        await out.writeFile(part).catch(refused);
        done += part.length;
        onBytes?.(done, total);
        if (file.size !== undefined && done > file.size) break;
      }
    } finally {
      await out.close();
    }
    if (total !== undefined && done < total) throw new CutOff(`${done} of ${total} bytes`);
  } catch (error) {
    const isKnown = error instanceof InputError || error instanceof CutOff;
    throw isKnown ? error : unreachable(url, error, controller.signal, stall);
  } finally {
    clearTimeout(timer);
  }
}

/** An error of fetch, which hides the cause. What may pass is worth another try, a wrong address is not. */
function unreachable(url: string, error: unknown, { aborted }: AbortSignal, stall: number): Error {
  if (aborted) return new CutOff(`no byte for ${stall / 1000} s`);
  const cause = (error as { readonly cause?: NodeJS.ErrnoException }).cause ?? (error as NodeJS.ErrnoException);
  const { code = '', message } = cause;
  if (['ENOTFOUND', 'ECONNREFUSED', 'EAI_AGAIN'].includes(code) || /CERT|TLS|SSL|URL/.test(code)) {
    return mismatch(url, `to reach ${new URL(url).host}`, `${code}, ${message}`, error);
  }
  return new CutOff(code ? `${code}, ${message}` : message);
}

function cannotWrite(path: string, error: NodeJS.ErrnoException): InputError {
  const got = error.code === 'ENOSPC' ? 'a full disk' : `error ${error.code}`;
  const kept = 'what is there is kept, and the same command goes on after it';
  return mismatch(path, 'to write to it', `${got}; ${kept}`, error);
}

function write(path: string, change: () => void): void {
  try {
    change();
  } catch (error) {
    throw cannotWrite(path, error as NodeJS.ErrnoException);
  }
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest('hex');
}

/** Removes a file that is not what its publisher describes, for it cannot be mended. @throws {InputError} then. */
async function expectSum(url: string, path: string, { sha256, size }: RemoteFile): Promise<void> {
  const got = statSync(path).size, sum = await sumOf(path);
  if (sum === sha256) return;
  rmSync(path);
  if (size !== undefined && got !== size) throw mismatch(url, `${size} bytes`, `${got}; they are not kept`);
  throw mismatch(url, `sha256 ${sha256}`, `${sum}; the file is not kept`);
}
