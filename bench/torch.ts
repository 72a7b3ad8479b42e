/**
 * @file The same evaluations and the same attacks here and in PyTorch, in turn, on one core: ratios of the two.
 *
 * pytorch.py is the other side. Network, gradient, image and start go to it as files of float64; that both compute the
 * same L_G and ∂L_G/∂x′ is checked before anything is timed.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { drawStart } from '../src/attack/reconstruct.ts';
import { InputError } from '../src/data/dataset.ts';
import { loadDataset } from '../src/data/load.ts';
import { GradientMatching } from '../src/exports/attack.ts';
import { labelsOf } from '../src/exports/nn.ts';
import type { LineSearch } from '../src/exports/optim.ts';
import { view } from '../src/exports/tensor.ts';
import { idlg, lenet, mse, type Network, type ParameterVector, type Tensor } from '../src/index.ts';
import { LINE_SEARCHES } from '../src/optim/lbfgs.ts';
import { median, time } from './timing.ts';
import { NETWORKS, STRIDES, victimOf } from './victim.ts';

export type NetworkName = keyof typeof NETWORKS;
const TYPES = ['float32', 'float64'] as const;
/** The papers' tolerance, for which ours and torch's other tolerances are the same (AttackOptions). */
const TOLERANCE = 1e-6;
const SIDES = ['ours', 'torch', 'official'] as const;
/** An image counts as recovered below this MSE. */
const RECOVERED = 1e-4;

export interface TorchOptions {
  readonly rounds: number;
  readonly python: string | undefined;
  readonly data: string;
  readonly datasets: readonly NetworkName[];
  readonly runs: number;
  readonly iterations: number;
  readonly out: string | undefined;
}

/** Median, least and largest of ours over torch's, each ratio of two times taken one after the other. */
export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface EvaluationRatio {
  readonly network: NetworkName;
  readonly dtype: (typeof TYPES)[number];
  readonly ours: number;
  readonly torch: number;
  readonly ratio: Ratio;
}

export interface Run {
  readonly dataset: NetworkName;
  readonly index: number;
  readonly lineSearch: LineSearch;
  readonly iterations: number;
  /** `official`: torch with the authors' own loop, which looks at L_G every tenth iteration; without a line search. */
  readonly side: (typeof SIDES)[number];
  readonly seconds: number;
  readonly evaluations: number;
  /** null where it is not finite. */
  readonly mse: number | null;
}

export interface TorchReport {
  readonly torch: string;
  readonly evaluations: readonly EvaluationRatio[];
  readonly attacks: readonly AttackSummary[];
}

export interface AttackSummary {
  readonly dataset: NetworkName;
  readonly lineSearch: LineSearch;
  readonly side: Run['side'];
  readonly runs: number;
  readonly recovered: number;
  readonly seconds: number;
  readonly evaluations: number;
  readonly millisecondsPerEvaluation: number;
  readonly secondsPerRecovered: number;
  /** Ours over torch's per evaluation, run by run; with our runs only. */
  readonly ratio?: Ratio;
}

interface Shared {
  readonly network: Network;
  readonly shared: ParameterVector;
  readonly truth: Tensor;
  readonly start: Float64Array;
  readonly label: number;
}

/** pytorch.py as a function from commands to answers. */
class Torch {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(python: string) {
    const file = fileURLToPath(new URL('pytorch.py', import.meta.url));
    const env = { ...process.env, OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
    this.#child = spawn(python, [file], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async ask<T>(command: string, options: object = {}): Promise<T> {
    this.#child.stdin!.write(`${JSON.stringify({ command, ...options })}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new InputError('pytorch.py: expected an answer, it ended; what it said is above');
    return JSON.parse(value) as T;
  }

