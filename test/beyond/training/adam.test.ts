/**
 * @file Adam: PyTorch's steps, and what Algorithm 1 says of any gradients: the first step, the bound of section 2.1,
 * that the scale of f does not matter.
 */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { Adam, type AdamOptions } from '../../../src/beyond/training/adam.ts';
import { drain, minimize } from '../../../src/optim/optimizer.ts';
import { checkClose } from '../../check/close.ts';
import { checkRangeError } from '../../check/errors.ts';
import { between, forAll, normals } from '../../check/property.ts';
import { quadratic, rosenbrock } from '../../optim/functions.ts';
import { given, steps, torchTest } from './stochastic.ts';

torchTest('adam', 'torch.optim.Adam: the same x after each step, whatever η, β₁, β₂ and ε', (objective, x, options) => {
  return new Adam(objective, x, options);
});

test('the defaults are the paper’s: η = 10⁻³, β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸', () => {
  forAll('defaults', 10, (random) => {
    const gradients = Array.from({ length: 10 }, () => normals(random, 3).map((value) => 1e-8 * value));
    const after = (options?: AdamOptions) => steps(new Adam(given(gradients), new Float64Array(3), options), 10);
    assert.equal(after(), after({ learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }));
  });
});

test('the first step is −η g/(|g| + ε): −η·sign(g) for any scale of g', () => {
  forAll('first step', 100, (random) => {
    const n = between(random, 1, 8), learningRate = 10 ** random.uniform(-4, 0);
    const scale = 10 ** random.uniform(-100, 100), epsilon = scale * 1e-8;
    const g = normals(random, n).map((value) => scale * value);
    const x = steps(new Adam(given([g]), new Float64Array(n), { learningRate, epsilon }), 1);
    g.forEach((value, i) => {
      checkClose(`x${i}`, [x[i]], [(-learningRate * value) / (Math.abs(value) + epsilon)], 1e-12);
      checkClose(`x${i}`, [x[i]], [-learningRate * Math.sign(value)], 1e-4);
    });
  });
});

test('f scaled by a power of 2, and ε with it: the same x, to the bit', () => {
  forAll('scale', 50, (random) => {
    const gradients = Array.from({ length: 25 }, () => normals(random, 4)), scale = 2 ** between(random, -100, 100);
    const after = (factor: number) => {
      const objective = given(gradients.map((g) => g.map((value) => factor * value)));
      return steps(new Adam(objective, new Float64Array(4), { epsilon: 1e-8 * factor }), 25);
    };
    assert.equal(after(scale), after(1));
  });
});

test('one gradient g for ever: m̂ = g and v̂ = g², every step is the first one again', () => {
  forAll('constant', 50, (random) => {
    const n = between(random, 1, 8), g = normals(random, n), learningRate = 0.01;
    const optimizer = new Adam(given(new Array(100).fill(g)), new Float64Array(n), { learningRate });
    for (let t = 1; t <= 100; t++) {
      const x = g.map((value) => (-learningRate * t * value) / (Math.abs(value) + 1e-8));
      checkClose(`x after ${t}`, steps(optimizer, 1), x, 1e-11);
    }
  });
});

test('no step is longer than η (1 − β₁)/√(1 − β₂), and one after long silence is about that long', () => {
  const beta1 = 0.9, beta2 = 0.999, learningRate = 1, longest = (1 - beta1) / Math.sqrt(1 - beta2);
  forAll('bound', 20, (random) => {
    const gradients = Array.from({ length: 200 }, () => [random.below(10) === 0 ? 10 ** random.uniform(-6, 6) : 0]);
    const optimizer = new Adam(given(gradients), new Float64Array(1), { learningRate });
    for (let t = 0, before = 0; t < gradients.length; t++, before = optimizer.x[0]) {
      const length = Math.abs(steps(optimizer, 1)[0] - before);
      assert.ok(length <= (1 + 1e-9) * longest, `step ${t}: ${length}, longest ${longest}`);
    }
  });
  const silence = 10_000, gradients = Array.from({ length: silence + 1 }, (_, t) => [t < silence ? 0 : 1]);
  const optimizer = new Adam(given(gradients), new Float64Array(1), { learningRate });
  checkClose('x', steps(optimizer, silence + 1), [-longest], 1e-4);
});

test('a gradient of 0 moves nothing and is no reason to stop', () => {
  const optimizer = new Adam(given([[0, 0], [1, 0]]), Float64Array.of(2, 3));
  optimizer.evaluate();
  assert.is(optimizer.advance(), undefined);
  assert.equal(optimizer.x, Float64Array.of(2, 3));
  assert.ok(steps(optimizer, 1)[0] < 2);
  assert.is(optimizer.x[1], 3);
});

test('a gradient that is not finite is no step, and is forgotten', () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const optimizer = new Adam(given([[1, 1], [1, bad], [-3, 2]]), Float64Array.of(0, 0));
    const twin = new Adam(given([[1, 1], [-3, 2]]), Float64Array.of(0, 0));
    const before = steps(optimizer, 1).slice();
    optimizer.evaluate();
    assert.is(optimizer.advance(), 'not-finite');
    assert.equal(optimizer.x, before);
    assert.equal(steps(optimizer, 1), steps(twin, 2));
    assert.is(optimizer.evaluations, 3);
  }
});

test('it runs under minimize: badly scaled, a quadratic is as easy', () => {
  for (const scale of [1, 1e6]) {
    const objective = quadratic([1, scale], [0.3, -0.2]);
    const optimizer = new Adam(objective, Float64Array.of(0, 0), { learningRate: 1e-2, beta2: 0.9 });
    assert.is(drain(minimize(optimizer, { iterations: 1000 })).stop, 'iterations');
    checkClose('x', optimizer.x, [0.3, -0.2], 0.05);
  }
});

test('options that are not valid are refused', () => {
  const adam = (options: object) => () => new Adam(rosenbrock, new Float64Array(2), options);
  checkRangeError(adam({ learningRate: -1 }), /^learningRate: expected a positive number, got -1$/);
  for (const beta of [-0.1, 1, NaN]) {
    checkRangeError(adam({ beta1: beta }), new RegExp(`^beta1: expected a number from 0 to below 1, got ${beta}$`));
    checkRangeError(adam({ beta2: beta }), new RegExp(`^beta2: expected a number from 0 to below 1, got ${beta}$`));
  }
  checkRangeError(adam({ epsilon: 0 }), /^epsilon: expected a positive number, got 0$/);
});

test.run();
