/** @file What the answers to the exercises of chapter 8 must satisfy. */
import { cheapestAssignment } from '../../src/beyond/batch/assignment.ts';
import { defend, lastLayer, lenet } from '../../src/index.ts';
import type { Random } from '../../src/tensor/random.ts';
import { randomImage } from '../../test/attack/networks.ts';
import { expectWithin } from '../../test/check/close.ts';
import { between, forAll } from '../../test/check/property.ts';
import type * as Exercises from '../exercises/08-past-one-image.ts';
import { inWords } from './message.ts';
import type { Checks } from './judge.ts';

const networkOf = (random: Random, side: number, classes: number) =>
  lenet({ channels: 1, height: side, width: side, classes, seed: random.below(1000) });

export const checks: Checks<typeof Exercises> = {
  clipFactor(answer) {
    forAll('factor', 50, (random) => {
      const network = networkOf(random, 8, between(random, 3, 12)), factor = random.uniform(0.001, 1);
      const whole = network.gradient(randomImage(random, network.imageShape), random.below(network.classes));
      const gradient = lastLayer(whole.like(whole.data.map((v) => factor * v)));
      const input = `∂b = ${inWords(gradient.bias!.data)}, ∂W of [${gradient.weight.shape}]`;
      expectWithin(`${input}, factor`, answer(gradient, lastLayer(network.theta)), factor, factor, 1e-6);
    });
  },

  pairUp(answer) {
    forAll('pairs', 100, (random) => {
      const m = between(random, 2, 6), n = between(random, 1, m), cost = random.fillUniform(new Float64Array(n * m));
      const rows = Array.from({ length: n }, (_, i) => [...cost.subarray(i * m, (i + 1) * m)]);
      const input = `cost = ${JSON.stringify(rows)}`, found = answer(rows.map((row) => [...row]));
      const isPermitted = found?.length === n && new Set(found).size === n &&
        found.every((j) => Number.isInteger(j) && j >= 0 && j < m);
      if (!isPermitted) throw new Error(`${input}: got [${found}], expected ${n} different numbers from 0 to ${m - 1}`);
      const square = new Float64Array(m * m); // with m − n more reconstructions, which cost nothing
      square.set(cost);
      const expected = [...cheapestAssignment(m, square).slice(0, n)];
      const total = (order: readonly number[]): number => order.reduce((sum, j, i) => sum + rows[i][j], 0);
      if (total(found) <= total(expected) + 1e-12) return;
      throw new Error(`${input}: got [${found}] with sum ${total(found)}, ` +
        `expected [${expected}] with sum ${total(expected)}`);
    });
  },

  noiseOf(answer) {
    let total = 0;
    forAll('σ', 30, (random) => {
      const network = networkOf(random, between(random, 20, 28), between(random, 5, 20)), B = between(random, 1, 3);
      const images = Array.from({ length: B }, () => randomImage(random, network.imageShape));
      const gradient = network.gradient(images, images.map(() => random.below(network.classes)));
      const sigma = 10 ** -between(random, 0, 4);
      const noisy = defend(gradient, { defence: 'gaussian', strength: sigma ** 2 }, random);
      const gradW = lastLayer(noisy).weight, found = answer(gradW);
      expectWithin(`∂W of [${gradW.shape}], ${inWords(gradW.data)}, σ`, found, sigma, sigma, 0.2);
      total += (found / sigma) ** 2;
    });
    expectWithin('(estimate / σ)², mean of 30 networks', total / 30, 1, 1, 0.05);
  },
};
