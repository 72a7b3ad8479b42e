/** @file Solutions of chapter 2's exercises. */
import { zeros } from '../../src/exports/tensor.ts';
import type * as Exercises from '../exercises/02-lenet-by-hand.ts';

/** log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|): no exponential overflows. f′ is the sigmoid. */
export const softplus: typeof Exercises.softplus = (x) => {
  const f1 = 1 / (1 + Math.exp(-x));
  return { f: Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), f1, f2: f1 * (1 - f1) };
};

/** Calls `visit` for every product W[n] x[k] in the sum y[m]. */
function eachProduct(
  [height, width]: readonly number[], [size]: readonly number[], stride: number, padding: number,
  visit: (n: number, k: number, m: number) => void,
): readonly [rows: number, columns: number] {
  const rows = Math.floor((height + 2 * padding - size) / stride) + 1;
  const columns = Math.floor((width + 2 * padding - size) / stride) + 1;
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      for (let u = 0; u < size; u++)
        for (let v = 0; v < size; v++) {
          const row = stride * i + u - padding, column = stride * j + v - padding;
          const inside = row >= 0 && row < height && column >= 0 && column < width;
          if (inside) visit(u * size + v, row * width + column, i * columns + j);
        }
  return [rows, columns];
}

export const convolve: typeof Exercises.convolve = (x, W, stride, padding) => {
  const sums: number[] = [];
  const shape = eachProduct(x.shape, W.shape, stride, padding, (n, k, m) => {
    sums[m] = (sums[m] ?? 0) + W.data[n] * x.data[k];
  });
  const y = zeros(shape);
  sums.forEach((sum, m) => (y.data[m] = sum));
  return y;
};

/** The sum y[m] contains W[n] x[k], so the sum ∂ℓ/∂x[k] contains W[n] ∂ℓ/∂y[m]. */
export const inputGradient: typeof Exercises.inputGradient = (gradY, W, stride, padding, inShape) => {
  const gradX = zeros(inShape);
  eachProduct(inShape, W.shape, stride, padding, (n, k, m) => {
    gradX.data[k] += W.data[n] * gradY.data[m];
  });
  return gradX;
};
