/** @file What the answers to the exercises of chapter 5 must satisfy. */
import { GradientMatching } from '../../src/exports/attack.ts';
import { labelsOf } from '../../src/exports/nn.ts';
import type { Network, ParameterVector, Tensor } from '../../src/index.ts';
import { sizeOf, view } from '../../src/exports/tensor.ts';
import { randomImage, randomNetwork, randomVictim, softmaxOf } from '../../test/attack/networks.ts';
import { checkClose, checkShape } from '../../test/check/close.ts';
import { between, forAll, normals } from '../../test/check/property.ts';
import { checkSlope } from '../../test/check/slope.ts';
import type * as Exercises from '../exercises/05-dlg-and-idlg.ts';
import { inWords } from './message.ts';
import type { Checks } from './judge.ts';

/** ∂ℓ/∂θ for an image with a label that is a distribution. */
function softGradient(network: Network, image: Tensor, t: Float64Array): ParameterVector {
  const gradient = network.theta.like();
  network.forward(view(image.data, [1, ...image.shape]), view(t, [1, t.length]));
  network.backward(gradient);
  return gradient;
}

export const checks: Checks<typeof Exercises> = {
  clampedIdlg(answer) {
    forAll('iDLG', 10, (random) => {
      const { network, gradient, label } = randomVictim(random), matching = new GradientMatching(network, gradient);
      const shape = network.imageShape, start = { shape, data: normals(random, sizeOf(shape)) };
      const eta = 10 ** random.uniform(-4, -2), N = between(random, 1, 5), before = start.data.slice();
      const input = `an image of [${shape}], eta = ${eta}, N = ${N}`;
      const found = answer(network, gradient, start, eta, N);
      if (!found) throw new Error(`${input}: got undefined, expected { label, image }`);
      if (found.label !== label) throw new Error(`${input}: got label ${found.label}, expected ${label}`);
      checkClose(`${input}, start afterwards`, start.data, before, 0);
      const x = view(before, network.layers.inShape), t = labelsOf([label], network.classes);
      for (let i = 0; i < N; i++) {
        const { gradX } = matching.evaluate(x, t);
        x.data.forEach((v, j) => { x.data[j] = Math.min(1, Math.max(0, v - eta * gradX.data[j])); });
      }
      checkShape(`${input}, x′`, found.image, shape);
      checkClose(`${input}, x′`, found.image.data, x.data, 1e-9);
    });
  },

  labelGradient(answer) {
    forAll('∂L_G/∂u', 30, (random) => {
      const { network, gradient: shared } = randomVictim(random), image = randomImage(random, network.imageShape);
      const u = normals(random, network.classes), dummy = softGradient(network, image, softmaxOf(u));
      const v = dummy.like(dummy.data.map((g, i) => 2 * (g - shared.data[i])));
      const rY = network.rForward(v).data.slice(), input = `u = ${inWords(u)}, R{y} = ${inWords(rY)}`;
      const lossAt = (u: Float64Array): number =>
        softGradient(network, image, softmaxOf(u)).data.reduce((sum, g, i) => sum + (g - shared.data[i]) ** 2, 0);
      const found = answer(u.slice(), rY.slice());
      if (!found) throw new Error(`${input}: got undefined, expected ${u.length} numbers`);
      checkSlope(`${input}, along a random direction`, lossAt, u, found, random);
    });
  },

  softLabel(answer) {
    forAll('t', 200, (random) => {
      const network = randomNetwork(random, { bias: true }), image = randomImage(random, network.imageShape);
      const t = softmaxOf(normals(random, network.classes)), shared = softGradient(network, image, t);
      const { data } = [...shared.tensors.values()].at(-1)!;
      checkClose(`∂ℓ/∂b = ${inWords(data)}, t`, answer(network, shared), t, 1e-9);
    });
  },
};
