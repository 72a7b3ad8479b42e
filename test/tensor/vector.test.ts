/** @file Flat vectors against plain loops; on small integers every sum is exact, so the results must be equal. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import type { Random } from '../../src/tensor/random.ts';
import { argmax, argmin, axpy, dot, norm1, norm2, normInf, scale } from '../../src/tensor/vector.ts';
import { forAll } from '../check/property.ts';

const integers = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.below(2001) - 1000);
const sum = (x: Float64Array): number => x.reduce((total, value) => total + value, 0);

test('dot: equals the plain sum at every length', () => {
  forAll('dot', 40, (random, n) => {
    const a = integers(random, n), b = integers(random, n);
    assert.is(dot(a, b), sum(a.map((value, i) => value * b[i])));
  });
});

test('axpy and scale: in place, x untouched', () => {
  forAll('axpy', 20, (random, n) => {
    const x = integers(random, n), y = integers(random, n), alpha = random.below(9) - 4;
    const [wasX, wasY] = [x.slice(), y.slice()];
    axpy(alpha, x, y);
    assert.equal(y, wasY.map((value, i) => value + alpha * wasX[i]));
    assert.equal(x, wasX);
    scale(alpha, x);
    assert.equal(x, wasX.map((value) => alpha * value));
  });
});

test('norms: 3, 4, 12', () => {
  const x = Float64Array.of(3, -4, 12, 0);
  assert.is(norm1(x), 19);
  assert.is(norm2(x), 13);
  assert.is(normInf(x), 12);
  assert.is(normInf(Float64Array.of(-5, 4)), 5);
});

test('norms: 0 for nothing, NaN for NaN wherever it is', () => {
  for (const norm of [norm1, norm2, normInf]) {
    assert.is(norm(new Float64Array(0)), 0);
    for (let i = 0; i < 6; i++) assert.ok(Number.isNaN(norm(Float64Array.of(1, 2, 9, 4, 5, 6).fill(NaN, i, i + 1))));
  }
});

test('argmax and argmin: the first of equals', () => {
  assert.is(argmax(Float64Array.of(-3, -1, -2, -1)), 1);
  assert.is(argmin(Float64Array.of(3, 1, 2, 1)), 1);
  assert.is(argmax(Float64Array.of(0)), 0);
  forAll('argmax', 50, (random, i) => {
    const x = integers(random, 1 + i);
    assert.is(argmax(x), x.indexOf(Math.max(...x)));
    assert.is(argmin(x), x.indexOf(Math.min(...x)));
  });
});

test.run();
