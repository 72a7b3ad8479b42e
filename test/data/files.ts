/**
 * @file Files for the tests, made by hand: byte for byte what the specifications say, by none of the code under test.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { InputError } from '../../src/data/dataset.ts';
import type { Random } from '../../src/tensor/random.ts';
import type { Test } from '../check/test.ts';

/** A test that has a folder of its own, removed afterwards. */
export function inFolder(run: (dir: string) => void): () => void {
  return () => {
    const dir = mkdtempSync(join(tmpdir(), 'idlg-'));
    try {
      run(dir);
    } finally {
      rmSync(dir, { recursive: true });
    }
  };
}

export interface Folder {
  dir: string;
}

/** A suite each of whose tests has a folder of its own, removed afterwards. */
export function withFolder<T extends Folder>(suite: Test<T>): Test<T> {
  suite.before.each((context) => void (context.dir = mkdtempSync(join(tmpdir(), 'idlg-'))));
  suite.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }));
  return suite;
}

/** Writes `dir`/`path` and the folders on the way; returns the whole path. */
export function write(dir: string, path: string, bytes: Uint8Array | string): string {
  const file = join(dir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

/** The call must throw an InputError of one line that names the file and says what `pattern` does. */
export function rejects(call: () => unknown, name: string, pattern: RegExp): void {
  try {
    call();
  } catch (error) {
    assert.instance(error, InputError);
    const { message } = error as InputError;
    assert.not.match(message, /[\r\n]/);
    assert.ok(message.includes(name), `${message}\nnames ${name}`);
    assert.match(message, pattern);
    return;
  }
  assert.unreachable(`nothing was thrown where ${pattern} was expected`);
}

/** The message, of one line, with which the work refuses. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.instance(error, InputError);
    const { message } = error as InputError;
    assert.not.match(message, /[\r\n]/);
    return message;
  }
  throw new Error('nothing was refused');
}

export function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

/** An IDX file of the sizes given, whatever `data` holds. */
export function idx(sizes: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * sizes.length);
  header.writeUInt32BE(0x800 + sizes.length);
  sizes.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, data]);
}

/** CIFAR-100 records with these fine labels, all of coarse label 7, and random pixels. */
export function cifarRecords(random: Random, labels: readonly number[]): Buffer {
  return Buffer.concat(labels.flatMap((label) => [Buffer.from([7, label]), randomBytes(random, 3072)]));
}

/** CRC-32, bit by bit: the polynomial 0x04c11db7 with bits reversed, as PNG and gzip use it. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

export type Chunk = readonly [type: string, data: Uint8Array];

export function pngFile(chunks: readonly Chunk[]): Buffer {
  const parts = [Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')];
  for (const [type, data] of chunks) {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length);
    frame.writeUInt32BE(crc32(body), 4);
    parts.push(frame.subarray(0, 4), body, frame.subarray(4));
  }
  return Buffer.concat(parts);
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly interlaced: boolean;
  /** By row, column and channel; each of `depth` bits. */
  readonly samples: readonly number[];
}

export const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export function ihdr(width: number, height: number, depth: number, colour: number, interlace = 0): Chunk {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width);
  data.writeUInt32BE(height, 4);
  data.set([depth, colour, 0, 0, interlace], 8);
  return ['IHDR', data];
}

/** One row: the filter's byte, 0 for none, then the samples' bits from the highest on, filled up to a byte. */
function row(samples: readonly number[], depth: number): number[] {
  const bits = samples.map((sample) => sample.toString(2).padStart(depth, '0')).join('');
  return [0, ...(bits.match(/.{1,8}/g) ?? []).map((byte) => parseInt(byte.padEnd(8, '0'), 2))];
}

/** The pixels before they are packed; interlaced ones in seven passes, read off the standard's 8×8 pattern. */
export function pixelRows({ width, height, depth, colour, interlaced, samples }: Picture): Buffer {
  const pattern = ['16462646', '77777777', '56565656', '77777777', '36463646', '77777777', '56565656', '77777777'];
  const n = SAMPLES[colour];
  const rows: number[][] = [];
  for (const pass of interlaced ? '1234567' : '0') {
    for (let y = 0; y < height; y++) {
      const line: number[] = [];
      for (let x = 0; x < width; x++) {
        const at = (y * width + x) * n;
        if (pass === '0' || pattern[y % 8][x % 8] === pass) line.push(...samples.slice(at, at + n));
      }
      if (line.length > 0) rows.push(row(line, depth));
    }
  }
  return Buffer.from(rows.flat());
}

/** The chunks of a picture; a palette for colour type 3, and what else is to come before the pixels, in `before`. */
export function pngChunks(picture: Picture, before: readonly Chunk[] = []): Chunk[] {
  const { width, height, depth, colour, interlaced } = picture;
  const header = ihdr(width, height, depth, colour, interlaced ? 1 : 0);
  return [header, ...before, ['IDAT', deflateSync(pixelRows(picture))], ['IEND', Buffer.alloc(0)]];
}
