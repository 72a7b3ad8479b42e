/**
 * @file Damaged files: whatever bytes a reader is given, it returns something of sane shape or throws an InputError of
 * one line that names the file. Damage is done to every layer of a file, the checksums above it made right again, since
 * otherwise hardly any of it would get past them. MUTATIONS=20000 makes a long run of it.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { deflateSync, gzipSync } from 'node:zlib';
import { parseCifar100 } from '../../src/data/cifar.ts';
import { InputError, type Dataset } from '../../src/data/dataset.ts';
import { gunzip, labelledDigits, parseIdx } from '../../src/data/idx.ts';
import { decodePng } from '../../src/data/png.ts';
import { toTensor } from '../../src/data/raster.ts';
import { Random } from '../../src/tensor/random.ts';
import { sizeOf, type Tensor } from '../../src/tensor/tensor.ts';
import { cifarRecords, idx, pixelRows, pngChunks, pngFile, randomBytes } from './files.ts';
import type { Chunk, Picture } from './files.ts';

const MUTATIONS = Number(process.env.MUTATIONS ?? 250);
const NAME = 'folder/damaged.file';

type Damage = (bytes: Uint8Array) => Buffer;

/** The end cut off, bytes added, a piece cut out or doubled, bytes set or bits flipped, often where headers are. */
function damage(random: Random, bytes: Uint8Array): Buffer {
  const out = Buffer.from(bytes);
  const anywhere = (): number => random.below(random.below(2) === 0 ? Math.min(out.length, 64) : out.length);
  const kind = random.below(5);
  if (kind === 0) return out.subarray(0, random.below(out.length + 1));
  if (kind === 1) return Buffer.concat([out, randomBytes(random, 1 + random.below(40))]);
  if (kind === 2) return Buffer.concat([out.subarray(0, anywhere()), out.subarray(anywhere())]);
  for (let i = random.below(8); out.length > 0 && i >= 0; i--) {
    const at = anywhere();
    out[at] = kind === 3 ? random.below(256) : out[at] ^ (1 << random.below(8));
  }
  return out;
}

function expectSane({ shape, data }: Tensor): void {
  assert.is(data.length, sizeOf(shape));
  assert.ok(data.length > 0 && data.every((pixel) => pixel >= 0 && pixel <= 1), `pixels of ${shape}`);
}

function expectSaneDataset(data: Dataset): void {
  assert.ok(data.size > 0);
  for (const index of [0, data.size - 1]) {
    const { image, label } = data.example(index);
    assert.equal(image.shape, data.shape);
    assert.ok(label >= 0 && label < data.classes, `label ${label}`);
    expectSane(image);
  }
}

/** Lets `layers` damage a file in turn and `read` read it; returns how often it could. */
function survive(seed: number, layers: ((hurt: Damage) => Uint8Array)[], read: (file: Uint8Array) => void): number {
  let values = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    const random = new Random(seed, i);
    const file = layers[i % layers.length]((bytes) => damage(random, bytes));
    try {
      read(file);
      values++;
    } catch (error) {
      const { message } = error as Error;
      const isLine = !/[\r\n]/.test(message) && message.length < 300;
      assert.ok(error instanceof InputError && message.includes(NAME) && isLine, `mutation ${i}: ${error}`);
    }
  }
  return values;
}

const random = new Random(9);
const IMAGES = idx([3, 4, 5], randomBytes(random, 60));
const LABELS = idx([3], Buffer.from([0, 9, 4]));
const RECORDS = cifarRecords(random, [0, 99]);

function readImages(file: Uint8Array): void {
  expectSaneDataset(labelledDigits('MNIST', parseIdx(gunzip(file, NAME), 3, NAME), parseIdx(LABELS, 1, NAME)));
}

function readLabels(file: Uint8Array): void {
  expectSaneDataset(labelledDigits('MNIST', parseIdx(IMAGES, 3, NAME), parseIdx(gunzip(file, NAME), 1, NAME)));
}

