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
import { norm2 } from '../../src/tensor/vector.ts';
import type { Answer, Job, Method, Point, Question, SharedGradient, Solution, Window } from './messages.ts';
import { SIDE } from './pixels.ts';
import { CLASSES } from './settings.ts';

const IN_STEPS = { iDLG: idlgInSteps, DLG: dlgInSteps } as const satisfies Record<Method, unknown>;
/** Milliseconds that an attack goes on before it listens, and one move more, some 10: no pause waits longer. */
const SLICE = 30;

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

function sharedGradient(job: Job): SharedGradient {
  const { gradient, shared } = clientOf(job), last = lastLayer(shared), [classes, features] = last.W.shape;
  const windows = Array.from(shared.tensors, ([name, { shape, data }]): Window =>
    ({ name, shape, from: (data.byteOffset - shared.data.byteOffset) / data.BYTES_PER_ELEMENT }));
  const row = (i: number): Float64Array => last.W.data.subarray(i * features, (i + 1) * features);
  return {
    data: shared.data,
    windows,
    change: norm2(shared.data.map((g, i) => g - gradient.data[i])) / norm2(gradient.data),
    b: last.b.data.slice(),
    rowSums: Float64Array.from({ length: classes }, (_, i) => row(i).reduce((sum, g) => sum + g, 0)),
    labels: LABEL_RULES.map((rule) => extractLabel(last, rule)),
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
  readonly #steps: Steps<AttackResult>;
  #isGoing = false;
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
    const truth = imageOf(job);
    this.#steps = IN_STEPS[method](network, shared, { seed, lineSearch, tolerance, truth, onIteration });
    this.step();
  }

  /** To the next look at L_G. */
  step(): void {
    this.#goOnWhile(() => this.#points.length === 0);
  }

  /** Slice after slice until it is paused or ends. */
  go(): void {
    if (this.#isGoing) return;
    this.#isGoing = true;
    const next = (): void => {
      if (!this.#isGoing || this.#end) return;
      const end = performance.now() + SLICE;
      this.#goOnWhile(() => performance.now() < end);
      setTimeout(next);
    };
    next();
  }

  pause(): void {
    this.#isGoing = false;
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
    const end = this.#end && { label: this.#end.label, stop: this.#end.stop };
    tell({ id: this.#id, say: 'look', points, image, end, milliseconds }, image);
    this.#points = [];
  }
}

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
