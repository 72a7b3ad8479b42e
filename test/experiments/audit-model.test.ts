/**
 * @file `idlg audit` on what a client's model may be besides its layers: normalised pixels, dropout, an image of
 * another size, tensors that no layer uses, one output, and the layouts of other programs.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { lastLayer } from '../../src/attack/extract-label.ts';
import { encodePng } from '../../src/data/png.ts';
import { toRaster } from '../../src/data/raster.ts';
import { normalizedStart } from '../../src/experiments/normalization.ts';
import { pixelNotes } from '../../src/experiments/pixel-range.ts';
import { withDropout } from '../../src/layers/dropout.ts';
import { buildStack } from '../../src/layers/stack.ts';
import { lenet } from '../../src/nn/lenet.ts';
import type { Network } from '../../src/nn/network.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import { Random, STREAMS } from '../../src/tensor/random.ts';
import { sizeOf, zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { inFolder, rejects, write } from '../data/files.ts';
import { npy, dict, entry, LITTLE, zip } from '../data/numpy-files.ts';
import { client, json, QUICK, run, save, type Files } from './audits.ts';

/** An image of bytes, as files of pictures hold. */
function imageOf(seed: number): Tensor {
  const shape = [1, 12, 12], random = new Random(seed);
  return { shape, data: Float64Array.from({ length: 144 }, (_, i) => (i === 0 ? 0 : random.below(256) / 255)) };
}

const image = imageOf(1);
const filesOf = (dir: string, { theta }: Network, gradient: ParameterVector): string[] => [
  '--weights', save(dir, 'w.safetensors', theta.tensors, 'F32'),
  '--gradients', save(dir, 'g.safetensors', gradient.tensors, 'F32'),
];
const truthOf = (dir: string, x: Tensor): string[] => ['--truth', write(dir, 'truth.png', encodePng(toRaster(x)))];

/** θ rounded to float32, as it is in files. */
function rounded(network: Network): Network {
  network.theta.data.forEach((value, i) => (network.theta.data[i] = Math.fround(value)));
  return network;
}

const normalised = (x: Tensor, mean: number, std: number): Tensor =>
  ({ shape: x.shape, data: x.data.map((pixel) => (pixel - mean) / std) });

test('normalised pixels: the picture with --mean and --std or a description, and a note without', inFolder((dir) => {
  const network = rounded(lenet({ channels: 1, height: 12, width: 12, classes: 10, seed: 4 }));
  const files = filesOf(dir, network, network.gradient(normalised(image, 0.1307, 0.3081), 3));
  const truth = truthOf(dir, image);
  const without = json(...files, ...truth);
  assert.is(without.verdict, 'client');
  assert.match(without.notes.at(-1)!, /^the pixels range from -0\.424 to 2\.\d+, not from 0 to 1: the client prob/);
  assert.match(run(files).replace(/\n +/g, ' '), /note: the pixels range from .*; give --mean and --std to see /);
  assert.not.match(json(...files, ...QUICK).notes.join(), /the pixels range/, 'an image that is not the client\'s');
  const said = (...more: string[]): void => {
    const { verdict, notes, runs: [{ mse, method }] } = json(...files, ...truth, ...more);
    assert.equal([verdict, method], ['client', 'analytic']);
    assert.ok(mse < 1e-5, `MSE ${mse}`);
    assert.not.match(notes.join(), /the pixels range/);
  };
  said('--mean', '0.1307', '--std', '0.3081');
  const [c, d, e] = [2, 2, 1].map((stride, k) =>
    ({ type: 'conv2d', name: `body.${2 * k}`, stride, padding: 2, activation: 'sigmoid' }));
  const normalize = { type: 'normalize', mean: [0.1307], std: [0.3081] };
  const description = (...layers: object[]): string =>
    write(dir, 'described.json', JSON.stringify({ layers: [...layers, { type: 'linear', name: 'fc.0' }] }));
  said('--network', description(normalize, c, d, e));
  const twice = [...files, '--network', description(normalize, c, d, e), '--mean', '0.1', '--std', '0.3'];
  rejects(() => run(twice), '--mean', /expected it for a network without normalisation, got it with .*, which has its/);
  const descent = json(...files, ...truth, '--mean', '0.1307', '--std', '0.3081', '--method', 'idlg');
  assert.ok(descent.verdict === 'client' && descent.runs[0].mse < 1e-5, `iDLG: MSE ${descent.runs[0].mse}`);
}));

