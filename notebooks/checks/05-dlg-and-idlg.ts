/** @file What the answers to chapter 5's exercises must satisfy. */
import { idlg, type Network, type ParameterVector, type Tensor } from '../../src/index.ts';
import { sizeOf, view } from '../../src/exports/tensor.ts';
import { randomImage, randomNetwork, randomVictim, softmaxOf } from '../../test/attack/networks.ts';
import { checkClose, checkShape } from '../../test/check/close.ts';
import { between, forAll, join, normals } from '../../test/check/property.ts';
import { checkSlope } from '../../test/check/slope.ts';
import type * as Exercises from '../exercises/05-dlg-and-idlg.ts';
import type { Checks } from './judge.ts';

/** ∂ℓ/∂θ for an image with a label that is a distribution. */
function softGradient(network: Network, image: Tensor, t: Float64Array): ParameterVector {
  const gradient = network.theta.like();
  network.forward(view(image.data, [1, ...image.shape]), view(t, [1, t.length]));
  network.backward(gradient);
  return gradient;
}

export const checks: Checks<typeof Exercises> = {
  algorithm1(answer) {
    forAll('iDLG', 10, (random) => {
      const { network, gradient, label } = randomVictim(random);
      const shape = network.imageShape, start = { shape, data: normals(random, sizeOf(shape)) };
      const eta = 10 ** random.uniform(-4, -2), N = between(random, 1, 5);
      const found = answer(network, gradient, { shape: start.shape, data: start.data.slice() }, eta, N);
      if (!found) throw new Error('expected a label and an image, got undefined');
      if (found.label !== label) throw new Error(`label: got ${found.label}, expected ${label}`);
      const options = { optimizer: 'gd', learningRate: eta, iterations: N, start, tolerance: 0 } as const;
      checkShape('x′', found.image, start.shape);
      checkClose('x′', found.image.data, idlg(network, gradient, options).image.data, 1e-9);
    });
  },

  dlgObjective(answer) {
    forAll('L_G', 10, (random) => {
      const { network, gradient: shared } = randomVictim(random), objective = answer(network, shared);
      if (!objective) throw new Error('expected an objective, got undefined');
      const x = randomImage(random, network.imageShape).data, u = normals(random, network.classes), n = x.length;
      const xu = join(x, u), gradient = new Float64Array(xu.length).fill(NaN), value = objective(xu, gradient);
      checkClose('(x′, u) afterwards', xu, join(x, u), 0);
      const valueAt = (x: Float64Array, u: Float64Array): number => {
        const dummy = softGradient(network, view(x, network.imageShape), softmaxOf(u)).data;
        return dummy.reduce((sum, g, i) => sum + (g - shared.data[i]) ** 2, 0);
      };
      checkClose('L_G', [value], [valueAt(x, u)], 1e-9);
      checkSlope('∂L_G/∂x′', (x) => valueAt(x, u), x, gradient.slice(0, n), random);
      checkSlope('∂L_G/∂u', (u) => valueAt(x, u), u, gradient.slice(n), random);
    });
  },

  softLabel(answer) {
    forAll('t', 200, (random) => {
      const network = randomNetwork(random, { bias: true }), image = randomImage(random, network.imageShape);
      const t = softmaxOf(normals(random, network.classes));
      checkClose('t', answer(network, softGradient(network, image, t)), t, 1e-9);
    });
  },
};
