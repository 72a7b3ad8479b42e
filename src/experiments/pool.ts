/**
 * @file Several processes that make runs (worker.ts). Each is given its next task once it has answered the last.
 *
 * Runs come back in any order, on which their results do not depend. A worker that dies is replaced and its task is
 * started again, at most three times, because a task that always kills its worker would do so for ever.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../data/dataset.ts';
import type { Run } from './run.ts';
import type { Answer, Task } from './worker.ts';

/** worker.ts, or worker.js if this file has been compiled. */
const WORKER = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url));
const MOST_DEATHS = 3;

export interface PoolOptions<T extends Task> {
  readonly workers: number;
  /** Ends the work and `runAll`. */
  readonly signal?: AbortSignal;
  readonly onRun: (task: T, run: Run) => void;
  /** A worker died of `cause` while it made this task, and another starts it again. */
  readonly onDeath?: (task: T, cause: string) => void;
}

/**
 * Makes every run. Resolves to true when all are done, or to false when the signal ended the work.
 * @throws {InputError} if three workers died of a task; and whatever `onRun` or a run throws.
 */
export async function runAll<T extends Task>(tasks: Iterable<T>, options: PoolOptions<T>): Promise<boolean> {
  const { workers, signal, onRun, onDeath } = options;
  const queue = tasks[Symbol.iterator](), children = new Set<ChildProcess>();
  let isOver = false;

  /** A worker that takes tasks until there are none; if it dies, another takes its place. */
  const work = async (): Promise<void> => {
    let child: ChildProcess | undefined;
    for (let next = queue.next(); !next.done && !isOver; next = queue.next()) {
      const task = next.value;
      for (let deaths = 1; ; deaths++) {
        if (!child) children.add((child = fork(WORKER, [String(process.pid)], { serialization: 'advanced' })));
        const outcome = await answerOf(child, task);
        if (isOver) return;
        if ('run' in outcome) {
          onRun(task, outcome.run);
          break;
        }
        if ('error' in outcome) throw new Error(`in a worker: ${outcome.error}`);
        children.delete(child);
        child = undefined;
        if (deaths === MOST_DEATHS) {
          const got = `${deaths} that died, the last of ${outcome.death}`;
          throw new InputError(`${task.name}: expected a worker to finish it, got ${got}`);
        }
        onDeath?.(task, outcome.death);
      }
    }
    if (child) children.delete(child);
    child?.disconnect();
  };

  const end = (): void => {
    isOver = true;
    for (const child of children) child.kill('SIGKILL');
  };
  signal?.addEventListener('abort', end);
  try {
    await Promise.all(Array.from({ length: workers }, work));
    return !signal?.aborted;
  } finally {
    signal?.removeEventListener('abort', end);
    end();
  }
}

/** What the worker answers, or what it died of. */
function answerOf(child: ChildProcess, task: Task): Promise<Answer | { readonly death: string }> {
  return new Promise((resolve) => {
    const settle = (outcome: Answer | { readonly death: string }): void => {
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      resolve(outcome);
    };
    const onMessage = (answer: unknown): void => settle(answer as Answer);
    const onExit = (code: number | null, signal: string | null): void =>
      settle({ death: signal ?? `exit code ${code}` });
    const onError = (error: Error): void => settle({ death: error.message });
    child.on('message', onMessage).on('exit', onExit).on('error', onError);
    if (!child.connected) return settle({ death: 'no channel to it' });
    child.send(task, () => {}); // fails if the worker has just died, which onExit reports
  });
}
