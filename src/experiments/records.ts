/**
 * @file runs.jsonl, the memory of an experiment: one line per run, written as soon as the run is done. An experiment
 * that is killed loses only the runs that were being made; an incomplete last line is cut off when it resumes.
 */
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, mismatch } from '../data/dataset.ts';
import { onDisk, readBytes } from '../data/files.ts';
import { lock } from '../data/lock.ts';
import { ACTIVATIONS } from '../nn/activation.ts';
import { ATTACKS, FORMER_NAMES, METHODS } from './attacks.ts';
import { KERNELS } from './kernels.ts';
import type { OutputFolder } from './output.ts';
import { byIndex, DEFENCE_NAMES, difference, type Protocol, type RunLine, type RunName } from './protocol.ts';
import { amount } from './text.ts';

export const RUNS = 'runs.jsonl';
const LOCK = 'runs.lock';

export const keyOf = ({ index, method, defence, strength }: RunName): string =>
  [index, method, defence, strength].join(' ');

/** Lines as they are written. Numbers that are not finite become null: JSON has no others. */
export const toLines = (runs: readonly RunLine[]): string => runs.map((run) => `${JSON.stringify(run)}\n`).join('');

/**
 * The runs in a folder, all of one experiment, in the order of their file; an incomplete last line does not count.
 * @throws {InputError} if there is no such file, a line is not a run, or two runs do not belong together.
 */
export function readRuns(folder: string): RunLine[] {
  const path = join(folder, RUNS), text = readBytes(path).toString('utf8');
  const runs = text.split('\n').slice(0, -1).map((line, n) => parseRun(line, `${path}, line ${n + 1}`));
  for (const run of runs) {
    const differs = difference(runs[0], run);
    if (differs) throw new InputError(`${path}: ${differs}`);
  }
  const named = new Map<string, RunLine>();
  for (const run of runs) addOnce(named, run, path);
  return [...named.values()];
}

/** Adds a run to others by its name. @throws {InputError} if it is there already with another outcome. */
export function addOnce(runs: Map<string, RunLine>, run: RunLine, path: string): void {
  const same = runs.get(keyOf(run)), withoutSeconds = (run: RunLine): string => toLines([{ ...run, seconds: 0 }]);
  if (same && withoutSeconds(same) !== withoutSeconds(run)) {
    const which = `run ${run.index} of ${ATTACKS[run.method].title}`;
    throw mismatch(path, `${which} with the outcome it had before`, 'another');
  }
  if (!same) runs.set(keyOf(run), run);
}

/** What is visibly missing: methods and settings that one index has and another, up to the last, has not. */
export function gapIn(runs: readonly RunLine[]): string | undefined {
  const last = runs.reduce((most, { index }) => Math.max(most, index), 0);
  const kinds = new Set(runs.map((run) => keyOf({ ...run, index: 0 })));
  const missing = (last + 1) * kinds.size - runs.length;
  const verb = missing === 1 ? 'is' : 'are';
  if (missing <= 0) return undefined;
  return `up to run ${last}, the last one there, ${amount(missing, 'run')} ${verb} missing`;
}

/** What must stand in a line, in which a number that was not finite is null. */
const FIELDS: Readonly<Partial<Record<keyof RunLine, 'number' | 'number or null' | 'string' | 'boolean'>>> = {
  dataset: 'string', images: 'number', lineSearch: 'string', mostIterations: 'number', tolerance: 'number',
  lookEvery: 'number', seed: 'number', index: 'number', image: 'number', attackSeed: 'number', truth: 'number',
  method: 'string', label: 'number', labelCorrect: 'boolean', mse: 'number or null', psnr: 'number or null',
  ssim: 'number or null', objective: 'number or null', iterations: 'number', evaluations: 'number', seconds: 'number',
  stop: 'string',
};

/** What else may stand in a line, and its values. */
const CHOICES: Readonly<Partial<Record<keyof RunLine, readonly [kind: string, choices: readonly string[]]>>> = {
  activation: ['an activation', ACTIVATIONS], kernels: ['kernels', KERNELS], defence: ['a defence', DEFENCE_NAMES],
};

