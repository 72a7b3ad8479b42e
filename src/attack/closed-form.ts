/**
 * @file draft
 */
import { Activation } from '../nn/activation.ts';
import type { Layer, Parameters } from '../nn/layer.ts';
import type { Network } from '../nn/network.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { conjugateGradients, type LinearMap } from '../optim/conjugate-gradients.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import { expectFinite, sizeOf, view, zeros, type Tensor } from '../tensor/tensor.ts';
import { axpy, dot, norm2, scale } from '../tensor/vector.ts';
import { extractLabel, lastLayer, type LabelRule, type LastLayerGradient } from './extract-label.ts';

export interface LayerReport {
  readonly name: string;
  readonly equations: number;
  readonly unknowns: number;
  readonly steps: number;
  /** Expected root mean square error of the layer's input. */
  readonly error: number;
}

export interface ClosedFormResult {
  readonly image: Tensor;
  readonly label: number;
  readonly labelRule: LabelRule;
  readonly precision: number;
  /** Expected root mean square error of the image. */
  readonly error: number;
  readonly layers: readonly LayerReport[];
}

/** What is known at a layer's output, and its twin. */
interface Known {
  readonly y: Tensor;
  readonly gradY: Tensor;
}

export function closedForm(
  network: Network, gradient: ParameterVector, options: { readonly labelRule?: LabelRule; readonly seed?: number; debug?: boolean } = {},
): ClosedFormResult {
  gradient.expectLayout('gradient', network.theta);
  expectFinite('gradient', gradient.data);
  const { layers } = network.sample();
  const random = new Random(options.seed ?? 0, STREAMS.start);
  const { label, rule } = extractLabel(lastLayer(gradient), options.labelRule);
  const precision = precisionOf(lastLayer(gradient));
  const last = layers.length - 1, into = layers[last].layer.inShape, g = lastLayer(gradient);
  const disturbed = (x: Float64Array, sigma: Float64Array): Float64Array => x.map((v, i) => v + sigma[i] * random.normal());
  const a = lastInput(g);
  let sigma = a.map((v) => precision * Math.abs(v));
  const up = (b: Float64Array): Tensor => {
    const gradY = zeros(into), W = network.theta.windows[last].W;
    for (let i = 0; i < b.length; i++) axpy(b[i], W.data.subarray(i * sizeOf(into), (i + 1) * sizeOf(into)), gradY.data);
    return gradY;
  };
  let known: Known[] = [
    { y: view(a, into), gradY: up(g.b.data) },
    { y: view(disturbed(a, sigma), into), gradY: up(disturbed(g.b.data, g.b.data.map((v) => precision * v))) },
  ];
  const reports: LayerReport[] = [];
  for (let k = last - 1; k >= 0; k--) {
    const { name, layer } = layers[k];
    if (layer instanceof Activation) {
      const margin = Math.min(rms(sigma), 0.25);
      const ones = { shape: layer.outShape, data: new Float64Array(sigma.length).fill(1) };
      let slope: Float64Array | undefined;
      known = known.map(({ y, gradY }) => {
        const x = layer.invert(y, margin);
        layer.forward(x);
        slope ??= layer.backward(ones).data.slice();
        return { y: x, gradY: { shape: x.shape, data: layer.backward(gradY).data.slice() } };
      });
      const least = precision * rms(known[0].y.data);
      sigma = sigma.map((s, i) => Math.hypot(s / slope![i], least));
    } else {
      const p = network.theta.windows[k], gradW = gradient.windows[k].W.data;
      const rows = p.b.data.length, v = new Float64Array(rows);
      const M = sigma.length / rows, R = p.W.data.length / rows;
      for (let o = 0; o < rows; o++) {
        let square = 0;
        for (let c = 0; c < M; c++) square += (known[0].gradY.data[o * M + c] - known[1].gradY.data[o * M + c]) ** 2;
        for (let r = 0; r < R; r++) square += (precision * gradW[o * R + r]) ** 2 / R;
        v[o] = Math.sqrt(square);
      }
      const z = known[0].y.data.slice();
      for (let o = 0; o < rows; o++) for (let c = 0; c < M; c++) z[o * M + c] -= p.b.data[o];
      const A = new InputEquations(layer, p, known[0].gradY, sigma, v);
      const n = sizeOf(layer.inShape), x = new Float64Array(n), zero = new Float64Array(n);
      const solved = conjugateGradients(A, A.rightSide(z, gradW), zero, x, { tolerance: 0.01, most: 20000 });
      A.unscale(x);
      const xi = new Float64Array(n).map(() => random.below(2) * 2 - 1);
      A.unscale(xi);
      const probe = conjugateGradients(A, new Float64Array(sigma.length + gradW.length), xi, zero.slice(), { tolerance: 0, relative: 0.02, most: 20000 });
      sigma = new Float64Array(n).fill(Math.sqrt(probe.gain / n));
      const steps = [solved.steps, probe.steps];
      known = [
        { y: view(x, layer.inShape), gradY: A.gradX(known[0].gradY) },
        { y: view(disturbed(x, sigma), layer.inShape), gradY: A.gradX(known[1].gradY) },
      ];
      const error = sigma[0];
      reports.push({ name, equations: rows * (M + R), unknowns: sigma.length, steps: steps.join('+') as any, error });
      if (options.debug) console.log(name, steps, 'error', error);
    }
  }
  return { image: known[0].y, label, labelRule: rule, precision, error: rms(sigma), layers: reports };
}

