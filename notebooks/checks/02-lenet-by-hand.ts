/** @file What the answers to the exercises of chapter 2 must satisfy. */
import { Conv2d } from '../../src/exports/nn.ts';
import { sizeOf } from '../../src/exports/tensor.ts';
import type { Tensor } from '../../src/index.ts';
import type { Random } from '../../src/tensor/random.ts';
import { dot } from '../../src/tensor/vector.ts';
import { checkAdjoint } from '../../test/check/adjoint.ts';
import { checkShape } from '../../test/check/close.ts';
import { between, forAll, normals } from '../../test/check/property.ts';
import { checkJacobian } from '../../test/check/slope.ts';
import type * as Exercises from '../exercises/02-lenet-by-hand.ts';
import type { Checks } from './judge.ts';
import { expectVector, withInput } from './message.ts';

/** The project's convolution of one channel, with a random shape and a random kernel. */
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

/** f, f′ and f″ of softplus; an exponential may overflow, but only where 1 / ∞ = 0 is the right limit. */
function softplusAt(x: number): number[] {
  const f1 = 1 / (1 + Math.exp(-x));
  return [Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), f1, f1 / (1 + Math.exp(x))];
}

export const checks: Checks<typeof Exercises> = {
  softplus(answer) {
    const check = (x: number): void => withInput({ x }, () => {
      const { f, f1, f2 } = answer(x);
      softplusAt(x).forEach((expected, i) => expectVector(['f', 'f′', 'f″'][i], [[f, f1, f2][i]], [expected], 1e-9));
    });
    for (const x of [1000, -1000]) check(x);
    forAll('softplus', 100, (random) => {
      const x = normals(random, 1), u = Float64Array.of(1);
      check(x[0]);
      withInput({ x: x[0] }, () => { // against differences of the function above
        checkJacobian('f′', ([x]) => [softplusAt(x)[0]], x, u, [answer(x[0]).f1]);
        checkJacobian('f″', ([x]) => [softplusAt(x)[1]], x, u, [answer(x[0]).f2]);
      });
    });
  },

  convolve(answer) {
    forAll('y', 100, (random) => {
      const { stride, padding, shape, outShape, W, forward } = randomConvolution(random);
      const x = { shape, data: normals(random, sizeOf(shape)) };
      withInput({ x, W, stride, padding }, () => {
        const y = answer({ shape, data: x.data.slice() }, W, stride, padding);
        checkShape('y', y, outShape);
        expectVector('y', y.data, forward(x.data), 1e-12);
      });
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
      const gradY = { shape: outShape, data: normals(random, sizeOf(outShape)) };
      withInput({ '∂ℓ/∂y': gradY, W, stride, padding, inShape: `[${shape}]` }, () => {
        const expected = new Float64Array(sizeOf(shape)); // column by column: Aᵀ ∂y
        for (let k = 0; k < expected.length; k++) {
          const unit = new Float64Array(expected.length);
          unit[k] = 1;
          expected[k] = dot(forward(unit), gradY.data);
        }
        expectVector('∂ℓ/∂x', backward(gradY.data), expected, 1e-12);
        checkAdjoint('∂ℓ/∂x', forward, backward, sizeOf(shape), sizeOf(outShape), random);
      });
    });
  },
};
