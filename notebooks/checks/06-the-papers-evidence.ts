/** @file What the answers to the exercises of chapter 6 must satisfy. */
import { wilson, Z } from '../../src/experiments/statistics.ts';
import { between, forAll } from '../../test/check/property.ts';
import type * as Exercises from '../exercises/06-the-papers-evidence.ts';
import type { Checks } from './judge.ts';
import { expectVector, withInput } from './message.ts';

/** The probabilities of 0 to m heads in m tosses, one toss after another. */
function tosses(m: number): number[] {
  let heads = [1];
  for (let n = 1; n <= m; n++) {
    heads = Array.from({ length: n + 1 }, (_, k) => ((heads[k - 1] ?? 0) + (heads[k] ?? 0)) / 2);
  }
  return heads;
}

export const checks: Checks<typeof Exercises> = {
  wilsonInterval(answer) {
    forAll('interval', 200, (random) => {
      const n = between(random, 1, 2000), k = between(random, 0, n), expected = wilson(k, n);
      withInput({ k, n, z: Z }, () => {
        const found = answer(k, n, Z);
        if (!found) throw new Error('got undefined, expected { low, high }');
        expectVector('[low, high]', [found.low, found.high], [expected.low, expected.high], 1e-9);
      });
      const z = random.uniform(0.5, 4);
      withInput({ k, n, z }, () => {
        const { low, high } = answer(k, n, z), order = [0, low, k / n, high, 1]; // up to rounding
        if (!order.slice(1).every((v, i) => v >= order[i] - 1e-12)) {
          throw new Error(`got ${low} to ${high}, expected both in [0, 1] and ${k / n} between them`);
        }
        const far = [low, high].map((p) => (k / n - p) ** 2), most = [low, high].map((p) => (z * z * p * (1 - p)) / n);
        expectVector(`(p̂ − p)² at [${low}, ${high}] against z² p (1 − p)/n`, far, most, 1e-9);
      });
    });
  },

  holm(answer) {
    forAll('Holm', 200, (random) => {
      const m = between(random, 1, 8), alpha = random.uniform(0.01, 0.1);
      const probabilities = Array.from({ length: m }, () => (alpha * random.uniform(0, 2)) / between(random, 1, m));
      // A probability is significant if every one up to it in size is at most α over the number of those not smaller.
      const isBelow = (p: number): boolean => p <= alpha / probabilities.filter((other) => other >= p).length;
      const expected = probabilities.map((p) => probabilities.filter((other) => other <= p).every(isBelow));
      withInput({ probabilities, alpha }, () => {
        const found = answer([...probabilities], alpha);
        if (`${found}` !== `${expected}`) throw new Error(`got [${found}], expected [${expected}]`);
      });
    });
  },

  mostLost(answer) {
    forAll('b', 50, (random, i) => {
      const m = between(random, 1, i < 25 ? 12 : 1000), alpha = 10 ** random.uniform(-6, 0), heads = tosses(m);
      let expected = -1;
      for (let b = 0, sum = 0; b < m / 2; b++) {
        sum += heads[b];
        if (2 * sum <= alpha) expected = b;
      }
      withInput({ m, alpha }, () => {
        const found = answer(m, alpha);
        if (found !== expected) throw new Error(`got ${found}, expected ${expected}`);
      });
    });
  },
};
