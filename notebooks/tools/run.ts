/**
 * @file Runs a notebook: one module in one process, its cells in order, and tells what each of them printed and showed.
 *
 * The module is a copy of the source, beside it so that its imports hold, in which `// %%` is replaced by a statement
 * that prints a record (show.ts): what is printed from there to the next record is that cell's.
 */
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LISTENING, RECORD, type Picture } from '../show.ts';
import { withMarkers, type Cell } from './cells.ts';

/** Text, or a picture. */
export type Output = string | Picture;

/** A cell that threw: a finding about the notebook, not a fault of the tool. */
export class CellError extends Error {
  override name = 'CellError';
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The outputs of each cell, none for prose. @throws {CellError} naming the cell and the line that failed. */
export async function runCells(path: string, text: string, cells: readonly Cell[]): Promise<Output[][]> {
  const copy = join(dirname(path), `.${basename(path, '.ts')}.${process.pid}.mts`);
  const begin = (cell: number): string =>
    `process.stdout.write(${JSON.stringify(`${RECORD}${JSON.stringify({ cell })}\n`)});`;
  try {
    writeFileSync(copy, withMarkers(text, cells, begin));
    const { code, stdout, stderr } = await run(copy);
    const { outputs, last } = byCell(stdout, cells);
    if (code !== 0) throw new CellError(explain(basename(path), cells, last, stderr, basename(copy, '.mts')));
    process.stderr.write(stderr);
    return outputs;
  } finally {
    rmSync(copy, { force: true });
  }
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(file: string): Promise<Ended> {
  const env = { ...process.env, [LISTENING]: '1', FORCE_COLOR: '0' }; // colours are for a terminal
  const child = spawn(process.execPath, ['--import', 'tsx', file], {
    cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '', stderr = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (stdout += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A record: a cell begins, or shows a picture. */
interface Message {
  readonly cell?: number;
  readonly picture?: Picture;
}

/** Standard output cut at its records; and the cell that began last, −1 where none did. */
function byCell(stdout: string, cells: readonly Cell[]): { readonly outputs: Output[][]; readonly last: number } {
  const outputs: Output[][] = cells.map(() => []);
  const [before, ...records] = stdout.split(RECORD);
  let last = -1, pending = before;
  for (const record of records) {
    const end = record.indexOf('\n');
    const { cell, picture }: Message = JSON.parse(record.slice(0, end));
    if (cell !== undefined) last = cell;
    if (picture) outputs[last].push(picture);
    pending += record.slice(end + 1); // what a module prints while it is imported comes before the first cell
    if (pending) outputs[last].push(pending);
    pending = '';
  }
  return { outputs, last };
}

/** `01-name.ts:57, In [9]: Error: what is wrong`, from what Node writes where an error is not caught. */
function explain(name: string, cells: readonly Cell[], last: number, stderr: string, copy: string): string {
  const line = stderr.split(copy).map((after) => /^\.m?ts:(\d+)/.exec(after)?.[1]).find((found) => found);
  const count = cells.slice(0, last + 1).filter(({ type }) => type === 'code').length;
  const underCaret = stderr.split(/^ *\^+\s*\n/m).at(-1)!;
  const [message] = underCaret.split(/\n    at |\n\(Use /); // above the stack
  return `${name}${line ? `:${line}` : ''}${count > 0 ? `, In [${count}]` : ''}: ${message.trim()}`;
}
