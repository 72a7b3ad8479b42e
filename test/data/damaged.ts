/**
 * @file Damaged files: whatever bytes a reader is given, it returns something of sane shape or throws an InputError of
 * one line that names the file, and it never loops. Damage is done to every layer of a file, and the checksums above it
 * are made right again, since otherwise hardly any damage would get past them.
 */
import { deflateSync, gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { parseCifar100 } from '../../src/data/cifar.ts';
import { InputError, type Dataset } from '../../src/data/dataset.ts';
import { gunzip, labelledDigits, parseIdx } from '../../src/data/idx.ts';
import { inflate } from '../../src/data/inflate.ts';
import { parseNpy } from '../../src/data/npy.ts';
import { parseNpz } from '../../src/data/npz.ts';
import { decodePng } from '../../src/data/png.ts';
import { toTensor } from '../../src/data/raster.ts';
import { encodeSafetensors, parseSafetensors } from '../../src/data/safetensors.ts';
import { Random } from '../../src/tensor/random.ts';
import { sizeOf, type Tensor } from '../../src/tensor/tensor.ts';
import { forAll, oneOf } from '../check/property.ts';
import { test } from '../check/test.ts';
import { cifarRecords, idx, pixelRows, pngChunks, pngFile, randomBytes } from './files.ts';
import type { Chunk, Picture } from './files.ts';
import { entry, LITTLE, numpyFile, zip } from './numpy-files.ts';
import { stepsOf } from './steps.ts';
import { anyTensors, file as safetensorsFile } from './tensor-files.ts';

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

/** A damaged file, case i of a law. */
type Hurt = (random: Random, i: number) => Uint8Array;

/** Lets `read` read damaged files; some of them must be sound, and some not. */
function survive(what: string, cases: number, seed: number, hurt: Hurt, read: (file: Uint8Array) => void): void {
  let sound = 0;
  forAll(`damaged ${what}`, cases, (random, i) => {
    const file = hurt(random, i);
    try {
      // No reader asks for more than a few tokens or fields a byte.
      stepsOf(() => read(file), 100 + 10 * file.length);
      sound++;
    } catch (error) {
      const { message } = error as Error, isLine = !/[\r\n]/.test(message) && message.length < 300;
      assert.ok(error instanceof InputError && message.startsWith(NAME) && isLine, String(error));
      assert.match(message, /: expected .*, got /);
    }
  }, seed);
  assert.ok(sound > cases / 50 && sound < cases, `${sound} of ${cases} are sound`);
}

const inTurn = (layers: readonly ((hurt: Damage) => Uint8Array)[]): Hurt =>
  (random, i) => layers[i % layers.length]((bytes) => damage(random, bytes));

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


const readPng = (file: Uint8Array): void => expectSane(toTensor(decodePng(file, NAME)));

/**
 * Bits flipped, bytes set to what headers are made of, a piece cut out, put in or copied elsewhere; often at an end.
 */
function damageText(random: Random, bytes: Uint8Array, marks: string): Buffer {
  let out = Buffer.from(bytes);
  for (let n = random.below(3); n >= 0; n--) {
    const size = out.length, edge = Math.min(size, 80);
    const at = oneOf(random, [random.below(size), random.below(edge), size - edge + random.below(edge)]);
    const length = random.below(20), kind = random.below(5);
    if (kind === 0 && size > 0) out[at] ^= 1 << random.below(8);
    else if (kind === 1 && size > 0) out[at] = oneOf(random, [0, 1, 255, ...Buffer.from(marks)]);
    else if (kind === 2) out = Buffer.concat([out.subarray(0, at), out.subarray(at + length)]);
    else if (kind === 3) out = Buffer.concat([out.subarray(0, at), randomBytes(random, length), out.subarray(at)]);
    else out.copy(out, at, random.below(size + 1), size);
  }
  return out;
}

const hurtJson = (random: Random, bytes: Uint8Array): Buffer => damageText(random, bytes, '0123456789-,:"\\{}[]e. ');
const hurtPython = (random: Random, bytes: Uint8Array): Buffer =>
  damageText(random, bytes, `0123456789<>|f,:'"()\\ TrueOVi`);

/** Damage to a file of safetensors, or to its header alone, whose length is then said right. */
function hurtSafetensors(random: Random, i: number): Uint8Array {
  const whole = encodeSafetensors(anyTensors(random), oneOf(random, ['F64', 'F32']));
  const header = whole.slice(8, 8 + Number(new DataView(whole.buffer).getBigUint64(0, true)));
  return i % 2 ? hurtJson(random, whole) : safetensorsFile(hurtJson(random, header), whole.subarray(8 + header.length));
}

const ARRAYS = (['<f8', '>f8 2.0', '<f4 3.0', '>f2', 'fortran', 'scalar'] as const).map(numpyFile);
const ARCHIVES = (['stored', 'deflated', 'zip64'] as const).map(numpyFile);

/** Damage to an archive of NumPy's, or to an array in one, below the checksum, which fits what it is of. */
function hurtArchive(random: Random, i: number): Uint8Array {
  if (i % 2) return hurtPython(random, oneOf(random, ARCHIVES));
  return zip([entry({ data: hurtPython(random, LITTLE) }), entry({ name: 'b.npy', deflate: false })]);
}

const expectWhole = (tensors: Iterable<Tensor>): void => {
  for (const { shape, data } of tensors) assert.is(data.length, sizeOf(shape));
};

/** The laws, on so many files of each kind; CASES=20000 in the environment makes a long run of it. */
export function damageTests(ofPictures: number, ofTensors: number): void {
  const pictures = Number(process.env.CASES ?? ofPictures), tensors = Number(process.env.CASES ?? ofTensors);

  test('damage: idx', () => {
    survive('images', pictures, 1, inTurn([(hurt) => hurt(IMAGES)]), readImages);
    survive('labels', pictures, 2, inTurn([(hurt) => hurt(LABELS)]), readLabels);
  });

  test('damage: idx.gz', () => {
    const packed = gzipSync(IMAGES);
    const layers = [(hurt: Damage) => hurt(packed), (hurt: Damage) => gzipSync(hurt(IMAGES), { level: 1 })];
    survive('images', pictures, 3, inTurn(layers), readImages);
    survive('labels', pictures, 4, inTurn([(hurt) => hurt(gzipSync(LABELS))]), readLabels);
  });

  test('damage: cifar', () => {
    const read = (file: Uint8Array): void => expectSaneDataset(parseCifar100(file, NAME, { name: 'CIFAR-100' }));
    survive('records', pictures, 5, inTurn([(hurt) => hurt(RECORDS)]), read);
  });

  for (const [seed, [kind, [picture, before]]] of Object.entries(PICTURES).entries()) {
    test(`damage: png, ${kind}`,
      () => survive('pictures', pictures, 6 + seed, inTurn(pngLayers(picture, before)), readPng));
  }

  test('damage: safetensors', () => {
    survive('files', tensors, 20, hurtSafetensors, (file) => expectWhole(parseSafetensors(file, NAME).values()));
  });

  test('damage: npy', () => {
    const hurt = (random: Random): Uint8Array => hurtPython(random, oneOf(random, ARRAYS));
    survive('arrays', tensors, 21, hurt, (file) => expectWhole([parseNpy(file, NAME)]));
  });

  test('damage: npz', () => {
    survive('archives', tensors, 22, hurtArchive, (file) => expectWhole(parseNpz(file, NAME, inflate).values()));
  });
}
