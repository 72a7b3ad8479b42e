/** @file Total variation by worked examples, its derivative by slopes, and laws that it obeys. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { TV_SMOOTHING, totalVariation } from '../../../src/beyond/prior/total-variation.ts';
import { view, type Tensor } from '../../../src/tensor/tensor.ts';
import { scale } from '../../../src/tensor/vector.ts';
import { checkClose, expectWithin } from '../../check/close.ts';

import { between, forAll } from '../../check/property.ts';
import { checkSlope } from '../../check/slope.ts';

function tv(x: Tensor, weight = 0, gradX = new Float64Array(x.data.length)): number {
  return totalVariation(x, weight, gradX);
}

/** One plane of as many rows as there are arguments. */
const plane = (...rows: readonly number[][]): Tensor =>
  view(Float64Array.from(rows.flat()), [1, 1, rows.length, rows[0].length]);

const root = (square: number): number => Math.sqrt(square + TV_SMOOTHING ** 2) - TV_SMOOTHING;

test('worked examples: a constant, a step, a corner, a checkerboard', () => {
  checkClose('constant', [tv(plane([0.3, 0.3], [0.3, 0.3]))], [0], 0);
  checkClose('a step of 0.5 across three rows', [tv(plane([0, 0.5], [0, 0.5], [0, 0.5]))], [3 * root(0.25)], 1e-14);
  checkClose('one pixel', [tv(plane([0, 0, 0], [0, 1, 0], [0, 0, 0]))], [root(2) + 2 * root(1)], 1e-14);
  checkClose('checkerboard', [tv(plane([0, 1], [1, 0]))], [root(2) + 2 * root(1)], 1e-14);
});

test('images and channels add up; no difference is taken between them', () => {
  forAll('images', 10, (random) => {
    const [batch, channels, height, width] = [2, 3, between(random, 1, 5), between(random, 1, 5)];
    const x = view(random.fillUniform(new Float64Array(6 * height * width)), [batch, channels, height, width]);
    let sum = 0;
    for (let k = 0; k < 6; k++) sum += tv(view(x.data, [1, 1, height, width], k * height * width));
    checkClose('TV', [tv(x)], [sum], 1e-13);
  });
});

test('slope, with any weight, added to what is there', () => {
  forAll('images', 20, (random) => {
    const shape = [between(random, 1, 2), between(random, 1, 3), between(random, 1, 6), between(random, 1, 6)];
    const n = shape.reduce((product, size) => product * size), x = random.fillUniform(new Float64Array(n));
    const weight = random.uniform(0.1, 10), before = random.fillNormal(new Float64Array(n)), gradX = before.slice();
    tv(view(x, shape), weight, gradX);
    const gradient = gradX.map((value, i) => value - before[i]);
    if (n > 1) checkSlope('w TV', (y) => weight * tv(view(y, shape)), x, gradient, random, { h: 1e-6 });
  });
});

test('slope: a derivative that is wrong by 0.1 % is caught', () => {
  forAll('images', 5, (random) => {
    const shape = [1, 1, 5, 5], x = random.fillUniform(new Float64Array(25)), gradX = new Float64Array(25);
    tv(view(x, shape), 1, gradX);
    scale(1.001, gradX);
    assert.throws(() => checkSlope('TV', (y) => tv(view(y, shape)), x, gradX, random, { h: 1e-6 }), /slope/);
  });
});

test('a change of brightness costs nothing, a change of contrast its factor', () => {
  forAll('images', 10, (random) => {
    const shape = [1, 2, 6, 6], x = random.fillUniform(new Float64Array(72));
    const brighter = tv(view(x.map((value) => value + 3), shape));
    const stronger = tv(view(x.map((value) => 7 * value), shape));
    checkClose('x + 3', [brighter], [tv(view(x, shape))], 1e-12);
    expectWithin('7 x', stronger, 7 * tv(view(x, shape)), stronger, 1e-2); // up to ε
  });
});

test.run();
