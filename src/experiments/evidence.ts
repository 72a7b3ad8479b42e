/**
 * @file The runs behind Table 1 and Figure 1, made and kept in a folder or read from those of earlier experiments, and
 * the reports on them.
 */
import { InputError } from '../data/dataset.ts';
import { datasetTitle } from '../data/load.ts';
import { METHODS, PAPER_METHODS, type Method } from './attacks.ts';
import type { Screen } from './display.ts';
import {
  makeRuns, readExperiment, RUN_OPTIONS, taskOf, type Experiment, type ExperimentDefaults, type RunTask,
} from './experiment.ts';
import { Options, type OptionTable } from './options.ts';
import { OutputFolder } from './output.ts';
import {
  byIndex, PAPER, PROTOCOL_OPTIONS, protocolOf, type Protocol, type RunLine, type RunName,
} from './protocol.ts';
import { PROGRAM } from './program.ts';
import { gapIn, keyOf, readRuns, RunFile } from './records.ts';
import { share, type Share } from './shares.ts';
import { amount, wrap } from './text.ts';

/** Options of a command that makes runs and keeps them. */
export const EVIDENCE_OPTIONS: OptionTable = {
  ...RUN_OPTIONS,
  shard: { value: 'i/n', about: `make only part i of n of the runs, i from 1; \`${PROGRAM} merge\` joins them [1/1]` },
  out: { value: 'DIR', about: 'keep the runs in DIR/runs.jsonl, and resume after those that are there' },
  json: { about: 'print JSON' },
};

/** Runs of one protocol, as a table shows them. */
export interface Evidence {
  readonly protocol: Protocol;
  readonly runs: readonly RunLine[];
}

/**
 * Makes the runs that are missing in the folder and returns all that were asked for; undefined if Ctrl-C ended it.
 * @throws {InputError} if the folder belongs to another experiment or cannot be written to; what was done is kept.
 */
async function makeEvidence(
  experiment: Experiment, wanted: readonly RunName[], out: OutputFolder | undefined, screen: Screen,
): Promise<Evidence[] | undefined> {
  const { protocol, workers } = experiment;
  const file = out && new RunFile(out, protocol);
  const made: RunLine[] = [];
  try {
    const missing = wanted.filter((run) => !file?.has(run));
    const isDone = await makeRuns(tasks(experiment, missing), {
      workers,
      total: wanted.length,
      before: wanted.length - missing.length,
      kept: out ? keptIn(out) : 'nothing is kept',
      screen,
      onRun: ({ draw, target, defence }, { record }) => {
        const line = { ...protocol, ...draw, ...defence, truth: target.label, ...record };
        if (file) file.add(line);
        else made.push(line);
      },
    });
    if (!isDone) return undefined;
    file?.sort();
    const asked = new Set(wanted.map(keyOf));
    const all = file?.runs ?? made.sort(byIndex), runs = all.filter((run) => asked.has(keyOf(run)));
    if (runs.length < all.length) {
      screen.write(`reporting on ${runs.length} of the ${amount(all.length, 'run')} in ${out?.path}\n`);
    }
    return [{ protocol, runs }];
  } finally {
    file?.close();
  }
}

/** For the end of a message. */
const keptIn = ({ path }: OutputFolder): string =>
  `the finished runs are in ${path}, and the same command resumes there`;

/** A generator, so that the images are read one after another and not all at once. */
function* tasks(experiment: Experiment, runs: readonly RunName[]): Generator<RunTask> {
  for (const run of runs) yield taskOf(experiment, run);
}

/** The runs in the folders, one column of a table each. @throws {InputError} if a folder holds no such runs. */
function readEvidence(folders: readonly string[], defended: boolean): Evidence[] {
  return folders.map((folder) => {
    const all = readRuns(folder), runs = all.filter(({ defence }) => (defence !== undefined) === defended);
    if (runs.length > 0) return { protocol: protocolOf(runs[0]), runs };
    if (all.length === 0) throw new InputError(`${folder}: expected runs, got none`);
    throw new InputError(`${folder}: expected runs ${defended ? 'of `defend`' : 'without a defence'}, got others`);
  });
}

/** The methods of these runs: the papers' two with the baseline first, then the others. */
export function methodsIn(evidence: readonly Evidence[]): Method[] {
  const found = new Set(evidence.flatMap(({ runs }) => runs.map(({ method }) => method)));
  const inOrder = [...[...PAPER_METHODS].reverse(), ...METHODS.filter((method) => !isOfPaper(method))];
  return inOrder.filter((method) => found.has(method));
}

export const isOfPaper = (method: Method): method is (typeof PAPER_METHODS)[number] =>
  PAPER_METHODS.some((name) => name === method);

