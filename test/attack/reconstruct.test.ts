/**
 * @file What DLG and iDLG share: start, record, stops, options; each tried with both.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { dlg, dlgInSteps } from '../../src/attack/dlg.ts';
import { idlg, idlgInSteps } from '../../src/attack/idlg.ts';
import { lastLayer } from '../../src/attack/extract-label.ts';
import { mse } from '../../src/attack/metrics.ts';
import {
  DEFAULTS, OPTIMIZERS, type AttackOptions, type AttackPoint, type AttackResult,
} from '../../src/attack/reconstruct.ts';
import { ACTIVATIONS } from '../../src/nn/activation.ts';
import { LINE_SEARCHES } from '../../src/optim/lbfgs.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { Random } from '../../src/tensor/random.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { norm2 } from '../../src/tensor/vector.ts';
import { checkClose } from '../check/close.ts';
import { forAll, normals } from '../check/property.ts';
import { randomVictim, type Victim } from './networks.ts';

const client = randomVictim(new Random(1), { channels: 1, height: 8, width: 8 });
/** What a run computes, without its functions. */
const bits = ({ image, label, objective, iterations, evaluations, stop, trajectory }: AttackResult): unknown =>
  [image, label, objective, iterations, evaluations, stop, trajectory.map((point) => point.objective)];

for (const attack of [idlg, dlg]) {
  const { name } = attack;
  const run = (options: AttackOptions = {}, { network, gradient }: Victim = client): AttackResult =>
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
    const { trajectory, image, evaluations } = run({
      truth: client.image,
      onIteration: (point) => {
        points.push(point);
        errors.push(mse(point.image, client.image));
      },
    });
    assert.equal(points.map(({ iteration, objective, mse }) => ({ iteration, objective, mse })), trajectory);
    assert.equal(errors, trajectory.map((point) => point.mse));
    assert.is(points.at(-1)!.image.data, image.data);
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

  test(`${name}: what holds where nothing is said`, () => {
    const { iterations, tolerance, learningRate } = DEFAULTS;
    const common = { iterations, tolerance, seed: 0 };
    const lbfgs = { optimizer: 'lbfgs', lineSearch: 'strong-wolfe', learningRate: learningRate.lbfgs } as const;
    assert.equal(bits(run()), bits(run({ ...common, ...lbfgs })));
    const gd = { optimizer: 'gd', learningRate: learningRate.gd } as const;
    assert.equal(bits(run({ optimizer: 'gd' })), bits(run({ ...common, ...gd })));
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
    forAll('diverging', 3, (random, i) => {
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
    assert.throws(() => attack(network, other.gradient), /^shared gradient: expected body\.0 .*, got body\.0 .*\[9\]$/);
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
        const refusal = new RegExp(`^${option}: expected shape \\[1,8,8\\], got \\[${shape}\\]`);
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
      ['iterations', '0, 1, 2, …', [-1, 1.5, NaN, Infinity]],
      ['tolerance', 'a number ≥ 0', [-1e-9, NaN]],
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
  lastLayer(network.theta).b.data[3] += 20; // p_c is nearly 1, as after training, and ∇W small
  new Random(4).fillUniform(image.data);
  const gradient = network.gradient(image, 3), options = { tolerance: 1e-8, seed: 1 };
  const plain = idlg(network, gradient, options), relative = idlg(network, gradient, { ...options, relative: true });
  assert.ok(mse(relative.image, image) < 1e-2 * mse(plain.image, image),
    `MSE ${mse(relative.image, image)}, ${mse(plain.image, image)} unless relative`);
  const nothing = network.gradient(image, 3);
  nothing.data.fill(0);
  assert.ok(Number.isFinite(idlg(network, nothing, { iterations: 1, relative: true }).objective), 'of ∇W = 0 it is L_G');
});

test('DLG and iDLG start from the same image where the seed is the same', () => {
  const { network, gradient } = client;
  for (const seed of [0, 1, 99]) {
    const options = { seed, iterations: 0 };
    assert.equal(dlg(network, gradient, options).image, idlg(network, gradient, options).image);
  }
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

for (const [attack, inSteps] of [[idlg, idlgInSteps], [dlg, dlgInSteps]] as const) {
  test(`${attack.name} in steps: other work in between changes no bit`, () => {
    const points: AttackPoint[] = [], options: AttackOptions = { iterations: 4, seed: 3 };
    const steps = inSteps(client.network, client.gradient, { ...options, onIteration: (point) => void points.push(point) });
    let step = steps.next();
    for (; !step.done; step = steps.next()) client.network.gradient(zeros([1, 8, 8]), 0);
    assert.is(points.length, step.value.trajectory.length);
    assert.equal(bits(step.value), bits(attack(client.network, client.gradient, options)));
  });
}

test.run();
