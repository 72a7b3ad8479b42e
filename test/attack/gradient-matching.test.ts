/**
 * @file Eq. (5) and its derivatives ∂L_G/∂x′, ∂L_G/∂t and, through softmax, ∂L_G/∂u: slopes, adjoints, PyTorch.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { ACTIVATIONS, type ActivationName } from '../../src/nn/activation.ts';
import { lenet } from '../../src/nn/lenet.ts';
import type { Network } from '../../src/nn/network.ts';
import { oneHot, softmax, softmaxBackward } from '../../src/nn/softmax-cross-entropy.ts';
import type { Random } from '../../src/tensor/random.ts';
import { view, zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { dot, norm2 } from '../../src/tensor/vector.ts';
import { checkAdjoint } from '../check/adjoint.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { gradientMatchingFixtures } from '../check/fixtures.ts';
import { between, forAll, normals, oneOf } from '../check/property.ts';
import { checkSlope } from '../check/slope.ts';
import { allocationsIn, checkAllocation } from '../optim/heap.ts';

/** A small network and a batch of images with their classes. */
interface Victim {
  readonly network: Network;
  readonly images: readonly Tensor[];
  readonly labels: readonly number[];
  readonly matching: GradientMatching;
}

function randomVictim(random: Random, activation: ActivationName, batch: number): Victim {
  const network = lenet({
    channels: between(random, 1, 3),
    height: between(random, 5, 10),
    width: between(random, 5, 10),
    classes: between(random, 2, 7),
    activation,
    bias: random.uniform() < 0.5,
    seed: random.below(1000),
  });
  const images = Array.from({ length: batch }, () => {
    const image = zeros(network.inShape);
    random.fillUniform(image.data);
    return image;
  });
  const labels = images.map(() => random.below(network.classes));
  return { network, images, labels, matching: new GradientMatching(network, network.gradient(images, labels), batch) };
}

/** Row by row f of [batch, classes]. */
function rows(numbers: Float64Array, batch: number): Float64Array[] {
  const n = numbers.length / batch;
  return Array.from({ length: batch }, (_, i) => numbers.subarray(i * n, (i + 1) * n));
}

/** t = softmax(u), row by row. */
function probabilities(u: Float64Array, batch: number): Float64Array {
  const t = new Float64Array(u.length), ts = rows(t, batch);
  rows(u, batch).forEach((row, i) => softmax(row, ts[i]));
  return t;
}

/** [a, b] as one vector. */
const join = (a: Float64Array, b: Float64Array): Float64Array => Float64Array.from([...a, ...b]);

for (const activation of ACTIVATIONS) {
  for (const batch of [1, 3]) {
    test(`slope: ∂L_G/∂x′ and ∂L_G/∂u, ${activation}, batch of ${batch}`, () => {
      forAll('slope', 6, (random) => {
        const { matching } = randomVictim(random, activation, batch);
        const { xSize, tSize } = matching;
        const x = normals(random, xSize), u = normals(random, tSize), t = probabilities(u, batch);
        const gradX = new Float64Array(xSize), gradT = new Float64Array(tSize), gradU = new Float64Array(tSize);
        matching.evaluate(x, t, gradX, gradT);
        const gradTs = rows(gradT, batch), gradUs = rows(gradU, batch);
        rows(t, batch).forEach((row, i) => softmaxBackward(row, gradTs[i], gradUs[i]));

        const unused = new Float64Array(xSize);
        const ofX = (x: Float64Array): number => matching.evaluate(x, t, unused);
        const ofU = (u: Float64Array): number => matching.evaluate(x, probabilities(u, batch), unused);
        const ofBoth = (xu: Float64Array): number =>
          matching.evaluate(xu.subarray(0, xSize), probabilities(xu.subarray(xSize), batch), unused);
        checkSlope('∂L_G/∂x', ofX, x, gradX, random);
        checkSlope('∂L_G/∂u', ofU, u, gradU, random);
        checkSlope('∂L_G/∂(x, u)', ofBoth, join(x, u), join(gradX, gradU), random);
      });
    });
  }

  test(`adjoint: ∂²ℓ/∂x∂θ and ∂²ℓ/∂θ∂x, ${activation}`, () => {
    forAll('mixed block', 6, (random) => {
      const { network, images: [x] } = randomVictim(random, activation, 1);
      network.forward(x, oneHot(0, network.classes));
      network.backward(network.theta.like());
      const still = network.theta.like();
      checkAdjoint(
        'R{∂ℓ/∂x} along R{θ}, R{∂ℓ/∂θ} along R{x}',
        (v) => {
          const rTheta = network.theta.like(v);
          return network.rBackward(network.rForward(rTheta), rTheta).data;
        },
        (u) => {
          const rGrad = network.theta.like();
          network.rBackward(network.rForward(still, view(u, network.inShape)), still, rGrad);
          return rGrad.data;
        },
        network.theta.data.length,
        x.data.length,
        random,
      );
    });
  });

  test(`⟨∂L_G/∂x′, R{x′}⟩ = 2 ⟨∇W′ − ∇W, R{∇W′}⟩, without a difference, ${activation}`, () => {
    forAll('chain rule', 6, (random) => {
      const { network, images: [truth], labels: [c], matching } = randomVictim(random, activation, 1);
      const t = probabilities(normals(random, network.classes), 1);
      const x = view(normals(random, matching.xSize), network.inShape), gradX = new Float64Array(matching.xSize);
      const objective = matching.evaluate(x.data, t, gradX);

      const shared = network.gradient(truth, c), gradient = network.theta.like(), rGradient = network.theta.like();
      network.forward(x, t);
      network.backward(gradient);
      const still = network.theta.like(), rX = view(normals(random, matching.xSize), network.inShape);
      network.rBackward(network.rForward(still, rX), still, rGradient);
      const difference = gradient.data.map((g, i) => g - shared.data[i]);
      expectWithin('L_G', objective, dot(difference, difference), objective, 1e-13);
      const size = 2 * norm2(difference) * norm2(rGradient.data);
      expectWithin('R{L_G}', dot(gradX, rX.data), 2 * dot(difference, rGradient.data), size, 1e-13);
    });
  });
}

