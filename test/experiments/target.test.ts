/** @file What is attacked or learnt from: the parts of a data set. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import type { Dataset } from '../../src/data/dataset.ts';
import { digits } from '../../src/data/synthetic.ts';
import { splitToLearn } from '../../src/experiments/target.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { rejects } from '../data/files.ts';

const image = zeros([1, 1, 1]);
const numbered = (size: number): Dataset => ({ ...digits(), size, example: (index) => ({ image, label: index }) });

test('a fifth is held out, and no image of it is learnt from; of fewer than five images none can be', () => {
  for (const size of [5, 9, 10]) {
    const { learnt, heldOut } = splitToLearn(numbered(size));
    const labels = [learnt, heldOut].map((part) => Array.from({ length: part.size }, (_, i) => part.example(i).label));
    assert.is(heldOut.size, Math.floor(size / 5));
    assert.equal(labels.flat(), Array.from({ length: size }, (_, i) => i));
  }
  rejects(() => splitToLearn(numbered(4)), 'digits', /expected at least 5 images.*got 4$/);
});

test.run();
