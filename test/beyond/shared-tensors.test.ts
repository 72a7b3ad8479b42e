/** @file L_G without the tensors that were not shared: its value, its derivative, and what it does not depend on. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { withheldTensors, withoutTensors } from '../../src/beyond/shared-tensors.ts';
import { accelerate } from '../../src/kernels/accelerate.ts';
import { buildStack } from '../../src/layers/stack.ts';
import { labelsOf, stack, type Network } from '../../src/nn/network.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import type { Random } from '../../src/tensor/random.ts';
import { view } from '../../src/tensor/tensor.ts';
import { dot } from '../../src/tensor/vector.ts';
import { expectWithin } from '../check/close.ts';
import { between, forAll, normals } from '../check/property.ts';
import { checkSlope } from '../check/slope.ts';
import { randomImage, randomVictim } from '../attack/networks.ts';

/** A gradient with some of its tensors 0, at least one and not all. */
function withholdSome(random: Random, gradient: ParameterVector): readonly string[] {
  const names = [...gradient.tensors.keys()].filter(() => random.below(2) === 1);
  const withheld = names.length === 0 ? [[...gradient.tensors.keys()][0]]
    : names.length === gradient.tensors.size ? names.slice(1) : names;
  for (const name of withheld) gradient.tensors.get(name)!.data.fill(0);
  return withheld;
}

test('withheld: the tensors that are zero as a whole', () => {
  forAll('gradients', 20, (random) => {
    const { gradient } = randomVictim(random);
    assert.equal(withheldTensors(gradient), []);
    const withheld = withholdSome(random, gradient);
    assert.equal(withheldTensors(gradient), withheld);
  });
});

/** A small LeNet, or linear layers so wide that the fast kernels keep ∂W as a product. */
function victim(random: Random, isWide: boolean): { readonly network: Network; readonly labels: readonly number[] } {
  const labels = Array.from({ length: between(random, 1, 2) }, () => random.below(10));
  if (!isWide) return { network: randomVictim(random, { activation: 'tanh' }).network, labels };
  const network = buildStack([
    { type: 'linear', name: 'hidden', out: 40, activation: 'sigmoid' }, { type: 'linear', name: 'last', out: 10 },
  ], [1, 7, 9]);
  random.fillUniform(network.theta.data, -0.5, 0.5);
  return { network, labels };
}

test('L_G sums over the tensors that were shared, and its derivative is that of the sum', () => {
  forAll('plain and fast, narrow and wide', 16, (random, i) => {
    const { network: plain, labels } = victim(random, i % 4 > 1), batch = labels.length;
    const whole = i % 2 ? accelerate(plain) : plain;
    const shared = whole.gradient(labels.map(() => randomImage(random, whole.imageShape)), labels);
    const withheld = withholdSome(random, shared), t = labelsOf(labels, whole.classes);
    const matching = new GradientMatching(withoutTensors(whole, withheld).withBatch(batch), shared);
    const dummies = stack('image', labels.map(() => randomImage(random, whole.imageShape)), whole.imageShape);
    const { objective, gradX } = matching.evaluate(dummies, t);

    const images = labels.map((_, n) => view(dummies.data, whole.imageShape, n * dummies.data.length / batch));
    const own = whole.gradient(images, labels);
    let expected = 0;
    for (const [name, { data }] of own.tensors) {
      if (withheld.includes(name)) continue;
      const difference = data.map((value, k) => value - shared.tensors.get(name)!.data[k]);
      expected += dot(difference, difference);
    }
    expectWithin('L_G', objective, expected, expected, 1e-10);
    const at = (x: Float64Array): number => matching.evaluate(view(x, dummies.shape), t).objective;
    checkSlope('∂L_G/∂x′', at, dummies.data, gradX.data.slice(), random);
    expectWithin('L_G again', at(dummies.data), expected, expected, 1e-10);
  });
});

test('L_G does not depend on a gradient that is put aside, and nothing withheld changes nothing', () => {
  forAll('victims', 6, (random) => {
    const { network, gradient, image, label } = randomVictim(random), t = labelsOf([label], network.classes);
    assert.is(withoutTensors(network, []), network);
    const withheld = withholdSome(random, gradient), partial = withoutTensors(network, withheld);
    const { objective, gradX } = new GradientMatching(partial, gradient).evaluate(stack('x', [image], image.shape), t);
    expectWithin('L_G at the client\'s image', objective, 0, dot(gradient.data, gradient.data), 1e-28);
    assert.ok(gradX.data.every((value) => Math.abs(value) < 1e-12));
    const x = view(normals(random, image.data.length), [1, ...image.shape]);
    const whole = new GradientMatching(network, gradient).evaluate(x, t).objective;
    assert.ok(new GradientMatching(partial, gradient).evaluate(x, t).objective < whole);
  });
});

test.run();
