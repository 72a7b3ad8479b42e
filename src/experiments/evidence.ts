/**
 * @file The runs that Table 1 and Figure 1 are made of: kept in a folder, those that are missing made, or read from the
 * folders of earlier experiments; and what is told of them.
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
import { gapIn, keyOf, readRuns, RunFile } from './records.ts';
import { share, type Share } from './shares.ts';

/** Options of a command that makes runs and keeps them. */
export const EVIDENCE_OPTIONS: OptionTable = {
  ...RUN_OPTIONS,
  shard: { value: 'i/n', about: 'only the i-th of n equal parts of the runs, i from 1; `idlg merge` joins them [1/1]' },
  out: { value: 'DIR', about: 'keep the runs in DIR/runs.jsonl, and go on after those that are there' },
  json: { about: 'print JSON' },
};

/** Runs of one protocol, as a table shows them. */
export interface Evidence {
  readonly protocol: Protocol;
  readonly runs: readonly RunLine[];
}

/**
 * Makes the runs that are not in the folder yet and returns all that were asked for; undefined where Ctrl-C ended it.
 * @throws {InputError} where the folder is of another experiment or cannot be written to; what was done is kept.
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
    if (runs.length < all.length) screen.write(`of the ${all.length} runs in ${out?.path} these are ${runs.length}\n`);
    return [{ protocol, runs }];
  } finally {
    file?.close();
  }
}

/** For the end of a message. */
const keptIn = ({ path }: OutputFolder): string =>
  `the runs done are in ${path}, and the same command goes on after them`;

/** Their images are read as they come, not all at once. */
function* tasks(experiment: Experiment, runs: readonly RunName[]): Generator<RunTask> {
  for (const run of runs) yield taskOf(experiment, run);
}

/** What is in the folders, each a column of a table. @throws {InputError} where one holds no such runs. */
function readEvidence(folders: readonly string[], defended: boolean): Evidence[] {
  return folders.map((folder) => {
    const all = readRuns(folder), runs = all.filter(({ defence }) => (defence !== undefined) === defended);
    if (runs.length > 0) return { protocol: protocolOf(runs[0]), runs };
    if (all.length === 0) throw new InputError(`${folder}: expected runs, got none`);
    throw new InputError(`${folder}: expected runs ${defended ? 'of `idlg defend`' : 'without a defence'}, got others`);
  });
}

/** The methods of these runs: the papers' two, baseline first, then others. */
export function methodsIn(evidence: readonly Evidence[]): Method[] {
  const found = new Set(evidence.flatMap(({ runs }) => runs.map(({ method }) => method)));
  const inOrder = [...[...PAPER_METHODS].reverse(), ...METHODS.filter((method) => !isOfPaper(method))];
  return inOrder.filter((method) => found.has(method));
}

export const isOfPaper = (method: Method): method is (typeof PAPER_METHODS)[number] =>
  PAPER_METHODS.some((name) => name === method);

/** How many runs of a method pass, and how sure their share is. */
export function shareOf({ runs }: Evidence, method: Method, passes: (run: RunLine) => boolean): Share {
  const all = runs.filter((run) => run.method === method);
  return share(all.filter(passes).length, all.length);
}

/** An experiment as the head of a column, `MNIST, line search none`, with what differs from the papers' protocol. */
export function headOf({ protocol }: Evidence): { readonly title: string; readonly details: string } {
  const { dataset, lineSearch, activation, kernels, ...rest } = protocol;
  const others = (['mostIterations', 'tolerance', 'lookEvery', 'seed'] as const)
    .filter((key) => rest[key] !== PAPER[key])
    .map((key) => `${PROTOCOL_OPTIONS[key].slice(2)} ${rest[key]}`);
  return {
    title: datasetTitle(dataset),
    details: [
      ...(activation ? [activation] : []), `line search ${lineSearch}`, ...others, ...(kernels ? [`${kernels} kernels`] : []),
    ].join(', '),
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
  readonly make: (evidence: readonly Evidence[], options: Options) => Report;
  /** EVIDENCE_OPTIONS unless said. */
  readonly options?: OptionTable;
  readonly defaults?: ExperimentDefaults;
  /** Options, beside --out and --json, of what is told and not of what is made. */
  readonly telling?: readonly string[];
  /** The runs that are made: every method at every index unless said. */
  readonly wanted?: (experiment: Experiment, options: Options) => RunName[];
  /** Pictures of runs just made, by file name; undefined where Ctrl-C ended it. */
  readonly pictures?: (experiment: Experiment, evidence: Evidence, aside: Screen) => Promise<Pictures | undefined>;
}

type Pictures = Readonly<Record<string, Uint8Array>>;

const everyMethod = ({ indices, methods }: Experiment): RunName[] =>
  indices.flatMap((index) => methods.map((method) => ({ index, method })));

/** A command that makes runs, or reads those of some folders, and tells what came of them. */
export async function evidenceCommand(
  kind: ReportKind, args: readonly string[], screen: Screen, aside: Screen,
): Promise<void> {
  const { name, files: fileNames, make, options: table = EVIDENCE_OPTIONS, wanted = everyMethod, pictures } = kind;
  const options = new Options(table, args, { positional: 'DIR' }), folders = options.positionals;
  const making = Object.keys(table).filter((option) => !['out', 'json', ...(kind.telling ?? [])].includes(option));
  const given = folders.length > 0 && making.find((option) => options.has(option));
  if (given) throw new InputError(`--${given}: expected without folders of runs, got ${folders.join(' ')}`);
  const experiment = folders.length > 0 ? undefined : readExperiment(options, kind.defaults);
  const names = experiment ? wanted(experiment, options) : [];
  const read = experiment ? [] : readEvidence(folders, kind.wanted !== undefined);
  read.map(({ runs }) => gapIn(runs)).forEach((gap, i) => gap && aside.write(`${folders[i]}: ${gap}\n`));
  const path = options.text('out'), out = path === undefined ? undefined : new OutputFolder(path);
  out?.expectFree([...fileNames, `${name}.json`]);
  const evidence = experiment ? await makeEvidence(experiment, names, out, aside) : read;
  if (!evidence) return;
  const { text, json, files } = make(evidence, options);
  const drawn = experiment && out && pictures ? await pictures(experiment, evidence[0], aside) : {};
  if (!drawn) return;
  const report = `${JSON.stringify(json, null, 2)}\n`, written = { ...files, ...drawn, [`${name}.json`]: report };
  const safe = experiment && out ? `; ${keptIn(out)}` : '';
  for (const [file, content] of Object.entries(written)) out?.write(file, content, safe);
  screen.write(options.has('json') ? report : text);
  if (options.has('shard')) aside.write(`shard ${options.text('shard')} alone; \`idlg merge\` joins the folders of all\n`);
  if (out) aside.write(`written to ${out.path}: ${Object.keys(written).join(', ')}\n`);
}
