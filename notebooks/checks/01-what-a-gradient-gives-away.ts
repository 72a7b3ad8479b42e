/** @file What the answers to chapter 1's exercises must satisfy. */
import { lastLayer } from '../../src/index.ts';
import { softmax } from '../../src/exports/nn.ts';
import {
  lastInput as inputOf, probabilitiesOf, randomImage, randomNetwork, softmaxOf,
} from '../../test/attack/networks.ts';
import { checkClose } from '../../test/check/close.ts';
import { between, forAll, normals } from '../../test/check/property.ts';
import { checkSlope } from '../../test/check/slope.ts';
import type * as Exercises from '../exercises/01-what-a-gradient-gives-away.ts';
import type { Checks } from './judge.ts';

/** Eq. (1) */
const loss = (y: Float64Array, c: number): number => softmax(y, new Float64Array(y.length)) - y[c];

export const checks: Checks<typeof Exercises> = {
  lossGradient(answer) {
    forAll('∂ℓ/∂y', 100, (random) => {
      const y = normals(random, between(random, 2, 20)), c = random.below(y.length);
      checkSlope('∂ℓ/∂y', (y) => loss(y, c), y, answer(y.slice(), c), random);
      const far = y.map((v) => 1000 * v), expected = softmaxOf(far);
      expected[c] -= 1;
      checkClose('∂ℓ/∂y of logits in the thousands', answer(far, c), expected, 1e-9);
    });
  },

  labelOfRows(answer) {
    forAll('label', 200, (random) => {
      const network = randomNetwork(random, { classes: between(random, 3, 30) });
      const image = randomImage(random, network.imageShape), label = random.below(network.classes);
      if (inputOf(network, image).every((v) => v === 0)) return; // a dead relu: Eq. (4) does not apply
      if (Math.min(...probabilitiesOf(network, image)) < 1e-100) return; // products of rows may underflow
      const { weight } = lastLayer(network.gradient(image, label)), found = answer(weight);
      if (found !== label) throw new Error(`got ${found}, expected ${label}`);
    });
  },

  lastInput(answer) {
    forAll('a', 200, (random) => {
      const network = randomNetwork(random, { bias: true });
      const image = randomImage(random, network.imageShape), label = random.below(network.classes);
      checkClose('a', answer(lastLayer(network.gradient(image, label))), inputOf(network, image), 1e-9);
    });
  },
};
