/** @file Attacks with a prior: what they recover from defended gradients, and that without one nothing changes. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { dlg } from '../../../src/attack/dlg.ts';
import { lastLayer } from '../../../src/attack/extract-label.ts';
import { GradientMatching } from '../../../src/attack/gradient-matching.ts';
import { idlg } from '../../../src/attack/idlg.ts';
import { mse } from '../../../src/attack/metrics.ts';
import type { AttackOptions } from '../../../src/attack/reconstruct.ts';
import { idlgBatch } from '../../../src/beyond/batch/idlg-batch.ts';
import { addGaussian, clip, prune } from '../../../src/beyond/defence/defences.ts';
import { readLabel } from '../../../src/beyond/diagnosis/read-label.ts';
import { Jacobian } from '../../../src/beyond/prior/jacobian.ts';
import {
  ALL_LEARNING_RATES, defaultIterations, profileLikelihood, withPrior, type MapAttackOptions,
} from '../../../src/beyond/prior/map.ts';
import { defaultWeight, informationPerPixel } from '../../../src/beyond/prior/weight.ts';
import { withoutZeros } from '../../../src/beyond/shared-numbers.ts';
import { lenet } from '../../../src/kernels/lenet.ts';
import { labelsOf, type Network } from '../../../src/nn/network.ts';
import type { ParameterVector } from '../../../src/nn/parameters.ts';
import { Random } from '../../../src/tensor/random.ts';
import { view, type Tensor } from '../../../src/tensor/tensor.ts';
import { dot } from '../../../src/tensor/vector.ts';
import { checkClose, expectWithin } from '../../check/close.ts';
import { forAll } from '../../check/property.ts';

const SMALL = { channels: 1, height: 8, width: 8, classes: 4 };

interface Small {
  readonly network: Network;
  readonly image: Tensor;
  readonly gradient: ParameterVector;
}

/** A small network and the gradient of an image of a gentle slope. */
function small(seed: number): Small {
  const network = lenet({ ...SMALL, seed });
  const pixels = Float64Array.from({ length: 64 }, (_, i) => ((i % 8) + Math.floor(i / 8)) / 14);
  const image = view(pixels, [1, 8, 8]);
  return { network, image, gradient: network.gradient(image, 2) };
}

const withNoise = (gradient: ParameterVector, variance: number, seed = 1): ParameterVector =>
  addGaussian(gradient, variance, new Random(seed, 99));

const attackIdlg = (network: Network, gradient: ParameterVector, options: MapAttackOptions = {}) =>
  withPrior(idlg, network, gradient, 1, options);

test('without a prior: the same bits as the attack itself', () => {
  const { network, gradient } = small(1);
  for (const options of [{}, { seed: 3, relative: true }, { lineSearch: 'none', iterations: 5 }] as AttackOptions[]) {
    assert.equal(attackIdlg(network, gradient, { prior: 'none', objective: 'squared', ...options }),
      idlg(network, gradient, options));
    assert.equal(withPrior(dlg, network, gradient, 1, options), dlg(network, gradient, options));
  }
  const gd = { optimizer: 'gd', iterations: 7 } as const;
  assert.equal(attackIdlg(network, gradient, gd), idlg(network, gradient, gd));
});

test('under noise a prior finds what iDLG does not', () => {
  const { network, gradient, image } = small(2), noisy = withNoise(gradient, 1e-4);
  const [tv, box] = (['tv', 'box'] as const).map((prior) => attackIdlg(network, noisy, { prior }));
  const errors = [tv, box, attackIdlg(network, noisy, { iterations: 20 })].map((found) => mse(found.image, image));
  assert.ok(errors[0] < 0.5 * errors[1] && errors[1] < 0.8 * errors[2], `${errors}`);
  for (const { images } of [tv, box]) assert.ok(images.data.every((value) => value >= 0 && value <= 1));
});

test('Adam and Adam on signs find nearly the same image under noise', () => {
  const { network, gradient } = small(2), noisy = withNoise(gradient, 1e-4);
  const best = attackIdlg(network, noisy, { prior: 'tv', priorWeight: 2, sigma: 0.01 });
  const [adam, signs] = (['adam', 'sign-adam'] as const).map((optimizer) =>
    attackIdlg(network, noisy, { prior: 'tv', priorWeight: 2, sigma: 0.01, optimizer }));
  for (const { image, iterations } of [adam, signs]) {
    assert.ok(mse(image, best.image) < 1e-3, `${mse(image, best.image)}`);
    assert.is(iterations, 600);
  }
  assert.not.equal(adam.image, signs.image);
});

