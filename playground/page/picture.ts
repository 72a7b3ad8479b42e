/**
 * @file Numbers as pixels on a canvas: pictures in grey, differences about mid-grey, gradients in two colours.
 */
import { toRaster } from '../../src/data/raster.ts';
import { view } from '../../src/tensor/tensor.ts';

/** Red, green and blue, to 255. */
type Colour = readonly number[];

/** One canvas pixel per number. The page enlarges canvases without smoothing. */
function paint(canvas: HTMLCanvasElement, width: number, height: number, colour: (i: number) => Colour): void {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d')!, pixels = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const [red, green, blue] = colour(i);
    pixels.data.set([red, green, blue, 255], 4 * i);
  }
  context.putImageData(pixels, 0, 0);
}

/** A square grey picture, clamped to [0, 1] as the command line's PNGs are. */
export function showPicture(canvas: HTMLCanvasElement, data: Float64Array): void {
  const side = Math.sqrt(data.length), { bytes } = toRaster(view(data, [1, side, side]));
  paint(canvas, side, side, (i) => [bytes[i], bytes[i], bytes[i]]);
}

/** a − b about mid-grey: lighter than that where a is too light. */
export function showDifference(canvas: HTMLCanvasElement, a: Float64Array, b: Float64Array): void {
  showPicture(canvas, a.map((v, i) => 0.5 + (v - b[i]) / 2));
}

/** Before there is a picture. */
export function clearPicture(canvas: HTMLCanvasElement): void {
  canvas.getContext('2d')!.clearRect(0, 0, canvas.width, canvas.height);
}

/** A colour of the style sheet, #rrggbb, in the scheme that holds now. */
function schemeColour(name: string): Colour {
  const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/** Rows of signed numbers: the paper's colour at 0, deeper by the square root of size / largest. */
export function showSigned(canvas: HTMLCanvasElement, data: Float64Array, width: number, largest: number): void {
  const [zero, plus, minus] = ['--paper', '--plus', '--minus'].map(schemeColour);
  paint(canvas, width, data.length / width, (i) => {
    const depth = largest === 0 ? 0 : Math.sqrt(Math.abs(data[i]) / largest), full = data[i] < 0 ? minus : plus;
    return zero.map((from, k) => from + depth * (full[k] - from));
  });
}
