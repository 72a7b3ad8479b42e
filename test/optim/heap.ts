/**
 * @file How much memory a piece of code allocates: for the rule that passes and iterations allocate no buffers.
 */
import { memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export interface Allocation {
  /** Bytes of the JavaScript heap that one run allocates, in the mean. */
  readonly heap: number;
  /** Bytes of array buffers that one run allocates, in the mean. */
  readonly buffers: number;
  /** Bytes of both that are still held after all the runs and a collection. */
  readonly held: number;
}

/** Rounds of measuring, of which the one with the least heap counts. */
const ROUNDS = 3;

/**
 * Runs `run` so many times a round, after as many in which the engine compiles it. It compiles beside us, and late where
 * no core is free: what it has not compiled yet allocates every number. A collection in between can hide a run or two.
 */
export function allocationOf(run: () => void, times: number): Allocation {
  for (let i = 0; i < times; i++) run();
  const rounds = Array.from({ length: ROUNDS }, () => allocationOfRound(run, times));
  return rounds.reduce((least, round) => (round.heap < least.heap ? round : least));
}

function allocationOfRound(run: () => void, times: number): Allocation {
  collectGarbage();
  const start = memoryUsage();
  let heap = 0, buffers = 0;
  for (let i = 0; i < times; i++) {
    const before = memoryUsage();
    run();
    const after = memoryUsage();
    heap += Math.max(0, after.heapUsed - before.heapUsed);
    buffers += Math.max(0, after.arrayBuffers - before.arrayBuffers);
  }
  collectGarbage();
  const end = memoryUsage();
  const held = end.heapUsed - start.heapUsed + end.arrayBuffers - start.arrayBuffers;
  return { heap: heap / times, buffers: buffers / times, held };
}
