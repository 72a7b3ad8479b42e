/**
 * @file The page's mathematics, in a module worker: the client's gradient, the papers' attacks, the analytic attack.
 * All of it is src/, unchanged; this file decides when an attack goes on and when it reports.
 */
import { dlgRun } from '../../src/attack/dlg.ts';
import { extractLabel, LABEL_RULES, lastLayer } from '../../src/attack/extract-label.ts';
import { idlgRun } from '../../src/attack/idlg.ts';
import { mse } from '../../src/attack/metrics.ts';
import type { AttackPoint, Reconstruction } from '../../src/attack/reconstruct.ts';
import { analytic } from '../../src/beyond/analytic/analytic.ts';
import { defend } from '../../src/beyond/defence/defences.ts';
import { undoScale } from '../../src/beyond/diagnosis/scale.ts';
import { withoutPruned } from '../../src/beyond/shared-numbers.ts';
import { accelerate } from '../../src/kernels/accelerate.ts';
import { lenet } from '../../src/nn/lenet.ts';
import type { Network } from '../../src/nn/network.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import type { Run } from '../../src/optim/optimizer.ts';
import { Random, STREAMS } from '../../src/tensor/random.ts';
import { rowsOf, view, type Tensor } from '../../src/tensor/tensor.ts';
import { dot, norm2 } from '../../src/tensor/vector.ts';
import type { Answer, End, Job, Method, Point, Question, SharedGradient, Solution, Window } from './messages.ts';
import { SIDE } from './pixels.ts';
import { CLASSES, LARGEST_SEED } from './settings.ts';

const RUNS = { iDLG: idlgRun, DLG: dlgRun } as const satisfies Record<Method, unknown>;
/** Milliseconds after which an attack finishes its iteration, which takes some 20 more, and listens to the page. */
const SLICE = 30;
/** Σ a is negative for about every second seed. */
const SEEDS_TRIED = 20;

const tell = (answer: Answer, ...arrays: Float64Array[]): void =>
  postMessage(answer, { transfer: arrays.map(({ buffer }) => buffer) });

const imageOf = ({ image }: Job): Tensor => view(image, [1, SIDE, SIDE]);

interface Client {
  readonly network: Network;
  /** ∇W, what the client shares of it, and what the server attacks: the same, but for a scale that it can undo. */
  readonly gradient: ParameterVector;
  readonly shared: ParameterVector;
  readonly attacked: ParameterVector;
}

/** The client that `idlg attack` makes, with a defence as in `idlg defend`. */
function clientOf(job: Job): Client {
  const { label, activation, seed, defence } = job;
  const network = accelerate(lenet({ channels: 1, height: SIDE, width: SIDE, classes: CLASSES, activation, seed }));
  const gradient = network.gradient(imageOf(job), label);
  const shared = defend(gradient, defence, new Random(seed, STREAMS.noise));
  const attacked = undoScale(shared, network);
  return { network: withoutPruned(network, attacked), gradient, shared, attacked };
}

/** What the last layer's gradient says: g = ∂ℓ/∂b, the row sums gᵢ Σ a, and from these Σ a by least squares. */
function lastSums(gradient: ParameterVector): Pick<SharedGradient, 'b' | 'rowSums' | 'inputSum'> {
  const { weight, bias } = lastLayer(gradient), b = bias!.data.slice();
  const rowSums = Float64Array.from(rowsOf(weight), (row) => row.reduce((sum, g) => sum + g, 0));
  return { b, rowSums, inputSum: dot(rowSums, b) / dot(b, b) };
}

/** The next seed whose network makes Σ a negative, among the few that are tried. */
function negativeSeed(job: Job): number | undefined {
  for (let seed = job.seed + 1; seed <= Math.min(job.seed + SEEDS_TRIED, LARGEST_SEED); seed++) {
    if (lastSums(clientOf({ ...job, seed }).gradient).inputSum < 0) return seed;
  }
  return undefined;
}

