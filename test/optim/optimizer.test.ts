/**
 * @file The loop that runs an optimiser, every reason it can end for, and what it tells on the way.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientDescent } from '../../src/optim/gradient-descent.ts';
import { Lbfgs, type LbfgsOptions } from '../../src/optim/lbfgs.ts';
import {
  minimize, minimizeInSteps, type MinimizeOptions, type Objective, type Optimizer, type Stop,
} from '../../src/optim/optimizer.ts';
import { checkClose } from '../check/close.ts';
import { counted, quadratic, rosenbrock } from './functions.ts';

const OPTIMIZERS: Record<string, (objective: Objective, x: Float64Array) => Optimizer> = {
  'lbfgs, no line search': (objective, x) => new Lbfgs(objective, x, { learningRate: 0.1, maxIterations: 3 }),
  'lbfgs, strong-wolfe': (objective, x) => new Lbfgs(objective, x, { lineSearch: 'strong-wolfe', maxIterations: 3 }),
  'gradient descent': (objective, x) => new GradientDescent(objective, x, { learningRate: 1e-4 }),
};

for (const [name, create] of Object.entries(OPTIMIZERS)) {
  test(`${name}: onIteration sees x and the f that belongs to it, evaluations are counted`, () => {
    const counter = counted(rosenbrock);
    const optimizer = create(counter.objective, Float64Array.of(-1.2, 1, 0.5));
    const seen: number[] = [], gradient = new Float64Array(3);
    const found = minimize(optimizer, {
      iterations: 12,
      onIteration: (iteration, f, x) => {
        assert.is(iteration, seen.length);
        assert.is(x, optimizer.x);
        assert.is(f, rosenbrock(x, gradient), `iteration ${iteration}`);
        assert.is(optimizer.evaluations, counter.calls);
        seen.push(f);
      },
    });
    assert.is(seen.length, 13, 'before each iteration and at the end');
    assert.equal(found, { objective: seen[12], iterations: 12, evaluations: counter.calls, stop: 'iterations' });
    assert.is(found.objective, rosenbrock(optimizer.x, gradient));
    assert.ok(seen[12] < seen[0]);
  });
}

for (const maxIterations of [1, 4, 20]) {
  test(`in steps of a move, ${maxIterations} an iteration: the same end`, () => {
    const from = [-1.2, 1], asked = { iterations: 5 };
    const whole = minimize(new Lbfgs(rosenbrock, Float64Array.from(from), { maxIterations }), asked);
    const counter = counted(rosenbrock), optimizer = new Lbfgs(counter.objective, Float64Array.from(from), { maxIterations });
    let looks = 0, steps = 0;
    const run = minimizeInSteps(optimizer, { ...asked, onIteration: () => void looks++ });
    assert.is(counter.calls, 0, 'nothing before the first step');
    for (let before = 0; ; before = counter.calls, steps++) {
      const { done, value } = run.next();
      assert.ok(counter.calls - before <= 2, `${counter.calls - before} evaluations in a step`);
      if (done) {
        assert.equal(value, whole);
        break;
      }
    }
    assert.is(looks, whole.iterations + 1);
    assert.ok(maxIterations === 1 ? steps === whole.iterations : steps > whole.iterations, `${steps} steps`);
  });
}

/** A small example of every reason: f, where it starts, and what is asked for. */
const STOPS: Record<Stop, [Objective, number[], LbfgsOptions, Partial<MinimizeOptions>]> = {
  objective: [quadratic([1, 5], [1, 2]), [0, 0], {}, { tolerance: 1e-3 }],
  gradient: [quadratic([1, 5], [1, 2]), [0, 0], { toleranceChange: 0 }, {}],
  change: [quadratic([1], [0]), [1e-5], {}, {}],
  'line-search': [(x, gradient) => (gradient.fill(-1), x[0]), [0], { lineSearch: 'strong-wolfe' }, {}],
  iterations: [rosenbrock, [-1.2, 1], { lineSearch: 'strong-wolfe' }, { iterations: 1 }],
  'not-finite': [rosenbrock, [-1.2, 1], { learningRate: 1e100 }, {}],
  callback: [rosenbrock, [-1.2, 1], { lineSearch: 'strong-wolfe' }, { onIteration: (iteration) => iteration < 1 }],
};

