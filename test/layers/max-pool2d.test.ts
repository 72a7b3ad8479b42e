/** @file Max pooling. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { MaxPool2d, type MaxPool2dOptions } from '../../src/layers/max-pool2d.ts';
import type { Random } from '../../src/tensor/random.ts';
import { sizeOf, zeros } from '../../src/tensor/tensor.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';
import { checkFourPasses } from '../nn/four-passes.ts';
import { pytorchLayerTests } from '../nn/pytorch-layers.ts';
import { testerCatches } from '../nn/tester.ts';

pytorchLayerTests('max pool', ({ type, kernel_size: kernel, stride, padding }, inShape) =>
  (type === 'MaxPool2d' ? new MaxPool2d({ inShape, kernel, stride, padding } as MaxPool2dOptions) : undefined));

const image = (rows: number[][]) =>
  ({ shape: [1, 1, rows.length, rows[0].length], data: Float64Array.from(rows.flat()) });

test('max pool: by hand; what does not fill a window is left out, and overlapping windows add up', () => {
  const x = image([[1, 2, 9], [4, 3, 9], [9, 9, 9]]);
  const apart = new MaxPool2d({ inShape: x.shape, kernel: 2 });
  assert.equal([...apart.forward(x).data], [4]);
  assert.equal([...apart.backward(image([[5]])).data], [0, 0, 0, 5, 0, 0, 0, 0, 0]);

  const overlapping = new MaxPool2d({ inShape: x.shape, kernel: 2, stride: 1 });
  assert.equal([...overlapping.forward(x).data], [4, 9, 9, 9]);
  assert.equal([...overlapping.backward(image([[1, 10], [100, 1000]])).data], [0, 0, 10, 1, 0, 1000, 100, 0, 0]);
});

test('max pool: of equals the first wins, as in PyTorch; padding never does; NaN does, and is not hidden', () => {
  const equal = new MaxPool2d({ inShape: [1, 1, 2, 2], kernel: 2 });
  equal.forward(image([[1, 7], [7, 7]]));
  assert.equal([...equal.backward(image([[1]])).data], [0, 1, 0, 0]);
  assert.equal([...equal.forward(image([[1, NaN], [7, 2]])).data], [NaN]);

  const padded = new MaxPool2d({ inShape: [1, 1, 2, 2], kernel: 2, padding: 1 });
  assert.equal([...padded.forward(image([[-1, -2], [-3, -Infinity]])).data], [-1, -2, -3, -Infinity]);
  assert.equal([...padded.rForward(image([[1, 2], [3, 4]])).data], [1, 2, 3, 4]);
});

function randomPool(random: Random): MaxPool2d {
  const kernel = between(random, 1, 4), padding = random.below(1 + Math.floor(kernel / 2));
  const [height, width] = [between(random, kernel, kernel + 5), between(random, kernel, kernel + 5)];
  return new MaxPool2d({
    inShape: [between(random, 1, 3), between(random, 1, 3), height, width],
    kernel, stride: between(random, 1, 3), padding,
  });
}

test('max pool: each entry of y is the largest pixel of its window', () => {
  forAll('pools', 100, (random) => {
    const pool = randomPool(random), x = normals(random, sizeOf(pool.inShape)), maxima: number[] = [];
    const { kernel, stride, padding } = pool.options, [batch, channels, height, width] = pool.inShape;
    const [, , rows, columns] = pool.outShape;
    for (let map = 0; map < batch * channels; map++)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          const top = stride * i - padding, left = stride * j - padding;
          maxima.push(Math.max(...x.filter((_, q) => {
            const a = Math.floor(q / width) - map * height, b = q % width;
            return a >= Math.max(0, top) && a < Math.min(height, top + kernel) && b >= left && b < left + kernel;
          })));
        }
    assert.equal([...pool.forward({ shape: pool.inShape, data: x }).data], maxima);
  });
});

test('max pool: four passes', () => {
  forAll('pools', 30, (random) => {
    const pool = randomPool(random);
    checkFourPasses(JSON.stringify(pool.options), pool, normals(random, sizeOf(pool.inShape)), random);
  });
});

testerCatches('max pool', () => new MaxPool2d({ inShape: [2, 2, 5, 4], kernel: 3, stride: 2, padding: 1 }));

test('max pool: refuses other shapes in every pass, and windows that do not fit', () => {
  const layer = new MaxPool2d({ inShape: [1, 1, 4, 4], kernel: 2 });
  checkRangeError(() => layer.forward(zeros([4, 4])), /^MaxPool2d x: expected shape \[1,1,4,4\], got \[4,4\]/);
  checkRangeError(() => layer.backward(zeros([1, 1, 4, 4])), /^MaxPool2d gradY: expected shape \[1,1,2,2\], got /);
  checkRangeError(() => layer.rForward(zeros([4, 4])), /^MaxPool2d rX: /);
  checkRangeError(() => layer.rBackward(zeros([4, 4])), /^MaxPool2d rGradY: /);
  const options = { inShape: [1, 1, 4, 4], kernel: 2 };
  for (const inShape of [[4, 4], [1, 1, 1, 4, 4]]) {
    checkRangeError(() => new MaxPool2d({ ...options, inShape }), /^MaxPool2d x: expected 4 dimensions, got shape \[/);
  }
  const wholeSides = /^shape: expected positive integers, .* got \[0,1,/;
  checkRangeError(() => new MaxPool2d({ ...options, inShape: [0, 1, 4, 4] }), wholeSides);
  const tooLarge = /^MaxPool2d x: expected 5 pixels or more a side with the padding, got \[1,1,4,4\]$/;
  checkRangeError(() => new MaxPool2d({ ...options, kernel: 5 }), tooLarge);
  const tooWide = /^MaxPool2d padding: expected at most half the kernel of 2, got 2$/;
  checkRangeError(() => new MaxPool2d({ ...options, padding: 2 }), tooWide);
  for (const [size, least] of [['kernel', 1], ['stride', 1], ['padding', 0]] as const) {
    for (const bad of [least - 1, 1.5, NaN]) {
      const message = new RegExp(`^MaxPool2d ${size}: expected an integer from ${least}, got ${bad}$`);
      checkRangeError(() => new MaxPool2d({ ...options, [size]: bad }), message);
    }
  }
});

test.run();