test('--mean and --std: mistakes', inFolder((dir) => {
  const { files } = client(dir);
  const refuses = (pattern: RegExp, name: string, ...more: string[]): void =>
    rejects(() => run([...files, '--method', 'none', ...more]), name, pattern);
  refuses(/expected it with --std, got it alone/, '--mean', '--mean', '0.5');
  refuses(/expected it with --mean, got it alone/, '--std', '--std', '0.5');
  for (const text of ['a', '0.5,', ',1', '1e999', '1 2']) {
    refuses(/expected numbers with commas between them, such as /, '--mean', '--mean', text, '--std', '1');
  }
  refuses(/expected numbers above 0, got 0/, '--std', '--mean', '0', '--std', '0');
  refuses(/Normalize mean: expected 1 number, got 3/, 'w.safetensors', '--mean', '1,2,3', '--std', '1');
  refuses(/expected without --labels-only, got both/, '--mean', '--mean', '1', '--std', '1', '--labels-only');
}));

test('normalizedStart: N(0, 1) once it is normalised, the same as without the layer', () => {
  const described = [{ type: 'normalize', mean: [0.5], std: [0.25] }, { type: 'linear', out: 3 }] as const;
  const network = buildStack(described, [1, 4, 4]), { shape, data } = normalizedStart(network, 2, 7)!;
  assert.equal(shape, [2, 1, 4, 4]);
  const expected = new Random(7, STREAMS.start).fillNormal(new Float64Array(32));
  assert.equal(data, expected.map((v) => 0.25 * v + 0.5));
  assert.is(normalizedStart(buildStack(described.slice(1), [1, 4, 4]), 2, 7), undefined);
});

test('pixelNotes: a few pixels that leave the range are no evidence; another mean and std are', () => {
  const network = lenet({ channels: 1, height: 20, width: 20, classes: 4 }), x = zeros([1, 1, 20, 20]);
  x.data.fill(-9, 0, 4); // 1 % of 400
  assert.equal(pixelNotes(network, x), []);
  x.data[4] = 1.06;
  assert.match(pixelNotes(network, x).join(), /^the pixels range from -9 to 1\.06, .* normalises its input; give/);
  x.data[4] = 1.04;
  assert.equal(pixelNotes(network, x), []);
  x.data.fill(2);
  const own = buildStack([{ type: 'normalize', mean: [0], std: [1] }, { type: 'linear', out: 3 }], [1, 20, 20]);
  assert.match(pixelNotes(own, x).join(), /normalises its input with another mean and std; give/);
});

/** A client with dropout of rate ½ before its last layer, on images of its own. */
function dropped(dir: string, labels: readonly number[], described?: string): string[] {
  const network = rounded(lenet({ channels: 1, height: 12, width: 12, classes: 10, seed: 4 })), random = new Random(5);
  const features = lastLayer(network.theta).weight.shape[1];
  const gradients = labels.map((label, i) => {
    const mask = Array.from({ length: features }, () => random.below(2) === 1);
    return withDropout(network, 0.5, mask).gradient(imageOf(i + 1), label);
  });
  const sum = network.theta.like();
  for (const { data } of gradients) data.forEach((value, i) => (sum.data[i] += value / labels.length));
  const more = described === undefined ? [] : ['--network', write(dir, 'described.json', described)];
  return [...filesOf(dir, network, sum), ...more];
}

