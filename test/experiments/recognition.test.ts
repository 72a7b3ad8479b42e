/** @file What a classifier recognises: the class, in pixels from 0 to 1, and nothing in numbers that are not finite. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { recognises } from '../../src/experiments/recognition.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { view } from '../../src/tensor/tensor.ts';
import { argmax } from '../../src/tensor/vector.ts';
import { forAll, normals } from '../check/property.ts';

test('the class with the largest logit, of the image clamped to [0, 1]', () => {
  let clamped = 0;
  forAll('images', 20, (random, i) => {
    const network = lenet({ channels: 1, height: 8, width: 8, classes: 10, seed: i });
    const image = view(normals(random, 64).map((value) => 3 * value), [1, 8, 8]);
    const logits = (data: Float64Array): number => argmax(network.logits(view(data, [1, 1, 8, 8])).data);
    const label = logits(image.data.map((value) => Math.min(1, Math.max(0, value))));
    assert.is(recognises(network, image, label), true);
    assert.is(recognises(network, image, (label + 1) % 10), false);
    if (logits(image.data) !== label) clamped++;
  });
  assert.ok(clamped > 0, 'clamping changes some class');
});

test('an image that is not finite is not recognised', () => {
  const network = lenet({ channels: 1, height: 8, width: 8, classes: 3, seed: 1 });
  for (const bad of [NaN, Infinity, -Infinity]) {
    const image = view(new Float64Array(64).fill(bad, 0, 1), [1, 8, 8]);
    assert.equal([0, 1, 2].map((label) => recognises(network, image, label)), [false, false, false]);
  }
});

test.run();
