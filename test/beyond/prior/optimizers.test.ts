/** @file The two optimisers that keep pixels in [0, 1]: a change of variables around any other, and Adam. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { InBox } from '../../../src/beyond/prior/box.ts';
import { ProjectedAdam } from '../../../src/beyond/prior/projected-adam.ts';
import { Adam } from '../../../src/beyond/training/adam.ts';
import * as elementary from '../../../src/kernels/elementary.ts';
import { GradientDescent } from '../../../src/optim/gradient-descent.ts';
import { Lbfgs } from '../../../src/optim/lbfgs.ts';
import { drain, minimize, type Objective, type Optimizer } from '../../../src/optim/optimizer.ts';
import { useElementary } from '../../../src/tensor/elementary.ts';
import { checkClose } from '../../check/close.ts';
import { forAll, normals } from '../../check/property.ts';
import { checkSlope } from '../../check/slope.ts';

useElementary(elementary); // whose cos and sin are for [0, 2π] only

/** f = ½ Σ kᵢ (xᵢ − cᵢ)² */
const bowl = (c: ArrayLike<number>, k?: ArrayLike<number>): Objective => (x, gradient) => {
  let value = 0;
  for (let i = 0; i < x.length; i++) {
    gradient[i] = (k?.[i] ?? 1) * (x[i] - c[i]);
    value += (gradient[i] * (x[i] - c[i])) / 2;
  }
  return value;
};

const lbfgs = (f: Objective, u: Float64Array): Optimizer =>
  new Lbfgs(f, u, { lineSearch: 'strong-wolfe', toleranceGradient: 1e-12, toleranceChange: 0 });

test('in a box: the minimum inside of it, the border for pixels whose minimum is outside, others free', () => {
  forAll('bowls', 20, (random) => {
    const c = normals(random, 12), n = 8, x = normals(random, 12);
    const box = new InBox(bowl(c, c.map(() => random.uniform(0.5, 5))), x, n, lbfgs);
    drain(minimize(box, { iterations: 40 }));
    const best = c.map((value, i) => (i < n ? Math.min(1, Math.max(0, value)) : value));
    checkClose('x', x, best, 1e-5);
    assert.is(box.x, x);
    assert.ok(x.slice(0, n).every((value) => value >= 0 && value <= 1));
  });
});

test('in a box: the start is kept, but for pixels at the border or beyond it', () => {
  const x = Float64Array.of(-1, 0, 0.02, 0.3, 0.5, 0.98, 1, 2, 5), box = new InBox(bowl(x), x, 8, lbfgs);
  box.evaluate();
  checkClose('x', x, [0.02, 0.02, 0.02, 0.3, 0.5, 0.98, 0.98, 0.98, 5], 1e-14);
});

test('in a box: slope of f(sin² u) in u, and an angle of any size', () => {
  forAll('points', 10, (random) => {
    const c = normals(random, 6), x = new Float64Array(6);
    let inner: { f: Objective; u: Float64Array } | undefined;
    const box = new InBox(bowl(c), x, 6, (f, u) => {
      inner = { f, u };
      return new GradientDescent(f, u, { learningRate: 1 });
    });
    const { f, u } = inner!, at = u.map(() => random.uniform(-20, 20)), gradient = new Float64Array(6);
    const value = (v: Float64Array): number => (u.set(v), f(u, gradient));
    value(at);
    checkSlope('f', value, at, gradient.slice(), random);
    box.evaluate();
    value(at);
    checkClose('x', x, at.map((angle) => Math.sin(angle) ** 2), 1e-12);
  });
});

test('in a box: after an advance x is that of the optimiser, wherever the line search looked last', () => {
  const x = Float64Array.of(0.5, 0.5), gradient = new Float64Array(2);
  /** Looks at 1, and goes to 0.3. */
  const searching = (f: Objective, u: Float64Array): Optimizer => ({
    x: u,
    evaluations: 7,
    evaluate: () => f(u, gradient),
    advance: () => (f(u.fill(1), gradient), u.fill(0.3), 'line-search'),
  });
  const box = new InBox(bowl([0.25, 0.75]), x, 2, searching);
  assert.equal([box.advance(), box.evaluations], ['line-search', 7]);
  checkClose('x', x, [Math.sin(0.3) ** 2, Math.sin(0.3) ** 2], 1e-14);
});

const ADAM = { learningRate: 0.1, iterations: 80, sign: false, bounded: 0 };

test('projected Adam without bounds is Adam, until η decays', () => {
  forAll('bowls', 5, (random) => {
    const c = normals(random, 5), x = normals(random, 5), y = x.slice();
    const projected = new ProjectedAdam(bowl(c), x, ADAM), adam = new Adam(bowl(c), y, { learningRate: 0.1 });
    const step = (optimizer: Optimizer): void => void (optimizer.evaluate(), optimizer.advance());
    for (let k = 0; k < 30; k++) [projected, adam].forEach(step);
    assert.equal(x, y);
    for (const [until, rate] of [[50, 0.01], [70, 0.001], [80, 1e-4]] as const) {
      adam.learningRate = rate;
      while (adam.evaluations < until) [projected, adam].forEach(step);
      checkClose(`x after ${until}`, x, y, 1e-13);
    }
    assert.is(projected.evaluations, 80);
  });
});

test('projected Adam stays in [0, 1] where it is bounded, from the start', () => {
  forAll('bowls', 10, (random) => {
    const c = normals(random, 8), x = normals(random, 8);
    const optimizer = new ProjectedAdam(bowl(c), x, { ...ADAM, iterations: 400, bounded: 6 });
    const inside = (): boolean => x.slice(0, 6).every((value) => value >= 0 && value <= 1);
    assert.ok(inside());
    drain(minimize(optimizer, { iterations: 400 }), () => assert.ok(inside()));
    checkClose('x', x, c.map((value, i) => (i < 6 ? Math.min(1, Math.max(0, value)) : value)), 0.2);
  });
});

test('on signs, how large a derivative is makes no difference', () => {
  const c = [0.3, -0.2, 0.9], paths = [[1, 1, 1], [1e3, 1e-3, 20]].map((k) => {
    const x = new Float64Array(3), optimizer = new ProjectedAdam(bowl(c, k), x, { ...ADAM, sign: true });
    drain(minimize(optimizer, { iterations: 20 }));
    return x;
  });
  assert.equal(paths[0], paths[1]);
});

test('an η that is not positive is refused', () => {
  assert.throws(() => new ProjectedAdam(bowl([0]), new Float64Array(1), { ...ADAM, learningRate: 0 }), /^learningRate/);
});

test.run();
