/**
 * @file The patches of images that a convolution looks at, as the columns of one matrix P (in PyTorch: unfold); skip on
 * first reading.
 *
 *   P[(c,u,v), (n,i,j)] = x[n, c, stride·i + u − padding, stride·j + v − padding],  0 outside the image
 *
 * The idea: P need not be written out. In x̄, the images with their borders of zeros, the entry lies at
 *
 *   c·H̄·W̄ + u·W̄ + v   +   n·C·H̄·W̄ + stride·i·W̄ + stride·j        H̄ = height + 2·padding,  W̄ = width + 2·padding
 *
 * a number of the row alone plus a number of the column alone: the places (places.ts) at which a product reads P, or adds
 * to it. All images of a batch are columns of the one matrix.
 *
 * x [batch, channels, height, width]; P [channels·kernel², batch·rows·columns].
 */
import { windowCount } from '../nn/conv2d.ts';
import { Border } from './border.ts';
import { strided, type Places } from './places.ts';

/** The shape of the images [batch, channels, height, width], and of the windows: kernel, stride and padding in pixels. */
export interface Geometry {
  readonly inShape: readonly number[];
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

export class Patches {
  readonly geometry: Geometry;
  /** Rows and columns of the convolution's output. */
  readonly rows: number;
  readonly columns: number;
  /** Makes x̄ of x. */
  readonly border: Border;
  /** Where P lies in x̄. */
  readonly places: Places;

  /** @param geometry of a convolution, which has checked it. */
  constructor(geometry: Geometry) {
    const { inShape, kernel, stride, padding } = geometry, [batch, channels, height, width] = inShape;
    this.geometry = geometry;
    this.rows = windowCount(height, kernel, stride, padding);
    this.columns = windowCount(width, kernel, stride, padding);
    this.border = new Border(inShape, padding, padding);
    const [, , side, line] = this.border.shape;
    this.places = {
      rows: strided([channels, kernel, kernel], [side * line, line, 1]),
      columns: strided([batch, this.rows, this.columns], [channels * side * line, stride * line, stride]),
    };
  }
}
