/**
 * @file A picture as image files hold it, bytes by row, column and channel, and its way to a tensor and back.
 *
 *   raster: bytes[(y·width + x)·channels + c] in {0, …, 255}
 *   tensor: data[(c·height + y)·width + x] = byte / 255, no further normalisation (as in the authors' code)
 */
import type { Tensor } from '../tensor/tensor.ts';

export interface Raster {
  readonly width: number;
  readonly height: number;
  /** 1: grey; 3: red, green, blue. */
  readonly channels: 1 | 3;
  readonly bytes: Uint8Array;
}

/** The middle square of a picture: its side, and where it begins, in pixels. The page and the commands cut it out. */
export function middleSquare(
  width: number, height: number,
): { readonly side: number; readonly left: number; readonly top: number } {
  const side = Math.min(width, height);
  return { side, left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2) };
}

/** That square as a picture. */
export function cropToSquare({ width, height, channels, bytes }: Raster): Raster {
  const { side, left, top } = middleSquare(width, height), row = side * channels;
  const square = new Uint8Array(side * row);
  for (let y = 0; y < side; y++) {
    const start = ((top + y) * width + left) * channels;
    square.set(bytes.subarray(start, start + row), y * row);
  }
  return { width: side, height: side, channels, bytes: square };
}

/** The picture enlarged by a whole factor: each pixel becomes a square of factor × factor. */
export function enlarge({ width, height, channels, bytes }: Raster, factor: number): Raster {
  if (!Number.isInteger(factor) || factor < 1) throw new RangeError(`enlarge: expected a factor from 1, got ${factor}`);
  const large = new Uint8Array(bytes.length * factor * factor), columns = width * factor;
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < columns; x++) {
      const from = (Math.floor(y / factor) * width + Math.floor(x / factor)) * channels;
      large.set(bytes.subarray(from, from + channels), (y * columns + x) * channels);
    }
  }
  return { width: columns, height: height * factor, channels, bytes: large };
}

/** Bytes that are in a tensor's order already (channel, row, column), as MNIST and CIFAR hold them. */
export function planes(bytes: Uint8Array, shape: readonly number[]): Tensor {
  const data = new Float64Array(bytes.length);
  for (let i = 0; i < data.length; i++) data[i] = bytes[i] / 255;
  return { shape, data };
}

/** The tensor [channels, height, width] of a picture, pixels in [0, 1]. */
export function toTensor({ width, height, channels, bytes }: Raster): Tensor {
  const plane = width * height;
  const data = new Float64Array(channels * plane);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < channels; c++) data[c * plane + i] = bytes[i * channels + c] / 255;
  }
  return { shape: [channels, height, width], data };
}

/**
 * The picture of a tensor [channels, height, width], pixels in [0, 1] rounded to bytes: grey for one channel, in colour
 * for three, and the channels side by side in grey for any other number. The array clamps, because an attack may leave
 * [0, 1], and 1.02 is white, not black wrapped around. NaN is mid-grey, since a run that stopped being finite must not
 * pass for one that found black.
 * @throws {RangeError} if the tensor is not such an image.
 */
export function toRaster({ shape, data }: Tensor): Raster {
  const [channels, height, width] = shape;
  const plane = width * height;
  if (shape.length !== 3 || !(channels >= 1) || data.length !== channels * plane) {
    throw new RangeError(`picture: expected shape [channels,height,width], got [${shape}] with ${data.length} numbers`);
  }
  if (channels !== 1 && channels !== 3) return toRaster(sideBySide({ shape, data }));
  const bytes = new Uint8ClampedArray(data.length);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < channels; c++) {
      const pixel = data[c * plane + i];
      bytes[i * channels + c] = Number.isNaN(pixel) ? 128 : 255 * pixel;
    }
  }
  return { width, height, channels, bytes: new Uint8Array(bytes.buffer) };
}

/** The channels of an image beside each other: [1, height, channels · width]. */
function sideBySide({ shape: [channels, height, width], data }: Tensor): Tensor {
  const row = channels * width, all = new Float64Array(data.length);
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) all[y * row + c * width + x] = data[(c * height + y) * width + x];
  return { shape: [1, height, row], data: all };
}

/** The same picture in three channels: grey is its own red, green and blue. */
export function toRgb({ width, height, channels, bytes }: Raster): Raster {
  const rgb = new Uint8Array(3 * width * height);
  for (let i = 0; i < rgb.length; i++) rgb[i] = bytes[channels === 3 ? i : Math.floor(i / 3)];
  return { width, height, channels: 3, bytes: rgb };
}
