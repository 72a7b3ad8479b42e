/**
 * @file The linear equations that a layer's output z, its ∂z and its own gradient ∂W give for the layer's input x.
 *
 *   W P = z − b            the layer itself; P are the patches of x, or x for a linear layer     one per entry of z
 *   ∂z Pᵀ = ∂W             Eq. (3), for patches                                                  one per entry of W
 *
 * Each equation is divided by the standard deviation σ of its error. Then all errors are about 1, least squares gives
 * the likeliest x whatever the sizes of the two blocks, and the system is well-conditioned.
 *
 *   A : x ↦ (W P / σ_z, ∂z Pᵀ / σ_W)              forward, then backward with gradY = ∂z
 *   Aᵀ: (r, V) ↦ Wᵀ (r / σ_z) + (V / σ_W)ᵀ ∂z     rBackward: Wᵀ R{∂Y} + R{W}ᵀ ∂Y with R{∂Y} = r/σ_z, R{W} = V/σ_W
 *   diag(AᵀA)                                     the same pass with W², ∂z², 1/σ_z² and 1/σ_W²
 *
 * The preconditioner M for conjugate gradients is the diagonal of AᵀA, which differs between pixels: one at the border
 * is in fewer patches than one in the middle. If the layer has fewer outputs than inputs, ∂W must supply what is
 * missing, and its equations are badly conditioned. But they repeat: ∂W of each input channel depends on that channel
 * alone, by the same ∂z. Let B have one row per number of ∂W of one channel, divided by σ_W, and let U = W/σ_z. Then
 *
 *   AᵀA = I ⊗ BᵀB + UᵀU,   M = AᵀA + ε I          woodbury.ts
 */
import type { Layer } from '../../nn/layer.ts';
import type { WeightAndBias } from '../../nn/linear.ts';
import { addABt } from '../../tensor/matmul.ts';
import { sizeOf, zeros, type Tensor } from '../../tensor/tensor.ts';
import type { LinearMap, Preconditioned } from './conjugate-gradients.ts';
import { woodburyInverse } from './woodbury.ts';

/**
 * ε relative to the mean of diag(AᵀA). BᵀB may be singular, and with it AᵀA. In directions that A maps to 0, M⁻¹
 * amplifies everything by 1/ε, rounding errors too. So conjugate gradients stop when γ is down to √(1/ε) times those.
 */
const RIDGE = 1e-6;
/** Cholesky factors of more rows, outputs or pixels of a channel, would take more time than they save. */
const MAX_ROWS = 1000;

export class InputEquations implements Preconditioned {
  /** Rows of A. */
  readonly m: number;
  /** Columns of A: the unknowns. */
  readonly n: number;
  /** Rows that carry information: those whose σ is finite and not 0. */
  readonly equations: number;
  /** Of a step: A x and Aᵀ y take two passes each. */
  readonly multiplyAdds: number;
  readonly roundingRatio: number;
  readonly #layer: Layer<WeightAndBias>;
  readonly #gradZ: Tensor;
  /** W, without b. */
  readonly #p: WeightAndBias;
  /** ∂z Pᵀ, or V/σ_W. */
  readonly #V: WeightAndBias;
  readonly #r: Tensor;
  readonly #x: Tensor;
  /** 1/σ of each equation, first σ_z, then σ_W. It is 0 if σ is 0: then ∂z and ∂W are 0, and the equation is 0 = 0. */
  readonly #weights: Float64Array;
  /** diag(AᵀA), or its mean for an unknown that is in no equation. */
  readonly #diagonal: Float64Array;
  /** z ← M⁻¹ s; undefined if M is the diagonal. */
  readonly #inverse: ReturnType<typeof woodburyInverse>;

