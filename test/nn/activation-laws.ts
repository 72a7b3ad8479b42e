/** @file What activations must satisfy, the plain ones and every other: f, f′ and f″ by hand, and the four passes. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { ACTIVATIONS, type ActivationName } from '../../src/nn/activation.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals, oneOf } from '../check/property.ts';
import { checkFourPasses } from './four-passes.ts';

const vector = (...values: number[]) => ({ shape: [1, values.length], data: Float64Array.from(values) });

/** Tests of the activations that `create` makes; `title` begins their names. */
export function activationLaws(title: string, create: (f: ActivationName, shape: readonly number[]) => Layer): void {
  /** f, f′ and f″ at x, read off the passes: R{∂x} along R{x} = 1 is f″ where ∂y = 1 and R{∂y} = 0. */
  const derivatives = (name: ActivationName, x: number): number[] => {
    const layer = create(name, [1, 1]);
    const [f] = layer.forward(vector(x), {}).data, [d1] = layer.backward(vector(1), {}, {}).data;
    layer.rForward(vector(1), {}, {});
    return [f, d1, layer.rBackward(vector(0), {}, {}).data[0]];
  };

  test(`${title}: f, f′ and f″ by hand`, () => {
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

  test(`${title}: flat, not NaN, far out; NaN of NaN`, () => {
    assert.equal(derivatives('sigmoid', 1000), [1, 0, 0]);
    assert.equal(derivatives('sigmoid', -1000), [0, 0, 0]);
    checkClose('tanh', derivatives('tanh', 1000), [1, 0, 0], 0);
    checkClose('tanh', derivatives('tanh', -1000), [-1, 0, 0], 0);
    for (const name of ACTIVATIONS) assert.ok(Number.isNaN(derivatives(name, NaN)[0]), name);
  });

  test(`${title}: sigmoid x = (1 + tanh x/2) / 2`, () => {
    forAll('sigmoid', 50, (random) => {
      const x = 5 * random.normal(), [s, s1, s2] = derivatives('sigmoid', x), [t, t1, t2] = derivatives('tanh', x / 2);
      expectWithin(`f at ${x}`, s, (1 + t) / 2, 1, 1e-15);
      expectWithin(`f′ at ${x}`, s1, t1 / 4, 1, 1e-15);
      expectWithin(`f″ at ${x}`, s2, t2 / 8, 1, 1e-15);
    });
  });

  for (const name of ACTIVATIONS)
    test(`${title}: four passes of ${name}`, () => {
      forAll(name, 30, (random) => {
        const shape = [between(random, 1, 3), between(random, 1, 6), between(random, 1, 6)];
        // Away from relu's kink at 0, where there is no slope to check.
        const x = normals(random, shape[0] * shape[1] * shape[2]).map((z) => z + 0.1 * Math.sign(z));
        checkFourPasses(`${name} [${shape}]`, create(name, shape), x, random);
      });
    });

  test(`${title}: works entry by entry, in any shape`, () => {
    forAll('entries', 20, (random) => {
      const name = oneOf(random, ACTIVATIONS), x = normals(random, 24), shape = [2, 3, 4];
      const expected = x.map((value) => derivatives(name, value)[0]);
      checkClose(name, create(name, shape).forward({ shape, data: x }, {}).data, expected, 0);
    });
  });

  test(`${title}: refuses other names and shapes`, () => {
    const softplus = 'softplus' as ActivationName, layer = create('relu', [2, 2]);
    checkRangeError(() => create(softplus, [1]), /^activation: expected sigmoid, tanh, relu, got softplus$/);
    checkRangeError(() => create('toString' as ActivationName, [1]), /, got toString$/);
    checkRangeError(() => layer.forward(zeros([4]), {}), /^Activation x: expected shape \[2,2\], got \[4\]/);
    checkRangeError(() => layer.backward(zeros([2]), {}, {}), /^Activation gradY: expected shape \[2,2\], got \[2\]/);
    checkRangeError(() => layer.rForward(zeros([2]), {}, {}), /^Activation rX: expected shape \[2,2\], got \[2\]/);
    checkRangeError(() => layer.rBackward(zeros([2]), {}, {}), /^Activation rGradY: expected shape \[2,2\], got \[2\]/);
  });
}
