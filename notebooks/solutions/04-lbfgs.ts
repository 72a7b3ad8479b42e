/** @file Solutions of chapter 4's exercises. */
import { axpy, dot, scale } from '../../src/tensor/vector.ts';
import type * as Exercises from '../exercises/04-lbfgs.ts';

/**
 * The new matrix times s is (1 + λ ⟨s, B s⟩) B s + μ ⟨y, s⟩ y. It equals y if the factor of B s is 0 and that of y is
 * 1: λ = −1/⟨s, B s⟩ and μ = 1/⟨y, s⟩.
 */
export const hessianUpdate: typeof Exercises.hessianUpdate = (B, s, y) => {
  const Bs = Float64Array.from(B, (row) => dot(row, s)), lambda = -1 / dot(s, Bs), mu = 1 / dot(y, s);
  return B.map((row, i) => row.map((entry, j) => entry + lambda * Bs[i] * Bs[j] + mu * y[i] * y[j]));
};

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
 * A step that satisfies both conditions lies between `low`, where φ has fallen enough and still falls steeply, and
 * `high`, where φ has not fallen enough or rises steeply. Double the step until there is a `high`.
 */
export const lineSearch: typeof Exercises.lineSearch = (phi) => {
  const [f0, slope0] = phi(0);
  let low = 0, high = Infinity, eta = 1;
  for (;;) {
    const [f, slope] = phi(eta);
    if (f > f0 + 1e-4 * eta * slope0 || slope > -0.9 * slope0) high = eta;
    else if (slope < 0.9 * slope0) low = eta;
    else return eta;
    eta = high < Infinity ? (low + high) / 2 : 2 * eta;
  }
};
