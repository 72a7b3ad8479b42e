/** @file What the answers to chapter 3's exercises must satisfy. */
import { randomImage, randomVictim, softmaxOf } from '../../test/attack/networks.ts';
import { checkAdjoint } from '../../test/check/adjoint.ts';
import { checkClose } from '../../test/check/close.ts';
import { between, forAll, normals } from '../../test/check/property.ts';
import { checkJacobian, checkSlope } from '../../test/check/slope.ts';
import type * as Exercises from '../exercises/03-differentiating-a-gradient.ts';
import type { Checks } from './judge.ts';

export const checks: Checks<typeof Exercises> = {
  rSoftmax(answer) {
    forAll('R{p}', 100, (random) => {
      const y = normals(random, between(random, 2, 20)), rY = normals(random, y.length);
      checkJacobian('R{p}', softmaxOf, y, rY, answer(y.slice(), rY.slice()));
    });
  },

  hessianTimes(answer) {
    forAll('H v', 10, (random) => {
      const { network, image, label } = randomVictim(random), theta = network.theta.data;
      const start = theta.slice(), n = start.length, v = normals(random, n);
      const times = (v: Float64Array): Float64Array => answer(network, image, label, v.slice());
      const Hv = times(v).slice();
      checkClose('θ afterwards', theta, start, 0);
      checkAdjoint('H v', times, times, n, n, random); // a difference of gradients is not as exact as this asks for
      checkJacobian('H v', (moved) => {
        theta.set(moved);
        return network.gradient(image, label).data;
      }, start, v, Hv);
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
      checkSlope('∂/∂x′', objective, image.data, answer(network, gradient, q, image, label), random);
    });
  },
};