function sharedGradient(job: Job): SharedGradient {
  const { gradient, shared } = clientOf(job), sums = lastSums(shared);
  const windows = Array.from(shared.tensors, ([name, { shape, data }]): Window =>
    ({ name, shape, from: (data.byteOffset - shared.data.byteOffset) / data.BYTES_PER_ELEMENT }));
  return {
    ...sums,
    // A sigmoid's sum is never negative: only for tanh is there a seed to look for.
    negativeSeed: job.activation === 'tanh' && sums.inputSum > 0 ? negativeSeed(job) : undefined,
    data: shared.data,
    windows,
    change: norm2(shared.data.map((g, i) => g - gradient.data[i])) / norm2(gradient.data),
    labels: LABEL_RULES.map((rule) => extractLabel(lastLayer(shared), rule)),
  };
}

function solve(job: Job): Solution {
  const { network, attacked } = clientOf(job), start = performance.now();
  const { image, label, error, isDetermined, layers } = analytic(network, attacked, { seed: job.seed });
  const milliseconds = performance.now() - start;
  return { image: image.data, label, error, isDetermined, layers, mse: mse(image, imageOf(job)), milliseconds };
}

/** One attack, in slices. */
class Attack {
  readonly #id: number;
  readonly #truth: Tensor;
  readonly #run: Run<AttackPoint, Reconstruction>;
  /** The timer of the next slice. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #milliseconds = 0;
  /** What has not been reported yet. */
  #points: Point[] = [];
  #image: Float64Array = new Float64Array();
  #end: Reconstruction | undefined;

  constructor(id: number, job: Job, method: Method) {
    this.#id = id;
    const { network, attacked } = clientOf(job), { seed, lineSearch, tolerance } = job, truth = imageOf(job);
    this.#truth = truth;
    this.#run = RUNS[method](network, attacked, { seed, lineSearch, tolerance, truth });
    this.step();
  }

  /** Goes to the next iteration, or the end. */
  step(): void {
    this.#goOnWhile(() => false);
  }

  /** Goes on in slices until it is paused or ends. */
  go(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const end = performance.now() + SLICE;
      this.#goOnWhile(() => performance.now() < end);
      if (!this.#end) this.go();
    });
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Goes on by one iteration, and by more while there is time, and reports. */
  #goOnWhile(isTime: () => boolean): void {
    if (this.#end) return;
    const start = performance.now();
    do {
      const { done, value } = this.#run.next();
      if (done) this.#end = value;
      else this.#note(value);
    } while (!this.#end && isTime());
    this.#milliseconds += performance.now() - start;
    this.#tell();
  }

  #note({ iteration, evaluations, objective, mse, images }: AttackPoint): void {
    this.#points.push({ iteration, evaluations, objective, mse });
    this.#image = images.data;
  }

  #tell(): void {
    const image = this.#image.slice(), points = this.#points, milliseconds = this.#milliseconds;
    const end = this.#end && endOf(this.#end, this.#truth);
    tell({ id: this.#id, say: 'look', points, image, end, milliseconds }, image);
    this.#points = [];
  }
}

const endOf = ({ label, stop, evaluations, image }: Reconstruction, truth: Tensor): End =>
  ({ label, stop, evaluations, mse: mse(image, truth) });

let attack: Attack | undefined;

function answer(question: Question): void {
  const { id } = question;
  if (question.ask === 'gradient') {
    const gradient = sharedGradient(question.job);
    tell({ id, say: 'gradient', gradient }, gradient.data, gradient.b, gradient.rowSums);
  } else if (question.ask === 'analytic') {
    const solution = solve(question.job);
    tell({ id, say: 'analytic', solution }, solution.image);
  } else if (question.ask === 'attack') {
    attack?.pause();
    attack = undefined;
    attack = new Attack(id, question.job, question.method);
  } else attack?.[question.ask]();
}

addEventListener('message', ({ data }: MessageEvent<Question>) => {
  try {
    answer(data);
  } catch (error) {
    tell({ id: data.id, say: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
});
