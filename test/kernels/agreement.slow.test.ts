/** @file LFW's network with all its 5,749 classes: the fast one computes what the plain one does. */
import { test } from '../check/test.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { Random } from '../../src/tensor/random.ts';
import { checkAgreement } from './agreement.ts';

for (const batch of [1, 3, 8]) {
  test(`fast and plain agree: LFW, batch of ${batch}`, () => {
    const network = lenet({ channels: 3, height: 32, width: 32, classes: 5749, seed: batch });
    checkAgreement(network, batch, new Random(batch));
  });
}

test.run();