test('dropout: the mask is read off the zeros of a, and all three attacks find the image', inFolder((dir) => {
  const files = dropped(dir, [3]), truth = truthOf(dir, image);
  for (const method of ['analytic', 'idlg', 'dlg']) {
    const { notes, verdict, certainLabels, runs: [{ mse }] } = json(...files, ...truth, '--method', method);
    assert.equal([verdict, certainLabels], ['client', [3]], method);
    assert.ok(mse < 1e-5, `${method}: MSE ${mse}`);
    const note = notes.find((text) => text.includes('dropout'))!;
    assert.match(note, /^\d+ of the last layer's 108 inputs are exactly 0, and the others reach 1\.\d+, as after drop/);
    assert.match(note, /\(p = 0\.5, by the gradient of the layer before\): its mask is read off these zeros, /);
    assert.not.match(notes.join(), /cannot give|pruned/);
  }
}));

test('dropout in a description: its rate is used, and one elsewhere is taken to be off', inFolder((dir) => {
  const description = (...more: object[]): string => JSON.stringify({ layers: [
    ...[2, 2, 1].map((stride, k) =>
      ({ type: 'conv2d', name: `body.${2 * k}`, stride, padding: 2, activation: 'sigmoid' })),
    ...more, { type: 'linear', name: 'fc.0' },
  ] });
  const dropout = { type: 'dropout', p: 0.5 }, files = dropped(dir, [3], description(dropout));
  const { notes, verdict } = json(...files);
  assert.is(verdict, 'client');
  assert.match(notes.join('\n'), /as after dropout \(p = 0\.5, as described\)/);
  assert.not.match(notes.join('\n'), /no dropout except/);
  const layers = [dropout, ...JSON.parse(description(dropout)).layers];
  const network = write(dir, 'both.json', JSON.stringify({ layers }));
  const both = json(...files.slice(0, 4), '--network', network, '--method', 'none');
  assert.match(both.notes.join('\n'), /assumed: no dropout except before the last layer; an earlier mask cannot/);
  const rectified = write(dir, 'rectified.json', description({ ...dropout, activation: 'relu' }));
  const hidden = json(...files.slice(0, 4), '--network', rectified, '--method', 'none');
  assert.match(hidden.notes.join('\n'), /no dropout except before the last layer/, 'its activation follows it');
  const evaluated = client(join(dir, 'eval'), {}).files;
  const off = json(...evaluated, '--network', network, '--method', 'none').notes.join('\n');
  assert.not.match(off, /exactly 0/, 'a client in eval mode');
}));

test('zeros of a pruned gradient are no dropout', inFolder((dir) => {
  const { network, gradient } = client(dir), weight = gradient.tensors.get('fc.0.weight')!.data;
  const order = [...weight].map(Math.abs).sort((a, b) => a - b);
  for (const share of [0.5, 0.7, 0.85, 0.9, 0.95]) {
    const least = order[Math.floor(share * order.length)];
    weight.forEach((value, i) => (weight[i] = Math.abs(value) < least ? 0 : value));
    const { notes } = json(...filesOf(dir, network, gradient), '--method', 'none');
    assert.not.match(notes.join('\n'), /dropout/, `${share} are 0`);
  }
}));

test('dropout of a batch: the zeros that all images have are told, and no image is the client\'s', inFolder((dir) => {
  const { notes, verdict, certainLabels } = json(...dropped(dir, [3, 5]), '--iterations', '3');
  assert.match(notes.join('\n'), /\d+ of the last layer's 108 inputs are 0 in all images, which sigmoid cannot give: /);
  assert.equal([verdict, certainLabels], ['inconsistent', [3, 5]]);
}));

test('the size of the image: a guess is said, with the others that fit; one that is given is not', inFolder((dir) => {
  const { files } = client(dir), notes = (...more: string[]): string =>
    json(...files, '--method', 'none', ...more).notes.join('\n');
  const guess = 'assumed: 28×28 pixels; the weights allow 25×25, 26×26 and 27×27 too, and rectangles';
  assert.is(notes(), `${guess}; --size sets another`);
  assert.is(notes('--size', '28,28'), '');
  assert.is(notes('--size', '27,26'), '');
  const hidden = buildStack([{ type: 'linear', name: 'l', out: 3 }], [1, 4, 4]);
  const network = ['--network', write(dir, 'n.json', '{"layers":[{"type":"linear","name":"l"}]}')];
  const small = filesOf(join(dir, 'small'), hidden, hidden.gradient(zeros([1, 4, 4]), 1));
  assert.match(json(...small, ...network, '--method', 'none').notes.join('\n'),
    /assumed: 4×4 pixels; the weights allow rectangles too; --size sets another/);
  const pixel = buildStack([{ type: 'linear', name: 'l', out: 3 }], [1, 1, 1]);
  const one = filesOf(join(dir, 'one'), pixel, pixel.gradient({ shape: [1, 1, 1], data: Float64Array.of(1) }, 1));
  assert.not.match(json(...one, ...network, '--method', 'none').notes.join(), /assumed/, 'nothing else fits');
}));

test('tensors that no layer uses are ignored and listed, in both files and both formats', inFolder((dir) => {
  const { network, gradient, files } = client(dir);
  const odd = { shape: [2], data: Float64Array.of(0, 0) };
  const more = (tensors: Files, ...names: string[]): Files =>
    new Map([...tensors, ...names.map((name) => [name, odd] as const)]);
  const w = save(dir, 'more.safetensors', more(network.theta.tensors, 'mean', 'head.weight'));
  const g = save(dir, 'grad.safetensors', more(gradient.tensors, 'head.weight'));
  const report = json('--weights', w, '--gradients', g, '--method', 'none');
  assert.equal(report.certainLabels, [3]);
  const note = report.notes.find((text) => text.startsWith('ignored'))!;
  const unused = `mean, head.weight in ${w}; head.weight in ${g}`;
  assert.is(note, `ignored, because no layer of the description uses them: ${unused}`);
  const many = save(dir, 'many.safetensors',
    more(network.theta.tensors, ...Array.from({ length: 9 }, (_, i) => `x${i}`)));
  assert.match(json('--weights', many, ...files.slice(2), '--method', 'none').notes.join(), /x6, x7, … \(9\) in /);

  const lacks = /no layer of the description uses bn\.weight, but there are gradients for it: the description lacks a /;
  const batchNorm = (value: number): Files => new Map(['bn.weight', 'bn.running_mean'].map((name) =>
    [name, { shape: [2], data: Float64Array.of(value, NaN) }]));
  const withNorm = (tensors: Files, value: number, name: string): string =>
    save(dir, name, new Map([...tensors, ...batchNorm(value)]));
  const moved = network.theta.like(network.theta.data.map((value, i) => value - 0.1 * gradient.data[i])).tensors;
  const before = ['--before', withNorm(network.theta.tensors, 1, 'b.safetensors'), '--learning-rate', '0.1'];
  for (const args of [
    [...files.slice(0, 2), '--gradients', withNorm(gradient.tensors, 1, 'n.safetensors')],
    [...before, '--after', withNorm(moved, 2, 'a.safetensors')],
  ]) {
    const { notes, verdict, certainLabels } = json(...args, ...QUICK);
    assert.match(notes.join('\n'), lacks);
    assert.equal([verdict, certainLabels], ['inconsistent', [3]]);
  }
  const alike = new Map([['bn.weight', { shape: [2], data: Float64Array.of(1, 2) }]]);
  const same = (tensors: Files, name: string): string => save(dir, name, new Map([...tensors, ...alike]));
  const unchanged = ['--before', same(network.theta.tensors, 'b.safetensors'), '--after', same(moved, 'a.safetensors')];
  assert.not.match(json(...unchanged, '--learning-rate', '0.1', '--method', 'none').notes.join(), /lacks/);

  // BatchNorm's counter: an int64 scalar, of which safetensors and NumPy's files have their own type.
  const header = Buffer.from(readFileSync(files[1])), length = Number(header.readBigUInt64LE(0));
  const text = header.subarray(8, 8 + length).toString(), end = header.length - 8 - length;
  const counted = text.replace('{', `{"bn.count":{"dtype":"I64","shape":[],"data_offsets":[${end},${end + 8}]},`);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(Buffer.byteLength(counted)));
  const counter = write(dir, 'counter.safetensors',
    Buffer.concat([size, Buffer.from(counted), header.subarray(8 + length), Buffer.alloc(8)]));
  const { notes, certainLabels } = json('--weights', counter, ...files.slice(2), '--method', 'none');
  assert.match(notes.join('\n'), /ignored, because .*: bn\.count in .*counter\.safetensors/);
  assert.equal(certainLabels, [3]);
  assert.equal(json('--weights', counter, ...files.slice(2), '--labels-only').certainLabels, [3]);
}));

test('numbers of another type where a layer needs them: the type is said', inFolder((dir) => {
  const { files } = client(dir), integers = npy(dict("'<i4'", '(2,)'), Buffer.alloc(8));
  const only = write(dir, 'int.npz', zip([entry({ name: 'body.0.weight.npy', data: integers })]));
  rejects(() => run(['--weights', only, ...files.slice(2)]), 'int.npz',
    /expected tensors of floating-point numbers of 16, 32 or 64 bits, got tensors of type <i4 only/);
  const some = write(dir, 'some.npz', zip([
    entry({ name: 'body.0.bias.npy', data: LITTLE }), entry({ name: 'fc.0.weight.npy', data: integers }),
  ]));
  const described = write(dir, 'n.json', '{"layers":[{"type":"linear","name":"fc.0"}]}');
  rejects(() => run(['--weights', some, '--gradients', some, '--network', described]), 'some.npz',
    /: fc\.0\.weight: expected floating-point numbers of .*, got <i4$/);
  const wrapped = write(dir, 'wrapped.npz', zip([
    entry({ name: 'module.fc.0.bias.npy', data: LITTLE }), entry({ name: 'module.fc.0.weight.npy', data: integers }),
  ]));
  rejects(() => run(['--weights', wrapped, '--gradients', wrapped, '--network', described]), 'wrapped.npz',
    /: fc\.0\.weight: expected floating-point numbers of .*, got <i4$/);
}));

test('one output, and the layouts of Keras: the error says what it is, and no labels are read', inFolder((dir) => {
  const tensor = (...shape: number[]): Tensor => ({ shape, data: new Float64Array(sizeOf(shape)).fill(0.5) });
  const regression = new Map([['0.weight', tensor(32, 16)], ['0.bias', tensor(32)],
    ['2.weight', tensor(1, 32)], ['2.bias', tensor(1)]]);
  const files = ['--weights', save(dir, 'r.safetensors', regression), '--gradients', save(dir, 'rg.safetensors',
    new Map([...regression].map(([name, { shape }]) => [name, zeros(shape)])))];
  const described = write(dir, 'r.json', JSON.stringify({ layers: [
    { type: 'linear', name: '0', activation: 'relu' }, { type: 'linear', name: '2' }] }));
  const one = /: 2\.weight: .*, got one output: there are no classes\. The gradient of such a regression still gives /;
  for (const more of [['--network', described], ['--labels-only']]) {
    rejects(() => run([...files, ...more]), 'r.safetensors', one);
  }
  const { network, gradient, files: own } = client(dir);
  const odd = (tensors: Files): Files => new Map([...tensors, ['fc.0.bias', zeros([7])]]);
  const { lastLayer: read } = json('--weights', save(dir, 'ow.safetensors', odd(network.theta.tensors)),
    '--gradients', save(dir, 'og.safetensors', odd(gradient.tensors)), '--labels-only');
  assert.equal([read.labelRule, read.labels], ['inner-product', [3]], 'a vector of another length is no bias');
  const transposed = ([out, inputs, ...sides]: readonly number[]): number[] => [...sides, inputs, out];
  const keras = (tensors: Files): Files => new Map([...tensors].map(([name, { shape, data }]) =>
    [name, { data, shape: shape.length > 1 ? transposed(shape) : shape }]));
  const w = save(dir, 'kw.safetensors', keras(network.theta.tensors));
  const g = save(dir, 'kg.safetensors', keras(gradient.tensors));
  const kernel = /: body\.0\.weight: expected \[out, in, height, width\], got \[5,5,1,12\], which looks like Keras'/;
  rejects(() => run(['--weights', w, '--gradients', g]), 'kw.safetensors', kernel);
  rejects(() => run([...own.slice(0, 2), '--gradients', g]), 'kg.safetensors', kernel);
  rejects(() => run(['--weights', w, '--gradients', g, '--labels-only']), 'kw.safetensors',
    /: fc\.0\.weight: expected \[out, in\], got \[588,10\], which looks like Keras' \[in, out\]; numpy\.transpose/);
}));

test.run();
