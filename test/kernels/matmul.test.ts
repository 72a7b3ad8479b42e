/** @file The fast products of a linear layer against the plain ones: to the bit on integers, whatever the sizes. */
import { test } from '../check/test.ts';
import * as fast from '../../src/kernels/matmul.ts';
import type { Random } from '../../src/tensor/random.ts';
import * as plain from '../../src/tensor/matmul.ts';
import { checkClose } from '../check/close.ts';
import { between, forAll } from '../check/property.ts';

const integers = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.below(201) - 100);

function checkProducts(random: Random, rows: number, features: number, out: number): void {
  const x = integers(random, rows * features), W = integers(random, out * features), y = integers(random, rows * out);
  const name = `${rows} rows of ${features} to ${out}`;
  for (const [what, target, run] of [
    ['y += x Wᵀ', y, ({ addABt }: typeof plain, C: Float64Array) => addABt(rows, features, out, x, W, C)],
    ['∂x += ∂y W', x, ({ addAB }: typeof plain, C: Float64Array) => addAB(rows, out, features, y, W, C)],
    ['∂W += ∂yᵀ x', W, ({ addAtB }: typeof plain, C: Float64Array) => addAtB(out, rows, features, y, x, C)],
  ] as const) {
    const got = target.slice(), expected = target.slice();
    run(fast, got);
    run(plain, expected);
    checkClose(`${name}: ${what}`, got, expected, 0);
  }
}

test('products: every number of rows, inputs and outputs', () => {
  forAll('sizes', 300, (random) => {
    checkProducts(random, between(random, 1, 20), between(random, 1, 20), between(random, 1, 20));
  });
});

test('products: rows longer than what is worked on at a time, and many outputs', () => {
  forAll('long', 12, (random) => {
    checkProducts(random, between(random, 1, 10), between(random, 1000, 2200), between(random, 1, 9));
    checkProducts(random, between(random, 1, 10), between(random, 1, 9), between(random, 1000, 2200));
  });
});

test.run();
