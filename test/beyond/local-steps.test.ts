/** @file Local steps: what their sum is, the fixed point of the correction, and the image that it recovers. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { idlg } from '../../src/attack/idlg.ts';
import { mse } from '../../src/attack/metrics.ts';
import { analytic } from '../../src/beyond/analytic/analytic.ts';
import { attackSteps, gradientsInChange, simulateSteps, type LocalSteps } from '../../src/beyond/local-steps.ts';
import { accelerate } from '../../src/kernels/accelerate.ts';
import { Network, stack } from '../../src/nn/network.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import type { Random } from '../../src/tensor/random.ts';
import { axpy, dot } from '../../src/tensor/vector.ts';
import { randomImage, randomVictim } from '../attack/networks.ts';
import { checkClose } from '../check/close.ts';
import { between, forAll, oneOf } from '../check/property.ts';

const randomSteps = (random: Random): LocalSteps => ({
  learningRate: 10 ** random.uniform(-3, -1), steps: between(random, 1, 6), momentum: oneOf(random, [0, 0.5, 0.9]),
});

test('how many gradients are in a change: n, and Σ (1 − μᵏ) / (1 − μ) with momentum', () => {
  assert.is(gradientsInChange({ steps: 7, momentum: 0 }), 7);
  assert.is(gradientsInChange({ steps: 3, momentum: 0.5 }), 1 + 1.5 + 1.75);
  forAll('steps', 20, (random) => {
    const steps = between(random, 1, 30), momentum = random.uniform(0, 0.99);
    const expected = Array.from({ length: steps }, (_, k) => (1 - momentum ** (k + 1)) / (1 - momentum));
    checkClose('C', [gradientsInChange({ steps, momentum })], [expected.reduce((a, b) => a + b)], 1e-12);
  });
});

test('ḡ = Σ wₖ gₖ / C with wₖ = (1 − μⁿ⁻ᵏ⁺¹) / (1 − μ), every gₖ where the client has come', () => {
  forAll('clients', 12, (random, i) => {
    const { network, image, label } = randomVictim(random), local = randomSteps(random), { steps, momentum } = local;
    const other = randomImage(random, image.shape), isBatch = i % 2 === 1;
    const images = isBatch ? [image, other] : [image], labels = isBatch ? [label, (label + 1) % 10] : [label];
    const client = new Network(network.build, network.imageShape, 1, network.theta.like(network.theta.data.slice()));
    const v = new Float64Array(network.theta.data.length), mean = new Float64Array(v.length);
    let first: ParameterVector | undefined, total = 0;
    for (let k = 1; k <= steps; k++) {
      const g = client.gradient(images, labels), w = (1 - momentum ** (steps - k + 1)) / (1 - momentum);
      first ??= g;
      axpy(w, g.data, mean);
      total += w;
      v.forEach((value, j) => { v[j] = momentum * value + g.data[j]; });
      axpy(-local.learningRate, v, client.theta.data);
    }
    const before = network.theta.data.slice();
    const found = simulateSteps(network, { images: stack('images', images, image.shape), labels }, local);
    checkClose('g₁', found.first.data, first!.data, 1e-12);
    checkClose('ḡ', found.mean.data, mean.map((value) => value / total), 1e-9);
    assert.equal(network.theta.data, before, 'θ₀ stays');
  });
});

test('frozen tensors do not move, and have no gradient', () => {
  forAll('clients', 6, (random) => {
    const { network, image, label } = randomVictim(random), frozen = ['body.2.weight', 'fc.0.bias'];
    const attempt = { images: stack('image', [image], image.shape), labels: [label] };
    const local = { learningRate: 0.1, steps: 3, momentum: 0.5 };
    const { first, mean } = simulateSteps(network, attempt, local, frozen);
    const all = simulateSteps(network, attempt, local);
    for (const name of frozen) {
      for (const { tensors } of [first, mean]) assert.ok(tensors.get(name)!.data.every((value) => value === 0));
    }
    assert.equal(first.tensors.get('body.0.bias')!.data, all.first.tensors.get('body.0.bias')!.data);
    assert.not.equal(mean.tensors.get('body.0.bias')!.data, all.mean.tensors.get('body.0.bias')!.data);
  });
});

test('the client\'s own image is a fixed point: what is attacked next is g₁', () => {
  forAll('clients', 10, (random) => {
    const { network, image, label, gradient } = randomVictim(random), local = randomSteps(random);
    const attempt = { images: stack('image', [image], image.shape), labels: [label] };
    const shared = simulateSteps(network, attempt, local).mean, targets: ParameterVector[] = [];
    assert.is(attackSteps(network, shared, local, () => attempt).rounds, 1, 'the change is explained');
    shared.data[0] += 1e-4 * Math.abs(shared.data[0]) + 1e-6; // so that the first round is not the last
    attackSteps(network, shared, local, (target) => {
      targets.push(gradient.like(target.data.slice()));
      return attempt;
    });
    assert.equal(targets[0].data, shared.data);
    checkClose('G', targets[1].data.subarray(1), gradient.data.subarray(1), 1e-9);
  });
});

test('rounds: the image to rounding where one attack on the mean gradient is far off', () => {
  forAll('clients', 3, (random, i) => {
    const victim = randomVictim(random, { height: 12, width: 12, channels: 1 }), network = accelerate(victim.network);
    const attempt = { images: stack('image', [victim.image], victim.image.shape), labels: [victim.label] };
    const local = { learningRate: 0.02, steps: 5, momentum: i === 0 ? 0.5 : 0 };
    const shared = simulateSteps(network, attempt, local).mean;
    const found = attackSteps(network, shared, local, (target) => analytic(network, target));
    const [once, error] = [analytic(network, shared).image, found.best.image].map((x) => mse(x, victim.image));
    assert.is(found.best.label, victim.label);
    assert.ok(found.rounds > 1 && found.unexplained < 1e-12, `${found.unexplained} after ${found.rounds}`);
    assert.ok(error < 1e-8 && error < 1e-3 * once, `${error}, at once ${once}`);
  });
});

test('the nearest attempt counts, each attack knows the last, and a simulation that diverges ends the rounds', () => {
  forAll('clients', 3, (random) => {
    const { network, image, label } = randomVictim(random), local = { learningRate: 0.01, steps: 2, momentum: 0 };
    const own = { images: stack('image', [image], image.shape), labels: [label] };
    const shared = simulateSteps(network, own, local).mean;
    const attempts = [0.5, 0.9, 0.2, 0.3, 0.4].map((share) => ({
      ...own, images: { ...own.images, data: own.images.data.map((value) => share * value) },
    }));
    const seen: unknown[] = [];
    const { best, rounds, unexplained } = attackSteps(network, shared, local, (_, last) => {
      seen.push(last);
      return attempts[seen.length - 1];
    });
    assert.is(best, attempts[1]);
    assert.is(rounds, 5, 'three in vain');
    assert.ok(seen[0] === undefined && seen[1] === attempts[0] && seen[2] === attempts[1]);
    const left = simulateSteps(network, attempts[1], local).mean.data.map((value, i) => value - shared.data[i]);
    checkClose('unexplained', [unexplained], [dot(left, left) / dot(shared.data, shared.data)], 1e-12);
    const wild = { ...own, images: { ...own.images, data: own.images.data.map(() => NaN) } };
    const lost = attackSteps(network, shared, local, () => wild);
    assert.equal([lost.best === wild, lost.rounds, lost.unexplained], [true, 1, Infinity]);
  });
});

test('a batch: iDLG on the corrected gradient, from its last images', () => {
  forAll('clients', 1, (random) => {
    const victim = randomVictim(random, { height: 8, width: 8, channels: 1 }), network = accelerate(victim.network);
    const images = [victim.image, randomImage(random, victim.image.shape)], labels = [2, 5];
    const local = { learningRate: 0.02, steps: 3, momentum: 0 };
    const shared = simulateSteps(network, { images: stack('images', images, victim.image.shape), labels }, local).mean;
    const options = { labels, relative: true, tolerance: 1e-16, iterations: 40 };
    const found = attackSteps(network, shared, local, (target, last?: ReturnType<typeof idlg>) =>
      idlg(network, target, { ...options, ...(last && { start: last.images }) }));
    const once = idlg(network, shared, options);
    const errors = [once, found.best].map((run) => mse(run.image, images[0]));
    assert.ok(errors[1] < 1e-4 && errors[1] < 0.1 * errors[0], `${errors[1]}, at once ${errors[0]}`);
  });
});

test.run();
