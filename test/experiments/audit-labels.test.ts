/**
 * @file `idlg audit`: the labels, the number of images and the description, where a client does other things than the
 * papers': clipping, class weights, label smoothing, several steps, another activation or architecture.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { lastLayer as lastLayerOf } from '../../src/attack/extract-label.ts';
import { digits } from '../../src/data/synthetic.ts';
import { lenet } from '../../src/kernels/lenet.ts';
import type { ActivationName } from '../../src/nn/activation.ts';
import { stack, type Network } from '../../src/nn/network.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import { Random } from '../../src/tensor/random.ts';
import { rowsOf, view } from '../../src/tensor/tensor.ts';
import { axpy, norm2, scale } from '../../src/tensor/vector.ts';
import { inFolder } from '../data/files.ts';
import { client, json, run, save, type Report } from './audits.ts';

const LABELS_ONLY = ['--method', 'none'];

const drawn = (activation: ActivationName = 'sigmoid', seed = 4): Network =>
  lenet({ channels: 1, height: 28, width: 28, classes: 10, activation, seed });
const images = (...indices: number[]) => indices.map((index) => digits().example(index).image);

/** The options that name the files of this network and gradient, as float32. */
const filesOf = (dir: string, { theta }: Network, gradient: ParameterVector): string[] =>
  ['--weights', save(dir, 'w.safetensors', theta.tensors, 'F32'),
    '--gradients', save(dir, 'g.safetensors', gradient.tensors, 'F32')];

test('a gradient of 0, as of targets that are all ignored, has no label', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir);
  const files = ['--weights', weights, '--gradients', save(dir, 'zero.safetensors', gradient.like().tensors)];
  const { lastLayer: { labels, certain }, certainLabels } = json(...files);
  assert.equal([labels, certain, certainLabels], [[], false, []]);
  const text = run(files);
  assert.match(text, /\nWhat the last layer alone gives away: no label\n/);
  assert.not.match(text, /← label/);
  assert.equal(json(...files, '--batch', '3').lastLayer.labels, []);
}));

test('label smoothing: told with its size, the label is certain, and no sign is turned, with noise or without',
  inFolder((dir) => {
    const network = drawn(), soft = view(new Float64Array(10).fill(0.01).fill(0.91, 3, 4), [1, 10]);
    const gradient = network.theta.like(), random = new Random(2);
    network.forward(stack('image', images(0), network.imageShape), soft);
    network.backward(gradient);
    const { notes, certainLabels, lastLayer } = json(...filesOf(dir, network, gradient), ...LABELS_ONLY);
    assert.match(notes.join(), /that of one image whose label is smoothed by 0\.1: an attack with a hard label/);
    assert.not.match(notes.join(), /reversed|−1|other weights/);
    assert.equal([certainLabels, lastLayer.labelRule], [[3], 'bias']);
    assert.match(lastLayer.why, /is that of class 3 with a smoothed label, and of no other class/);
    gradient.data.forEach((value, i) => { gradient.data[i] = value + 2e-3 * random.normal(); });
    const noisy = json(...filesOf(dir, network, gradient), ...LABELS_ONLY);
    assert.not.match(noisy.notes.join(), /reversed|−1|images/);
    assert.equal([noisy.batch, noisy.lastLayer.labels], [1, [3]]);
  }));

test('an epoch in small batches, not said: no class is named that no image has', inFolder((dir) => {
  const truth = [0, 4, 4, 5, 6, 6, 7, 9];
  const { batch, notes, lastLayer: { labels, rank, negative }, certainLabels } =
    json(...trained(dir, truth, 4, { size: 2 }), ...LABELS_ONLY);
  assert.ok(rank > negative.length, 'the rank is that of the steps');
  assert.equal([batch, certainLabels], [labels.length, labels]);
  assert.ok(new Set(labels).size === labels.length && labels.every((label) => truth.includes(label)), `${labels}`);
  assert.match(notes.join(), /the client took more steps \(--steps\)/);
}));

