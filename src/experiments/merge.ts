/**
 * @file `idlg merge`: the runs of several shards in one file, as one process would have written it.
 */
import { join } from 'node:path';
import { InputError } from '../data/dataset.ts';
import type { Screen } from './display.ts';
import { describe, Options, type OptionTable } from './options.ts';
import { OutputFolder } from './output.ts';
import { byIndex, difference, type RunLine } from './protocol.ts';
import { addOnce, gapIn, readRuns, RunFile, RUNS, toLines } from './records.ts';

const TABLE: OptionTable = { out: { value: 'DIR', about: 'write runs.jsonl there; the runs already there are kept' } };

export const MERGE_HELP = `idlg merge: join the runs of shards, made with table1 or figure1 --shard

Usage: idlg merge DIR… --out DIR

${describe(TABLE)}

The file is sorted, and except for the seconds it is byte by byte the one that a single process would have written. Then

  idlg table1 DIR
  idlg figure1 DIR --out DIR
`;

/** Runs the command. @throws {InputError} if the folders hold no runs, or runs that do not belong together. */
export function mergeCommand(args: readonly string[], screen: Screen): void {
  const options = new Options(TABLE, args, { positional: 'DIR' }), path = options.text('out');
  const folders = options.positionals;
  if (folders.length === 0) throw new InputError('merge: expected the folders of the shards, got none');
  if (path === undefined) throw new InputError('--out: expected the folder for the joined runs, got nothing');
  const shards = folders.map((folder) => ({ folder, runs: readRuns(folder) }));
  const first = shards.find(({ runs }) => runs.length > 0);
  if (!first) throw new InputError(`${folders.join(' ')}: expected runs, got none`);
  const merged = new Map<string, RunLine>();
  const out = new OutputFolder(path), file = new RunFile(out, first.runs[0]);
  try {
    for (const { folder, runs } of [{ folder: path, runs: file.runs }, ...shards]) {
      for (const run of runs) {
        const differs = difference(first.runs[0], run);
        if (differs) throw new InputError(`${join(folder, RUNS)}: ${differs}`);
        addOnce(merged, run, join(folder, RUNS));
      }
    }
    out.write(RUNS, toLines(sorted(merged)));
  } finally {
    file.close();
  }
  const gap = gapIn(sorted(merged)), from = folders.length === 1 ? '1 folder' : `${folders.length} folders`;
  screen.write(`${merged.size.toLocaleString('en')} runs of ${from} written to ${path}${gap ? `; ${gap}` : ''}\n`);
}

const sorted = (runs: ReadonlyMap<string, RunLine>): RunLine[] => [...runs.values()].sort(byIndex);
