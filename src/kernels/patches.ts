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
 * a number of the row alone plus a number of the column alone: the places (places.ts) at which a product reads P, or
 * adds to it. All images of a batch are columns of the one matrix. The products are divided at the images' edges
 * (bands.ts).
 *
 * x [batch, channels, height, width]; P [channels·kernel², batch·rows·columns]; W [out, channels·kernel²];
 * Y [out, batch·rows·columns], in an array of images [batch, out, rows, columns] with or without a border.
 */
import { windowCount } from '../nn/conv2d.ts';
import { divide, type Side } from './bands.ts';
import { Border } from './border.ts';
import { strided, transpose, type Places } from './places.ts';
import type { ProductPlaces } from './product.ts';

/**
 * The shape of the images [batch, channels, height, width], and of the windows: kernel, stride and padding in pixels.
 */
export interface Geometry {
  readonly inShape: readonly number[];
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** The first and how many of consecutive rows and columns. */
interface Area {
  readonly row: number; readonly rows: number; readonly column: number; readonly columns: number;
}

export class Patches {
  readonly geometry: Geometry;
  /** Rows and columns of windows. */
  readonly rows: number; readonly columns: number;
  /** Makes x̄ of x. */
  readonly border: Border;

  /** @param geometry of a convolution, which has checked it. */
  constructor(geometry: Geometry) {
    const { inShape, kernel, stride, padding } = geometry, [, , height, width] = inShape;
    this.geometry = geometry;
    this.rows = windowCount(height, kernel, stride, padding);
    this.columns = windowCount(width, kernel, stride, padding);
    this.border = new Border(inShape, padding, padding);
  }

  /** Where P lies in x̄; by default all of it. */
  places(taps = this.#allTaps, windows = this.#allWindows): Places {
    const { inShape: [batch, channels], stride } = this.geometry, { image, channel, line } = this.border;
    const tap = taps.row * line + taps.column, window = stride * (windows.row * line + windows.column);
    return {
      rows: strided([channels, taps.rows, taps.columns], [channel, line, 1], tap),
      columns: strided([batch, windows.rows, windows.columns], [image, stride * line, stride], window),
    };
  }

  /** Where W lies; by default all of it. */
  weightPlaces(out: number, taps = this.#allTaps): Places {
    const { inShape: [, channels], kernel } = this.geometry, step = kernel * kernel;
    return {
      rows: strided([out], [channels * step]),
      columns: strided([channels, taps.rows, taps.columns], [step, kernel, 1], taps.row * kernel + taps.column),
    };
  }

  /** Where Y lies among images in such a border; by default all of it. */
  outputPlaces(border: Border, windows = this.#allWindows): Places {
    const { shape: [batch, out], image, channel, line, start } = border;
    const window = start + windows.row * line + windows.column;
    return {
      rows: strided([out], [channel]),
      columns: strided([batch, windows.rows, windows.columns], [image, line, 1], window),
    };
  }

  /** The products that add up to Y += W P. */
  timesP(border: Border): readonly ProductPlaces[] {
    const { rows, columns, geometry: { kernel } } = this, [isRow, isColumn] = this.#isInside();
    const side = (sums: number, isInside: Side['isInside']): Side => ({ sums, terms: kernel, isInside });
    return divide(side(rows, isRow), side(columns, isColumn), border.shape[0], (v, h) => {
      const windows = { row: v.sum, rows: v.sums, column: h.sum, columns: h.sums };
      const taps = { row: v.term, rows: v.terms, column: h.term, columns: h.terms };
      return {
        A: this.weightPlaces(border.shape[1], taps),
        B: this.places(taps, windows),
        C: this.outputPlaces(border, windows),
      };
    });
  }

  /** The products that add up to W += Y Pᵀ. */
  timesPt(border: Border): readonly ProductPlaces[] {
    const { rows, columns, geometry: { kernel } } = this, [isRow, isColumn] = this.#isInside();
    const side = (terms: number, isInside: Side['isInside']): Side =>
      ({ sums: kernel, terms, isInside: (tap, window) => isInside(window, tap) });
    return divide(side(rows, isRow), side(columns, isColumn), this.geometry.inShape[1], (v, h) => {
      const windows = { row: v.term, rows: v.terms, column: h.term, columns: h.terms };
      const taps = { row: v.sum, rows: v.sums, column: h.sum, columns: h.sums };
      return {
        A: this.outputPlaces(border, windows), B: transpose(this.places(taps, windows)),
        C: this.weightPlaces(border.shape[1], taps),
      };
    });
  }

  /** Whether the pixel of a window's tap is inside the image: its row, its column. */
  #isInside(): readonly [Side['isInside'], Side['isInside']] {
    const { inShape: [, , height, width], stride, padding } = this.geometry;
    const along = (size: number) => (window: number, tap: number): boolean => {
      const pixel = stride * window + tap - padding;
      return pixel >= 0 && pixel < size;
    };
    return [along(height), along(width)];
  }

  get #allTaps(): Area {
    const { kernel } = this.geometry;
    return { row: 0, rows: kernel, column: 0, columns: kernel };
  }

  get #allWindows(): Area {
    return { row: 0, rows: this.rows, column: 0, columns: this.columns };
  }
}
