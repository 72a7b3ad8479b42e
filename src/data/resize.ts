/**
 * @file Pillow's `Image.resize(size, BILINEAR)`, byte for byte: what `Resize((32, 32))` does to a face in LFW.
 *
 *   output x is centred on c = (x + ½)·scale of the input, scale = in / out
 *   weight of input i:  tri((i − c + ½) / s), s = max(scale, 1), tri(t) = max(0, 1 − |t|), scaled to sum 1
 *
 * Shrinking widens the triangle to s on either side, so that every input pixel counts; a resize that always reads the
 * two nearest pixels aliases. Pillow computes in 22-bit fixed point, and the first pass, along the rows, ends in bytes.
 */
import type { Raster } from './raster.ts';

const FRACTION_BITS = 22;
const ONE = 1 << FRACTION_BITS;

/** What one output pixel is made of: the inputs from `first` on, with these fixed-point weights. */
interface Taps {
  readonly first: number;
  readonly weights: Int32Array;
}

/** The taps of output pixel x when `n` pixels become `m`. */
function tapsOf(x: number, n: number, m: number): Taps {
  const scale = n / m;
  const s = Math.max(scale, 1);
  const centre = (x + 0.5) * scale;
  const first = Math.max(0, Math.floor(centre - s + 0.5));
  const end = Math.min(n, Math.floor(centre + s + 0.5));
  const weights = new Float64Array(end - first);
  let sum = 0;
  for (let i = first; i < end; i++) {
    weights[i - first] = Math.max(0, 1 - Math.abs((i - centre + 0.5) / s));
    sum += weights[i - first];
  }
  return { first, weights: Int32Array.from(weights, (weight) => Math.floor((weight / sum) * ONE + 0.5)) };
}

/** Bytes [outer, n, inner] resampled to [outer, m, inner]; unchanged if m = n. */
function resample(bytes: Uint8Array, outer: number, n: number, inner: number, m: number): Uint8Array {
  if (n === m) return bytes;
  const out = new Uint8ClampedArray(outer * m * inner);
  for (let x = 0; x < m; x++) {
    const { first, weights } = tapsOf(x, n, m);
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        let sum = ONE >> 1;
        for (let k = 0; k < weights.length; k++) sum += weights[k] * bytes[(o * n + first + k) * inner + i];
        out[(o * m + x) * inner + i] = sum >> FRACTION_BITS;
      }
    }
  }
  return new Uint8Array(out.buffer);
}

/** The picture at another size, in pixels. @throws {RangeError} if a side is not a positive integer. */
export function resize({ width, height, channels, bytes }: Raster, newWidth: number, newHeight: number): Raster {
  for (const side of [newWidth, newHeight]) {
    if (!Number.isInteger(side) || side < 1) throw new RangeError(`resize: expected positive integers, got ${side}`);
  }
  const narrowed = resample(bytes, height, width, channels, newWidth);
  const resized = resample(narrowed, 1, height, newWidth * channels, newHeight);
  return { width: newWidth, height: newHeight, channels, bytes: resized };
}
