/**
 * @file Figure 2 of the iDLG paper: a picture emerges from noise. One row of frames per run: the original, then the
 * reconstruction at chosen iterations, each with its caption under it and the row's title above.
 */
import type { Raster } from '../data/raster.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { CAPITAL_HEIGHT, TEXT_HEIGHT, textWidth } from './font.ts';
import { blankRaster, type Colour, drawPicture, drawText, fillRectangle, picture } from './raster.ts';

export interface Frame {
  /** [1, H, W] or [3, H, W]; pixels outside [0, 1] are clamped, NaN is grey. */
  readonly image: Tensor;
  /** Under the frame: an iteration's number, or `original`. */
  readonly caption: string;
}

export interface FilmRow {
  readonly title: string;
  readonly frames: readonly Frame[];
}

export interface FilmStripOptions {
  /** Side of the square that an image's pixel is drawn as; by default, a frame is about 112 wide or high. */
  readonly scale?: number;
  /** Frames side by side before a row continues below; default: 11. */
  readonly across?: number;
}

const PAPER: Colour = [255, 255, 255];
const INK: Colour = [24, 24, 24];
const FAINT_INK: Colour = [96, 96, 96];
/** A thin line around each frame: a white picture would otherwise have no edge on white paper. */
const EDGE: Colour = [176, 176, 176];

/** Enlargement of the text. Distances below are in pixels and belong to this size of letter. */
const TEXT = 2;
const LINE = TEXT * TEXT_HEIGHT;
const BASELINE = TEXT * CAPITAL_HEIGHT;
const MARGIN = 24;
/** Between frames, and between captions too long for their frame. */
const GAP = 12;
const UNDER_TITLE = 10;
const UNDER_FRAME = 8;
const UNDER_CAPTION = 8;
const UNDER_ROW = 20;
/** About how many pixels a frame's longer side has. */
const FRAME_SIDE = 112;

/** A row, its images as they are shown, and where they stand; lengths in pixels of the strip. */
interface Layout {
  readonly title: string;
  readonly pictures: readonly Raster[];
  readonly captions: readonly string[];
  readonly scale: number;
  readonly frameHeight: number;
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly width: number;
  readonly height: number;
}

/** Lays out a row: its cell fits its largest frame and its longest caption, so nothing is cut off or touches. */
function layOut({ title, frames }: FilmRow, across: number, scale?: number): Layout {
  const pictures = frames.map(({ image }) => picture(image));
  const captions = frames.map(({ caption }) => caption);
  const H = Math.max(...pictures.map(({ height }) => height));
  const W = Math.max(...pictures.map(({ width }) => width));
  scale ??= Math.max(1, Math.round(FRAME_SIDE / Math.max(H, W)));
  const frameHeight = H * scale;
  const cellWidth = Math.max(W * scale, ...captions.map((caption) => TEXT * textWidth(caption)));
  const cellHeight = frameHeight + UNDER_FRAME + LINE + UNDER_CAPTION;
  const width = Math.max(TEXT * textWidth(title), Math.min(across, frames.length) * (cellWidth + GAP) - GAP);
  const height = LINE + UNDER_TITLE + Math.ceil(frames.length / across) * cellHeight + UNDER_ROW;
  return { title, pictures, captions, scale, frameHeight, cellWidth, cellHeight, width, height };
}

/** Draws a row from `top` on: frames are centred in their cells and stand on one line, whatever their heights. */
function drawRow(raster: Raster, row: Layout, top: number, across: number): void {
  const { title, pictures, captions, scale, frameHeight, cellWidth, cellHeight } = row;
  drawText(raster, title, MARGIN, top, TEXT, INK);
  pictures.forEach((shown, i) => {
    const left = MARGIN + (i % across) * (cellWidth + GAP);
    const bottom = top + LINE + UNDER_TITLE + Math.floor(i / across) * cellHeight + frameHeight;
    const width = shown.width * scale;
    const height = shown.height * scale;
    const x = left + Math.floor((cellWidth - width) / 2);
    const y = bottom - height;
    fillRectangle(raster, x - 1, y - 1, width + 2, height + 2, EDGE);
    drawPicture(raster, shown, x, y, scale);
    const captionX = left + Math.floor((cellWidth - TEXT * textWidth(captions[i])) / 2);
    drawText(raster, captions[i], captionX, bottom + UNDER_FRAME, TEXT, FAINT_INK);
  });
}

/**
 * Draws the rows one under another, each on its own grid from the left margin on; a row of more than `across` frames
 * continues below.
 * @throws {RangeError} if there is no row or a row has no frame, an image is not [channels, H, W], or an option is not
 * a positive integer.
 */
export function filmStrip(rows: readonly FilmRow[], { scale, across = 11 }: FilmStripOptions = {}): Raster {
  if (rows.length === 0) throw new RangeError('film strip: expected at least one row, got 0');
  for (const { title, frames } of rows) {
    if (frames.length === 0) throw new RangeError(`film strip: expected at least one frame in row "${title}", got 0`);
  }
  for (const [name, value] of Object.entries({ scale: scale ?? 1, across })) {
    if (Number.isInteger(value) && value > 0) continue;
    throw new RangeError(`film strip ${name}: expected a positive integer, got ${value}`);
  }
  const layouts = rows.map((row) => layOut(row, across, scale));
  const width = Math.max(...layouts.map((row) => row.width));
  const height = layouts.reduce((sum, row) => sum + row.height, 0);
  // The picture ends where the last caption stands: the white under that line is the margin, as on the other sides.
  const underBaseline = LINE - BASELINE + UNDER_CAPTION + UNDER_ROW;
  const raster = blankRaster(MARGIN + width + MARGIN, MARGIN + height - underBaseline + MARGIN, PAPER);
  let top = MARGIN;
  for (const row of layouts) {
    drawRow(raster, row, top, across);
    top += row.height;
  }
  return raster;
}

/**
 * Which of the recordings 0, …, count − 1 to show, at most `most` of them; with m = min(count, most),
 *
 *   iₖ = max(iₖ₋₁ + 1, round(count^(k/(m − 1)) − 1)),  i₀ = 0,  k < m
 *
 * Each is a constant factor later than the one before, since a picture emerges early and then only sharpens; where that
 * is less than one later, the next is taken. The last is count − 1: count^(k/(m − 1)) − 1 − k is convex in k, so it
 * never exceeds its end values 0 and count − m, and the steps of one cannot run past the end.
 * @throws {RangeError} if count is not an integer from 0 on, or most not one from 2 on.
 */
export function chooseFrames(count: number, most: number): number[] {
  if (!Number.isInteger(count) || count < 0) throw new RangeError(`count: expected an integer from 0 on, got ${count}`);
  if (!Number.isInteger(most) || most < 2) throw new RangeError(`most: expected an integer from 2 on, got ${most}`);
  const m = Math.min(count, most);
  const chosen: number[] = [];
  for (let k = 0; k < m; k++) {
    chosen.push(k === 0 ? 0 : Math.max(chosen[k - 1] + 1, Math.round(count ** (k / (m - 1)) - 1)));
  }
  return chosen;
}
