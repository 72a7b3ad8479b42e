/** @file Shapes, views and the door checks. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import {
  expectFinite, expectShape, rowsOf, sizeOf, unstack, view, zeros, type Tensor,
} from '../../src/tensor/tensor.ts';
import { checkRangeError } from '../check/errors.ts';

test('sizeOf: the product of the sides, 1 for a scalar', () => {
  assert.is(sizeOf([3, 32, 32]), 3072);
  assert.is(sizeOf([]), 1);
  assert.is(sizeOf([0]), 0);
});

test('zeros: that many zeros and the shape', () => {
  const { shape, data } = zeros([2, 3]);
  assert.equal([...shape], [2, 3]);
  assert.equal([...data], [0, 0, 0, 0, 0, 0]);
  assert.is(zeros([]).data.length, 1);
});

test('zeros: refuses sides that are not positive integers, and sizes past 2^31', () => {
  for (const side of [0, -1, 1.5, NaN, Infinity]) {
    checkRangeError(() => zeros([3, side]), new RegExp(`^shape: expected positive integers.* got \\[3,${side}\\]$`));
  }
  checkRangeError(() => zeros([2 ** 16, 2 ** 16]), /^shape: expected .*at most 2\^31 entries, got \[65536,65536\]$/);
});

test('view: shares memory, from the offset on', () => {
  const data = Float64Array.of(0, 1, 2, 3, 4, 5, 6);
  const tensor = view(data, [2, 2], 3);
  assert.equal([...tensor.data], [3, 4, 5, 6]);
  tensor.data[0] = 7;
  assert.is(data[3], 7);
  assert.equal([...view(data, [2]).data], [0, 1]);
});

test('view: refuses to go past the end', () => {
  assert.is(view(new Float64Array(6), [2, 3]).data.length, 6);
  checkRangeError(() => view(new Float64Array(6), [2, 3], 1), /^view \[2,3\] at 1: expected 7 numbers, got 6$/);
});

test('view: refuses to begin before the start', () => {
  checkRangeError(() => view(new Float64Array(6), [2], -1), /^view \[2\] at -1: expected /);
  checkRangeError(() => view(new Float64Array(6), [2], NaN), /^view \[2\] at NaN: expected /);
});

test('unstack and rowsOf: parts along the first side, which share memory', () => {
  const data = Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), tensor = { shape: [3, 2, 2], data };
  const parts = unstack(tensor), rows = rowsOf(tensor);
  assert.equal(parts.map(({ shape, data }) => [shape, [...data]]),
    [0, 4, 8].map((i) => [[2, 2], [i, i + 1, i + 2, i + 3]]));
  assert.equal(rows.map((row) => [...row]), [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]);
  parts[1].data[0] = -1;
  rows[2][3] = -2;
  assert.equal([data[4], data[11]], [-1, -2]);
  assert.equal(rowsOf({ shape: [3], data: Float64Array.of(7, 8, 9) }).map((row) => [...row]), [[7], [8], [9]]);
});

test('expectShape: says expected and got', () => {
  expectShape('x', zeros([1, 28, 28]), [1, 28, 28]);
  const wrong = /^Conv2d x: expected shape \[1,28,28\], got \[28,28\]/;
  checkRangeError(() => expectShape('Conv2d x', zeros([28, 28]), [1, 28, 28]), wrong);
  checkRangeError(() => expectShape('x', zeros([2, 3]), [3, 2]), /expected shape \[3,2\], got \[2,3\]/);
  checkRangeError(() => expectShape('x', zeros([2, 3]), [2, 3, 1]), /expected shape \[2,3,1\], got \[2,3\]/);
  checkRangeError(() => expectShape('x', zeros([2, 3, 1]), [2, 3]), /expected shape \[2,3\], got \[2,3,1\]/);
  const longer = { shape: [2], data: new Float64Array(3) };
  checkRangeError(() => expectShape('x', longer, [2]), /expected shape \[2\], got \[2\] with 3 numbers$/);
  const bare = new Float64Array(2) as unknown as Tensor;
  assert.throws(() => expectShape('x', bare, [2]), /^x: expected a tensor .* got Float64Array without a shape$/);
});

test('expectFinite: names the first entry that is not', () => {
  expectFinite('x', Float64Array.of(0, -1e308));
  const checking = (...values: number[]) => () => expectFinite('x', Float64Array.from(values));
  checkRangeError(checking(0, NaN, Infinity), /^x: expected finite numbers, got NaN at entry 1$/);
  checkRangeError(checking(-Infinity), /got -Infinity at entry 0$/);
});

test.run();
