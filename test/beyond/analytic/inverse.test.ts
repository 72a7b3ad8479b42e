/** @file The inverse of an activation: f⁻¹(f(x)) is x, the ends of f's range, and the bits of artanh. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { artanh, INVERTIBLE_ACTIVATIONS, inverseOf, whyNotInvertible } from '../../../src/beyond/analytic/inverse.ts';
import * as elementary from '../../../src/kernels/elementary.ts';
import { activationLayer, type AnyActivationName } from '../../../src/layers/activations.ts';
import { useElementary } from '../../../src/tensor/elementary.ts';
import { Random } from '../../../src/tensor/random.ts';
import { view } from '../../../src/tensor/tensor.ts';
import { checkClose } from '../../check/close.ts';
import { checkRangeError } from '../../check/errors.ts';
import { between, forAll, normals } from '../../check/property.ts';

test('f⁻¹(f(x)) = x, in any shape; nothing is changed', () => {
  for (const f of [...INVERTIBLE_ACTIVATIONS, 'leaky-relu'] as const)
    forAll(f, 30, (random) => {
      const shape = [1, between(random, 1, 6), between(random, 1, 6)], size = shape[1] * shape[2];
      const slope = f === 'leaky-relu' ? { slope: random.uniform(0.01, 1) } : {};
      const layer = activationLayer(f, { inShape: shape, ...slope });
      const x = view(normals(random, size), shape), y = layer.forward(x), before = y.data.slice();
      const found = inverseOf(layer, y, new Float64Array(size));
      assert.equal(found.shape, shape);
      checkClose(f, found.data, x.data, 1e-13);
      assert.equal(y.data, before);
    });
});

test('outside the range, and closer to its ends than the margin: the number at the margin', () => {
  const y = view(Float64Array.of(-5, 0, 0.1, 0.5, 0.9, 1, 2), [7]), margins = new Float64Array(7).fill(0.2);
  const at = (v: number): number => Math.log(v / (1 - v));
  const [sigmoid, tanh, leaky] = (['sigmoid', 'tanh', 'leaky-relu'] as const).map((f) =>
    activationLayer(f, { inShape: [7] }));
  checkClose('sigmoid', inverseOf(sigmoid, y, margins).data, [0.2, 0.2, 0.2, 0.5, 0.8, 0.8, 0.8].map(at), 1e-14);
  checkClose('tanh', inverseOf(tanh, y, margins).data, [-0.8, 0, 0.1, 0.5, 0.8, 0.8, 0.8].map(Math.atanh), 1e-14);
  checkClose('leaky', inverseOf(leaky, y, margins).data, [-500, 0, 0.1, 0.5, 0.9, 1, 2], 1e-14); // no end, no margin
});

test('ReLU and SiLU are refused', () => {
  assert.equal(INVERTIBLE_ACTIVATIONS, ['sigmoid', 'tanh']);
  const layerOf = (f: AnyActivationName) => activationLayer(f, { inShape: [1] });
  for (const [f, why] of [['relu', 'it maps every x ≤ 0 to 0'], ['silu', 'it maps two x to the same y']] as const) {
    const refusal = `activation: expected one that has an inverse (sigmoid, tanh, leaky-relu), got ${f}: ${why}`;
    assert.is(whyNotInvertible(layerOf(f)), refusal);
    const invert = () => inverseOf(layerOf(f), view(new Float64Array(1), [1]), new Float64Array(1));
    checkRangeError(invert, new RegExp(`got ${f}: ${why}$`));
  }
  for (const f of ['sigmoid', 'tanh', 'leaky-relu'] as const) assert.is(whyNotInvertible(layerOf(f)), undefined);
});

test('artanh: within three units in the last place of Math.atanh, and exact at the ends', () => {
  const random = new Random(1);
  for (let n = 0; n < 40_000; n++) {
    const y = n % 2 ? random.uniform(-1, 1) : (random.below(2) - 0.5) * 2 ** random.uniform(-59, 0);
    const expected = Math.atanh(y), unit = 2 ** (Math.floor(Math.log2(Math.abs(expected))) - 52);
    assert.ok(Math.abs(artanh(y) - expected) <= 3 * unit, `artanh(${y}): got ${artanh(y)}, expected ${expected}`);
  }
  assert.equal([-1, 0, 1, NaN].map(artanh), [-Infinity, 0, Infinity, NaN]);
});

test('artanh: the same bits on every engine, with the elementary functions of src/kernels', () => {
  useElementary(elementary);
  const random = new Random(2); // a number that depends on every bit of 100,000 values
  const mixed = Array.from({ length: 100_000 }, () => artanh(random.uniform(0, 1)))
    .reduce((hash, y) => (hash * 31 + (y % 1) * 2 ** 20) % 65521, 0);
  assert.is(mixed, 17077.517110106302);
});

test.run();
