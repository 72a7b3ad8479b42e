/** @file The input of the last layer, read off its gradient, and the errors predicted for it. */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { lastLayer } from '../../../src/attack/extract-label.ts';
import { lastInput } from '../../../src/beyond/analytic/last-input.ts';
import { Linear } from '../../../src/nn/linear.ts';
import { Network } from '../../../src/nn/network.ts';
import { Sequence } from '../../../src/nn/sequence.ts';
import { logitGradient, oneHot, softmax } from '../../../src/nn/softmax-cross-entropy.ts';
import { rowsOf, view, zeros } from '../../../src/tensor/tensor.ts';
import { dot } from '../../../src/tensor/vector.ts';
import { checkClose } from '../../check/close.ts';
import { checkRangeError } from '../../check/errors.ts';
import { between, forAll, normals } from '../../check/property.ts';
import { probabilitiesOf } from '../../attack/networks.ts';

test('networks so confident that 1 − p_c is below the rounding of p_c, with a bias and without', () => {
  forAll('networks', 20, (random, i) => {
    const build = (inShape: readonly number[]): Sequence =>
      new Sequence([{ name: 'fc', layer: new Linear({ inShape, out: 5, bias: i % 2 === 0 }) }]);
    const network = new Network(build, [6]);
    const a = random.fillUniform(new Float64Array(6)), c = random.below(5);
    random.fillUniform(network.theta.data, -0.5, 0.5);
    const ofLabel = rowsOf(lastLayer(network.theta).weight)[c];
    ofLabel.forEach((_, j) => { ofLabel[j] += between(random, 38, 60) / (6 * a[j]); });
    const input = view(a, [6]), gradient = network.gradient(input, c);
    assert.is(probabilitiesOf(network, input)[c], 1);
    checkClose('a', lastInput(lastLayer(gradient), lastLayer(network.theta), c).a, a, 1e-9);
  });
});

test('tells relative errors from absolute ones, and predicts the errors of a', () => {
  for (const [u, tau, classes] of [[1e-4, 0, 20], [0, 1e-5, 20], [1e-3, 1e-7, 20], [1e-4, 0, 4]]) {
    const logs = { u: 0, tau: 0, a: 0 }, cases = 20;
    forAll('gradients', cases, (random) => {
      const features = 400, c = random.below(classes), y = normals(random, classes).map((v) => 3 * v);
      const p = new Float64Array(classes), g = new Float64Array(classes);
      const a = Float64Array.from({ length: features }, () => random.uniform());
      softmax(y, p);
      logitGradient(p, oneHot(c, classes), g);
      const err = (v: number): number => v * (1 + u * random.normal()) + tau * random.normal();
      const weight = view(Float64Array.from({ length: classes * features }, (_, n) =>
        err(g[Math.floor(n / features)] * a[n % features])), [classes, features]);
      const shared = { weight, bias: view(g.map(err), [classes]) };
      const { errors, sigma, a: found } = lastInput(shared, shared, c);
      const apart = found.map((v, j) => (v - a[j]) / sigma[j]);
      logs.a += Math.log(dot(apart, apart) / features) / 2 / cases;
      logs.u += Math.log(errors.relative / u) / cases;
      logs.tau += Math.log(errors.absolute / tau) / cases;
      if (tau === 0) assert.ok(errors.absolute < 0.01 * u, `τ = ${errors.absolute}`);
    });
    const said = `u = ${u}, τ = ${tau}: ${JSON.stringify(logs)}`;
    assert.ok(Math.abs(logs.a) < 0.2, said);
    if (u > 0) assert.ok(Math.abs(logs.u) < 0.2, said);
    if (tau > 0) assert.ok(Math.abs(logs.tau) < 0.2, said);
  }
});

test('a weight or a bias without a gradient says nothing of a', () => {
  const layer = { weight: view(Float64Array.of(1, 2, 3, 4), [2, 2]) }, weight = zeros([2, 2]);
  const refused = /^last layer gradient: expected one that is not 0, got zeros/;
  checkRangeError(() => lastInput({ weight }, layer, 0), refused);
  checkRangeError(() => lastInput({ weight, bias: view(Float64Array.of(-1, 1), [2]) }, layer, 0), refused);
  checkRangeError(() => lastInput({ weight: layer.weight, bias: zeros([2]) }, layer, 0), refused);
});

test.run();
