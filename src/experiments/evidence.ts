/**
 * @file The runs that Table 1 and Figure 1 are made of: the options that say which, and the making of those that are
 * not there yet.
 */
import { availableParallelism } from 'node:os';
import { InputError, type Dataset } from '../data/dataset.ts';
import { LINE_SEARCHES } from '../optim/lbfgs.ts';
import type { Screen } from './display.ts';
import { Options, type OptionTable } from './options.ts';
import { OutputFolder } from './output.ts';
import { DATASET_TITLES } from './paper.ts';
import { runAll } from './pool.ts';
import { Progress } from './progress.ts';
import {
  attackOptions, byIndex, drawRun, PAPER, PROTOCOL_OPTIONS, protocolFor, protocolOf, type Draw, type Protocol, type RunLine,
  type RunName,
} from './protocol.ts';
import { readRuns, RunFile } from './records.ts';
import { METHODS, METHOD_TITLES, type Method, type Run } from './run.ts';
import { DEFAULT_DATA, EMBEDDED_NAMES, exampleTarget, openDataset, TARGET_NAMES } from './target.ts';
import { share, type Share } from './shares.ts';
import type { Task } from './worker.ts';

/** Runs unless said: a taste where the images are drawn, the papers' number on their data sets. */
const DEFAULT_RUNS = { embedded: 12, real: 1000 };
const MOST_WORKERS = 1024;
const MOST_RUNS = 1_000_000;

/** Options of a command that makes runs. */
export const RUN_OPTIONS: OptionTable = {
  dataset: {
    choices: TARGET_NAMES,
    about: 'what the images are from; digits and pictures are drawn, and need no files [digits]',
  },
  data: { value: 'DIR', about: `the folder with the files of mnist, cifar100 or lfw [${DEFAULT_DATA}]` },
  runs: {
    value: 'N',
    about: `runs 0 to N − 1, each of iDLG and of DLG [${DEFAULT_RUNS.real}; ${DEFAULT_RUNS.embedded} if drawn]`,
  },
  seed: { value: 'S', about: `run i draws its network, image and start from (S, i) [${PAPER.seed}]` },
  'line-search': { choices: LINE_SEARCHES, about: `of L-BFGS; the papers' code has none [${PAPER.lineSearch}]` },
  iterations: { value: 'N', about: `at most so many, of up to 20 moves each [${PAPER.mostIterations}]` },
  tolerance: { value: 'T', about: `stop where L_G is below this [${PAPER.tolerance}]` },
  'look-every': { value: 'N', about: `look at that after iterations 1, 1 + N, 1 + 2N, … [${PAPER.lookEvery}]` },
  workers: { value: 'N', about: 'processes that make runs [one a core]' },
};

/** Options of a command that keeps them. */
export const EVIDENCE_OPTIONS: OptionTable = {
  ...RUN_OPTIONS,
  shard: { value: 'i/n', about: 'only the i-th of n equal parts of the runs, i from 1; `idlg merge` joins them [1/1]' },
  out: { value: 'DIR', about: 'keep the runs in DIR/runs.jsonl, and go on after those that are there' },
  json: { about: 'print JSON' },
};

/** Which runs are wanted. */
export interface Experiment {
  readonly protocol: Protocol;
  readonly dataset: Dataset;
  /** Numbers of the runs. */
  readonly indices: readonly number[];
  readonly workers: number;
}

/** Runs of one protocol, as a table shows them. */
export interface Evidence {
  readonly protocol: Protocol;
  readonly runs: readonly RunLine[];
}