test('zeros of a pruned gradient are no noise', () => {
  const { network, gradient, image } = small(2), pruned = prune(gradient, 0.7);
  assert.ok(mse(attackIdlg(withoutZeros(network), pruned, { prior: 'tv' }).image, image) < 1e-4);
});

test('clipping hides an image from L_G and not from the cosine', () => {
  const { network, gradient, image } = small(4), clipped = clip(gradient, 0.1);
  const options: MapAttackOptions[] = [{ objective: 'cosine' }, { objective: 'cosine', prior: 'tv' }, { iterations: 20 }];
  const [cosine, smooth, squared] = options.map((one) => mse(attackIdlg(network, clipped, one).image, image));
  assert.ok(cosine < 1e-5 && smooth < 1e-4 && squared > 0.01, `${cosine}, ${smooth}, ${squared}`);
});

test('the objective of the result is the L_G of its images, whatever was minimised', () => {
  const { network, gradient } = small(3), square = dot(gradient.data, gradient.data);
  const several: MapAttackOptions[] = [{ prior: 'tv' }, { objective: 'cosine' }, { restarts: 2, iterations: 3 }];
  for (const options of several) {
    const found = attackIdlg(network, gradient, options);
    const { objective } = new GradientMatching(network, gradient).evaluate(found.images, labelsOf([found.label], 4));
    checkClose('L_G', [found.objective], [objective], 1e-12);
    const relative = attackIdlg(network, gradient, { ...options, relative: true });
    checkClose('L_G / ‖∇W‖²', [relative.objective * square], [new GradientMatching(network, gradient)
      .evaluate(relative.images, labelsOf([relative.label], 4)).objective], 1e-12);
  }
});

test('restarts: the result with the least objective, and the evaluations of all', () => {
  const { network, gradient } = small(5), options = { iterations: 1, seed: 7 } as const;
  const starts = [1, 2, 3, 4].map((restarts) => attackIdlg(network, gradient, { ...options, restarts }));
  assert.equal(starts[0], idlg(network, gradient, options));
  for (let k = 1; k < 4; k++) {
    assert.ok(starts[k].objective <= starts[k - 1].objective * (1 + 1e-12));
    assert.ok(starts[k].evaluations > starts[k - 1].evaluations);
  }
  assert.ok(starts[3].objective < starts[0].objective, 'one of four starts is better than the first');
  assert.equal(attackIdlg(network, gradient, { ...options, restarts: 4 }), starts[3]);
  const best = (seed: number, restarts: number): number =>
    attackIdlg(network, gradient, { iterations: 0, seed, restarts }).objective;
  const third = Array.from({ length: 10 }, (_, seed) => best(seed, 3) < best(seed, 2)).filter(Boolean).length;
  assert.ok(third > 0, 'a third start differs from the second');
  const stopped = (restarts: number) => {
    let shown = 0;
    const onIteration = (): boolean => ++shown < 3;
    const { stop, evaluations } = attackIdlg(network, gradient, { seed: 7, restarts, onIteration });
    return { stop, shown, evaluations };
  };
  assert.equal(stopped(4), stopped(1), 'to stop the first start is to stop');
  assert.is(stopped(1).shown, 3);
});

test('restarts: a start that diverges is no result if another does not', () => {
  const { network, gradient } = small(5), starts: Float64Array[] = [];
  const diverging = (network: Network, gradient: ParameterVector, options: AttackOptions) => {
    const found = idlg(network, gradient, { ...options, iterations: 1 });
    starts.push(found.image.data);
    return starts.length === 1 ? { ...found, objective: NaN } : found;
  };
  assert.equal(withPrior(diverging, network, gradient, 1, { restarts: 2 }).image.data, starts[1]);
});

test('a batch and DLG have priors too', () => {
  const { network } = small(6), images = [0.2, 0.8].map((value) => view(new Float64Array(64).fill(value), [1, 8, 8]));
  const gradient = withNoise(network.gradient(images, [1, 3]), 1e-6);
  const batch = withPrior((n, g, options) => idlgBatch(n, g, 2, options), network, gradient, 2, { prior: 'tv' });
  assert.equal(batch.labels, [1, 3]);
  images.forEach((image, k) => assert.ok(mse(view(batch.images.data, [1, 8, 8], 64 * k), image) < 0.01, `${k}`));
  const { image, label } = withPrior(dlg, network, network.gradient(images[0], 1), 1, { prior: 'tv' });
  assert.is(label, 1);
  assert.ok(mse(image, images[0]) < 0.01, `${mse(image, images[0])}`);
  assert.ok(image.data.every((value) => value >= 0 && value <= 1));
});