for (const { file, network, batch, gradient, images, labels, dummy } of gradientMatchingFixtures()) {
  const { xSize, tSize } = new GradientMatching(network, gradient, batch);

  test(`${file}: PyTorch's L_G and ∂L_G/∂x′ for the true classes`, () => {
    const gradX = new Float64Array(xSize);
    const t = Float64Array.from(labels.flatMap((c) => [...oneHot(c, network.classes)]));
    const objective = new GradientMatching(network, gradient, batch).evaluate(dummy.x, t, gradX);
    checkClose('L_G', [objective], [dummy.hard.objective], 1e-10);
    checkClose('∂L_G/∂x', gradX, dummy.hard.gradX, 1e-10);
  });

  test(`${file}: PyTorch's L_G, ∂L_G/∂x′ and ∂L_G/∂u for soft labels`, () => {
    const gradX = new Float64Array(xSize), gradT = new Float64Array(tSize), t = probabilities(dummy.labelLogits, batch);
    const objective = new GradientMatching(network, gradient, batch).evaluate(dummy.x, t, gradX, gradT);
    const gradTs = rows(gradT, batch);
    rows(t, batch).forEach((row, i) => softmaxBackward(row, gradTs[i], gradTs[i]));
    checkClose('L_G', [objective], [dummy.soft.objective], 1e-10);
    checkClose('∂L_G/∂x', gradX, dummy.soft.gradX, 1e-10);
    checkClose('∂L_G/∂u', gradT, dummy.soft.gradLabelLogits, 1e-10);
  });

  test(`${file}: the client's gradient is matched by its own images`, () => {
    const shared = network.gradient(images, labels);
    checkClose('∂ℓ/∂θ', shared.data, gradient.data, 1e-10);
  });
}

test('at the truth L_G = 0 and so are its derivatives, exactly', () => {
  forAll('truth', 30, (random) => {
    const batch = between(random, 1, 4);
    const { network, images, labels, matching } = randomVictim(random, oneOf(random, ACTIVATIONS), batch);
    const x = Float64Array.from(images.flatMap(({ data }) => [...data]));
    const t = Float64Array.from(labels.flatMap((c) => [...oneHot(c, network.classes)]));
    const gradX = new Float64Array(matching.xSize).fill(1), gradT = new Float64Array(matching.tSize).fill(1);
    assert.is(matching.evaluate(x, t, gradX, gradT), 0);
    assert.ok(gradX.every((v) => v === 0) && gradT.every((v) => v === 0));
  });
});

