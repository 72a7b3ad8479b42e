/**
 * @file `idlg merge`: the runs of several shards in one file, as one process would have written it.
 */
import { join } from 'node:path';
import { InputError } from '../data/dataset.ts';
import type { Screen } from './display.ts';
import { helpText } from './help.ts';
import { Options, type OptionTable } from './options.ts';
import { OutputFolder } from './output.ts';
import { PROGRAM } from './program.ts';
import { byIndex, difference, type RunLine } from './protocol.ts';
import { addOnce, gapIn, readRuns, RunFile, RUNS, toLines } from './records.ts';
import { amount } from './text.ts';

const TABLE: OptionTable = {
  out: { value: 'DIR', about: 'write runs.jsonl to this folder; runs that are there already are kept' },
};

export const MERGE_HELP = helpText({
  name: 'merge',
  about: 'join the runs of several shards, made with --shard',
  usage: [['DIR… --out DIR']],
  options: TABLE,
  notes: [
    'The file is sorted. Except for the seconds, it is byte for byte the one that a single process would have ' +
      `written. \`${PROGRAM} table1 DIR\` and \`${PROGRAM} figure1 DIR\` then report on it.`,
  ],
  examples: ['shard-1 shard-2 --out mnist'],
});

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
  const gap = gapIn(sorted(merged)), from = amount(folders.length, 'folder');
  screen.write(`${amount(merged.size, 'run')} from ${from} written to ${path}${gap ? `; ${gap}` : ''}\n`);
}

const sorted = (runs: ReadonlyMap<string, RunLine>): RunLine[] => [...runs.values()].sort(byIndex);
