/**
 * @file `idlg audit` of networks that a description brings: pooling, batch normalisation, more activations and tied
 * weights; and what it says if the description does not fit the file.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { canGive, type InputRange } from '../../src/beyond/diagnosis/input-range.ts';
import { inFile, sizeNotes, unusedNotes } from '../../src/experiments/model-file.ts';
import type { CheckpointLayer } from '../../src/layers/checkpoint.ts';
import { buildStack, type LayerDescription } from '../../src/layers/stack.ts';
import type { Network } from '../../src/nn/network.ts';
import { Random } from '../../src/tensor/random.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { inFolder, rejects, write } from '../data/files.ts';
import { json, QUICK, run, save, type Files } from './audits.ts';

/** A network with weights from U(−½, ½). */
function random(layers: readonly LayerDescription[], imageShape: readonly number[], seed = 3): Network {
  const network = buildStack(layers, imageShape);
  new Random(seed).fillUniform(network.theta.data, -0.5, 0.5);
  return network;
}

function imageOf({ imageShape }: Network, seed = 4): Tensor {
  const [channels, height, width] = imageShape, data = new Float64Array(channels * height * width);
  return { shape: imageShape, data: new Random(seed).fillUniform(data, 0, 1) };
}

/** The options that name the files of a network and of the gradient of one image, and the description beside them. */
function audited(
  dir: string, network: Network, layers: readonly CheckpointLayer[], label: number, buffers: Files = new Map(),
): string[] {
  write(dir, 'network.json', JSON.stringify({ layers }));
  return ['--weights', save(dir, 'w.safetensors', new Map([...network.theta.tensors, ...buffers])),
    '--gradients', save(dir, 'g.safetensors', network.gradient(imageOf(network), label).tensors)];
}

const POOLED: readonly CheckpointLayer[] = [
  { type: 'conv2d', name: 'conv1', activation: 'relu' },
  { type: 'maxpool2d', kernel: 2 },
  { type: 'conv2d', name: 'conv2', activation: 'relu' },
  { type: 'maxpool2d', kernel: 2 },
  { type: 'linear', name: 'fc1', activation: 'relu' },
  { type: 'linear', name: 'fc2' },
];
const pooled = (): Network => random([
  { type: 'conv2d', name: 'conv1', out: 4, kernel: 5, activation: 'relu' },
  { type: 'maxpool2d', kernel: 2 },
  { type: 'conv2d', name: 'conv2', out: 6, kernel: 3, activation: 'relu' },
  { type: 'maxpool2d', kernel: 2 },
  { type: 'linear', name: 'fc1', out: 20, activation: 'relu' },
  { type: 'linear', name: 'fc2', out: 10 },
], [3, 16, 16]);

test('a network with pooling: its image has the size that the windows fill; it is not inverted', inFolder((dir) => {
  const files = audited(dir, pooled(), POOLED, 7);
  const { shape, lastLayer, notes, runs } = json(...files, '--iterations', '1');
  assert.equal([shape, lastLayer.labels, lastLayer.certain], [[3, 16, 16], [7], true]);
  assert.match(notes.join('\n'), /relu and max pooling: L_G has kinks, at which a descent can get stuck/);
  assert.equal(runs.map(({ method }) => method), ['idlg', 'dlg']);
  rejects(() => run([...files, '--method', 'analytic']), '--method analytic', /expected one that has an inverse/);
}));

test('a file that does not fit its description: the layer, the tensor and its shape are named', inFolder((dir) => {
  const network = pooled(), files = audited(dir, network, POOLED.toSpliced(2, 2), 7);
  rejects(() => json(...files), 'w.safetensors', /fc1\.weight: expected as many columns as a square image gives/);
  const unnamed = (name: string, { tensors }: { readonly tensors: Files }): string =>
    save(dir, name, new Map([...tensors.values()].map((tensor, k) => [`arr_${k}`, tensor])));
  const gradient = network.gradient(imageOf(network), 7);
  const arrays = ['--weights', unnamed('aw.safetensors', network.theta),
    '--gradients', unnamed('ag.safetensors', gradient)];
  write(dir, 'network.json', JSON.stringify({ layers: POOLED }));
  assert.equal(json(...arrays, '--method', 'none').lastLayer.labels, [7]);
  write(dir, 'swapped.json', JSON.stringify({ layers: [POOLED[0], POOLED[4], POOLED[2], POOLED[5]] }));
  rejects(() => json(...arrays, '--network', `${dir}/swapped.json`), 'aw.safetensors',
    /arr_2: expected 2 dimensions for layer 1, linear fc1, got shape \[6,4,3,3\]; the layers may be described in /);
}));

