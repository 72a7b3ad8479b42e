/**
 * @file `idlg audit`, in this process with a screen of the test's own, on gradients that PyTorch exported (pictures
 * drawn by code) and on networks of the tests' own. Whole descents are in audit.slow.test.ts, but for the first.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import type { Diagnosis } from '../../src/beyond/diagnosis/diagnosis.ts';
import { encodePng } from '../../src/data/png.ts';
import { toRaster } from '../../src/data/raster.ts';
import { digits } from '../../src/data/synthetic.ts';
import { readAuditInput, INPUT_OPTIONS } from '../../src/experiments/audit-input.ts';
import { AUDIT_HELP, auditCommand } from '../../src/experiments/audit.ts';
import { foreignScale } from '../../src/beyond/diagnosis/scale.ts';
import { brokenLaws, impossibleInput, oddities } from '../../src/experiments/last-layer-report.ts';
import { Options } from '../../src/experiments/options.ts';
import { buildStack } from '../../src/layers/stack.ts';
import type { ActivationName } from '../../src/nn/activation.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { Random } from '../../src/tensor/random.ts';
import { zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { prune } from '../../src/beyond/defence/defences.ts';
import { norm2, scale } from '../../src/tensor/vector.ts';
import { inFolder, rejects, write } from '../data/files.ts';
import { capture, client, inFloat16, json, QUICK, run, save, type Files, type Report } from './audits.ts';

test('a capture of PyTorch, whole: a certain label, an image below 1e-4, a run that says it fits', inFolder((dir) => {
  const text = run([...capture('drawn-grey-1'), '--size', '28,28', '--out', dir]);
  assert.match(text, /\n {2}analytic: this is the client's image; the image explains all of the gradient\.\n/);
  assert.match(text, /\n {2}analytic +0 +1 right  \d\.\d+e-\d+ /);
  assert.not.match(text, /iDLG/, 'the first that explains the gradient is enough');
  const report: Report = JSON.parse(readFileSync(join(dir, 'audit.json'), 'utf8'));
  const { batch, lastLayer, notes, truth, runs: [{ mse, ...record }], shape } = report;
  const { verdict, explained, certainLabels } = report;
  assert.equal([verdict, certainLabels, record.verdict], ['client', [1], 'client']);
  assert.ok(explained! > 0.999999 && explained! < 1);
  assert.equal([batch, lastLayer.labels, lastLayer.certain, notes, truth!.labels], [1, [1], true, [], [1]]);
  assert.equal([record.label, record.labelCorrect, shape], [1, true, [1, 28, 28]]);
  assert.ok(mse < 1e-4, `MSE ${mse}`);
  assert.ok(Math.abs(lastLayer.scale! - 1) < 1e-5 && lastLayer.bits === 24);
}));

test('captures in colour, of 100 classes, and of a batch: what the last layer says', () => {
  const { batch: one, lastLayer, shape, truth } = json(...capture('drawn-colour'), '--method', 'none');
  assert.equal([one, lastLayer.labels, lastLayer.certain, truth!.labels, shape], [1, [42], true, [42], [3, 32, 32]]);
  const { batch, notes, lastLayer: { labels, labelRule, certain } } =
    json(...capture('drawn-batch3'), '--method', 'none');
  assert.is(batch, 3);
  assert.match(notes.join('\n'), /rank 3: it comes from at least 3 images, and 3 are assumed;/);
  assert.equal([labels, labelRule, certain], [[0, 1, 7], 'ilrg', true]);
});

test('before and after one step of SGD: the gradient to 1e-9', inFolder((dir) => {
  const { network: { theta }, gradient } = client(dir);
  for (const rate of [0.1, 0.01]) {
    const after = theta.like(theta.data.map((value, i) => value - rate * gradient.data[i]));
    const args = ['--before', save(dir, 'b.safetensors', theta.tensors),
      '--after', save(dir, 'a.safetensors', after.tensors), '--learning-rate', String(rate)];
    const input = readAuditInput(new Options(INPUT_OPTIONS, args));
    const difference = norm2(input.gradient.data.map((value, i) => value - gradient.data[i])) / norm2(gradient.data);
    assert.ok(difference < 1e-9, `η ${rate}: ${difference}`);
    const { notes, lastLayer: { labels } } = json(...args, '--method', 'none');
    assert.equal(labels, [3]);
    assert.match(notes.join(), /assumed: one step of plain SGD, with no momentum/);
  }
}));

test('several steps: the mean change, and a warning that says so', inFolder((dir) => {
  const { network, gradient } = client(dir), { theta } = network;
  const threefold = theta.like(theta.data.map((value, i) => value - 0.03 * gradient.data[i]));
  const { gradient: mean } = readAuditInput(new Options(INPUT_OPTIONS, [
    '--before', save(dir, 'b3.safetensors', theta.tensors), '--after', save(dir, 'a3.safetensors', threefold.tensors),
    '--learning-rate', '0.01', '--steps', '3',
  ]));
  assert.ok(mean.data.every((value, i) => Math.abs(value - gradient.data[i]) < 1e-11));
  const later = network.gradient(digits().example(7).image, 3); // of another step: rank 2 with the first's
  const after = theta.like(theta.data.map((value, i) => value - 0.01 * (2 * gradient.data[i] + later.data[i])));
  const args = ['--before', save(dir, 'b.safetensors', theta.tensors),
    '--after', save(dir, 'a.safetensors', after.tensors),
    '--learning-rate', '0.01', '--steps', '3', '--method', 'none'];
  const { notes, lastLayer: { labels }, runs } = json(...args);
  assert.is(json(...args).batch, 1, 'the rank of several steps tells nothing');
  assert.match(notes[0], /^assumed: 3 steps of plain SGD, each on all of the images; .* by simulating the steps$/);
  assert.equal([labels, runs], [[3], []]);
}));

test('Flower: lists of arrays without names in .npz, as np.savez writes them', inFolder((dir) => {
  const python = 'import sys, json, numpy as np\n' +
    'np.savez(sys.argv[1], *[np.array(a, dtype=np.float64).reshape(s) for a, s in json.load(sys.stdin)])';
  const { network, gradient } = client(dir);
  let hasNumpy = true;
  const npz = (name: string, tensors: Files): string => {
    const path = join(dir, name), arrays = [...tensors.values()].map(({ data, shape }) => [[...data], shape]);
    try {
      execFileSync('python3', ['-c', python, path],
        { input: JSON.stringify(arrays), stdio: ['pipe', 'ignore', 'ignore'] });
    } catch {
      hasNumpy = false;
    }
    return path;
  };
  const args = ['--weights', npz('w.npz', network.theta.tensors), '--gradients', npz('g.npz', gradient.tensors)];
  if (!hasNumpy) return console.log('SKIPPED: no python3 with numpy here');
  assert.equal(json(...args, '--method', 'none').lastLayer.labels, [3]);
}));

test('scale, sign and reduction: what is off is told, and undone where that is sure', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir);
  const audit = (factor: number, ...more: string[]): Report => {
    const scaled = gradient.like(gradient.data.map((value) => factor * value));
    return json('--weights', weights, '--gradients', save(dir, 'scaled.safetensors', scaled.tensors), 
      ...QUICK, ...more);
  };
  const [one] = audit(1).runs;
  for (const [factor, note] of [
    [0.25, /is 0\.25 times that of the mean loss/], [-0.1, /-0\.1 times .*: it was reversed and scaled, and has been/],
  ] as const) {
    const { notes, lastLayer, runs: [{ objective }] } = audit(factor);
    assert.match(notes.join('\n'), note);
    assert.equal([lastLayer.labels, lastLayer.certain], [[3], true]);
    assert.ok(Math.abs(lastLayer.scale! - 1) < 1e-9);
    assert.ok(Math.abs(objective / one.objective - 1) < 1e-6, `${objective}, ${one.objective}`);
  }
  const batch = client(dir, { labels: [3, 5] }), [expected] = json(...batch.files, ...QUICK).runs;
  scale(2, batch.gradient.data);
  const sums = ['--weights', weights, '--gradients', save(dir, 'sum.safetensors', batch.gradient.tensors), ...QUICK];
  const [got] = json(...sums, '--loss-reduction', 'sum').runs, [unlike] = json(...sums).runs;
  assert.equal(got.labels, [3, 5]);
  assert.ok(Math.abs(got.objective / expected.objective - 1) < 1e-9, `${got.objective}, ${expected.objective}`);
  assert.ok(Math.abs(unlike.objective / expected.objective - 1) < 1e-3, 'the scale of a small batch is found');
  assert.match(json(...sums).notes.join(), /is 2 times that of a mean of losses, by Eq\. \(2\) and the weights/);
}));

test('a batch in which all classes but one are negative is no turned sign', inFolder((dir) => {
  const { files } = client(dir, { labels: Array.from({ length: 24 }, (_, i) => i % 10), seed: 3 });
  const { notes, lastLayer } = json(...files, '--batch', '24', '--method', 'none');
  assert.is(lastLayer.negative.length, 9, 'the case that is meant');
  assert.not.match(notes.join(), /reversed|−1|times/);
}));

test('the report, sentence by sentence: each on its own evidence, none without', () => {
  const healthy: Diagnosis = {
    negative: [3], positive: [0, 1, 2], largest: 0.9, rank: 1, noise: 1e-9, relativeNoise: 1e-8, bits: 24, zeros: 0,
    isSigns: false, isBiasAlone: false,
    scale: 1, mismatch: 1e-7, input: [0.1, 0.9],
  };
  const told = (change: Partial<Diagnosis>, batch = 1, classes = 4, steps = 1): string =>
    oddities({ ...healthy, ...change }, batch, classes, steps).join('\n');
  assert.is(told({}), '');
  assert.match(told({ rank: 0 }), /is zero, or hidden by noise/);
  assert.is(told({ rank: 0, noise: 0 }), '', 'a last layer that was not shared names no label');
  const turned: Partial<Diagnosis> = { negative: [0, 1, 2], positive: [3], scale: -1 };
  assert.match(told(turned), /the sign is reversed/);
  assert.not.match(told(turned, 5), /reversed/);
  assert.not.match(told({ ...turned, scale: 0.9, mismatch: 0.05 }), /reversed/, 'label smoothing');
  assert.not.match(told({ ...turned, mismatch: 0.6 }), /reversed/, 'other weights');
  assert.match(told({ negative: [1, 2], smoothing: 0.1 }), /^the bias's gradient .* smoothed by 0\.1: .* DLG can$/);
  assert.match(told({ negative: [1, 2], rank: 2 }), /^2 bias gradients .* this is a batch\n/);
  assert.match(told({ negative: [1, 2] }), /a soft label \(as from label smoothing\)/);
  assert.match(told({ largest: 1.8, rank: 2 }, 2), /a bias gradient is 1\.8, .*--loss-reduction sum/);
  assert.match(told({ negative: [0, 1, 2], rank: 2 }, 2), /3 bias gradients are below zero, but 2 images give at most 2/);
  assert.is(told({ largest: 0.99, rank: 2 }, 2), '');
  assert.is(told({ negative: [1, 2] }, 2), '');
  assert.match(told({ rank: 3 }, 2), /rank 3, but 2 images give at most 2: there are more/);
  assert.is(oddities({ ...healthy, rank: 3 }, 2, 4, 5).join(), '', 'the rank of five steps');
  assert.match(told({ rank: 64 }), /rank 64 or more/);
  assert.is(told({ rank: 3 }, 1, 4, 5), '', 'the rank of several steps');
  assert.match(told({ bits: 11 }), /11 significant bits: rounded to float16/);
  assert.match(told({ bits: 8 }), /to bfloat16/);
  assert.is(told({ bits: 12 }), '');
  assert.match(told({ levels: 127 }), /have only 127 sizes: quantised/);
  assert.match(told({ zeros: 0.3 }), /30 % of the numbers are zeros/);
  assert.is(told({ zeros: 0.3, rank: 2 }, 2), '', 'the law of zeros is one image\'s');
  assert.is(told({ zeros: 0.3 }, 1, 4, 5), '', 'of one step');
  assert.match(told({ relativeNoise: 0.02, noise: 0.001 }), /noise of σ ≈ 0\.001 in each number, 2 % of their size/);
  const broken = (change: Partial<Diagnosis>, batch = 1): string[] => brokenLaws({ ...healthy, ...change }, batch);
  assert.match(broken({ mismatch: 0.2 }).join(), /other weights, or a loss other than cross-entropy/);
  assert.equal([broken({}), broken({ mismatch: 0.2, relativeNoise: 0.02 }), broken({ mismatch: 0.2 }, 2)], [[], [], []]);
  assert.match(told({ scale: 0.5, negative: [1], positive: [0] }, 1, 2), /with two classes these cannot be told apart/);
  const scaleOf = (change: Partial<Diagnosis>, classes = 4): number | undefined =>
    foreignScale({ ...healthy, ...change }, classes);
  assert.equal([scaleOf({ scale: 0.5 }), scaleOf({}), scaleOf({ scale: 1.005 })], [0.5, undefined, undefined]);
  const none = [
    scaleOf({ scale: 0.5 }, 2), scaleOf({ scale: 0.5, mismatch: 0.1 }), scaleOf({ scale: 0.5, relativeNoise: 0.1 }),
  ];
  assert.equal(none, [undefined, undefined, undefined]);
  const impossible = (change: Partial<Diagnosis>, activation: ActivationName): string | undefined =>
    impossibleInput({ weight: zeros([4, 588]) }, { ...healthy, ...change }, 1, activation);
  assert.is(impossible({}, 'sigmoid'), undefined);
  assert.match(impossible({ input: [-0.5, 0.9] }, 'sigmoid')!,
    /from -0\.5 to 0\.9, without zeros, which sigmoid cannot give: it looks like a tanh's/);
  assert.match(impossible({ input: [0, 1.5], inputZeros: 0.3 }, 'tanh')!, /with 30 % zeros, which tanh cannot give/);
  assert.is(impossible({ input: [0, 1.5], inputZeros: 0.3 }, 'relu'), undefined);
  assert.equal([{ relativeNoise: 0.1 }, { levels: 50 }, { bits: 8 }, { zeros: 0.2 }].map((change) =>
    impossible({ input: [0, 0.9], inputZeros: 0.3, ...change }, 'sigmoid')), Array(4).fill(undefined));
});

test('a descent that ends early has not found the client\'s image', inFolder((dir) => {
  const { files } = client(dir), after = (iterations: string): Report =>
    json(...files, '--method', 'idlg', '--iterations', iterations);
  const [early, late] = [after('15'), after('30')];
  assert.equal([early.verdict, late.verdict], ['undetermined', 'client']);
  assert.ok(1 - early.explained! > 1e-12 && 1 - early.explained! < 1e-4, 'the analytic attack may leave this much');
}));

test('too few equations are told, and then a fit is no proof', inFolder((dir) => {
  const conv = { type: 'conv2d', name: 'conv', stride: 5, activation: 'sigmoid' } as const;
  write(dir, 'network.json', JSON.stringify({ layers: [conv, { type: 'linear', name: 'out' }] }));
  const network = buildStack([
    { ...conv, out: 1, kernel: 5 }, { type: 'linear', name: 'out', out: 3 },
  ], [1, 10, 10]);
  new Random(1).fillUniform(network.theta.data, -0.5, 0.5);
  const image = { shape: [1, 10, 10], data: new Random(2).fillUniform(new Float64Array(100), 0, 1) };
  const { notes, verdict, explained } = json('--weights', save(dir, 'w.safetensors', network.theta.tensors),
    '--gradients', save(dir, 'g.safetensors', network.gradient(image, 1).tensors), '--size', '10,10', '--method', 'idlg');
  assert.match(notes.join('\n'), /at most \d+ equations for 100 pixels: the gradient does not determine the image/);
  assert.ok(explained! > 1 - 1e-12, `explained ${explained}`);
  assert.is(verdict, 'undetermined');
}));

test('a gradient of zeros: nothing to match, and that is said', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir);
  const zero = save(dir, 'zero.safetensors', gradient.like().tensors);
  const { notes, runs } = json('--weights', weights, '--gradients', zero);
  assert.match(notes.join('\n'), /the gradient is 0: there is nothing to match/);
  assert.equal(runs, []);
}));

test('what no single image can leave is told: a batch said to be one, noise, zeros, coarse numbers', inFolder((dir) => {
  const { network, gradient } = client(dir), weights = save(dir, 'w2.safetensors', network.theta.tensors);
  const notes = (change: (data: Float64Array) => void, ...more: string[]): string => {
    const copy = gradient.like(gradient.data.slice());
    change(copy.data);
    const path = save(dir, 'odd.safetensors', copy.tensors);
    const files = ['--weights', weights, '--gradients', path, '--size', '28,28'];
    return json(...files, '--method', 'none', ...more).notes.join('\n');
  };
  const noise = new Random(8).fillNormal(new Float64Array(gradient.data.length));
  assert.is(notes(() => {}), '');
  assert.match(notes((data) => data.forEach((_, i) => (data[i] += 0.01 * noise[i]))),
    /noise of σ ≈ 0\.0(1|09)\d* in each/);
  assert.match(notes((data) => data.forEach((value, i) => (data[i] = Math.abs(value) < 0.01 ? 0 : value))),
    /% of the numbers are zeros that one image does not explain: pruned, or lost/);
  assert.match(notes((data) => data.forEach((value, i) => (data[i] = Math.round(value * 50) / 50))),
    /all numbers are multiples of one number and have only \d+ sizes: quantised/);
  const batch = client(dir, { labels: [3, 5, 5] });
  const said = json(...batch.files, '--batch', '1', '--method', 'none');
  assert.match(said.notes.join('\n'),
    /2 bias gradients are below zero \(classes 3, 5\), but one image gives only one: this is a batch/);
  assert.match(said.notes.join('\n'), /has rank 3, but one image gives rank 1: there are more/);
  assert.is(said.lastLayer.certain, false);
  assert.is(json(...batch.files, '--method', 'none').batch, 3);
}));

test('which rule: the bias, without one Eq. (4), of two classes the row sums; when it is unsure', inFolder((dir) => {
  const rule = (options: Parameters<typeof client>[1]) =>
    json(...client(dir, options).files, '--activation', options?.activation ?? 'sigmoid', '--method', 'none').lastLayer;
  assert.equal(rule({}).labelRule, 'bias');
  const bare = rule({ bias: false });
  assert.equal([bare.labelRule, bare.certain, bare.labels], ['inner-product', true, [3]]);
  const two = rule({ bias: false, classes: 2, labels: [1] });
  assert.equal([two.labelRule, two.certain, two.labels], ['row-sum', true, [1]]);
  assert.is(rule({ bias: false, classes: 2, labels: [1], activation: 'tanh' }).certain, false);
  const batch = rule({ labels: [3, 5], bias: false });
  assert.equal([batch.labelRule, batch.certain], ['llg', false]);
  assert.match(rule({ labels: [3, 5], bias: false, activation: 'tanh' }).why, /after tanh it is often wrong; none of/);
  const moments = rule({ labels: [3, 5, 8, 1, 0, 5, 3, 2], activation: 'tanh', seed: 1 });
  assert.equal([moments.labelRule, moments.labels.length], ['moments', 8]);
  assert.match(moments.why, /^the second moments of the rows, .*; \d \(.*\) (is|are) certain, because by Eq\. \(2\)/);
}));

test('weights that do not fit the gradient: nothing is certain, nothing is turned', inFolder((dir) => {
  const { gradient } = client(dir), other = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 99 });
  for (const factor of [1, -1]) {
    const scaled = gradient.like(gradient.data.map((value) => factor * value));
    const { lastLayer, notes } = json('--weights', save(dir, 'o.safetensors', other.theta.tensors),
      '--gradients', save(dir, 's.safetensors', scaled.tensors), '--method', 'none');
    assert.is(lastLayer.certain, false);
    assert.match(notes.join('\n'), /other weights, or a loss other than cross-entropy/);
    assert.not.match(notes.join('\n'), /multiplied by|divided by this/);
  }
}));

test('two classes: a scale of 1 says which label it is; another, that it cannot be told', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir, { classes: 2, labels: [1] });
  const audit = (factor: number) => {
    const scaled = gradient.like(gradient.data.map((value) => factor * value));
    const files = ['--weights', weights, '--gradients', save(dir, 's.safetensors', scaled.tensors)];
    return json(...files, '--size', '28,28', '--method', 'none');
  };
  const right = audit(1);
  assert.equal([right.lastLayer.labels, right.lastLayer.certain, right.notes], [[1], true, []]);
  for (const factor of [-1, 0.5]) {
    const { lastLayer, notes } = audit(factor);
    assert.is(lastLayer.certain, false);
    assert.match(notes.join(), /with two classes these cannot be told apart, nor can the two labels/);
  }
}));

test('under noise the likeliest label, with its probability; a gradient of zeros says nothing', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir);
  const noise = new Random(8).fillNormal(new Float64Array(gradient.data.length));
  const leak = (change: (value: number, i: number) => number): Report['lastLayer'] => {
    const path = save(dir, 'n.safetensors', gradient.like(gradient.data.map(change)).tensors);
    return json('--weights', weights, '--gradients', path, '--method', 'none').lastLayer;
  };
  assert.equal([leak((value) => value).certain, leak(() => 0).certain], [true, false]);
  const { labels, labelRule, certain, probability, why } = leak((value, i) => value + 0.3 * noise[i]);
  assert.equal([labels, labelRule, certain], [[3], 'likelihood', false], 'the rank does not show that it is one image');
  assert.ok(probability! > 0.999 && probability! <= 1);
  assert.match(why, /class 3 is the likeliest label, with a probability of over 99\.9 %, if the noise of σ ≈ 0\.3/);
  const drowned = leak((value, i) => value + 30 * noise[i]);
  assert.ok(!drowned.certain && drowned.probability! < 0.9, `${drowned.probability}`);
}));

test('labels alone: from the last layer, for any model, without a description', inFolder((dir) => {
  const { gradient, network: { theta } } = client(dir);
  const strange = (tensors: Files): Files => new Map([ // layers that no description can name, and a buffer
    ['stem.gru.weight_hh', { shape: [3, 2, 2], data: new Float64Array(12) }],
    ['count', { shape: [1], data: Float64Array.of(7) }],
    ['stem.linear.weight', { shape: [4, 5], data: new Float64Array(20).fill(1) }],
    ...[...tensors].filter(([name]) => name.startsWith('fc')),
  ]);
  const files = ['--weights', save(dir, 'w2.safetensors', strange(theta.tensors)),
    '--gradients', save(dir, 'g2.safetensors', strange(gradient.tensors))];
  const { certainLabels, lastLayer, runs, verdict, shape } = json(...files, '--labels-only');
  assert.equal([certainLabels, lastLayer.labels, runs, verdict, shape], [[3], [3], [], null, [1, 1, 588]]);
  const text = run([...files, '--labels-only', '--last-layer', 'fc.0']);
  assert.match(text, /\nThe last layer: {4}fc\.0\.weight, 10 classes, 588 inputs\n/);
  assert.match(text, /label 3 \(rule: bias; certain\)/);
  assert.not.match(text, /pixels|undefined/);
  const arrays = (tensors: Files): Files => new Map([...tensors.values()].map((tensor, i) => [`arr_${i}`, tensor]));
  const [before, after] = [theta, theta.like(theta.data.map((value, i) => value - 0.1 * gradient.data[i]))];
  const update = ['--before', save(dir, 'b2.safetensors', arrays(before.tensors)),
    '--after', save(dir, 'a2.safetensors', arrays(after.tensors)), '--learning-rate', '0.1'];
  assert.equal(json(...update, '--labels-only').certainLabels, [3], 'arrays without names, as of Flower');
  const bare = new Map([...strange(gradient.tensors)].filter(([name]) => name !== 'fc.0.bias'));
  const unbiased = json(...files.slice(0, 2), '--gradients', save(dir, 'n2.safetensors', bare), '--labels-only');
  const { lastLayer: { labelRule }, certainLabels: without } = unbiased;
  assert.equal([labelRule, without], ['inner-product', [3]], 'a bias that is not shared');
  const refuses = (args: readonly string[], culprit: string, pattern: RegExp): void =>
    rejects(() => run(args), culprit, pattern);
  refuses([...files, '--labels-only', '--last-layer', 'fc.9'], '--last-layer fc.9', /a layer or tensor in /);
  refuses([...files, '--labels-only', '--last-layer', 'count'], '--last-layer count', /\[classes, features\], got/);
  refuses([...files, '--labels-only', '--method', 'idlg'], '--method', /expected without --labels-only/);
  refuses([...files, '--last-layer', 'fc.0'], '--last-layer', /expected with --labels-only/);
  const nine = { shape: [9, 588], data: new Float64Array(9 * 588) };
  const other = ['--gradients', save(dir, 'o2.safetensors', new Map([['fc.0.weight', nine]]))];
  refuses([...files.slice(0, 2), ...other, '--labels-only'], 'o2', /fc\.0\.weight: expected shape \[10,588\]/);
}));

test('a network that is not as described: its labels all the same, then the error', inFolder((dir) => {
  const { gradient, network: { theta }, files } = client(dir);
  const strange = (tensors: Files): Files => new Map([...tensors].map(([name, tensor]) => [`net.${name}`, tensor]));
  let text = '';
  const args = ['--weights', save(dir, 'w3.safetensors', strange(theta.tensors)),
    '--gradients', save(dir, 'g3.safetensors', strange(gradient.tensors)),
    '--network', write(dir, 'other.json', '{"layers":[{"type":"linear","name":"missing"}]}')];
  rejects(() => auditCommand(args, { write: (part) => (text += part) }), 'missing.weight', /the labels above need no/);
  assert.match(text, /The last layer: {4}net\.fc\.0\.weight/);
  assert.match(text, /label 3 \(rule: bias; certain\)/);
  text = '';
  rejects(() => auditCommand([...args, '--json'], { write: (part) => (text += part) }), 'missing.weight', /expected/);
  assert.is(text, '', 'JSON is whole or not there');
  assert.is(files.length, 4);
}));

test('Adam\'s first step: only signs are left, the label among them', inFolder((dir) => {
  const { network: { theta }, gradient } = client(dir);
  const step = gradient.data.map((g) => 1e-3 * g / (Math.abs(g) + 1e-8));
  const after = theta.like(theta.data.map((value, i) => value - step[i]));
  const args = ['--before', save(dir, 'b.safetensors', theta.tensors, 'F32'),
    '--after', save(dir, 'a.safetensors', after.tensors, 'F32'), '--learning-rate', '1e-3'];
  const { notes, certainLabels, lastLayer, runs, verdict } = json(...args);
  assert.match(notes.join('\n'), /only signs are left, as after Adam's first step or in signSGD/);
  assert.not.match(notes.join('\n'), /noise|turned|reversed|other weights/);
  assert.equal([certainLabels, lastLayer.labels, runs, verdict], [[3], [3], [], null]);
  const signs = gradient.like(gradient.data.map(Math.sign));
  const files = ['--weights', args[1], '--gradients', save(dir, 's.safetensors', signs.tensors)];
  assert.equal(json(...files).certainLabels, [3]);
}));

test('a last layer whose weight is not shared: no analytic attack begins there', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir), zeroed = gradient.like(gradient.data.slice());
  zeroed.tensors.get('fc.0.weight')!.data.fill(0);
  const files = ['--weights', weights, '--gradients', save(dir, 'z.safetensors', zeroed.tensors)];
  const { runs, certainLabels } = json(...files, '--iterations', '1');
  assert.equal([runs.map(({ method }) => method), certainLabels], [['idlg', 'dlg'], [3]]);
  rejects(() => run([...files, '--method', 'analytic']), '--method analytic', /a last layer whose gradient is not 0/);
  zeroed.tensors.get('fc.0.bias')!.data.fill(0);
  const silent = ['--weights', weights, '--gradients', save(dir, 'y.safetensors', zeroed.tensors), '--iterations', '1'];
  assert.not.match(run(silent), /under this noise|no larger than noise/, 'zeros are not rounding');
}));

test('weight decay is subtracted', inFolder((dir) => {
  const { network: { theta }, gradient, files: [, weights] } = client(dir);
  const decayed = gradient.like(gradient.data.map((value, i) => value + 5e-4 * theta.data[i]));
  const { notes, verdict, certainLabels, explained, runs } =
    json('--weights', weights, '--gradients', save(dir, 'd.safetensors', decayed.tensors));
  assert.match(notes.join(), /λ = 0\.0005000 ± \de-\d+: weight decay, which has been subtracted/);
  assert.equal([verdict, certainLabels, runs[0].method], ['client', [3], 'analytic']);
  assert.ok(explained! > 1 - 1e-9);
}));

test('a pruned gradient: zeros are not matched, and are no equations', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir);
  const pruned = (share: number): string[] =>
    ['--weights', weights, '--gradients', save(dir, `${share}.safetensors`, prune(gradient, share).tensors)];
  const { verdict, runs, notes } = json(...pruned(0.7), '--method', 'idlg', '--tolerance', '1e-12');
  assert.equal([verdict, runs[0].explained > 1 - 1e-9], ['client', true]);
  assert.match(notes.join('\n'), /% of the numbers are zeros .* no attack by descent tries to match them/);
  const few = json(...pruned(0.95), '--iterations', '0');
  assert.match(few.notes.join('\n'), /at most 6\d\d equations for 784 pixels/);
  assert.equal([few.verdict, few.runs.map(({ method }) => method)], ['undetermined', ['analytic', 'idlg', 'dlg']]);
}));

test('float16: the rounding is told, and the verdict allows for it', inFolder((dir) => {
  const { gradient, files: [, weights] } = client(dir);
  const half = save(dir, 'half.safetensors', inFloat16(gradient).tensors);
  const text = run(['--weights', weights, '--gradients', half]);
  assert.match(text, /note: all numbers have at most 11 significant bits: rounded to float16\n/);
  assert.match(text, /analytic: this is the client's image; the image explains /);
}));

test('another stack, by network.json beside its weights', inFolder((dir) => {
  const layers = [
    { type: 'conv2d', name: 'c', kernel: 3, stride: 2, padding: 1, activation: 'sigmoid' },
    { type: 'linear', name: 'hidden', activation: 'sigmoid' },
    { type: 'linear', name: 'out' },
  ];
  const network = buildStack([
    { type: 'conv2d', name: 'c', out: 12, kernel: 3, stride: 2, padding: 1, activation: 'sigmoid' },
    { type: 'linear', name: 'hidden', out: 40, activation: 'sigmoid' },
    { type: 'linear', name: 'out', out: 6 },
  ], [1, 12, 12]);
  new Random(3).fillUniform(network.theta.data, -0.5, 0.5);
  const image = new Random(4).fillUniform(new Float64Array(144), 0, 1), x = { shape: [1, 12, 12], data: image };
  const files = (dir: string): string[] => ['--weights', save(dir, 'w.safetensors', network.theta.tensors),
    '--gradients', save(dir, 'g.safetensors', network.gradient(x, 5).tensors)];
  rejects(() => json(...files(dir)), 'w.safetensors',
    /expected the tensors of the authors' LeNet, body\.0\.weight, …, or .*network\.json, got c\.weight/);
  write(dir, 'network.json', JSON.stringify({ layers }));
  const truth = write(dir, 'truth.png', encodePng(toRaster(x)));
  const { lastLayer, runs: [{ mse, labelCorrect }], shape } = json(...files(dir), '--truth', truth);
  assert.equal([lastLayer.labels, lastLayer.certain, labelCorrect, shape], [[5], true, null, [1, 12, 12]]);
  assert.ok(mse < 1e-4, `MSE ${mse}`);
  rejects(() => json(...files(dir), '--activation', 'tanh'), '--activation', /expected only with the authors' LeNet/);
  rejects(() => json(...files(dir), '--size', '9,9'), 'w.safetensors',
    /hidden\.weight: expected 300 columns for 9×9 pixels, got 432/);
  assert.equal(json(...files(dir), '--size', '11,12', ...QUICK).shape, [1, 11, 12]);
}));

test('names: a prefix that all share is taken off; PyTorch\'s wrapped models have one', inFolder((dir) => {
  const { network, gradient } = client(dir);
  const wrapped = (tensors: Files): Files => new Map([...tensors].map(([name, tensor]) => [`module.${name}`, tensor]));
  const files = ['--weights', save(dir, 'mw.safetensors', wrapped(network.theta.tensors)),
    '--gradients', save(dir, 'mg.safetensors', wrapped(gradient.tensors))];
  assert.equal(json(...files, '--method', 'none').lastLayer.labels, [3]);
}));

test('what it prints: the files, the notes, bars with the label marked, the table; what it writes', inFolder((dir) => {
  const { files } = client(dir), out = join(dir, 'out');
  const text = run([...files, ...QUICK, '--out', out]);
  assert.match(text, /The network: {7}1×28×28 pixels, 10 classes, 13,426 weights/);
  assert.match(text, /What the last layer alone gives away: label 3 \(rule: bias; certain\)/);
  assert.match(text, /\n {4}3 {2}━+│ +−0\.\d+ {2}← label\n/);
  assert.is(text.match(/← label/g)!.length, 1);
  assert.match(text, /iDLG: the image is found by descent from noise; L_G is divided by ‖∇W‖²\n/);
  assert.match(text, /\n {2}method  image  label  L_G/, 'no measure without a truth');
  const says = text.replace(/\n +(?=\S)/g, ' ');
  assert.match(says, /iDLG: no image with this gradient could be found\. The nearest explains /);
  assert.equal(readdirSync(out).sort(), [
    'audit.json', 'film.png', 'reconstruction-idlg-enlarged.png', 'reconstruction-idlg.png',
  ]);
  const report = JSON.parse(readFileSync(join(out, 'audit.json'), 'utf8'));
  assert.equal([report.truth, report.runs[0].mse, report.runs[0].labelCorrect], [null, null, null]);
  const batch = client(join(dir, 'two'), { labels: [3, 5] });
  const both = run([...batch.files, ...QUICK, '--out', join(dir, 'batch')],
    { isTTY: true, columns: 200, rows: 50, getColorDepth: () => 24 });
  assert.not.match(both, /labels are right/);
  const scored = run([...batch.files, ...QUICK, '--truth', write(dir, 'two.json', '{"labels":[5,3]}')]);
  assert.match(scored, /\n {2}2 of 2 labels are right\.\n/);
  assert.match(both, /labels 3, 5 \(rule: ilrg; certain\)/);
  assert.match(both, /▀/);
  assert.equal(readdirSync(join(dir, 'batch')).sort(), [
    'audit.json', 'film.png', 'reconstruction-idlg-0-enlarged.png', 'reconstruction-idlg-0.png',
    'reconstruction-idlg-1-enlarged.png', 'reconstruction-idlg-1.png',
  ]);
  // Below the files, whose paths may be longer.
  for (const line of [...text.split('\n'), ...scored.split('\n')].filter((row) => !row.includes(dir))) {
    assert.ok([...line].length <= 80, `${[...line].length} columns: ${line}`);
  }
  assert.match(run([...files, ...QUICK.slice(2), '--method', 'both']), /\n {2}DLG /);
}));

test('mistakes: one line that names the option, the file and the tensor', inFolder((dir) => {
  const { network, gradient, files } = client(dir), [, w, , g] = files;
  const refuses = (args: readonly string[], culprit: string, pattern: RegExp): void =>
    rejects(() => run(args), culprit, pattern);
  refuses([], '--weights', /expected a file, or --before/);
  refuses(['--weights', w], '--gradients', /expected a file/);
  refuses([...files, '--before', w], '--before', /expected one of them, got both/);
  refuses(['--before', w], '--after', /expected the weights after/);
  refuses(['--before', w, '--after', w], '--learning-rate', /got nothing/);
  refuses(['--before', w, '--after', g, '--learning-rate', '1e-320'], 'g.safetensors',
    /a change that is finite when divided by η = 1e-320/);
  refuses([...files, '--batch', '100000000'], '--batch', /from 1 to 512/);
  refuses(['--before', w, '--after', w, '--learning-rate', '1'], 'w.safetensors',
    /expected weights other than .* got the same/);
  refuses([...files, '--size', '28x28'], '--size', /as 28,28, got "28x28"/);
  refuses([...files, '--batch', '2', '--method', 'dlg'], '--method dlg', /expected idlg or map for a batch of 2, got another/);
  refuses(['--weights', w, '--gradients', join(dir, 'none')], 'none', /expected a file, got nothing there/);
  const changed = (tensors: Files, name: string, tensor?: Tensor): string => {
    const copy = new Map(tensors);
    copy.delete(name);
    if (tensor) copy.set(name, tensor);
    return save(dir, 'changed.safetensors', copy);
  };
  const column = { shape: [10, 1], data: new Float64Array(10) }, one = { shape: [1], data: new Float64Array(1) };
  const nan = { shape: [12], data: new Float64Array(12).fill(NaN) };
  refuses(['--weights', changed(network.theta.tensors, 'body.2.bias', nan), '--gradients', g], 'changed.safetensors',
    /: body\.2\.bias: expected finite numbers, got NaN at entry 0/);
  refuses(['--weights', w, '--gradients', changed(gradient.tensors, 'body.2.bias', nan)], 'changed.safetensors',
    /: body\.2\.bias: expected finite numbers/);
  refuses(['--weights', w, '--gradients', save(dir, 'changed.safetensors', new Map([['one', one]]))],
    'changed.safetensors', /expected one of body\.0\.weight, .*, fc\.0\.bias, got one$/);
  refuses(['--weights', w, '--gradients', changed(gradient.tensors, 'fc.0.bias', column)], 'changed.safetensors',
    /: fc\.0\.bias: expected shape \[10\], got \[10,1\]/);
  const npy = write(dir, 'one.npy', Buffer.from('\x93NUMPY\x01\x00', 'latin1'));
  refuses(['--weights', npy, '--gradients', g], 'one.npy', /got a \.npy file, of one unnamed array/);
  const png = write(dir, 'one.png', Buffer.from('\x89PNG\r\n\x1a\n0123456789', 'latin1'));
  refuses(['--weights', png, '--gradients', g], 'one.png', /or \.npz, got a PNG, which holds a picture/);
  const pickle = write(dir, 'model.pt', Buffer.from('\x80\x02}q\x00.', 'latin1'));
  refuses(['--weights', pickle, '--gradients', g], 'model.pt', /expected safetensors or \.npz, got a pickle/);
  refuses(['--weights', pickle, '--gradients', g], 'model.pt', new RegExp('; this converts it: python3 -c "import ' +
    `numpy, sys, torch; numpy\\.savez\\(.*weights_only=True.*\\)" '${pickle}' '${pickle.replace('.pt', '.npz')}'$`));
  const archive = write(dir, 'model2.pt',
    Buffer.from('PK\x03\x04____________________________archive/data.pkl', 'latin1'));
  refuses(['--weights', archive, '--gradients', g], 'model2.pt', /got a pickle/);
  for (const [text, pattern] of [
    ['{', /expected JSON, or a file that ends in \.png/], ['{}', /got neither labels nor pixels/], ['null', /got neither/],
    ['{"labels":[11]}', /labels: a list of classes, 0 to 9/], ['{"labels":[1,2]}', /expected 1 labels, got 2/],
    ['{"pixels":[1]}', /shape: \[batch, channels, height, width\], got nothing/],
    [JSON.stringify({ shape: [1, 1, 28, 28], pixels: Array(784).fill(0.5) }), /pixels: 784 bytes, 0 to 255/],
    ['{"shape":[1,1,28,28],"pixels":[1]}', /pixels: 784 bytes, 0 to 255, got 1, or not bytes/],
    ['{"shape":[1,1,2,2],"pixels":[1,2,3,4]}', /an image of shape \[1,28,28\], as the network takes, got \[1,2,2\]/],
  ] as const) {
    refuses([...files, '--truth', write(dir, 'truth.json', text)], 'truth.json', pattern);
  }
  mkdirSync(join(dir, 'taken', 'film.png'), { recursive: true });
  refuses([...files, '--out', join(dir, 'taken')], 'film.png', /got a folder of that name/);
  assert.not(existsSync(join(dir, 'taken', 'audit.json')));
  writeFileSync(join(dir, 'file'), '');
  refuses([...files, '--out', join(dir, 'file')], '--out', /expected a folder/);
}));

test('the help names every option', () => {
  for (const option of ['weights', 'gradients', 'before', 'after', 'learning-rate', 'steps', 'momentum', 'network',
    'activation', 'size', 'mean', 'std', 'batch', 'loss-reduction', 'scale', 'method', 'line-search', 'iterations',
    'tolerance', 'seed', 'truth', 'out', 'json']) {
    assert.match(AUDIT_HELP, new RegExp(`\n  --${option}[ \n]`));
  }
});

test.run();
