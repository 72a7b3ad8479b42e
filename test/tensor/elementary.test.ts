/** @file The elementary functions: Math's, until others are put in their place, for everything that imports them. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { softmax } from '../../src/nn/softmax-cross-entropy.ts';
import * as elementary from '../../src/tensor/elementary.ts';
import { Random } from '../../src/tensor/random.ts';

const { exp, log, tanh } = Math, cosSin = (x: number) => [Math.cos(x), Math.sin(x)] as const;

test('elementary: Math’s own by default', () => {
  for (const x of [-3, -0.1, 0, 0.7, 20]) {
    assert.is(elementary.exp(x), Math.exp(x));
    assert.is(elementary.tanh(x), Math.tanh(x));
    assert.equal(elementary.cosSin(x), [Math.cos(x), Math.sin(x)]);
    assert.is(elementary.log(Math.abs(x)), Math.log(Math.abs(x)));
  }
});

test('elementary: what useElementary is given is what all of the program computes with', () => {
  try {
    elementary.useElementary({ exp: (x) => x + 10, log: (x) => -x, tanh: () => 5, cosSin: () => [3, 4] });
    assert.equal([elementary.exp(1), elementary.log(4), elementary.tanh(0), elementary.cosSin(0)], [11, -4, 5, [3, 4]]);
    const p = new Float64Array(2);
    assert.is(softmax(Float64Array.of(0, 0), p), -20, 'e⁰ + e⁰ is 20, its log −20');
    const random = new Random(1), twin = new Random(1), u = twin.uniform(), first = random.normal();
    assert.is(first, 3 * Math.sqrt(2 * (1 - u)));
  } finally {
    elementary.useElementary({ exp, log, tanh, cosSin });
  }
  assert.is(elementary.exp(1), Math.E);
});

test.run();
