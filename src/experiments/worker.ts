/**
 * @file A process that makes runs for pool.ts, one at a time. It depends on nothing but its task, so a run is the same
 * whichever worker makes it.
 */
import type { DefenceSetting } from '../beyond/defence/defences.ts';
import type { MapAttackOptions } from '../beyond/prior/map.ts';
import type { ActivationName } from '../nn/activation.ts';
import type { Method } from './attacks.ts';
import { defended } from './defence-options.ts';
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
  readonly options: MapAttackOptions & { readonly seed: number };
  /** Keep the frames of iterations 0, n, 2n, … and the last; default: none. */
  readonly frameEvery?: number;
}

export type Answer = { readonly run: Run } | { readonly error: string };

function makeRun({ target, activation, method, kernels, defence, options, frameEvery }: Task): Run {
  const client = defended(createClient(target, activation, options.seed, kernels), defence, options.seed);
  const isFrame = frameEvery === undefined ? undefined : (iteration: number) => iteration % frameEvery === 0;
  return attackClient(client, target, method, options, isFrame);
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
