/**
 * @file The loop that runs an optimiser, every reason it can end for, and what it tells on the way.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientDescent } from '../../src/optim/gradient-descent.ts';
import { Lbfgs, type LbfgsOptions } from '../../src/optim/lbfgs.ts';
import {
  drain, minimize, type Iterate, type MinimizeOptions, type Objective, type Optimizer, type Run, type Stop,
} from '../../src/optim/optimizer.ts';
import { checkClose } from '../check/close.ts';
import { counted, quadratic, rosenbrock } from './functions.ts';

const OPTIMIZERS: Record<string, (objective: Objective, x: Float64Array) => Optimizer> = {
  'lbfgs, no line search': (objective, x) => new Lbfgs(objective, x, { learningRate: 0.1, maxIterations: 3 }),
  'lbfgs, strong-wolfe': (objective, x) => new Lbfgs(objective, x, { lineSearch: 'strong-wolfe', maxIterations: 3 }),
  'gradient descent': (objective, x) => new GradientDescent(objective, x, { learningRate: 1e-4 }),
};

for (const [name, create] of Object.entries(OPTIMIZERS)) {
  test(`${name}: every point is an iteration and the f that belongs to x, evaluations are counted`, () => {
    const counter = counted(rosenbrock);
    const optimizer = create(counter.objective, Float64Array.of(-1.2, 1, 0.5));
    const seen: number[] = [], gradient = new Float64Array(3);
    const found = drain(minimize(optimizer, { iterations: 12 }), ({ iteration, objective }) => {
      assert.is(iteration, seen.length);
      assert.is(objective, rosenbrock(optimizer.x, gradient), `iteration ${iteration}`);
      assert.is(optimizer.evaluations, counter.calls);
      seen.push(objective);
    });
    assert.is(seen.length, 13, 'before each iteration and at the end');
    assert.equal(found, { objective: seen[12], iterations: 12, evaluations: counter.calls, stop: 'iterations' });
    assert.is(found.objective, rosenbrock(optimizer.x, gradient));
    assert.ok(seen[12] < seen[0]);
  });

  test(`${name}: a run that is stepped by hand, with other work in between, ends as one that is drained`, () => {
    const from = [-1.2, 1, 0.5], drained = create(rosenbrock, Float64Array.from(from));
    const whole = drain(minimize(drained, { iterations: 6 }));
    const counter = counted(rosenbrock), optimizer = create(counter.objective, Float64Array.from(from));
    const run = minimize(optimizer, { iterations: 6 });
    assert.is(counter.calls, 0, 'nothing before the first step');
    let step = run.next(), points = 0;
    assert.is(counter.calls, 1, 'it yields as soon as f is known');
    for (; !step.done; step = run.next(), points++) create(rosenbrock, Float64Array.of(5, 5, 5)).evaluate();
    assert.equal([points, step.value, optimizer.x], [7, whole, drained.x]);
  });
}

test('next(false) stops a run where it is; drain does so if its callback returns false', () => {
  const create = (): Optimizer => new Lbfgs(rosenbrock, Float64Array.of(-1, 1), { lineSearch: 'strong-wolfe' });
  const optimizer = create(), run: Run<Iterate, unknown> = minimize(optimizer, { iterations: 9 });
  run.next();
  const { objective } = run.next().value as Iterate, x = optimizer.x.slice(), { evaluations } = optimizer;
  const end = run.next(false);
  assert.equal(end, { done: true, value: { objective, iterations: 1, evaluations, stop: 'callback' } });
  assert.equal([optimizer.x, optimizer.evaluations], [x, evaluations]);
  assert.equal(drain(minimize(create(), { iterations: 9 }), ({ iteration }) => iteration < 1), end.value);
});

test('a tolerance that is met, or f that is not finite, comes before a callback’s false', () => {
  const refuse = (): boolean => false, half: Objective = (_, gradient) => (gradient.fill(1), 0.5);
  const run = (objective: Objective, tolerance: number) =>
    drain(minimize(new Lbfgs(objective, Float64Array.of(0)), { iterations: 0, tolerance }), refuse).stop;
  assert.equal([run(half, 1), run(half, 0.1), run((_, gradient) => (gradient.fill(1), NaN), 1)],
    ['objective', 'callback', 'not-finite']);
});

/** A small example of every reason: f, where it starts, the optimiser's options and the run's. */
const STOPS: Record<Stop, [Objective, number[], LbfgsOptions, Partial<MinimizeOptions>]> = {
  objective: [quadratic([1, 5], [1, 2]), [0, 0], {}, { tolerance: 1e-3 }],
  gradient: [quadratic([1, 5], [1, 2]), [0, 0], { toleranceChange: 0 }, {}],
  change: [quadratic([1], [0]), [1e-5], {}, {}],
  'line-search': [(x, gradient) => (gradient.fill(-1), x[0]), [0], { lineSearch: 'strong-wolfe' }, {}],
  iterations: [rosenbrock, [-1.2, 1], { lineSearch: 'strong-wolfe' }, { iterations: 1 }],
  'not-finite': [rosenbrock, [-1.2, 1], { learningRate: 1e100 }, {}],
  callback: [rosenbrock, [-1.2, 1], { lineSearch: 'strong-wolfe' }, {}],
};

