/**
 * @file The line search on functions φ(t) of one variable, along d = 1 from x = 0:
 *
 *   φ(t) ≤ φ(0) + 10⁻⁴ t φ′(0)  and  |φ′(t)| ≤ 0.9 |φ′(0)|      at the accepted step,
 *   φ(t) the lowest of φ(0) and every trial                      where trials or interval ran out first
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { cubicMinimum, StrongWolfe, type Trial } from '../../src/optim/line-search.ts';
import { expectWithin } from '../check/close.ts';
import { fixtureTest } from '../check/fixture-files.ts';
import { forAll, oneOf } from '../check/property.ts';
import { FAMILIES, ROUGH, search, type Curve, type Outcome } from './curves.ts';

const point = (t: number, [f, slope]: [number, number]): Trial => ({ t, f, slope, g: new Float64Array(0) });

/** Both strong Wolfe conditions. */
function isWolfe([f0, slope0]: [number, number], { t, f, slope }: Outcome): boolean {
  return f <= f0 + 1e-4 * t * slope0 && Math.abs(slope) <= -0.9 * slope0;
}

/** Throws unless the outcome keeps what `search` promises; returns whether both conditions hold. */
function checkOutcome(curve: Curve, outcome: Outcome): boolean {
  const { t, f, slope, trials } = outcome;
  const start = curve(0);
  assert.ok(trials.length <= 26, `got ${trials.length} evaluations, expected 26 or fewer`);
  for (const trial of trials) assert.ok(trial > 0 && Number.isFinite(trial), `got a trial at t = ${trial}`);
  if (t !== 0) assert.ok(trials.includes(t), 'the step was tried');
  assert.equal([f, slope], curve(t), 'f and slope are those at the step');
  if (isWolfe(start, outcome)) return true;
  const finite = trials.map(curve).filter((values) => values.every(Number.isFinite));
  const lowest = Math.min(start[0], ...finite.map(([value]) => value));
  assert.is(f, lowest, 'neither both conditions nor the lowest point found');
  assert.is(t === 0, lowest === start[0], 't = 0 just where no trial is lower');
  return false;
}

for (const [name, family] of Object.entries(FAMILIES)) {
  test(`${name}: both strong Wolfe conditions, whatever the first trial`, () => {
    forAll(name, 1000, (random) => {
      const curve = family(random);
      const outcome = search(curve, 10 ** random.uniform(-3, 2));
      const holds = checkOutcome(curve, outcome);
      assert.ok(holds, `got neither after ${outcome.trials.length} trials, t = ${outcome.t}, φ′ = ${outcome.slope}`);
    });
  });
}

for (const [name, family] of Object.entries(ROUGH)) {
  test(`${name}: both conditions or the lowest point found`, () => {
    forAll(name, 1000, (random) => {
      const curve = family(random);
      checkOutcome(curve, search(curve, 10 ** random.uniform(-3, 2)));
    });
  });
}

/** φ(t) = Σ a cos(w t + p) + Σ k |t − m| + q t² + l t, and what torch.optim.lbfgs makes of it (strong-wolfe.py). */
interface TorchSearch {
  readonly waves: readonly (readonly [a: number, w: number, p: number])[];
  readonly kinks: readonly (readonly [k: number, m: number])[];
  readonly q: number;
  readonly l: number;
  readonly first: number;
  readonly d: number;
  readonly trials: readonly number[];
  readonly t: number;
}

fixtureTest('strong-wolfe.json', "PyTorch's trials, one by one", (searches: TorchSearch[]) => {
  assert.ok(searches.length > 0);
  searches.forEach(({ waves, kinks, q, l, first, d, trials, t }, i) => {
    const curve: Curve = (t) => {
      let f = q * t * t + l * t, slope = 2 * q * t + l;
      for (const [a, w, p] of waves) {
        f += a * Math.cos(w * t + p);
        slope -= a * w * Math.sin(w * t + p);
      }
      for (const [k, m] of kinks) {
        f += k * Math.abs(t - m);
        slope += t >= m ? k : -k;
      }
      return [f, slope];
    };
    const ours = search(curve, first, d);
    assert.is(ours.trials.length, trials.length, `curve ${i}: number of trials`);
    trials.forEach((trial, k) => expectWithin(`curve ${i}: trial ${k}`, ours.trials[k], trial, trial, 1e-7));
    expectWithin(`curve ${i}: t`, ours.t, t, t, 1e-7);
  });
});

test('a straight line falls for ever: every trial is a finite step, and the one taken is lower', () => {
  for (const slope of [-1, -3, -1e-5]) {
    const curve: Curve = (t) => [slope * t, slope];
    checkOutcome(curve, search(curve, 1));
  }
});

test('a first trial that meets both conditions is taken as it is', () => {
  const outcome = search((t) => [(t - 1) ** 2, 2 * (t - 1)], 0.5);
  assert.equal(outcome, { t: 0.5, f: 0.25, slope: -1, trials: [0.5] });
});

test('too short a first trial widens the interval to the cubic’s minimum, at most tenfold', () => {
  const outcome = search((t) => [(t - 1) ** 2, 2 * (t - 1)], 0.01);
  assert.equal(outcome.trials.slice(0, 2), [0.01, 0.1]);
  const wider = search((t) => [(t - 1) ** 2, 2 * (t - 1)], 0.04);
  assert.is(wider.trials[0], 0.04);
  // the parabola's own minimum, 1, is beyond 0.4: 0.4 meets both conditions
  assert.equal(wider.trials, [0.04, 0.4]);
});

