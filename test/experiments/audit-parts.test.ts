/**
 * @file `idlg audit` where only a part of the gradient was shared, where several steps or a known scale lie between it
 * and what was shared, and where files change places.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { readAuditInput, INPUT_OPTIONS } from '../../src/experiments/audit-input.ts';
import type { Solution } from '../../src/experiments/attacks.ts';
import { Options } from '../../src/experiments/options.ts';
import { lenet } from '../../src/kernels/lenet.ts';
import { buildStack } from '../../src/layers/stack.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import { Random } from '../../src/tensor/random.ts';
import { axpy } from '../../src/tensor/vector.ts';
import { inFolder, rejects, write } from '../data/files.ts';
import { client, json, QUICK, run, save, type Files, type Report } from './audits.ts';

/** Only the tensors whose names match. */
const only = ({ tensors }: ParameterVector, pattern: RegExp): Files =>
  new Map([...tensors].filter(([name]) => pattern.test(name)));
/** All tensors, of which those whose names do not match are zeros. */
const zeroedBut = (gradient: ParameterVector, pattern: RegExp): Files =>
  new Map([...gradient.tensors].map(([name, { shape, data }]) =>
    [name, { shape, data: pattern.test(name) ? data : new Float64Array(data.length) }]));

test('the last layer alone, missing or zeros elsewhere: its label is certain, no image is tried', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir);
  for (const part of [only, zeroedBut]) {
    for (const [pattern, equations] of [[/^fc/, 597], [/^fc.*bias/, 9], [/^fc.*weight/, 596]] as const) {
      const shared = save(dir, 'part.safetensors', part(gradient, pattern));
      const args = ['--weights', weights, '--gradients', shared];
      const { certainLabels, lastLayer, verdict, runs, notes } = json(...args);
      assert.equal([certainLabels, lastLayer.certain, verdict, runs], [[3], true, 'undetermined', []], `${pattern}`);
      const text = notes.join('\n');
      assert.match(text, /tensors were not shared, because they are missing or entirely zero: body\.0\.weight, body/);
      assert.match(text, new RegExp(`at most ${equations} equations for 784 pixels: .* only the last layer was`));
      assert.not.match(text, /guess|noise|rank|reversed|other weights/);
      assert.equal(json(...args, '--labels-only').certainLabels, [3]);
    }
  }
}));

test('the bias alone: a batch\'s labels by their bound; of two classes neither is certain', inFolder((dir) => {
  const labels = (options: Parameters<typeof client>[1], ...more: string[]): readonly number[] => {
    const { gradient, files: [, weights] } = client(dir, options);
    const part = save(dir, 'bias.safetensors', only(gradient, /^fc.*bias/));
    return json('--weights', weights, '--gradients', part, '--method', 'none', ...more).certainLabels;
  };
  const batch = { labels: [3, 5, 5] };
  assert.equal([labels(batch, '--batch', '3'), labels({ labels: [3, 5] })], [[3, 5, 5], [3, 5]]);
  assert.equal(labels({ classes: 2, labels: [1] }), []);
}));

test('without the last layer no label, and without anything no label either', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir);
  const files = ['--weights', weights, '--gradients', save(dir, 'first.safetensors', only(gradient, /^body\.0/))];
  const { lastLayer, certainLabels, verdict } = json(...files, '--method', 'none');
  assert.equal([lastLayer.labels, lastLayer.labelRule, certainLabels, verdict], [[], 'none', [], null]);
  const text = run([...files, '--method', 'none']);
  assert.match(text, /\nWhat the last layer alone gives away: no label\n {2}its gradient is 0 or was not shared/);
  assert.not.match(text, /undefined|guess|│/);
  const { runs, verdict: found } = json(...files, '--iterations', '1');
  assert.equal([runs.map(({ method }) => method), found], [['dlg'], 'undetermined'], 'DLG alone needs no label');
  for (const method of ['idlg', 'analytic']) {
    rejects(() => run([...files, '--method', method]), `--method ${method}`, /a last layer whose gradient is not 0/);
  }
  const zero = ['--weights', weights, '--gradients', save(dir, 'zero.safetensors', gradient.like().tensors)];
  const empty = json(...zero);
  assert.equal([empty.lastLayer.labels, empty.runs, empty.verdict], [[], [], null]);
  assert.match(empty.notes.join('\n'), /^the gradient is 0: there is nothing to match$/m);
  assert.not.match(empty.notes.join('\n'), /not shared|guess/);
}));

test('a bias or a weight that was not shared: found by what remains, or undetermined', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir);
  const audit = (pattern: RegExp, ...more: string[]): Report =>
    json('--weights', weights, '--gradients', save(dir, 'part.safetensors', zeroedBut(gradient, pattern)), ...more);
  const unbiased = audit(/weight/);
  assert.equal([unbiased.verdict, unbiased.certainLabels, unbiased.runs[0].method], ['client', [3], 'analytic']);
  assert.match(unbiased.notes.join('\n'), /^4 of 8 tensors were not shared, .*: body\.0\.bias, .*, fc\.0\.bias;/m);
  const first = audit(/^(?!body\.0)/);
  assert.is(first.verdict, 'client', 'W P = z − b determines the image of the first layer');
  const descended = audit(/^(?!fc\.0\.bias)/, '--method', 'idlg');
  assert.equal([descended.verdict, descended.runs[0].label], ['client', 3], 'its zeros are not read as a gradient');
  const middle = audit(/^(?!body\.2)/, '--method', 'analytic');
  assert.equal([middle.verdict, middle.certainLabels], ['undetermined', [3]]);
}));

