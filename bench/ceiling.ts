/**
 * @file The most multiply-adds a second that this engine does on one core: sums in registers, numbers in the nearest
 * cache, one check of the index for all of them. The best of two shapes of block.
 */
import type { Timing } from './timing.ts';

const N = 512;
const row = (): Float64Array => new Float64Array(N).fill(0.5);
const A0 = row(), A1 = row(), A2 = row(), A3 = row(), A4 = row(), A5 = row(), A6 = row();
/** So that no sum is left out as unused. */
const SUM = new Float64Array(1);

/** Three rows by two columns. */
function block3x2(): void {
  const a0 = A0, a1 = A1, a2 = A2, b0 = A3, b1 = A4;
  let c00 = 0, c01 = 0, c10 = 0, c11 = 0, c20 = 0, c21 = 0;
  for (let q = 0; q < N; q = (q + 1) | 0) {
    const p0 = b0[q], p1 = b1[q], r0 = a0[q], r1 = a1[q], r2 = a2[q];
    c00 += r0 * p0; c01 += r0 * p1;
    c10 += r1 * p0; c11 += r1 * p1;
    c20 += r2 * p0; c21 += r2 * p1;
  }
  SUM[0] = c00 + c01 + c10 + c11 + c20 + c21;
}

/** Six rows by one column. */
function block6x1(): void {
  const a0 = A0, a1 = A1, a2 = A2, a3 = A3, a4 = A4, a5 = A5, b = A6;
  let c0 = 0, c1 = 0, c2 = 0, c3 = 0, c4 = 0, c5 = 0;
  for (let q = 0; q < N; q = (q + 1) | 0) {
    const p = b[q];
    c0 += a0[q] * p; c1 += a1[q] * p; c2 += a2[q] * p; c3 += a3[q] * p; c4 += a4[q] * p; c5 += a5[q] * p;
  }
  SUM[0] = c0 + c1 + c2 + c3 + c4 + c5;
}

/** What to time for it, best in turn with what is compared with it. */
export const CEILING_BLOCKS = [block3x2, block6x1];

/** Thousands of millions of multiply-adds a second: the best round of the better block. */
export function ceilingOf(times: readonly Timing[]): number {
  return (6 * N) / Math.min(...times.map(({ min }) => min)) / 1e6;
}
