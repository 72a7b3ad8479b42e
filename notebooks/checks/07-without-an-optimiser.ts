/** @file What the answers to chapter 7's exercises must satisfy. */
import { InputEquations } from '../../src/beyond/analytic/input-equations.ts';
import { buildStack } from '../../src/index.ts';
import { Conv2d } from '../../src/exports/nn.ts';
import { zeros } from '../../src/exports/tensor.ts';
import { ACTIVATIONS } from '../../src/nn/activation.ts';
import { leastSquares } from '../../src/beyond/batch/least-squares.ts';
import { dot } from '../../src/tensor/vector.ts';
import { randomImage } from '../../test/attack/networks.ts';
import { checkClose, expectWithin } from '../../test/check/close.ts';
import { between, forAll, normals, oneOf } from '../../test/check/property.ts';
import { randomGeometry } from '../../test/nn/geometry.ts';
import type * as Exercises from '../exercises/07-without-an-optimiser.ts';
import type { Checks } from './judge.ts';

export const checks: Checks<typeof Exercises> = {
  leastSquares(answer) {
    forAll('x', 100, (random, i) => {
      const n = between(random, 1, 12), m = n + between(random, 0, 12);
      const A = i % 4 === 0 ? new Float64Array(m * n) : normals(random, m * n), y = normals(random, m);
      for (let j = 0; j < n; j++) A[j * n + j] += 4; // far from singular; where A is 4 I, one step is all there is
      const row = (i: number): Float64Array => A.subarray(i * n, (i + 1) * n);
      const x = answer({
        n,
        times: (x) => Float64Array.from({ length: m }, (_, i) => dot(row(i), x)),
        transposeTimes: (y) =>
          Float64Array.from({ length: n }, (_, j) => y.reduce((sum, v, i) => sum + row(i)[j] * v, 0)),
      }, y.slice());
      checkClose('x', x, leastSquares(m, n, A.slice(), y.slice()), 1e-6);
    });
  },

  riskIndex(answer) {
    forAll('m − n', 100, (random) => {
      const { channels, height, width, kernel, stride, padding } = randomGeometry(random), out = between(random, 1, 5);
      const isPlain = kernel <= Math.min(height, width) && random.below(2) === 0; // no stride or padding given
      const options = { inShape: [1, channels, height, width], out, kernel, ...(isPlain ? {} : { stride, padding }) };
      const layer = new Conv2d(options);
      const weight = zeros([out, channels, kernel, kernel]), gradZ = zeros(layer.outShape);
      const sigmaZ = new Float64Array(gradZ.data.length).fill(1);
      const { m, n } = new InputEquations(layer, weight, gradZ, sigmaZ, new Float64Array(out).fill(1));
      expectWithin('m − n', answer(options), m - n, 1, 0);
    });
  },

  denseImage(answer) {
    forAll('image', 100, (random) => {
      const inShape = [between(random, 1, 3), between(random, 2, 6), between(random, 2, 6)];
      const network = buildStack([
        { type: 'linear', name: 'first', out: between(random, 12, 30), activation: oneOf(random, ACTIVATIONS) },
        { type: 'linear', name: 'last', out: between(random, 3, 20) },
      ], inShape);
      random.fillUniform(network.theta.data, -0.5, 0.5);
      const image = randomImage(random, inShape), label = random.below(network.classes);
      const { tensors } = network.gradient(image, label);
      const weight = tensors.get('first.weight')!, bias = tensors.get('first.bias')!;
      if (bias.data.every((v) => v === 0)) return; // a dead relu
      checkClose('image', answer({ weight, bias }), image.data, 1e-9);
    });
  },
};
