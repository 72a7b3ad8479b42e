/** @file What the answers to the exercises of chapter 1 must satisfy. */
import { lastLayer } from '../../src/index.ts';
import { logitGradient, oneHot } from '../../src/exports/nn.ts';
import type { Random } from '../../src/tensor/random.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import {
  lastInput as inputOf, probabilitiesOf, randomImage, randomNetwork, softmaxOf,
} from '../../test/attack/networks.ts';
import { between, forAll, normals } from '../../test/check/property.ts';
import type * as Exercises from '../exercises/01-what-a-gradient-gives-away.ts';
import type { Checks } from './judge.ts';
import { expectVector, withInput } from './message.ts';

/** Eq. (2) */
function gradientOf(y: Float64Array, c: number): Float64Array {
  const g = softmaxOf(y);
  g[c] -= 1;
  return g;
}

/** ∂ℓ/∂W_L of a random network, image and label; undefined where Eq. (4) does not apply: a = 0, or a zero row. */
function rowsOfNetwork(random: Random): { gradW: Tensor; label: number } | undefined {
  const network = randomNetwork(random, { classes: between(random, 3, 30) });
  const image = randomImage(random, network.imageShape), label = random.below(network.classes);
  if (inputOf(network, image).every((v) => v === 0)) return undefined; // a dead relu
  if (Math.min(...probabilitiesOf(network, image)) < 1e-100) return undefined; // rowsFarApart has such rows
  return { gradW: lastLayer(network.gradient(image, label)).weight, label };
}

/** gᵢ a for logits that are far apart: many rows are 0, others are tiny, and at least three are not 0. */
function rowsFarApart(random: Random): { gradW: Tensor; label: number } {
  const classes = between(random, 3, 8), features = between(random, 1, 5), label = random.below(classes);
  const a = normals(random, features), y = new Float64Array(classes);
  for (let i = 0; i < classes; i++) y[i] = i < 3 ? -random.uniform(0, 700) : -random.uniform(0, 2000);
  const g = new Float64Array(classes), data = new Float64Array(classes * features);
  logitGradient(softmaxOf(y), oneHot(label, classes), g); // exact where p_c is nearly 1
  for (let i = 0; i < classes; i++) a.forEach((v, k) => (data[i * features + k] = g[i] * v));
  return { gradW: { shape: [classes, features], data }, label };
}

export const checks: Checks<typeof Exercises> = {
  lossGradient(answer) {
    const check = (name: string, y: Float64Array, c: number): void =>
      withInput({ y, c }, () => expectVector(name, answer(y.slice(), c), gradientOf(y, c), 1e-9));
    forAll('∂ℓ/∂y', 100, (random) => {
      const y = normals(random, between(random, 2, 20)), c = random.below(y.length);
      check('∂ℓ/∂y', y, c);
      check('∂ℓ/∂y of logits in the thousands', y.map((v) => 1000 * v), c);
    });
  },

  labelOfRows(answer) {
    const check = ({ gradW, label }: { gradW: Tensor; label: number }): void => withInput({ gradW }, () => {
      const found = answer({ shape: gradW.shape, data: gradW.data.slice() });
      if (found !== label) throw new Error(`label: got ${found}, expected ${label}`);
    });
    forAll('rows of random networks', 200, (random) => {
      const rows = rowsOfNetwork(random);
      if (rows) check(rows);
    });
    forAll('rows that are 0 or tiny', 200, (random) => check(rowsFarApart(random)));
  },

  lastInput(answer) {
    forAll('a', 200, (random) => {
      const network = randomNetwork(random, { bias: true });
      const image = randomImage(random, network.imageShape), label = random.below(network.classes);
      const gradient = lastLayer(network.gradient(image, label));
      withInput({ '∂ℓ/∂W': gradient.weight, '∂ℓ/∂b': gradient.bias }, () =>
        expectVector('a', answer(gradient), inputOf(network, image), 1e-9));
    });
  },
};
