/**
 * @file runs.jsonl, the memory of an experiment: one run a line, written the moment it is done. Killed at any time, an
 * experiment loses the runs that were being made and no other; half a last line is cut off when it goes on.
 */
import { appendFileSync, existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../data/dataset.ts';
import { mismatch, readBytes } from '../data/files.ts';
import { lock } from '../data/lock.ts';
import { OutputFolder, reason } from './output.ts';
import { byIndex, difference, type Protocol, type RunLine } from './protocol.ts';
import { METHODS } from './run.ts';

export const RUNS = 'runs.jsonl';
const LOCK = 'runs.lock';

/** Names a run within its experiment. */
export const keyOf = ({ index, method }: Pick<RunLine, 'index' | 'method'>): string => `${index} ${method}`;

/** Lines as they are written. Numbers that are not finite become null: JSON has no others. */
export const toLines = (runs: readonly RunLine[]): string => runs.map((run) => `${JSON.stringify(run)}\n`).join('');

/**
 * The runs in a folder, in the order of their file, of one experiment; half a last line does not count.
 * @throws {InputError} where there is no such file, a line is not a run, or two are of different experiments.
 */
export function readRuns(folder: string): RunLine[] {
  const path = join(folder, RUNS), text = readBytes(path).toString('utf8');
  const runs = text.split('\n').slice(0, -1).map((line, n) => parseRun(line, `${path}, line ${n + 1}`));
  for (const run of runs) {
    const differs = difference(runs[0], run);
    if (differs) throw new InputError(`${path}: ${differs}`);
  }
  return [...new Map(runs.map((run) => [keyOf(run), run])).values()];
}

/** Of every run what the tables and figures look at. */
const NUMBERS = ['seed', 'index', 'image', 'label', 'truth', 'evaluations', 'seconds'] as const;
const MAYBE_INFINITE = ['mse', 'psnr', 'ssim', 'objective'] as const;

function parseRun(line: string, name: string): RunLine {
  let run: Record<string, unknown>;
  try {
    run = JSON.parse(line);
  } catch (error) {
    throw mismatch(name, 'a run as JSON', `"${line.slice(0, 40)}"`, error);
  }
  if (typeof run !== 'object' || run === null) throw mismatch(name, 'a run', JSON.stringify(run).slice(0, 40));
  for (const key of NUMBERS) {
    if (!Number.isFinite(run[key])) throw mismatch(name, `a number as ${key}`, JSON.stringify(run[key]) ?? 'nothing');
  }
  if (!METHODS.some((method) => method === run.method)) {
    throw mismatch(name, `a method, ${METHODS.join(' or ')}`, JSON.stringify(run.method) ?? 'nothing');
  }
  for (const key of MAYBE_INFINITE) run[key] = run[key] ?? NaN;
  return run as unknown as RunLine;
}

/** An experiment's folder while it is being added to, by one process at a time. */
export class RunFile {
  readonly #out: OutputFolder;
  readonly #path: string;
  readonly #runs = new Map<string, RunLine>();
  readonly #unlock: () => void;

  /** @throws {InputError} where the folder holds another experiment, is in use, or cannot be written to. */
  constructor(out: OutputFolder, protocol: Protocol) {
    this.#out = out;
    this.#path = join(out.path, RUNS);
    out.expectFree([RUNS]);
    this.#unlock = lockFolder(join(out.path, LOCK));
    try {
      if (!existsSync(this.#path)) return;
      for (const run of readRuns(out.path)) {
        const differs = this.#runs.size === 0 && difference(protocol, run);
        if (differs) throw new InputError(`${this.#path}: ${differs}; choose another --out`);
        this.#runs.set(keyOf(run), run);
      }
      this.#cut(readFileSync(this.#path).lastIndexOf('\n') + 1);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Every run there is, in the order of a finished file. */
  get runs(): RunLine[] {
    return [...this.#runs.values()].sort(byIndex);
  }

  has(run: Pick<RunLine, 'index' | 'method'>): boolean {
    return this.#runs.has(keyOf(run));
  }

  /** Adds a run to the end of the file. @throws {InputError} where that fails, and what is safe then. */
  add(run: RunLine): void {
    const size = existsSync(this.#path) ? statSync(this.#path).size : 0;
    try {
      appendFileSync(this.#path, toLines([run]));
    } catch (error) {
      this.#cut(size);
      const safe = `the ${this.#runs.size} runs in it are safe, and the same command goes on after them`;
      throw new InputError(`${this.#path}: expected to add a run, got an error: ${reason(error)}; ${safe}`);
    }
    this.#runs.set(keyOf(run), run);
  }

  /** Puts the file in order: what it holds then depends on the experiment alone, but for `seconds`. */
  sort(): void {
    this.#out.write(RUNS, toLines(this.runs));
  }

  /** Lets other processes at the folder. */
  close(): void {
    this.#unlock();
  }

  #cut(size: number): void {
    if (existsSync(this.#path) && statSync(this.#path).size > size) truncateSync(this.#path, size);
  }
}

function lockFolder(path: string): () => void {
  try {
    return lock(path);
  } catch (error) {
    throw error instanceof InputError ? error : mismatch(path, 'to write it', `an error: ${reason(error)}`, error);
  }
}
