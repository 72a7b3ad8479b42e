/**
 * @file What DLG and iDLG share: start, record, stops, options; each tried with both.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { dlg, dlgRun } from '../../src/attack/dlg.ts';
import { idlg, idlgRun } from '../../src/attack/idlg.ts';
import { lastLayer } from '../../src/attack/extract-label.ts';
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { mse } from '../../src/attack/metrics.ts';
import {
  ATTACK_DEFAULTS, OPTIMIZERS, type AttackOptions, type AttackPoint, type Reconstruction,
} from '../../src/attack/reconstruct.ts';
import { ACTIVATIONS } from '../../src/nn/activation.ts';
import { Lbfgs, LINE_SEARCHES } from '../../src/optim/lbfgs.ts';
import { drain, minimize, type Objective } from '../../src/optim/optimizer.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { labelsOf } from '../../src/nn/network.ts';
import { Random, STREAMS } from '../../src/tensor/random.ts';
import { unstack, zeros } from '../../src/tensor/tensor.ts';
import { norm2, normInf } from '../../src/tensor/vector.ts';
import { checkClose } from '../check/close.ts';
import { forAll, normals } from '../check/property.ts';
import { randomVictim, type Victim } from './networks.ts';

const client = randomVictim(new Random(1), { channels: 1, height: 8, width: 8 });
/** What a run computes, without its functions. */
const bits = ({ image, label, objective, iterations, evaluations, stop, trajectory }: Reconstruction): unknown =>
  [image, label, objective, iterations, evaluations, stop, trajectory.map((point) => point.objective)];