test('the order of a batch does not matter', () => {
  forAll('order', 20, (random) => {
    const { matching } = randomVictim(random, oneOf(random, ACTIVATIONS), 3);
    const x = normals(random, matching.xSize), t = probabilities(normals(random, matching.tSize), 3);
    const gradX = new Float64Array(x.length), gradT = new Float64Array(t.length);
    const objective = matching.evaluate(x, t, gradX, gradT);
    const turned = (v: Float64Array): Float64Array => Float64Array.from([2, 0, 1].flatMap((i) => [...rows(v, 3)[i]]));
    const gradX2 = new Float64Array(x.length), gradT2 = new Float64Array(t.length);
    const objective2 = matching.evaluate(turned(x), turned(t), gradX2, gradT2);
    expectWithin('L_G', objective2, objective, objective, 1e-12);
    checkClose('∂L_G/∂x', gradX2, turned(gradX), 1e-11);
    checkClose('∂L_G/∂t', gradT2, turned(gradT), 1e-11);
  });
});

test('one image many times over is a batch of one', () => {
  forAll('copies', 10, (random) => {
    const { network, images: [image], labels: [c], matching } = randomVictim(random, oneOf(random, ACTIVATIONS), 1);
    const shared = network.gradient([image, image], [c, c]);
    const two = new GradientMatching(network, shared, 2);
    const x = normals(random, matching.xSize), t = probabilities(normals(random, matching.tSize), 1);
    const gradX = new Float64Array(x.length), gradX2 = new Float64Array(2 * x.length);
    const objective = matching.evaluate(x, t, gradX);
    expectWithin('L_G', two.evaluate(join(x, x), join(t, t), gradX2), objective, objective, 1e-12);
    const sum = gradX.map((_, i) => gradX2[i] + gradX2[x.length + i]);
    checkClose('Σ ∂L_G/∂x', sum, gradX, 1e-11);
  });
});

test('an evaluation leaves nothing behind: again the same bits; θ, x, t and what follows gradX are not touched', () => {
  forAll('again', 10, (random) => {
    const { network, matching } = randomVictim(random, oneOf(random, ACTIVATIONS), 2);
    const theta = network.theta.data.slice();
    const x = normals(random, matching.xSize), t = probabilities(normals(random, matching.tSize), 2);
    const [xBefore, tBefore] = [x.slice(), t.slice()];
    const gradX = new Float64Array(x.length + 5).fill(7), gradX2 = gradX.slice(), elsewhere = normals(random, x.length);
    const objective = matching.evaluate(x, t, gradX);
    matching.evaluate(elsewhere, t, new Float64Array(x.length));
    assert.is(matching.evaluate(x, t, gradX2), objective);
    assert.equal(gradX2, gradX);
    assert.equal(gradX.subarray(x.length), new Float64Array(5).fill(7));
    assert.equal([x, t, network.theta.data], [xBefore, tBefore, theta]);
  });
});

test('misuse is refused at the door', () => {
  const network = lenet({ channels: 1, height: 8, width: 8, classes: 3, seed: 1 });
  const wrong = lenet({ channels: 1, height: 8, width: 8, classes: 4, seed: 1 }).theta;
  for (const batch of [0, -1, 1.5, NaN]) {
    assert.throws(() => new GradientMatching(network, network.theta, batch), new RegExp(`^batch: .*got ${batch}$`));
  }
  assert.throws(() => new GradientMatching(network, wrong), /^shared gradient: expected .*fc\.0 \[3,48\] \[3\], got .*fc\.0 \[4,48\] \[4\]$/);
  const flat = network.theta.data as unknown as typeof wrong;
  assert.throws(() => new GradientMatching(network, flat), /^shared gradient: expected a ParameterVector/);
  const matching = new GradientMatching(network, network.theta);
  for (const [x, t, gradX, gradT] of [[63, 3, 64, 3], [64, 2, 64, 3], [64, 3, 63, 3], [64, 3, 64, 2]].map((row) => row.map((n) => new Float64Array(n)))) {
    assert.throws(() => matching.evaluate(x, t, gradX, gradT), /^evaluate: expected 64 numbers in x and gradX and 3 in t and gradT/);
  }
  for (const bad of [NaN, Infinity, -Infinity]) {
    const shared = network.theta.like();
    shared.data[17] = bad;
    const refusal = new RegExp(`^shared gradient: expected finite numbers, got ${bad} at entry 17$`);
    assert.throws(() => new GradientMatching(network, shared), refusal);
  }
});

test("evaluations of MNIST's LeNet allocate no buffers and keep nothing", () => {
  const { evaluation } = allocationsIn(new URL('evaluation-allocation.ts', import.meta.url));
  checkAllocation('evaluation', evaluation, 12_000);
});

test.run();
