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
 * it, where it is. x [channels, height, width]; P [channels·kernel², rows·columns].
 */
import { strided, type Places } from '../tensor/matmul.ts';
import { sizeOf } from '../tensor/tensor.ts';
import { Border } from './border.ts';

/** The image's shape, [channels, height, width], and the kernel's side, step and zeros around the image, in pixels. */
export interface Geometry {
  readonly inShape: readonly number[];
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

export class Patches {
  readonly geometry: Geometry;
  /** Output rows and columns: ⌊(side + 2·padding − kernel) / stride⌋ + 1. */
  readonly rows: number;
  readonly columns: number;
  /** [channels·kernel², rows·columns] */
  readonly shape: readonly [number, number];
  /** Makes x̄ of x. */
  readonly border: Border;
  /** Where P lies in x̄. */
  readonly places: Places;

  /** @throws {RangeError} where a size is not a positive integer, or the kernel is larger than the padded image. */
  constructor(inShape: readonly number[], kernel: number, stride: number, padding: number) {
    const [channels, height, width] = inShape;
    for (const [name, value, least] of [
      ['channels', channels, 1], ['height', height, 1], ['width', width, 1],
      ['kernel', kernel, 1], ['stride', stride, 1], ['padding', padding, 0],
    ] as const) {
      if (!Number.isInteger(value) || value < least) {
        throw new RangeError(`Conv2d ${name}: expected an integer from ${least}, got ${value}`);
      }
    }
    this.geometry = { inShape, kernel, stride, padding };
    this.rows = Math.floor((height + 2 * padding - kernel) / stride) + 1;
    this.columns = Math.floor((width + 2 * padding - kernel) / stride) + 1;
    if (this.rows < 1 || this.columns < 1) {
      const least = `at least ${kernel} pixels a side with its padding of ${padding}`;
      throw new RangeError(`Conv2d: expected an image of ${least}, got ${height}×${width}`);
    }
    this.shape = [channels * kernel * kernel, this.rows * this.columns];
    this.border = new Border(inShape, padding, padding);
    const [, side, line] = this.border.shape;
    this.places = {
      rows: strided([channels, kernel, kernel], [side * line, line, 1]),
      columns: strided([this.rows, this.columns], [stride * line, stride]),
    };
  }

  /** P ← patches of x */
  gather(x: Float64Array, P: Float64Array): void {
    const { rows, columns } = this.places, padded = new Float64Array(sizeOf(this.border.shape));
    this.border.pad(x, padded);
    for (let n = 0; n < P.length; n++) {
      P[n] = padded[rows[Math.floor(n / columns.length)] + columns[n % columns.length]];
    }
  }

  /** x ← x + every patch at its place */
  scatterAdd(P: Float64Array, x: Float64Array): void {
    const { rows, columns } = this.places, padded = new Float64Array(sizeOf(this.border.shape));
    this.border.pad(x, padded);
    for (let n = 0; n < P.length; n++) {
      padded[rows[Math.floor(n / columns.length)] + columns[n % columns.length]] += P[n];
    }
    this.border.crop(padded, x);
  }
}
