/** @file Tensors by name into a vector: what is copied, and what is refused before anything is. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { loadParameters } from '../../src/layers/load-parameters.ts';
import { ParameterVector } from '../../src/nn/parameters.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { checkRangeError, checkTypeError } from '../check/errors.ts';

const vectorOf = (...numbers: number[]) =>
  new ParameterVector({ fc: { weight: [2, 2], bias: [2] } }, Float64Array.from(numbers));

const tensor = (shape: number[], ...numbers: number[]): Tensor => ({ shape, data: Float64Array.from(numbers) });
const weight = tensor([2, 2], 1, 2, 3, 4), bias = tensor([2], 5, 6);

test('loadParameters: copies by name, in any order, and returns the vector', () => {
  const vector = vectorOf(0, 0, 0, 0, 0, 0);
  assert.is(loadParameters(vector, new Map([['fc.bias', bias], ['fc.weight', weight]])), vector);
  assert.equal([...vector.data], [1, 2, 3, 4, 5, 6]);
  weight.data[0] = 9;
  assert.is(vector.data[0], 1, 'copied, not shared');
  weight.data[0] = 1;
});

test('loadParameters: refuses a tensor that is unknown, missing or of another shape, and then copies nothing', () => {
  const vector = vectorOf(7, 7, 7, 7, 7, 7);
  const load = (...entries: [string, Tensor][]) => () => loadParameters(vector, new Map(entries));
  checkRangeError(load(['fc.weight', weight], ['fc.bias', bias], ['fc.scale', bias]),
    /^fc\.scale: expected one of fc\.weight, fc\.bias$/);
  checkRangeError(load(['fc.weight', weight]), /^fc\.bias: expected shape \[2\], got nothing$/);
  checkRangeError(load(), /^fc\.weight: expected shape \[2,2\], got nothing$/);
  checkRangeError(load(['fc.weight', weight], ['fc.bias', tensor([2, 1], 5, 6)]),
    /^fc\.bias: expected shape \[2\], got \[2,1\] with 2 numbers$/);
  checkRangeError(load(['fc.weight', weight], ['fc.bias', tensor([2], 5)]),
    /^fc\.bias: expected shape \[2\], got \[2\] with 1 numbers$/);
  checkTypeError(load(['fc.weight', weight], ['fc.bias', bias.data as never]),
    /^fc\.bias: expected a tensor \{ shape, data \}, got Float64Array without a shape$/);
  assert.equal([...vector.data], [7, 7, 7, 7, 7, 7]);
});

test.run();
