/** @file The bound of Cramér and Rao is what maximum likelihood reaches: Eq. (5) alone, over 200 draws of noise. */
import { test } from '../../check/test.ts';
import { idlg } from '../../../src/attack/idlg.ts';
import { mse } from '../../../src/attack/metrics.ts';
import { addGaussian } from '../../../src/beyond/defence/defences.ts';
import { exactBound, NoisyJacobian } from '../../../src/beyond/prior/bound.ts';
import { Jacobian } from '../../../src/beyond/prior/jacobian.ts';
import { lenet } from '../../../src/kernels/lenet.ts';
import { labelsOf } from '../../../src/nn/network.ts';
import { Random } from '../../../src/tensor/random.ts';
import { view } from '../../../src/tensor/tensor.ts';
import { expectWithin } from '../../check/close.ts';

const DRAWS = 200;

test('the MSE of maximum likelihood, started at the image, is the bound within 20 %, for small noise', () => {
  const network = lenet({ channels: 1, height: 8, width: 8, classes: 5, seed: 4 }), label = 2;
  const image = view(new Random(5).fillUniform(new Float64Array(64)), [1, 8, 8]);
  const gradient = network.gradient(image, label);
  const sigma = 1e-3, J = new Jacobian(network.withBatch(1), view(image.data, [1, 1, 8, 8]), labelsOf([label], 5));
  const least = exactBound(new NoisyJacobian(J, sigma)), random = new Random(6);
  let sum = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    const noisy = addGaussian(gradient, sigma * sigma, random);
    const found = idlg(network, noisy, { start: image, labels: [label], tolerance: 0, iterations: 20 });
    sum += mse(found.image, image);
  }
  expectWithin('mean MSE', sum / DRAWS, least, least, 0.2);
});

test.run();
