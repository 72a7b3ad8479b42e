/**
 * @file iDLG: image and label of every small client, by every rule and from any start. What it shares with DLG is in
 * reconstruct.test.ts.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { LABEL_RULES, lastLayer, type LabelRule } from '../../src/attack/extract-label.ts';
import { idlg } from '../../src/attack/idlg.ts';
import { mse } from '../../src/attack/metrics.ts';
import { digits } from '../../src/data/synthetic.ts';
import { accelerate } from '../../src/kernels/accelerate.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { stack } from '../../src/nn/network.ts';
import { Random } from '../../src/tensor/random.ts';
import { unstack } from '../../src/tensor/tensor.ts';
import { forAll, oneOf } from '../check/property.ts';
import { randomImage, randomVictim } from './networks.ts';

/** Throws unless the image came back. */
function expectRecovered(error: number, stop: string): void {
  assert.ok(error < 1e-4, `MSE: got ${error}, expected less than 1e-4; stop: ${stop}`);
}

test('the image to an MSE below 1e-4 and the label', () => {
  forAll('recovery', 6, (random, i) => {
    const { network, image, label, gradient } = randomVictim(random);
    const found = idlg(network, gradient, { seed: i });
    assert.equal([found.label, found.labelRule], [label, 'bias']);
    expectRecovered(mse(found.image, image), found.stop);
  });
});

test('the label does not wait for the image: tanh and relu, where the descent rarely ends at the truth', () => {
  forAll('label', 12, (random, i) => {
    const { network, label, gradient } = randomVictim(random, { activation: oneOf(random, ['tanh', 'relu'] as const) });
    assert.is(idlg(network, gradient, { seed: i, iterations: 1 }).label, label);
  });
});

test('a drawn digit of 28×28, by the fast kernels', () => {
  const { image, label } = digits().example(7);
  const network = accelerate(lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 1 }));
  const found = idlg(network, network.gradient(image, label));
  assert.is(found.label, label);
  assert.is(found.stop, 'objective');
  expectRecovered(mse(found.image, image), found.stop);
});

test('without a bias the label comes from Eq. (4), and the image all the same', () => {
  forAll('no bias', 3, (random) => {
    const { network, image, label, gradient } = randomVictim(random, { bias: false });
    const found = idlg(network, gradient);
    assert.equal([found.label, found.labelRule], [label, 'inner-product']);
    expectRecovered(mse(found.image, image), found.stop);
  });
});

test('every rule can be asked for', () => {
  const { network, label, gradient } = randomVictim(new Random(3));
  for (const labelRule of LABEL_RULES) {
    const found = idlg(network, gradient, { labelRule, iterations: 0 });
    assert.equal([found.label, found.labelRule], [label, labelRule]);
  }
  const guess = { labelRule: 'guess' as LabelRule };
  assert.throws(() => idlg(network, gradient, guess), /^label rule: expected bias, .*got guess$/);
  const bare = randomVictim(new Random(4), { bias: false });
  assert.throws(() => idlg(bare.network, bare.gradient, { labelRule: 'bias' }), /^label rule bias: .*got one without$/);
});

test('from the truth there is nothing to do', () => {
  const { network, image, gradient } = randomVictim(new Random(5));
  const found = idlg(network, gradient, { start: image, truth: image });
  assert.equal([found.stop, found.iterations, found.objective], ['objective', 0, 0]);
  assert.equal(found.trajectory, [{ iteration: 0, objective: 0, mse: 0 }]);
});

test('negativeRows: one for an image, a row for every class of a batch, unknown without a bias', () => {
  forAll('negative rows', 8, (random) => {
    const { network, gradient } = randomVictim(random), { imageShape } = network, once = { iterations: 0 };
    assert.is(idlg(network, gradient, once).negativeRows, 1);
    const images = [0, 1, 2].map(() => randomImage(random, imageShape)), labels = [0, 1, 1];
    network.theta.data.fill(0); // so that every p is 1/classes: below the share of the batch that has label 0 or 1
    assert.is(idlg(network, network.gradient(images, labels), once).negativeRows, 2);
    const bare = randomVictim(random, { bias: false });
    assert.is(idlg(bare.network, bare.gradient, once).negativeRows, undefined);
  });
  const { network, image, label, gradient } = randomVictim(new Random(1)), { bias } = lastLayer(gradient);
  const other = [...bias!.data.keys()].find((c) => c !== label)!;
  bias!.data[other] = 0; // a probability that underflowed
  assert.is(idlg(network, gradient, { iterations: 0, truth: image }).negativeRows, 1);
});

test('labels can be given: of one image, or of a batch, whose images come back in their order', () => {
  forAll('given', 3, (random) => {
    const { network } = randomVictim(random, { channels: 1, height: 8, width: 8 }), { imageShape } = network;
    const images = [0, 1].map(() => randomImage(random, imageShape)), labels = [3, 8];
    const truth = stack('image', images, imageShape), gradient = network.gradient(images, labels);
    const found = idlg(network, gradient, { labels, truth });
    assert.equal([found.label, found.labels, found.labelRule], [3, labels, 'given']);
    assert.equal([found.images.shape, found.image.shape], [[2, ...imageShape], imageShape]);
    expectRecovered(mse(found.images, truth), found.stop);
    assert.is(found.trajectory.at(-1)!.mse, mse(found.images, truth));
    assert.equal(found.image, unstack(found.images)[0]);
  });
  const { network, gradient, label } = randomVictim(new Random(3)), wrong = (label + 1) % 10;
  assert.is(idlg(network, gradient, { labels: [wrong], iterations: 0 }).label, wrong);
  assert.throws(() => idlg(network, gradient, { labels: [10] }), /^label: expected 0 to 9, got 10$/);
  assert.throws(() => idlg(network, gradient, { labels: [] }), /^batch: expected a positive integer, got 0$/);
});

test('a batch’s start is one tensor, or drawn', () => {
  const random = new Random(9), { network } = randomVictim(random, { channels: 1, height: 8, width: 8 });
  const images = [0, 1].map(() => randomImage(random, network.imageShape)), gradient = network.gradient(images, [1, 2]);
  const start = stack('image', images, network.imageShape), options = { labels: [1, 2], iterations: 0 };
  assert.is(idlg(network, gradient, { ...options, start }).objective, 0);
  assert.throws(() => idlg(network, gradient, { ...options, start: images[0] }),
    /^start: expected shape \[2,1,8,8\], got \[1,8,8\]/);
  const single = network.gradient(images[0], 1), first = stack('image', images.slice(0, 1), network.imageShape);
  assert.is(idlg(network, single, { iterations: 0, start: first }).objective, 0, 'a batch of one image');
  const drawn = idlg(network, gradient, options).images.data;
  assert.not.equal(drawn.subarray(0, 64), drawn.subarray(64));
});

test("the papers' protocol, without a line search: the label always, the image nearly always", () => {
  let recovered = 0;
  forAll('protocol', 6, (random, i) => {
    const { network, image, label, gradient } = randomVictim(random);
    const found = idlg(network, gradient, { lineSearch: 'none', tolerance: 1e-6, iterations: 60, seed: i });
    assert.is(found.label, label);
    if (mse(found.image, image) < 1e-4) recovered++;
  });
  assert.ok(recovered >= 4, `got ${recovered} of 6, expected 4 or more`); // measured: 6, and 40 of 40
});

test.run();
