/** @file The Wilson interval: published values, and the equation that defines it. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { median, wilson } from '../../src/experiments/statistics.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll } from '../check/property.ts';

test('wilson: the values of Newcombe, Statistics in Medicine 17 (1998), table I', () => {
  for (const [k, n, low, high] of [
    [81, 263, 0.2553, 0.3662], [15, 148, 0.0624, 0.1605], [0, 20, 0, 0.1611], [1, 29, 0.0061, 0.1718],
  ]) {
    const ends = wilson(k, n);
    assert.equal([ends.low.toFixed(4), ends.high.toFixed(4)], [low.toFixed(4), high.toFixed(4)]);
  }
});

test('wilson: at its ends the share is 1.96 standard errors away', () => {
  forAll('shares', 300, (random) => {
    const n = between(random, 1, 2000), k = between(random, 0, n), { low, high } = wilson(k, n);
    for (const p of [low, high].filter((p) => p > 0 && p < 1)) {
      checkClose(`${k} of ${n}`, [Math.abs(k / n - p)], [1.959963984540054 * Math.sqrt((p * (1 - p)) / n)], 1e-9);
    }
    assert.ok(low <= k / n && k / n <= high);
    const other = wilson(n - k, n);
    checkClose('its mirror image', [1 - other.high, 1 - other.low], [low, high], 1e-12);
  });
  assert.equal([wilson(0, 10).low, wilson(10, 10).high, wilson(0, 0)], [0, 1, { low: 0, high: 1 }]);
});

test('wilson: refuses what is no count', () => {
  checkRangeError(() => wilson(3, 2), /^successes: expected a whole number from 0 to 2, got 3$/);
  checkRangeError(() => wilson(-1, 2), /^successes: .* got -1$/);
  checkRangeError(() => wilson(0.5, 2), /^successes: .* got 0.5$/);
  checkRangeError(() => wilson(0, NaN), /^trials: expected 0, 1, 2, …, got NaN$/);
});

test('median: the middle by size, the larger of two, NaN the largest', () => {
  assert.equal([[3, 1, 2], [4, 10, 2, 3], [NaN, 1, NaN], [1, NaN, 2], [1, NaN]].map(median),
    [2, 3.5, Infinity, 2, Infinity]);
  assert.ok(Number.isNaN(median([])));
});

test.run();
