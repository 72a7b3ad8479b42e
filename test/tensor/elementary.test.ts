/** @file The elementary functions: Math's, until others are put in their place, for everything that imports them. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { execFileSync } from 'node:child_process';
import { softmax } from '../../src/nn/softmax-cross-entropy.ts';
import * as elementary from '../../src/tensor/elementary.ts';
import { Random } from '../../src/tensor/random.ts';


test('elementary: Math’s own by default', () => {
  // A program of its own: in this one an accelerated network may have put other functions in their place.
  const script = `import * as elementary from '${new URL('../../src/tensor/elementary.ts', import.meta.url)}';
    const { exp, log, tanh, cosSin } = elementary;
    console.log(exp === Math.exp, log === Math.log, tanh === Math.tanh, cosSin(1)[0] === Math.cos(1), cosSin(1)[1] === Math.sin(1));`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  assert.is(execFileSync(process.execPath, args, { encoding: 'utf8' }), 'true true true true true\n');
});

test('elementary: what useElementary is given is what all of the program computes with', () => {
  const { exp, log, tanh, cosSin } = elementary; // those that are in use
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
  assert.is(elementary.exp, exp);
});

test.run();
