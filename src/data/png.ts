/**
 * @file PNG to raster and back. pngjs decodes; what is checked here keeps damaged and hostile files away from it,
 * because it allocates what any header asks for, believes a second header, and unpacks interlaced pixels without bound.
 *
 *   file:  signature · IHDR (width, height, format) · other chunks, IDAT among them · IEND
 *   chunk: length of data · type · data · checksum
 *
 * W3C, "Portable Network Graphics (PNG) Specification (Second Edition)"; the numbers below are its sections.
 */
import { inflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { mismatch } from './dataset.ts';
import { quotedForShell, readBytes } from './files.ts';
import type { Raster } from './raster.ts';

const MAX_SIDE = 8192;
/** pngjs needs up to 32 bytes per pixel, a gigabyte at worst. */
const MAX_PIXELS = 2 ** 25;

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** How a JPEG begins. */
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);
/** The bytes of a chunk before and after its data. */
const HEAD = 8;
const CHECKSUM = 4;
const HEADER_BYTES = 13;
const PALETTE_BYTES = 3 * 256;

/** By colour type: channels of the picture, samples of a pixel, and the bits a sample may have (11.2.2, table 11.1). */
const COLOUR_TYPES = new Map<number, { channels: 1 | 3; samples: number; depths: number[] }>([
  [0, { channels: 1, samples: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { channels: 3, samples: 3, depths: [8, 16] }],
  [3, { channels: 3, samples: 1, depths: [1, 2, 4, 8] }], // an index into the palette
  [4, { channels: 1, samples: 2, depths: [8, 16] }], // with alpha
  [6, { channels: 3, samples: 4, depths: [8, 16] }], // with alpha
]);

/** Passes [x₀, y₀, dx, dy] send the pixels (x₀ + i·dx, y₀ + j·dy): one pass, or seven if interlaced (8.2). */
const WHOLE = [[0, 0, 1, 1]];
const ADAM7 = [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

interface Header {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Bytes the pixels unpack to: the rows of every pass, each behind a byte that names its filter (7.2). */
  readonly unpacked: number;
}

/** What IHDR says (11.2.2). @throws {InputError} if it is not the first chunk or asks for the impossible. */
function readHeader(file: Buffer, name: string): Header {
  const [head, end] = [SIGNATURE.length + HEAD, SIGNATURE.length + HEAD + HEADER_BYTES];
  if (file.subarray(0, JPEG.length).equals(JPEG)) {
    throw mismatch(name, 'a PNG', `a JPEG, which this converts: mogrify -format png ${quotedForShell(name)}`);
  }
  if (!file.subarray(0, SIGNATURE.length).equals(SIGNATURE)) throw mismatch(name, 'a PNG', 'another signature');
  const isHeader = file.toString('latin1', head - 4, head) === 'IHDR' && file.readUInt32BE(head - 8) === HEADER_BYTES;
  if (!isHeader || file.length < end) throw mismatch(name, `a PNG header of ${HEADER_BYTES} bytes`, 'none');
  const [width, height] = [file.readUInt32BE(head), file.readUInt32BE(head + 4)];
  const possible = width > 0 && height > 0 && Math.max(width, height) <= MAX_SIDE && width * height <= MAX_PIXELS;
  if (!possible) {
    const limits = `1 to ${MAX_SIDE} pixels a side and at most ${MAX_PIXELS} in all`;
    throw mismatch(name, limits, `an image of impossible size ${width}x${height}`);
  }
  const format = file.subarray(head + 8, end);
  const [depth, colour, compression, filter, interlace] = format;
  const type = COLOUR_TYPES.get(colour);
  if (!type?.depths.includes(depth) || compression !== 0 || filter !== 0 || interlace > 1) {
    throw mismatch(name, 'a PNG format', `[${[...format]}] in the header`);
  }
  let unpacked = 0;
  for (const [x0, y0, dx, dy] of interlace ? ADAM7 : WHOLE) {
    const [columns, rows] = [Math.ceil((width - x0) / dx), Math.ceil((height - y0) / dy)];
    if (columns > 0 && rows > 0) unpacked += rows * (1 + Math.ceil((columns * type.samples * depth) / 8));
  }
  return { width, height, channels: type.channels, unpacked };
}

/** The packed pixels, IDAT after IDAT. @throws {InputError} if the chunks do not fill the file exactly. */
function packedPixels(file: Buffer, name: string): Buffer {
  const parts: Buffer[] = [];
  const once = new Set<string>();
  let at = SIGNATURE.length;
  while (!once.has('IEND')) {
    const data = at + HEAD;
    const end = data <= file.length ? data + file.readUInt32BE(at) : Infinity;
    if (end + CHECKSUM > file.length) throw mismatch(name, `a whole chunk at byte ${at}`, `${file.length} bytes`);
    const type = file.toString('latin1', at + 4, data);
    if (type === 'IDAT') parts.push(file.subarray(data, end));
    else if (once.has(type)) throw mismatch(name, `one ${type}`, `another at byte ${at}`);
    else if (type === 'IHDR' || type === 'PLTE' || type === 'IEND') once.add(type);
    if (type === 'PLTE' && end - data > PALETTE_BYTES) throw mismatch(name, 'a palette of at most 256 colours', 'more');
    at = end + CHECKSUM;
  }
  if (at !== file.length) throw mismatch(name, `the file to end at byte ${at}`, `${file.length} bytes`);
  return Buffer.concat(parts);
}

/** @throws {InputError} if the pixels do not unpack to exactly `expected` bytes. */
function expectUnpacked(packed: Buffer, expected: number, name: string): void {
  let got: number | string;
  try {
    got = inflateSync(packed, { maxOutputLength: expected }).length;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    got = code === 'ERR_BUFFER_TOO_LARGE' ? 'more' : `"${message}"`;
  }
  if (got !== expected) throw mismatch(name, `${expected} bytes of pixels`, got);
}

/**
 * The picture in a PNG file's bytes: one channel if it is grey, otherwise three. Samples of 16 bits are rounded to 8,
 * and what is transparent lies on white. `name` is the file's in messages.
 * @throws {InputError} if the file is damaged, or larger than 8192 pixels a side or 2²⁵ in all.
 */
export function decodePng(bytes: Uint8Array, name: string): Raster {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const { width, height, channels, unpacked } = readHeader(file, name);
  expectUnpacked(packedPixels(file, name), unpacked, name);
  let rgba: Buffer;
  try {
    rgba = PNG.sync.read(file).data;
  } catch (error) {
    throw mismatch(name, 'a sound PNG', 'a wrong checksum, filter, palette or chunk', error);
  }
  const out = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    const alpha = rgba[4 * i + 3] / 255;
    for (let c = 0; c < channels; c++) {
      out[i * channels + c] = Math.round(alpha * rgba[4 * i + c] + (1 - alpha) * 255);
    }
  }
  return { width, height, channels, bytes: out };
}

/** The picture in a PNG file. @throws {InputError} if it cannot be read or is damaged. */
export function readPng(path: string): Raster {
  return decodePng(readBytes(path), path);
}

/** A picture as the bytes of a PNG file, grey or RGB. @throws {RangeError} if the bytes do not fit its size. */
export function encodePng({ width, height, channels, bytes }: Raster): Uint8Array {
  const size = width * height * channels;
  if (bytes.length !== size) throw new RangeError(`encodePng: expected ${size} bytes, got ${bytes.length}`);
  const png = new PNG({ width, height });
  png.data = Buffer.from(bytes);
  const colorType = channels === 1 ? 0 : 2;
  return PNG.sync.write(png, { colorType, inputColorType: colorType, inputHasAlpha: false });
}
