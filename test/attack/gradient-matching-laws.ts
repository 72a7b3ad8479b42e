/**
 * @file What Eq. (5) and its derivatives ∂L_G/∂x′, ∂L_G/∂t and, through softmax, ∂L_G/∂u must satisfy, by plain and by
 * fast networks: slopes, adjoints, PyTorch.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { ACTIVATIONS, type ActivationName } from '../../src/nn/activation.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { labelsOf, stack, type Network } from '../../src/nn/network.ts';
import { softmax, softmaxBackward } from '../../src/nn/softmax-cross-entropy.ts';
import type { Random } from '../../src/tensor/random.ts';
import { rowsOf, sizeOf, view, zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { dot, norm2 } from '../../src/tensor/vector.ts';
import { checkAdjoint } from '../check/adjoint.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { gradientMatchingFixtures } from '../check/fixtures.ts';
import { between, forAll, join, normals, oneOf } from '../check/property.ts';
import { checkSlope } from '../check/slope.ts';
import { randomImage } from './networks.ts';

type Prepare = (network: Network) => Network;

/** A small network and a batch of images with their classes; its gradient is what is matched. */
function randomVictim(prepare: Prepare, random: Random, activation: ActivationName, batch: number) {
  const single = prepare(lenet({
    channels: between(random, 1, 3),
    height: between(random, 5, 8),
    width: between(random, 5, 8),
    classes: between(random, 2, 7),
    activation,
    bias: random.uniform() < 0.5,
    seed: random.below(1000),
  }));
  const images = Array.from({ length: batch }, () => randomImage(random, single.imageShape));
  const labels = images.map(() => random.below(single.classes)), shared = single.gradient(images, labels);
  const network = single.withBatch(batch), { inShape } = network.layers, tShape = [batch, network.classes];
  const matching = new GradientMatching(network, shared), xSize = sizeOf(inShape), tSize = sizeOf(tShape);
  /** L_G and its derivatives at these numbers, copied. */
  const evaluate = (x: Float64Array, t: Float64Array) => {
    const { objective, gradX, gradT } = matching.evaluate(view(x, inShape), view(t, tShape));
    assert.equal([gradX.shape, gradT.shape], [inShape, tShape]);
    return { objective, gradX: gradX.data.slice(), gradT: gradT.data.slice() };
  };
  return { network, images, labels, shared, matching, evaluate, xSize, tSize };
}

/** t = softmax(u) [batch, classes], row by row. */
function probabilities(u: Tensor): Tensor {
  const t = zeros(u.shape), rows = rowsOf(t);
  rowsOf(u).forEach((row, n) => softmax(row, rows[n]));
  return t;
}

/** ∂L_G/∂u from t and ∂L_G/∂t. */
function throughSoftmax(t: Tensor, gradT: Tensor): Float64Array {
  const gradU = zeros(t.shape), rows = [t, gradT, gradU].map(rowsOf);
  rows[0].forEach((row, n) => softmaxBackward(row, rows[1][n], rows[2][n]));
  return gradU.data;
}

