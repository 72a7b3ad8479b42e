/**
 * @file The papers' runs, stopped and killed: nothing is lost, no process stays, and the same bytes come out. Each test
 * waits for the state that it is about, for as long as that takes.
 */
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { suite } from '../check/test.ts';
import { until } from '../check/until.ts';
import * as assert from 'uvu/assert';
import { Random } from '../../src/tensor/random.ts';
import { withFolder, type Folder } from '../data/files.ts';
import { start } from './built.ts';
import { bytesOf, linesOf, oneWorker, QUICK, runsOf, succeeds, wholeLines } from './evidence-runs.ts';
import { childrenOf, isAlive, signals, ticksOf } from '../check/processes.ts';

const test = withFolder(suite<Folder>('evidence, killed'));

/** A command that has been started: what it has said aside, and its exit code when it has ended. */
function started(...args: readonly string[]): { child: ChildProcess; told: () => string; code: Promise<unknown> } {
  const child = start(...args);
  let text = '';
  child.stderr!.on('data', (part) => (text += part));
  return { child, told: () => text, code: new Promise((resolve) => child.on('close', resolve)) };
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

test('workers do not outlive a killed parent', async ({ dir }) => {
  const { child } = started('table1', '--runs', '2', '--iterations', '100000', '--tolerance', '0',
    '--line-search', 'strong-wolfe', '--workers', '2', '--dataset', 'pictures', '--out', dir);
  const workers = () => childrenOf(child.pid!);
  // A hundredth of a second is a tick: after 200 of them a worker has begun its run, which takes hours.
  await until('two workers at work', () => workers().length === 2 && workers().every((pid) => ticksOf(pid) > 200));
  const pids = workers();
  process.kill(child.pid!, 'SIGKILL');
  await until('their end', () => !pids.some(isAlive));
});

for (const [name, signal, isOfAll] of [
  ['Ctrl-C', 'SIGINT', true], ['kill', 'SIGTERM', false], ['the end of a job', 'SIGTERM', true],
] as const) {
  test(`${name} ends it at once with exit code 130 and says how to go on`, async ({ dir }) => {
    const { child, told, code } = started('table1', '--runs', '5000', '--workers', '2', '--out', dir); // hours of work
    await until('the first run', () => wholeLines(dir) > 0);
    process.kill(isOfAll ? -child.pid! : child.pid!, signal);
    assert.is(await code, 130);
    assert.match(told(), /stopped; the finished runs are in .*, and the same command resumes there\n$/);
    assert.not.match(told(), /worker died/);
    assert.not.ok(existsSync(join(dir, 'runs.lock')));
    assert.ok(runsOf(dir).length >= 1);
  });
}

test('a worker that dies is told of with its run, and replaced', async ({ dir }) => {
  for (let isKilled = false; !isKilled; ) {
    rmSync(join(dir, 'runs.jsonl'), { force: true });
    const { child, told, code } =
      started('table1', '--runs', '4', '--iterations', '20', '--workers', '1', '--out', dir);
    await until('the first run', () => wholeLines(dir) > 0);
    const [worker] = childrenOf(child.pid!);
    // Of a worker that stands still one run at most is done and not yet in the file: with six there, one is left to it.
    if (worker !== undefined && signals(worker, 'SIGSTOP')) {
      isKilled = wholeLines(dir) <= 6;
      signals(worker, isKilled ? 'SIGKILL' : 'SIGCONT');
    }
    assert.is(await code, 0);
    if (isKilled) assert.match(told(), /^run \d+ of i?DLG: its worker died \(SIGKILL\); another one repeats it$/m);
    assert.is(runsOf(dir).length, 8);
  }
});

test('killed at twenty random moments on the way, it loses nothing and ends with the same bytes', async ({ dir }) => {
  const random = new Random(20);
  for (let before = 0, midway = 0; midway < 20; ) {
    if (before > 0 && random.below(3) === 0) {
      const half = linesOf(dir)[0];
      appendFileSync(join(dir, 'runs.jsonl'), half.slice(0, random.below(half.length)));
    }
    const { child, code } = started('figure1', ...QUICK, '--workers', String(1 + random.below(3)), '--out', dir);
    const enough = Math.min(before + random.below(4), 23);
    await until(`${enough} runs`, () => wholeLines(dir) >= enough || hasEnded(child));
    await pause(random.below(50)); // a moment of no meaning
    if (!hasEnded(child)) process.kill(random.below(2) === 0 ? -child.pid! : child.pid!, 'SIGKILL');
    await code;
    const whole = wholeLines(dir);
    assert.ok(whole >= before, `${whole} runs after ${before}`);
    if (0 < whole && whole < 24) midway++;
    before = whole % 24;
    if (whole === 24) rmSync(join(dir, 'runs.jsonl')); // all done: begin again
  }
  succeeds('figure1', ...QUICK, '--out', dir);
  assert.is(bytesOf(dir), oneWorker());
});

test.run();
