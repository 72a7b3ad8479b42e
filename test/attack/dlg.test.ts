/**
 * @file DLG: image and label together, the label as the largest of the descended logits. What it shares with iDLG is in
 * reconstruct.test.ts.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { dlg } from '../../src/attack/dlg.ts';
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { mse } from '../../src/attack/metrics.ts';
import { softmax } from '../../src/nn/softmax-cross-entropy.ts';
import { Random } from '../../src/tensor/random.ts';
import { argmax } from '../../src/tensor/vector.ts';
import { forAll, normals } from '../check/property.ts';
import { randomVictim } from './networks.ts';

test('the image to an MSE below 1e-4 and the label', () => {
  forAll('recovery', 3, (random, i) => {
    const { network, image, label, gradient } = randomVictim(random);
    const found = dlg(network, gradient, { seed: i });
    assert.equal([found.label, found.labelRule], [label, 'descent']);
    const error = mse(found.image, image);
    assert.ok(error < 1e-4, `MSE: got ${error}, expected less than 1e-4; stop: ${found.stop}`);
  });
});

test('the first L_G is that of the start and softmax(startLogits); unmoved, the label is their argmax', () => {
  forAll('start', 10, (random) => {
    const { network, gradient } = randomVictim(random);
    const matching = new GradientMatching(network, gradient);
    const startLogits = normals(random, network.classes), t = new Float64Array(network.classes);
    const start = { shape: network.inShape, data: normals(random, matching.xSize) };
    softmax(startLogits, t);
    const found = dlg(network, gradient, { start, startLogits, iterations: 0 });
    assert.is(found.objective, matching.evaluate(start.data, t, new Float64Array(matching.xSize)));
    assert.is(found.label, argmax(startLogits));
    assert.equal(found.image, start);
  });
});

test('startLogits are read, not moved; wrong ones are refused', () => {
  const { network, gradient } = randomVictim(new Random(2));
  const startLogits = normals(new Random(3), network.classes), before = startLogits.slice();
  const found = dlg(network, gradient, { startLogits, iterations: 3, tolerance: 0 });
  assert.equal(startLogits, before);
  assert.not.equal(found.trajectory.at(-1)!.objective, found.trajectory[0].objective);
  const from = (logits: Float64Array) => () => dlg(network, gradient, { startLogits: logits });
  assert.throws(from(new Float64Array(9)), /^startLogits: expected 10 numbers, got 9$/);
  assert.throws(from(before.with(4, NaN)), /^startLogits: .*got NaN at entry 4$/);
});

test('the label is descended: a start that believes in another class ends at the right one', () => {
  forAll('wrong start', 3, (random) => {
    const { network, label, gradient } = randomVictim(random);
    const startLogits = new Float64Array(10);
    startLogits[(label + 1) % 10] = 2;
    assert.is(dlg(network, gradient, { startLogits }).label, label);
  });
});

test.run();
