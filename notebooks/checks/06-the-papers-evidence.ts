/** @file What the answers to the exercises of chapter 6 must satisfy. */
import { wilson, Z } from '../../src/experiments/statistics.ts';
import { checkClose } from '../../test/check/close.ts';
import { between, forAll } from '../../test/check/property.ts';
import type * as Exercises from '../exercises/06-the-papers-evidence.ts';
import type { Checks } from './judge.ts';

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
      const at95 = answer(k, n, Z), input = `k = ${k}, n = ${n}`;
      if (!at95) throw new Error(`${input}, z = ${Z}: got undefined, expected { low, high }`);
      checkClose(`${input}, z = ${Z}, [low, high]`, [at95.low, at95.high], [expected.low, expected.high], 1e-9);
      const z = random.uniform(0.5, 4), { low, high } = answer(k, n, z), name = `${input}, z = ${z}`;
      const order = [0, low, k / n, high, 1]; // up to rounding
      if (!order.slice(1).every((v, i) => v >= order[i] - 1e-12)) {
        throw new Error(`${name}: got ${low} to ${high}, expected both in [0, 1] and ${k / n} between them`);
      }
      const far = [low, high].map((p) => (k / n - p) ** 2), most = [low, high].map((p) => (z * z * p * (1 - p)) / n);
      checkClose(`${name}, (p̂ − p)² at [${low}, ${high}] against z² p (1 − p)/n`, far, most, 1e-9);
    });
  },

  holm(answer) {
    forAll('Holm', 200, (random) => {
      const m = between(random, 1, 8), alpha = random.uniform(0.01, 0.1);
      const probabilities = Array.from({ length: m }, () => (alpha * random.uniform(0, 2)) / between(random, 1, m));
      // A probability is significant if every one up to it in size is at most α over the number of those not smaller.
      const isBelow = (p: number): boolean => p <= alpha / probabilities.filter((other) => other >= p).length;
      const expected = probabilities.map((p) => probabilities.filter((other) => other <= p).every(isBelow));
      const found = answer([...probabilities], alpha);
      if (`${found}` !== `${expected}`) {
        throw new Error(`[${probabilities.join(', ')}], alpha = ${alpha}: got [${found}], expected [${expected}]`);
      }
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
      const found = answer(m, alpha);
      if (found !== expected) throw new Error(`m = ${m}, alpha = ${alpha}: got ${found}, expected ${expected}`);
    });
  },
};
