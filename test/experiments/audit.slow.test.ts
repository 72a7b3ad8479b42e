/** @file `idlg audit`: whole descents, on gradients that PyTorch exported (of drawn pictures) and on our networks. */
import { join } from 'node:path';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { digits } from '../../src/data/synthetic.ts';
import type { Network } from '../../src/nn/network.ts';
import { inFolder, write } from '../data/files.ts';
import { capture, client, json, save } from './audits.ts';

test('captures of PyTorch: label certain, image below 1e-4', () => {
  for (const [name, label, iterations] of [['drawn-grey-1', 1, '300'], ['drawn-grey-2', 7, '300']] as const) {
    const { batch, lastLayer, notes, truth, runs: [{ mse, ...record }], shape } =
      json(...capture(name), '--size', '28,28', '--iterations', iterations);
    assert.equal([batch, lastLayer.labels, lastLayer.certain, notes, truth!.labels], [1, [label], true, [], [label]]);
    assert.equal([record.label, record.labelCorrect, shape], [label, true, [1, 28, 28]]);
    assert.ok(mse < 1e-4, `${name}: MSE ${mse}`);
    assert.ok(Math.abs(lastLayer.scale! - 1) < 1e-5 && lastLayer.bits === 24);
  }
});

test('a capture in colour, of 100 classes: the label; a few iterations go towards the image', () => {
  const { lastLayer, shape, runs: [{ mse, label }] } = json(...capture('drawn-colour'), '--iterations', '12');
  assert.equal([lastLayer.labels, lastLayer.certain, label, shape], [[42], true, 42, [3, 32, 32]]);
  assert.ok(mse < 0.5, `MSE ${mse}; that of noise from N(0, 1) is above 1`);
});

test('a capture of a batch: its size by the rank, its labels by iLRG, its images in the order that fits', () => {
  const report = json(...capture('drawn-batch3'), '--tolerance', '1e-9'), [record] = report.runs;
  assert.is(report.batch, 3);
  assert.match(report.notes.join('\n'), /rank 3: it comes from at least 3 images, and 3 are assumed;/);
  assert.equal([report.lastLayer.labels, report.lastLayer.labelRule, report.lastLayer.certain],
    [[0, 1, 7], 'ilrg', true]);
  interface OfBatch {
    readonly images: readonly { readonly truth: number; readonly mse: number; readonly label: number }[];
    readonly mse: number;
    readonly labelCorrect: boolean;
  }
  const { images, mse, labelCorrect } = record as unknown as OfBatch;
  assert.ok(labelCorrect && mse < 1e-4, `MSE ${mse}`);
  assert.equal(images.map(({ label, truth }) => [label, truth]), [[0, 2], [1, 1], [7, 0]],
    'truth.json has labels 7, 1, 0');
  assert.ok(Math.abs(images.reduce((sum, image) => sum + image.mse, 0) / 3 - mse) < 1e-18);
});

test('before and after one step of SGD: the same attack as on the gradient', inFolder((dir) => {
  const { network, gradient, files } = client(dir), { theta } = network;
  for (const rate of [0.1, 0.01]) {
    const after = theta.like(theta.data.map((value, i) => value - rate * gradient.data[i]));
    const args = ['--before', save(dir, 'b.safetensors', theta.tensors),
      '--after', save(dir, 'a.safetensors', after.tensors), '--learning-rate', String(rate)];
    const more = ['--tolerance', '1e-12', '--out', join(dir, `out${rate}`)];
    const [direct, update] = [files, args].map((args) => json(...args, ...more, '--truth', truthFile(dir, network)));
    assert.equal(update.lastLayer.labels, direct.lastLayer.labels);
    assert.ok(Math.abs(update.runs[0].mse - direct.runs[0].mse) < 1e-9, `${update.runs[0].mse}, ${direct.runs[0].mse}`);
  }
}));

function truthFile(dir: string, { imageShape }: Network): string {
  const { image } = digits().example(0), pixels = [...image.data].map((value) => Math.round(255 * value));
  return write(dir, 'truth.json', JSON.stringify({ labels: [3], shape: [1, ...imageShape], pixels }));
}

test.run();