test('χ² under noise: L_G over the numbers that were shared, in units of σ²', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir), random = new Random(3), sigma = 3;
  const noisy = gradient.like(gradient.data.map((value) => value + sigma * random.normal())); // the rest is little
  const shared = save(dir, 'n.safetensors', zeroedBut(noisy, /^(fc|body\.4)/));
  const { chiSquare, runs: [{ objective }] } = json('--weights', weights, '--gradients', shared, ...QUICK);
  assert.ok(Math.abs(chiSquare! - 1) < 0.1, `χ² ${chiSquare}`);
  assert.ok(Math.abs(objective - 1) < 0.1, `L_G / ‖∇W‖² ${objective}`);
}));

test('the analytic attack ends where nothing but the last layer was shared', inFolder((dir) => {
  const { network, images } = small(), weights = save(dir, 'w.safetensors', network.theta.tensors);
  const part = save(dir, 'z.safetensors', zeroedBut(network.gradient(images, [3]), /^fc/));
  const { verdict, runs: [{ solution, label }] } = json('--weights', weights, '--gradients', part,
    '--method', 'analytic') as Report & { readonly runs: readonly { readonly solution: Solution }[] };
  assert.equal([verdict, label], ['undetermined', 3]);
  assert.is(solution.error, 1);
}));

test('a dead layer of ReLUs: its zeros are no evidence for any image', inFolder((dir) => {
  write(dir, 'network.json', JSON.stringify({ layers: [
    { type: 'linear', name: 'first', activation: 'relu' }, { type: 'linear', name: 'last' }] }));
  const network = buildStack([
    { type: 'linear', name: 'first', out: 80, activation: 'relu' }, { type: 'linear', name: 'last', out: 10 },
  ], [1, 8, 8]);
  new Random(1).fillUniform(network.theta.data, -0.5, 0.5);
  network.theta.tensors.get('first.bias')!.data.fill(-100);
  const image = { shape: [1, 8, 8], data: new Random(2).fillUniform(new Float64Array(64), 0, 1) };
  const { verdict, certainLabels } = json('--weights', save(dir, 'w.safetensors', network.theta.tensors),
    '--gradients', save(dir, 'g.safetensors', network.gradient(image, 4).tensors), '--iterations', '2');
  assert.equal([verdict, certainLabels], ['undetermined', [4]]);
}));

/** A LeNet for images of 12×12 pixels, and one of noise. */
function small(): Pick<ReturnType<typeof client>, 'network' | 'images'> {
  const network = lenet({ channels: 1, height: 12, width: 12, classes: 10, seed: 5 });
  return { network, images: [{ shape: [1, 12, 12], data: new Random(6).fillUniform(new Float64Array(144), 0, 1) }] };
}

/** The weights after n steps of SGD on these images, and the options that name them. */
function update(
  dir: string, { network, images }: Pick<ReturnType<typeof client>, 'network' | 'images'>,
  labels: readonly number[], { rate, steps, momentum = 0 }: { rate: number; steps: number; momentum?: number },
): string[] {
  const { theta } = network, before = save(dir, 'before.safetensors', theta.tensors), start = theta.data.slice();
  const v = new Float64Array(start.length);
  for (let k = 0; k < steps; k++) {
    const { data } = network.gradient(images, labels);
    v.forEach((value, i) => { v[i] = momentum * value + data[i]; });
    axpy(-rate, v, theta.data);
  }
  const after = save(dir, 'after.safetensors', theta.tensors);
  theta.data.set(start);
  return ['--before', before, '--after', after, '--learning-rate', String(rate),
    ...(steps > 1 ? ['--steps', String(steps)] : []), ...(momentum > 0 ? ['--momentum', String(momentum)] : [])];
}

test('momentum: the change is divided by the gradients that it holds, and that is said', inFolder((dir) => {
  const { network, gradient } = client(dir), { theta } = network, after = theta.like(theta.data.slice());
  axpy(-0.01 * (1 + 1.5 + 1.75), gradient.data, after.data); // a gradient that does not change
  const args = ['--before', save(dir, 'b.safetensors', theta.tensors),
    '--after', save(dir, 'a.safetensors', after.tensors), '--learning-rate', '0.01', '--steps', '3', '--momentum', '0.5'];
  const read = readAuditInput(new Options(INPUT_OPTIONS, args));
  assert.ok(read.gradient.data.every((value, i) => Math.abs(value - gradient.data[i]) < 1e-11));
  assert.match(json(...args, '--method', 'none').notes[0],
    /^assumed: 3 steps of SGD with momentum 0\.5, whose buffer starts at zero, each on all of the images; /);
  const [one] = json(...args.slice(0, 6), '--momentum', '0.9', '--method', 'none').notes;
  assert.is(one, 'assumed: one step of SGD with momentum 0.9, whose buffer starts at zero');
  rejects(() => run([...args.slice(0, 6), '--momentum', '1']), '--momentum', /expected a number below 1, got "1"/);
  rejects(() => run([...client(dir).files, '--momentum', '0.5']), '--weights', /got both/);
}));

