/**
 * @file Tests of the testers: what is wrong by a little must be caught, what is right must pass.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from './test.ts';
import * as assert from 'uvu/assert';
import { addAB, addAtB } from '../../src/tensor/matmul.ts';
import { Random } from '../../src/tensor/random.ts';
import { checkAdjoint } from './adjoint.ts';
import { checkClose, expectWithin } from './close.ts';
import { checkRangeError } from './errors.ts';
import { gradientMatchingFixtures, layerFixtures, lbfgsFixtures, networkFixtures } from './fixtures.ts';
import { forAll, normals } from './property.ts';
import { checkJacobian, checkSlope } from './slope.ts';

const FAILURE = /: got -?\d\S*, expected -?\d\S*, scaled error \d\S*e[-+]\d+, tolerance \d\S*$/;

/** f(x) = Σ sin xᵢ and its gradient cos x. */
const f = (x: Float64Array): number => x.reduce((sum, value) => sum + Math.sin(value), 0);
const gradient = (x: Float64Array): Float64Array => x.map(Math.cos);

/** F(x) = tanh x and its derivative along u. */
const F = (x: Float64Array): Float64Array => x.map(Math.tanh);
const along = (x: Float64Array, u: Float64Array): Float64Array => F(x).map((y, i) => (1 - y ** 2) * u[i]);

/** A m×n matrix of normal numbers as a map, and its transpose. */
function matrix(random: Random, m: number, n: number) {
  const A = normals(random, m * n);
  return {
    map(u: Float64Array): Float64Array {
      const out = new Float64Array(m);
      addAB(m, n, 1, A, u, out);
      return out;
    },
    adjoint(v: Float64Array): Float64Array {
      const out = new Float64Array(n);
      addAtB(n, m, 1, A, v, out);
      return out;
    },
  };
}

/** `values` with one of them multiplied by `factor`: of the larger half, as 0.1 % of almost nothing is nothing. */
function spoilt(values: Float64Array, factor: number): Float64Array {
  const order = [...values.keys()].sort((i, j) => Math.abs(values[j]) - Math.abs(values[i]));
  const out = values.slice();
  out[order[Math.floor(values.length / 4)]] *= factor;
  return out;
}

test('slope: passes the right gradient', () => {
  forAll('sin', 50, (random, i) => {
    const x = normals(random, 1 + i);
    checkSlope('sin', f, x, gradient(x), random);
  });
});

test('slope: catches a gradient that is wrong by 0.1 %, all of it or one entry', () => {
  forAll('sin', 50, (random, i) => {
    const x = normals(random, 1 + i);
    assert.throws(() => checkSlope('sin', f, x, gradient(x).map((g) => 1.001 * g), random), FAILURE);
    assert.throws(() => checkSlope('sin', f, x, spoilt(gradient(x), 1.001), random), FAILURE);
  });
});

test('slope: a gradient of 0 passes where f is constant and only there', () => {
  const x = Float64Array.of(1, 2, 3), zero = new Float64Array(3);
  checkSlope('constant', () => 7, x, zero, new Random(1));
  const message = /got 0, expected -?\d\S*, scaled error Infinity, tolerance 0.000001$/;
  assert.throws(() => checkSlope('sin', f, x, zero, new Random(1)), message);
});

test('slope: catches a sign, a NaN and a wrong length', () => {
  const x = Float64Array.of(1, 2, 3), g = gradient(x);
  const checking = (g: Float64Array, objective = f) => () => checkSlope('sin', objective, x, g, new Random(1));
  checking(g)();
  assert.throws(checking(g.map((value) => -value)), FAILURE);
  assert.throws(checking(undefined as never), /^sin: got undefined, expected 3 numbers$/);
  assert.throws(checking(Float64Array.of(1, NaN, 1)), /got NaN, expected .*scaled error NaN/);
  assert.throws(checking(g, () => NaN), /expected NaN/);
  assert.throws(checking(new Float64Array(2)), /got a gradient of 2 numbers, expected 3/);
});

test('slope: gives f copies and reads the gradient before f can reuse its buffer', () => {
  const x = Float64Array.of(1, 2, 3), buffer = gradient(x);
  const careless = (x: Float64Array): number => {
    const value = f(x);
    x.fill(NaN);
    buffer.fill(NaN);
    return value;
  };
  checkSlope('sin', careless, x, buffer, new Random(1));
  assert.equal([...x], [1, 2, 3]);
});

test('Jacobian: passes the right derivative, also from one buffer', () => {
  forAll('tanh', 50, (random, i) => {
    const x = normals(random, 1 + i), u = normals(random, 1 + i), buffer = new Float64Array(1 + i);
    const reusing = (x: Float64Array): Float64Array => {
      buffer.set(F(x));
      return buffer;
    };
    buffer.set(along(x, u));
    checkJacobian('tanh', reusing, x, u, buffer);
  });
});

test('Jacobian: catches a derivative that is wrong by 0.1 %, all of it or one entry', () => {
  forAll('tanh', 50, (random, i) => {
    const x = normals(random, 1 + i), u = normals(random, 1 + i), right = along(x, u);
    assert.throws(() => checkJacobian('tanh', F, x, u, right.map((value) => 1.001 * value)), FAILURE);
    assert.throws(() => checkJacobian('tanh', F, x, u, spoilt(right, 1.001)), FAILURE);
    assert.throws(() => checkJacobian('tanh', F, x, u, new Float64Array(2 + i)), /got \d+ numbers, expected \d+/);
    assert.throws(() => checkJacobian('tanh', F, x, new Float64Array(2 + i), right), /got a direction of \d+ numbers/);
  });
});

