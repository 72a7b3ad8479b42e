import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { imageFolder, lfw } from '../../src/data/image-folder.ts';
import { decodePng, encodePng } from '../../src/data/png.ts';
import { toTensor } from '../../src/data/raster.ts';
import { resize } from '../../src/data/resize.ts';
import { Random } from '../../src/tensor/random.ts';
import { inFolder, randomBytes, rejects, write } from './files.ts';

const FACE = encodePng({ width: 40, height: 50, channels: 3, bytes: randomBytes(new Random(7), 6000) });
const dot = (grey: number) => encodePng({ width: 1, height: 1, channels: 1, bytes: Uint8Array.of(grey) });

test('image folder: classes and files in code-unit order, an empty class has its number', inFolder((dir) => {
  const paths = ['a/2.png', 'Á/1.png', 'Z/1.PNG', 'a/10.png', 'B/1.png'];
  paths.forEach((path, i) => write(dir, path, dot(51 * i)));
  mkdirSync(join(dir, 'Empty'));
  const data = imageFolder(dir);
  assert.equal(data.classNames, ['B', 'Empty', 'Z', 'a', 'Á']);
  assert.equal([data.size, data.classes, ...data.shape], [5, 5, 3, 32, 32]);
  const seen = Array.from({ length: 5 }, (_, i) => data.example(i));
  assert.equal(seen.map(({ label }) => label), [0, 2, 3, 3, 4]);
  assert.equal(seen.map(({ image }) => Math.round(5 * image.data[0])), [4, 2, 3, 0, 1]); // a/10 sorts before a/2
}));

test('image folder: any size becomes 32×32, grey becomes RGB', inFolder((dir) => {
  write(dir, 'A/face.png', FACE);
  write(dir, 'A/grey.png', dot(51));
  const data = imageFolder(dir);
  assert.equal(data.example(0).image, toTensor(resize(decodePng(FACE, 'face'), 32, 32)));
  const { shape, data: pixels } = data.example(1).image;
  assert.equal(shape, [3, 32, 32]);
  assert.ok(pixels.every((pixel) => pixel === 0.2));
  assert.equal(imageFolder(dir, { side: 8 }).example(0).image.shape, [3, 8, 8]);
}));

test('image folder: hidden files, other files and files beside the classes do not count', inFolder((dir) => {
  for (const path of ['.git/1.png', 'A/.1.png', 'A/notes.txt', 'readme.png', 'A/1.png']) write(dir, path, dot(0));
  const data = imageFolder(dir);
  assert.equal([data.size, data.classNames], [1, ['A']]);
}));

test('lfw: in the folder or in lfw/, 5,749 outputs or more', inFolder((dir) => {
  write(dir, 'lfw/Aaron_Eckhart/Aaron_Eckhart_0001.png', FACE);
  for (const place of [dir, join(dir, 'lfw')]) {
    const data = lfw(place);
    assert.equal([data.name, data.classes, data.size, data.classNames], ['LFW', 5749, 1, ['Aaron_Eckhart']]);
  }
  write(dir, 'lfw/Zoran_Djindjic/Zoran_Djindjic_0001.png', FACE);
  assert.equal([1, 2, 3].map((classes) => imageFolder(join(dir, 'lfw'), { classes }).classes), [2, 2, 3]);
}));

test('image folder: nothing to read', inFolder((dir) => {
  rejects(() => lfw(join(dir, 'no')), join(dir, 'no'), /expected a folder, got nothing there$/);
  rejects(() => lfw(write(dir, 'file', '')), 'file', /expected a folder, got a file$/);
  rejects(() => lfw(dir), dir, /expected PNG files in one subfolder per class, got none in 0 subfolders$/);
  mkdirSync(join(dir, 'A'));
  rejects(() => lfw(dir), dir, /got none in 1 subfolders$/);
}));

test('image folder: JPEGs come with the command that converts them', inFolder((dir) => {
  write(dir, "it's/A/1.JPG", '');
  const command = /find '\/.*\/it'\\''s' -iname '\*\.jp\*g' -exec mogrify -format png {} \+$/;
  rejects(() => lfw(join(dir, "it's")), dir, command);
}));

test('image folder: a damaged file or a wrong index is found when it is asked for', inFolder((dir) => {
  write(dir, 'A/1.png', FACE.subarray(0, 100));
  const data = lfw(dir);
  rejects(() => data.example(0), join(dir, 'A', '1.png'), /a whole chunk/);
  rejects(() => data.example(1), 'LFW', /index from 0 to 0, got 1$/);
}));

test.run();