for (const [stop, [objective, x0, options, asked]] of Object.entries(STOPS)) {
  test(`stop: ${stop}`, () => {
    const optimizer = new Lbfgs(objective, Float64Array.from(x0), options);
    const goOn = ({ iteration }: Iterate): boolean => stop !== 'callback' || iteration < 1;
    const found = drain(minimize(optimizer, { iterations: 100, ...asked }), goOn);
    assert.is(found.stop, stop);
    if (stop !== 'not-finite') assert.is(found.objective, objective(optimizer.x, new Float64Array(x0.length)));
    if (stop === 'objective') assert.ok(found.objective < 1e-3);
    if (stop === 'gradient') checkClose('x', optimizer.x, [1, 2], 1e-6);
    if (stop === 'change' || stop === 'line-search') assert.equal([...optimizer.x], x0);
    if (stop === 'iterations' || stop === 'callback') assert.is(found.iterations, 1);
  });
}

test('the tolerance is looked at after iterations 1, 1 + n, 1 + 2n, …, by default before each', () => {
  // f halves with every iteration and is below the tolerance from iteration 3 on
  const halving = (): Optimizer => {
    let f = 16;
    return { x: new Float64Array(1), evaluations: 0, evaluate: () => f, advance: () => void (f /= 2) };
  };
  const stopsAt = (lookEvery?: number) =>
    drain(minimize(halving(), { iterations: 30, tolerance: 3, ...(lookEvery && { lookEvery }) })).iterations;
  assert.equal([stopsAt(), stopsAt(1), stopsAt(2), stopsAt(3), stopsAt(10), stopsAt(40)], [3, 3, 3, 4, 11, 30]);
  assert.is(drain(minimize(halving(), { iterations: 30, tolerance: 17 })).iterations, 0);
  for (const bad of [0, -1, 1.5, NaN]) {
    assert.throws(() => drain(minimize(halving(), { iterations: 1, lookEvery: bad })),
      new RegExp(`^lookEvery: .*got ${bad}$`));
  }
});

test('f below the tolerance, not at it', () => {
  const constant: Objective = (_, gradient) => (gradient.fill(0), 0.5);
  const stopAt = (tolerance: number): Stop => {
    return drain(minimize(new Lbfgs(constant, Float64Array.of(0)), { iterations: 5, tolerance })).stop;
  };
  assert.is(stopAt(0.5), 'gradient');
  assert.is(stopAt(0.51), 'objective');
});

test('no iterations: one evaluation, x as it was', () => {
  const optimizer = new Lbfgs(rosenbrock, Float64Array.of(-1, 1));
  const found = drain(minimize(optimizer, { iterations: 0 }));
  assert.equal(found, { objective: 4, iterations: 0, evaluations: 1, stop: 'iterations' });
  assert.equal([...optimizer.x], [-1, 1]);
});

test('f that is not finite from the start is reported, after the callback has seen it', () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const seen: number[] = [];
    const optimizer = new Lbfgs((_, gradient) => (gradient.fill(1), bad), Float64Array.of(1));
    const found = drain(minimize(optimizer, { iterations: 5, tolerance: 1 }),
      ({ objective }) => { seen.push(objective); });
    assert.equal(found, { objective: bad, iterations: 0, evaluations: 1, stop: 'not-finite' });
    assert.equal(seen, [bad]);
  }
});

test('only false stops a run: 0, undefined and true do not', () => {
  for (const answer of [undefined, true, 0, '', null] as (boolean | undefined)[]) {
    const optimizer = new Lbfgs(rosenbrock, Float64Array.of(-1, 1), { lineSearch: 'strong-wolfe' });
    assert.is(drain(minimize(optimizer, { iterations: 2 }), () => answer).stop, 'iterations');
  }
});

test('misuse is refused at the door', () => {
  const optimizer = new Lbfgs(rosenbrock, Float64Array.of(-1, 1));
  for (const bad of [NaN, -1, 1.5, undefined as unknown as number]) {
    assert.throws(() => drain(minimize(optimizer, { iterations: bad })), new RegExp(`^iterations: .*got ${bad}$`));
  }
  for (const bad of [NaN, -1e-9]) {
    assert.throws(() => drain(minimize(optimizer, { iterations: 1, tolerance: bad })),
      new RegExp(`^tolerance: .*got ${bad}$`));
  }
  const wolfe = 'strong_wolfe' as unknown as 'strong-wolfe';
  assert.throws(() => new Lbfgs(rosenbrock, Float64Array.of(1, 1), { lineSearch: wolfe }),
    /^lineSearch: expected none, strong-wolfe, got strong_wolfe$/);
  for (const learningRate of [0, -1, NaN, Infinity]) {
    assert.throws(() => new Lbfgs(rosenbrock, Float64Array.of(1, 1), { learningRate }),
      /^learningRate: expected a positive number/);
    assert.throws(() => new GradientDescent(rosenbrock, Float64Array.of(1, 1), { learningRate }),
      /^learningRate: expected a positive number/);
  }
  assert.throws(() => new Lbfgs(rosenbrock, Float64Array.of(1, 1), { history: 0 }),
    /^history: expected an integer from 1, got 0$/);
});

test.run();
