/**
 * @file The exercises of chapter 2: put a function in the place of each `yourTurn`, and ask `npm run exercise -- 02`
 * which are right.
 */
import type { Tensor } from '../../src/index.ts';
import { yourTurn } from './your-turn.ts';

/** 1. f(x) = log(1 + eˣ) with its first two derivatives; x may be ±1000. */
export const softplus: (x: number) => { f: number; f1: number; f2: number } = yourTurn;

/**
 * 2. y = W ∗ x of an image [height, width] and a kernel [size, size], cross-correlated as everywhere here:
 *
 *   y[i, j] = Σ W[u, v] x[stride·i + u − padding, stride·j + v − padding], where pixels outside the image are 0
 *
 * y has ⌊(height + 2·padding − size) / stride⌋ + 1 rows, and as many columns with the width in place of the height.
 */
export const convolve: (x: Tensor, W: Tensor, stride: number, padding: number) => Tensor = yourTurn;

/** 3. ∂ℓ/∂x [height, width] from ∂ℓ/∂y, for the convolution of exercise 2. */
export const inputGradient: (
  gradY: Tensor, W: Tensor, stride: number, padding: number, inShape: readonly number[],
) => Tensor = yourTurn;
