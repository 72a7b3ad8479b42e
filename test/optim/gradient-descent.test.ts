/**
 * @file Gradient descent: Eq. (6) to the bit, and how it converges on a quadratic, where everything is known:
 * xᵢ − mᵢ shrinks by 1 − η cᵢ a step, so it converges exactly if η < 2 / max c.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientDescent } from '../../src/optim/gradient-descent.ts';
import { drain, minimize, type Objective } from '../../src/optim/optimizer.ts';
import { checkClose } from '../check/close.ts';
import { between, forAll, normals } from '../check/property.ts';
import { counted, quadratic, rosenbrock } from './functions.ts';

test('Eq. (6): x ← x − η ∂f/∂x, to the bit', () => {
  forAll('Eq. (6)', 100, (random) => {
    const n = between(random, 1, 10), learningRate = 10 ** random.uniform(-4, 2);
    const start = normals(random, n), gradient = new Float64Array(n);
    const f = rosenbrock(start, gradient);
    const optimizer = new GradientDescent(rosenbrock, start.slice(), { learningRate });
    assert.is(optimizer.evaluate(), f);
    assert.is(optimizer.advance(), n === 1 ? 'gradient' : undefined);
    assert.equal(optimizer.x, start.map((v, i) => v - learningRate * gradient[i]));
  });
});

test('on a quadratic xᵢ − mᵢ = (1 − η cᵢ)ᵏ of what it was', () => {
  forAll('quadratic', 100, (random) => {
    const n = between(random, 1, 8), steps = between(random, 1, 40);
    const c = normals(random, n).map((v) => 0.1 + v * v), m = normals(random, n), start = normals(random, n);
    const learningRate = random.uniform(0, 2) / Math.max(...c);
    const optimizer = new GradientDescent(quadratic(c, m), start.slice(), { learningRate });
    drain(minimize(optimizer, { iterations: steps }));
    const shrunk = start.map((v, i) => (v - m[i]) * (1 - learningRate * c[i]) ** steps);
    checkClose('x', optimizer.x, shrunk.map((v, i) => v + m[i]), 1e-12);
  });
});

test('it converges for η < 2 / max c and diverges beyond, without an exception', () => {
  for (const [learningRate, stop] of [[1.9 / 5, 'gradient'], [2.1 / 5, 'not-finite']] as const) {
    const options = { learningRate, toleranceGradient: 1e-9 };
    const optimizer = new GradientDescent(quadratic([1, 5], [3, 4]), Float64Array.of(0, 0), options);
    const found = drain(minimize(optimizer, { iterations: 10_000 }));
    assert.is(found.stop, stop, `η = ${learningRate}`);
    if (stop === 'gradient') checkClose('x', optimizer.x, [3, 4], 1e-9);
  }
});

test('it stops where max |∂f/∂x| is at most the tolerance, and there x stays', () => {
  const objective = quadratic([1, 1], [0, 0]);
  for (const [toleranceGradient, stop] of [[0.5, 'gradient'], [0.49, undefined]] as const) {
    const start = Float64Array.of(0.25, -0.5);
    const optimizer = new GradientDescent(objective, start.slice(), { learningRate: 1, toleranceGradient });
    optimizer.evaluate();
    assert.is(optimizer.advance(), stop);
    assert.equal(optimizer.x, stop ? start : Float64Array.of(0, 0));
  }
});

test('a gradient that is not finite is no step', () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const steep: Objective = (_, gradient) => (gradient.set([1, bad, 1]), 1);
    const optimizer = new GradientDescent(steep, Float64Array.of(1, 2, 3), { learningRate: 1 });
    optimizer.evaluate();
    assert.is(optimizer.advance(), 'not-finite');
    assert.equal(optimizer.x, Float64Array.of(1, 2, 3));
  }
});

test('evaluations are counted', () => {
  const counter = counted(rosenbrock);
  const optimizer = new GradientDescent(counter.objective, Float64Array.of(-1, 1), { learningRate: 1e-3 });
  assert.is(drain(minimize(optimizer, { iterations: 25 })).evaluations, 26);
  assert.is(counter.calls, 26);
});

test.run();
