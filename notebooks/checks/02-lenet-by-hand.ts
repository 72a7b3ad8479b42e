/** @file What the answers to chapter 2's exercises must satisfy. */
import { Conv2d } from '../../src/exports/nn.ts';
import { sizeOf } from '../../src/exports/tensor.ts';
import type { Tensor } from '../../src/index.ts';
import type { Random } from '../../src/tensor/random.ts';
import { checkAdjoint } from '../../test/check/adjoint.ts';
import { checkClose, checkShape } from '../../test/check/close.ts';
import { between, forAll, normals } from '../../test/check/property.ts';
import { checkJacobian } from '../../test/check/slope.ts';
import type * as Exercises from '../exercises/02-lenet-by-hand.ts';
import type { Checks } from './judge.ts';

/** The project's convolution of one channel, on an image and with a kernel that are both random. */
function randomConvolution(random: Random) {
  const kernel = between(random, 1, 4), stride = between(random, 1, 3), padding = between(random, 0, 2);
  const shape = [between(random, kernel, 9), between(random, kernel, 9)];
  const layer = new Conv2d({ inShape: [1, 1, ...shape], out: 1, kernel, stride, padding, bias: false });
  const W: Tensor = { shape: [kernel, kernel], data: normals(random, kernel * kernel) };
  const weight = { shape: [1, 1, kernel, kernel], data: W.data };
  const forward = (x: Float64Array): Float64Array =>
    layer.forward({ shape: layer.inShape, data: x }, { weight }).data;
  return { stride, padding, shape, outShape: layer.outShape.slice(2), W, forward };
}

export const checks: Checks<typeof Exercises> = {
  softplus(answer) {
    for (const [x, ...expected] of [[1000, 1000, 1, 0], [-1000, 0, 0, 0]]) {
      const { f, f1, f2 } = answer(x);
      checkClose(`f, f′ and f″ at ${x}`, [f, f1, f2], expected, 1e-12);
    }
    forAll('softplus', 100, (random) => {
      const x = normals(random, 1), u = Float64Array.of(1);
      checkClose('f', [answer(x[0]).f], [Math.log1p(Math.exp(x[0]))], 1e-12);
      checkJacobian('f′', ([x]) => [answer(x).f], x, u, [answer(x[0]).f1]);
      checkJacobian('f″', ([x]) => [answer(x).f1], x, u, [answer(x[0]).f2]);
    });
  },

  convolve(answer) {
    forAll('y', 100, (random) => {
      const { stride, padding, shape, outShape, W, forward } = randomConvolution(random);
      const x = normals(random, sizeOf(shape)), y = answer({ shape, data: x.slice() }, W, stride, padding);
      checkShape('y', y, outShape);
      checkClose('y', y.data, forward(x), 1e-12);
    });
  },

  inputGradient(answer) {
    forAll('∂ℓ/∂x', 100, (random) => {
      const { stride, padding, shape, outShape, W, forward } = randomConvolution(random);
      const backward = (v: Float64Array): Float64Array => {
        const gradX = answer({ shape: outShape, data: v.slice() }, W, stride, padding, shape);
        checkShape('∂ℓ/∂x', gradX, shape);
        return gradX.data;
      };
      checkAdjoint('∂ℓ/∂x', forward, backward, sizeOf(shape), sizeOf(outShape), random);
    });
  },
};
