/** @file Average pooling. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { AveragePool2d } from '../../src/layers/average-pool2d.ts';
import type { Pool2dOptions } from '../../src/layers/pool-windows.ts';
import type { Random } from '../../src/tensor/random.ts';
import { sizeOf, zeros } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';
import { checkFourPasses } from '../nn/four-passes.ts';
import { pytorchLayerTests } from '../nn/pytorch-layers.ts';
import { testerCatches } from '../nn/tester.ts';

pytorchLayerTests('average pool', ({ type, kernel_size: kernel, stride, padding }, inShape) =>
  (type === 'AvgPool2d' ? new AveragePool2d({ inShape, kernel, stride, padding } as Pool2dOptions) : undefined));

const image = (rows: number[][]) =>
  ({ shape: [1, 1, rows.length, rows[0].length], data: Float64Array.from(rows.flat()) });

test('average pool: by hand; what does not fill a window is left out, and the padding counts as zeros', () => {
  const x = image([[1, 2, 9], [4, 5, 9], [9, 9, 9]]);
  const apart = new AveragePool2d({ inShape: x.shape, kernel: 2 });
  assert.equal([...apart.forward(x).data], [3]);
  assert.equal([...apart.backward(image([[8]])).data], [2, 2, 0, 2, 2, 0, 0, 0, 0]);

  const overlapping = new AveragePool2d({ inShape: x.shape, kernel: 2, stride: 1 });
  assert.equal([...overlapping.forward(x).data], [3, 6.25, 6.75, 8]);
  assert.equal([...overlapping.backward(image([[4, 40], [400, 4000]])).data],
    [1, 11, 10, 101, 1111, 1010, 100, 1100, 1000]);

  const padded = new AveragePool2d({ inShape: [1, 1, 2, 2], kernel: 2, padding: 1 });
  assert.equal([...padded.forward(image([[4, 8], [12, 16]])).data], [1, 2, 3, 4]);
});

function randomPool(random: Random): AveragePool2d {
  const kernel = between(random, 1, 4), padding = random.below(1 + Math.floor(kernel / 2));
  const [height, width] = [between(random, kernel, kernel + 5), between(random, kernel, kernel + 5)];
  return new AveragePool2d({
    inShape: [between(random, 1, 3), between(random, 1, 3), height, width],
    kernel, stride: between(random, 1, 3), padding,
  });
}

test('average pool: with a window as large as the image, the mean of each map', () => {
  forAll('maps', 20, (random) => {
    const side = between(random, 1, 5), inShape = [between(random, 1, 3), between(random, 1, 3), side, side];
    const x = normals(random, sizeOf(inShape)), size = side * side;
    const means = Array.from({ length: inShape[0] * inShape[1] }, (_, map) =>
      x.subarray(map * size, (map + 1) * size).reduce((sum, value) => sum + value, 0) / size);
    const layer = new AveragePool2d({ inShape, kernel: side });
    checkClose('y', layer.forward({ shape: inShape, data: x }).data, means, 1e-14);
  });
});

test('average pool: four passes', () => {
  forAll('pools', 30, (random) => {
    const pool = randomPool(random);
    checkFourPasses(JSON.stringify(pool.options), pool, normals(random, sizeOf(pool.inShape)), random);
  });
});

testerCatches('average pool', () => new AveragePool2d({ inShape: [2, 2, 5, 4], kernel: 3, stride: 2, padding: 1 }));

test('average pool: refuses other shapes in every pass, and windows that do not fit', () => {
  const layer = new AveragePool2d({ inShape: [1, 1, 4, 4], kernel: 2 });
  checkRangeError(() => layer.forward(zeros([4, 4])), /^AveragePool2d x: expected shape \[1,1,4,4\], got \[4,4\]/);
  checkRangeError(() => layer.backward(zeros([1, 1, 4, 4])), /^AveragePool2d gradY: expected shape \[1,1,2,2\], got /);
  checkRangeError(() => layer.rForward(zeros([4, 4])), /^AveragePool2d rX: /);
  checkRangeError(() => layer.rBackward(zeros([4, 4])), /^AveragePool2d rGradY: /);
  checkRangeError(() => new AveragePool2d({ inShape: [1, 1, 4, 4], kernel: 5 }),
    /^AveragePool2d x: expected 5 pixels or more a side with the padding, got \[1,1,4,4\]$/);
});

test.run();
