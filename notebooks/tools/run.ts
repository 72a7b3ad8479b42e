/**
 * @file Runs a notebook: one module in one process, its cells in order, and tells what each of them printed and showed.
 *
 * The module is a copy of the source, beside it so that its imports hold, in which `// %%` is replaced by a statement
 * that prints a record (show.ts): what is printed from there to the next record is that cell's.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onDisk } from '../../src/data/files.ts';
import { LISTENING, type Picture } from '../show.ts';
import { withMarkers, type Cell } from './cells.ts';

/** Text, or a picture. */
export type Output = string | Picture;

/** A cell that threw, or never ended: a finding about the notebook, not a fault of the tool. */
export class CellError extends Error {
  override name = 'CellError';
}

/** The most that a notebook may print, and its .ipynb may have; the largest of this folder have a fifth of it. */
export const MOST_BYTES = 2_000_000;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PRELOAD = new URL('preload.ts', import.meta.url).href;

/**
 * The outputs of each cell, none for prose.
 * @param seconds after which the notebook is stopped.
 * @throws {CellError} naming the cell and the line that failed.
 */
export async function runCells(
  path: string, text: string, cells: readonly Cell[], seconds: number,
): Promise<Output[][]> {
  const copy = join(dirname(path), `.${basename(path, '.ts')}.${process.pid}.mts`);
  const mark = `\x1e${randomUUID()}`;
  const print = (message: Message): string =>
    `process.stdout.write(${JSON.stringify(`${mark}${JSON.stringify(message)}\n`)});`;
  try {
    const program = `${withMarkers(text, cells, (cell) => print({ cell }))}\n${print({ end: true })}\n`;
    onDisk(copy, 'to write it', () => writeFileSync(copy, program));
    const ended = await run(copy, mark, seconds), { outputs, last, whole } = byCell(ended.stdout, mark, cells);
    if (!whole || ended.code !== 0) throw new CellError(explain(basename(path), cells, last, copy, ended));
    process.stderr.write(ended.stderr);
    return outputs;
  } finally {
    rmSync(copy, { force: true });
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it was stopped, if it was. */
  readonly stopped: string | undefined;
}

/** Runs the copy; where this process ends before it does, it is killed and removed. */
function run(copy: string, mark: string, seconds: number): Promise<Ended> {
  const env = { ...process.env, [LISTENING]: mark, FORCE_COLOR: '0' }; // colours are for a terminal
  const child = spawn(process.execPath, ['--import', 'tsx', '--import', PRELOAD, copy], {
    cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '', stderr = '', stopped: string | undefined;
  const stop = (why: string): void => {
    stopped ??= why;
    child.kill('SIGKILL');
  };
  const timer = setTimeout(() => stop(`expected it to end within ${seconds} s`), 1000 * seconds);
  const expectLittle = (): void => {
    if (stdout.length + stderr.length > MOST_BYTES) stop(`expected it to print at most ${MOST_BYTES} bytes`);
  };
  child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part)).on('data', expectLittle);
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part)).on('data', expectLittle);
  const onExit = (): void => {
    child.kill('SIGKILL');
    rmSync(copy, { force: true });
  };
  process.on('exit', onExit);
  return new Promise<Ended>((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, stdout, stderr, stopped }));
  }).finally(() => {
    clearTimeout(timer);
    process.off('exit', onExit);
  });
}

/** A record: a cell begins, or shows a picture, or all cells have ended. */
interface Message {
  readonly cell?: number;
  readonly picture?: Picture;
  readonly end?: true;
}

interface Printed {
  readonly outputs: Output[][];
  /** The cell that began last, −1 where none did. */
  readonly last: number;
  /** All cells have ended. */
  readonly whole: boolean;
}

/** Standard output cut at its records. */
function byCell(stdout: string, mark: string, cells: readonly Cell[]): Printed {
  const outputs: Output[][] = cells.map(() => []);
  const [before, ...records] = stdout.split(mark);
  let last = -1, whole = false, pending = before;
  for (const record of records) {
    const lineEnd = record.indexOf('\n');
    if (lineEnd < 0) break; // stopped while it wrote
    const { cell, picture, end }: Message = JSON.parse(record.slice(0, lineEnd));
    if (cell !== undefined) last = cell;
    if (picture) outputs[last].push(picture);
    if (end) whole = true;
    pending += record.slice(lineEnd + 1); // what a module prints while it is imported comes before the first cell
    if (pending) outputs[last].push(pending);
    pending = '';
  }
  return { outputs, last, whole };
}

/** `01-name.ts:57, In [9]: Error: what is wrong`, from what Node writes where an error is not caught. */
function explain(name: string, cells: readonly Cell[], last: number, copy: string, ended: Ended): string {
  const { code, signal, stderr, stopped } = ended;
  const places = stderr.split(basename(copy, '.mts')).map((after) => /^\.m?ts:(\d+)/.exec(after)?.[1]);
  const line = stopped ? undefined : places.find((found) => found);
  const count = cells.slice(0, last + 1).filter(({ type }) => type === 'code').length;
  const [, ...underCaret] = stderr.split(/^ *\^+\s*\n/m);
  const [thrown] = underCaret.join('').split(/\n    at |\n\(Use |\n\nNode\.js v/); // above the stack
  const how = signal ?? `exit code ${code}${code === 13 ? ', an await that never settles' : ''}`;
  const wrong = stopped ?? (thrown.trim() || `expected it to reach its end, got ${how}`);
  return `${name}${line ? `:${line}` : ''}${count > 0 ? `, In [${count}]` : ''}: ${wrong}`;
}
