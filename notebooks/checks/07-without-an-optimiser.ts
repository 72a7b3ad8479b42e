/** @file What the answers to the exercises of chapter 7 must satisfy. */
import { InputEquations } from '../../src/beyond/analytic/input-equations.ts';
import { buildStack } from '../../src/index.ts';
import { Conv2d } from '../../src/exports/nn.ts';
import { zeros } from '../../src/exports/tensor.ts';
import { ACTIVATIONS } from '../../src/nn/activation.ts';
import { leastSquares } from '../../src/beyond/batch/least-squares.ts';
import { dot } from '../../src/tensor/vector.ts';
import { randomImage } from '../../test/attack/networks.ts';
import { checkClose, expectWithin } from '../../test/check/close.ts';
import { between, forAll, join, normals, oneOf } from '../../test/check/property.ts';
import { randomGeometry } from '../../test/nn/geometry.ts';
import type * as Exercises from '../exercises/07-without-an-optimiser.ts';
import { inWords } from './message.ts';
import type { Checks } from './judge.ts';

export const checks: Checks<typeof Exercises> = {
  ridge(answer) {
    forAll('x', 100, (random, i) => {
      const m = between(random, 1, 12), n = between(random, 1, 12), lambda = 10 ** random.uniform(-1, 1);
      const A = i % 4 === 0 ? new Float64Array(m * n) : normals(random, m * n), q = normals(random, m);
      if (i % 4 === 0) for (let j = 0; j < Math.min(m, n); j++) A[j * n + j] = 4; // one or two steps are enough
      const row = (i: number): Float64Array => A.subarray(i * n, (i + 1) * n);
      const x = answer({
        n,
        times: (x) => Float64Array.from({ length: m }, (_, i) => dot(row(i), x)),
        transposeTimes: (r) =>
          Float64Array.from({ length: n }, (_, j) => r.reduce((sum, v, i) => sum + row(i)[j] * v, 0)),
      }, q.slice(), lambda);
      // The same as least squares with n more equations, √λ xⱼ = 0.
      const more = new Float64Array(n * n);
      for (let j = 0; j < n; j++) more[j * n + j] = Math.sqrt(lambda);
      const expected = leastSquares(m + n, n, join(A, more), join(q, new Float64Array(n)));
      const input = `m = ${m}, n = ${n}, A = ${inWords(A)}, q = ${inWords(q)}, lambda = ${lambda}`;
      checkClose(`${input}, x`, x, expected, 1e-6);
    });
  },

  riskIndex(answer) {
    forAll('m − n', 100, (random) => {
      const { channels, height, width, kernel, stride, padding } = randomGeometry(random), out = between(random, 1, 5);
      const isPlain = kernel <= Math.min(height, width) && random.below(2) === 0; // stride and padding left out
      const options = { inShape: [1, channels, height, width], out, kernel, ...(isPlain ? {} : { stride, padding }) };
      const layer = new Conv2d(options);
      const weight = zeros([out, channels, kernel, kernel]), gradZ = zeros(layer.outShape);
      const sigmaZ = new Float64Array(gradZ.data.length).fill(1);
      const { m, n } = new InputEquations(layer, weight, gradZ, sigmaZ, new Float64Array(out).fill(1));
      expectWithin(`${JSON.stringify(options)}, m − n`, answer(options), m - n, 1, 0);
    });
  },

  denseImage(answer) {
    forAll('image', 100, (random) => {
      const inShape = [between(random, 1, 3), between(random, 2, 6), between(random, 2, 6)];
      const activation = oneOf(random, ACTIVATIONS);
      const network = buildStack([
        { type: 'linear', name: 'first', out: between(random, 12, 30), activation },
        { type: 'linear', name: 'last', out: between(random, 3, 20) },
      ], inShape);
      random.fillUniform(network.theta.data, -0.5, 0.5);
      const image = randomImage(random, inShape), label = random.below(network.classes);
      const { tensors } = network.gradient(image, label);
      const weight = tensors.get('first.weight')!, bias = tensors.get('first.bias')!;
      if (bias.data.every((v) => v === 0)) return; // no ReLU is active
      const input = `${activation}, ∂W of [${weight.shape}], ∂b = ${inWords(bias.data)}`;
      checkClose(`${input}, image`, answer({ weight, bias }), image.data, 1e-9);
    });
  },
};
