/**
 * @file The program as it is installed, compiled once for all tests that start it often: it is up in a tenth of the
 * time that the sources take.
 */
import { spawn, spawnSync, type ChildProcess, type SpawnSyncReturns } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../../build.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let program: string | undefined;

/** Its path; compiled when it is first asked for, and removed when the tests end. */
function cli(): string {
  if (program) return program;
  const dir = mkdtempSync(join(tmpdir(), 'idlg-built-'));
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  copyFileSync(join(ROOT, 'package.json'), join(dir, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  // Types are checked before the tests; a mutant of mutations.ts is to fail by what it does.
  build(join(dir, 'dist'), ['--noCheck']);
  return (program = join(dir, 'dist', 'cli.js'));
}

/** Runs a command to its end. */
export function idlg(...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [cli(), ...args], { encoding: 'utf8' });
}

/** Starts a command in a process group of its own, which can be killed. */
export function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [cli(), ...args], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
}

/** Runs a command through a shell; `idlg` in it is the program. */
export function shell(script: string): SpawnSyncReturns<string> {
  return spawnSync('bash', ['-c', `idlg() { '${process.execPath}' '${cli()}' "$@"; }\n${script}`],
    { encoding: 'utf8' });
}
