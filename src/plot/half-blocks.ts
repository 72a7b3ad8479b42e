/**
 * @file Images in a colour terminal. The upper half block ▀ shows two pixels, one over the other: its ink the upper,
 * its background the lower. Strings in and out: whether there is a terminal, and how many colours it has, is the
 * caller's knowledge.
 *
 *   ESC[38;2;r;g;bm  ESC[48;2;r;g;bm    ink, background in 24 bits
 *   ESC[38;5;nm      ESC[48;5;nm        the same from xterm's 256 colours
 *   ESC[0m                              both as they were
 */
import type { Tensor } from '../tensor/tensor.ts';
import { type Colour, colourAt, picture } from './raster.ts';

/** Bits per colour: 24, or 8 for xterm's 256 colours. */
export type ColourDepth = 24 | 8;

/** xterm's cube, 16 + 36r + 6g + b: each of r, g, b is one of these six. Its greys, 232 + i, are 8 + 10i, i < 24. */
const CUBE = [0, 95, 135, 175, 215, 255];

/** Index of the cube's level nearest to a byte. */
function cubeLevel(byte: number): number {
  let nearest = 0;
  for (let i = 1; i < 6; i++) if (Math.abs(CUBE[i] - byte) < Math.abs(CUBE[nearest] - byte)) nearest = i;
  return nearest;
}

/**
 * The number of the nearest of xterm's colours 16 to 255, by squared distance in red, green and blue. In the cube each
 * channel is rounded by itself; the nearest grey is the one nearest to the mean. The first 16 are the user's theme.
 */
export function xtermColour([red, green, blue]: Colour): number {
  const squaredDistance = (r: number, g: number, b: number) => (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
  const [r, g, b] = [cubeLevel(red), cubeLevel(green), cubeLevel(blue)];
  const i = Math.min(23, Math.max(0, Math.round(((red + green + blue) / 3 - 8) / 10)));
  const grey = 8 + 10 * i;
  const greyIsNearer = squaredDistance(grey, grey, grey) < squaredDistance(CUBE[r], CUBE[g], CUBE[b]);
  return greyIsNearer ? 232 + i : 16 + 36 * r + 6 * g + b;
}

/**
 * An image [channels, H, W] as ⌈H/2⌉ lines of W characters. Each line sets its own colours and ends in a reset, so
 * lines can be put side by side; inside it an escape is written only where a colour changes. Under an odd last row of
 * pixels the background is the terminal's own.
 * @throws {RangeError} if the tensor is not such an image.
 */
export function halfBlocks(image: Tensor, depth: ColourDepth): string[] {
  const shown = picture(image);
  const name = (colour: Colour) => (depth === 24 ? `2;${colour.join(';')}` : `5;${xtermColour(colour)}`);
  const lines: string[] = [];
  for (let y = 0; y < shown.height; y += 2) {
    let line = '';
    let [inkBefore, groundBefore] = ['', ''];
    for (let x = 0; x < shown.width; x++) {
      const ink = `\x1b[38;${name(colourAt(shown, x, y))}m`;
      const ground = y + 1 < shown.height ? `\x1b[48;${name(colourAt(shown, x, y + 1))}m` : '';
      if (ink !== inkBefore) line += ink;
      if (ground !== groundBefore) line += ground;
      line += '▀';
      [inkBefore, groundBefore] = [ink, ground];
    }
    lines.push(`${line}\x1b[0m`);
  }
  return lines;
}

/** Columns a string takes on the screen: its characters without the colour escapes, one column each. */
export function visibleWidth(text: string): number {
  return [...text.replace(/\x1b\[[0-9;]*m/g, '')].length;
}

/**
 * Images next to one another with `gap` blanks between, under a line of labels. Every line has the same visible width;
 * a column is as wide as its image or its label, a shorter image is followed by blank lines.
 * @throws {RangeError} unless there is one label per image.
 */
export function sideBySide(
  images: readonly Tensor[], labels: readonly string[], depth: ColourDepth, gap = 2,
): string[] {
  if (labels.length !== images.length) {
    throw new RangeError(`labels: expected ${images.length}, one per image, got ${labels.length}`);
  }
  const columns = images.map((image, i) => {
    const column = [labels[i], ...halfBlocks(image, depth)];
    const width = Math.max(...column.map(visibleWidth));
    return { width, column: column.map((line) => line + ' '.repeat(width - visibleWidth(line))) };
  });
  const height = Math.max(0, ...columns.map(({ column }) => column.length));
  return Array.from({ length: height }, (_, y) =>
    columns.map(({ width, column }) => column[y] ?? ' '.repeat(width)).join(' '.repeat(gap)),
  );
}

/**
 * What to write before a picture that takes the place of the last `lines` lines: to the first column, up, clear to the
 * end of the screen; nothing for 0, the first time. The cursor must be on the line under the old picture, and that
 * picture must still be on the screen: a cursor does not go up past the top.
 */
export function redraw(lines: number): string {
  return lines === 0 ? '' : `\r\x1b[${lines}A\x1b[J`;
}