  /**
   * @param layer a convolution or a linear layer, for one image.
   * @param gradZ ∂z, of the layer's output shape.
   * @param sigmaZ σ_z of every z.
   * @param sigmaW σ_W, one per output channel: the same for all its numbers of ∂W.
   */
  constructor(
    layer: Layer<WeightAndBias>, weight: Tensor, gradZ: Tensor, sigmaZ: Float64Array, sigmaW: Float64Array,
  ) {
    const outputs = sigmaZ.length, perChannel = weight.data.length / weight.shape[0];
    this.m = outputs + weight.data.length;
    this.n = sizeOf(layer.inShape);
    this.multiplyAdds = 4 * outputs * perChannel;
    this.#layer = layer;
    this.#gradZ = gradZ;
    this.#p = { weight };
    this.#V = { weight: zeros(weight.shape) };
    this.#r = zeros(layer.outShape);
    this.#x = zeros(layer.inShape);
    this.#weights = Float64Array.from({ length: this.m }, (_, i) => {
      const sigma = i < outputs ? sigmaZ[i] : sigmaW[Math.floor((i - outputs) / perChannel)];
      return sigma > 0 ? 1 / sigma : 0;
    });
    this.equations = this.#weights.filter((w) => w > 0).length;
    const squares = this.#columnSquares(), mean = squares.reduce((sum, d) => sum + d, 0) / this.n;
    this.#diagonal = squares.map((d) => d || mean || 1);
    const hasFewOutputs = outputs < this.n && Math.max(outputs, this.n / weight.shape[1]) <= MAX_ROWS;
    this.#inverse = hasFewOutputs ? this.#blockInverse(RIDGE * mean) : undefined;
    this.roundingRatio = (Number.EPSILON * Number.EPSILON) / (this.#inverse ? Math.sqrt(RIDGE) : 1);
  }

  /** diag(AᵀA) */
  #columnSquares(): Float64Array {
    const square = ({ shape, data }: Tensor): Tensor => ({ shape, data: data.map((v) => v * v) });
    const p = { weight: square(this.#p.weight) }, w = this.#weights.map((v) => v * v), outputs = this.#r.data.length;
    this.#layer.forward(this.#x, p);
    this.#layer.backward(square(this.#gradZ), p, this.#V);
    this.#r.data.set(w.subarray(0, outputs));
    this.#V.weight.data.set(w.subarray(outputs));
    const diagonal = this.#layer.rBackward(this.#r, p, this.#V).data.slice();
    this.#setGradZ();
    return diagonal;
  }

  /** M⁻¹ with ε = `ridge`. */
  #blockInverse(ridge: number): ReturnType<typeof woodburyInverse> {
    const [out, channels] = this.#p.weight.shape, pixels = this.n / channels, outputs = this.#r.data.length;
    const taps = (this.m - outputs) / out / channels, Bt = new Float64Array(pixels * out * taps);
    const x = new Float64Array(this.n), y = new Float64Array(this.m);
    for (let first = 0; first < pixels; first += channels) {
      // One pixel in each channel at a time: ∂W of that channel is then the pixel's column of B.
      const count = Math.min(channels, pixels - first);
      for (let c = 0; c < count; c++) x[c * pixels + first + c] = 1;
      this.times(x, y);
      for (let c = 0; c < count; c++) {
        x[c * pixels + first + c] = 0;
        for (let o = 0; o < out; o++) {
          const from = outputs + (o * channels + c) * taps;
          Bt.set(y.subarray(from, from + taps), ((first + c) * out + o) * taps);
        }
      }
    }
    const G = new Float64Array(pixels * pixels);
    addABt(pixels, out * taps, pixels, Bt, Bt, G);
    for (let i = 0; i < pixels; i++) G[i * pixels + i] += ridge;
    const U: LinearMap = {
      times: (x, y) => this.#timesU(x, y),
      transposeTimes: (y, x) => {
        this.#V.weight.data.fill(0);
        this.#transposeTimesBoth(y, x);
      },
    };
    return woodburyInverse(G, U, outputs, this.n);
  }

  /** z [n] ← M⁻¹ s */
  precondition(s: Float64Array, z: Float64Array): void {
    if (this.#inverse) this.#inverse(s, z);
    else for (let i = 0; i < s.length; i++) z[i] = s[i] / this.#diagonal[i];
  }

  /** ((z − b) / σ_z, ∂W / σ_W) */
  rightSide(z: Tensor, bias: Tensor | undefined, gradW: Tensor): Float64Array {
    const b = this.#layer.forward(zeros(this.#layer.inShape), { ...this.#p, ...(bias && { bias }) }).data; // of x = 0
    const outputs = z.data.length;
    return this.#weights.map((w, i) => w * (i < outputs ? z.data[i] - b[i] : gradW.data[i - outputs]));
  }

  /** y ← A x */
  times(x: Float64Array, y: Float64Array): void {
    this.#timesU(x, y);
    const gradW = this.#V.weight.data.fill(0), outputs = this.#r.data.length, w = this.#weights;
    this.#setGradZ();
    for (let i = 0; i < gradW.length; i++) y[outputs + i] = w[outputs + i] * gradW[i];
  }

  /** x ← Aᵀ y */
  transposeTimes(y: Float64Array, x: Float64Array): void {
    const V = this.#V.weight.data, outputs = this.#r.data.length, w = this.#weights;
    for (let i = 0; i < V.length; i++) V[i] = w[outputs + i] * y[outputs + i];
    this.#transposeTimesBoth(y, x);
  }

  /** y ← U x, the first part of A x. */
  #timesU(x: Float64Array, y: Float64Array): void {
    this.#x.data.set(x);
    const Wx = this.#layer.forward(this.#x, this.#p).data, w = this.#weights;
    for (let i = 0; i < Wx.length; i++) y[i] = w[i] * Wx[i];
  }

  /** x ← Uᵀ y + Vᵀ ∂z, with the first part of y. */
  #transposeTimesBoth(y: Float64Array, x: Float64Array): void {
    const r = this.#r.data, w = this.#weights;
    for (let i = 0; i < r.length; i++) r[i] = w[i] * y[i];
    x.set(this.#layer.rBackward(this.#r, this.#p, this.#V).data);
  }

  /** V += ∂z Pᵀ; from here on rBackward takes ∂Y = ∂z. */
  #setGradZ(): void {
    this.#layer.backward(this.#gradZ, this.#p, this.#V);
  }

  /** Wᵀ ∂z, a new tensor, for any ∂z of the output's shape. */
  gradX(gradZ: Tensor): Tensor {
    const { shape, data } = this.#layer.backward(gradZ, this.#p, this.#V), gradX = { shape, data: data.slice() };
    this.#setGradZ();
    return gradX;
  }
}
