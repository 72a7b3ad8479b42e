/**
 * @file 1 − cosine: its formulas, its derivatives, and that no scale changes it. PyTorch's values are in
 * test/layers/networks.test.ts.
 */
import { test } from '../../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientMatching } from '../../../src/attack/gradient-matching.ts';
import { CosineDifference, withCosine } from '../../../src/beyond/prior/cosine.ts';
import { withoutZeros } from '../../../src/beyond/shared-numbers.ts';
import { withoutTensors } from '../../../src/beyond/shared-tensors.ts';
import { accelerate } from '../../../src/kernels/accelerate.ts';
import { lenet } from '../../../src/nn/lenet.ts';
import { labelsOf, type Network } from '../../../src/nn/network.ts';
import { view, type Tensor } from '../../../src/tensor/tensor.ts';
import { dot, norm2, scale } from '../../../src/tensor/vector.ts';
import { checkClose } from '../../check/close.ts';
import { forAll, normals } from '../../check/property.ts';
import { checkSlope } from '../../check/slope.ts';

const SIZE = { channels: 1, height: 8, width: 8, classes: 4 };

/** A network, a shared gradient and a dummy. */
function scene(seed: number) {
  const network = lenet({ ...SIZE, seed }), x = view(new Float64Array(64).fill(0.5), [1, 1, 8, 8]);
  const image = view(Float64Array.from({ length: 64 }, (_, i) => ((7 * i + seed) % 11) / 10), [1, 8, 8]);
  return { network, shared: network.gradient(image, 2), x, t: labelsOf([1], 4) };
}

test('D = 1 − ⟨g, G⟩ / (‖g‖ ‖G‖), and v is its derivative', () => {
  forAll('gradients', 10, (random, i) => {
    const { shared } = scene(i), n = shared.data.length, g = normals(random, n), G = normals(random, n);
    const difference = new CosineDifference(shared.like(G));
    const measure = (at: Float64Array): number => (difference.gradient.data.set(at), difference.measure());
    checkClose('D', [measure(g)], [1 - dot(g, G) / (norm2(g) * norm2(G))], 1e-12);
    checkSlope('D', measure, g, difference.direction.data.slice(), random);
  });
});

test('D of nearly equal gradients does not cancel', () => {
  const { shared } = scene(1), difference = new CosineDifference(shared), [first] = shared.data;
  difference.gradient.data.set(shared.data);
  difference.gradient.data[0] += 1e-9;
  const square = dot(shared.data, shared.data), exact = (1e-18 * (1 - first * first / square)) / (2 * square);
  checkClose('D', [difference.measure()], [exact], 1e-6);
});

test('a gradient of 0 has no direction: D = 1 and v = 0', () => {
  const { shared } = scene(1), difference = new CosineDifference(shared);
  difference.gradient.data.set(shared.data.map((value, i) => value + i));
  difference.measure();
  difference.clear();
  assert.is(difference.measure(), 1);
  assert.ok(difference.direction.data.every((value) => value === 0));
  const silent = new CosineDifference(shared.like());
  silent.gradient.data.fill(1);
  assert.is(silent.measure(), 1);
});

test('slope of D in x′, by plain and fast kernels, in a batch too; the shared gradient may have any scale', () => {
  forAll('networks', 6, (random, i) => {
    const { network, shared } = scene(i), kernels = i % 2 === 0 ? network : accelerate(network), batch = 1 + (i % 3);
    const matching = new GradientMatching(withCosine(kernels).withBatch(batch), shared);
    const shape = [batch, 1, 8, 8], t = labelsOf(new Array(batch).fill(2), 4);
    const x = random.fillUniform(new Float64Array(64 * batch)), at = (data: Float64Array): Tensor => view(data, shape);
    const { objective, gradX } = matching.evaluate(at(x), t), first = { objective, gradX: gradX.data.slice() };
    const D = (data: Float64Array): number => matching.evaluate(at(data), t).objective;
    checkSlope('D', D, x, first.gradX, random);
    assert.throws(() => checkSlope('D', D, x, first.gradX.map((value) => 1.001 * value), random), /slope/);
    const scaled = shared.like(shared.data.slice());
    scale(random.uniform(1e-3, 1e3), scaled.data);
    const other = new GradientMatching(withCosine(kernels).withBatch(batch), scaled).evaluate(at(x), t);
    checkClose('D at another scale', [other.objective, ...other.gradX.data], [objective, ...first.gradX], 1e-10);
  });
});

test('tensors that were not shared take no part', () => {
  const { network, shared, x, t } = scene(3);
  shared.tensors.get('body.0.weight')!.data.fill(0);
  shared.tensors.get('fc.0.weight')!.data.fill(0, 0, 7);
  const g = network.theta.like(), evaluate = (kernels: Network) =>
    new GradientMatching(withCosine(kernels), shared).evaluate(x, t).objective;
  network.forward(x, t);
  network.backward(g);
  const angle = (): number => 1 - dot(g.data, shared.data) / (norm2(g.data) * norm2(shared.data));
  checkClose('all', [evaluate(network)], [angle()], 1e-12);
  g.tensors.get('body.0.weight')!.data.fill(0);
  checkClose('no tensor', [evaluate(withoutTensors(network, ['body.0.weight']))], [angle()], 1e-12);
  g.tensors.get('fc.0.weight')!.data.fill(0, 0, 7);
  for (const kernels of [network, accelerate(network)]) {
    checkClose('no zeros', [evaluate(withoutZeros(kernels))], [angle()], 1e-12);
    checkClose('both', [evaluate(withoutTensors(withoutZeros(kernels), ['body.0.weight']))], [angle()], 1e-12);
  }
});

test('a shared gradient of other shapes is refused', () => {
  const { network } = scene(1), other = lenet({ ...SIZE, classes: 5, seed: 1 }).theta;
  assert.throws(() => new GradientMatching(withCosine(network), other), /^shared gradient: expected /);
});

test.run();
