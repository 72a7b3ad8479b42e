/** @file Answers to chapter 4's exercises. */
import { axpy, dot, scale } from '../../src/tensor/vector.ts';
import type * as Exercises from '../exercises/04-lbfgs.ts';

export { bfgsUpdate } from '../../test/optim/bfgs.ts';

export const twoLoops: typeof Exercises.twoLoops = (pairs, q) => {
  const r = q.slice(), alpha: number[] = [], newest = pairs.at(-1)!;
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y } = pairs[i];
    alpha[i] = dot(s, r) / dot(y, s);
    axpy(-alpha[i], y, r);
  }
  scale(dot(newest.s, newest.y) / dot(newest.y, newest.y), r);
  pairs.forEach(({ s, y }, i) => axpy(alpha[i] - dot(y, r) / dot(y, s), s, r));
  return r;
};

/**
 * Between `low`, where φ has fallen enough and still falls steeply, and `high`, where it has not fallen enough or rises
 * steeply, lies a good step; until there is a `high`, double.
 */
export const lineSearch: typeof Exercises.lineSearch = (phi) => {
  const [f0, slope0] = phi(0);
  let low = 0, high = Infinity, t = 1;
  for (;;) {
    const [f, slope] = phi(t);
    if (f > f0 + 1e-4 * t * slope0 || slope > -0.9 * slope0) high = t;
    else if (slope < 0.9 * slope0) low = t;
    else return t;
    t = high < Infinity ? (low + high) / 2 : 2 * t;
  }
};