for (const attack of [idlg, dlg]) {
  const { name } = attack;
  const run = (options: AttackOptions = {}, { network, gradient }: Victim = client): Reconstruction =>
    attack(network, gradient, options);

  test(`${name}: the trajectory begins at the start and ends at the result`, () => {
    const all: AttackOptions[] = [{}, { iterations: 2 }, { iterations: 0 }, { optimizer: 'gd', iterations: 5 }];
    for (const options of all) {
      const start = { shape: [1, 8, 8], data: normals(new Random(7), 64) };
      const { image, objective, iterations, trajectory } = run({ ...options, start, truth: client.image });
      assert.is(trajectory.length, iterations + 1);
      assert.ok(trajectory.every(({ iteration }, k) => iteration === k));
      assert.is(trajectory[0].mse, mse(start, client.image));
      assert.is(trajectory[iterations].objective, objective);
      assert.is(trajectory[iterations].mse, mse(image, client.image));
    }
  });

  test(`${name}: onIteration sees what the trajectory keeps, and the image as it is then`, () => {
    const points: AttackPoint[] = [], errors: number[] = [];
    const { trajectory, images, evaluations } = run({
      truth: client.image,
      onIteration: (point) => {
        points.push(point);
        errors.push(mse(unstack(point.images)[0], client.image));
      },
    });
    assert.equal(points.map(({ iteration, objective, mse }) => ({ iteration, objective, mse })), trajectory);
    assert.equal(errors, trajectory.map((point) => point.mse));
    assert.is(points.at(-1)!.images.data, images.data);
    assert.is(points[0].evaluations, 1);
    assert.is(points.at(-1)!.evaluations, evaluations);
    assert.ok(points.every((point, k) => k === 0 || point.evaluations > points[k - 1].evaluations));
  });

  test(`${name}: onIteration can stop the run`, () => {
    const { stop, iterations, trajectory } = run({ onIteration: ({ iteration }) => iteration < 2 });
    assert.equal([stop, iterations, trajectory.length], ['callback', 2, 3]);
  });

  test(`${name}: every evaluation of L_G is an honest stop: iterations and tolerance`, () => {
    assert.equal([run({ iterations: 1 }).stop, run({ iterations: 1 }).iterations], ['iterations', 1]);
    const { stop, objective } = run({ tolerance: 0.1 });
    assert.is(stop, 'objective');
    assert.ok(objective < 0.1);
  });

  test(`${name}: the same seed gives the same bits, another seed another start`, () => {
    assert.equal(bits(run({ seed: 3 })), bits(run({ seed: 3 })));
    assert.equal(bits(run()), bits(run({ seed: 0 })));
    assert.not.equal(run({ seed: 3, iterations: 0 }).image, run({ seed: 4, iterations: 0 }).image);
  });

  test(`${name}: the defaults`, () => {
    const common = { iterations: 300, tolerance: 1e-8, lookEvery: 1, relative: false, seed: 0 };
    assert.equal({ ...common, ...ATTACK_DEFAULTS }, { ...ATTACK_DEFAULTS, ...common });
    const lbfgs = { optimizer: 'lbfgs', lineSearch: 'strong-wolfe', learningRate: 1 } as const;
    assert.equal(bits(run()), bits(run({ ...common, ...lbfgs })));
    const gd = { optimizer: 'gd', learningRate: 0.05, iterations: 20 } as const;
    assert.equal(bits(run({ optimizer: 'gd', iterations: 20 })), bits(run({ ...common, ...gd })));
  });

  test(`${name}: the truth is recorded and nothing else`, () => {
    for (const optimizer of OPTIMIZERS) {
      const options = { optimizer, seed: 2, iterations: 4 };
      const told = run({ ...options, truth: client.image }), untold = run(options);
      assert.equal(bits(told), bits(untold));
      assert.equal(bits(run({ ...options, truth: zeros([1, 8, 8]) })), bits(untold));
      assert.ok(told.trajectory.every((point) => point.mse > 0));
      assert.ok(untold.trajectory.every((point) => Number.isNaN(point.mse)));
    }
  });

  test(`${name}: start, truth, gradient and θ are read, not changed`, () => {
    const { network, gradient, image } = client;
    const start = { shape: [1, 8, 8], data: normals(new Random(8), 64) };
    const all = [start.data, image.data, gradient.data, network.theta.data];
    const before = all.map((data) => data.slice());
    const found = run({ start, truth: image });
    assert.equal(all, before);
    assert.is.not(found.image.data, start.data);
  });

  test(`${name}: two runs do not share an image`, () => {
    const first = run({ seed: 1 }), kept = first.image.data.slice();
    run({ seed: 2 });
    assert.equal(first.image.data, kept);
  });

  test(`${name}: gradient descent with a small η lowers L_G at every step`, () => {
    forAll('monotone', 3, (random) => {
      const victim = randomVictim(random, { channels: 1, height: 8, width: 8 });
      const { trajectory, stop, evaluations } = run({ optimizer: 'gd', learningRate: 0.01, iterations: 60 }, victim);
      assert.equal([stop, evaluations], ['iterations', 61]);
      for (let k = 1; k < trajectory.length; k++) {
        const [before, after] = [trajectory[k - 1].objective, trajectory[k].objective];
        assert.ok(after < before, `step ${k}: L_G went from ${before} to ${after}`);
      }
    });
  });

  test(`${name}: a run that diverges is a result, with a stop and a finite image`, () => {
    const stops = new Set<string>();
    const ways: AttackOptions[] = [{ lineSearch: 'none' }, { lineSearch: 'strong-wolfe' }, { optimizer: 'gd' }];
    forAll('diverging', 6, (random, i) => {
      const activation = ACTIVATIONS[i % 3];
      const victim = randomVictim(random, { channels: 1, height: 8, width: 8, activation });
      for (const learningRate of [1e3, 1e20, 1e300]) {
        for (const options of ways) {
          const { image, stop } = run({ ...options, learningRate, iterations: 4, truth: victim.image }, victim);
          const isFinite = image.data.every(Number.isFinite);
          assert.ok(isFinite, `${activation}, η = ${learningRate}: an image that is not finite, ${stop}`);
          stops.add(stop);
        }
      }
    });
    assert.ok(stops.has('not-finite'), `got ${[...stops]}, expected not-finite among them`);
  });

  test(`${name}: a gradient that is not one is refused`, () => {
    const { network, gradient } = client;
    for (const bad of [NaN, Infinity, -Infinity]) {
      const spoilt = gradient.like(gradient.data.slice());
      spoilt.data[30] = bad;
      const refusal = new RegExp(`^shared gradient: expected finite numbers, got ${bad} at entry 30$`);
      assert.throws(() => attack(network, spoilt), refusal);
    }
    const other = randomVictim(new Random(1), { channels: 1, height: 8, width: 8, classes: 9 });
    assert.throws(() => attack(network, other.gradient), /^shared gradient: expected body\.0.*, got body\.0.*\[9\]$/);
  });

  test(`${name}: images that are none are refused`, () => {
    for (const option of ['start', 'truth'] as const) {
      for (const bad of [NaN, Infinity, -Infinity]) {
        const image = zeros([1, 8, 8]);
        image.data[63] = bad;
        const refusal = new RegExp(`^${option}: expected finite numbers, got ${bad} at entry 63$`);
        assert.throws(() => run({ [option]: image }), refusal);
      }
      for (const shape of [[8, 8], [1, 8, 9], [3, 8, 8], [64]]) {
        const refusal = new RegExp(`^${option}: expected shape \\[(1,)?1,8,8\\], got \\[${shape}\\]`);
        assert.throws(() => run({ [option]: zeros(shape) }), refusal);
      }
      const short = { shape: [1, 8, 8], data: new Float64Array(63) };
      assert.throws(() => run({ [option]: short }), new RegExp(`^${option}: expected shape .* with 63 numbers$`));
    }
  });

  test(`${name}: options that are none are refused`, () => {
    const bad: [keyof AttackOptions, string, unknown[]][] = [
      ['optimizer', OPTIMIZERS.join(', '), ['adam']],
      ['lineSearch', LINE_SEARCHES.join(', '), ['strong_wolfe']],
      ['learningRate', 'a positive number', [0, -1, NaN, Infinity]],
      ['iterations', 'a whole number from 0', [-1, 1.5, NaN, Infinity]],
      ['tolerance', 'a number from 0', [-1e-9, NaN]],
      ['lookEvery', 'a whole number from 1', [0, 1.5, NaN]],
      ['seed', 'an integer from 0 to .*', [-1, 0.5, NaN]],
    ];
    for (const [option, expected, values] of bad) {
      for (const value of values) {
        assert.throws(() => run({ [option]: value }), new RegExp(`^${option}: expected ${expected}, got ${value}$`));
      }
    }
  });
}

