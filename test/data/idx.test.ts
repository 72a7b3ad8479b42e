import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { gzipSync } from 'node:zlib';
import { gunzip, labelledDigits, mnist, parseIdx } from '../../src/data/idx.ts';
import { idx, inFolder, rejects, write } from './files.ts';

const PIXELS = Buffer.from([0, 51, 102, 153, 204, 255, 255, 0, 0, 0, 0, 255]);
const IMAGES = idx([2, 2, 3], PIXELS);
const LABELS = idx([2], Buffer.from([7, 0]));

/** Both files of a part of MNIST, under their usual names. */
function writePart(dir: string, part: string): void {
  write(dir, `${part}-images-idx3-ubyte`, IMAGES);
  write(dir, `${part}-labels-idx1-ubyte.gz`, gzipSync(LABELS));
}

test('idx: hand-made bytes', () => {
  const { sizes, bytes } = parseIdx(IMAGES, 3, 'images');
  assert.equal(sizes, [2, 2, 3]);
  assert.equal([...bytes], [...PIXELS]);
});

test('mnist: images are [1,rows,columns] of byte / 255, with their labels', inFolder((dir) => {
  writePart(dir, 't10k');
  const data = mnist(dir);
  assert.is(data.name, 'MNIST (t10k)');
  assert.equal(data.shape, [1, 2, 3]);
  assert.is(data.size, 2);
  assert.is(data.classes, 10);
  const { image, label } = data.example(0);
  assert.is(label, 7);
  assert.equal(image.shape, [1, 2, 3]);
  assert.equal([...image.data], [0, 51 / 255, 102 / 255, 153 / 255, 204 / 255, 1]);
  assert.equal([...data.example(1).image.data], [1, 0, 0, 0, 0, 1]);
}));

test('mnist: every place, spelling and packing; .gz that are unpacked already too', () => {
  for (const place of ['', 'mnist/', 'MNIST/raw/']) {
    for (const mark of ['-', '.']) {
      for (const [end, file] of [['', IMAGES], ['.gz', gzipSync(IMAGES)], ['.gz', IMAGES]] as const) {
        inFolder((dir) => {
          write(dir, `${place}train-images${mark}idx3-ubyte${end}`, file);
          write(dir, `${place}train-labels${mark}idx1-ubyte`, LABELS);
          assert.is(mnist(dir).name, 'MNIST (train)');
        })();
      }
    }
  }
});

test('mnist: the training images only where both their files are there', inFolder((dir) => {
  writePart(dir, 't10k');
  write(dir, 'train-images-idx3-ubyte', IMAGES);
  assert.is(mnist(dir).name, 'MNIST (t10k)');
  write(dir, 'train-labels-idx1-ubyte', LABELS);
  assert.is(mnist(dir).name, 'MNIST (train)');
}));

test('mnist: what is missing', inFolder((dir) => {
  rejects(() => mnist(`${dir}/no`), `${dir}/no`, /expected a folder, got nothing there/);
  rejects(() => mnist(dir), dir, /train-images-idx3-ubyte .* MNIST\/raw\/, got neither pair/);
  rejects(() => mnist(write(dir, 'mnist', '')), 'mnist', /expected a folder, got a file/);
  rejects(() => mnist(dir), dir, /got neither pair/);
}));

test('mnist: an index out of range', inFolder((dir) => {
  writePart(dir, 'train');
  const data = mnist(dir);
  for (const index of [-1, 2, 0.5, NaN]) rejects(() => data.example(index), 'MNIST (train)', /index from 0 to 1, got/);
}));

test('idx: damaged files', () => {
  const reject = (file: Buffer, pattern: RegExp): void => rejects(() => parseIdx(file, 3, 'images'), 'images', pattern);
  reject(Buffer.alloc(0), /header of 16 bytes, got a file of 0$/);
  reject(IMAGES.subarray(0, 15), /got a file of 15$/);
  reject(LABELS.subarray(0, 8), /got a file of 8$/);
  reject(Buffer.concat([LABELS, PIXELS]), /expected magic number 0x00000803, got 0x00000801$/);
  reject(Buffer.from('<!DOCTYPE html>  '), /got 0x3c21444f$/);
  reject(IMAGES.subarray(0, 27), /expected 28 bytes for 2x2x3, got 27$/);
  reject(Buffer.concat([IMAGES, PIXELS]), /expected 28 bytes for 2x2x3, got 40$/);
  reject(idx([2, 0, 3], Buffer.alloc(0)), /positive sizes, got 2x0x3$/);
  reject(idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], PIXELS), /got 28$/);
});

test('mnist: images and labels that do not belong together', () => {
  const images = parseIdx(IMAGES, 3, 'images');
  const labelled = (...labels: number[]) =>
    labelledDigits('MNIST', images, parseIdx(idx([labels.length], Buffer.from(labels)), 1, 'labels'));
  assert.is(labelled(0, 9).size, 2);
  rejects(() => labelled(1, 2, 3), 'labels', /expected 2 labels, got 3$/);
  rejects(() => labelled(0, 10), 'labels', /expected labels 0 to 9, got 10 at index 1$/);
  const wide = parseIdx(idx([1, 1, 257], Buffer.alloc(257)), 3, 'wide');
  const one = parseIdx(idx([1], Buffer.from([0])), 1, 'one');
  rejects(() => labelledDigits('MNIST', wide, one), 'wide', /1 to 256 .*, got images of impossible size 257x1$/);
});

test('gzip: damaged and cut files', () => {
  const packed = gzipSync(IMAGES);
  assert.equal([...gunzip(packed, 'x.gz')], [...IMAGES]);
  const flipped = Buffer.from(packed);
  flipped[flipped.length - 6] ^= 1;
  rejects(() => gunzip(flipped, 'x.gz'), 'x.gz', /sound gzip file, got "incorrect data check"$/);
  rejects(() => gunzip(packed.subarray(0, 20), 'x.gz'), 'x.gz', /got "unexpected end of file"$/);
  rejects(() => gunzip(packed.subarray(0, 2), 'x.gz'), 'x.gz', /sound gzip file/);
});

test.run();