test('a reversed sign under noise is turned', inFolder((dir) => {
  const { network, gradient } = client(dir, { classes: 3, labels: [1] }), random = new Random(2);
  gradient.data.forEach((value, i) => { gradient.data[i] = -value + 1e-3 * random.normal(); });
  const { notes, lastLayer } = json(...filesOf(dir, network, gradient), ...LABELS_ONLY);
  assert.match(notes.join(), /multiplied by −1/);
  assert.equal(lastLayer.labels, [1]);
}));

/** The weights after so many steps of SGD, and their files; each step takes the next `size` of these images. */
function trained(
  dir: string, labels: readonly number[], steps: number, { rate = 0.01, size = labels.length } = {},
): string[] {
  const network = drawn(), { theta } = network, before = save(dir, 'before.safetensors', theta.tensors, 'F32');
  for (let step = 0; step < steps; step++) {
    const part = Array.from({ length: size }, (_, j) => (step * size + j) % labels.length);
    axpy(-rate, network.gradient(images(...part), part.map((i) => labels[i])).data, theta.data);
  }
  return ['--before', before, '--after', save(dir, 'after.safetensors', theta.tensors, 'F32'),
    '--learning-rate', String(rate)];
}

test('several steps on one image: the rank is that of the steps, said or not', inFolder((dir) => {
  const files = trained(dir, [5], 5);
  for (const more of [['--steps', '5'], []]) {
    const { batch, notes, lastLayer: { labels, rank }, certainLabels } = json(...files, ...more, ...LABELS_ONLY);
    assert.ok(rank > 1, 'the case that is meant');
    assert.equal([batch, labels], [1, [5]], more.join(' '));
    assert.not.match(notes.join(), /at least \d+ images|one image gives|there are more/);
    if (more.length > 0) assert.equal(certainLabels, [5]);
    else assert.match(notes.join(), /bias gradient is \d.*, but one step .*: the client took more steps \(--steps\)/);
  }
  const three = json(...trained(dir, [5, 1, 8], 4), '--steps', '4', ...LABELS_ONLY);
  assert.is(three.batch, three.lastLayer.negative.length);
  assert.ok(three.lastLayer.labels.every((label) => [1, 5, 8].includes(label)), `${three.lastLayer.labels}`);
}));