  close(): void {
    this.#child.stdin!.end();
  }
}

/** @throws {InputError} where there is no python with torch and numpy. */
function pythonWithTorch(asked: string | undefined): string {
  const candidates = asked ? [asked] : ['python3', '/usr/bin/python3'];
  const found = candidates.find((file) => spawnSync(file, ['-c', 'import torch, numpy']).status === 0);
  if (found) return found;
  const names = candidates.join(' or ');
  throw new InputError(`--torch: expected a python with torch, ${names} has none; Debian's is python3-torch`);
}

function write(folder: string, { network, shared, truth, start, label }: Shared): void {
  const numbers = (name: string, data: Float64Array): void =>
    writeFileSync(join(folder, `${name}.f64`), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const tensors = [...network.theta.tensors].map(([name, { shape }]) => ({ name, shape }));
  for (const [name, { data }] of network.theta.tensors) numbers(name, data);
  for (const [name, { data }] of shared.tensors) numbers(`${name}.gradient`, data);
  numbers('truth', truth.data);
  numbers('start', start);
  const spec = { image: network.imageShape, strides: STRIDES, label, tensors };
  writeFileSync(join(folder, 'network.json'), JSON.stringify(spec));
}

function ratioOf(values: readonly number[]): Ratio {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** @throws {Error} where the two sides' L_G or ∂L_G/∂x′ differ by more than 10⁻⁹ of the largest entry. */
async function checkSame(torch: Torch, { network, shared, start, label }: Shared): Promise<void> {
  const x = view(start, network.layers.inShape), t = labelsOf([label], network.classes);
  const { objective, gradX: { data: gradX } } = new GradientMatching(network, shared).evaluate(x, t);
  const theirs = await torch.ask<{ objective: number; gradient: number[] }>('evaluate');
  const largest = gradX.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  const error = gradX.reduce((most, g, i) => Math.max(most, Math.abs(g - theirs.gradient[i])), 0) / largest;
  if (Math.abs(theirs.objective - objective) < 1e-9 * objective && error < 1e-9) return;
  throw new Error(`torch and we differ: L_G ${theirs.objective} and ${objective}, gradients by ${error}`);
}

async function evaluationRatios(
  torch: Torch, folder: string, network: NetworkName, rounds: number,
): Promise<EvaluationRatio[]> {
  const victim = victimOf(NETWORKS[network]), { evaluate } = victim;
  const given = { ...victim, start: drawStart(victim.network, 0, {}), label: 0 };
  write(folder, given);
  await torch.ask('load', { folder, dtype: 'float64' });
  await checkSame(torch, given);
  const times = TYPES.map((dtype) => ({ dtype, ours: [] as number[], torch: [] as number[] }));
  time(evaluate, 1000);
  for (let round = 0; round < rounds; round++) {
    for (const { dtype, ours, torch: theirs } of times) {
      await torch.ask('load', { folder, dtype });
      await torch.ask('time', { seconds: 0.3 });
      ours.push(time(evaluate, 500));
      theirs.push((await torch.ask<{ milliseconds: number }>('time', { seconds: 0.5 })).milliseconds);
    }
  }
  return times.map(({ dtype, ours, torch: theirs }) => {
    const ratio = ratioOf(ours.map((value, i) => value / theirs[i]));
    return { network, dtype, ours: median(ours), torch: median(theirs), ratio };
  });
}

/** The lines of a file of runs, but for those that were cut off. */
function readRuns(file: string | undefined): Run[] {
  if (!file || !existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').flatMap((line) => {
    try {
      return line ? [JSON.parse(line) as Run] : [];
    } catch {
      return [];
    }
  });
}

async function attacks(torch: Torch, folder: string, dataset: NetworkName, options: TorchOptions): Promise<Run[]> {
  const { example } = loadDataset(dataset, options.data), { iterations, out } = options;
  const done = readRuns(out), runs: Run[] = [];
  const isSame = (a: Run, b: Omit<Run, 'seconds' | 'evaluations' | 'mse'>): boolean =>
    a.dataset === b.dataset && a.index === b.index && a.lineSearch === b.lineSearch && a.side === b.side &&
    a.iterations === b.iterations;
  for (let index = 0; index < options.runs; index++) {
    const { image: truth, label } = example(index);
    const network = lenet({ ...NETWORKS[dataset], seed: index }), shared = network.gradient(truth, label);
    const start = drawStart(network, 0, { seed: index });
    write(folder, { network, shared, truth, start, label });
    for (const lineSearch of LINE_SEARCHES) {
      for (const side of SIDES) {
        if (side === 'official' && lineSearch !== 'none') continue;
        const key = { dataset, index, lineSearch, iterations, side };
        let run = done.find((other) => isSame(other, key));
        if (!run) {
          const progress = `\r${dataset}: ${index + 1} of ${options.runs} images, ${lineSearch}, ${side}    `;
          if (process.stderr.isTTY) process.stderr.write(progress);
          const result = side === 'ours'
            ? attackHere(network, shared, truth, index, lineSearch, iterations)
            : await attackThere(torch, folder, lineSearch, iterations, side === 'official');
          run = { ...key, ...result };
          if (out) appendFileSync(out, `\n${JSON.stringify(run)}`); // after a line that was cut off, too
        }
        runs.push(run);
      }
    }
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  return runs;
}

type Outcome = Pick<Run, 'seconds' | 'evaluations' | 'mse'>;

function attackHere(
  network: Network, shared: ParameterVector, truth: Tensor, seed: number, lineSearch: LineSearch, iterations: number,
): Outcome {
  const start = performance.now();
  const { image, evaluations } = idlg(network, shared, { seed, lineSearch, iterations, tolerance: TOLERANCE });
  const seconds = (performance.now() - start) / 1000, error = mse(image, truth);
  return { seconds, evaluations, mse: Number.isFinite(error) ? error : null };
}

async function attackThere(
  torch: Torch, folder: string, lineSearch: LineSearch, iterations: number, official: boolean,
): Promise<Outcome> {
  await torch.ask('load', { folder, dtype: 'float32' });
  const options = { line_search: lineSearch, iterations, tolerance: TOLERANCE, official };
  const { seconds, evaluations, mse } = await torch.ask<Outcome>('attack', options);
  return { seconds, evaluations, mse };
}

function summarise(runs: readonly Run[]): AttackSummary[] {
  const summaries: AttackSummary[] = [];
  const each = ({ seconds, evaluations }: Run): number => (1000 * seconds) / evaluations;
  for (const dataset of new Set(runs.map((run) => run.dataset))) {
    for (const lineSearch of LINE_SEARCHES) {
      for (const side of SIDES) {
        const of = (which: Run['side']) =>
          runs.filter((run) => run.dataset === dataset && run.lineSearch === lineSearch && run.side === which);
        const own = of(side);
        if (own.length === 0) continue;
        const seconds = own.reduce((sum, run) => sum + run.seconds, 0);
        const evaluations = own.reduce((sum, run) => sum + run.evaluations, 0);
        const recovered = own.filter(({ mse }) => mse !== null && mse < RECOVERED).length;
        const theirs = of('torch');
        summaries.push({
          dataset, lineSearch, side, runs: own.length, recovered, seconds, evaluations,
          millisecondsPerEvaluation: (1000 * seconds) / evaluations,
          secondsPerRecovered: seconds / recovered,
          ...(side === 'ours' && { ratio: ratioOf(own.map((run, i) => each(run) / each(theirs[i]))) }),
        });
      }
    }
  }
  return summaries;
}

export async function compareWithTorch(options: TorchOptions): Promise<TorchReport> {
  const python = pythonWithTorch(options.python), attacked = options.runs > 0 ? options.datasets : [];
  for (const dataset of attacked) loadDataset(dataset, options.data); // a missing one is told of before any work
  const torch = new Torch(python);
  const folder = mkdtempSync(join(tmpdir(), 'idlg-bench-'));
  try {
    const evaluations: EvaluationRatio[] = [], runs: Run[] = [];
    for (const network of options.datasets) {
      evaluations.push(...(await evaluationRatios(torch, folder, network, options.rounds)));
    }
    for (const dataset of attacked) {
      runs.push(...(await attacks(torch, folder, dataset, options)));
    }
    return { torch: await torch.ask<string>('version'), evaluations, attacks: summarise(runs) };
  } finally {
    torch.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