/** Tests of Eq. (5) with networks as `prepare` makes them from plain ones; `title` begins their names. */
export function gradientMatchingLaws(title: string, prepare: Prepare): void {
  for (const activation of ACTIVATIONS) {
    // relu: so small a step that no unit passes its kink at 0 on the way.
    const options = { h: activation === 'relu' ? 1e-7 : 1e-5 };

    for (const batch of [1, 3]) {
      test(`${title}: slope: ∂L_G/∂x′ and ∂L_G/∂u, ${activation}, batch of ${batch}`, () => {
        forAll('slope', 6, (random) => {
          const { evaluate, xSize, tSize } = randomVictim(prepare, random, activation, batch);
          const shape = [batch, tSize / batch];
          const tOf = (u: Float64Array): Tensor => probabilities({ shape, data: u });
          const x = normals(random, xSize), u = normals(random, tSize), t = tOf(u);
          const { gradX, gradT } = evaluate(x, t.data), gradU = throughSoftmax(t, { shape, data: gradT });

          const ofX = (x: Float64Array): number => evaluate(x, t.data).objective;
          const ofU = (u: Float64Array): number => evaluate(x, tOf(u).data).objective;
          const ofBoth = (xu: Float64Array): number =>
            evaluate(xu.subarray(0, xSize), tOf(xu.subarray(xSize)).data).objective;
          checkSlope('∂L_G/∂x', ofX, x, gradX, random, options);
          checkSlope('∂L_G/∂u', ofU, u, gradU, random, options);
          checkSlope('∂L_G/∂(x, u)', ofBoth, join(x, u), join(gradX, gradU), random, options);
        });
      });
    }

    test(`${title}: adjoint: ∂²ℓ/∂x∂θ and ∂²ℓ/∂θ∂x, ${activation}`, () => {
      forAll('mixed block', 6, (random) => {
        const { network, images: [image], xSize } = randomVictim(prepare, random, activation, 1);
        const { inShape } = network.layers;
        network.forward(view(image.data, inShape), labelsOf([0], network.classes));
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
            network.rBackward(network.rForward(still, view(u, inShape)), still, rGrad);
            return rGrad.data;
          },
          network.theta.data.length,
          xSize,
          random,
        );
      });
    });

    test(`${title}: ⟨∂L_G/∂x′, R{x′}⟩ = 2 ⟨∇W′ − ∇W, R{∇W′}⟩, without a difference, ${activation}`, () => {
      forAll('chain rule', 6, (random) => {
        const { network, shared, evaluate, xSize, tSize } = randomVictim(prepare, random, activation, 1);
        const { inShape } = network.layers;
        const t = probabilities({ shape: [1, tSize], data: normals(random, tSize) }), x = normals(random, xSize);
        const { objective, gradX } = evaluate(x, t.data);

        const gradient = network.theta.like(), rGradient = network.theta.like(), still = network.theta.like();
        network.forward(view(x, inShape), t);
        network.backward(gradient);
        const rX = view(normals(random, xSize), inShape);
        network.rBackward(network.rForward(still, rX), still, rGradient);
        const difference = gradient.data.map((g, i) => g - shared.data[i]);
        expectWithin('L_G', objective, dot(difference, difference), objective, 1e-13);
        const size = 2 * norm2(difference) * norm2(rGradient.data);
        expectWithin('R{L_G}', dot(gradX, rX.data), 2 * dot(difference, rGradient.data), size, 1e-13);
      });
    });
  }

  for (const { file, network: plain, batch, gradient, images, labels, dummy } of gradientMatchingFixtures()) {
    const network = prepare(plain).withBatch(batch);

    test(`${title}: ${file}: PyTorch's L_G and ∂L_G/∂x′ for the true classes`, () => {
      const t = labelsOf(labels, network.classes);
      const { objective, gradX } = new GradientMatching(network, gradient).evaluate(dummy.x, t);
      checkClose('L_G', [objective], [dummy.hard.objective], 1e-10);
      checkClose('∂L_G/∂x', gradX.data, dummy.hard.gradX.data, 1e-10);
    });

    test(`${title}: ${file}: PyTorch's L_G, ∂L_G/∂x′ and ∂L_G/∂u for soft labels`, () => {
      const t = probabilities(dummy.labelLogits);
      const { objective, gradX, gradT } = new GradientMatching(network, gradient).evaluate(dummy.x, t);
      checkClose('L_G', [objective], [dummy.soft.objective], 1e-10);
      checkClose('∂L_G/∂x', gradX.data, dummy.soft.gradX.data, 1e-10);
      checkClose('∂L_G/∂u', throughSoftmax(t, gradT), dummy.soft.gradLabelLogits.data, 1e-10);
    });

    test(`${title}: ${file}: the client's gradient is matched by its own images`, () => {
      const shared = network.gradient(images, labels);
      checkClose('∂ℓ/∂θ', shared.data, gradient.data, 1e-10);
    });
  }

  test(`${title}: at the truth L_G = 0 and so are its derivatives, exactly`, () => {
    forAll('truth', 20, (random) => {
      const activation = oneOf(random, ACTIVATIONS), batch = between(random, 1, 4);
      const { network, images, labels, matching } = randomVictim(prepare, random, activation, batch);
      const x = stack('image', images, network.imageShape), t = labelsOf(labels, network.classes);
      const { objective, gradX, gradT } = matching.evaluate(x, t);
      assert.is(objective, 0);
      assert.ok(gradX.data.every((v) => v === 0) && gradT.data.every((v) => v === 0));
    });
  });

  test(`${title}: the order of a batch does not matter`, () => {
    forAll('order', 12, (random) => {
      const { evaluate, xSize, tSize } = randomVictim(prepare, random, oneOf(random, ACTIVATIONS), 3);
      const x = normals(random, xSize), t = probabilities({ shape: [3, tSize / 3], data: normals(random, tSize) }).data;
      const turned = (v: Float64Array): Float64Array =>
        join(...[2, 0, 1].map((i) => v.subarray((i * v.length) / 3, ((i + 1) * v.length) / 3)));
      const one = evaluate(x, t), other = evaluate(turned(x), turned(t));
      expectWithin('L_G', other.objective, one.objective, one.objective, 1e-12);
      checkClose('∂L_G/∂x', other.gradX, turned(one.gradX), 1e-11);
      checkClose('∂L_G/∂t', other.gradT, turned(one.gradT), 1e-11);
    });
  });

  test(`${title}: one image many times over is a batch of one`, () => {
    forAll('copies', 10, (random) => {
      const victim = randomVictim(prepare, random, oneOf(random, ACTIVATIONS), 1);
      const { network, images: [image], labels: [c], evaluate, xSize, tSize } = victim;
      const pair = network.withBatch(2), two = new GradientMatching(pair, network.gradient([image, image], [c, c]));
      const x = normals(random, xSize), t = probabilities({ shape: [1, tSize], data: normals(random, tSize) }).data;
      const one = evaluate(x, t);
      const both = two.evaluate(view(join(x, x), pair.layers.inShape), view(join(t, t), [2, tSize]));
      expectWithin('L_G', both.objective, one.objective, one.objective, 1e-12);
      const sum = one.gradX.map((_, i) => both.gradX.data[i] + both.gradX.data[xSize + i]);
      checkClose('Σ ∂L_G/∂x', sum, one.gradX, 1e-11);
    });
  });

  test(`${title}: an evaluation leaves nothing behind: again the same bits; θ, ∇W, x and t are not touched`, () => {
    forAll('again', 10, (random) => {
      const { network, shared, evaluate, xSize, tSize } = randomVictim(prepare, random, oneOf(random, ACTIVATIONS), 2);
      const x = normals(random, xSize), t = probabilities({ shape: [2, tSize / 2], data: normals(random, tSize) }).data;
      const all = [x, t, network.theta.data, shared.data], before = all.map((data) => data.slice());
      const first = evaluate(x, t);
      evaluate(normals(random, xSize), t);
      assert.equal(evaluate(x, t), first);
      assert.equal(all, before);
    });
  });
}
