/**
 * @file The page's mathematics, in a module worker: the client's gradient, attacks in steps, the closed form. All of it
 * is src/ as it is; what is here is when to go on and when to tell.
 */
import { closedForm } from '../../src/attack/closed-form.ts';
import { defend } from '../../src/attack/defences.ts';
import { dlgInSteps } from '../../src/attack/dlg.ts';
import { extractLabel, LABEL_RULES, lastLayer } from '../../src/attack/extract-label.ts';
import { idlgInSteps } from '../../src/attack/idlg.ts';
import { mse } from '../../src/attack/metrics.ts';
import type { AttackPoint, AttackResult } from '../../src/attack/reconstruct.ts';
import { lenet } from '../../src/nn/lenet.ts';
import type { Network } from '../../src/nn/network.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import type { Steps } from '../../src/optim/optimizer.ts';
import { Random, STREAMS } from '../../src/tensor/random.ts';
import { view, type Tensor } from '../../src/tensor/tensor.ts';
import { dot, norm2 } from '../../src/tensor/vector.ts';
import type { Answer, End, Job, Method, Point, Question, SharedGradient, Solution, Window } from './messages.ts';
import { SIDE } from './pixels.ts';
import { CLASSES, LARGEST_SEED } from './settings.ts';

const IN_STEPS = { iDLG: idlgInSteps, DLG: dlgInSteps } as const satisfies Record<Method, unknown>;
/** Milliseconds that an attack goes on before it listens, and one move more, some 10: no pause waits longer. */
const SLICE = 30;
/** Of about every other one Σ a is negative. */
const SEEDS_TRIED = 20;

const tell = (answer: Answer, ...arrays: Float64Array[]): void =>
  postMessage(answer, { transfer: arrays.map(({ buffer }) => buffer) });

const imageOf = ({ image }: Job): Tensor => view(image, [1, SIDE, SIDE]);

interface Client {
  readonly network: Network;
  /** ∇W, and what of it the client shares. */
  readonly gradient: ParameterVector;
  readonly shared: ParameterVector;
}

/** The client as `idlg attack` makes it, its defence as `idlg defend`. */
function clientOf(job: Job): Client {
  const { label, activation, seed, defence } = job;
  const network = lenet({ channels: 1, height: SIDE, width: SIDE, classes: CLASSES, activation, seed });
  const gradient = network.gradient(imageOf(job), label);
  return { network, gradient, shared: defend(gradient, defence, new Random(seed, STREAMS.noise)) };
}

/** What the last layer's gradient says: g = ∂ℓ/∂b, the row sums gᵢ Σ a, and so Σ a by least squares. */
function lastSums(gradient: ParameterVector): Pick<SharedGradient, 'b' | 'rowSums' | 'inputSum'> {
  const { W: { data, shape: [, features] }, b: { data: b } } = lastLayer(gradient);
  const row = (i: number): Float64Array => data.subarray(i * features, (i + 1) * features);
  const rowSums = b.map((_, i) => row(i).reduce((sum, g) => sum + g, 0));
  return { b: b.slice(), rowSums, inputSum: dot(rowSums, b) / dot(b, b) };
}

/** The next seed whose network makes Σ a negative, of the few that are looked at. */
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
    // A sigmoid's sum never is: only for tanh is there one to look for.
    negativeSeed: job.activation === 'tanh' && sums.inputSum > 0 ? negativeSeed(job) : undefined,
    data: shared.data,
    windows,
    change: norm2(shared.data.map((g, i) => g - gradient.data[i])) / norm2(gradient.data),
    labels: LABEL_RULES.map((rule) => extractLabel(lastLayer(shared), rule)),
  };
}

function solve(job: Job): Solution {
  const { network, shared } = clientOf(job), start = performance.now();
  const { image, label, error, isDetermined, layers } = closedForm(network, shared, { seed: job.seed });
  const milliseconds = performance.now() - start;
  return { image: image.data, label, error, isDetermined, layers, mse: mse(image, imageOf(job)), milliseconds };
}

/** One attack, a slice at a time. */
class Attack {
  readonly #id: number;
  readonly #truth: Tensor;
  readonly #steps: Steps<AttackResult>;
  /** Of the next slice. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #milliseconds = 0;
  /** What has not been told yet. */
  #points: Point[] = [];
  #image: Float64Array = new Float64Array();
  #end: AttackResult | undefined;

  constructor(id: number, job: Job, method: Method) {
    this.#id = id;
    const { network, shared } = clientOf(job), { seed, lineSearch, tolerance } = job;
    const onIteration = ({ iteration, evaluations, objective, mse, image }: AttackPoint): void => {
      this.#points.push({ iteration, evaluations, objective, mse });
      this.#image = image.data;
    };
    const truth = (this.#truth = imageOf(job));
    this.#steps = IN_STEPS[method](network, shared, { seed, lineSearch, tolerance, truth, onIteration });
    this.step();
  }

  /** To the next look at L_G. */
  step(): void {
    this.#goOnWhile(() => this.#points.length === 0);
  }

  /** Slice after slice until it is paused or ends. */
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

  /** Goes on for as long as there is reason to, and tells what was seen. */
  #goOnWhile(isReason: () => boolean): void {
    if (this.#end) return;
    const start = performance.now();
    do {
      const { done, value } = this.#steps.next();
      if (done) this.#end = value;
    } while (!this.#end && isReason());
    this.#milliseconds += performance.now() - start;
    if (this.#end || this.#points.length > 0) this.#tell();
  }

  #tell(): void {
    const image = this.#image.slice(0, SIDE * SIDE), points = this.#points, milliseconds = this.#milliseconds;
    const end = this.#end && endOf(this.#end, this.#truth);
    tell({ id: this.#id, say: 'look', points, image, end, milliseconds }, image);
    this.#points = [];
  }
}

const endOf = ({ label, stop, evaluations, image }: AttackResult, truth: Tensor): End =>
  ({ label, stop, evaluations, mse: mse(image, truth) });

let attack: Attack | undefined;

function answer(question: Question): void {
  const { id } = question;
  if (question.ask === 'gradient') {
    const gradient = sharedGradient(question.job);
    tell({ id, say: 'gradient', gradient }, gradient.data, gradient.b, gradient.rowSums);
  } else if (question.ask === 'closed-form') {
    const solution = solve(question.job);
    tell({ id, say: 'closed-form', solution }, solution.image);
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
