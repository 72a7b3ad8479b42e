/** @file The likeliest label under noise: how often it is right, and how often it says so. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { extractLabel, lastLayer } from '../../../src/attack/extract-label.ts';
import { likelyLabel, samplePrior } from '../../../src/beyond/diagnosis/likely-label.ts';
import { digits } from '../../../src/data/synthetic.ts';
import { lenet } from '../../../src/kernels/lenet.ts';
import { forAll } from '../../check/property.ts';

test('drawn digits under noise: right where ∂b alone is mostly wrong, and as often as it says', () => {
  const { example, size } = digits(), count = 60;
  let right = 0, byBias = 0, said = 0;
  forAll('networks', count, (random, i) => {
    const activation = (['sigmoid', 'tanh', 'relu'] as const)[i % 3];
    const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, activation, seed: i });
    const { image, label } = example(random.below(size)), gradient = lastLayer(network.gradient(image, label));
    const sigma = Math.sqrt([0.1, 0.3, 1][i % 3]);
    for (const { data } of [gradient.weight, gradient.bias!]) {
      data.forEach((_, n) => { data[n] += sigma * random.normal(); });
    }
    const found = likelyLabel(gradient, sigma, samplePrior(network));
    if (found.label === label) right++;
    if (extractLabel(gradient).label === label) byBias++;
    said += found.probability;
  });
  assert.ok(right >= 0.9 * count, `${right} of ${count}`);
  assert.ok(right >= byBias + 10, `${right}, by ∂b ${byBias}`);
  assert.ok(Math.abs(said - right) < 0.06 * count, `said ${said}, right ${right}`);
});

test.run();
