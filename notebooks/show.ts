/**
 * @file Pictures in a notebook, and their colours: `show` hands one to the tool that writes the .ipynb; where the
 * notebook runs as a plain script it prints the caption.
 *
 * The tool (tools/run.ts) reads a notebook's standard output: text, and between it records, each a mark that no text
 * has, and then one line of JSON.
 */
import { encodePng } from '../src/data/png.ts';
import type { Raster } from '../src/data/raster.ts';
import { wrap } from '../src/experiments/text.ts';

/** How a caption begins: a chapter's number, a figure's, and some text, all in one line. */
const FIGURE = /^Figure [1-9]\d*\.[1-9]\d*\. \S.*$/;

/** The mark's name in the environment; it is there where the tool is listening. */
export const LISTENING = 'IDLG_NOTEBOOK';

/** The colours of the chapters' charts. */
export const COLOURS = { blue: '#0a6ebd', red: '#c2410c', green: '#2d6a2d', purple: '#7a3b8f', grey: '#999' } as const;

/** What a picture is in a notebook: an SVG document or the bytes of a PNG in base64, and its caption. */
export interface Picture {
  readonly type: 'image/svg+xml' | 'image/png';
  readonly data: string;
  readonly caption: string;
}

/**
 * Shows a picture, an SVG document or bytes as filmStrip() draws them, over its caption: "Figure 3.2. ", which is
 * chapter and figure, and what is seen. The caption is also the picture's alternative text.
 * @throws {TypeError | RangeError} if the caption has no such beginning, or the picture is neither.
 */
export function show(caption: string, picture: string | Raster): void {
  if (typeof caption !== 'string') throw new TypeError(`show caption: expected a string, got ${typeof caption}`);
  if (!FIGURE.test(caption)) {
    const start = caption.slice(0, 80);
    throw new RangeError(`show caption: expected "Figure 3.2. What is seen" in one line, got "${start}"`);
  }
  const shown: Picture = { ...encoded(picture), caption }, mark = process.env[LISTENING];
  const record = `${mark}${JSON.stringify({ picture: shown })}\n${wrap('', caption, 88)}`;
  process.stdout.write(mark ? record : `[${caption}]\n`);
}

function encoded(picture: string | Raster): Pick<Picture, 'type' | 'data'> {
  if (typeof picture !== 'string') {
    return { type: 'image/png', data: Buffer.from(encodePng(picture)).toString('base64') };
  }
  if (picture.startsWith('<svg ')) return { type: 'image/svg+xml', data: picture };
  throw new RangeError(`show picture: expected an SVG document or a raster, got "${picture.slice(0, 80)}"`);
}
