/**
 * @file A picture of the visitor's own as text for the address: 28 × 28 pixels of 64 greys, row by row.
 *
 *   a pixel      one of the 64 characters of base64url, black A to white _
 *   n > 4 alike  *n. before the one character, n in base 36
 *
 * Pixels are rounded to those greys when they are drawn, so a link has the picture to the last bit.
 */
import { view, type Tensor } from '../../src/tensor/tensor.ts';

export const SIDE = 28;
const GREYS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const WHITE = GREYS.length - 1;

/** The nearest of the 64 greys, to a number in [0, 1]; outside of it black or white. */
export const nearestGrey = (v: number): number => Math.round(Math.min(Math.max(v, 0), 1) * WHITE) / WHITE;

export function encodePixels({ data }: Tensor): string {
  const text = Array.from(data, (v) => GREYS[Math.round(v * WHITE)]).join('');
  return text.replace(/(.)\1{4,}/g, (run, grey: string) => `*${run.length.toString(36)}.${grey}`);
}

/** The picture, or undefined if the text is not one. */
export function decodePixels(text: string): Tensor | undefined {
  const pixels = new Float64Array(SIDE * SIDE);
  let filled = 0;
  for (const [token, length = '1', grey = token] of text.matchAll(/\*([0-9a-z]+)\.(.)|./gs)) {
    const v = GREYS.indexOf(grey), end = filled + parseInt(length, 36);
    if (v < 0 || end > pixels.length) return undefined;
    pixels.fill(v / WHITE, filled, end);
    filled = end;
  }
  return filled === pixels.length ? view(pixels, [1, SIDE, SIDE]) : undefined;
}
