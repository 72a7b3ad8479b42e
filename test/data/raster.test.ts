import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { cropToSquare, enlarge, middleSquare, planes, toRaster, toRgb, toTensor } from '../../src/data/raster.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { checkRangeError } from '../check/errors.ts';

const COLOUR = { width: 2, height: 1, channels: 3, bytes: Uint8Array.of(255, 0, 51, 102, 153, 204) } as const;

test('raster: a tensor is channel by channel, in [0, 1]', () => {
  const { shape, data } = toTensor(COLOUR);
  assert.equal(shape, [3, 1, 2]);
  assert.equal([...data], [1, 102 / 255, 0, 153 / 255, 51 / 255, 204 / 255]);
  assert.equal([...planes(Uint8Array.of(0, 255), [1, 1, 2]).data], [0, 1]);
});

test('raster: every byte comes back', () => {
  const bytes = Uint8Array.from({ length: 256 * 3 }, (_, i) => i);
  for (const channels of [1, 3] as const) {
    const raster = { width: 16, height: 48 / channels, channels, bytes };
    assert.equal(toRaster(toTensor(raster)), raster);
  }
});

test('raster: what an attack left outside [0, 1] is clamped, NaN is grey', () => {
  const data = Float64Array.of(-0.2, 1.02, NaN, Infinity, -Infinity, 0.5);
  assert.equal([...toRaster({ shape: [1, 2, 3], data }).bytes], [0, 255, 128, 255, 0, 128]);
});

test('raster: the middle square, of wide and high pictures', () => {
  assert.equal(middleSquare(7, 4), { side: 4, left: 1, top: 0 });
  assert.equal(middleSquare(4, 8), { side: 4, left: 0, top: 2 });
  assert.equal(middleSquare(5, 5), { side: 5, left: 0, top: 0 });
  const bytes = Uint8Array.from({ length: 3 * 2 * 4 }, (_, i) => i);
  const high = { width: 2, height: 4, channels: 3, bytes } as const;
  assert.equal(cropToSquare(high), { width: 2, height: 2, channels: 3, bytes: bytes.slice(6, 18) });
  const wide = { width: 4, height: 1, channels: 3, bytes: bytes.slice(0, 12) } as const;
  assert.equal(cropToSquare(wide), { width: 1, height: 1, channels: 3, bytes: bytes.slice(3, 6) });
});

test('raster: enlarged, each pixel is a square', () => {
  assert.equal(enlarge(COLOUR, 2), {
    width: 4, height: 2, channels: 3,
    bytes: Uint8Array.from([0, 1].flatMap(() => [255, 0, 51, 255, 0, 51, 102, 153, 204, 102, 153, 204])),
  });
  assert.equal(enlarge(COLOUR, 1), COLOUR);
  for (const factor of [0, 1.5, NaN]) {
    checkRangeError(() => enlarge(COLOUR, factor), /^enlarge: expected a factor from 1, got/);
  }
});

test('raster: grey to RGB', () => {
  const grey = { width: 1, height: 2, channels: 1, bytes: Uint8Array.of(7, 9) } as const;
  assert.equal(toRgb(grey), { width: 1, height: 2, channels: 3, bytes: Uint8Array.of(7, 7, 7, 9, 9, 9) });
  assert.equal(toRgb(COLOUR), COLOUR);
});

test('raster: a tensor that is no picture', () => {
  for (const shape of [[4, 4], [1, 1, 4, 4]]) {
    assert.throws(() => toRaster(zeros(shape)), /picture: expected shape \[channels,height,width\], got/);
  }
});

test('raster: two or four channels stand side by side in grey', () => {
  const data = Float64Array.of(0, 1, 0, 1, 1, 0, 1, 0); // [2, 2, 2]
  assert.equal(toRaster({ shape: [2, 2, 2], data }),
    { width: 4, height: 2, channels: 1, bytes: Uint8Array.of(0, 255, 255, 0, 0, 255, 255, 0) });
  const { width, height, channels } = toRaster(zeros([4, 3, 5]));
  assert.equal([width, height, channels], [20, 3, 1]);
});

test.run();
