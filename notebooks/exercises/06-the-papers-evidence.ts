/**
 * @file The exercises of chapter 6: put a function in the place of each `yourTurn`, and ask `npm run exercise -- 06`
 * which are right.
 */
import type { RunLine } from '../../src/experiments/protocol.ts';
import { yourTurn } from './your-turn.ts';

/** 1. The ends of Wilson's interval for k successes of n, n > 0, and any z > 0. */
export const wilsonInterval: (k: number, n: number, z: number) => { low: number; high: number } = yourTurn;

/** 2. How many of these runs are of the method and have an MSE below the threshold. */
export const recovered: (runs: readonly RunLine[], method: RunLine['method'], threshold: number) => number = yourTurn;

/**
 * 3. The probability of a split as uneven as this one, or more so, if every pair that differs is a coin toss; up to a
 * thousand pairs. Of equal numbers, or none, it is 1.
 */
export const signTest: (gained: number, lost: number) => number = yourTurn;
