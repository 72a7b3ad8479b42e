/** @file Workers of this process: that die each time, that answer with an error, and that are ended. */
import { test } from '../check/test.ts';
import { until } from '../check/until.ts';
import * as assert from 'uvu/assert';
import { InputError } from '../../src/data/dataset.ts';
import { digits } from '../../src/data/synthetic.ts';
import { runAll } from '../../src/experiments/pool.ts';
import { exampleTarget } from '../../src/experiments/target.ts';
import type { Task } from '../../src/experiments/worker.ts';
import { childrenOf, commandOf, signals } from '../check/processes.ts';

const task = (name: string, options: Partial<Task['options']> = {}): Task => ({
  name, target: exampleTarget('digits', digits(), 0), activation: 'sigmoid', method: 'idlg', kernels: 'fast',
  options: { iterations: 1, seed: 0, ...options },
});
/** A run of hours. */
const ENDLESS = task('endless', { iterations: 1e6, tolerance: 0, lineSearch: 'strong-wolfe' });

/** This process's workers: it has another child, which compiles what it imports. */
const workers = (): number[] => childrenOf(process.pid).filter((pid) => commandOf(pid).includes('worker.ts'));

/** Waits until no worker is left; those that stay are killed. */
async function workersAreGone(): Promise<void> {
  try {
    await until('the end of the workers', () => workers().length === 0);
  } finally {
    workers().forEach((pid) => signals(pid, 'SIGKILL'));
  }
}

async function errorOf(work: Promise<unknown>): Promise<Error> {
  return work.then(() => assert.unreachable('nothing was thrown'), (error) => error);
}

test('every run once, each with its task', async () => {
  const tasks = [1, 2, 3, 4].map((iterations) => task(`of ${iterations}`, { iterations })), done: string[] = [];
  const isDone = await runAll(tasks, {
    workers: 2, onRun: ({ name }, { record }) => void done.push(`${name}: ${record.iterations}`),
  });
  assert.is(isDone, true);
  assert.equal(done.sort(), ['of 1: 1', 'of 2: 2', 'of 3: 3', 'of 4: 4']);
  await workersAreGone();
});

test('a task that takes its worker along is given to two more, and then ends the work', async () => {
  const controller = new AbortController(), deaths: string[] = [];
  const killing = setInterval(() => workers().forEach((pid) => signals(pid, 'SIGKILL')), 20);
  const error = await errorOf(runAll([ENDLESS], {
    workers: 1, signal: controller.signal, onRun: () => assert.unreachable(),
    onDeath: ({ name }, cause) => {
      if (deaths.push(`${name}: ${cause}`) > 5) controller.abort();
    },
  })).finally(() => clearInterval(killing));
  assert.instance(error, InputError);
  assert.is(error.message, 'endless: expected a worker to finish it, got 3 that died, the last of SIGKILL');
  assert.equal(deaths, ['endless: SIGKILL', 'endless: SIGKILL']);
});

test('an error in a worker is a fault of the program: told as it is, and the other workers are ended', async () => {
  const error = await errorOf(runAll([ENDLESS, task('bad', { iterations: -1 })], { workers: 2, onRun: () => {} }));
  assert.not.instance(error, InputError);
  assert.match(error.message, /^in a worker: RangeError: iterations: [^]*\n +at /);
  await workersAreGone();
});

test('ended by its signal: false, no further run, no worker left', async () => {
  const controller = new AbortController(), done: string[] = [];
  function* tasks(): Generator<Task> {
    yield task('first');
    setImmediate(() => controller.abort()); // when the worker has been given the next
    yield ENDLESS;
    yield task('last');
  }
  const isDone = await runAll(tasks(), {
    workers: 1, signal: controller.signal, onRun: ({ name }) => void done.push(name),
  });
  assert.equal([isDone, done], [false, ['first']]);
  await workersAreGone();
});

test.run();