test('relative: L_G / ‖∇W‖² is what is descended', () => {
  const square = norm2(client.gradient.data) ** 2, { network, gradient } = client;
  for (const attack of [idlg, dlg]) {
    const plain = attack(network, gradient, { optimizer: 'gd', learningRate: 0.01, iterations: 5, tolerance: 0 });
    const relative = { relative: true, learningRate: 0.01 * square, tolerance: 0 };
    const same = attack(network, gradient, { optimizer: 'gd', iterations: 5, ...relative });
    checkClose('x′ after five steps', same.image.data, plain.image.data, 1e-9);
    same.trajectory.forEach(({ objective }, k) =>
      checkClose('L_G / ‖∇W‖²', [objective * square], [plain.trajectory[k].objective], 1e-9),
    );
  }
});

test('relative: a network that is sure of its class ends a run at once, unless it is relative', () => {
  const network = lenet({ channels: 1, height: 12, width: 12, classes: 10, seed: 4 }), image = zeros([1, 12, 12]);
  lastLayer(network.theta).bias!.data[3] += 20; // p_c is nearly 1, as after training, and ∇W small
  new Random(4).fillUniform(image.data);
  const gradient = network.gradient(image, 3), options = { tolerance: 1e-8, seed: 1 };
  const plain = idlg(network, gradient, options), relative = idlg(network, gradient, { ...options, relative: true });
  assert.ok(mse(relative.image, image) < 1e-2 * mse(plain.image, image),
    `MSE ${mse(relative.image, image)}, ${mse(plain.image, image)} unless relative`);
  const nothing = network.gradient(image, 3);
  nothing.data.fill(0);
  assert.ok(Number.isFinite(idlg(network, nothing, { iterations: 1, relative: true }).objective),
    'of ∇W = 0 it is L_G');
});

test('the optimiser’s own tolerances are torch’s for a tolerance of 1e-6 on L_G, and scale with that', () => {
  const { network, gradient, label } = client, t = labelsOf([label], 10);
  const matching = new GradientMatching(network, gradient);
  const objective: Objective = (x, grad) => {
    const { objective, gradX } = matching.evaluate({ shape: [1, 1, 8, 8], data: x }, t);
    grad.set(gradX.data);
    return objective;
  };
  const seldom = { iterations: 12, lookEvery: 1000 }; // L_G is looked at after the first iteration only
  for (const tolerance of [1, 1e-3, 1e-6, 1e-8]) {
    const ratio = tolerance / 1e-6, { image: { data: x } } = idlg(network, gradient, { iterations: 0 });
    const optimizer = new Lbfgs(objective, x, {
      lineSearch: 'strong-wolfe',
      toleranceGradient: 1e-7 * ratio, toleranceChange: 1e-9 * ratio, leastCurvature: 1e-10 * ratio,
    });
    const { image, ...found } = idlg(network, gradient, { ...seldom, tolerance });
    const expected = drain(minimize(optimizer, { ...seldom, tolerance }));
    assert.equal([found.objective, found.evaluations, found.stop, image.data],
      [expected.objective, expected.evaluations, expected.stop, optimizer.x], `tolerance ${tolerance}`);
  }
});