/** The share of a method's runs that pass, with its interval. */
export function shareOf({ runs }: Evidence, method: Method, passes: (run: RunLine) => boolean): Share {
  const all = runs.filter((run) => run.method === method);
  return share(all.filter(passes).length, all.length);
}

/** An experiment as the head of a column: `MNIST, line search none`, and what differs from the papers' protocol. */
export function headOf({ protocol }: Evidence): { readonly title: string; readonly details: string } {
  const { dataset, lineSearch, activation, kernels, options, ...rest } = protocol;
  const others = (['mostIterations', 'tolerance', 'lookEvery', 'seed'] as const)
    .filter((key) => rest[key] !== PAPER[key])
    .map((key) => `${PROTOCOL_OPTIONS[key].slice(2)} ${rest[key]}`);
  return {
    title: datasetTitle(dataset),
    details: [
      ...(activation ? [activation] : []), `line search ${lineSearch}`, ...others,
      ...(kernels ? [`${kernels} kernels`] : []), ...(options ? [options] : []),
    ].join(', '),
  };
}

/** A report on runs. */
export interface Report {
  /** For a person, as a file has it: tables of any width. */
  readonly text: string;
  /** The same for a terminal of 80 columns. */
  readonly shown: string;
  /** For a program; its numbers that are not finite are null. */
  readonly json: object;
  /** Files by name, beside `COMMAND.json`. */
  readonly files: Readonly<Record<string, string>>;
}

/** A kind of report: its name, its files, and how it is made. */
export interface ReportKind {
  readonly name: string;
  readonly files: readonly string[];
  readonly make: (evidence: readonly Evidence[], options: Options) => Report;
  /** Default: EVIDENCE_OPTIONS. */
  readonly options?: OptionTable;
  readonly defaults?: ExperimentDefaults;
  /** Options besides --out and --json that change the report and not the runs. */
  readonly telling?: readonly string[];
  /** The runs to make; default: every method at every index. */
  readonly wanted?: (experiment: Experiment, options: Options) => RunName[];
  /** Pictures of runs just made, by file name; undefined if Ctrl-C ended it. */
  readonly pictures?: (experiment: Experiment, evidence: Evidence, aside: Screen) => Promise<Pictures | undefined>;
}

type Pictures = Readonly<Record<string, Uint8Array>>;

const everyMethod = ({ indices, methods }: Experiment): RunName[] =>
  indices.flatMap((index) => methods.map((method) => ({ index, method })));

/** A command that makes runs, or reads those in some folders, and reports on them. */
export async function evidenceCommand(
  kind: ReportKind, args: readonly string[], screen: Screen, aside: Screen,
): Promise<void> {
  const { name, files: fileNames, make, options: table = EVIDENCE_OPTIONS, wanted = everyMethod, pictures } = kind;
  const options = new Options(table, args, { positional: 'DIR' }), folders = options.positionals;
  const making = Object.keys(table).filter((option) => !['out', 'json', ...(kind.telling ?? [])].includes(option));
  const given = folders.length > 0 && making.find((option) => options.has(option));
  if (given) throw new InputError(`--${given}: expected only without folders of runs, got ${folders.join(' ')}`);
  const experiment = folders.length > 0 ? undefined : readExperiment(options, kind.defaults);
  const names = experiment ? wanted(experiment, options) : [];
  const read = experiment ? [] : readEvidence(folders, kind.wanted !== undefined);
  read.map(({ runs }) => gapIn(runs)).forEach((gap, i) => gap && aside.write(`${folders[i]}: ${gap}\n`));
  const path = options.text('out'), out = path === undefined ? undefined : new OutputFolder(path);
  out?.expectFree([...fileNames, `${name}.json`]);
  const evidence = experiment ? await makeEvidence(experiment, names, out, aside) : read;
  if (!evidence) return;
  const { shown, json, files } = make(evidence, options);
  const drawn = experiment && out && pictures ? await pictures(experiment, evidence[0], aside) : {};
  if (!drawn) return;
  const report = `${JSON.stringify(json, null, 2)}\n`, written = { ...files, ...drawn, [`${name}.json`]: report };
  const safe = experiment && out ? `; ${keptIn(out)}` : '';
  for (const [file, content] of Object.entries(written)) out?.write(file, content, safe);
  screen.write(options.has('json') ? report : shown);
  const shard = options.text('shard');
  if (shard) aside.write(`this is shard ${shard} alone; \`${PROGRAM} merge\` joins the folders of all shards\n`);
  if (out) aside.write(wrap('', `written to ${out.path}: ${Object.keys(written).join(', ')}`));
}
