/** @file Attacks with a prior on drawn digits: what they recover from noise and from clipping. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { idlg } from '../../../src/attack/idlg.ts';
import { mse } from '../../../src/attack/metrics.ts';
import { addGaussian, clip } from '../../../src/beyond/defence/defences.ts';
import { withPrior, type MapAttackOptions } from '../../../src/beyond/prior/map.ts';
import { digits } from '../../../src/data/synthetic.ts';
import { lenet } from '../../../src/kernels/lenet.ts';
import type { Network } from '../../../src/nn/network.ts';
import type { ParameterVector } from '../../../src/nn/parameters.ts';
import { Random } from '../../../src/tensor/random.ts';

const DIGITS = { channels: 1, height: 28, width: 28, classes: 10 };

const withNoise = (gradient: ParameterVector, variance: number, seed: number): ParameterVector =>
  addGaussian(gradient, variance, new Random(seed, 99));

const attackIdlg = (network: Network, gradient: ParameterVector, options: MapAttackOptions = {}) =>
  withPrior(idlg, network, gradient, 1, options);

test('noise of variance 0.01 hides a digit from iDLG, and not from an attack that expects a smooth image', () => {
  for (const i of [0, 1]) {
    const { image, label } = digits().example(i), network = lenet({ ...DIGITS, seed: i });
    const gradient = withNoise(network.gradient(image, label), 0.01, i);
    const smooth = attackIdlg(network, gradient, { prior: 'tv' });
    const bounded = attackIdlg(network, gradient, { prior: 'box' });
    const plain = attackIdlg(network, gradient, { iterations: 4 });
    const [tv, box, none] = [smooth, bounded, plain].map((found) => mse(found.image, image));
    assert.ok(tv < 0.03 && tv < box && box < 0.15 && none > 0.3, `${tv}, ${box}, ${none}`);
    assert.is(smooth.label, label);
    for (const { images } of [smooth, bounded]) assert.ok(images.data.every((value) => value >= 0 && value <= 1));
  }
});

test('clipping hides an image from L_G and not from the cosine', () => {
  const { image, label } = digits().example(4), network = lenet({ ...DIGITS, seed: 4 });
  const gradient = clip(network.gradient(image, label), 0.1);
  const cosine = mse(attackIdlg(network, gradient, { objective: 'cosine' }).image, image);
  const squared = mse(attackIdlg(network, gradient, { iterations: 5 }).image, image);
  const smooth = mse(attackIdlg(network, gradient, { objective: 'cosine', prior: 'tv' }).image, image);
  assert.ok(cosine < 1e-5 && smooth < 1e-4 && squared > 0.01, `${cosine}, ${smooth}, ${squared}`);
});

test.run();
