/**
 * @file An experiment as a command's options say it, and the making of its runs, with a bar for a person.
 */
import { availableParallelism } from 'node:os';
import { titleOf } from '../attack/defences.ts';
import { InputError, type Dataset } from '../data/dataset.ts';
import { ACTIVATIONS } from '../nn/activation.ts';
import { LINE_SEARCHES, type LineSearch } from '../optim/lbfgs.ts';
import type { Screen } from './display.ts';
import { Options, type OptionTable } from './options.ts';
import { runAll } from './pool.ts';
import { Progress } from './progress.ts';
import {
  attackOptions, drawRun, PAPER, PAPER_ACTIVATION, protocolFor, settingOf, type Draw, type Protocol, type RunName,
} from './protocol.ts';
import { expectInvertible, METHODS, METHOD_TITLES, PAPER_METHODS, type Method, type Run } from './run.ts';
import { chosenDataset, datasetOptions, EMBEDDED_NAMES, exampleTarget, openDataset } from './target.ts';
import type { Task } from './worker.ts';

/** Runs unless said: a taste where the images are drawn, the papers' number on their data sets. */
const DEFAULT_RUNS = { embedded: 12, real: 1000 };
const MOST_WORKERS = 1024;
/** A file of twice as many lines can still be read. */
const MOST_RUNS = 250_000;

/** Options of a command that makes runs. */
export const RUN_OPTIONS: OptionTable = {
  ...datasetOptions('the images are from'),
  runs: {
    value: 'N',
    about: `runs 0 to N − 1, each of every method [${DEFAULT_RUNS.real}; ${DEFAULT_RUNS.embedded} if drawn]`,
  },
  method: { choices: ['both', ...METHODS], about: 'both are the papers\' [both]' },
  activation: { choices: ACTIVATIONS, about: `of the network [${PAPER_ACTIVATION}]` },
  seed: { value: 'S', about: `run i draws its network, image and start from (S, i) [${PAPER.seed}]` },
  'line-search': { choices: LINE_SEARCHES, about: `of L-BFGS; the papers' code has none [${PAPER.lineSearch}]` },
  iterations: { value: 'N', about: `at most so many, of up to 20 moves each [${PAPER.mostIterations}]` },
  tolerance: { value: 'T', about: `stop where L_G is below this [${PAPER.tolerance}]` },
  'look-every': { value: 'N', about: `look at that after iterations 1, 1 + N, 1 + 2N, … [${PAPER.lookEvery}]` },
  workers: { value: 'N', about: 'processes that make runs [one a core]' },
};

/** Which runs are wanted. */
export interface Experiment {
  readonly protocol: Protocol;
  readonly dataset: Dataset;
  /** Numbers of the runs. */
  readonly indices: readonly number[];
  readonly methods: readonly Method[];
  readonly workers: number;
}

/** What holds where an option is not given, if not what RUN_OPTIONS says. */
export interface ExperimentDefaults {
  readonly runs?: number;
  readonly methods?: readonly Method[];
  readonly lineSearch?: LineSearch;
}

/** @throws {InputError} where an option is not valid or the data set is missing or damaged. */
export function readExperiment(options: Options, defaults: ExperimentDefaults = {}): Experiment {
  const { name, dir } = chosenDataset(options), isEmbedded = EMBEDDED_NAMES.includes(name);
  const runs = options.integer('runs', 1, MOST_RUNS) ?? defaults.runs ?? DEFAULT_RUNS[isEmbedded ? 'embedded' : 'real'];
  const methods = readMethods(options, defaults.methods ?? PAPER_METHODS);
  const activation = options.choice('activation', ACTIVATIONS, PAPER_ACTIVATION);
  expectInvertible(methods, [activation]);
  const dataset = openDataset(name, dir);
  const protocol = protocolFor(name, dataset, {
    lineSearch: options.choice('line-search', LINE_SEARCHES, defaults.lineSearch ?? PAPER.lineSearch),
    mostIterations: options.integer('iterations', 0),
    tolerance: options.number('tolerance', { zero: true }),
    lookEvery: options.integer('look-every', 1),
    seed: options.integer('seed', 0),
    activation,
  });
  return {
    protocol,
    dataset,
    indices: indicesOf(options, runs),
    methods,
    workers: options.integer('workers', 1, MOST_WORKERS) ?? availableParallelism(),
  };
}

/** The methods that --method names: `both` are the papers', in METHODS' order. */
export function readMethods(options: Options, otherwise: readonly Method[]): readonly Method[] {
  const name = options.text('method');
  if (name === undefined) return otherwise;
  return name === 'both' ? PAPER_METHODS : METHODS.filter((method) => method === name);
}

/** Of 0 to runs − 1 those that are --shard's. @throws {InputError} where that is not i/n with i from 1 to n. */
export function indicesOf(options: Options, runs: number): number[] {
  const text = options.text('shard') ?? '1/1';
  const [, shard, shards] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(shard >= 1 && shard <= shards && Number.isSafeInteger(shards))) {
    throw new InputError(`--shard: expected i/n with i from 1 to n, got "${text}"`);
  }
  return Array.from({ length: runs }, (_, i) => i).filter((i) => i % shards === shard - 1);
}

/** A task of the pool that knows its place in the experiment. */
export interface RunTask extends Task {
  readonly draw: Draw;
}

/** A run of the experiment. */
export function taskOf({ protocol, dataset }: Experiment, name: RunName): RunTask {
  const { index, method, defence } = name, draw = drawRun(protocol, index), setting = settingOf(name);
  const under = defence === undefined ? '' : ` under ${titleOf({ ...setting, defence })}`;
  return {
    name: `run ${index} of ${METHOD_TITLES[method]}${under}`,
    draw,
    target: exampleTarget(protocol.dataset, dataset, draw.image),
    activation: protocol.activation ?? PAPER_ACTIVATION,
    method,
    ...(defence !== undefined && { defence: { ...setting, defence } }),
    options: attackOptions(protocol, draw),
  };
}

/**
 * Makes runs with a bar for a person. Returns whether all are done; after Ctrl-C they are not: the exit code is 130.
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
  const progress = new Progress(screen, { total, before, what: 'attacks' });
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
