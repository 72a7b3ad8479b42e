/** @file Shapes, views and the door checks. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { expectFinite, expectShape, sizeOf, view, zeros } from '../../src/tensor/tensor.ts';
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
    checkRangeError(() => zeros([3, side]), new RegExp(`^shape: expected positive integers, got \\[3,${side}\\]$`));
  }
  checkRangeError(() => zeros([2 ** 16, 2 ** 16]), /^shape: expected at most 2\^31 entries, got \[65536,65536\]$/);
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

test('expectShape: says expected and got', () => {
  expectShape('x', zeros([1, 28, 28]), [1, 28, 28]);
  const wrong = /^Conv2d x: expected shape \[1,28,28\], got \[28,28\]/;
  checkRangeError(() => expectShape('Conv2d x', zeros([28, 28]), [1, 28, 28]), wrong);
  checkRangeError(() => expectShape('x', zeros([2, 3]), [3, 2]), /expected shape \[3,2\], got \[2,3\]/);
  checkRangeError(() => expectShape('x', zeros([2, 3]), [2, 3, 1]), /expected shape \[2,3,1\], got \[2,3\]/);
  checkRangeError(() => expectShape('x', zeros([2, 3, 1]), [2, 3]), /expected shape \[2,3\], got \[2,3,1\]/);
  const longer = { shape: [2], data: new Float64Array(3) };
  checkRangeError(() => expectShape('x', longer, [2]), /expected shape \[2\], got \[2\] with 3 numbers$/);
});

test('expectFinite: names the first entry that is not', () => {
  expectFinite('x', Float64Array.of(0, -1e308));
  const checking = (...values: number[]) => () => expectFinite('x', Float64Array.from(values));
  checkRangeError(checking(0, NaN, Infinity), /^x: expected finite numbers, got NaN at entry 1$/);
  checkRangeError(checking(-Infinity), /got -Infinity at entry 0$/);
});

test.run();
