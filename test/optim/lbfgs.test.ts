/**
 * @file L-BFGS: what PyTorch's runs (lbfgs-reference.test.ts) do not show. Where an advance ends, why it does not move,
 * what it costs.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Lbfgs, LINE_SEARCHES, type LbfgsOptions } from '../../src/optim/lbfgs.ts';
import type { Objective } from '../../src/optim/optimizer.ts';
import { Random } from '../../src/tensor/random.ts';
import { norm1, normInf } from '../../src/tensor/vector.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { between, forAll, normals } from '../check/property.ts';
import { counted, quadratic, rosenbrock } from './functions.ts';

test('many moves in one advance are many advances of one move, until 20 moves or 25 evaluations are used', () => {
  for (const lineSearch of LINE_SEARCHES) {
    const x0 = new Random(4).fillUniform(new Float64Array(20), -1, 1);
    const options: LbfgsOptions = { lineSearch, learningRate: lineSearch === 'none' ? 0.2 : 1 };
    const many = new Lbfgs(rosenbrock, x0.slice(), options);
    const one = new Lbfgs(rosenbrock, x0.slice(), { ...options, maxIterations: 1 });
    for (let k = 0; k < 3; k++) {
      const before = many.evaluations;
      many.evaluate();
      assert.is(many.advance(), undefined);
      let evaluations = 1; // at the start, as torch counts
      for (let moves = 1; ; moves++) {
        one.evaluate();
        const start = one.evaluations;
        assert.is(one.advance(), undefined);
        evaluations += one.evaluations - start; // of the line search
        if (moves === 20) break;
        if (lineSearch === 'none') evaluations++;
        if (evaluations >= 25) break;
      }
      assert.equal(many.x, one.x, `${lineSearch}, advance ${k}: the same bits`);
      assert.is(many.evaluations - before, evaluations, `${lineSearch}, advance ${k}: evaluations`);
    }
  }
});

test('the first move is learningRate · min(1, 1 / ‖∇f‖₁) along −∇f', () => {
  for (const x0 of [[3, -4], [0.03, -0.04]]) {
    const start = Float64Array.from(x0);
    const optimizer = new Lbfgs(quadratic([1, 1], [0, 0]), start.slice(), { learningRate: 0.5, maxIterations: 1 });
    optimizer.evaluate();
    optimizer.advance();
    const t = 0.5 * Math.min(1, 1 / norm1(start)); // ∇f = x here
    checkClose('x', optimizer.x, start.map((v) => v - t * v), 1e-15);
  }
});

test('the second move is the secant step: a parabola is solved by two', () => {
  const optimizer = new Lbfgs(quadratic([7], [2]), Float64Array.of(5), { maxIterations: 1 });
  for (let k = 0; k < 2; k++) {
    optimizer.evaluate();
    optimizer.advance();
  }
  expectWithin('x', optimizer.x[0], 2, 2, 1e-14);
});

test('a quadratic of n variables, condition up to 10, falls by ten digits in n + 10 moves', () => {
  forAll('quadratic', 200, (random) => {
    const n = between(random, 1, 12);
    const objective = quadratic(Float64Array.from({ length: n }, () => 10 ** random.uniform(0, 1)), normals(random, n));
    const endless = { toleranceGradient: 0, toleranceChange: 0 };
    const options: LbfgsOptions = { lineSearch: 'strong-wolfe', maxIterations: 1, ...endless };
    const optimizer = new Lbfgs(objective, normals(random, n), options);
    const f0 = optimizer.evaluate();
    for (let moves = 0; moves < n + 10; moves++) {
      optimizer.advance();
      optimizer.evaluate();
    }
    const f = optimizer.evaluate();
    assert.ok(f <= 1e-10 * f0, `${n} variables: got f = ${f} from ${f0}, ratio ${f / f0}, expected 1e-10 or less`);
  });
});

test('with strong-wolfe no move ever rises, and x is where f was found', () => {
  forAll('monotone', 50, (random) => {
    const x = random.fillUniform(new Float64Array(between(random, 2, 20)), -2, 2);
    const optimizer = new Lbfgs(rosenbrock, x, { lineSearch: 'strong-wolfe', maxIterations: 1 });
    let last = optimizer.evaluate();
    for (let k = 0; k < 60 && optimizer.advance() === undefined; k++) {
      const f = optimizer.evaluate();
      assert.ok(f <= last, `move ${k}: f rose from ${last} to ${f}`);
      last = f;
    }
  });
});

test('an advance that cannot move leaves x alone and says why, every time it is asked', () => {
  const liar: Objective = (x, gradient) => {
    gradient[0] = -1; // f rises along it all the same
    return x[0];
  };
  const cases: [Objective, number, LbfgsOptions, string, number][] = [
    [quadratic([1], [2]), 2, {}, 'gradient', 1],
    [quadratic([1], [2]), 2 + 1e-5, {}, 'change', 1], // the slope −∇f² = −10⁻¹⁰ promises less than 10⁻⁹
    [liar, 0, { lineSearch: 'strong-wolfe' }, 'line-search', 27],
    [(_, gradient) => (gradient[0] = NaN), 1, {}, 'not-finite', 1],
    [(x, gradient) => ((gradient[0] = -Infinity), x[0]), 1, { lineSearch: 'strong-wolfe' }, 'not-finite', 1],
  ];
  for (const [objective, x0, options, reason, mostEvaluations] of cases) {
    const optimizer = new Lbfgs(objective, Float64Array.of(x0), options);
    for (let k = 1; k <= 3; k++) {
      optimizer.evaluate();
      assert.is(optimizer.advance(), reason);
      assert.is(optimizer.x[0], x0, `${reason}: x`);
      const { evaluations } = optimizer;
      assert.ok(evaluations <= k * mostEvaluations, `${reason}: ${evaluations} evaluations in ${k} advances`);
    }
  }
});

test('without a line search a run may diverge: it says not-finite, it does not throw', () => {
  const optimizer = new Lbfgs(rosenbrock, Float64Array.of(-1.2, 1), { learningRate: 1e200 });
  let stop;
  for (let k = 0; k < 5 && !stop; k++) {
    optimizer.evaluate();
    stop = optimizer.advance();
  }
  assert.is(stop, 'not-finite');
});

test('a wall of NaN or infinity is no obstacle with a line search', () => {
  for (const beyond of [NaN, Infinity, -Infinity]) {
    const walled: Objective = (x, gradient) => {
      const f = quadratic([1, 30], [1, 2])(x, gradient);
      return normInf(x) > 2.5 ? beyond : f;
    };
    const optimizer = new Lbfgs(walled, Float64Array.of(-2, -2), { lineSearch: 'strong-wolfe' });
    for (let k = 0; k < 10; k++) {
      optimizer.evaluate();
      optimizer.advance();
    }
    checkClose(`beyond ${beyond}`, optimizer.x, [1, 2], 1e-4);
  }
});

test('evaluations are counted, every one', () => {
  for (const lineSearch of LINE_SEARCHES) {
    const counter = counted(rosenbrock);
    const optimizer = new Lbfgs(counter.objective, Float64Array.of(-1.2, 1), { lineSearch, learningRate: 0.1 });
    for (let k = 0; k < 10; k++) {
      optimizer.evaluate();
      optimizer.advance();
    }
    assert.is(optimizer.evaluations, counter.calls);
  }
});

test('the defaults: history 100, tolerances 1e-7 and 1e-9', () => {
  const after130Moves = (options: LbfgsOptions): Float64Array => {
    const x = new Random(8).fillUniform(new Float64Array(120), -1, 1);
    const long: LbfgsOptions = { lineSearch: 'strong-wolfe', maxIterations: 130, maxEvaluations: 1000 };
    const optimizer = new Lbfgs(rosenbrock, x, { ...long, ...options });
    optimizer.evaluate();
    optimizer.advance();
    return x;
  };
  assert.equal(after130Moves({}), after130Moves({ history: 100 }));
  assert.not.equal(after130Moves({}), after130Moves({ history: 99 }));

  // ∇f = x; the slope is −x²
  const cases = [[1e-7, 'gradient'], [1.01e-7, 'change'], [3.1e-5, 'change'], [3.2e-5, undefined]] as const;
  for (const [x, reason] of cases) {
    const optimizer = new Lbfgs(quadratic([1], [0]), Float64Array.of(x));
    optimizer.evaluate();
    assert.is(optimizer.advance(), reason, `x = ${x}`);
  }
});

test('a pair is kept if ⟨y, s⟩ is above leastCurvature, by default 1e-10', () => {
  // ∇f = 4x: the first move leads to −3x with ⟨y, s⟩ = 64x², the second to 0 by the secant or, along −∇f, to 9x
  const cases = [[1.3e-6, {}, 0], [1.2e-6, {}, 9], [1.3e-6, { leastCurvature: 1e-8 }, 9]] as const;
  for (const [x, options, factor] of cases) {
    const optimizer = new Lbfgs(quadratic([4], [0]), Float64Array.of(x), {
      maxIterations: 2, maxEvaluations: 3, toleranceChange: 0, ...options,
    });
    optimizer.evaluate();
    assert.is(optimizer.advance(), undefined);
    expectWithin(`x after two moves from ${x}`, optimizer.x[0], factor * x, x, 1e-12);
  }
});

test('an advance evaluates first if nobody has', () => {
  const [once, twice] = [1, 2].map(() => new Lbfgs(quadratic([1, 3], [0, 0]), Float64Array.of(3, -4)));
  twice.evaluate();
  for (const optimizer of [once, twice]) assert.is(optimizer.advance(), undefined);
  assert.equal([once.x, once.evaluations], [twice.x, twice.evaluations]);
});

test('an advance ends early where ∇f, x or f hardly changed', () => {
  const objective = quadratic([2], [0]); // ∇f = 2x, the first move is 2x·min(1, 1/2|x|)·learningRate
  const cases: [string, number, LbfgsOptions][] = [
    ['∇f = 0.1 is at most the tolerance', 0.1, { learningRate: 0.25, toleranceGradient: 0.1 }],
    ['x moves by 0.1 and f by 4', 20, { learningRate: 0.1, toleranceChange: 0.11 }],
    ['x moves by 2, to its mirror image, and f by nothing', 1, { learningRate: 2, toleranceChange: 0.1 }],
  ];
  for (const [what, x0, options] of cases) {
    const optimizer = new Lbfgs(objective, Float64Array.of(x0), options);
    optimizer.evaluate();
    assert.is(optimizer.advance(), undefined, what);
    assert.is(optimizer.evaluations, 2, `${what}: evaluations`);
  }
});

test('an advance ends where f is not finite, though its gradient is', () => {
  for (const beyond of [NaN, Infinity, -Infinity]) {
    const cliff: Objective = (x, gradient) => ((gradient[0] = -1), x[0] < 0.9 ? -x[0] : beyond);
    const optimizer = new Lbfgs(cliff, Float64Array.of(0));
    optimizer.evaluate();
    assert.is(optimizer.advance(), undefined);
    assert.equal([optimizer.x[0], optimizer.evaluations], [1, 2], `beyond ${beyond}`);
  }
});

test('an advance that has moved gives no reason, the next one does', () => {
  // one move leads from 1 to 10⁻⁵; there the slope −10⁻¹⁰ promises too little for another
  const optimizer = new Lbfgs(quadratic([1], [0]), Float64Array.of(1), { learningRate: 1 - 1e-5 });
  optimizer.evaluate();
  assert.is(optimizer.advance(), undefined);
  expectWithin('x', optimizer.x[0], 1e-5, 1, 1e-15);
  optimizer.evaluate();
  assert.is(optimizer.advance(), 'change');
  expectWithin('x', optimizer.x[0], 1e-5, 1, 1e-15);
});

test.run();
