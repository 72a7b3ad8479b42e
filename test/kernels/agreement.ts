/** @file Fast and plain networks side by side: all four passes, and L_G with its derivatives, agree to 10⁻¹². */
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { accelerate } from '../../src/kernels/accelerate.ts';
import { labelsOf, type Network } from '../../src/nn/network.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import { softmax } from '../../src/nn/softmax-cross-entropy.ts';
import type { Random } from '../../src/tensor/random.ts';
import { rowsOf, sizeOf, zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { dot } from '../../src/tensor/vector.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { normals } from '../check/property.ts';

export const TOLERANCE = 1e-12;

/** n images [n, ...] of normal numbers. */
export function randomImages(random: Random, shape: readonly number[]): Tensor {
  return { shape, data: normals(random, sizeOf(shape)) };
}

/** Random distributions [batch, classes]. */
export function randomLabels(random: Random, batch: number, classes: number): Tensor {
  const t = zeros([batch, classes]);
  for (const row of rowsOf(t)) softmax(normals(random, classes), row);
  return t;
}

/** All four passes, with R{x} ≠ 0 and R{∂θ}, and again with R{x} = 0. */
function passes(network: Network, x: Tensor, t: Tensor, rX: Tensor, r: Float64Array): Record<string, Float64Array> {
  const grad = network.theta.like(), rGrad = network.theta.like(), still = network.theta.like();
  const rTheta = network.theta.like(r), y = network.logits(x).data.slice(), loss = network.forward(x, t);
  const gradX = network.backward(grad).data.slice(), rY = network.rForward(rTheta, rX);
  const results = { y, loss: Float64Array.of(loss), gradX, gradTheta: grad.data, rY: rY.data.slice() };
  const rGradX = network.rBackward(rY, rTheta, rGrad).data.slice(), rGradT = network.rGradT.data.slice();
  const hessian = network.rBackward(network.rForward(rTheta), rTheta, still).data.slice();
  return { ...results, rGradX, rGradT, rGradTheta: rGrad.data, hessian, hessianTheta: still.data };
}

/** Throws unless the four passes of the plain network and of its fast twin agree. */
export function checkPasses(plain: Network, random: Random): void {
  const { batch, classes, layers: { inShape }, theta } = plain;
  const x = randomImages(random, inShape), rX = randomImages(random, inShape), t = randomLabels(random, batch, classes);
  const r = normals(random, theta.data.length), got = passes(accelerate(plain), x, t, rX, r);
  for (const [name, expected] of Object.entries(passes(plain, x, t, rX, r))) {
    checkClose(name, got[name], expected, TOLERANCE);
  }
}

/** L_G by plain passes, its sum compensated (Kahan): a plain sum over LFW's 4.4 million parameters is off by 10⁻¹¹. */
function objectiveOf(plain: Network, shared: ParameterVector, x: Tensor, t: Tensor): number {
  const gradient = plain.theta.like();
  plain.forward(x, t);
  plain.backward(gradient);
  let sum = 0, lost = 0;
  gradient.data.forEach((g, i) => {
    const term = (g - shared.data[i]) * (g - shared.data[i]) - lost, next = sum + term;
    lost = next - sum - term;
    sum = next;
  });
  return sum;
}

/** Throws unless L_G, ∂L_G/∂x′ and ∂L_G/∂t agree at these dummies, with hard labels or soft ones. */
export function checkMatching(plain: Network, shared: ParameterVector, x: Tensor, t: Tensor): void {
  const expected = new GradientMatching(plain, shared).evaluate(x, t);
  const gradX = expected.gradX.data.slice(), gradT = expected.gradT.data.slice();
  const got = new GradientMatching(accelerate(plain), shared).evaluate(x, t);
  const square = dot(shared.data, shared.data), size = Math.max(expected.objective, square);
  expectWithin('L_G', got.objective, objectiveOf(plain, shared, x, t), size, TOLERANCE);
  expectWithin('plain L_G', expected.objective, got.objective, size, TOLERANCE + 1e-17 * shared.data.length);
  if (expected.objective < 1e-20 * square) return; // ∇W′ − ∇W is rounding, and so is all that follows from it
  const tolerance = TOLERANCE * Math.sqrt(size / expected.objective);
  checkClose('∂L_G/∂x′', got.gradX.data, gradX, tolerance);
  checkClose('∂L_G/∂t', got.gradT.data, gradT, tolerance);
}

/** Throws unless both agree for a batch of noise: passes, and Eq. (5) at exact and noisy gradients. */
export function checkAgreement(single: Network, batch: number, random: Random): void {
  const plain = single.withBatch(batch), { classes, layers: { inShape } } = plain;
  checkPasses(plain, random);
  const images = Array.from({ length: batch }, () => randomImages(random, single.imageShape));
  const labels = images.map(() => random.below(classes)), shared = single.gradient(images, labels);
  checkClose('∇W', accelerate(single).gradient(images, labels).data, shared.data, TOLERANCE);
  checkMatching(plain, shared, randomImages(random, inShape), labelsOf(labels, classes));
  for (let i = 0; i < shared.data.length; i++) shared.data[i] += 1e-3 * random.normal();
  checkMatching(plain, shared, randomImages(random, inShape), randomLabels(random, batch, classes));
}
