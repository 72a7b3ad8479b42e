/** @file Solutions of chapter 3's exercises. */
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

/**
 * J u is R{∂ℓ/∂θ} along R{x} = u with R{θ} = 0, and Jᵀ w is R{∂ℓ/∂x} along R{θ} = w with R{x} = 0. The R-passes do not
 * change what forward and backward have left, so these run once.
 */
export const gaussNewton: typeof Exercises.gaussNewton = (network, image, c, u) => {
  const still = network.theta.like(), Ju = network.theta.like(), shape = [1, ...image.shape];
  network.forward({ shape, data: image.data }, labelsOf([c], network.classes));
  network.backward(network.theta.like());
  network.rBackward(network.rForward(still, { shape, data: u }), still, Ju);
  return network.rBackward(network.rForward(Ju), Ju).data.slice();
};

/** R{∂ℓ/∂x′} along R{θ} = 2 q ⊙ (∇W′ − ∇W): only the direction changes. */
export const imageGradient: typeof Exercises.imageGradient = (network, shared, q, image, c) => {
  const gradient = network.theta.like();
  network.forward({ shape: [1, ...image.shape], data: image.data }, labelsOf([c], network.classes));
  network.backward(gradient);
  const v = network.theta.like(gradient.data.map((g, i) => 2 * q[i] * (g - shared.data[i])));
  return network.rBackward(network.rForward(v), v).data.slice();
};
