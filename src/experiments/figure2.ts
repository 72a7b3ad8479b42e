/**
 * @file `idlg figure2`: Figure 2 of the iDLG paper, reconstructions as they emerge: for each run a film strip of iDLG
 * and one of DLG, from the same start on the same gradient, the original first, then every tenth iteration.
 */
import { InputError } from '../data/dataset.ts';
import { encodePng } from '../data/png.ts';
import { filmStrip } from '../plot/film-strip.ts';
import { ATTACKS } from './attacks.ts';
import { scientific, type Screen } from './display.ts';
import { makeRuns, MOST_RUNS, readExperiment, RUN_OPTIONS, taskOf, type RunTask } from './experiment.ts';
import { filmRow, labelWord } from './film.ts';
import { helpText } from './help.ts';
import { Options, type OptionTable } from './options.ts';
import { OutputFolder } from './output.ts';
import { PROGRAM } from './program.ts';
import { byIndex, type RunName } from './protocol.ts';
import type { Run } from './run.ts';
import { commandLines, table, wrap } from './text.ts';

const FRAME_EVERY = 10;
/**
 * The run that is shown by default: of runs 0 to 11 of seed 0, all drawn digits, the first in which DLG needs at
 * least 20 iterations more than iDLG.
 */
const DEFAULT_RUN = 4;
/** How the twelve runs of the default experiment ended, counted by a test. */
const OTHERS = 'Of runs 0 to 11, iDLG and DLG recover 10 images each: iDLG fails in runs 0 and 10, DLG in runs 9 and ' +
  '10. In the 9 runs where both succeed, iDLG needs fewer evaluations.';
/** The options that change neither which runs there are nor what comes of them. */
const NEUTRAL = ['workers', 'out'];

const TABLE: OptionTable = {
  ...RUN_OPTIONS,
  run: { value: 'N', about: `number of the run to show, as two strips [${DEFAULT_RUN}]` },
  runs: { value: 'N', about: 'show runs 0 to N − 1 instead, two strips each' },
  out: { value: 'DIR', about: 'write figure2.png to this folder' },
};

export const FIGURE2_HELP = helpText({
  name: 'figure2',
  about: 'how DLG\'s and iDLG\'s reconstructions emerge, as in Figure 2 of the iDLG paper',
  usage: [['--out DIR [options]']],
  options: TABLE,
  notes: [
    'Run i has the network, image and start of run i of table1 and figure1.',
    `No single run is typical. ${OTHERS} On MNIST far fewer runs fail with --line-search strong-wolfe.`,
  ],
  examples: [
    '--out out',
    '--runs 12 --out out',
    '--dataset pictures --run 0 --line-search strong-wolfe --out out',
    '--dataset cifar100 --data data --runs 3 --out out',
  ],
});

/** Runs the command. @throws {InputError} for a mistake in the options or files. */
export async function figure2Command(args: readonly string[], screen: Screen, aside: Screen): Promise<void> {
  const options = new Options(TABLE, args), path = options.text('out');
  if (path === undefined) throw new InputError('--out: expected the folder for figure2.png, got nothing');
  options.exclude('run', ['runs'], 'either one run is shown or the first N');
  const experiment = readExperiment(options, { runs: 1 });
  const indices = options.has('runs') ? experiment.indices : [options.integer('run', 0, MOST_RUNS - 1) ?? DEFAULT_RUN];
  const out = new OutputFolder(path);
  out.expectFree(['figure2.png']);
  const tasks = indices.flatMap((index) =>
    experiment.methods.map((method) => ({ ...taskOf(experiment, { index, method }), frameEvery: FRAME_EVERY })),
  );
  const done: Done[] = [];
  const isDone = await makeRuns(tasks, {
    workers: experiment.workers,
    total: tasks.length,
    before: 0,
    kept: 'nothing is kept',
    screen: aside,
    onRun: (task, run) => void done.push({ task, run }),
  });
  if (!isDone) return;
  done.sort((a, b) => byIndex(nameOf(a.task), nameOf(b.task)));
  const rows = done.map(({ task: { target }, run }) => filmRow(target, run, run.frames, `${target.title}   `));
  out.write('figure2.png', encodePng(filmStrip(rows)));
  screen.write(`${outcomes(done)}\n${caveat(indices, options)}\nwritten to ${out.path}: figure2.png\n`);
}

/** A row per strip. */
function outcomes(done: readonly Done[]): string {
  const rows = done.map(({ task: { draw: { index } }, run: { record } }) => [
    `${index}`, ATTACKS[record.method].title, `${record.label} ${labelWord(record)}`, scientific(record.mse),
    String(record.iterations), String(record.evaluations),
  ]);
  return table(['run', 'method', 'label', 'MSE', 'iterations', 'evaluations'], rows, 2);
}

/** Says that other runs end differently and, where it is known, how. */
function caveat(indices: readonly number[], options: Options): string {
  const isDefault = Object.keys(TABLE).every((name) => NEUTRAL.includes(name) || !options.has(name));
  const shown = indices.length === 1 ? `Only run ${indices[0]} is shown; others end differently.`
    : `${indices.length} runs are shown, and others may end differently.`;
  if (isDefault) {
    const all = commandLines('  ', `${PROGRAM} figure2 --runs 12 --out DIR`);
    return `${wrap('', `${shown} ${OTHERS} This shows all twelve:`)}${all}`;
  }
  const counts = '`figure1` counts the images that each method recovers in many runs.';
  return wrap('', `${shown} ${counts}`);
}

/** A run that was made. */
interface Done {
  readonly task: RunTask;
  readonly run: Run;
}

const nameOf = ({ draw: { index }, method }: RunTask): RunName => ({ index, method });
