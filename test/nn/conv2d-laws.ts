/**
 * @file What a convolution must satisfy, the plain one and every other: by hand, against six loops, and by its passes.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import type { Conv2dOptions } from '../../src/nn/conv2d.ts';
import type { Layer } from '../../src/nn/layer.ts';
import type { Random } from '../../src/tensor/random.ts';
import { sizeOf, view, zeros } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';
import { checkFourPasses, parametersOf } from './four-passes.ts';
import { describe, randomGeometry, windowStarts, type Geometry } from './geometry.ts';

/** y[n,o,i,j] = b[o] + Σ W[o,c,u,v] x[n,c,a,b] over the taps inside, a and b counted from where the window begins. */
function sixLoops(geometry: Geometry, out: number, W: Float64Array, b: Float64Array, x: Float64Array): Float64Array {
  const { batch, channels, height, width, kernel } = geometry, y: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < out; o++)
      for (const top of windowStarts(height, geometry))
        for (const left of windowStarts(width, geometry)) {
          let sum = b.length > 0 ? b[o] : 0;
          for (let c = 0; c < channels; c++)
            for (let u = 0; u < kernel; u++)
              for (let v = 0; v < kernel; v++) {
                const row = top + u, column = left + v;
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                const pixel = ((n * channels + c) * height + row) * width + column;
                sum += W[((o * channels + c) * kernel + u) * kernel + v] * x[pixel];
              }
          y.push(sum);
        }
  return Float64Array.from(y);
}

/** Tests of the convolution that `create` makes; `title` begins their names. */
export function conv2dLaws(title: string, create: (options: Conv2dOptions) => Layer): void {
  const convolutionOf = ({ batch, channels, height, width, ...options }: Geometry, out: number, bias: boolean) =>
    create({ inShape: [batch, channels, height, width], out, bias, ...options });

  test(`${title}: 3×5 pixels, kernel 3, stride 2, padding 1, by hand`, () => {
    //  1  2  3  4  5   1 2 3   The windows' middles are the pixels 1, 3, 5 and 11, 13, 15. Zeros fall above the first
    //  6  7  8  9 10 ∗ 4 5 6   row, below the second, left of the first column and right of the last; so the first is
    // 11 12 13 14 15   7 8 9   1·5 + 2·6 + 6·8 + 7·9 = 128 and the fifth 7·1 + 8·2 + 9·3 + 12·4 + 13·5 + 14·6 = 247.
    const layer = create({ inShape: [2, 1, 3, 5], out: 1, kernel: 3, stride: 2, padding: 1 });
    const theta = parametersOf(layer);
    theta.data.set([1, 2, 3, 4, 5, 6, 7, 8, 9, 0.5]);
    const x = { shape: [2, 1, 3, 5], data: Float64Array.from({ length: 30 }, (_, i) => (i < 15 ? 1 + i : 15 - i)) };
    const y = layer.forward(x, theta.tree);
    assert.equal(y.shape, [2, 1, 2, 3]);
    assert.equal([...y.data.subarray(0, 6)], [128.5, 241.5, 184.5, 160.5, 247.5, 160.5]);
    assert.is(y.data[6], 0.5 - 1 * 6 - 5 * 8 - 6 * 9, 'the second image is 0, −1, −2, …');
  });

  test(`${title}: equals six loops, to the bit on integers`, () => {
    const integers = (random: Random, n: number) => new Float64Array(n).map(() => random.below(201) - 100);
    forAll('convolution', 300, (random) => {
      const geometry = randomGeometry(random), out = between(random, 1, 5), bias = random.below(2) === 1;
      const layer = convolutionOf(geometry, out, bias), theta = parametersOf(layer);
      theta.data.set(integers(random, theta.data.length));
      const W = theta.tensors.get('weight')!, b = theta.tensors.get('bias')?.data ?? new Float64Array(0);
      const x = view(integers(random, sizeOf(layer.inShape)), layer.inShape);
      const y = layer.forward(x, theta.tree);
      assert.equal(W.shape, [out, geometry.channels, geometry.kernel, geometry.kernel]);
      assert.is(b.length, bias ? out : 0);
      checkClose(`${describe(geometry)}, bias ${bias}`, y.data, sixLoops(geometry, out, W.data, b, x.data), 0);
    });
  });

  test(`${title}: four passes`, () => {
    forAll('convolution', 30, (random) => {
      const geometry = randomGeometry(random), out = between(random, 1, 4), bias = random.below(2) === 1;
      const layer = convolutionOf(geometry, out, bias);
      checkFourPasses(`${describe(geometry)}, bias ${bias}`, layer, normals(random, sizeOf(layer.inShape)), random);
    });
  });

  test(`${title}: by default stride 1, no padding and a bias`, () => {
    const layer = create({ inShape: [3, 2, 6, 7], out: 4, kernel: 3 });
    assert.equal(layer.outShape, [3, 4, 4, 5]);
    assert.equal(layer.parameterShapes, { weight: [4, 2, 3, 3], bias: [4] });
  });

  test(`${title}: refuses other shapes in every pass, and sizes that do not fit`, () => {
    const layer = create({ inShape: [1, 1, 28, 28], out: 2, kernel: 5, stride: 2, padding: 2 });
    const p = parametersOf(layer).tree;
    checkRangeError(() => layer.forward(zeros([28, 28]), p), /^Conv2d x: expected shape \[1,1,28,28\], got \[28,28\]/);
    checkRangeError(() => layer.rForward(zeros([1, 1, 28, 27]), p, p), /^Conv2d rX: expected .* got \[1,1,28,27\]/);
    checkRangeError(() => layer.backward(zeros([1, 2, 28, 28]), p, p),
      /^Conv2d gradY: expected shape \[1,2,14,14\], got /);
    checkRangeError(() => layer.rBackward(zeros([392]), p, p),
      /^Conv2d rGradY: expected shape \[1,2,14,14\], got \[392\]/);
    const options = { inShape: [1, 1, 3, 3], out: 1, kernel: 3 };
    const refusal = (kernel: number, stride: number, padding: number): RegExp =>
      new RegExp(`^Conv2d: .* got out 1, kernel ${kernel}, stride ${stride}, padding ${padding} for \\[1,1,3,3\\]$`);
    checkRangeError(() => create({ ...options, kernel: 4 }), refusal(4, 1, 0));
    for (const sides of [[2, 3], [3, 2]]) {
      checkRangeError(() => create({ ...options, inShape: [1, 1, ...sides] }), /^Conv2d: expected .* kernel within /);
    }
    create({ ...options, kernel: 4, padding: 1 });
    for (const bad of [0, -1, 1.5, NaN]) {
      checkRangeError(() => create({ ...options, kernel: bad }), refusal(bad, 1, 0));
      checkRangeError(() => create({ ...options, stride: bad }), refusal(3, bad, 0));
      if (bad !== 0) checkRangeError(() => create({ ...options, padding: bad }), refusal(3, 1, bad));
    }
    for (const out of [0, 1.5]) checkRangeError(() => create({ ...options, out }), /expected positive integers/);
  });
}