test('too long a first trial goes to the cubic’s minimum', () => {
  const { trials, t } = search((t) => [(t - 1) ** 2, 2 * (t - 1)], 8);
  assert.is(trials.length, 2);
  expectWithin('t', t, 1, 1, 1e-14);
});

/** A curve that takes the values of this list one after the other, whatever t. */
function listed(...values: [number, number][]): Curve {
  let k = 0;
  return () => values[Math.min(k++, values.length - 1)];
}

test('enough decrease is 10⁻⁴ of what the slope promises', () => {
  for (const f of [-1.01e-4, -1e-4]) assert.equal(search(listed([0, -1], [f, 0]), 1).trials, [1]);
  assert.is.not(search(listed([0, -1], [-0.99e-4, 0], [-1, 0]), 1).t, 1);
});

test('flat enough is 0.9 of the slope, up or down', () => {
  for (const slope of [-0.89, 0.89]) assert.equal(search(listed([0, -1], [-1, slope], [-2, 0]), 1).trials, [1]);
  for (const slope of [-0.91, 0.91]) assert.is.not(search(listed([0, -1], [-1, slope], [-2, 0]), 1).t, 1);
});

test('a second trial that rises is widened all the same, a third one is not', () => {
  const { trials } = search(listed([0, -1], [-1, -1], [-0.9, -1], [-0.9, -1], [-2, 0]), 1);
  assert.is(trials.length, 4);
  assert.ok(trials[2] > trials[1], `the third: got ${trials[2]}, expected more than ${trials[1]}`);
  const [, second, third, fourth] = trials;
  assert.ok(second < fourth && fourth < third, `the fourth: got ${fourth}, expected between ${second} and ${third}`);
});

test('no step is lower: t = 0, with the f, slope and gradient of the start', () => {
  const { t, f, slope, trials } = search((t) => [t, t === 0 ? -1 : 1], 1);
  assert.equal([t, f, slope], [0, 0, -1]);
  assert.ok(trials.length > 1);
});

test('the same search twice gives the same trials: the pool of buffers carries nothing over', () => {
  const curve = FAMILIES.quartic;
  forAll('again', 50, (random) => {
    const one = curve(random), other = curve(random);
    const trials: number[][] = [[], [], []];
    let current = one, run = 0;
    const wolfe = new StrongWolfe(1, (trial) => {
      trials[run].push(trial.t);
      [trial.f, trial.slope] = current(trial.t);
    });
    for (current of [one, other, one]) {
      const [f, slope] = current(0);
      wolfe.search(10, Float64Array.of(1), f, slope, Float64Array.of(slope));
      run++;
    }
    assert.equal(trials[2], trials[0]);
  });
});

test('cubicMinimum: by hand', () => {
  // t³ − 3t has its minimum at 1
  const cubic: Curve = (t) => [t ** 3 - 3 * t, 3 * t * t - 3];
  const a = point(0, cubic(0)), b = point(2, cubic(2));
  assert.is(cubicMinimum(a, b, 0, 2), 1);
  assert.is(cubicMinimum(b, a, 0, 2), 1, 'in either order');
  assert.is(cubicMinimum(a, b, 1.25, 2), 1.25, 'kept above low');
  assert.is(cubicMinimum(a, b, 0, 0.75), 0.75, 'kept below high');
  // t³ + t has no minimum, nor has a cubic through infinity
  const rising: Curve = (t) => [t ** 3 + t, 3 * t * t + 1];
  assert.is(cubicMinimum(point(-1, rising(-1)), point(1, rising(1)), 3, 5), 4);
  assert.is(cubicMinimum(a, point(2, [Infinity, 1]), 0, 2), 1);
  assert.is(cubicMinimum(a, point(2, [Infinity, NaN]), 0, 2), 1);
  // nor a flat line; a falling one has it at infinity, which is the far end
  assert.is(cubicMinimum(point(0, [1, 0]), point(1, [1, 0]), 0, 1), 0.5);
  assert.is(cubicMinimum(point(0, [0, -1]), point(1, [-1, -1]), 2, 10), 10);
});

test('cubicMinimum: the minimum of any cubic and of any parabola, from any two of its points', () => {
  forAll('cubic', 2000, (random) => {
    // φ′ = k (t − m)(t − M): the minimum is at m, where φ″ = k (m − M) > 0
    const m = random.uniform(-3, 3), gap = random.uniform(0.2, 5), k = random.uniform(0.1, 10) * oneOf(random, [1, -1]);
    const M = m - Math.sign(k) * gap;
    const isParabola = random.uniform() < 0.2;
    const curve: Curve = isParabola
      ? (t) => [(Math.abs(k) / 2) * (t - m) ** 2, Math.abs(k) * (t - m)]
      : (t) => [k * (t ** 3 / 3 - ((m + M) * t * t) / 2 + m * M * t), k * (t - m) * (t - M)];
    const left = random.uniform(-5, 5), right = left + random.uniform(0.5, 5);
    const a = point(left, curve(left)), b = point(right, curve(right));
    const found = cubicMinimum(a, b, -100, 100);
    expectWithin(isParabola ? 'parabola' : 'cubic', found, m, 10, 1e-8);
    assert.is(cubicMinimum(b, a, -100, 100), found, 'in either order');
    const low = random.uniform(-5, 5), high = low + random.uniform(0, 2);
    const kept = cubicMinimum(a, b, low, high);
    assert.is(kept, Math.min(Math.max(found, low), high));
  });
});

test.run();
