/** @file The best assignment: against all permutations, and by hand. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { cheapestAssignment } from '../../../src/beyond/batch/assignment.ts';
import { checkRangeError } from '../../check/errors.ts';
import { forAll } from '../../check/property.ts';

const total = (n: number, cost: Float64Array, columns: readonly number[]): number =>
  columns.reduce((sum, j, i) => sum + cost[i * n + j], 0);

function* permutations(rest: readonly number[]): Generator<number[]> {
  if (rest.length === 0) yield [];
  for (const first of rest) {
    for (const others of permutations(rest.filter((j) => j !== first))) yield [first, ...others];
  }
}

test('no permutation costs less, whatever the costs: ties, negative ones, enormous ones', () => {
  forAll('matrices', 400, (random, i) => {
    const n = random.below(7), cost = new Float64Array(n * n);
    if (i % 3 === 0) for (let k = 0; k < n * n; k++) cost[k] = random.below(4) - 2;
    else random.fillNormal(cost);
    if (i % 5 === 0) for (let k = 0; k < n * n; k++) cost[k] *= 10 ** random.below(12);
    const columns = cheapestAssignment(n, cost), all = [...Array(n).keys()];
    assert.equal([...columns].sort((a, b) => a - b), all, 'a permutation');
    const least = Math.min(...[...permutations(all)].map((other) => total(n, cost, other)));
    const scale = cost.reduce((sum, value) => sum + Math.abs(value), 1);
    assert.ok(Math.abs(total(n, cost, columns) - least) <= 1e-14 * scale, `${total(n, cost, columns)}, least ${least}`);
  });
});

test('a hidden permutation is found at any size', () => {
  forAll('sizes', 20, (random) => {
    const n = 1 + random.below(60), hidden = [...Array(n).keys()], cost = new Float64Array(n * n);
    for (let i = n - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [hidden[i], hidden[j]] = [hidden[j], hidden[i]];
    }
    random.fillUniform(cost, 1, 2);
    hidden.forEach((j, i) => (cost[i * n + j] = 0.5));
    assert.equal(cheapestAssignment(n, cost), hidden);
  });
});

test('by hand: the greedy choice is not the best', () => {
  assert.equal(cheapestAssignment(2, Float64Array.of(1, 2, 1, 10)), [1, 0]);
  assert.equal(cheapestAssignment(3, Float64Array.of(4, 1, 3, 2, 0, 5, 3, 2, 2)), [1, 0, 2]);
  assert.equal(cheapestAssignment(0, new Float64Array(0)), []);
});

test('anything but a matrix of finite costs is refused', () => {
  checkRangeError(() => cheapestAssignment(2, new Float64Array(3)), /^cost: expected 2×2 numbers, got 3$/);
  checkRangeError(() => cheapestAssignment(1, Float64Array.of(NaN)), /^cost: expected finite numbers/);
});

test.run();