test('adjoint: passes a transpose', () => {
  forAll('matrix', 100, (random, i) => {
    const m = 1 + (i % 13), n = 1 + (i % 7), A = matrix(random, m, n);
    checkAdjoint('matrix', A.map, A.adjoint, n, m, random);
  });
});

test('adjoint: catches one that is wrong by 1e-9 in one entry', () => {
  forAll('matrix', 100, (random, i) => {
    const m = 1 + (i % 13), n = 1 + (i % 7), A = matrix(random, m, n);
    assert.throws(() => checkAdjoint('map', (u) => spoilt(A.map(u), 1 + 1e-9), A.adjoint, n, m, random), FAILURE);
    assert.throws(() => checkAdjoint('adjoint', A.map, (v) => spoilt(A.adjoint(v), 1 + 1e-9), n, m, random), FAILURE);
  });
});

test('adjoint: catches a wrong length, a NaN and a 0', () => {
  const { map, adjoint } = matrix(new Random(1), 3, 2);
  const zero = (n: number) => () => new Float64Array(n);
  const checking = (A: typeof map, At: typeof map) => () => checkAdjoint('A', A, At, 2, 3, new Random(1));
  checking(map, adjoint)();
  assert.throws(checking(map, zero(3)), /got 3 numbers and 3 from the adjoint, expected 3 and 2$/);
  assert.throws(checking(zero(2), adjoint), /got 2 numbers and 2 from the adjoint, expected 3 and 2$/);
  assert.throws(checking(map, (v) => adjoint(v).fill(NaN)), /expected NaN/);
  assert.throws(checking(map, zero(2)), FAILURE);
  checking(zero(3), zero(2))();
});

test('close: scales by the largest expected entry and names the worst', () => {
  checkClose('x', [1, 100.00001], [1.00001, 100], 1e-6);
  const message = /^x\[1\]: got 2.002, expected 2, scaled error 6\.67e-4, tolerance 0.0006$/;
  assert.throws(() => checkClose('x', [1, 2.002, 3], [1, 2, 3], 6e-4), message);
  assert.throws(() => checkClose('x', [1, 2, 3.003], [1, 2, 3], 1e-6), FAILURE);
});

test('close: nothing odd passes', () => {
  checkClose('zeros', [0, -0], [0, 0], 0);
  checkClose('nothing', [], [], 0);
  assert.throws(() => checkClose('zeros', [0, 1e-300], [0, 0], 1e-6), /^zeros\[1\]: .* scaled error Infinity/);
  assert.throws(() => checkClose('NaN', [5, NaN], [1, 1], 1e9), /^NaN\[1\]: got NaN/);
  assert.throws(() => checkClose('NaN', [1], [NaN], 1e9), /expected NaN/);
  assert.throws(() => checkClose('infinite', [Infinity, 5], [Infinity, 1], 1e-6), /tolerance/);
  assert.throws(() => checkClose('length', [1, 2], [1], 1), /^length: got 2 numbers, expected 1$/);
  assert.throws(() => expectWithin('NaN', NaN, NaN, 1, 1), /got NaN/);
  assert.throws(() => expectWithin('scale', 1, 2, NaN, 1), /got 1, expected 2, scaled error NaN, tolerance 1$/);
});

test('errors: wants a RangeError with that message', () => {
  const throwing = (error: unknown) => (): never => {
    throw error;
  };
  checkRangeError(throwing(new RangeError('x: expected 1, got 2')), /^x: expected 1, got 2$/);
  assert.throws(() => checkRangeError(throwing(new RangeError('x')), /y/), /RangeError like \/y\/, got RangeError: x/);
  assert.throws(() => checkRangeError(throwing(new TypeError('y')), /y/), /got TypeError: y/);
  assert.throws(() => checkRangeError(() => 1, /y/), /got none/);
});

test('property: a failure names its case, and that case can be repeated', () => {
  const law = (random: Random): void => {
    if (random.uniform() > 0.9) throw new Error('too large');
  };
  let message = '';
  try {
    forAll('small', 100, law, 7);
  } catch (error) {
    message = (error as Error).message;
  }
  const [, seed, i] = /^small, case \d+ of 100, new Random\((\d+), (\d+)\): too large$/.exec(message)!;
  assert.throws(() => law(new Random(Number(seed), Number(i))), /too large/);
});

test('uvu: every test file ends in test.run(), without which it would pass unseen', () => {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'));
  assert.ok(files.length > 0);
  for (const file of files) assert.match(readFileSync(join(folder, file), 'utf8'), /\ntest\.run\(\);\n$/, file);
});

test('fixtures: sizes are consistent', () => {
  for (const { file, batch, images, labels, logits, network, x } of gradientMatchingFixtures()) {
    assert.is(images.length, batch, file);
    assert.is(labels.length, batch, file);
    assert.equal(x.shape, [batch, ...network.imageShape], file);
    assert.equal(logits.shape, [batch, network.classes], file);
  }
  for (const { file, runs } of lbfgsFixtures()) assert.ok(runs.length > 0, file);
  for (const { name, x, gradX, rX, parameters, gradParameters, rParameters } of layerFixtures()) {
    assert.equal([gradX.shape, rX.shape], [x.shape, x.shape], name);
    const shapesOf = (named: object): unknown => Object.values(named).map(({ shape }) => shape);
    const shapes = [parameters, gradParameters, rParameters].map(shapesOf);
    assert.equal(shapes, [shapes[0], shapes[0], shapes[0]], name);
  }
  for (const { name, x, dummy, target } of networkFixtures()) {
    assert.equal(dummy.gradX.shape, x.shape, name);
    assert.is(target.shape[0], x.shape[0], name);
  }
});

test.run();
