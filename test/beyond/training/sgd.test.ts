/**
 * @file SGD: PyTorch's steps, Eq. (6) to the bit where there is no momentum, and what is known where g never changes.
 */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientDescent } from '../../../src/optim/gradient-descent.ts';
import { drain, minimize } from '../../../src/optim/optimizer.ts';
import { Sgd } from '../../../src/beyond/training/sgd.ts';
import { checkClose } from '../../check/close.ts';
import { checkRangeError } from '../../check/errors.ts';
import { between, forAll, normals } from '../../check/property.ts';
import { quadratic, rosenbrock } from '../../optim/functions.ts';
import { given, steps, torchTest } from './stochastic.ts';

torchTest('sgd', 'torch.optim.SGD: the same x after each step, with and without momentum', (objective, x, { learningRate, momentum }) => {
  return new Sgd(objective, x, { learningRate, momentum });
});

test('without momentum: gradient descent, to the bit', () => {
  forAll('Eq. (6)', 50, (random) => {
    const start = normals(random, between(random, 2, 10)), learningRate = 10 ** random.uniform(-6, -3);
    const sgd = new Sgd(rosenbrock, start.slice(), { learningRate });
    assert.equal(steps(sgd, 20), steps(new GradientDescent(rosenbrock, start.slice(), { learningRate }), 20));
  });
});

test('one gradient g for ever: v = g (1 − μᵗ)/(1 − μ)', () => {
  forAll('constant', 50, (random) => {
    const n = between(random, 1, 8), g = normals(random, n), momentum = random.uniform(0, 0.99), learningRate = 0.1;
    const optimizer = new Sgd(given(new Array(30).fill(g)), new Float64Array(n), { learningRate, momentum });
    let sum = 0;
    for (let t = 1; t <= 30; t++) {
      sum += (1 - momentum ** t) / (1 - momentum);
      checkClose(`x after ${t}`, steps(optimizer, 1), g.map((value) => -learningRate * sum * value), 1e-12);
    }
  });
});

test('a gradient of 0 is no reason to stop: momentum carries on, and the next one may differ', () => {
  const objective = given([[1], [0], [0], [2]]);
  const optimizer = new Sgd(objective, Float64Array.of(0), { learningRate: 1, momentum: 0.5 });
  for (const x of [-1, -1.5, -1.75, -3.875]) {
    optimizer.evaluate();
    assert.is(optimizer.advance(), undefined);
    assert.is(optimizer.x[0], x);
  }
});

test('a gradient that is not finite is no step, and is forgotten', () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const options = { learningRate: 1, momentum: 0.5 };
    const optimizer = new Sgd(given([[1, 1], [1, bad], [1, 1]]), Float64Array.of(0, 0), options);
    steps(optimizer, 1);
    optimizer.evaluate();
    assert.is(optimizer.advance(), 'not-finite');
    assert.equal(optimizer.x, Float64Array.of(-1, -1));
    assert.equal(steps(optimizer, 1), Float64Array.of(-2.5, -2.5));
    assert.is(optimizer.evaluations, 3);
  }
});

test('it runs under minimize: on a quadratic momentum finds the minimum', () => {
  const optimizer = new Sgd(quadratic([1, 5], [3, 4]), Float64Array.of(0, 0), { learningRate: 0.1, momentum: 0.5 });
  assert.is(drain(minimize(optimizer, { iterations: 500 })).stop, 'iterations');
  checkClose('x', optimizer.x, [3, 4], 1e-12);
});

test('options that are not valid are refused', () => {
  const sgd = (options: object) => () => new Sgd(rosenbrock, new Float64Array(2), { learningRate: 1, ...options });
  checkRangeError(sgd({ learningRate: 0 }), /^learningRate: expected a positive number, got 0$/);
  for (const momentum of [-0.1, 1, NaN]) {
    checkRangeError(sgd({ momentum }), new RegExp(`^momentum: expected a number from 0 to below 1, got ${momentum}$`));
  }
});

test.run();
