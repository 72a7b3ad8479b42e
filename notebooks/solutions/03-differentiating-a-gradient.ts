/** @file Answers to chapter 3's exercises. */
import { labelsOf, softmax } from '../../src/exports/nn.ts';
import { dot } from '../../src/tensor/vector.ts';
import type * as Exercises from '../exercises/03-differentiating-a-gradient.ts';

/** From p = e^y / Σ e^y: R{p} = p ⊙ (R{y} − ⟨p, R{y}⟩). */
export const rSoftmax: typeof Exercises.rSoftmax = (y, rY) => {
  const p = new Float64Array(y.length);
  softmax(y, p);
  const mean = dot(p, rY);
  return p.map((value, i) => value * (rY[i] - mean));
};

/** R{∂ℓ/∂θ} along R{θ} = v. */
export const hessianTimes: typeof Exercises.hessianTimes = (network, image, c, v) => {
  const rTheta = network.theta.like(v), Hv = network.theta.like();
  network.forward({ shape: [1, ...image.shape], data: image.data }, labelsOf([c], network.classes));
  network.backward(network.theta.like());
  network.rBackward(network.rForward(rTheta), rTheta, Hv);
  return Hv.data;
};

/** R{∂ℓ/∂x′} along R{θ} = 2 q ⊙ (∇W′ − ∇W): the weights go into the direction, and nothing else changes. */
export const imageGradient: typeof Exercises.imageGradient = (network, shared, q, image, c) => {
  const gradient = network.theta.like();
  network.forward({ shape: [1, ...image.shape], data: image.data }, labelsOf([c], network.classes));
  network.backward(gradient);
  const v = network.theta.like(gradient.data.map((g, i) => 2 * q[i] * (g - shared.data[i])));
  return network.rBackward(network.rForward(v), v).data.slice();
};
