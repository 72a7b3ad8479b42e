/** @file What the answers to the exercises of chapter 3 must satisfy. */
import type { Network } from '../../src/index.ts';
import { dot, norm2 } from '../../src/tensor/vector.ts';
import { randomImage, randomVictim, softmaxOf } from '../../test/attack/networks.ts';
import { checkAdjoint } from '../../test/check/adjoint.ts';
import { checkClose, expectWithin } from '../../test/check/close.ts';
import { between, direction, forAll, normals } from '../../test/check/property.ts';
import { checkJacobian, checkSlope } from '../../test/check/slope.ts';
import type * as Exercises from '../exercises/03-differentiating-a-gradient.ts';
import type { Checks } from './judge.ts';
import { expectVector, withInput } from './message.ts';

const describe = ({ imageShape }: Network): string => `a LeNet for images [${imageShape}]`;

export const checks: Checks<typeof Exercises> = {
  rSoftmax(answer) {
    forAll('R{p}', 100, (random) => {
      const y = normals(random, between(random, 2, 20)), rY = normals(random, y.length);
      withInput({ y, 'R{y}': rY }, () => {
        const got = answer(y.slice(), rY.slice()), p = softmaxOf(y), mean = dot(p, rY);
        expectVector('R{p}', got, p.map((value, i) => value * (rY[i] - mean)), 1e-9);
        checkJacobian('R{p}', softmaxOf, y, rY, got);
      });
    });
  },

  gaussNewton(answer) {
    forAll('Jᵀ J u', 10, (random) => {
      const { network, image, label: c } = randomVictim(random), start = network.theta.data.slice();
      const m = image.data.length, u = direction(random, m), w = direction(random, m), h = 1e-5;
      const times = (u: Float64Array): Float64Array => answer(network, image, c, u.slice());
      withInput({ network: describe(network), image, c, u, w }, () => {
        const got = times(u).slice();
        checkClose('θ afterwards', network.theta.data, start, 0);
        const J = (along: Float64Array): Float64Array => { // by a central difference
          const [above, below] = [h, -h].map((r) => {
            const data = image.data.map((pixel, i) => pixel + r * along[i]);
            return network.gradient({ shape: image.shape, data }, c).data;
          });
          return above.map((entry, i) => (entry - below[i]) / (2 * h));
        };
        if (got.length !== m) throw new Error(`Jᵀ J u: got ${got.length} numbers, expected ${m}`);
        const scale = (norm2(got) * norm2(w)) / Math.sqrt(m);
        expectWithin('⟨Jᵀ J u, w⟩ = ⟨J u, J w⟩', dot(got, w), dot(J(u), J(w)), scale, 1e-6);
        checkAdjoint('Jᵀ J u', times, times, m, m, random); // too strict for an answer by differences
      });
    });
  },

  imageGradient(answer) {
    forAll('∂/∂x′', 10, (random) => {
      const { network, label, gradient } = randomVictim(random), image = randomImage(random, network.imageShape);
      const q = random.fillUniform(new Float64Array(gradient.data.length), 0.1, 2);
      const objective = (data: Float64Array): number => {
        const g = network.gradient({ shape: image.shape, data }, label).data;
        return g.reduce((sum, value, i) => sum + q[i] * (value - gradient.data[i]) ** 2, 0);
      };
      withInput({ network: describe(network), shared: gradient.data, q, image, c: label }, () => {
        const got = answer(network, gradient, q, image, label);
        checkSlope('∂/∂x′ along a random direction', objective, image.data, got, random);
      });
    });
  },
};
