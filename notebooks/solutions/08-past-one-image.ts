/** @file Answers to chapter 8's exercises. */
import { softmax } from '../../src/exports/nn.ts';
import { leastSquares } from '../../src/beyond/batch/least-squares.ts';
import { dot, rowsOf } from '../../src/exports/tensor.ts';
import type * as Exercises from '../exercises/08-past-one-image.ts';

/** Σ_c n_c (P_c[i] − δ_ic) = B ∂b_i for every class i, and Σ_c n_c = B. */
export const labelCounts: typeof Exercises.labelCounts = (gradient, layer, B) => {
  const gradB = gradient.bias!.data, rows = rowsOf(layer.weight), b = layer.bias!.data, classes = b.length;
  const A = new Float64Array((classes + 1) * classes).fill(1), right = new Float64Array(classes + 1).fill(B);
  rowsOf(gradient.weight).forEach((row, c) => {
    const typical = row.map((v) => v / gradB[c]), P = new Float64Array(classes);
    softmax(b.map((v, i) => v + dot(rows[i], typical)), P);
    for (let i = 0; i < classes; i++) A[i * classes + c] = P[i] - (i === c ? 1 : 0);
    right[c] = B * gradB[c];
  });
  return leastSquares(classes + 1, classes, A, right);
};

/** All of them, one row after the other. */
export const pairUp: typeof Exercises.pairUp = (cost) => {
  let best: number[] = [], least = Infinity;
  const extend = (chosen: readonly number[], total: number): void => {
    if (chosen.length === cost.length && total < least) {
      best = [...chosen];
      least = total;
    }
    cost.forEach((_, j) => {
      if (chosen.length < cost.length && !chosen.includes(j)) extend([...chosen, j], total + cost[chosen.length][j]);
    });
  };
  extend([], 0);
  return best;
};

/** Σᵢ gᵢ = 0 for every image, so a column of ∂W sums to 0: with noise to N(0, K σ²). */
export const noiseOf: typeof Exercises.noiseOf = ({ shape: [classes, features], data }) => {
  let square = 0;
  for (let h = 0; h < features; h++) {
    let sum = 0;
    for (let i = 0; i < classes; i++) sum += data[i * features + h];
    square += sum * sum;
  }
  return Math.sqrt(square / (classes * features));
};
