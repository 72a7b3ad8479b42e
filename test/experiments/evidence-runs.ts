/** @file An experiment of 24 quick runs as a user makes it, in the program's own process; what a folder holds. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { RunLine } from '../../src/experiments/protocol.ts';
import { idlg } from './built.ts';

/** Runs that take a tenth of a second each, on an idle core. */
export const QUICK = ['--iterations', '2', '--runs', '12', '--seed', '3'];

export const linesOf = (dir: string): string[] => readFileSync(join(dir, 'runs.jsonl'), 'utf8').trimEnd().split('\n');
export const runsOf = (dir: string): RunLine[] => linesOf(dir).map((line) => JSON.parse(line));
/** The file without what a clock has put there. */
export const bytesOf = (dir: string): string =>
  linesOf(dir).map((line) => line.replace(/"seconds":[^,]*/, '')).join('\n');

/** How many lines of a file that is being written are whole. */
export function wholeLines(dir: string): number {
  const path = join(dir, 'runs.jsonl');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

/** What a command prints, which exits with 0. */
export function succeeds(...args: readonly string[]): string {
  const { status, stdout, stderr } = idlg(...args);
  assert.is(status, 0, stderr);
  return stdout;
}

/** The command exits with 2 and says why in one line. */
export function refuses(text: RegExp, ...args: readonly string[]): void {
  const { status, stdout, stderr } = idlg(...args);
  assert.equal([status, stdout], [2, ''], stderr);
  assert.match(stderr, /^(\d+ of \d+ attacks.*\n)*idlg: [^\n]+\n$/);
  assert.match(stderr, text);
}

let expected: string | undefined;

/** What one worker makes of QUICK in one go. */
export function oneWorker(): string {
  if (expected) return expected;
  const dir = mkdtempSync(join(tmpdir(), 'idlg-evidence-'));
  succeeds('table1', ...QUICK, '--workers', '1', '--out', dir);
  expected = bytesOf(dir);
  rmSync(dir, { recursive: true });
  return expected;
}