test('damage: idx', () => {
  assert.ok(survive(1, [(hurt) => hurt(IMAGES)], readImages) > 0);
  assert.ok(survive(2, [(hurt) => hurt(LABELS)], readLabels) > 0);
});

test('damage: idx.gz', () => {
  const packed = gzipSync(IMAGES);
  assert.ok(survive(3, [(hurt) => hurt(packed), (hurt) => gzipSync(hurt(IMAGES), { level: 1 })], readImages) > 0);
  assert.ok(survive(4, [(hurt) => hurt(gzipSync(LABELS))], readLabels) > 0);
});

test('damage: cifar', () => {
  const read = (file: Uint8Array): void => expectSaneDataset(parseCifar100(file, NAME, { name: 'CIFAR-100' }));
  assert.ok(survive(5, [(hurt) => hurt(RECORDS)], read) > 0);
});

/** Damage to a PNG's bytes, a chunk's data or type, the order of chunks, and the pixels, whole in length or not. */
function pngLayers(picture: Picture, before: readonly Chunk[]): ((hurt: Damage) => Uint8Array)[] {
  const chunks = pngChunks(picture, before);
  const pixels = chunks.length - 2;
  const rows = pixelRows(picture);
  const swap = (i: number, chunk: Chunk): Uint8Array => pngFile(chunks.with(i, chunk));
  const hurtType = (hurt: Damage, type: string): string => hurt(Buffer.from(type)).toString('latin1', 0, 4).padEnd(4);
  return [
    (hurt) => hurt(pngFile(chunks)),
    ...chunks.map(([type, data], i) => (hurt: Damage) => swap(i, [type, hurt(data)])),
    ...chunks.map(([type, data], i) => (hurt: Damage) => swap(i, [hurtType(hurt, type), data])),
    (hurt) => pngFile([...hurt(Uint8Array.from(chunks.keys()))].map((i) => chunks[i % chunks.length])),
    (hurt) => swap(pixels, ['IDAT', deflateSync(hurt(rows))]),
    (hurt) => swap(pixels, ['IDAT', deflateSync(Buffer.concat([hurt(rows), rows]).subarray(0, rows.length))]),
  ];
}

const SIZE = { width: 9, height: 7 };
const bits = (n: number, depth: number): number[] => Array.from({ length: n * 63 }, () => random.below(2 ** depth));
const PALETTE: Chunk[] = [['PLTE', randomBytes(random, 48)], ['tRNS', randomBytes(random, 5)]];
const PICTURES: Record<string, [Picture, Chunk[]]> = {
  'grey': [{ ...SIZE, depth: 8, colour: 0, interlaced: false, samples: bits(1, 8) }, []],
  'grey, 2 bits, interlaced, one transparent': [
    { ...SIZE, depth: 2, colour: 0, interlaced: true, samples: bits(1, 2) }, [['tRNS', Buffer.from([0, 1])]],
  ],
  'colour': [{ ...SIZE, depth: 8, colour: 2, interlaced: false, samples: bits(3, 8) }, [['gAMA', Buffer.alloc(4, 1)]]],
  'colour, interlaced': [{ ...SIZE, depth: 8, colour: 2, interlaced: true, samples: bits(3, 8) }, []],
  'colour and alpha, 16 bits': [{ ...SIZE, depth: 16, colour: 6, interlaced: false, samples: bits(4, 16) }, []],
  'palette': [{ ...SIZE, depth: 4, colour: 3, interlaced: false, samples: bits(1, 4) }, PALETTE],
  'palette, interlaced': [{ ...SIZE, depth: 4, colour: 3, interlaced: true, samples: bits(1, 4) }, PALETTE],
};

for (const [seed, [kind, [picture, before]]] of Object.entries(PICTURES).entries()) {
  test(`damage: png, ${kind}`, () => {
    const read = (file: Uint8Array): void => expectSane(toTensor(decodePng(file, NAME)));
    assert.ok(survive(6 + seed, pngLayers(picture, before), read) > 0);
  });
}

test.run();
