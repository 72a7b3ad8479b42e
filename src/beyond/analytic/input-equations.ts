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
 * What conjugate gradients are to take for AᵀA is mostly its diagonal: a pixel at the border is in fewer patches than
 * one in the middle. But where the layer has fewer outputs than inputs ∂W must tell the rest, and its equations are
 * badly conditioned. They are also many times the same: ∂W of an input channel comes from that channel alone, by the
 * same ∂z. With a row of B for each number of ∂W of one channel, over σ_W, and U = W/σ_z,
 *
 *   AᵀA = I ⊗ BᵀB + UᵀU,   M = AᵀA + ε I         woodbury.ts
 */
import type { Layer, Parameters } from '../nn/layer.ts';
import type { LinearMap, Preconditioned } from '../optim/conjugate-gradients.ts';
import { woodbury } from '../optim/woodbury.ts';
import { addABt } from '../tensor/matmul.ts';
import { sizeOf, zeros, type Tensor } from '../tensor/tensor.ts';

/**
 * ε by the mean of diag(AᵀA). BᵀB may be singular, and M as AᵀA is. Of what A does not see M⁻¹ makes 1/ε times as much,
 * rounding errors too: with less of γ left than √(1/ε) times theirs, steps would go after them.
 */
const RIDGE = 1e-6;
/** Outputs, and pixels of a channel, up to which factors of so many rows take less time than they spare. */
const MOST_ROWS = 1000;

export class InputEquations implements Preconditioned {
  /** Rows and columns of A. */
  readonly m: number;
  readonly n: number;
  /** Rows that count: σ is finite, and not 0. */
  readonly equations: number;
  readonly #layer: Layer;
  readonly #gradZ: Tensor;
  /** W, and no bias. */
  readonly #p: Parameters;
  /** ∂z Pᵀ, or V/σ_W. */
  readonly #V: Parameters;
  readonly #r: Tensor;
  readonly #x: Tensor;
  /** 1/σ of each equation, σ_z then σ_W; 0 where σ is 0: no error in ∂z, no ∂W, an equation 0 = 0. */
  readonly #weights: Float64Array;
  /** diag(AᵀA), and its mean for an unknown that is in no equation. */
  readonly #diagonal: Float64Array;
  /** γ / γ₀ at which conjugate gradients are to end. */
  readonly least: number;
  /** M⁻¹; undefined where M is the diagonal. */
  readonly #inverse: ReturnType<typeof woodbury>;

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
    for (let i = 0; i < this.m; i++) {
      const sigma = i < m ? sigmaZ[i] : sigmaW[Math.floor((i - m) / perRow)];
      this.#weights[i] = sigma > 0 ? 1 / sigma : 0;
    }
    this.equations = this.#weights.filter((w) => w > 0).length;
    const squares = this.#squares(), mean = squares.reduce((sum, d) => sum + d, 0) / this.n;
    this.#diagonal = squares.map((d) => d || mean || 1);
    const isFew = m < this.n && Math.max(m, this.n / W.shape[1]) <= MOST_ROWS;
    if (isFew) this.#inverse = this.#blocks(RIDGE * mean);
    this.least = Number.EPSILON ** 2 / (this.#inverse ? Math.sqrt(RIDGE) : 1);
  }

  /** diag(AᵀA) */
  #squares(): Float64Array {
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

  /** M⁻¹ with this ε. */
  #blocks(ridge: number): ReturnType<typeof woodbury> {
    const [out, channels] = this.#p.W.shape, pixels = this.n / channels;
    const m = this.#r.data.length, numbers = (this.m - m) / out / channels;
    const x = new Float64Array(this.n), y = new Float64Array(this.m), Bt = new Float64Array(pixels * out * numbers);
    for (let first = 0; first < pixels; first += channels) {
      // A pixel of each channel, and in ∂W of that channel its column of B.
      const count = Math.min(channels, pixels - first);
      for (let k = 0; k < count; k++) x[k * pixels + first + k] = 1;
      this.times(x, y);
      for (let k = 0; k < count; k++) {
        x[k * pixels + first + k] = 0;
        for (let o = 0; o < out; o++) {
          const from = m + (o * channels + k) * numbers;
          Bt.set(y.subarray(from, from + numbers), ((first + k) * out + o) * numbers);
        }
      }
    }
    const G = new Float64Array(pixels * pixels);
    addABt(pixels, out * numbers, pixels, Bt, Bt, G);
    for (let i = 0; i < pixels; i++) G[i * pixels + i] += ridge;
    const U: LinearMap = {
      times: (of, into) => this.#outputs(of, into),
      transposeTimes: (of, into) => {
        this.#V.W.data.fill(0);
        this.#back(of, into);
      },
    };
    return woodbury(G, U, m, this.n);
  }

  /** z [n] ← M⁻¹ s */
  precondition(s: Float64Array, z: Float64Array): void {
    if (this.#inverse) this.#inverse(s, z);
    else for (let i = 0; i < s.length; i++) z[i] = s[i] / this.#diagonal[i];
  }

  /** ((z − b) / σ_z, ∂W / σ_W) */
  rightSide(z: Tensor, b: Float64Array, gradW: Float64Array): Float64Array {
    const m = z.data.length, columns = m / this.#p.W.shape[0];
    const plain = (i: number): number => (i < m ? z.data[i] - (b[Math.floor(i / columns)] ?? 0) : gradW[i - m]);
    return this.#weights.map((w, i) => w * plain(i));
  }

  /** y ← A x */
  times(x: Float64Array, y: Float64Array): void {
    this.#outputs(x, y);
    const gradW = this.#V.W.data.fill(0), m = this.#r.data.length, w = this.#weights;
    this.#layer.backward(this.#gradZ, this.#p, this.#V, false);
    for (let i = 0; i < gradW.length; i++) y[m + i] = w[m + i] * gradW[i];
  }

  /** x ← Aᵀ y */
  transposeTimes(y: Float64Array, x: Float64Array): void {
    const V = this.#V.W.data, m = this.#r.data.length, w = this.#weights;
    for (let i = 0; i < V.length; i++) V[i] = w[m + i] * y[m + i];
    this.#back(y, x);
  }

  /** y ← U x, the first of A x */
  #outputs(x: Float64Array, y: Float64Array): void {
    this.#x.data.set(x);
    const Wx = this.#layer.forward(this.#x, this.#p).data, w = this.#weights;
    for (let i = 0; i < Wx.length; i++) y[i] = w[i] * Wx[i];
  }

  /** x ← Uᵀ y + Vᵀ ∂z, of y the first */
  #back(y: Float64Array, x: Float64Array): void {
    const r = this.#r.data, w = this.#weights;
    for (let i = 0; i < r.length; i++) r[i] = w[i] * y[i];
    x.set(this.#layer.rBackward(this.#r, this.#p, this.#V).data);
  }

  /** Wᵀ ∂z, a new tensor, for any ∂z of the output's shape. Aᵀ goes by the layer's last ∂z, so its own comes after. */
  gradX(gradZ: Tensor): Tensor {
    const { shape, data } = this.#layer.backward(gradZ, this.#p, this.#V)!, gradX = { shape, data: data.slice() };
    this.#layer.backward(this.#gradZ, this.#p, this.#V, false);
    return gradX;
  }
}
