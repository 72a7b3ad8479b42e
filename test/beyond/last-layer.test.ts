/** @file The last layer by itself: its logits, and the rank-one part of its gradient. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { logitsAt, sharedLastLayer, takeRankOne } from '../../src/beyond/last-layer.ts';
import { ParameterVector } from '../../src/nn/parameters.ts';
import { rowsOf, view } from '../../src/tensor/tensor.ts';
import { dot, norm2 } from '../../src/tensor/vector.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';

test('logits: W a + b for every input, with a bias and without', () => {
  forAll('layers', 40, (random, i) => {
    const [n, features, classes] = [between(random, 1, 4), between(random, 1, 9), between(random, 2, 6)];
    const weight = view(normals(random, classes * features), [classes, features]);
    const bias = view(normals(random, classes), [classes]), inputs = view(normals(random, n * features), [n, features]);
    const logits = logitsAt(i % 2 ? { weight, bias } : { weight }, inputs);
    assert.equal(logits.shape, [n, classes]);
    const b = i % 2 ? bias.data : new Float64Array(classes);
    const expected = rowsOf(inputs).flatMap((a) => rowsOf(weight).map((w, c) => dot(w, a) + b[c]));
    checkClose('logits', logits.data, expected, 1e-12);
  });
  const weight = view(new Float64Array(6), [2, 3]);
  const refusal = /^last layer inputs: expected shape \[2,3\], got \[2,2\]/;
  checkRangeError(() => logitsAt({ weight }, view(new Float64Array(4), [2, 2])), refusal);
});

test('rank one: h qᵀ + rest is the matrix, q its longest row, the rest orthogonal to q; g aᵀ leaves rounding', () => {
  forAll('matrices', 60, (random, i) => {
    const m = between(random, 1, 7), n = between(random, 1, 9), g = normals(random, m), a = normals(random, n);
    const product = Float64Array.from({ length: m * n }, (_, k) => g[Math.floor(k / n)] * a[k % n]);
    const G = i % 2 ? product : normals(random, m * n), rest = G.slice(), rows = rowsOf(view(rest, [m, n]));
    const { h, q } = takeRankOne(rows);
    checkClose('h qᵀ + rest', rest.map((v, k) => v + h[Math.floor(k / n)] * q[k % n]), G, 1e-14);
    expectWithin('‖q‖', norm2(q), 1, 1, 1e-14);
    for (const row of rows) expectWithin('⟨row, q⟩', dot(row, q), 0, norm2(G), 1e-14);
    expectWithin('max |h|', Math.max(...h.map(Math.abs)), Math.max(...rowsOf(view(G, [m, n])).map(norm2)), 1, 1e-12);
    if (i % 2) assert.ok(norm2(rest) < 1e-14 * norm2(G));
  });
  const zero = takeRankOne(rowsOf(view(new Float64Array(6), [2, 3])));
  assert.equal([[...zero.h], [...zero.q]], [[0, 0], [0, 0, 0]]);
});

test('shared: a bias of zeros beside a weight that is not 0 was not shared', () => {
  const shapes = { hidden: { weight: [2, 2] }, last: { weight: [2, 1], bias: [2] } };
  const last = (...numbers: number[]): string[] =>
    Object.keys(sharedLastLayer(new ParameterVector(shapes, Float64Array.of(1, 1, 1, 1, ...numbers))));
  assert.equal(last(1, -1, 1, -1), ['weight', 'bias']);
  assert.equal(last(1, -1, 0, 0), ['weight']);
  assert.equal(last(0, 0, 1, -1), ['weight', 'bias'], 'the bias alone');
  assert.equal(last(0, 0, 0, 0), ['weight', 'bias'], 'nothing');
  const bare = new ParameterVector({ last: { weight: [2, 1] } }, Float64Array.of(1, -1));
  assert.equal(Object.keys(sharedLastLayer(bare)), ['weight']);
});

test.run();
