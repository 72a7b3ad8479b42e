/** @file Fast networks compute what plain ones do: random ones, PyTorch's fixtures, and the paper's sizes. */
import { test } from '../check/test.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { labelsOf } from '../../src/nn/network.ts';
import { Random } from '../../src/tensor/random.ts';
import { randomNetwork } from '../attack/networks.ts';
import { gradientMatchingFixtures } from '../check/fixtures.ts';
import { between, forAll } from '../check/property.ts';
import { checkAgreement, checkMatching, checkPasses, randomLabels } from './agreement.ts';

test('fast and plain agree: random networks and batches', () => {
  forAll('network', 60, (random) => checkAgreement(randomNetwork(random), between(random, 1, 4), random));
});

for (const { file, network, batch, gradient, dummy: { x }, labels } of gradientMatchingFixtures()) {
  test(`fast and plain agree: ${file}`, () => {
    const plain = network.withBatch(batch);
    checkPasses(plain, new Random(1));
    checkMatching(plain, gradient, x, labelsOf(labels, network.classes));
    checkMatching(plain, gradient, x, randomLabels(new Random(2), batch, network.classes));
  });
}

/** LFW has 5,749 classes; agreement.slow.test.ts has them all, and larger batches. */
const SIZES = {
  'MNIST': { channels: 1, height: 28, width: 28, classes: 10 },
  'CIFAR-100': { channels: 3, height: 32, width: 32, classes: 100 },
  'LFW, 500 classes': { channels: 3, height: 32, width: 32, classes: 500 },
};

for (const [name, size] of Object.entries(SIZES)) {
  for (const batch of size.classes === 500 ? [1, 3] : [1, 3, 8]) {
    test(`fast and plain agree: ${name}, batch of ${batch}`, () => {
      checkAgreement(lenet({ ...size, seed: batch }), batch, new Random(batch));
    });
  }
}

test.run();
