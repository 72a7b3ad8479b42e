/**
 * @file A process that makes runs for pool.ts, one at a time. It depends on nothing but its task, so a run is the same
 * whichever worker makes it.
 */
import { DEFENCES, type DefenceSetting } from '../beyond/defence/defences.ts';
import type { MapAttackOptions } from '../beyond/prior/map.ts';
import type { ActivationName } from '../nn/activation.ts';
import { unstack, type Tensor } from '../tensor/tensor.ts';
import type { Method } from './attacks.ts';
import { defended } from './defence-options.ts';
import type { Kernels } from './kernels.ts';
import { unbiasedBound } from './noise-bound.ts';
import { readClassifier, recognises } from './recognition.ts';
import { attackClient, createClient, type Client, type Run, type RunRecord } from './run.ts';
import type { Target } from './target.ts';

export interface Task {
  /** For messages: `run 7 of DLG`. */
  readonly name: string;
  readonly target: Target;
  readonly activation: ActivationName;
  readonly method: Method;
  readonly kernels: Kernels;
  /** What the client does to its gradient before it shares it; default: nothing. */
  readonly defence?: DefenceSetting;
  /** Its seed draws the weights too, and a defence's noise. */
  readonly options: MapAttackOptions & { readonly seed: number };
  /** The weights of a classifier to show the image to; default: none. */
  readonly classifier?: string;
  /** Keep the frames of iterations 0, n, 2n, … and the last; default: none. */
  readonly frameEvery?: number;
}

export type Answer = { readonly run: Run } | { readonly error: string };

function makeRun({ target, activation, method, kernels, defence, classifier, options, frameEvery }: Task): Run {
  const client = createClient(target, activation, options.seed, kernels);
  const isFrame = frameEvery === undefined ? undefined : (iteration: number) => iteration % frameEvery === 0;
  const run = attackClient(defended(client, defence, options.seed), target, method, options, isFrame);
  const bound = defence && boundUnder(defence, client, target, options.seed);
  const recognised = classifier === undefined ? {} : recognition(classifier, unstack(run.images)[0], target);
  return { ...run, record: { ...run.record, ...recognised, ...(bound !== undefined && { bound }) } };
}

/** What a classifier takes the reconstruction and the original for. */
function recognition(
  path: string, image: Tensor, { image: original, label, classes }: Target,
): Pick<RunRecord, 'recognised' | 'originalRecognised'> {
  const classifier = remembered(`classifier ${path}`, () => readClassifier(path, original.shape, classes));
  return {
    recognised: recognises(classifier, image, label), originalRecognised: recognises(classifier, original, label),
  };
}

/** The MSE that a defence's noise leaves any attack without bias; undefined if it adds none, or the image is large. */
function boundUnder(
  { defence, strength }: DefenceSetting, { network, gradient }: Client, { image, label }: Target, seed: number,
): number | undefined {
  const sigma = DEFENCES[defence].sigma?.(strength!, gradient);
  if (sigma === undefined) return undefined;
  const images = { shape: [1, ...image.shape], data: image.data };
  const unit = remembered(`bound ${seed} ${label}`, () => unbiasedBound(network, images, [label], 1));
  return unit === undefined ? undefined : sigma * sigma * unit;
}

/** What was computed last under a name: the runs of one image follow one another. */
const memory = new Map<string, unknown>();

function remembered<T>(name: string, compute: () => T): T {
  const [kind] = name.split(' ');
  if (!memory.has(name)) {
    for (const old of memory.keys()) if (old.startsWith(`${kind} `)) memory.delete(old);
    memory.set(name, compute());
  }
  return memory.get(name) as T;
}

/** Answers the parent's tasks until the parent is gone, which the channel shows between runs, and ppid within one. */
function serve(parent: number): void {
  // Not process.exit(), which may wait for ever while V8 still compiles (nodejs/node#54918): there is nothing to close.
  const end = (): boolean => process.kill(process.pid, 'SIGKILL');
  const onIteration = (): boolean => process.ppid === parent || end();
  // Ctrl-C reaches all processes of a terminal, and a scheduler's SIGTERM all of a job: the parent decides what to do.
  process.on('SIGINT', () => {}).on('SIGTERM', () => {});
  process.on('disconnect', end);
  process.on('message', (task: Task) => {
    const answer = (): Answer => {
      try {
        return { run: makeRun({ ...task, options: { ...task.options, onIteration } }) };
      } catch (error) {
        return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      }
    };
    process.send!(answer());
  });
}

if (process.send) serve(Number(process.argv[2]));
