/** @file What the answers to chapter 8's exercises must satisfy. */
import { cheapestAssignment } from '../../src/beyond/batch/assignment.ts';
import { solveIlrgCounts } from '../../src/beyond/batch/batch-labels.ts';
import { defend, lastLayer, lenet } from '../../src/index.ts';
import type { Random } from '../../src/tensor/random.ts';
import { randomImage } from '../../test/attack/networks.ts';
import { checkClose, expectWithin } from '../../test/check/close.ts';
import { between, forAll } from '../../test/check/property.ts';
import type * as Exercises from '../exercises/08-past-one-image.ts';
import type { Checks } from './judge.ts';

const networkOf = (random: Random, side: number, classes: number) =>
  lenet({ channels: 1, height: side, width: side, classes, seed: random.below(1000) });

export const checks: Checks<typeof Exercises> = {
  labelCounts(answer) {
    forAll('n', 50, (random) => {
      const network = networkOf(random, 8, between(random, 3, 12)), B = between(random, 1, 20);
      const images = Array.from({ length: network.classes }, () => randomImage(random, network.imageShape));
      const labels = Array.from({ length: B }, () => random.below(network.classes));
      const gradient = lastLayer(network.gradient(labels.map((c) => images[c]), labels));
      const layer = lastLayer(network.theta);
      checkClose('n', answer(gradient, layer, B), solveIlrgCounts(gradient, layer, B), 1e-6);
    });
  },

  pairUp(answer) {
    forAll('π', 100, (random) => {
      const n = between(random, 2, 6), cost = random.fillUniform(new Float64Array(n * n));
      const rows = Array.from({ length: n }, (_, i) => [...cost.subarray(i * n, (i + 1) * n)]);
      const found = answer(rows), all = rows.map((_, i) => i);
      checkClose('π, in order,', found && [...found].sort((a, b) => a - b), all, 0);
      const total = (order: readonly number[]): number => order.reduce((sum, j, i) => sum + rows[i][j], 0);
      expectWithin('Σ cost', total(found), total(cheapestAssignment(n, cost)), 1, 1e-12);
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
      const found = answer(lastLayer(noisy).weight);
      expectWithin('σ', found, sigma, sigma, 0.2);
      total += (found / sigma) ** 2;
    });
    expectWithin('(found σ / σ)², the mean of 30 networks', total / 30, 1, 1, 0.05);
  },
};
