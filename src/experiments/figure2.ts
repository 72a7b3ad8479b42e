/**
 * @file `idlg figure2`: Figure 2 of the iDLG paper, reconstructions as they emerge: for each run a film strip of iDLG
 * and one of DLG, from the same start on the same gradient, the original first, then every tenth iteration.
 */
import { InputError } from '../data/dataset.ts';
import { encodePng } from '../data/png.ts';
import { filmStrip } from '../plot/film-strip.ts';
import type { Screen } from './display.ts';
import { makeRuns, readExperiment, RUN_OPTIONS, taskOf, type RunTask } from './experiment.ts';
import { filmRow } from './film.ts';
import { describe, Options, type OptionTable } from './options.ts';
import { OutputFolder } from './output.ts';
import { byIndex, type RunName } from './protocol.ts';
import type { Run } from './run.ts';

const FRAME_EVERY = 10;
const DEFAULT_RUNS = 2;

const TABLE: OptionTable = {
  ...RUN_OPTIONS,
  runs: { value: 'N', about: `runs 0 to N − 1, two strips each [${DEFAULT_RUNS}]` },
  out: { value: 'DIR', about: 'write figure2.png there' },
};

export const FIGURE2_HELP = `idlg figure2: how DLG's and iDLG's reconstructions emerge, as in Figure 2 of the iDLG paper

Usage: idlg figure2 --out DIR [options]

${describe(TABLE)}

Run i has the network, image and start that run i of table1 and figure1 has. Without a line search, as in the papers'
code, some runs never leave the noise, those of iDLG too; with --line-search strong-wolfe they do.

Examples:
  idlg figure2 --out out
  idlg figure2 --dataset pictures --line-search strong-wolfe --out out
  idlg figure2 --dataset cifar100 --data data --runs 3 --out out
`;

/** Runs the command. @throws {InputError} for a mistake in the options or files. */
export async function figure2Command(args: readonly string[], screen: Screen, aside: Screen): Promise<void> {
  const options = new Options(TABLE, args), path = options.text('out');
  if (path === undefined) throw new InputError('--out: expected the folder for figure2.png, got nothing');
  const experiment = readExperiment(options, { runs: DEFAULT_RUNS });
  const out = new OutputFolder(path);
  out.expectFree(['figure2.png']);
  const tasks = experiment.indices.flatMap((index) =>
    experiment.methods.map((method) => ({ ...taskOf(experiment, { index, method }), frameEvery: FRAME_EVERY })),
  );
  const done: { readonly task: RunTask; readonly run: Run }[] = [];
  const isDone = await makeRuns(tasks, {
    workers: experiment.workers,
    total: tasks.length,
    before: 0,
    kept: 'nothing is kept',
    screen: aside,
    onRun: (task, run) => void done.push({ task, run }),
  });
  if (!isDone) return;
  const rows = done
    .sort((a, b) => byIndex(nameOf(a.task), nameOf(b.task)))
    .map(({ task: { target }, run }) => filmRow(target, run, run.frames, `${target.title}   `));
  out.write('figure2.png', encodePng(filmStrip(rows)));
  screen.write(`written to ${out.path}: figure2.png\n`);
}

const nameOf = ({ draw: { index }, method }: RunTask): RunName => ({ index, method });
