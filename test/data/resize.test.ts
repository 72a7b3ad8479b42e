import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import type { Raster } from '../../src/data/raster.ts';
import { resize } from '../../src/data/resize.ts';
import { Random } from '../../src/tensor/random.ts';
import { fixtureTest } from '../check/fixture-files.ts';
import { randomBytes } from './files.ts';

interface Fixture {
  to: [number, number];
  cases: { width: number; height: number; channels: 1 | 3; pixels: string; resized: string }[];
}

fixtureTest('resize-bilinear.json', "resize: Pillow's bytes", (fixture: Fixture) => {
  assert.ok(fixture.cases.length > 0);
  for (const { width, height, channels, pixels, resized } of fixture.cases) {
    const picture = { width, height, channels, bytes: Buffer.from(pixels, 'base64') };
    const { bytes } = resize(picture, ...fixture.to);
    assert.ok(Buffer.from(resized, 'base64').equals(bytes), `${width}x${height}, ${channels} channels`);
  }
});

/** A grey picture one pixel high. */
function line(...bytes: number[]): Raster {
  return { width: bytes.length, height: 1, channels: 1, bytes: Uint8Array.from(bytes) };
}

test('resize: by hand', () => {
  // 4 to 2: s = 2, the weights of output 0 are tri(−¼), tri(¼), tri(¾) = ¾, ¾, ¼ of 7/4
  assert.equal([...resize(line(70, 0, 0, 0), 2, 1).bytes], [30, 0]);
  // 2 to 4: s = 1, the centres ¼ ¾ 1¼ 1¾ lie ¼ from a pixel's own centre, ½ or 1½
  assert.equal([...resize(line(0, 100), 4, 1).bytes], [0, 25, 75, 100]);
});

test('resize: one colour stays one colour, and the same size stays the same', () => {
  const random = new Random(6);
  for (let i = 0; i < 50; i++) {
    const [width, height, newWidth, newHeight] = Array.from({ length: 4 }, () => 1 + random.below(60));
    const flat = { width, height, channels: 3, bytes: new Uint8Array(3 * width * height).fill(i * 5) } as const;
    assert.ok(resize(flat, newWidth, newHeight).bytes.every((byte) => byte === i * 5));
    const noise = { width, height, channels: 1, bytes: randomBytes(random, width * height) } as const;
    assert.equal(resize(noise, width, height), noise);
  }
});

test('resize: sizes that are none', () => {
  const dot = { width: 1, height: 1, channels: 1, bytes: Uint8Array.of(0) } as const;
  for (const side of [0, -1, 1.5, NaN]) assert.throws(() => resize(dot, 4, side), /resize: expected positive integers/);
});

test.run();