function parseRun(line: string, name: string): RunLine {
  let run: Record<string, unknown>;
  try {
    run = JSON.parse(line);
  } catch (error) {
    throw mismatch(name, 'a run as JSON', `"${line.slice(0, 40)}"`, error);
  }
  if (typeof run !== 'object' || run === null) throw mismatch(name, 'a run', line.slice(0, 40));
  for (const [key, type] of Object.entries(FIELDS)) {
    const value = run[key], isNull = value === null && type === 'number or null';
    if (!isNull && typeof value !== type.split(' ')[0]) {
      throw mismatch(name, `a ${type} for ${key}`, JSON.stringify(value) ?? 'nothing');
    }
    if (isNull) run[key] = NaN;
  }
  const { method } = run;
  if (typeof method === 'string' && Object.hasOwn(FORMER_NAMES, method)) run.method = FORMER_NAMES[method];
  if (!METHODS.some((method) => method === run.method)) {
    throw mismatch(name, `a method, ${METHODS.join(' or ')}`, JSON.stringify(run.method));
  }
  for (const [key, [kind, choices]] of Object.entries(CHOICES)) {
    if (run[key] === undefined || choices.some((known) => known === run[key])) continue;
    throw mismatch(name, `${kind}, ${choices.join(', ')}`, JSON.stringify(run[key]));
  }
  for (const key of ['strength', 'version']) {
    if (run[key] === undefined || typeof run[key] === 'number') continue;
    throw mismatch(name, `a number for ${key}`, JSON.stringify(run[key]));
  }
  return run as unknown as RunLine;
}

/** An experiment's folder while it is being added to, by one process at a time. */
export class RunFile {
  readonly #out: OutputFolder;
  readonly #path: string;
  readonly #runs = new Map<string, RunLine>();
  readonly #unlock: () => void;

  /** @throws {InputError} if the folder holds another experiment, is in use, or cannot be written to. */
  constructor(out: OutputFolder, protocol: Protocol) {
    this.#out = out;
    this.#path = join(out.path, RUNS);
    out.expectFree([RUNS]);
    this.#unlock = onDisk(join(out.path, LOCK), 'to write it', () => lock(join(out.path, LOCK)));
    try {
      if (!existsSync(this.#path)) return;
      for (const run of readRuns(out.path)) {
        const differs = this.#runs.size === 0 && difference(protocol, run);
        if (differs) throw new InputError(`${this.#path}: ${differs}; choose another --out`);
        this.#runs.set(keyOf(run), run);
      }
      // Even if nothing is cut off: a file that may not be changed is noticed before any run.
      const whole = readFileSync(this.#path).lastIndexOf('\n') + 1;
      onDisk(this.#path, 'a file to add runs to', () => truncateSync(this.#path, whole));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Every run there is, in the order of a finished file. */
  get runs(): RunLine[] {
    return [...this.#runs.values()].sort(byIndex);
  }

  has(run: RunName): boolean {
    return this.#runs.has(keyOf(run));
  }

  /** Adds a run to the end of the file. @throws {InputError} if that fails, saying what is safe. */
  add(run: RunLine): void {
    // If that fails, half a line may be left; it is cut off when the file is opened next.
    onDisk(this.#path, 'to add a run', () => appendFileSync(this.#path, toLines([run])), this.#safe);
    this.#runs.set(keyOf(run), run);
  }

  /** Sorts the file: its content then depends on the experiment alone, except for `seconds`. */
  sort(): void {
    const text = toLines(this.runs);
    if (existsSync(this.#path) && readFileSync(this.#path, 'utf8') === text) return;
    this.#out.write(RUNS, text, this.#safe);
  }

  /** For the end of an error's message. */
  get #safe(): string {
    if (!existsSync(this.#path)) return '';
    const runs = this.#runs.size;
    const verb = runs === 1 ? 'is' : 'are';
    return `; the ${amount(runs, 'run')} in it ${verb} safe, and the same command resumes there`;
  }

  /** Frees the folder for other processes. */
  close(): void {
    this.#unlock();
  }
}
