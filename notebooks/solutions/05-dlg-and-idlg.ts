/** @file Solutions to the exercises of chapter 5. */
import { GradientMatching } from '../../src/exports/attack.ts';
import { labelsOf, softmax } from '../../src/exports/nn.ts';
import { argmax, argmin, dot, rowsOf, view } from '../../src/exports/tensor.ts';
import { lastLayer } from '../../src/index.ts';
import type * as Exercises from '../exercises/05-dlg-and-idlg.ts';

export const clampedIdlg: typeof Exercises.clampedIdlg = (network, shared, start, eta, N) => {
  const matching = new GradientMatching(network, shared);
  const label = argmin(lastLayer(shared).bias!.data), t = labelsOf([label], network.classes);
  const image = { shape: start.shape, data: start.data.slice() }, x = view(image.data, network.layers.inShape);
  for (let i = 0; i < N; i++) {
    const { gradX } = matching.evaluate(x, t); // x and image share their numbers
    image.data.forEach((v, j) => { image.data[j] = Math.min(1, Math.max(0, v - eta * gradX.data[j])); });
  }
  return { label, image };
};

/**
 * ∂L_G/∂t_i is ⟨p, R{y}⟩ − R{y_i}. The first term is the same for every i, and ⟨t, ∂L_G/∂t⟩ contains it too, since
 * Σ t = 1. So the bracket is ⟨t, R{y}⟩ − R{y_i}.
 */
export const labelGradient: typeof Exercises.labelGradient = (u, rY) => {
  const t = new Float64Array(u.length);
  softmax(u, t);
  const mean = dot(t, rY);
  return t.map((v, i) => v * (mean - rY[i]));
};

/** ∂ℓ/∂b = g = p − t. Eq. (3) gives a, the network then y = W a + b and p, and t = p − g. */
export const softLabel: typeof Exercises.softLabel = (network, shared) => {
  const { weight: gradW, bias } = lastLayer(shared), g = bias!.data, { weight: W, bias: b } = lastLayer(network.theta);
  const i = argmax(g.map(Math.abs)), a = rowsOf(gradW)[i].map((v) => v / g[i]), p = new Float64Array(g.length);
  const rows = rowsOf(W);
  softmax(b!.data.map((v, k) => v + dot(rows[k], a)), p);
  return p.map((v, k) => v - g[k]);
};
