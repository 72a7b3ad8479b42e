/** @file The repository's programs as they are started, from their sources. */
import { spawnSync, type SpawnSyncOptions, type SpawnSyncReturns } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs a program, `src/cli.ts` or another, to its end. */
export function command(
  program: string, args: readonly string[], options: SpawnSyncOptions = {},
): SpawnSyncReturns<string> {
  const all = { cwd: ROOT, encoding: 'utf8', ...options } as const;
  return spawnSync(process.execPath, ['--import', 'tsx', program, ...args], all) as SpawnSyncReturns<string>;
}

export const idlg = (...args: readonly string[]): SpawnSyncReturns<string> => command('src/cli.ts', args);