test('the wrong activation: the last layer\'s input names the right one', inFolder((dir) => {
  for (const [real, read, looks] of [
    ['relu', 'sigmoid', /which sigmoid (cannot give|hardly ever gives): it looks like a relu's/],
    ['sigmoid', 'tanh', /which tanh (cannot give|hardly ever gives): it looks like a sigmoid's/],
    ['sigmoid', 'relu', /which relu (cannot give|hardly ever gives): it looks like a sigmoid's/],
    ['tanh', 'sigmoid', /which sigmoid (cannot give|hardly ever gives): it looks like a tanh's/],
  ] as const) {
    const network = drawn(real);
    if (real !== 'sigmoid') scale(0.3, network.theta.data);
    const files = filesOf(dir, network, network.gradient(images(0)[0], 3));
    const { verdict, notes } = json(...files, '--activation', read, '--method', 'idlg', '--iterations', '1');
    assert.is(verdict, 'inconsistent', `${real} read as ${read}`);
    assert.match(notes.join('\n'), looks);
    assert.not.match(json(...files, '--activation', real, ...LABELS_ONLY).notes.join(), /looks like/);
    const batch = filesOf(dir, network, network.gradient(images(1, 2, 3), [4, 5, 6]));
    const mean = json(...batch, '--activation', read, ...LABELS_ONLY).notes.join('\n');
    if (read !== 'relu') assert.match(mean, new RegExp(`inputs of .* not those of ${read}: they look like`));
    assert.not.match(json(...batch, '--activation', real, ...LABELS_ONLY).notes.join(), /look like/);
  }
}));

test('another architecture below the last layer is said to be one', inFolder((dir) => {
  const network = drawn(), other = drawn(), H = 588, weight = other.theta.tensors.get('fc.0.weight')!;
  // Flattened as [height, width, channels]: the columns of the last layer's weight in another order.
  const order = Array.from({ length: H }, (_, h) => 12 * (h % 49) + Math.floor(h / 49));
  const columns = rowsOf({ ...weight, data: weight.data.slice() });
  rowsOf(weight).forEach((row, i) => order.forEach((from, h) => { row[h] = columns[i][from]; }));
  const gradient = other.gradient(images(0)[0], 3), shared = gradient.tensors.get('fc.0.weight')!;
  const mixed = rowsOf({ ...shared, data: shared.data.slice() });
  rowsOf(shared).forEach((row, i) => order.forEach((from, h) => { row[from] = mixed[i][h]; }));
  const text = run([...filesOf(dir, network, gradient), '--iterations', '1']).replace(/\n +(?=\S)/g, ' ');
  assert.match(text, /something about the description is wrong\. .*another architecture or mode, such as dilation/);
  assert.match(text, /The label 3 is certain/);
}));

test('under noise the analytic attack takes the likeliest label too', inFolder((dir) => {
  const { network, gradient } = client(dir, { seed: 6 }), random = new Random(6);
  const noisy = gradient.like(gradient.data.map((value) => value + 0.6 * random.normal()));
  const bias = noisy.tensors.get('fc.0.bias')!.data;
  assert.is.not(bias.indexOf(Math.min(...bias)), 3, 'Eq. (4) alone finds the label');
  const { lastLayer: { labels, labelRule }, runs } = json(...filesOf(dir, network, noisy), '--method', 'analytic');
  assert.equal([labels, labelRule, runs[0].label], [[3], 'likelihood', 3]);
}));

test('a clipped batch: the classes with a negative ∂b come first, and are certain', inFolder((dir) => {
  const network = drawn(), gradient = network.gradient(images(0, 1, 2), [2, 4, 7]);
  const size = norm2(gradient.data);
  scale(0.2 / size, gradient.data);
  const { batch, lastLayer, certainLabels }: Report = json(...filesOf(dir, network, gradient), ...LABELS_ONLY);
  assert.equal([batch, lastLayer.labels, certainLabels], [3, [2, 4, 7], [2, 4, 7]]);
}));

test('class weights in the loss: a class with ∂b below zero is certain', inFolder((dir) => {
  const network = drawn(), weights = [3, 5, 2], labels = [7, 2, 3], gradient = network.theta.like();
  labels.forEach((label, s) =>
    axpy(weights[s] / 10, network.gradient(images(s)[0], label).data, gradient.data));
  const { certainLabels, lastLayer } = json(...filesOf(dir, network, gradient), ...LABELS_ONLY);
  const { bias } = lastLayerOf(gradient), below = [2, 3, 7].filter((c) => bias!.data[c] < 0);
  assert.equal([[...lastLayer.labels].sort(), [...certainLabels].sort()], [[2, 3, 7], below]);
  assert.ok(below.length >= 2, `${below}`);
}));

test('other weights than the gradient\'s are hinted at for a batch too', inFolder((dir) => {
  const network = drawn(), gradient = network.gradient(images(0, 1, 2), [2, 4, 7]);
  const files = filesOf(dir, network, gradient);
  assert.not.match(json(...files, ...LABELS_ONLY).notes.join(), /other weights/);
  network.theta.data.forEach((value, i) => { network.theta.data[i] = value * (1 + 0.05 * Math.sin(i)); });
  const { notes } = json(...filesOf(dir, network, gradient), ...LABELS_ONLY);
  assert.match(notes.join(), /no 3 inputs .* perhaps other weights/);
}));

test('an image that occurs twice adds no rank, but the number of images is found', inFolder((dir) => {
  const network = drawn(), gradient = network.gradient(images(0, 0, 1, 2), [5, 5, 1, 8]);
  const { batch, notes, lastLayer } = json(...filesOf(dir, network, gradient), ...LABELS_ONLY);
  assert.equal([batch, [...lastLayer.labels].sort()], [4, [1, 5, 5, 8]]);
  assert.match(notes.join(), /rank 3: it comes from at least 3 images.* 4 .*assumed; --batch sets another number/);
}));

test.run();