const rms = (x: Float64Array): number => norm2(x) / Math.sqrt(x.length);

/** a = ∂Wᵀ ∂b / ‖∂b‖² */
function lastInput({ W, b }: LastLayerGradient): Float64Array {
  const [rows, columns] = W.shape, a = new Float64Array(columns);
  for (let i = 0; i < rows; i++) axpy(b.data[i], W.data.subarray(i * columns, (i + 1) * columns), a);
  scale(1 / dot(b.data, b.data), a);
  return a;
}

/** ‖∂W − ∂b aᵀ‖ / ‖∂W‖ */
function precisionOf({ W, b }: LastLayerGradient): number {
  const a = lastInput({ W, b }), rest = W.data.slice();
  for (let i = 0; i < b.data.length; i++) axpy(-b.data[i], a, rest.subarray(i * a.length, (i + 1) * a.length));
  return Math.max(norm2(rest) / norm2(W.data), 2 ** -40);
}

/** A: x → (K x / σ_z, ∂z Pᵀ / σ_W) */
class InputEquations implements LinearMap {
  readonly #layer: Layer;
  readonly #gradY: Tensor;
  readonly #p: Parameters;
  readonly #grad: Parameters;
  readonly #r: Tensor;
  /** 1/σ of each equation. */
  readonly #weights: Float64Array;

  readonly #scale: Float64Array;
  readonly #x: Float64Array;

  constructor(layer: Layer, { W }: Parameters, gradY: Tensor, sigmaZ: Float64Array, sigmaW: Float64Array) {
    this.#layer = layer;
    this.#gradY = gradY;
    this.#p = { W, b: zeros([sigmaW.length]) };
    this.#grad = { W: zeros(W.shape), b: zeros([sigmaW.length]) };
    this.#r = zeros(layer.outShape);
    const m = sigmaZ.length, perRow = W.data.length / sigmaW.length;
    this.#weights = new Float64Array(m + W.data.length);
    for (let i = 0; i < m; i++) this.#weights[i] = 1 / sigmaZ[i];
    for (let i = 0; i < W.data.length; i++) this.#weights[m + i] = 1 / sigmaW[Math.floor(i / perRow)];
    this.#x = new Float64Array(sizeOf(layer.inShape));
    this.#scale = this.#scales(m);
  }

  /** diag(AᵀA)^−½ */
  #scales(m: number): Float64Array {
    const square = ({ shape, data }: Tensor): Tensor => ({ shape, data: data.map((v) => v * v) });
    const p = { W: square(this.#p.W), b: this.#p.b }, w = this.#weights.map((v) => v * v);
    this.#layer.forward(zeros(this.#layer.inShape), p);
    this.#layer.backward(square(this.#gradY), p, this.#grad);
    this.#grad.W.data.set(w.subarray(m));
    this.#r.data.set(w.subarray(0, m));
    return this.#layer.rBackward(this.#r, p, this.#grad).data.map((d) => d > 0 ? 1 / Math.sqrt(d) : 1);
  }

  rightSide(z: Float64Array, gradW: Float64Array): Float64Array {
    return this.#weights.map((w, i) => w * (i < z.length ? z[i] : gradW[i - z.length]));
  }

  unscale(x: Float64Array): void {
    for (let i = 0; i < x.length; i++) x[i] *= this.#scale[i];
  }

  times(scaled: Float64Array, y: Float64Array): void {
    const x = this.#x;
    x.set(scaled);
    this.unscale(x);
    const Kx = this.#layer.forward({ shape: this.#layer.inShape, data: x }, this.#p).data, m = Kx.length, w = this.#weights;
    const Gx = this.#grad.W.data.fill(0);
    this.#layer.backward(this.#gradY, this.#p, this.#grad, false);
    for (let i = 0; i < m; i++) y[i] = w[i] * Kx[i];
    for (let i = 0; i < Gx.length; i++) y[m + i] = w[m + i] * Gx[i];
  }

  transposeTimes(y: Float64Array, x: Float64Array): void {
    const r = this.#r.data, V = this.#grad.W.data, m = r.length, w = this.#weights;
    for (let i = 0; i < m; i++) r[i] = w[i] * y[i];
    for (let i = 0; i < V.length; i++) V[i] = w[m + i] * y[m + i];
    x.set(this.#layer.rBackward(this.#r, this.#p, this.#grad).data);
    this.unscale(x);
  }

  gradX(gradY: Tensor): Tensor {
    const { shape, data } = this.#layer.backward(gradY, this.#p, this.#grad)!;
    return { shape, data: data.slice() };
  }
}
