/** @file What the answers to chapter 6's exercises must satisfy. */
import { shareOf } from '../../src/experiments/evidence.ts';
import { PAPER, type RunLine } from '../../src/experiments/protocol.ts';
import { PAPER_METHODS } from '../../src/experiments/attacks.ts';
import { wilson, Z } from '../../src/experiments/statistics.ts';
import type { Random } from '../../src/tensor/random.ts';
import { checkClose } from '../../test/check/close.ts';
import { between, forAll, oneOf } from '../../test/check/property.ts';
import type * as Exercises from '../exercises/06-the-papers-evidence.ts';
import type { Checks } from './judge.ts';

const protocol = { ...PAPER, dataset: 'digits', images: 1 };

/** A run as far as it matters here: its method and its MSE, from 1e-9 to 1e9 or NaN. */
const randomRun = (random: Random): RunLine => ({
  method: oneOf(random, PAPER_METHODS),
  mse: random.below(4) === 0 ? NaN : 10 ** random.uniform(-9, 9),
}) as RunLine;

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
      const ofPaper = answer(k, n, Z);
      if (!ofPaper) throw new Error('expected { low, high }, got undefined');
      checkClose(`95 % of ${k} of ${n}`, [ofPaper.low, ofPaper.high], [expected.low, expected.high], 1e-9);
      const z = random.uniform(0.5, 4), { low, high } = answer(k, n, z), name = `z = ${z}, ${k} of ${n}`;
      const order = [0, low, k / n, high, 1]; // up to rounding
      if (!order.slice(1).every((v, i) => v >= order[i] - 1e-12)) {
        throw new Error(`${name}: got ${low} to ${high}, expected them in [0, 1] and ${k / n} between them`);
      }
      const far = [low, high].map((p) => (k / n - p) ** 2), most = [low, high].map((p) => (z * z * p * (1 - p)) / n);
      checkClose(`${name}, (p̂ − p)²`, far, most, 1e-9);
    });
  },

  recovered(answer) {
    forAll('recovered', 100, (random) => {
      const method = oneOf(random, PAPER_METHODS), threshold = 10 ** random.uniform(-9, 9);
      const runs = Array.from({ length: between(random, 0, 50) }, () => randomRun(random));
      if (random.below(2) === 0) runs.push({ method, mse: threshold } as RunLine); // at the threshold, not below it
      const found = answer(runs, method, threshold), passes = ({ mse }: RunLine): boolean => mse < threshold;
      const { count } = shareOf({ protocol, runs }, method, passes);
      const diverged = runs.filter(({ mse }) => Number.isNaN(mse)).length;
      const name = `${method} below ${threshold}, of ${runs.length} runs, ${diverged} with MSE NaN`;
      if (found !== count) throw new Error(`${name}: got ${found}, expected ${count}`);
    });
  },

  signTest(answer) {
    forAll('probability', 50, (random, i) => {
      const m = i === 0 ? 0 : between(random, 1, i < 25 ? 12 : 1000), gained = between(random, 0, m), heads = tosses(m);
      const fewer = Math.min(gained, m - gained), tail = heads.slice(0, fewer + 1).reduce((a, b) => a + b, 0);
      checkClose(`${gained} gained, ${m - gained} lost`, [answer(gained, m - gained)], [Math.min(1, 2 * tail)], 1e-9);
    });
  },
};
