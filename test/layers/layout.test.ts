/** @file Layouts of weights: PyTorch's pass, Keras' are named. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { expectClasses, expectPyTorchLayout } from '../../src/layers/layout.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { checkRangeError } from '../check/errors.ts';

const check = (shape: number[], bias?: number): void =>
  expectPyTorchLayout('c.weight', zeros(shape), bias === undefined ? undefined : zeros([bias]));

test('expectPyTorchLayout: by the bias, and without one by a kernel that is square at the front', () => {
  const kernel = new RegExp('^c\\.weight: expected \\[out, in, height, width\\], got \\[5,5,1,12\\], which looks ' +
    "like Keras' \\[height, width, in, out\\]; numpy\\.transpose\\(w, \\(3, 2, 0, 1\\)\\) converts it$");
  checkRangeError(() => check([5, 5, 1, 12], 12), kernel);
  checkRangeError(() => check([5, 5, 1, 12]), kernel);
  checkRangeError(() => check([3, 3, 12, 12], 12), /which looks like Keras'/);
  const dense = /^c\.weight: expected \[out, in\], got \[588,10\], .* Keras' \[in, out\]; numpy\.transpose\(w\) conv/;
  checkRangeError(() => check([588, 10], 10), dense);
  for (const [shape, bias] of [
    [[12, 1, 5, 5], 12], [[12, 12, 5, 5], 12], [[5, 5, 5, 5], 5], [[5, 5, 1, 12], 5], [[10, 588], 10], [[10, 10], 10],
    [[588, 10], 588], [[588, 10], undefined], [[12, 3, 5, 5], undefined], [[12, 3, 5, 4], undefined], [[3], 3], [[2, 3, 4], 4],
  ] as const) {
    assert.not.throws(() => check([...shape], bias), `${shape}, ${bias}`);
  }
});

test('expectClasses: one output is a regression', () => {
  const regression = /^fc\.weight: expected a row for each of two or more classes, got one output: there are no /;
  checkRangeError(() => expectClasses('fc.weight', zeros([1, 32])), regression);
  assert.not.throws(() => expectClasses('fc.weight', zeros([2, 32])));
});

test.run();
