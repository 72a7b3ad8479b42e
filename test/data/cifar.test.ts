import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { cifar100, parseCifar100 } from '../../src/data/cifar.ts';
import { Random } from '../../src/tensor/random.ts';
import { cifarRecords, inFolder, rejects, write } from './files.ts';

const RECORDS = cifarRecords(new Random(1), [99, 0, 42]);
const NAMES = Array.from({ length: 100 }, (_, i) => `class ${i}`);

test('cifar: an example is its record, channel by channel', inFolder((dir) => {
  write(dir, 'test.bin', RECORDS);
  const data = cifar100(dir);
  assert.is(data.name, 'CIFAR-100 (test)');
  assert.equal([data.size, data.classes, ...data.shape], [3, 100, 3, 32, 32]);
  assert.is(data.classNames, undefined);
  const { image, label } = data.example(1);
  assert.is(label, 0);
  assert.equal(image.shape, [3, 32, 32]);
  assert.equal([...image.data], [...RECORDS.subarray(3074 + 2, 2 * 3074)].map((byte) => byte / 255));
  assert.is(data.example(2).label, 42);
}));

test('cifar: every place; train.bin before test.bin', () => {
  for (const place of ['', 'cifar-100-binary/', 'cifar100/']) {
    inFolder((dir) => {
      write(dir, `${place}test.bin`, RECORDS);
      assert.is(cifar100(dir).name, 'CIFAR-100 (test)');
      write(dir, `${place}train.bin`, RECORDS);
      assert.is(cifar100(dir).name, 'CIFAR-100 (train)');
    })();
  }
});

test('cifar: names of classes, with either line ending', () => {
  for (const text of [NAMES.join('\n'), `${NAMES.join('\n')}\n`, `${NAMES.join('\r\n')}\r\n`]) {
    inFolder((dir) => {
      write(dir, 'test.bin', RECORDS);
      write(dir, 'fine_label_names.txt', text);
      assert.equal(cifar100(dir).classNames, NAMES);
    })();
  }
});

test('cifar: what is missing', inFolder((dir) => {
  rejects(() => cifar100(`${dir}/no`), `${dir}/no`, /expected a folder, got nothing there/);
  rejects(() => cifar100(dir), dir, /train\.bin or test\.bin, here or in cifar-100-binary\/ .*, got neither$/);
  write(dir, 'test.bin', RECORDS);
  write(dir, 'fine_label_names.txt', NAMES.slice(1).join('\n'));
  rejects(() => cifar100(dir), 'fine_label_names.txt', /expected 100 lines, got 99$/);
}));

test('cifar: damaged files', () => {
  const reject = (file: Uint8Array, pattern: RegExp): void =>
    rejects(() => parseCifar100(file, 'test.bin', { name: 'CIFAR-100' }), 'test.bin', pattern);
  reject(RECORDS.subarray(0, 0), /one or more records of 3074 bytes, got a file of 0$/);
  reject(RECORDS.subarray(1), /got a file of 9221$/);
  reject(Buffer.concat([RECORDS, Buffer.alloc(1)]), /got a file of 9223$/);
  reject(cifarRecords(new Random(1), [5, 100]), /fine labels 0 to 99, got 100 at index 1$/);
  const coarse = Buffer.from(RECORDS);
  coarse[2 * 3074] = 20;
  reject(coarse, /coarse labels 0 to 19, got 20 at index 2$/);
});

test('cifar: an index out of range', () => {
  const data = parseCifar100(RECORDS, 'test.bin', { name: 'CIFAR-100 (test)' });
  for (const index of [-1, 3, 1.5]) rejects(() => data.example(index), 'CIFAR-100 (test)', /from 0 to 2, got/);
});

test.run();
