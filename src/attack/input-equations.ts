/**
 * @file What a layer's output and its own gradient say of its input x: linear equations, once z and ∂ℓ/∂z are known.
 *
 *   W P = z − b            the layer itself, P the patches of x (a linear layer's is x)       out·columns equations
 *   ∂z Pᵀ = ∂ℓ/∂W          Eq. (3) for patches                                                as many as W has numbers
 *
 * Each is divided by its own standard deviation σ, so that all err by about 1: then least squares is the likeliest x,
 * and the answer is as good whatever the two blocks' sizes. That also makes the system well-conditioned.
 *
 *   A : x ↦ (W P / σ_z, ∂z Pᵀ / σ_W)             forward, backward with gradY = ∂z
 *   Aᵀ: (r, V) ↦ Wᵀ (r / σ_z) + (V / σ_W)ᵀ ∂z    rBackward: R{∂X} = Wᵀ R{∂Y} + R{W}ᵀ ∂Y, R{∂Y} = r/σ_z, R{W} = V/σ_W
 *   diag(AᵀA)                                    the same pass with W², ∂z², 1/σ_z² and 1/σ_W²
 *
 * A pixel at the border is in fewer patches than one in the middle: the unknowns are ξ = x · diag(AᵀA)^½, so that none
 * is seen more than another.
 */
import type { Layer, Parameters } from '../nn/layer.ts';
import type { LinearMap } from '../optim/conjugate-gradients.ts';
import { sizeOf, zeros, type Tensor } from '../tensor/tensor.ts';

export class InputEquations implements LinearMap {
  /** Rows and columns of A. */
  readonly m: number;
  readonly n: number;
  /** Rows that count: σ is finite. */
  readonly equations: number;
  readonly #layer: Layer;
  readonly #gradZ: Tensor;
  /** W, and no bias. */
  readonly #p: Parameters;
  /** ∂z Pᵀ, or V/σ_W. */
  readonly #V: Parameters;
  readonly #r: Tensor;
  readonly #x: Tensor;
  /** 1/σ of each equation, σ_z then σ_W. */
  readonly #weights: Float64Array;
  /** diag(AᵀA)^−½: what ξ is multiplied by to give x. */
  readonly #scale: Float64Array;

  /**
   * @param gradZ ∂ℓ/∂z, of the layer's output shape.
   * @param sigmaZ σ of every z.
   * @param sigmaW σ of ∂ℓ/∂W, for each output channel one, W's first index.
   */
  constructor(layer: Layer, { W }: Parameters, gradZ: Tensor, sigmaZ: Float64Array, sigmaW: Float64Array) {
    const out = W.shape[0], perRow = W.data.length / out, m = sigmaZ.length;
    this.m = m + W.data.length;
    this.n = sizeOf(layer.inShape);
    this.#layer = layer;
    this.#gradZ = gradZ;
    this.#p = { W, b: zeros([out]) };
    this.#V = { W: zeros(W.shape), b: zeros([out]) };
    this.#r = zeros(layer.outShape);
    this.#x = zeros(layer.inShape);
    this.#weights = new Float64Array(this.m);
    for (let i = 0; i < this.m; i++) this.#weights[i] = 1 / (i < m ? sigmaZ[i] : sigmaW[Math.floor((i - m) / perRow)]);
    this.equations = this.#weights.filter((w) => w > 0).length;
    this.#scale = this.#diagonal().map((d) => (d > 0 ? 1 / Math.sqrt(d) : 1));
  }

  /** diag(AᵀA) */
  #diagonal(): Float64Array {
    const square = ({ shape, data }: Tensor): Tensor => ({ shape, data: data.map((v) => v * v) });
    const p = { W: square(this.#p.W), b: this.#p.b }, m = this.#r.data.length;
    this.#layer.forward(this.#x, p);
    this.#layer.backward(square(this.#gradZ), p, this.#V, false);
    const w = this.#weights.map((v) => v * v);
    this.#r.data.set(w.subarray(0, m));
    this.#V.W.data.set(w.subarray(m));
    const diagonal = this.#layer.rBackward(this.#r, p, this.#V).data.slice();
    this.gradX(this.#gradZ);
    return diagonal;
  }

  /** ((z − b) / σ_z, ∂W / σ_W) */
  rightSide(z: Tensor, b: Float64Array, gradW: Float64Array): Float64Array {
    const m = z.data.length, columns = m / this.#p.W.shape[0];
    const plain = (i: number): number => (i < m ? z.data[i] - (b[Math.floor(i / columns)] ?? 0) : gradW[i - m]);
    return this.#weights.map((w, i) => w * plain(i));
  }

  /** x from ξ, in place; its own adjoint. */
  unscale(xi: Float64Array): Float64Array {
    for (let i = 0; i < xi.length; i++) xi[i] *= this.#scale[i];
    return xi;
  }

  /** y ← A x, x from ξ */
  times(xi: Float64Array, y: Float64Array): void {
    this.#x.data.set(xi);
    this.unscale(this.#x.data);
    const Wx = this.#layer.forward(this.#x, this.#p).data, m = Wx.length, w = this.#weights;
    const gradW = this.#V.W.data.fill(0);
    this.#layer.backward(this.#gradZ, this.#p, this.#V, false);
    for (let i = 0; i < m; i++) y[i] = w[i] * Wx[i];
    for (let i = 0; i < gradW.length; i++) y[m + i] = w[m + i] * gradW[i];
  }

  /** ξ ← Aᵀ y, scaled as ξ is */
  transposeTimes(y: Float64Array, xi: Float64Array): void {
    const r = this.#r.data, V = this.#V.W.data, m = r.length, w = this.#weights;
    for (let i = 0; i < m; i++) r[i] = w[i] * y[i];
    for (let i = 0; i < V.length; i++) V[i] = w[m + i] * y[m + i];
    xi.set(this.#layer.rBackward(this.#r, this.#p, this.#V).data);
    this.unscale(xi);
  }

  /** Wᵀ ∂z, a new tensor, for any ∂z of the output's shape. Aᵀ goes by the layer's last ∂z, so its own comes after. */
  gradX(gradZ: Tensor): Tensor {
    const { shape, data } = this.#layer.backward(gradZ, this.#p, this.#V)!, gradX = { shape, data: data.slice() };
    this.#layer.backward(this.#gradZ, this.#p, this.#V, false);
    return gradX;
  }
}
