/**
 * @file A process that makes runs for pool.ts, one at a time. It depends on nothing but its task, so a run is the same
 * whichever worker makes it.
 */
import { defend, type DefenceSetting } from '../beyond/defence/defences.ts';
import { undoScale } from '../beyond/diagnosis/scale.ts';
import type { AttackOptions } from '../attack/reconstruct.ts';
import type { ActivationName } from '../nn/activation.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import type { Method } from './attacks.ts';
import type { Kernels } from './kernels.ts';
import { attackClient, createClient, type Run } from './run.ts';
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
  readonly options: AttackOptions & { readonly seed: number };
  /** Keep the frames of iterations 0, n, 2n, … and the last; default: none. */
  readonly frameEvery?: number;
}

export type Answer = { readonly run: Run } | { readonly error: string };

function makeRun({ target, activation, method, kernels, defence, options, frameEvery }: Task): Run {
  const { network, gradient } = createClient(target, activation, options.seed, kernels);
  const shared = defence ? defend(gradient, defence, new Random(options.seed, STREAMS.noise)) : gradient;
  const attacked = defence ? undoScale(shared, network) : gradient; // as `audit` does
  const isFrame = frameEvery === undefined ? undefined : (iteration: number) => iteration % frameEvery === 0;
  return attackClient({ network, gradient: attacked }, target, method, options, isFrame);
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
