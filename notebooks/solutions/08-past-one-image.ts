/** @file Solutions to the exercises of chapter 8. */
import { softmax } from '../../src/exports/nn.ts';
import { argmin, dot, rowsOf } from '../../src/exports/tensor.ts';
import type * as Exercises from '../exercises/08-past-one-image.ts';

/** ∂b = s g. In a = ∂W_c / ∂b_c the factor s cancels; a gives p and g = p − t, and ∂b is compared with g. */
export const clipFactor: typeof Exercises.clipFactor = ({ weight, bias }, layer) => {
  const gradB = bias!.data, c = argmin(gradB), a = rowsOf(weight)[c].map((v) => v / gradB[c]);
  const rows = rowsOf(layer.weight), g = new Float64Array(gradB.length);
  softmax(layer.bias!.data.map((v, i) => v + dot(rows[i], a)), g);
  g[c] -= 1;
  return dot(gradB, g) / dot(g, g);
};

/** All of them, one row after the other. */
export const pairUp: typeof Exercises.pairUp = (cost) => {
  let best: number[] = [], least = Infinity;
  const extend = (chosen: readonly number[], total: number): void => {
    if (chosen.length === cost.length) {
      if (total < least) [best, least] = [[...chosen], total];
      return;
    }
    cost[chosen.length].forEach((value, j) => {
      if (!chosen.includes(j)) extend([...chosen, j], total + value);
    });
  };
  extend([], 0);
  return best;
};

/** Σᵢ gᵢ = 0 for every image, so a column of ∂W adds up to 0; with noise its sum is from N(0, K σ²). */
export const noiseOf: typeof Exercises.noiseOf = ({ shape: [classes, features], data }) => {
  let square = 0;
  for (let h = 0; h < features; h++) {
    let sum = 0;
    for (let i = 0; i < classes; i++) sum += data[i * features + h];
    square += sum * sum;
  }
  return Math.sqrt(square / (classes * features));
};
