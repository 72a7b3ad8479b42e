import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { truncateSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { decodePng, encodePng, readPng } from '../../src/data/png.ts';
import type { Raster } from '../../src/data/raster.ts';
import { Random } from '../../src/tensor/random.ts';
import { ihdr, inFolder, pngChunks, pngFile, randomBytes, rejects, SAMPLES, write } from './files.ts';
import type { Chunk, Picture } from './files.ts';

const END: Chunk = ['IEND', Buffer.alloc(0)];
const PALETTE = randomBytes(new Random(2), 3 * 256);
const FORMATS = { 0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16] };

function randomPicture(random: Random, colour: number, depth: number, interlaced: boolean): Picture {
  const [width, height] = [1 + random.below(20), 1 + random.below(20)];
  const samples = Array.from({ length: width * height * SAMPLES[colour] }, () => random.below(2 ** depth));
  return { width, height, depth, colour, interlaced, samples };
}

/** What the picture looks like on white, by row, column and channel, from the definitions alone. */
function expectedBytes({ colour, depth, samples }: Picture): number[] {
  const n = SAMPLES[colour];
  const bytes = samples.map((sample) => Math.round((sample * 255) / (2 ** depth - 1)));
  if (colour === 3) return samples.flatMap((sample) => [...PALETTE.subarray(3 * sample, 3 * sample + 3)]);
  if (colour < 4) return bytes;
  return bytes.flatMap((byte, i) => {
    const alpha = bytes[i - (i % n) + n - 1] / 255;
    return i % n === n - 1 ? [] : [Math.round(byte * alpha + 255 * (1 - alpha))];
  });
}

test('png: every colour type, bit depth and order of rows', () => {
  const random = new Random(3);
  for (const [colour, depths] of Object.entries(FORMATS)) {
    for (const depth of depths) {
      for (let i = 0; i < 4; i++) {
        const picture = randomPicture(random, Number(colour), depth, i % 2 === 1);
        const file = pngFile(pngChunks(picture, picture.colour === 3 ? [['PLTE', PALETTE]] : []));
        const { width, height, channels, bytes } = decodePng(file, 'x.png');
        assert.equal([width, height], [picture.width, picture.height]);
        assert.is(channels, colour === '0' || colour === '4' ? 1 : 3);
        assert.equal([...bytes], expectedBytes(picture), `colour type ${colour}, ${depth} bits, picture ${i}`);
      }
    }
  }
});

test('png: a transparent colour or palette entry is white', () => {
  const grey: Picture = { width: 3, height: 1, depth: 8, colour: 0, interlaced: false, samples: [5, 6, 7] };
  const file = pngFile(pngChunks(grey, [['tRNS', Buffer.from([0, 6])]]));
  assert.equal([...decodePng(file, 'x.png').bytes], [5, 255, 7]);
  const palette: Chunk[] = [['PLTE', Buffer.from([10, 20, 30, 40, 50, 60])], ['tRNS', Buffer.from([255, 0])]];
  const indexed = pngFile(pngChunks({ ...grey, width: 2, colour: 3, samples: [0, 1] }, palette));
  assert.equal([...decodePng(indexed, 'x.png').bytes], [10, 20, 30, 255, 255, 255]);
});

test('png: decoding undoes encoding', () => {
  const random = new Random(4);
  for (let i = 0; i < 24; i++) {
    const channels = i % 2 === 0 ? 1 : 3;
    const [width, height] = [1 + random.below(40), 1 + random.below(40)];
    const bytes = new Uint8Array(randomBytes(random, width * height * channels));
    const raster: Raster = { width, height, channels, bytes };
    assert.equal(decodePng(encodePng(raster), 'x.png'), raster);
  }
  const short: Raster = { width: 2, height: 2, channels: 3, bytes: new Uint8Array(11) };
  assert.throws(() => encodePng(short), /encodePng: expected 12 bytes, got 11/);
});

test('png: images of impossible size are refused by the header alone', () => {
  for (const [width, height] of [[0, 5], [5, 0], [8193, 1], [2 ** 31, 2 ** 31], [2 ** 32 - 1, 1], [8192, 8192]]) {
    const file = pngFile([ihdr(width, height, 8, 2), ['IDAT', Buffer.alloc(0)], END]);
    rejects(() => decodePng(file, 'x.png'), 'x.png', new RegExp(`got an image of impossible size ${width}x${height}$`));
  }
});

