/**
 * @file The patches of an image that a convolution looks at, as columns of a matrix (PyTorch: unfold and fold).
 *
 *   gather      P[(ch,u,v), (i,j)] = x[ch, stride·i + u − padding, stride·j + v − padding],  0 outside the image
 *   scatterAdd  x[ch, …] += P[(ch,u,v), (i,j)] at the same places: the adjoint, ⟨gather x, P⟩ = ⟨x, scatterAdd P⟩
 *
 * P need not be written out. In x̄, the image with its border of zeros, P[(ch,u,v), (i,j)] lies at
 *
 *   (ch·(height + 2·padding) + u)·(width + 2·padding) + v   +   stride·i·(width + 2·padding) + stride·j
 *
 * a number of the row alone plus a number of the column alone: the `places` by which a product reads P, or adds into
 * it, where it is. `pad` makes x̄ of x and `crop`, its adjoint, x of x̄; both linear, so R passes through them.
 * x [channels, height, width]; P [channels·kernel², rows·columns].
 */
import type { Places } from '../tensor/matmul.ts';
import { sizeOf } from '../tensor/tensor.ts';

export class Patches {
  /** Output rows and columns: ⌊(side + 2·padding − kernel) / stride⌋ + 1. */
  readonly rows: number;
  readonly columns: number;
  /** [channels·kernel², rows·columns] */
  readonly shape: readonly [number, number];
  /** The shape of x̄, [channels, height + 2·padding, width + 2·padding]. */
  readonly paddedShape: readonly [number, number, number];
  /** Where P lies in x̄. */
  readonly places: Places;
  /** For each entry of x its place in x̄. */
  readonly #middle: Int32Array;

  /** @throws {RangeError} where a size is not a positive integer, or the kernel is larger than the padded image. */
  constructor([channels, height, width]: readonly number[], kernel: number, stride: number, padding: number) {
    for (const [name, value, least] of [
      ['channels', channels, 1], ['height', height, 1], ['width', width, 1],
      ['kernel', kernel, 1], ['stride', stride, 1], ['padding', padding, 0],
    ] as const) {
      if (!Number.isInteger(value) || value < least) {
        throw new RangeError(`Conv2d ${name}: expected an integer from ${least}, got ${value}`);
      }
    }
    this.rows = Math.floor((height + 2 * padding - kernel) / stride) + 1;
    this.columns = Math.floor((width + 2 * padding - kernel) / stride) + 1;
    if (this.rows < 1 || this.columns < 1) {
      const least = `at least ${kernel} pixels a side with its padding of ${padding}`;
      throw new RangeError(`Conv2d: expected an image of ${least}, got ${height}×${width}`);
    }
    this.shape = [channels * kernel * kernel, this.rows * this.columns];
    const side = height + 2 * padding, line = width + 2 * padding;
    this.paddedShape = [channels, side, line];
    this.places = {
      rows: Int32Array.from({ length: this.shape[0] }, (_, q) => {
        const v = q % kernel, u = Math.floor(q / kernel) % kernel, ch = Math.floor(q / kernel ** 2);
        return (ch * side + u) * line + v;
      }),
      columns: Int32Array.from({ length: this.shape[1] }, (_, n) => {
        const j = n % this.columns, i = Math.floor(n / this.columns);
        return stride * (i * line + j);
      }),
    };
    this.#middle = Int32Array.from({ length: channels * height * width }, (_, n) => {
      const column = n % width, row = Math.floor(n / width) % height, ch = Math.floor(n / (width * height));
      return (ch * side + row + padding) * line + column + padding;
    });
  }

  /** x̄ ← x in its middle; the border stays as it is, zeros. */
  pad(x: Float64Array, padded: Float64Array): void {
    const middle = this.#middle;
    for (let n = 0; n < middle.length; n = (n + 1) | 0) padded[middle[n]] = x[n];
  }

  /** x ← the middle of x̄ */
  crop(padded: Float64Array, x: Float64Array): void {
    const middle = this.#middle;
    for (let n = 0; n < middle.length; n = (n + 1) | 0) x[n] = padded[middle[n]];
  }

  /** P ← patches of x */
  gather(x: Float64Array, P: Float64Array): void {
    const { rows, columns } = this.places, padded = new Float64Array(sizeOf(this.paddedShape));
    this.pad(x, padded);
    for (let n = 0; n < P.length; n++) {
      P[n] = padded[rows[Math.floor(n / columns.length)] + columns[n % columns.length]];
    }
  }

  /** x ← x + every patch at its place */
  scatterAdd(P: Float64Array, x: Float64Array): void {
    const { rows, columns } = this.places, padded = new Float64Array(sizeOf(this.paddedShape));
    this.pad(x, padded);
    for (let n = 0; n < P.length; n++) {
      padded[rows[Math.floor(n / columns.length)] + columns[n % columns.length]] += P[n];
    }
    this.crop(padded, x);
  }
}
