/**
 * @file The exercises of chapter 6. Replace each `yourTurn` by a function, then run `npm run exercise -- 06` to see
 * which are right.
 */
import { yourTurn } from './your-turn.ts';

/** 1. The ends of Wilson's interval for k successes in n runs, n > 0, and any z > 0. */
export const wilsonInterval: (k: number, n: number, z: number) => { low: number; high: number } = yourTurn;

/**
 * 2. Which of these probabilities are significant together at level alpha, by Holm's rule; one boolean per probability,
 * in the given order. From the smallest on, compare them with alpha/m, alpha/(m − 1), …, alpha. The first that is
 * larger than its bound is not significant, nor are all later ones.
 */
export const holm: (probabilities: readonly number[], alpha: number) => boolean[] = yourTurn;

/** 3. The largest b < m/2 with 2 · 2⁻ᵐ Σ C(m, i) ≤ alpha, i from 0 to b; −1 if there is none. m is at most 1000. */
export const mostLost: (m: number, alpha: number) => number = yourTurn;
