/**
 * @file The exercises of chapter 2. Replace each `yourTurn` by a function. `npm run exercise -- 02` checks your
 * answers.
 */
import type { Tensor } from '../../src/index.ts';
import { yourTurn } from './your-turn.ts';

/** 1. f(x) = log(1 + eˣ), and its first two derivatives f1 and f2. They must be correct for x = ±1000 too. */
export const softplus: (x: number) => { f: number; f1: number; f2: number } = yourTurn;

/**
 * 2. The convolution of an image x [height, width] with a kernel W [size, size], without a bias:
 *
 *   y[i, j] = Σ W[u, v] x[stride·i + u − padding, stride·j + v − padding], where pixels outside the image are 0
 *
 * y has ⌊(height + 2·padding − size) / stride⌋ + 1 rows and ⌊(width + 2·padding − size) / stride⌋ + 1 columns. Entry
 * (i, j) of a Tensor [rows, columns] is data[i · columns + j].
 */
export const convolve: (x: Tensor, W: Tensor, stride: number, padding: number) => Tensor = yourTurn;

/** 3. ∂ℓ/∂x, of shape `inShape` = [height, width], from ∂ℓ/∂y, for the convolution of exercise 2. */
export const inputGradient: (
  gradY: Tensor, W: Tensor, stride: number, padding: number, inShape: readonly number[],
) => Tensor = yourTurn;
