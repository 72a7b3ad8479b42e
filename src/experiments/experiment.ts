/**
 * @file An experiment as a command's options describe it, and the making of its runs, with a progress bar.
 */
import { availableParallelism } from 'node:os';
import { defenceTitle } from '../beyond/defence/defences.ts';
import { InputError, type Dataset } from '../data/dataset.ts';
import { DRAWN_NAMES } from '../data/load.ts';
import { ACTIVATIONS } from '../nn/activation.ts';
import { LINE_SEARCHES, type LineSearch } from '../optim/lbfgs.ts';
import { ATTACKS, expectInvertible, FORMER_NAMES, METHODS, PAPER_METHODS, type Method } from './attacks.ts';
import type { Screen } from './display.ts';
import { DEFAULT_KERNELS, KERNELS_OPTION, readKernels } from './kernels.ts';
import { Options, type OptionSpec, type OptionTable } from './options.ts';
import { runAll } from './pool.ts';
import { iterationsFor, priorText, readPrior, type PriorSettings } from './prior-options.ts';
import { Progress } from './progress.ts';
import {
  attackOptions, drawRun, PAPER, PAPER_ACTIVATION, protocolFor, settingOf, type Draw, type Protocol, type RunName,
} from './protocol.ts';
import { hashOf, readClassifier } from './recognition.ts';
import type { Run } from './run.ts';
import { chosenDataset, datasetOptions, exampleTarget, openDataset } from './target.ts';
import type { Task } from './worker.ts';

/** The default number of runs: few if the images are drawn, the papers' number on their data sets. */
const DEFAULT_RUNS = { drawn: 12, real: 1000 };
const MOST_WORKERS = 1024;
/** A file of twice as many lines can still be read. */
export const MOST_RUNS = 250_000;

/** Words that --method takes besides the methods, and what they mean. */
interface OtherMethods {
  readonly words: readonly string[];
  readonly about: string;
}

/** The option that names the methods. @param otherwise the default, as it is typed. */
export const methodOption = (otherwise: string, other?: OtherMethods): OptionSpec => {
  const about = `attacks to run, separated by commas; both means ${PAPER_METHODS.join()}, the papers' two`;
  return {
    choices: ['both', ...METHODS, ...(other?.words ?? [])],
    many: true,
    renamed: FORMER_NAMES,
    about: `${about}${other ? `; ${other.about}` : ''} [${otherwise}]`,
  };
};

/** Options of a command that makes runs. */
export const RUN_OPTIONS: OptionTable = {
  ...datasetOptions('that the images are from'),
  runs: {
    value: 'N',
    about: `make runs 0 to N − 1 of every method; default: ${DEFAULT_RUNS.real}, or ${DEFAULT_RUNS.drawn} if the ` +
      'data set is drawn',
  },
  method: methodOption('both'),
  activation: { choices: ACTIVATIONS, about: `activation function of the network [${PAPER_ACTIVATION}]` },
  seed: { value: 'S', about: `run i draws its network, image and start from (S, i) [${PAPER.seed}]` },
  'line-search': {
    choices: LINE_SEARCHES,
    about: `line search of L-BFGS; the papers' code, whose protocol these runs follow, has none [${PAPER.lineSearch}]`,
  },
  iterations: { value: 'N', about: `at most N iterations of up to 20 moves each [${PAPER.mostIterations}]` },
  tolerance: {
    value: 'T',
    about: `stop when the objective L_G is below T, as in the papers' code [${PAPER.tolerance.toExponential()}]`,
  },
  'look-every': {
    value: 'N',
    about: `check the tolerance after iterations 1, 1 + N, 1 + 2N, …, as the papers' code does [${PAPER.lookEvery}]`,
  },
  ...KERNELS_OPTION,
  workers: { value: 'N', about: 'processes that make runs; default: one per core' },
};

/** Which runs are wanted. */
export interface Experiment {
  readonly protocol: Protocol;
  readonly dataset: Dataset;
  /** Numbers of the runs. */
  readonly indices: readonly number[];
  readonly methods: readonly Method[];
  readonly prior: PriorSettings;
  /** The largest number of iterations, if it was given. */
  readonly iterations?: number;
  /** The weights of a network that looks at the reconstructions. */
  readonly classifier?: string;
  readonly workers: number;
}

/** A command's own defaults, if they are not those that RUN_OPTIONS says. */
export interface ExperimentDefaults {
  readonly runs?: number;
  readonly methods?: readonly Method[];
  readonly lineSearch?: LineSearch;
}