for (const [stop, [objective, x0, options, asked]] of Object.entries(STOPS)) {
  test(`stop: ${stop}`, () => {
    const optimizer = new Lbfgs(objective, Float64Array.from(x0), options);
    const found = minimize(optimizer, { iterations: 100, ...asked });
    assert.is(found.stop, stop);
    if (stop !== 'not-finite') assert.is(found.objective, objective(optimizer.x, new Float64Array(x0.length)));
    if (stop === 'objective') assert.ok(found.objective < 1e-3);
    if (stop === 'gradient') checkClose('x', optimizer.x, [1, 2], 1e-6);
    if (stop === 'change' || stop === 'line-search') assert.equal([...optimizer.x], x0);
    if (stop === 'iterations' || stop === 'callback') assert.is(found.iterations, 1);
  });
}

test('the tolerance is looked at after iterations 1, 1 + n, 1 + 2n, …, before each unless said', () => {
  // f halves with every iteration and is below the tolerance from iteration 3 on
  const halving = (): Optimizer => {
    let f = 16;
    return { x: new Float64Array(1), evaluations: 0, evaluate: () => f, advance: () => void (f /= 2) };
  };
  const stopsAt = (lookEvery?: number) =>
    minimize(halving(), { iterations: 30, tolerance: 3, ...(lookEvery === undefined ? {} : { lookEvery }) }).iterations;
  assert.equal([stopsAt(), stopsAt(1), stopsAt(2), stopsAt(3), stopsAt(10), stopsAt(40)], [3, 3, 3, 4, 11, 30]);
  assert.is(minimize(halving(), { iterations: 30, tolerance: 17 }).iterations, 0);
  for (const bad of [0, -1, 1.5, NaN]) {
    assert.throws(() => minimize(halving(), { iterations: 1, lookEvery: bad }), new RegExp(`^lookEvery: .*got ${bad}$`));
  }
});

test('f below the tolerance, not at it', () => {
  const constant: Objective = (_, gradient) => (gradient.fill(0), 0.5);
  const stopAt = (tolerance: number): Stop => {
    return minimize(new Lbfgs(constant, Float64Array.of(0)), { iterations: 5, tolerance }).stop;
  };
  assert.is(stopAt(0.5), 'gradient');
  assert.is(stopAt(0.51), 'objective');
});

test('no iterations: one evaluation, x as it was', () => {
  const optimizer = new Lbfgs(rosenbrock, Float64Array.of(-1, 1));
  const found = minimize(optimizer, { iterations: 0 });
  assert.equal(found, { objective: 4, iterations: 0, evaluations: 1, stop: 'iterations' });
  assert.equal([...optimizer.x], [-1, 1]);
});

test('f that is not finite from the start is reported, after the callback has seen it', () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const seen: number[] = [];
    const optimizer = new Lbfgs((_, gradient) => (gradient.fill(1), bad), Float64Array.of(1));
    const found = minimize(optimizer, { iterations: 5, tolerance: 1, onIteration: (_, f) => { seen.push(f); } });
    assert.equal(found, { objective: bad, iterations: 0, evaluations: 1, stop: 'not-finite' });
    assert.equal(seen, [bad]);
  }
});

test('only false stops a run: 0, undefined and true do not', () => {
  for (const answer of [undefined, true, 0, '', null] as (boolean | undefined)[]) {
    const optimizer = new Lbfgs(rosenbrock, Float64Array.of(-1, 1), { lineSearch: 'strong-wolfe' });
    assert.is(minimize(optimizer, { iterations: 2, onIteration: () => answer }).stop, 'iterations');
  }
});

test('misuse is refused at the door', () => {
  const optimizer = new Lbfgs(rosenbrock, Float64Array.of(-1, 1));
  for (const bad of [NaN, -1, 1.5, undefined as unknown as number]) {
    assert.throws(() => minimize(optimizer, { iterations: bad }), new RegExp(`^iterations: .*got ${bad}$`));
  }
  for (const bad of [NaN, -1e-9]) {
    assert.throws(() => minimize(optimizer, { iterations: 1, tolerance: bad }), new RegExp(`^tolerance: .*got ${bad}$`));
  }
  const wolfe = 'strong_wolfe' as unknown as 'strong-wolfe';
  assert.throws(() => new Lbfgs(rosenbrock, Float64Array.of(1, 1), { lineSearch: wolfe }), /^lineSearch: expected none, strong-wolfe, got strong_wolfe$/);
  for (const learningRate of [0, -1, NaN, Infinity]) {
    assert.throws(() => new Lbfgs(rosenbrock, Float64Array.of(1, 1), { learningRate }), /^learningRate: expected a positive number/);
    assert.throws(() => new GradientDescent(rosenbrock, Float64Array.of(1, 1), { learningRate }), /^learningRate: expected a positive number/);
  }
  assert.throws(() => new Lbfgs(rosenbrock, Float64Array.of(1, 1), { history: 0 }), /^history: expected an integer from 1, got 0$/);
});

test.run();
