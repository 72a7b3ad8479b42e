/**
 * @file The runs that Table 1 and Figure 1 are made of: kept in a folder, those that are missing made, or read from the
 * folders of earlier experiments; and what is told of them.
 */
import { InputError } from '../data/dataset.ts';
import type { Screen } from './display.ts';
import { makeRuns, readExperiment, RUN_OPTIONS, taskOf, type Experiment, type RunTask } from './experiment.ts';
import { Options, type OptionTable } from './options.ts';
import { OutputFolder } from './output.ts';
import { DATASET_TITLES } from './paper.ts';
import {
  byIndex, PAPER, PROTOCOL_OPTIONS, protocolOf, type Protocol, type RunLine, type RunName,
} from './protocol.ts';
import { readRuns, RunFile } from './records.ts';
import { METHODS, PAPER_METHODS, type Method } from './run.ts';
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
  experiment: Experiment, out: OutputFolder | undefined, screen: Screen,
): Promise<Evidence[] | undefined> {
  const { protocol, indices, workers } = experiment;
  const file = out && new RunFile(out, protocol);
  const made: RunLine[] = [];
  try {
    const wanted = indices.flatMap((index) => experiment.methods.map((method) => ({ index, method })));
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
    const runs = (file?.runs ?? made.sort(byIndex)).filter(({ index }) => asked.has(index));
    return [{ protocol, runs }];
  } finally {
    file?.close();
  }
}

/** Their images are read as they come, not all at once. */
function* tasks(experiment: Experiment, runs: readonly RunName[]): Generator<RunTask> {
  for (const { index, method } of runs) yield taskOf(experiment, index, method);
}

/** What is in the folders, each a column of a table. @throws {InputError} where one holds no runs. */
function readEvidence(folders: readonly string[]): Evidence[] {
  return folders.map((folder) => {
    const runs = readRuns(folder);
    if (runs.length === 0) throw new InputError(`${folder}: expected runs, got none`);
    return { protocol: protocolOf(runs[0]), runs };
  });
}

/** The methods of these runs: the papers' two, the baseline first, whether there are runs of them or not, then others. */
export function methodsIn(evidence: readonly Evidence[]): Method[] {
  const others = METHODS.filter((method) => !isOfPaper(method));
  const found = new Set(evidence.flatMap(({ runs }) => runs.map(({ method }) => method)));
  return [...[...PAPER_METHODS].reverse(), ...others.filter((method) => found.has(method))];
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
