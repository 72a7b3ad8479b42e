/**
 * @file A linear layer's share of Eq. (5) without its matrices: by Eq. (3), ∂ℓ/∂W is an outer product g aᵀ.
 *
 * g = ∂ℓ/∂y [out] and a = x [in] are the layer's for one image, and G [out, in] is the shared ∂ℓ/∂W. Of D = g aᵀ − G,
 * and so of R{W} = 2 D, the attack needs no more than ‖D‖², D a and Dᵀ g. Take G apart once, and g for each image:
 *
 *   G = h kᵀ + E     ‖h‖ = 1, k = Gᵀ h, so Eᵀ h = 0
 *   g = s h + r      s = ⟨h, g⟩, so ⟨h, r⟩ = 0
 *
 *   D     = r aᵀ + h dᵀ − E,  d = s a − k
 *   ‖D‖²  = ‖r‖² ‖a‖² + ‖d‖² − 2 rᵀ E a + ‖E‖²
 *   D a   = ‖a‖² r + ⟨d, a⟩ h − E a
 *   Dᵀ g  = ‖r‖² a + s d − Eᵀ g
 *
 * Where D is small so is every term: nothing cancels. The gradient of one image is an outer product itself; E is then
 * rounding and left out, what took out·in numbers takes out + in, and a D that is rounding is 0, as it would be written
 * out. Else E is kept, and costs two more products: where there is noise in G, or it comes from float32.
 */
import { Product, rowMajor, transpose } from '../tensor/matmul.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { axpy, dot, norm2, normInf, scale } from '../tensor/vector.ts';

/** E, or D, is rounding where its norm is at most this share of G's. */
const ROUNDING = 64 * Number.EPSILON;

/** D = g aᵀ − G, what stands in the place of ∂ℓ/∂W and of R{W} = 2 D. */
export class OuterDifference {
  /** ‖D‖² of the g and a set last. */
  square = 0;
  readonly #h: Float64Array;
  readonly #k: Float64Array;
  /** −2E; undefined where E is rounding. */
  readonly #rest: Float64Array | undefined;
  readonly #restSquare: number = 0;
  /** ‖D‖² up to which D is rounding. */
  readonly #least: number;
  readonly #restA: Float64Array;
  readonly #times: Product;
  readonly #transposeTimes: Product;
  readonly #r: Float64Array;
  readonly #d: Float64Array;
  #g: Float64Array;
  #a: Float64Array;

  /** @param G the shared ∂ℓ/∂W [out, in]; not kept. */
  constructor({ data: G, shape }: Tensor) {
    const out = shape[0], into = G.length / out;
    const W = rowMajor(out, into), x = rowMajor(into, 1), y = rowMajor(out, 1);
    this.#times = new Product([W, x, y]);
    this.#transposeTimes = new Product([transpose(W), y, x]);
    this.#restA = new Float64Array(out);
    this.#g = this.#r = new Float64Array(out);
    this.#a = this.#d = new Float64Array(into);

    // G times its largest row: a multiple of h where G is h kᵀ, and not 0 unless G is.
    this.#h = new Float64Array(out);
    this.#times.addTo(this.#h, G, largestRow(G, into));
    const largest = normInf(this.#h); // first, so that no square underflows; 0 only if G is, and then h is
    if (largest > 0) scale(1 / largest, this.#h);
    if (largest > 0) scale(1 / norm2(this.#h), this.#h);
    this.#k = new Float64Array(into);
    this.#transposeTimes.addTo(this.#k, G, this.#h);
    const rest = G.slice();
    for (let i = 0, n = 0; i < out; i++) for (let j = 0; j < into; j++, n++) rest[n] -= this.#h[i] * this.#k[j];
    this.#least = ROUNDING ** 2 * dot(G, G);
    if (dot(rest, rest) > this.#least) {
      this.#restSquare = dot(rest, rest);
      scale(-2, rest);
      this.#rest = rest;
    }
  }

  /** D for g = ∂ℓ/∂y [out] and a = x [in]; both are kept, to be read by what follows. */
  set(g: Float64Array, a: Float64Array): void {
    const h = this.#h, k = this.#k, r = this.#r, d = this.#d, s = dot(h, g);
    for (let i = 0; i < r.length; i++) r[i] = g[i] - s * h[i];
    for (let j = 0; j < d.length; j++) d[j] = s * a[j] - k[j];
    this.#g = g;
    this.#a = a;
    this.square = dot(r, r) * dot(a, a) + dot(d, d);
    if (this.#rest) {
      this.#restA.fill(0);
      this.#times.addTo(this.#restA, this.#rest, a);
      this.square += dot(r, this.#restA) + this.#restSquare;
    } else if (this.square <= this.#least) {
      this.square = 0;
      r.fill(0);
      d.fill(0);
    }
  }

  /** y += R{W} a = 2 D a */
  addTimesA(y: Float64Array): void {
    const a = this.#a;
    axpy(2 * dot(a, a), this.#r, y);
    axpy(2 * dot(this.#d, a), this.#h, y);
    if (this.#rest) axpy(1, this.#restA, y);
  }

  /** x += R{W}ᵀ g = 2 Dᵀ g */
  addTransposeTimesG(x: Float64Array): void {
    axpy(2 * dot(this.#r, this.#r), this.#a, x);
    axpy(2 * dot(this.#h, this.#g), this.#d, x);
    if (this.#rest) this.#transposeTimes.addTo(x, this.#rest, this.#g);
  }
}

/** The row [in] of G with its largest entry. */
function largestRow(G: Float64Array, into: number): Float64Array {
  let largest = 0;
  for (let n = 0; n < G.length; n++) if (Math.abs(G[n]) > Math.abs(G[largest])) largest = n;
  const row = Math.floor(largest / into);
  return G.subarray(row * into, (row + 1) * into);
}
