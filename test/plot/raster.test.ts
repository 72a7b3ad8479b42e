import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import type { Raster } from '../../src/data/raster.ts';
import {
  blankRaster, type Colour, colourAt, drawPicture, drawText, fillRectangle, picture,
} from '../../src/plot/raster.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';

const BLACK: Colour = [0, 0, 0];
const WHITE: Colour = [255, 255, 255];
const image = (shape: number[], pixels: number[]): Tensor => ({ shape, data: Float64Array.from(pixels) });

/** A raster as text: `#` black, `.` white, `?` any other colour. */
function drawing(raster: Raster): string[] {
  const sign = (x: number, y: number) => ({ '0,0,0': '#', '255,255,255': '.' })[colourAt(raster, x, y).join()] ?? '?';
  return Array.from({ length: raster.height }, (_, y) =>
    Array.from({ length: raster.width }, (_, x) => sign(x, y)).join(''));
}

test('a rectangle colours its pixels and no other, and is cut at every edge', () => {
  const raster = blankRaster(5, 4, WHITE);
  fillRectangle(raster, 1, 1, 2, 2, BLACK);
  assert.equal(drawing(raster), ['.....', '.##..', '.##..', '.....']);
  fillRectangle(raster, -3, -1, 4, 2, BLACK);
  fillRectangle(raster, 4, 3, 9, 9, BLACK);
  fillRectangle(raster, 7, 0, 2, 2, BLACK);
  fillRectangle(raster, 0, 2, 0, 2, BLACK);
  assert.equal(drawing(raster), ['#....', '.##..', '.##..', '....#']);
});

test('pixels are rounded to bytes and clamped; NaN is mid-grey; grey is equal red, green and blue', () => {
  const pixels = [0, 1, 100 / 255, 100.4 / 255, -0.5, 1.02, Infinity, -Infinity, NaN];
  const { width, height, channels, bytes } = picture(image([1, 1, 9], pixels));
  assert.equal([width, height, channels], [9, 1, 3]);
  assert.equal([...bytes], [0, 255, 100, 100, 0, 255, 255, 0, 128].flatMap((byte) => [byte, byte, byte]));
});

test('three planes become red, green and blue, NaN in one of them grey in that one', () => {
  const shown = picture(image([3, 1, 2], [1, 0, 0, NaN, 0.2, 2]));
  assert.equal(colourAt(shown, 0, 0), [255, 0, 51]);
  assert.equal(colourAt(shown, 1, 0), [0, 128, 255]);
});

test('the image itself is left as it was', () => {
  const original = image([1, 1, 2], [NaN, 7]);
  picture(original);
  assert.equal([...original.data], [NaN, 7]);
});

test('a picture is enlarged to squares, its corner where it was asked for', () => {
  const raster = blankRaster(6, 5, WHITE);
  drawPicture(raster, picture(image([1, 2, 2], [0, 1, 0.5, 0])), 1, 1, 2);
  assert.equal(drawing(raster), ['......', '.##...', '.##...', '.??##.', '.??##.']);
});

test('a text is its glyphs, one dot of paper between, every dot a square', () => {
  const small = blankRaster(10, 9, WHITE);
  drawText(small, 'ij-', 0, 0, 1, BLACK);
  assert.equal(drawing(small), [
    '#..#......',
    '..........',
    '#..#......',
    '#..#.####.',
    '#..#......',
    '#..#......',
    '#..#......',
    '...#......',
    '..#.......',
  ]);
  const large = blankRaster(20, 18, WHITE);
  drawText(large, 'ij-', 0, 0, 2, BLACK);
  const twice = (line: string) => [...line].map((c) => c + c).join('');
  assert.equal(drawing(large), drawing(small).flatMap((line) => [twice(line), twice(line)]));
});

test('an unknown character is a box', () => {
  const raster = blankRaster(5, 7, WHITE);
  drawText(raster, '☃', 0, 0, 1, BLACK);
  assert.equal(drawing(raster), ['#####', '#...#', '#...#', '#...#', '#...#', '#...#', '#####']);
});

test('a tensor that is not an image is refused', () => {
  assert.throws(() => picture(image([1, 1, 2], [0])), /expected shape .*got \[1,1,2\] with 1 numbers/);
  assert.throws(() => picture(image([4], [0, 0, 0, 0])), /expected shape .*got \[4\]/);
});

test.run();
