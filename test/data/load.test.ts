import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { DATASET_NAMES, loadDataset } from '../../src/data/index.ts';
import { encodePng } from '../../src/data/png.ts';
import { Random } from '../../src/tensor/random.ts';
import { cifarRecords, idx, inFolder, rejects, write } from './files.ts';

test('load: the three data sets side by side in one folder', inFolder((dir) => {
  write(dir, 'mnist/t10k-images-idx3-ubyte', idx([1, 28, 28], Buffer.alloc(784)));
  write(dir, 'mnist/t10k-labels-idx1-ubyte', idx([1], Buffer.from([3])));
  write(dir, 'cifar-100-binary/test.bin', cifarRecords(new Random(8), [4]));
  write(dir, 'lfw/A/1.png', encodePng({ width: 1, height: 1, channels: 1, bytes: Uint8Array.of(0) }));
  const sets = DATASET_NAMES.map((name) => loadDataset(name, dir));
  assert.equal(sets.map(({ name }) => name), ['MNIST (t10k)', 'CIFAR-100 (test)', 'LFW']);
  assert.equal(sets.map(({ classes }) => classes), [10, 100, 5749]);
  assert.equal(sets.map((set) => set.example(0).label), [3, 4, 0]);
  for (const set of sets) assert.equal(set.example(0).image.shape, set.shape);
}));

test('load: names that are none', () => {
  for (const name of ['MNIST', '', 'constructor', 'toString']) {
    rejects(() => loadDataset(name, '.'), 'data set', /expected one of mnist, cifar100, lfw, got/);
  }
});

test.run();
