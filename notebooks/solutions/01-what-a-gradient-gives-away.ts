/** @file Solutions of chapter 1's exercises. */
import { softmax } from '../../src/exports/nn.ts';
import { argmax, dot, normInf } from '../../src/tensor/vector.ts';
import type * as Exercises from '../exercises/01-what-a-gradient-gives-away.ts';

/** p − t. softmax subtracts the largest logit first, so nothing overflows. */
export const lossGradient: typeof Exercises.lossGradient = (y, c) => {
  const g = new Float64Array(y.length);
  softmax(y, g);
  g[c] -= 1;
  return g;
};

/** Eq. (4) for the rows that are not 0, each divided by its largest entry, so that no product underflows. */
export const labelOfRows: typeof Exercises.labelOfRows = ({ shape: [classes, features], data }) => {
  const rows = Array.from({ length: classes }, (_, i) => {
    const row = data.subarray(i * features, (i + 1) * features), size = normInf(row);
    return row.map((v) => (size > 0 ? v / size : 0));
  });
  const isZero = rows.map((row) => normInf(row) === 0);
  return rows.findIndex((row, i) =>
    !isZero[i] && rows.every((other, j) => j === i || isZero[j] || dot(row, other) < 0));
};

/** Eq. (3): row i is gᵢ a, so divide it by gᵢ = ∂ℓ/∂bᵢ. The row with the largest |gᵢ| loses least to rounding. */
export const lastInput: typeof Exercises.lastInput = ({ weight, bias }) => {
  const g = bias!.data, features = weight.shape[1], i = argmax(g.map(Math.abs));
  return weight.data.slice(i * features, (i + 1) * features).map((v) => v / g[i]);
};