/** @throws {InputError} where an option is not valid or the data set is missing or damaged. */
export function readExperiment(options: Options, defaultRuns?: number): Experiment {
  const name = options.text('dataset') ?? EMBEDDED_NAMES[0], isEmbedded = EMBEDDED_NAMES.includes(name);
  if (options.has('data') && isEmbedded) {
    throw new InputError(`--data: expected with a data set that has files, got --dataset ${name}, which is drawn`);
  }
  const runs = options.integer('runs', 1, MOST_RUNS) ?? defaultRuns ?? DEFAULT_RUNS[isEmbedded ? 'embedded' : 'real'];
  const [shard, shards] = readShard(options.text('shard') ?? '1/1');
  const dataset = openDataset(name, options.text('data') ?? DEFAULT_DATA);
  const protocol = protocolFor(name, dataset, {
    lineSearch: options.choice('line-search', LINE_SEARCHES, PAPER.lineSearch),
    mostIterations: options.integer('iterations', 0) ?? PAPER.mostIterations,
    tolerance: options.number('tolerance', { zero: true }) ?? PAPER.tolerance,
    lookEvery: options.integer('look-every', 1) ?? PAPER.lookEvery,
    seed: options.integer('seed', 0) ?? PAPER.seed,
  });
  const indices = Array.from({ length: runs }, (_, i) => i).filter((i) => i % shards === shard - 1);
  return { protocol, dataset, indices, workers: options.integer('workers', 1, MOST_WORKERS) ?? availableParallelism() };
}

function readShard(text: string): [shard: number, shards: number] {
  const [, shard, shards] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (shard >= 1 && shard <= shards && Number.isSafeInteger(shards)) return [shard, shards];
  throw new InputError(`--shard: expected i/n with i from 1 to n, got "${text}"`);
}

/** A task of the pool that knows its place in the experiment. */
export interface RunTask extends Task {
  readonly draw: Draw;
}

/** Run `index` of the experiment by one method. */
export function taskOf({ protocol, dataset }: Experiment, index: number, method: Method): RunTask {
  const draw = drawRun(protocol, index);
  return {
    name: `run ${index} of ${METHOD_TITLES[method]}`,
    draw,
    target: exampleTarget(protocol.dataset, dataset, draw.image),
    activation: 'sigmoid',
    method,
    options: attackOptions(protocol, draw),
  };
}

/**
 * Makes runs with a bar for a person. Returns whether all are done; after Ctrl-C they are not, and the exit code is 130.
 * @param kept what is said of those that are.
 * @throws whatever runAll() and `onRun` throw.
 */
export async function makeRuns(
  tasks: Iterable<RunTask>,
  { workers, total, before, kept, screen, onRun }: {
    readonly workers: number;
    readonly total: number;
    /** How many of `total` there are without these tasks. */
    readonly before: number;
    readonly kept: string;
    readonly screen: Screen;
    readonly onRun: (task: RunTask, run: Run) => void;
  },
): Promise<boolean> {
  const progress = new Progress(screen, { total, before, what: 'runs' });
  const isDone = await interruptible((signal) => runAll(tasks, {
    workers,
    signal,
    onRun: (task, run) => {
      onRun(task, run);
      progress.advance();
    },
    onDeath: ({ name }, cause) => progress.say(`${name}: its worker died (${cause}); another begins it again`),
  })).finally(() => progress.finish());
  if (isDone) return true;
  screen.write(`stopped; ${kept}\n`);
  process.exitCode = 130;
  return false;
}

/**
 * Makes the runs that are not in the folder yet and returns all that were asked for; undefined where Ctrl-C ended it.
 * @throws {InputError} where the folder is of another experiment or cannot be written to; what was done is kept.
 */
async function makeEvidence(
  experiment: Experiment, out: OutputFolder | undefined, screen: Screen,
): Promise<Evidence[] | undefined> {
  const { protocol, indices, workers } = experiment;
  const file = out && new RunFile(out, protocol);
  const made: RunLine[] = [];
  try {
    const wanted = indices.flatMap((index) => METHODS.map((method) => ({ index, method })));
    const missing = wanted.filter((run) => !file?.has(run));
    const isDone = await makeRuns(tasks(experiment, missing), {
      workers,
      total: wanted.length,
      before: wanted.length - missing.length,
      kept: out ? `the runs done are in ${out.path}, and the same command goes on after them` : 'nothing is kept',
      screen,
      onRun: ({ draw, target }, { record }) => {
        const line = { ...protocol, ...draw, truth: target.label, ...record };
        if (file) file.add(line);
        else made.push(line);
      },
    });
    if (!isDone) return undefined;
    file?.sort();
    const asked = new Set(indices);
    return [{ protocol, runs: (file?.runs ?? made.sort(byIndex)).filter(({ index }) => asked.has(index)) }];
  } finally {
    file?.close();
  }
}

