/**
 * @file The windows of a pooling layer: window (i, j) holds the pixels (a, b) = (s·i + u − p, s·j + v − p) that lie
 * inside the image, with stride s, padding p and 0 ≤ u, v < kernel.
 */
import { windowCount } from '../nn/conv2d.ts';

export interface Pool2dOptions {
  /** [batch, channels, height, width] */
  readonly inShape: readonly number[];
  /** Side of the square window, in pixels. */
  readonly kernel: number;
  /** Pixels from one window to the next; default: kernel. */
  readonly stride?: number;
  /** Pixels on each side of the image that do not exist, at most half the kernel; default: 0. */
  readonly padding?: number;
}

/** The options, and the shape [batch, channels, rows, columns] of what is left. */
export interface PoolWindows extends Required<Pool2dOptions> {
  readonly outShape: readonly number[];
}

/**
 * The windows that these options describe; `name` is the layer's in messages.
 * @throws {RangeError} if x does not have four dimensions, a size is not a positive integer, or a window can lie
 *   outside the image.
 */
export function poolWindows(name: string, options: Pool2dOptions): PoolWindows {
  const { inShape, kernel, stride = kernel, padding = 0 } = options, [batch, channels, height, width] = inShape;
  if (inShape.length !== 4) throw new RangeError(`${name} x: expected 4 dimensions, got shape [${inShape}]`);
  const sizes = [['kernel', kernel, 1], ['stride', stride, 1], ['padding', padding, 0]] as const;
  const wrong = sizes.find(([, size, min]) => !(Number.isInteger(size) && size >= min));
  if (wrong) throw new RangeError(`${name} ${wrong[0]}: expected an integer from ${wrong[2]}, got ${wrong[1]}`);
  if (2 * padding > kernel) {
    throw new RangeError(`${name} padding: expected at most half the kernel of ${kernel}, got ${padding}`);
  }
  const [rows, columns] = [height, width].map((side) => windowCount(side, kernel, stride, padding));
  if (!(rows >= 1 && columns >= 1)) {
    throw new RangeError(`${name} x: expected ${kernel} pixels or more a side with the padding, got [${inShape}]`);
  }
  return { inShape, kernel, stride, padding, outShape: [batch, channels, rows, columns] };
}