test('png: what unpacks to another size than the header tells, a bomb too, is not decoded', () => {
  for (const interlace of [0, 1]) {
    for (const size of [11, 15, 1e7]) {
      const file = pngFile([ihdr(1, 3, 8, 2, interlace), ['IDAT', deflateSync(Buffer.alloc(size))], END]);
      rejects(() => decodePng(file, 'x.png'), 'x.png', size === 11 ? /12 bytes of pixels, got 11$/ : /got more$/);
    }
  }
});

test('png: damaged files', () => {
  const chunks = pngChunks(randomPicture(new Random(5), 2, 8, false));
  const [header, pixels] = chunks;
  const whole = pngFile(chunks);
  const reject = (file: Uint8Array, pattern: RegExp): void => rejects(() => decodePng(file, 'x.png'), 'x.png', pattern);
  reject(Buffer.alloc(0), /expected a PNG, got another signature$/);
  const jpeg = /expected a PNG, got a JPEG, which this converts: mogrify -format png 'x\.png'$/;
  reject(Buffer.from('\xff\xd8\xff\xe0 a JPEG', 'latin1'), jpeg);
  reject(Buffer.from('GIF89a', 'latin1'), /expected a PNG, got another signature$/);
  reject(whole.subarray(0, 8), /PNG header of 13 bytes, got none$/);
  reject(whole.subarray(0, 24), /PNG header of 13 bytes, got none$/);
  reject(pngFile([pixels, header, END]), /PNG header of 13 bytes, got none$/);
  reject(pngFile([ihdr(1, 1, 3, 0), pixels, END]), /PNG format, got \[3,0,0,0,0\] in the header$/);
  reject(pngFile([ihdr(1, 1, 8, 7), pixels, END]), /PNG format/);
  reject(pngFile([ihdr(1, 1, 8, 0, 2), pixels, END]), /PNG format/);
  const compressed = ihdr(1, 1, 8, 0);
  compressed[1][10] = 1;
  reject(pngFile([compressed, pixels, END]), /PNG format, got \[8,0,1,0,0\] in the header$/);
  reject(pngFile([header, header, pixels, END]), /expected one IHDR, got another at byte 33$/);
  reject(pngFile([header, ['PLTE', PALETTE], ['PLTE', PALETTE], pixels, END]), /expected one PLTE, got another/);
  reject(pngFile([header, pixels]), /a whole chunk at byte \d+, got \d+ bytes$/);
  reject(whole.subarray(0, -1), /a whole chunk/);
  reject(Buffer.concat([whole, Buffer.alloc(1)]), /the file to end at byte/);
  reject(pngFile([header, END]), /bytes of pixels, got "unexpected end of file"$/);
  reject(pngFile([header, ['IDAT', pixels[1].subarray(9)], END]), /bytes of pixels, got "/);
  reject(pngFile([header, ['PLTE', Buffer.alloc(771)], pixels, END]), /a palette of at most 256 colours, got more$/);
  const flipped = Buffer.from(whole);
  flipped[30] ^= 1;
  reject(flipped, /a sound PNG, got a wrong checksum/);
  const indexed: Picture = { width: 1, height: 1, depth: 8, colour: 3, interlaced: false, samples: [1] };
  reject(pngFile(pngChunks(indexed)), /a sound PNG, got .*palette/);
  reject(pngFile(pngChunks(indexed, [['PLTE', Buffer.alloc(3)]])), /a sound PNG, got .*palette/);
  const badFilter = deflateSync(Buffer.from([5, 0]));
  reject(pngFile([ihdr(1, 1, 8, 0), ['IDAT', badFilter], END]), /a sound PNG, got .*filter/);
});

test('png: files that cannot be read', inFolder((dir) => {
  rejects(() => readPng(`${dir}/no.png`), 'no.png', /expected a file, got nothing there$/);
  rejects(() => readPng(dir), dir, /expected a file, got a folder or device$/);
  rejects(() => readPng('/dev/zero'), '/dev/zero', /expected a file, got a folder or device$/);
  rejects(() => readPng(`${dir}/a\nb`), 'a?b', /expected a file/);
  rejects(() => readPng('a\0b'), 'a?b', /something to read, got an error: .*without null bytes/);
  const path = write(dir, 'x.png', '');
  rejects(() => readPng(path), 'x.png', /another signature$/);
  truncateSync(path, 2 ** 28 + 1); // longer, in fact, with a hole
  rejects(() => readPng(path), 'x.png', /at most 268435456 bytes, got 268435457$/);
}));

test.run();