test('several steps are simulated, and the image is the client\'s by what they give', inFolder((dir) => {
  const args = [...update(dir, small(), [3], { rate: 0.002, steps: 3, momentum: 0.5 }), '--iterations', '30'];
  const { verdict, explained, certainLabels, runs: [{ method, rounds }], notes } = json(...args) as Report & {
    readonly runs: readonly { readonly rounds: number }[];
  };
  assert.equal([verdict, certainLabels, method], ['client', [3], 'idlg']);
  assert.ok(explained! > 1 - 1e-9 && rounds > 1, `${explained} after ${rounds}`);
  assert.not.match(notes.join('\n'), /rank|reversed|times that of|other weights/);
  const text = run([...args.slice(0, -2), '--iterations', '0']);
  assert.match(text.replace(/\n +/g, ' '), /the client's 3 steps were simulated from \d+ reconstructions/);
  const scaled = json(...args.map((arg) => (arg === '0.002' ? '0.001' : arg)), '--scale', '2');
  assert.is(scaled.verdict, 'client', 'a loss of twice the size at half the rate takes the same steps');
  const wrong = json(...args.map((arg) => (arg === '0.5' ? '0.9' : arg)));
  assert.not.equal(wrong.verdict, 'client', 'of another momentum no image explains the change');
}));

test('what one file of a change does not have was not shared', inFolder((dir) => {
  const one = client(dir), args = update(dir, one, [3], { rate: 0.1, steps: 1 });
  const after = one.network.theta.like(one.network.theta.data.slice());
  axpy(-0.1, one.gradient.data, after.data);
  save(dir, 'after.safetensors', only(after, /^fc/));
  const { certainLabels, verdict, notes } = json(...args);
  assert.equal([certainLabels, verdict], [[3], 'undetermined']);
  assert.match(notes.join('\n'), /6 of 8 tensors were not shared/);
}));

test('--scale: what is known of the scale is undone, of a batch too', inFolder((dir) => {
  const batch = client(dir, { labels: [3, 5] }), [, weights] = batch.files;
  const scaled = batch.gradient.like(batch.gradient.data.map((value) => 0.02 * value));
  const files = ['--weights', weights, '--gradients', save(dir, 's.safetensors', scaled.tensors)];
  const certain = json(...batch.files, '--method', 'none').certainLabels;
  const { certainLabels, lastLayer } = json(...files, '--scale', '0.02', '--method', 'none');
  assert.equal([certainLabels, lastLayer.labels], [certain, [3, 5]]);
  const [found] = json(...files, '--scale', '0.02', ...QUICK).runs, [expected] = json(...batch.files, ...QUICK).runs;
  assert.ok(Math.abs(found.objective / expected.objective - 1) < 1e-9);
  rejects(() => run([...files, '--scale', '0']), '--scale', /expected a number above 0/);
}));

test('weights and gradients that changed places are refused; trained weights are not', inFolder((dir) => {
  for (const options of [{}, { labels: [3, 5] }, { bias: false }]) {
    const { files: [, weights, , gradients] } = client(dir, options);
    rejects(() => run(['--weights', gradients, '--gradients', weights]), 'g.safetensors',
      /the weights, got a last layer whose columns sum to 0, .*w\.safetensors do not: are the two files swapped\?/);
    assert.is(json('--weights', weights, '--gradients', gradients, '--method', 'none').runs.length, 0);
  }
  const { network, gradient } = client(dir), random = new Random(3), { weight } = lastOf(network.theta);
  for (let h = 0; h < 588; h++) { // columns that sum to 0, as those of a layer that was trained from zero
    const mean = Array.from({ length: 10 }, (_, c) => weight[c * 588 + h]).reduce((a, b) => a + b) / 10;
    for (let c = 0; c < 10; c++) weight[c * 588 + h] -= mean;
  }
  const noisy = gradient.like(gradient.data.map((value) => value + 0.3 * random.normal()));
  const { lastLayer } = json('--weights', save(dir, 't.safetensors', network.theta.tensors),
    '--gradients', save(dir, 'n.safetensors', noisy.tensors), '--method', 'none');
  assert.is(lastLayer.labelRule, 'likelihood');
}));

const lastOf = ({ tensors }: ParameterVector): { readonly weight: Float64Array } =>
  ({ weight: tensors.get('fc.0.weight')!.data });

test('a batch of several steps: the labels by their bound, the images by simulation', inFolder((dir) => {
  const two = client(dir, { labels: [3, 5] });
  const args = update(dir, two, [3, 5], { rate: 0.02, steps: 3 });
  const { batch, certainLabels, lastLayer } = json(...args, '--method', 'none');
  assert.equal([batch, certainLabels, lastLayer.labels], [2, [3, 5], [3, 5]]);
}));

test.run();
