/** @file The activations: values, f′ and f″ by hand, and their four passes. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Activation, ACTIVATIONS, type ActivationName } from '../../src/nn/activation.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals, oneOf } from '../check/property.ts';
import { checkFourPasses } from './four-passes.ts';

const vector = (...values: number[]) => ({ shape: [values.length], data: Float64Array.from(values) });

/** f, f′ and f″ at x, read off the passes: R{∂x} along R{x} = 1 is f″ where ∂ℓ/∂y = 1 and R{∂y} = 0. */
function derivatives(name: ActivationName, x: number): number[] {
  const layer = new Activation(name, [1]);
  const [f] = layer.forward(vector(x)).data, [d1] = layer.backward(vector(1)).data;
  layer.rForward(vector(1));
  return [f, d1, layer.rBackward(vector(0)).data[0]];
}

test('activation: f, f′ and f″ by hand', () => {
  const cases: readonly [name: ActivationName, x: number, expected: readonly number[]][] = [
    ['sigmoid', 0, [1 / 2, 1 / 4, 0]],
    ['sigmoid', Math.log(3), [3 / 4, 3 / 16, -3 / 32]],
    ['sigmoid', -Math.log(3), [1 / 4, 3 / 16, 3 / 32]],
    ['tanh', 0, [0, 1, 0]],
    ['tanh', Math.log(2), [3 / 5, 16 / 25, -96 / 125]],
    ['tanh', -Math.log(2), [-3 / 5, 16 / 25, 96 / 125]],
    ['relu', 2, [2, 1, 0]],
    ['relu', -2, [0, 0, 0]],
    ['relu', 0, [0, 0, 0]], // as in PyTorch
  ];
  for (const [name, x, expected] of cases) checkClose(`${name} at ${x}`, derivatives(name, x), expected, 1e-15);
});

test('activation: flat, not NaN, far out', () => {
  assert.equal(derivatives('sigmoid', 1000), [1, 0, 0]);
  assert.equal(derivatives('sigmoid', -1000), [0, 0, 0]);
  checkClose('tanh', derivatives('tanh', 1000), [1, 0, 0], 0);
  checkClose('tanh', derivatives('tanh', -1000), [-1, 0, 0], 0);
});

test('activation: sigmoid x = (1 + tanh x/2) / 2', () => {
  forAll('sigmoid', 50, (random) => {
    const x = 5 * random.normal(), [s, s1, s2] = derivatives('sigmoid', x), [t, t1, t2] = derivatives('tanh', x / 2);
    expectWithin(`f at ${x}`, s, (1 + t) / 2, 1, 1e-15);
    expectWithin(`f′ at ${x}`, s1, t1 / 4, 1, 1e-15);
    expectWithin(`f″ at ${x}`, s2, t2 / 8, 1, 1e-15);
  });
});

for (const name of ACTIVATIONS)
  test(`activation: four passes of ${name}`, () => {
    forAll(name, 30, (random) => {
      const shape = [between(random, 1, 3), between(random, 1, 6), between(random, 1, 6)];
      // Away from relu's kink at 0, where there is no slope to check.
      const x = normals(random, shape[0] * shape[1] * shape[2]).map((z) => z + 0.1 * Math.sign(z));
      checkFourPasses(`${name} [${shape}]`, new Activation(name, shape), x, random);
    });
  });

test('activation: works entry by entry, in any shape', () => {
  forAll('entries', 20, (random) => {
    const name = oneOf(random, ACTIVATIONS), x = normals(random, 24);
    const expected = x.map((value) => derivatives(name, value)[0]);
    checkClose(name, new Activation(name, [2, 3, 4]).forward({ shape: [2, 3, 4], data: x }).data, expected, 0);
  });
});

test('activation: the three of the table', () => {
  assert.equal(ACTIVATIONS, ['sigmoid', 'tanh', 'relu']);
});

test('activation: refuses other names and shapes', () => {
  const softplus = 'softplus' as ActivationName, layer = new Activation('relu', [2, 2]);
  checkRangeError(() => new Activation(softplus, [1]), /^activation: expected sigmoid, tanh, relu, got softplus$/);
  checkRangeError(() => new Activation('toString' as ActivationName, [1]), /, got toString$/);
  checkRangeError(() => layer.forward(zeros([4])), /^Activation x: expected shape \[2,2\], got \[4\]/);
  checkRangeError(() => layer.backward(zeros([2])), /^Activation gradY: expected shape \[2,2\], got \[2\]/);
  checkRangeError(() => layer.rForward(zeros([2])), /^Activation rX: expected shape \[2,2\], got \[2\]/);
  checkRangeError(() => layer.rBackward(zeros([2])), /^Activation rGradY: expected shape \[2,2\], got \[2\]/);
});

test.run();
