/** @file Answers to chapter 5's exercises. */
import { GradientMatching } from '../../src/exports/attack.ts';
import { labelsOf, softmax, softmaxBackward } from '../../src/exports/nn.ts';
import { argmax, argmin, axpy, dot, rowsOf, view, zeros } from '../../src/exports/tensor.ts';
import { lastLayer } from '../../src/index.ts';
import type * as Exercises from '../exercises/05-dlg-and-idlg.ts';

export const algorithm1: typeof Exercises.algorithm1 = (network, shared, start, eta, N) => {
  const matching = new GradientMatching(network, shared);
  const label = argmin(lastLayer(shared).bias!.data), t = labelsOf([label], network.classes);
  const image = { shape: start.shape, data: start.data.slice() }, x = view(image.data, network.layers.inShape);
  for (let i = 0; i < N; i++) axpy(-eta, matching.evaluate(x, t).gradX.data, x.data); // x and image share their numbers
  return { label, image };
};

export const dlgObjective: typeof Exercises.dlgObjective = (network, shared) => {
  const matching = new GradientMatching(network, shared), t = zeros([1, network.classes]);
  return (xu, gradient) => {
    const x = view(xu, network.layers.inShape), size = x.data.length;
    softmax(xu.subarray(size), t.data);
    const { objective, gradX, gradT } = matching.evaluate(x, t);
    gradient.set(gradX.data);
    softmaxBackward(t.data, gradT.data, gradient.subarray(size));
    return objective;
  };
};

/** ∂ℓ/∂b = g = p − t. Eq. (3) gives a, the network then y = W a + b and p, and t = p − g. */
export const softLabel: typeof Exercises.softLabel = (network, shared) => {
  const { weight: gradW, bias } = lastLayer(shared), g = bias!.data, { weight: W, bias: b } = lastLayer(network.theta);
  const i = argmax(g.map(Math.abs)), a = rowsOf(gradW)[i].map((v) => v / g[i]), p = new Float64Array(g.length);
  const rows = rowsOf(W);
  softmax(b!.data.map((v, k) => v + dot(rows[k], a)), p);
  return p.map((v, k) => v - g[k]);
};