/** Their images are read as they come, not all at once. */
function* tasks(experiment: Experiment, runs: readonly RunName[]): Generator<RunTask> {
  for (const { index, method } of runs) yield taskOf(experiment, index, method);
}

/** Does the work with a signal that Ctrl-C, or a scheduler's SIGTERM, gives. */
async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.on('SIGINT', abort).on('SIGTERM', abort);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
}

/** What is in the folders, each a column of a table. @throws {InputError} where one holds no runs. */
function readEvidence(folders: readonly string[]): Evidence[] {
  return folders.map((folder) => {
    const runs = readRuns(folder);
    if (runs.length === 0) throw new InputError(`${folder}: expected runs, got none`);
    return { protocol: protocolOf(runs[0]), runs };
  });
}

/** How many runs of a method pass, and how sure their share is. */
export function shareOf({ runs }: Evidence, method: Method, passes: (run: RunLine) => boolean): Share {
  const all = runs.filter((run) => run.method === method);
  return share(all.filter(passes).length, all.length);
}

/** An experiment as the head of a column, `MNIST, line search none`, with what differs from the papers' protocol. */
export function headOf({ protocol }: Evidence): { readonly title: string; readonly details: string } {
  const { dataset, lineSearch, ...rest } = protocol;
  const others = (['mostIterations', 'tolerance', 'lookEvery', 'seed'] as const)
    .filter((key) => rest[key] !== PAPER[key])
    .map((key) => `${PROTOCOL_OPTIONS[key].slice(2)} ${rest[key]}`);
  return {
    title: DATASET_TITLES[dataset] ?? dataset,
    details: [`line search ${lineSearch}`, ...others].join(', '),
  };
}

/** What a command makes of runs. */
export interface Report {
  /** For a person, on standard output. */
  readonly text: string;
  /** For a program; its numbers that are not finite are null. */
  readonly json: object;
  /** Files by name, beside `COMMAND.json`. */
  readonly files: Readonly<Record<string, string>>;
}

/** A kind of report: what it is called, which files it has, and how it is made. */
export interface ReportKind {
  readonly name: string;
  readonly files: readonly string[];
  readonly make: (evidence: readonly Evidence[]) => Report;
}

/** A command that makes runs, or reads those of some folders, and tells what came of them. */
export async function evidenceCommand(
  { name, files: fileNames, make }: ReportKind, args: readonly string[], screen: Screen, aside: Screen,
): Promise<void> {
  const options = new Options(EVIDENCE_OPTIONS, args, { positional: 'DIR' }), folders = options.positionals;
  const making = Object.keys(EVIDENCE_OPTIONS).filter((option) => !['out', 'json'].includes(option));
  const given = folders.length > 0 && making.find((option) => options.has(option));
  if (given) throw new InputError(`--${given}: expected without folders of runs, got ${folders.join(' ')}`);
  const experiment = folders.length > 0 ? undefined : readExperiment(options);
  const read = experiment ? [] : readEvidence(folders);
  const path = options.text('out'), out = path === undefined ? undefined : new OutputFolder(path);
  out?.expectFree([...fileNames, `${name}.json`]);
  const evidence = experiment ? await makeEvidence(experiment, out, aside) : read;
  if (!evidence) return;
  const { text, json, files } = make(evidence);
  const written = { ...files, [`${name}.json`]: `${JSON.stringify(json, null, 2)}\n` };
  if (out) for (const [file, content] of Object.entries(written)) out.write(file, content);
  screen.write(options.has('json') ? written[`${name}.json`] : text);
  if (out) aside.write(`written to ${out.path}: ${Object.keys(written).join(', ')}\n`);
}
