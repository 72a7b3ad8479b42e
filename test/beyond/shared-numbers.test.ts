/** @file L_G of a pruned gradient: zeros take no part, and what they hid is found. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { idlg } from '../../src/attack/idlg.ts';
import { mse } from '../../src/attack/metrics.ts';
import { prune } from '../../src/beyond/defence/defences.ts';
import { withoutZeros } from '../../src/beyond/shared-numbers.ts';
import { accelerate } from '../../src/kernels/accelerate.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { labelsOf, type Network } from '../../src/nn/network.ts';
import { view } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { forAll } from '../check/property.ts';
import { checkSlope } from '../check/slope.ts';

test('L_G is the sum over the numbers that were shared, with its slope, by both kernels, in a batch too', () => {
  forAll('networks', 6, (random, i) => {
    const plain = lenet({ channels: 1, height: 8, width: 8, classes: 5, seed: i }), batch = 1 + (i % 2);
    const network = withoutZeros(i % 3 === 0 ? plain : accelerate(plain)).withBatch(batch);
    const image = view(random.fillUniform(new Float64Array(64)), [1, 8, 8]);
    const shared = prune(plain.gradient(image, 2), 0.6), matching = new GradientMatching(network, shared);
    const shape = [batch, 1, 8, 8], x = random.fillUniform(new Float64Array(64 * batch));
    const t = labelsOf(Array(batch).fill(2), 5);
    const { objective, gradX } = matching.evaluate(view(x, shape), t), gradient = gradX.data.slice();
    const grad = plain.theta.like(), own = plain.withBatch(batch);
    own.forward(view(x, shape), t);
    own.backward(grad);
    const expected = grad.data.reduce((sum, g, k) => sum + (shared.data[k] === 0 ? 0 : (g - shared.data[k]) ** 2), 0);
    checkClose('L_G', [objective], [expected], 1e-11);
    checkSlope('L_G', (data) => matching.evaluate(view(data, shape), t).objective, x, gradient, random);
  });
});

test('70 % pruned: iDLG that matches the zeros does not find the image, and one that leaves them out does', () => {
  const image = view(Float64Array.from({ length: 64 }, (_, i) => ((i % 8) + Math.floor(i / 8)) / 14), [1, 8, 8]);
  for (const seed of [0, 1, 2]) {
    const network = accelerate(lenet({ channels: 1, height: 8, width: 8, classes: 4, seed }));
    const shared = prune(network.gradient(image, 2), 0.7);
    const errorOf = (attacked: Network): number => mse(idlg(attacked, shared, { iterations: 60 }).image, image);
    const [all, nonzero] = [network, withoutZeros(network)].map(errorOf);
    assert.ok(nonzero < 1e-6 && all > 0.1, `${nonzero}, ${all}`);
  }
});

test.run();
