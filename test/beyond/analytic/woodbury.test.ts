/** @file Woodbury's identity against the dense matrix. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { woodburyInverse } from '../../../src/beyond/analytic/woodbury.ts';
import { checkClose } from '../../check/close.ts';
import { dense, gram } from './dense.ts';
import { checkRangeError } from '../../check/errors.ts';
import { between, forAll, normals } from '../../check/property.ts';

test('M⁻¹ M x = x, M = I ⊗ G + Uᵀ U; Uᵀ may have zeros', () => {
  forAll('matrices', 60, (random) => {
    const p = between(random, 1, 5), n = p * between(random, 1, 4), m = between(random, 1, 6);
    const U = normals(random, m * n).map((v) => (random.below(3) === 0 ? 0 : v));
    const G = gram(p + 3, p, dense(p + 3, p, normals(random, (p + 3) * p)));
    for (let i = 0; i < p; i++) G[i * p + i] += 1;
    const M = gram(m, n, dense(m, n, U)).map((v, k) => {
      const i = Math.floor(k / n), j = k % n;
      return v + (Math.floor(i / p) === Math.floor(j / p) ? G[(i % p) * p + (j % p)] : 0);
    });
    const inverse = woodburyInverse(G, dense(m, n, U), m, n)!, x = normals(random, n), s = new Float64Array(n);
    dense(n, n, M).times(x, s);
    const z = normals(random, n), before = s.slice();
    inverse(s, z);
    checkClose('x', z, x, 1e-9);
    assert.equal(s, before);
  });
});

test('no inverse if G is not positive definite, or U has overflowed', () => {
  const U = dense(1, 2, Float64Array.of(1, 1)), huge = dense(1, 2, Float64Array.of(1e200, 1));
  assert.is(woodburyInverse(Float64Array.of(-1), U, 1, 2), undefined);
  assert.is(woodburyInverse(Float64Array.of(1), huge, 1, 2), undefined);
  assert.type(woodburyInverse(Float64Array.of(1), U, 1, 2), 'function');
});

test('refuses a G that is not square, and blocks that do not make up n', () => {
  const U = dense(1, 3, Float64Array.of(1, 1, 1));
  for (const size of [3, 4]) {
    const refusal = new RegExp(`^G: expected p × p numbers, p a divisor of 3, got ${size}$`);
    checkRangeError(() => woodburyInverse(new Float64Array(size), U, 1, 3), refusal);
  }
});

test.run();
