/** @file How products are divided at the edges of an image: the bands by hand, and which division is taken. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { bandsOf, divide, type Band, type Side } from '../../src/kernels/bands.ts';
import { rowMajor } from '../../src/kernels/places.ts';
import { between, forAll } from '../check/property.ts';

const side = (size: number, sums: number, kernel: number, stride: number, padding: number): Side => ({
  sums, terms: kernel, isInside: (window, tap) => {
    const pixel = stride * window + tap - padding;
    return pixel >= 0 && pixel < size;
  },
});
const numbers = ({ sum, sums, term, terms }: Band): number[] => [sum, sums, term, terms];

test('bands: 7 windows of kernel 5 with padding 2, as the header says', () => {
  const expected = [[0, 1, 2, 3], [1, 1, 1, 4], [2, 3, 0, 5], [5, 1, 0, 4], [6, 1, 0, 3]];
  assert.equal(bandsOf(side(7, 7, 5, 1, 2)).map(numbers), expected);
});

test('bands: none for windows that see nothing but border', () => {
  assert.equal(bandsOf(side(1, 5, 1, 1, 2)).map(numbers), [[2, 1, 0, 1]]);
  assert.equal(bandsOf({ sums: 3, terms: 2, isInside: (sum) => sum !== 1 }).map(numbers), [[0, 1, 0, 2], [2, 1, 0, 2]]);
  assert.equal(bandsOf({ sums: 0, terms: 2, isInside: () => true }), []);
});

test('bands: every term that lies inside is in one band, and no other', () => {
  forAll('bands', 100, (random) => {
    const kernel = between(random, 1, 5), stride = between(random, 1, 3), padding = between(random, 0, 3);
    const all = side(between(random, 1, 9), between(random, 1, 9), kernel, stride, padding);
    const count = new Map<string, number>();
    for (const { sum, sums, term, terms } of bandsOf(all))
      for (let s = sum; s < sum + sums; s++)
        for (let t = term; t < term + terms; t++) count.set(`${s},${t}`, (count.get(`${s},${t}`) ?? 0) + 1);
    for (let s = 0; s < all.sums; s++)
      for (let t = 0; t < kernel; t++) assert.is(count.get(`${s},${t}`) ?? 0, Number(all.isInside(s, t)));
  });
});

test('divide: by rows and columns for many columns, by rows for some, and not at all for few', () => {
  const edge = side(7, 7, 5, 1, 2);
  const parts = (batch: number): number => divide(edge, edge, batch, (v, h) => {
    const k = 12 * v.terms * h.terms, n = batch * v.sums * h.sums;
    return { A: rowMajor(12, k), B: rowMajor(k, n), C: rowMajor(12, n) };
  }).length;
  assert.equal([1, 8, 64].map(parts), [1, 5, 25]);
});

test.run();
