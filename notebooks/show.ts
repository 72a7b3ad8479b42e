/**
 * @file Pictures in a notebook, and their colours: `show` hands one to the tool that writes the .ipynb; where the
 * notebook runs as a plain script it prints what the picture is of.
 *
 * The tool (tools/run.ts) reads a notebook's standard output: text, and between it records, each a mark that no text
 * has, and then one line of JSON.
 */
import { encodePng } from '../src/data/png.ts';
import type { Raster } from '../src/data/raster.ts';

/** The mark's name in the environment; it is there where the tool is listening. */
export const LISTENING = 'IDLG_NOTEBOOK';

/** The colours of the chapters' charts. */
export const COLOURS = { blue: '#0a6ebd', red: '#c2410c', green: '#2d6a2d', purple: '#7a3b8f', grey: '#999' } as const;

/** What a picture is in a notebook: an SVG document or the bytes of a PNG in base64, and its alternative text. */
export interface Picture {
  readonly type: 'image/svg+xml' | 'image/png';
  readonly data: string;
  readonly alt: string;
}

/** Shows an SVG document, whose own title and description are its alternative text unless another is given. */
export function show(svg: string, alt?: string): void;
/** Shows a picture of bytes, as filmStrip() draws them; `alt` says what it shows to who cannot see it. */
export function show(raster: Raster, alt: string): void;
export function show(shown: string | Raster, alt = ''): void {
  const picture: Picture = typeof shown === 'string'
    ? { type: 'image/svg+xml', data: shown, alt: alt || ownText(shown) }
    : { type: 'image/png', data: Buffer.from(encodePng(shown)).toString('base64'), alt };
  if (picture.alt === '') throw new RangeError('show: expected a picture with an alternative text, got one without');
  const mark = process.env[LISTENING];
  process.stdout.write(mark ? `${mark}${JSON.stringify({ picture })}\n` : `[${picture.alt}]\n`);
}

/** An SVG's title and description in one line. */
function ownText(svg: string): string {
  const parts = ['title', 'desc'].flatMap((name) => new RegExp(`<${name}[^>]*>([^<]*)</${name}>`).exec(svg)?.[1] ?? []);
  const marks = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };
  return parts.join('. ').replace(/&(lt|gt|quot|amp);/g, (mark) => marks[mark as keyof typeof marks]);
}
