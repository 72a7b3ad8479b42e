/** @file Gather and scatter: where every pixel goes, and that one is the other's adjoint. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Patches } from '../../src/nn/patches.ts';
import { checkAdjoint } from '../check/adjoint.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { forAll, normals } from '../check/property.ts';
import { describe, patchesOf, randomGeometry } from './geometry.ts';

test('patches: 2×2 pixels, kernel 2, padding 1, by hand', () => {
  const patches = new Patches([1, 2, 2], 2, 1, 1);
  assert.equal([patches.rows, patches.columns, ...patches.shape], [3, 3, 4, 9]);
  const P = new Float64Array(36).fill(NaN);
  patches.gather(Float64Array.of(1, 2, 3, 4), P);
  const expected = [
    [0, 0, 0, 0, 1, 2, 0, 3, 4], // u = 0, v = 0: the pixel above and to the left of the output's place
    [0, 0, 0, 1, 2, 0, 3, 4, 0],
    [0, 1, 2, 0, 3, 4, 0, 0, 0],
    [1, 2, 0, 3, 4, 0, 0, 0, 0],
  ];
  assert.equal([...P], expected.flat());

  const x = Float64Array.of(10, 20, 30, 40);
  patches.scatterAdd(new Float64Array(36).fill(1), x);
  assert.equal([...x], [14, 24, 34, 44]); // each pixel is in four patches
});

test('patches: stride 2 without padding leaves the last row and column out', () => {
  const patches = new Patches([1, 3, 4], 2, 2, 0);
  assert.equal([...patches.shape], [4, 2]);
  const P = new Float64Array(8), x = new Float64Array(12);
  patches.gather(Float64Array.from({ length: 12 }, (_, i) => i), P);
  assert.equal([...P], [0, 2, 1, 3, 4, 6, 5, 7]);
  patches.scatterAdd(P, x);
  assert.equal([...x], [0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0]);
});

test('patches: as many rows and columns as the kernel has places', () => {
  const places = (side: number, kernel: number, stride: number, padding: number): number => {
    let count = 0;
    for (let at = -padding; at + kernel <= side + padding; at += stride) count++;
    return count;
  };
  forAll('shape', 300, (random) => {
    const geometry = randomGeometry(random), { channels, height, width, kernel, stride, padding } = geometry;
    const { rows, columns, shape } = patchesOf(geometry);
    assert.is(rows, places(height, kernel, stride, padding), describe(geometry));
    assert.is(columns, places(width, kernel, stride, padding), describe(geometry));
    assert.equal([...shape], [channels * kernel ** 2, rows * columns], describe(geometry));
  });
});

test('patches: scatterAdd is the adjoint of gather', () => {
  forAll('adjoint', 200, (random) => {
    const geometry = randomGeometry(random), patches = patchesOf(geometry);
    const n = geometry.channels * geometry.height * geometry.width, m = patches.shape[0] * patches.shape[1];
    const gather = (x: Float64Array): Float64Array => {
      const P = normals(random, m); // to be overwritten, in the padding too
      patches.gather(x, P);
      return P;
    };
    const scatter = (P: Float64Array): Float64Array => {
      const x = new Float64Array(n);
      patches.scatterAdd(P, x);
      return x;
    };
    checkAdjoint(describe(geometry), gather, scatter, n, m, random);
  });
});

test('patches: scatterAdd adds', () => {
  const patches = new Patches([1, 3, 3], 3, 1, 1), P = new Float64Array(81).fill(0.5);
  const once = new Float64Array(9), twice = new Float64Array(9);
  patches.scatterAdd(P, once);
  patches.scatterAdd(P, twice);
  patches.scatterAdd(P, twice);
  checkClose('twice', twice, once.map((value) => 2 * value), 0);
});

test('patches: refuses a kernel larger than the padded image, either way', () => {
  const message = /^Conv2d: expected an image of at least 5 pixels a side with its padding of 1, got (2×9|9×2)$/;
  checkRangeError(() => new Patches([1, 2, 9], 5, 1, 1), message);
  checkRangeError(() => new Patches([1, 9, 2], 5, 1, 1), message);
  assert.equal([...new Patches([1, 3, 3], 5, 2, 1).shape], [25, 1]);
});

test.run();
