/** @file The convolution, by hand, against six plain loops, and by its four passes. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Conv2d } from '../../src/nn/conv2d.ts';
import { ParameterVector } from '../../src/nn/parameters.ts';
import type { Random } from '../../src/tensor/random.ts';
import { view, zeros } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';
import { checkFourPasses } from './four-passes.ts';
import { describe, patchesOf, randomGeometry, type Geometry } from './geometry.ts';

const parametersOf = (layer: Conv2d) => new ParameterVector([{ name: 'conv', shapes: layer.parameterShapes }]);

function convolutionOf({ channels, height, width, ...options }: Geometry, out: number, bias: boolean): Conv2d {
  return new Conv2d({ inShape: [channels, height, width], out, bias, ...options });
}

/** y[o,i,j] = b[o] + Σ_ch,u,v W[o,ch,u,v] x[ch, stride·i + u − padding, stride·j + v − padding], x = 0 outside. */
function sixLoops(geometry: Geometry, out: number, W: Float64Array, b: Float64Array, x: Float64Array): Float64Array {
  const { channels, height, width, kernel, stride, padding } = geometry, { rows, columns } = patchesOf(geometry);
  const y = new Float64Array(out * rows * columns);
  for (let o = 0; o < out; o++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        let sum = b.length > 0 ? b[o] : 0;
        for (let ch = 0; ch < channels; ch++)
          for (let u = 0; u < kernel; u++)
            for (let v = 0; v < kernel; v++) {
              const row = stride * i + u - padding, column = stride * j + v - padding;
              if (row < 0 || row >= height || column < 0 || column >= width) continue;
              sum += W[((o * channels + ch) * kernel + u) * kernel + v] * x[(ch * height + row) * width + column];
            }
        y[(o * rows + i) * columns + j] = sum;
      }
  return y;
}

test('conv2d: 3×5 pixels, kernel 3, stride 2, padding 1, by hand', () => {
  //  1  2  3  4  5   1 2 3   The patches' middles are the pixels 1, 3, 5 and 11, 13, 15. Zeros fall above the first
  //  6  7  8  9 10 ∗ 4 5 6   row, below the second, left of the first column and right of the last; so the first is
  // 11 12 13 14 15   7 8 9   1·5 + 2·6 + 6·8 + 7·9 = 128 and the fifth 7·1 + 8·2 + 9·3 + 12·4 + 13·5 + 14·6 = 247.
  const layer = new Conv2d({ inShape: [1, 3, 5], out: 1, kernel: 3, stride: 2, padding: 1 });
  const theta = parametersOf(layer);
  theta.data.set([1, 2, 3, 4, 5, 6, 7, 8, 9, 0.5]);
  const x = { shape: [1, 3, 5], data: Float64Array.from({ length: 15 }, (_, i) => 1 + i) };
  const y = layer.forward(x, theta.windows[0]);
  assert.equal(y.shape, [1, 2, 3]);
  assert.equal([...y.data], [128.5, 241.5, 184.5, 160.5, 247.5, 160.5]);
});

test('conv2d: equals six plain loops, to the bit on integers', () => {
  const integers = (random: Random, n: number) => new Float64Array(n).map(() => random.below(201) - 100);
  forAll('convolution', 300, (random) => {
    const geometry = randomGeometry(random), out = between(random, 1, 5), bias = random.below(2) === 1;
    const layer = convolutionOf(geometry, out, bias), theta = parametersOf(layer);
    theta.data.set(integers(random, theta.data.length));
    const [{ W, b }] = theta.windows;
    const x = view(integers(random, geometry.channels * geometry.height * geometry.width), layer.inShape);
    const y = layer.forward(x, { W, b });
    assert.equal(W.shape, [out, geometry.channels, geometry.kernel, geometry.kernel]);
    checkClose(`${describe(geometry)}, bias ${bias}`, y.data, sixLoops(geometry, out, W.data, b.data, x.data), 0);
  });
});

test('conv2d: four passes', () => {
  forAll('convolution', 30, (random) => {
    const geometry = randomGeometry(random), out = between(random, 1, 4), bias = random.below(2) === 1;
    const x = normals(random, geometry.channels * geometry.height * geometry.width);
    checkFourPasses(`${describe(geometry)}, bias ${bias}`, convolutionOf(geometry, out, bias), x, random);
  });
});

test('conv2d: stride 1, no padding and a bias unless said', () => {
  const layer = new Conv2d({ inShape: [2, 6, 7], out: 4, kernel: 3 });
  assert.equal(layer.outShape, [4, 4, 5]);
  assert.equal(layer.parameterShapes, { W: [4, 2, 3, 3], b: [4] });
});

test('conv2d: ∂ℓ/∂x only where it is wanted', () => {
  const layer = new Conv2d({ inShape: [1, 2, 2], out: 1, kernel: 1 }), theta = parametersOf(layer), grad = theta.like();
  const x = { shape: [1, 2, 2], data: Float64Array.of(1, 2, 3, 4) };
  const gradY = layer.forward(x, theta.windows[0]);
  gradY.data.fill(1);
  assert.is(layer.backward(gradY, theta.windows[0], grad.windows[0], false), undefined);
  assert.equal([...grad.data], [10, 4]);
});

test('conv2d: refuses other shapes in every pass, and a kernel that does not fit', () => {
  const layer = new Conv2d({ inShape: [1, 28, 28], out: 2, kernel: 5, stride: 2, padding: 2 });
  const [p] = parametersOf(layer).windows;
  checkRangeError(() => layer.forward(zeros([28, 28]), p), /^Conv2d x: expected shape \[1,28,28\], got \[28,28\]/);
  checkRangeError(() => layer.rForward(zeros([1, 28, 27]), p, p), /^Conv2d rX: expected .* got \[1,28,27\]/);
  checkRangeError(() => layer.backward(zeros([2, 28, 28]), p, p), / gradY: expected shape \[2,14,14\], got /);
  checkRangeError(() => layer.rBackward(zeros([392]), p, p), / rGradY: expected shape \[2,14,14\], got \[392\]/);
  checkRangeError(() => new Conv2d({ inShape: [1, 3, 3], out: 1, kernel: 4 }), /at least 4 pixels .* of 0, got 3×3$/);
});

test.run();