test('arrays of a network with pooling and no description: the LeNet is said to be assumed', inFolder((dir) => {
  const network = pooled(), gradient = network.gradient(imageOf(network), 7);
  const unnamed = ({ tensors }: { readonly tensors: Files }): Files =>
    new Map([...tensors.values()].map((tensor, k) => [`arr_${k}`, tensor]));
  const arrays = ['--weights', save(dir, 'w.safetensors', unnamed(network.theta)),
    '--gradients', save(dir, 'g.safetensors', unnamed(gradient))];
  rejects(() => json(...arrays), 'w.safetensors',
    /arr_4: expected 4 dimensions for layer 2, conv2d body\.4, got shape \[20,24\]; .*taken for the authors' LeNet$/);
  let text = '';
  rejects(() => (text = run(arrays)), 'w.safetensors', /arr_4: .*; the labels above need no description$/);
  assert.is(text, '', 'the error comes after the labels');
}));

const vector = (...values: number[]): Tensor => ({ shape: [values.length], data: Float64Array.from(values) });

test('batch normalisation: in eval mode by the file\'s statistics, in train mode by the batch\'s', inFolder((dir) => {
  const mean = vector(0.1, -0.2, 0.3, 0), variance = vector(0.5, 1, 2, 0.25);
  const of = (mode: 'train' | 'eval'): CheckpointLayer[] => [
    { type: 'conv2d', name: 'c', stride: 2, padding: 1 },
    { type: 'batchnorm2d', name: 'bn', mode, activation: 'sigmoid' },
    { type: 'linear', name: 'out' },
  ];
  for (const mode of ['eval', 'train'] as const) {
    const running = mode === 'eval' ? { running: { mean, variance } } : {};
    const network = random([
      { type: 'conv2d', name: 'c', out: 4, kernel: 3, stride: 2, padding: 1 },
      { type: 'batchnorm2d', name: 'bn', ...running, activation: 'sigmoid' },
      { type: 'linear', name: 'out', out: 6 },
    ], [1, 6, 6]);
    const buffers = new Map([['bn.running_mean', mean], ['bn.running_var', variance]]);
    const files = audited(dir, network, of(mode), 5, buffers);
    const { lastLayer: { labels, certain, mismatch }, runs, notes } = json(...files, '--iterations', '40', '--size', '6,6');
    assert.equal([labels, certain, runs[0].method], [[5], true, 'idlg'], mode);
    assert.ok(mismatch! < 1e-9 && !/weights|ignored/.test(notes.join()), mode);
    assert.ok(runs[0].objective < 1e-6, `${mode}: L_G / ‖∇W‖² is ${runs[0].objective}`);
    rejects(() => run([...files, '--method', 'analytic']), '--method analytic', /bn: expected a convolution, a linear/);
  }
  const network = random([{ type: 'conv2d', name: 'c', out: 4, kernel: 1 }, { type: 'batchnorm2d', name: 'bn' },
    { type: 'linear', name: 'out', out: 6 }], [1, 4, 4]);
  const layers: CheckpointLayer[] = [
    { type: 'conv2d', name: 'c' }, { type: 'batchnorm2d', name: 'bn' }, { type: 'linear', name: 'out' },
  ];
  const [, weights] = audited(dir, network, layers, 2, new Map([['bn.running_mean', mean]]));
  const gradient = network.gradient(imageOf(network), 2).data;
  const after = network.theta.like(network.theta.data.map((value, i) => value - 0.5 * gradient[i]));
  const state = new Map([...after.tensors, ['bn.running_mean', variance], ['bn.running_var', variance]] as const);
  const { lastLayer } = json('--before', weights, '--after', save(dir, 'after.safetensors', state),
    '--learning-rate', '0.5', '--method', 'none');
  assert.equal(lastLayer.labels, [2], 'statistics that a step has changed are no gradient');
}));

test('leaky ReLU is inverted; SiLU is not, and says why', inFolder((dir) => {
  const layersOf = (activation: 'leaky-relu' | 'silu'): readonly [LayerDescription[], CheckpointLayer[]] => [
    [{ type: 'conv2d', name: 'c', out: 12, kernel: 3, stride: 2, padding: 1, activation },
      { type: 'linear', name: 'out', out: 6 }],
    [{ type: 'conv2d', name: 'c', stride: 2, padding: 1, activation }, { type: 'linear', name: 'out' }],
  ];
  const [leaky, leakyLayers] = layersOf('leaky-relu'), [silu, siluLayers] = layersOf('silu');
  const found = json(...audited(dir, random(leaky, [1, 12, 12]), leakyLayers, 5));
  assert.equal([found.runs.map(({ method }) => method), found.verdict], [['analytic'], 'client']);
  assert.match(found.notes.join('\n'), /leaky-relu: L_G has kinks/);
  const files = audited(dir, random(silu, [1, 12, 12]), siluLayers, 5);
  assert.is(json(...files, ...QUICK).lastLayer.certain, true);
  rejects(() => run([...files, '--method', 'analytic']), '--method analytic',
    /\(sigmoid, tanh, leaky-relu\), got silu: it maps two x to the same y$/);
  assert.is(json(...files, '--iterations', '1').runs[0].method, 'idlg');
}));

test('the last layer\'s input must lie in the range of the activation before, also after pooling', inFolder((dir) => {
  const of = (smallest: number, largest: number): InputRange => ({ smallest, largest, zeros: 0, features: 100 });
  assert.equal([of(-0.5, 3), of(-0.27, 3)].map((range) => canGive('silu', range)), [false, true]);
  assert.ok(canGive('leaky-relu', of(-5, 3)));
  const network = random([
    { type: 'conv2d', name: 'c', out: 4, kernel: 3, padding: 1, activation: 'tanh' },
    { type: 'averagepool2d', kernel: 2 }, { type: 'linear', name: 'out', out: 6 },
  ], [1, 6, 6]);
  const layers = (activation: 'tanh' | 'sigmoid'): CheckpointLayer[] => [
    { type: 'conv2d', name: 'c', padding: 1 }, { type: activation }, { type: 'averagepool2d', kernel: 2 },
    { type: 'linear', name: 'out' },
  ];
  const notesOf = (activation: 'tanh' | 'sigmoid'): string =>
    json(...audited(dir, network, layers(activation), 1), '--method', 'none').notes.join('\n');
  assert.match(notesOf('sigmoid'), /which sigmoid cannot give/);
  assert.not.match(notesOf('tanh'), /cannot give/);
}));

test('tied weights: one layer that is used twice', inFolder((dir) => {
  const tied: LayerDescription = { type: 'linear', name: 'a', out: 8, activation: 'sigmoid' };
  const network = random([
    { type: 'linear', name: 'in', out: 8, activation: 'sigmoid' }, tied, tied, { type: 'linear', name: 'out', out: 5 },
  ], [1, 4, 5]);
  const layers: CheckpointLayer[] = ['in', 'a', 'a', 'out'].map((name) =>
    ({ type: 'linear', name, ...(name !== 'out' && { activation: 'sigmoid' }) }));
  const files = audited(dir, network, layers, 3);
  const { lastLayer, notes } = json(...files, '--method', 'none', '--size', '4,5');
  assert.equal([lastLayer.labels, lastLayer.certain, notes], [[3], true, []]);
  const refusal = /a: expected weights of its own, got weights that several layers share$/;
  rejects(() => run([...files, '--size', '4,5', '--method', 'analytic']), '--method analytic', refusal);
}));

test('unusedNotes: the buffers of the layers are not told, whatever their type and prefix', () => {
  const layers: CheckpointLayer[] = [{ type: 'batchnorm2d', name: 'bn' }, { type: 'linear', name: 'out' }];
  const network = random([{ type: 'batchnorm2d', name: 'bn' }, { type: 'linear', name: 'out', out: 3 }], [1, 4, 4]);
  const tensors = new Map([...network.theta.tensors, ['bn.running_mean', vector(0)], ['x', vector(1)]] as const);
  const others = new Map(['module.bn.num_batches_tracked', 'on.num_batches_tracked'].map((name) => [name, 'I64']));
  assert.equal(unusedNotes(network, layers, [{ path: 'w.npz', tensors, others }]),
    ['ignored, because no layer of the description uses them: x, on.num_batches_tracked in w.npz']);
});

test('inFile and sizeNotes: the type of a tensor under a prefix; no note if no other size fits', () => {
  const network = random([{ type: 'linear', name: 'out', out: 3 }], [1, 1, 1]), { tensors } = network.theta;
  const file = { path: 'w.npz', tensors, others: new Map([['module.fc.weight', 'I64']]) };
  const missing = (): never => {
    throw new RangeError('fc.weight: expected a tensor of that name, got out.weight');
  };
  rejects(() => inFile(file, missing), 'w.npz', /: fc\.weight: expected floating-point numbers of .*, got I64$/);
  assert.equal(sizeNotes(network, file, [{ type: 'linear', name: 'out' }]), []);
});

test.run();
