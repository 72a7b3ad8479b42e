/**
 * @file Timing on a machine that others use too: many short rounds, the things to compare in turn within each, and of
 * each the smallest time, which is the least disturbed, beside the median.
 */
export interface Timing {
  /** Milliseconds a call: the smallest over the rounds, and the median. */
  readonly min: number;
  readonly median: number;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? NaN : (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

/** Milliseconds a call over at least `least` of them. */
export function time(call: () => void, least: number): number {
  const start = performance.now();
  let calls = 0;
  do {
    call();
    calls++;
  } while (performance.now() - start < least);
  return (performance.now() - start) / calls;
}

/** Each call timed once a round, after one round that does not count; each at least `least` milliseconds long. */
export function timeInTurn(calls: readonly (() => void)[], rounds: number, least = 20): Timing[] {
  const times = calls.map((): number[] => []);
  calls.forEach((call) => time(call, 10 * least));
  for (let round = 0; round < rounds; round++) calls.forEach((call, i) => times[i].push(time(call, least)));
  return times.map((all) => ({ min: Math.min(...all), median: median(all) }));
}
