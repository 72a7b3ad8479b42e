/** @file iDLG on a batch: labels by a batch rule, then the images, up to their order. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { lastLayer } from '../../../src/attack/extract-label.ts';
import { idlg } from '../../../src/attack/idlg.ts';
import { mse } from '../../../src/attack/metrics.ts';
import type { AttackPoint } from '../../../src/attack/reconstruct.ts';
import { cheapestAssignment } from '../../../src/beyond/batch/assignment.ts';
import { extractBatchLabels } from '../../../src/beyond/batch/batch-labels.ts';
import { idlgBatch } from '../../../src/beyond/batch/idlg-batch.ts';
import { lenet } from '../../../src/kernels/lenet.ts';
import type { Network } from '../../../src/nn/network.ts';
import type { ParameterVector } from '../../../src/nn/parameters.ts';
import { Random } from '../../../src/tensor/random.ts';
import { unstack, type Tensor } from '../../../src/tensor/tensor.ts';
import { randomImage } from '../../attack/networks.ts';
import { checkRangeError } from '../../check/errors.ts';
import { forAll } from '../../check/property.ts';

const SIZE = { channels: 1, height: 8, width: 8, classes: 6 };

interface Clients {
  readonly network: Network;
  readonly images: readonly Tensor[];
  readonly labels: readonly number[];
  readonly gradient: ParameterVector;
}

function randomBatch(random: Random, labels: readonly number[], bias = true): Clients {
  const network = lenet({ ...SIZE, bias, seed: random.below(1000) });
  const images = labels.map(() => randomImage(random, network.imageShape));
  return { network, images, labels, gradient: network.gradient(images, labels) };
}

test('the images of a batch with their labels, whatever the order of the batch', () => {
  forAll('batches', 3, (random, i) => {
    const { network, images, labels, gradient } = randomBatch(random, [[4, 1], [2, 5], [0, 3]][i]);
    const found = idlgBatch(network, gradient, 2, { iterations: 60, tolerance: 1e-12, seed: i });
    assert.equal(found.labels, labels.toSorted((a, b) => a - b));
    assert.equal([found.labelRule, found.images.shape, found.label], ['ilrg', [2, 1, 8, 8], found.labels[0]]);
    const reconstructed = unstack(found.images);
    const cost = images.flatMap((image) => reconstructed.map((other) => mse(other, image)));
    cheapestAssignment(2, Float64Array.from(cost)).forEach((j, k) => {
      assert.ok(cost[2 * k + j] < 1e-4, `MSE ${cost[2 * k + j]} of image ${k}`);
      assert.is(found.labels[j], labels[k], 'each image has its own label');
    });
  });
});

test('it is idlg with the labels that the rule finds; the caller sees every point and can stop', () => {
  forAll('batches', 2, (random, i) => {
    const { network, gradient } = randomBatch(random, [4, 1, 1], i === 0), points: AttackPoint[] = [];
    const rule = i === 0 ? 'ilrg' : 'llg', options = { iterations: 2, seed: 3 };
    const { labels } = extractBatchLabels(lastLayer(gradient), lastLayer(network.theta), 3, rule);
    const expected = idlg(network, gradient, { ...options, labels });
    const onIteration = (point: AttackPoint): void => { points.push({ ...point }); };
    const found = idlgBatch(network, gradient, 3, { ...options, onIteration });
    assert.equal(found, { ...expected, labelRule: rule });
    assert.equal(points.map(({ objective }) => objective), expected.trajectory.map(({ objective }) => objective));
    assert.is(idlgBatch(network, gradient, 3, { ...options, onIteration: () => false }).stop, 'callback');
    assert.is(idlgBatch(network, gradient, 3, { ...options, labelRule: 'llg' }).labelRule, 'llg');
  });
});

test('a batch of no size, and a rule that does not apply, are refused', () => {
  const { network, gradient } = randomBatch(new Random(1), [1, 2], false);
  checkRangeError(() => idlgBatch(network, gradient, 0), /^batch: expected a positive integer, got 0$/);
  const refusal = /^batch rule ilrg: expected a last layer with a bias/;
  checkRangeError(() => idlgBatch(network, gradient, 2, { labelRule: 'ilrg' }), refusal);
});

test.run();
