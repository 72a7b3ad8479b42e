/** @file Answers to chapter 1's exercises. */
import { softmax } from '../../src/exports/nn.ts';
import { argmax, dot } from '../../src/tensor/vector.ts';
import type * as Exercises from '../exercises/01-what-a-gradient-gives-away.ts';

/** p − t; softmax takes off the largest logit first. */
export const lossGradient: typeof Exercises.lossGradient = (y, c) => {
  const g = new Float64Array(y.length);
  softmax(y, g);
  g[c] -= 1;
  return g;
};

/** Eq. (4), for all pairs of rows. */
export const labelOfRows: typeof Exercises.labelOfRows = ({ shape: [classes, features], data }) => {
  const rows = Array.from({ length: classes }, (_, i) => data.subarray(i * features, (i + 1) * features));
  return rows.findIndex((row, i) => rows.every((other, j) => j === i || dot(row, other) <= 0));
};

/** Eq. (3): any row gᵢ a divided by gᵢ = ∂ℓ/∂bᵢ; the one with the largest |gᵢ| loses least to rounding. */
export const lastInput: typeof Exercises.lastInput = ({ weight: W, bias }) => {
  const b = bias!;
  const features = W.shape[1], i = argmax(b.data.map(Math.abs));
  return W.data.slice(i * features, (i + 1) * features).map((v) => v / b.data[i]);
};
