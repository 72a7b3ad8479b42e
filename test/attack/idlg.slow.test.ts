/** @file iDLG on an image as large as MNIST's. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { idlg } from '../../src/attack/idlg.ts';
import { mse } from '../../src/attack/metrics.ts';
import { digits } from '../../src/data/synthetic.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { expectRecovered } from './networks.ts';

test('a drawn digit of 28×28', () => {
  const { image, label } = digits().example(7);
  const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 1 });
  const found = idlg(network, network.gradient(image, label));
  assert.is(found.label, label);
  assert.is(found.stop, 'objective');
  expectRecovered(mse(found.image, image), found.stop);
});

test.run();