/** @throws {InputError} if an option is not valid, or the data set is missing or damaged. */
export function readExperiment(options: Options, defaults: ExperimentDefaults = {}): Experiment {
  const { name, dir } = chosenDataset(options), isDrawn = DRAWN_NAMES.includes(name);
  const runs = options.integer('runs', 1, MOST_RUNS) ?? defaults.runs ?? DEFAULT_RUNS[isDrawn ? 'drawn' : 'real'];
  const methods = readMethods(options, defaults.methods ?? PAPER_METHODS);
  const activation = options.choice('activation', ACTIVATIONS, PAPER_ACTIVATION);
  expectInvertible(methods, [activation]);
  const prior = readPrior(options, methods), dataset = openDataset(name, dir), classifier = options.text('classifier');
  if (classifier !== undefined) readClassifier(classifier, dataset.shape, dataset.classes); // before hours of work
  const protocol = protocolFor(name, dataset, {
    lineSearch: options.choice('line-search', LINE_SEARCHES, defaults.lineSearch ?? PAPER.lineSearch),
    mostIterations: options.integer('iterations', 0),
    tolerance: options.number('tolerance', { zero: true }),
    lookEvery: options.integer('look-every', 1),
    seed: options.integer('seed', 0),
    activation,
    kernels: readKernels(options),
    options: [priorText(options), ...(classifier === undefined ? [] : [`--classifier ${hashOf(classifier)}`])]
      .filter(Boolean).join(' '),
  });
  return {
    protocol,
    dataset,
    indices: indicesOf(options, runs),
    methods,
    prior,
    ...(options.has('iterations') && { iterations: protocol.mostIterations }),
    ...(classifier !== undefined && { classifier }),
    workers: options.integer('workers', 1, MOST_WORKERS) ?? availableParallelism(),
  };
}

/**
 * The methods that --method names; `both` means the papers', and `auto` is as good as no --method.
 * @throws {InputError} if a word that is no method, such as `none`, stands among methods.
 */
export function readMethods(options: Options, otherwise: readonly Method[]): readonly Method[] {
  const names = options.text('method')?.split(',');
  if (!names || names.join() === 'auto') return otherwise;
  const asked = names.flatMap((name) => (name === 'both' ? [...PAPER_METHODS] : [name]));
  const methods = METHODS.filter((method) => asked.includes(method));
  const other = asked.find((name) => !METHODS.some((method) => method === name));
  if (other === undefined || methods.length === 0) return methods;
  throw new InputError(`--method: expected ${other} alone, got ${names.join()}`);
}

/** The numbers from 0 to runs − 1 that belong to --shard. @throws {InputError} if it is not i/n with i from 1 to n. */
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
export function taskOf({ protocol, dataset, prior, iterations, classifier }: Experiment, name: RunName): RunTask {
  const { index, method, defence } = name, draw = drawRun(protocol, index), setting = settingOf(name);
  const under = defence === undefined ? '' : ` under ${defenceTitle({ ...setting, defence })}`;
  return {
    name: `run ${index} of ${ATTACKS[method].title}${under}`,
    draw,
    target: exampleTarget(protocol.dataset, dataset, draw.image),
    activation: protocol.activation ?? PAPER_ACTIVATION,
    method,
    kernels: protocol.kernels ?? DEFAULT_KERNELS,
    ...(defence !== undefined && { defence: { ...setting, defence } }),
    ...(classifier !== undefined && { classifier }),
    options: { ...attackOptions(protocol, draw), ...prior, iterations: iterations ?? iterationsFor(method, prior) },
  };
}

/**
 * Makes runs and shows a progress bar. Returns whether all are done: false after Ctrl-C, which sets exit code 130.
 * @param kept says what is kept of the runs done.
 * @throws whatever runAll() and `onRun` throw.
 */
export async function makeRuns(
  tasks: Iterable<RunTask>,
  { workers, total, before, kept, screen, onRun }: {
    readonly workers: number;
    readonly total: number;
    /** How many of `total` were done before. */
    readonly before: number;
    readonly kept: string;
    readonly screen: Screen;
    readonly onRun: (task: RunTask, run: Run) => void;
  },
): Promise<boolean> {
  const progress = new Progress(screen, { total, before, one: 'attack', many: 'attacks' });
  const isDone = await interruptible((signal) => runAll(tasks, {
    workers,
    signal,
    onRun: (task, run) => {
      onRun(task, run);
      progress.advance();
    },
    onDeath: ({ name }, cause) => progress.say(`${name}: its worker died (${cause}); another one repeats it`),
  })).finally(() => progress.finish());
  if (isDone) return true;
  screen.write(`stopped; ${kept}\n`);
  process.exitCode = 130;
  return false;
}

/** Does the work, with a signal that is aborted by Ctrl-C or a scheduler's SIGTERM. */
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
