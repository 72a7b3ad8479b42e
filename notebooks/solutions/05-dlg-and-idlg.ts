/** @file Answers to chapter 5's exercises. */
import { GradientMatching, lastLayer, oneHot, softmax, softmaxBackward } from '../../src/index.ts';
import { argmax, argmin, axpy, dot } from '../../src/tensor/vector.ts';
import type * as Exercises from '../exercises/05-dlg-and-idlg.ts';

export const algorithm1: typeof Exercises.algorithm1 = (network, shared, start, eta, N) => {
  const matching = new GradientMatching(network, shared), gradX = new Float64Array(matching.xSize);
  const label = argmin(lastLayer(shared).b.data), t = oneHot(label, network.classes);
  const image = { shape: start.shape, data: start.data.slice() };
  for (let i = 0; i < N; i++) {
    matching.evaluate(image.data, t, gradX);
    axpy(-eta, gradX, image.data);
  }
  return { label, image };
};

export const dlgObjective: typeof Exercises.dlgObjective = (network, shared) => {
  const matching = new GradientMatching(network, shared), { xSize, tSize } = matching;
  const t = new Float64Array(tSize), gradT = new Float64Array(tSize), gradU = new Float64Array(tSize);
  return (xu, gradient) => {
    softmax(xu.subarray(xSize), t);
    const value = matching.evaluate(xu, t, gradient, gradT);
    softmaxBackward(t, gradT, gradU);
    gradient.set(gradU, xSize);
    return value;
  };
};

/** ∂ℓ/∂b = g = p − t. Eq. (3) gives a, the network then y = W a + b and p, and t = p − g. */
export const softLabel: typeof Exercises.softLabel = (network, shared) => {
  const { W: gradW, b: g } = lastLayer(shared), { W, b } = lastLayer(network.theta), [, features] = W.shape;
  const row = ({ data }: typeof W, i: number) => data.subarray(i * features, (i + 1) * features);
  const i = argmax(g.data.map(Math.abs)), a = row(gradW, i).map((v) => v / g.data[i]);
  const p = new Float64Array(network.classes);
  softmax(b.data.map((v, k) => v + dot(row(W, k), a)), p);
  return p.map((v, k) => v - g.data[k]);
};
