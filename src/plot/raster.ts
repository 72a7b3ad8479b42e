/**
 * @file Drawing on a raster of bytes. Everything is filled rectangles: a pixel of an enlarged picture is one, a dot of
 * a letter is one; so the rectangle is the only place that knows where the raster ends.
 */
import { type Raster, toRaster, toRgb } from '../data/raster.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { glyphOf } from './font.ts';

/** Red, green and blue, bytes. */
export type Colour = readonly [number, number, number];

/** An image [channels, H, W] as it is shown, in three channels. @throws {RangeError} if it is not such an image. */
export function picture(image: Tensor): Raster {
  return toRgb(toRaster(image));
}

/** The colour of a three-channel raster at (x, y). */
export function colourAt({ width, bytes }: Raster, x: number, y: number): Colour {
  const i = 3 * (y * width + x);
  return [bytes[i], bytes[i + 1], bytes[i + 2]];
}

/** A raster of one colour. */
export function blankRaster(width: number, height: number, colour: Colour): Raster {
  const raster: Raster = { width, height, channels: 3, bytes: new Uint8Array(3 * width * height) };
  fillRectangle(raster, 0, 0, width, height, colour);
  return raster;
}

/** Colours the rectangle whose top left corner is (x, y), x to the right, y down; what is past an edge is left out. */
export function fillRectangle(
  raster: Raster, x: number, y: number, width: number, height: number, colour: Colour,
): void {
  const right = Math.min(x + width, raster.width);
  const bottom = Math.min(y + height, raster.height);
  for (let row = Math.max(0, y); row < bottom; row++) {
    for (let column = Math.max(0, x); column < right; column++) {
      raster.bytes.set(colour, 3 * (row * raster.width + column));
    }
  }
}

/** Draws a three-channel raster, its top left corner at (x, y), every pixel as a square of side `scale`. */
export function drawPicture(raster: Raster, shown: Raster, x: number, y: number, scale: number): void {
  for (let i = 0; i < shown.height; i++) {
    for (let j = 0; j < shown.width; j++) {
      fillRectangle(raster, x + j * scale, y + i * scale, scale, scale, colourAt(shown, j, i));
    }
  }
}

/** Writes a line of text, its top left corner at (x, y), every dot of the font as a square of side `scale`. */
export function drawText(raster: Raster, text: string, x: number, y: number, scale: number, colour: Colour): void {
  for (const character of text) {
    const glyph = glyphOf(character);
    glyph.forEach((row, i) => {
      for (let j = 0; j < row.length; j++) {
        if (row[j] === '#') fillRectangle(raster, x + j * scale, y + i * scale, scale, scale, colour);
      }
    });
    x += (glyph[0].length + 1) * scale;
  }
}