test('the label under noise is the likeliest; without noise the rule is that of Eq. (4)', () => {
  const { network, gradient } = small(7);
  assert.equal(readLabel(network, gradient), { label: 2, rule: 'bias' });
  const noisy = withNoise(gradient, 0.01), { data } = lastLayer(noisy).bias!;
  data[0] = data[2] - 0.01; // what the bias alone says is wrong
  assert.equal(readLabel(network, noisy), { label: 2, rule: 'likelihood' });
  const labels = (['none', 'tv'] as const).map((prior) =>
    attackIdlg(network, noisy, { prior, iterations: 1, objective: 'cosine' }).label);
  assert.equal(labels, [2, 2]);
  assert.is(attackIdlg(network, noisy, { iterations: 1 }).label, 0, 'the attack itself goes by Eq. (4)');
});

test('the angle in nats: a (D − D²/2), the residual at the best scale; beyond, a straight line', () => {
  forAll('gradients', 10, (random) => {
    const g = random.fillNormal(new Float64Array(6)), G = random.fillNormal(new Float64Array(6));
    if (dot(g, G) < 0) g.forEach((value, i) => { g[i] = -value; });
    const s = dot(g, G) / dot(g, g), rest = G.map((value, i) => value - s * g[i]), sigma = 0.3;
    const D = 1 - dot(g, G) / Math.sqrt(dot(g, g) * dot(G, G)), a = dot(G, G) / sigma ** 2;
    if (D < 0.95) checkClose('nats', [profileLikelihood(D, a).value], [dot(rest, rest) / (2 * sigma ** 2)], 1e-12);
    for (const at of [0, 0.3, 0.9, 0.97, 1.5]) {
      const h = 1e-6, slope = (profileLikelihood(at + h, a).value - profileLikelihood(at - h, a).value) / (2 * h);
      checkClose(`slope at ${at}`, [profileLikelihood(at, a).slope], [slope], 1e-6);
    }
  });
});

test('the weight by the noise: about 9 with little, 2 at variance 0.01, never above 10', () => {
  checkClose('w', [2000, 20, 2].map(defaultWeight), [8.8, 2.2, 1.1], 0.03);
  assert.is(defaultWeight(1e9), 10);
  forAll('networks', 3, (random, i) => {
    const { network } = small(i), x = view(new Float64Array(64).fill(0.5), [1, 1, 8, 8]);
    const sigma = random.uniform(0.01, 1);
    const J = new Jacobian(network.withBatch(1), x, labelsOf([1], 4)), y = new Float64Array(J.rows);
    let square = 0;
    for (let k = 0; k < 64; k++) {
      J.times(new Float64Array(64).fill(1, k, k + 1), y);
      square += dot(y, y);
    }
    const exact = square / (64 * sigma * sigma);
    const found = informationPerPixel(network, [1], sigma);
    const partly = informationPerPixel(network, [1], sigma, ['fc.0.weight']);
    expectWithin('I', found, exact, exact, 0.25);
    assert.ok(partly < found, 'a tensor that was not shared tells nothing');
  });
});

test('defaults of η and of the iterations', () => {
  assert.equal([{}, { prior: 'tv' }, { optimizer: 'adam' }, { optimizer: 'gd' }].map((options) =>
    defaultIterations(options as MapAttackOptions)), [300, 30, 600, 300]);
  assert.equal(ALL_LEARNING_RATES, { lbfgs: 1, gd: 0.05, adam: 0.1, 'sign-adam': 0.1 });
});

test('options that are not valid are refused', () => {
  const { network, gradient } = small(1), refuses = (options: MapAttackOptions, message: RegExp): void =>
    assert.throws(() => attackIdlg(network, gradient, options), message);
  refuses({ prior: 'TV' as 'tv' }, /^prior: expected none, box, tv, got TV$/);
  refuses({ objective: 'L_G' as 'squared' }, /^objective: expected squared, cosine, got L_G$/);
  refuses({ optimizer: 'sgd' as 'gd' }, /^optimizer: expected lbfgs, gd, adam, sign-adam, got sgd$/);
  refuses({ optimizer: 'gd', prior: 'box' }, /^optimizer: expected lbfgs, adam or sign-adam with a prior, got gd$/);
  for (const restarts of [0, 1.5, NaN]) refuses({ restarts }, /^restarts: expected a whole number from 1/);
  for (const bad of [-1, NaN, Infinity]) {
    refuses({ prior: 'tv', priorWeight: bad }, /^priorWeight: expected a number from 0/);
    refuses({ prior: 'tv', sigma: bad }, /^sigma: expected a number from 0/);
  }
});

test.run();