test('gradient descent stops where max |∂L_G/∂x′| is at most a tenth of the tolerance', () => {
  const { network, gradient, image } = client, start = { ...image, data: image.data.map((v, i) => v + 1e-3 * (i % 3)) };
  const matching = new GradientMatching(network, gradient), t = labelsOf([client.label], 10);
  const steepest = normInf(matching.evaluate({ shape: [1, 1, 8, 8], data: start.data }, t).gradX.data);
  const stopAt = (tolerance: number) =>
    idlg(network, gradient, { start, tolerance, optimizer: 'gd', iterations: 1, lookEvery: 1000 }).iterations;
  assert.equal([stopAt(10.01 * steepest), stopAt(9.99 * steepest)], [0, 1]);
});

test('DLG and iDLG start from the same image where the seed is the same', () => {
  const { network, gradient } = client;
  for (const seed of [0, 1, 99]) {
    const options = { seed, iterations: 0 };
    assert.equal(dlg(network, gradient, options).image, idlg(network, gradient, options).image);
  }
});

test('the start and the weights of a LeNet with the same seed are unrelated', () => {
  const { network, gradient } = client, { image: { data } } = idlg(network, gradient, { seed: 5, iterations: 0 });
  assert.equal(data, new Random(5, STREAMS.start).fillNormal(new Float64Array(64)));
  assert.not.equal(data, new Random(5, STREAMS.weights).fillNormal(new Float64Array(64)));
});

test('the start is N(0, 1)', () => {
  const { network, gradient } = randomVictim(new Random(2), { channels: 3, height: 40, width: 40 });
  const { image: { data } } = idlg(network, gradient, { iterations: 0 });
  const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
  const variance = data.reduce((sum, v) => sum + (v - mean) ** 2, 0) / data.length;
  const within = data.filter((v) => Math.abs(v) < 1).length / data.length;
  // 4,800 numbers: 5 standard errors
  assert.ok(Math.abs(mean) < 5 / Math.sqrt(4800), `mean: got ${mean}, expected 0`);
  assert.ok(Math.abs(variance - 1) < 5 * Math.sqrt(2 / 4800), `variance: got ${variance}, expected 1`);
  assert.ok(Math.abs(within - 0.6827) < 5 * 0.0067, `share within 1: got ${within}, expected 0.6827`);
});

for (const [name, attack, create] of [['idlg', idlg, idlgRun], ['dlg', dlg, dlgRun]] as const) {
  test(`${name} as a generator: the points that onIteration sees; other work in between changes no bit`, () => {
    const { network, gradient } = client, options: AttackOptions = { iterations: 4, seed: 3 };
    const seen: AttackPoint[] = [];
    const drained = attack(network, gradient, { ...options, onIteration: (point) => void seen.push(point) });
    const run = create(network, gradient, options), points: AttackPoint[] = [];
    let step = run.next();
    for (; !step.done; step = run.next()) {
      points.push(step.value);
      network.gradient(zeros([1, 8, 8]), 0);
    }
    assert.equal(bits(step.value), bits(drained));
    const plain = ({ iteration, objective, evaluations }: AttackPoint) => ({ iteration, objective, evaluations });
    assert.equal(points.map(plain), seen.map(plain));
  });

  test(`${name} as a generator: next(false) stops it where it is`, () => {
    const run = create(client.network, client.gradient, { seed: 3 });
    run.next();
    const { value: point } = run.next() as IteratorYieldResult<AttackPoint>, images = point.images.data.slice();
    const { done, value } = run.next(false) as IteratorReturnResult<Reconstruction>;
    assert.equal([done, value.stop, value.iterations, value.trajectory.length], [true, 'callback', 1, 2]);
    assert.equal([value.images.data, value.objective, value.evaluations], [images, point.objective, point.evaluations]);
  });
}

test.run();
