/**
 * @file How much memory a piece of code allocates: for the rule that passes and iterations allocate no buffers.
 *
 * It is measured in a process of its own with a single thread. What the engine has not compiled yet allocates every
 * number; in the tests' process that depends on what ran before, and beside other threads on which core is free.
 */
import { execFileSync } from 'node:child_process';
import { memoryUsage } from 'node:process';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';

export interface Allocation {
  /** Bytes of the JavaScript heap that one run allocates, in the mean. */
  readonly heap: number;
  /** Bytes of array buffers that one run allocates, in the mean. */
  readonly buffers: number;
  /** Bytes of both that are still held after all the runs and a collection. */
  readonly held: number;
}

/** In a script: what `run` allocates when it is run so many times, after as many in which the engine compiles it. */
export function allocationOf(run: () => void, times: number): Allocation {
  for (let i = 0; i < times; i++) run();
  gc!();
  const start = memoryUsage();
  let heap = 0, buffers = 0;
  for (let i = 0; i < times; i++) {
    const before = memoryUsage();
    run();
    const after = memoryUsage();
    heap += Math.max(0, after.heapUsed - before.heapUsed); // a collection in between can hide a run or two
    buffers += Math.max(0, after.arrayBuffers - before.arrayBuffers);
  }
  gc!();
  const end = memoryUsage();
  const held = end.heapUsed - start.heapUsed + end.arrayBuffers - start.arrayBuffers;
  return { heap: heap / times, buffers: buffers / times, held };
}

/** In a test: what a script prints, allocations by name. */
export function allocationsIn(script: URL): Readonly<Record<string, Allocation>> {
  const args = ['--single-threaded', '--expose-gc', '--import', 'tsx', fileURLToPath(script)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

/** Throws unless a run allocates no buffers, less heap than `most` bytes, and keeps nothing. */
export function checkAllocation(what: string, { heap, buffers, held }: Allocation, most: number): void {
  assert.is(buffers, 0, `${what}: ${buffers} bytes of buffers a run`);
  assert.ok(heap < most, `${what}: ${heap} bytes of heap a run, expected less than ${most}`);
  assert.ok(held < 400_000, `${what}: ${held} bytes held after all runs, expected less than 400,000`);
}
