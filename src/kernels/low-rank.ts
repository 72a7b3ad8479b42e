/**
 * @file A linear layer's share of Eq. (5) without its matrices; skip on first reading.
 *
 * The idea: ∂W = ∂Yᵀ X = Σₙ gₙ xₙᵀ is a product of two thin factors, the B rows gₙ of ∂Y [B, out] and xₙ of X [B, in]:
 * for one image the outer product of Eq. (3). Let G [out, in] be the shared ∂W, which such a product was itself. Of D =
 * ∂Yᵀ X − G, and so of R{W} = 2 D, the passes need no more than ‖D‖², X Dᵀ and ∂Y D, and none of these needs D written
 * out. Split G once, and the rows at each evaluation:
 *
 *   G  = Σⱼ hⱼ kⱼᵀ + E         hⱼ orthonormal, at most B of them;  kⱼ = Gᵀ hⱼ, so Eᵀ hⱼ = 0
 *   gₙ = Σⱼ sₙⱼ hⱼ + rₙ        sₙⱼ = ⟨hⱼ, gₙ⟩, so ⟨hⱼ, rₙ⟩ = 0
 *   xₙ = Σₘ lₙₘ qₘ             qₘ orthogonal to each other, lₙₙ = 1 (Gram and Schmidt);   tₘ = Σₙ lₙₘ rₙ
 *
 *   D       = Σₘ tₘ qₘᵀ + Σⱼ hⱼ dⱼᵀ − E                  dⱼ = Σₙ sₙⱼ xₙ − kⱼ;  with one row t = r, q = x, d = s x − k
 *   ‖D‖²    = Σₘ ‖tₘ‖² ‖qₘ‖² + Σⱼ ‖dⱼ‖² − 2 Σₙ rₙᵀ E xₙ + ‖E‖²
 *   D xₙ    = Σₘ ⟨qₘ, xₙ⟩ tₘ + Σⱼ ⟨dⱼ, xₙ⟩ hⱼ − E xₙ
 *   Dᵀ gₙ   = Σₘ ⟨tₘ, rₙ⟩ qₘ + Σⱼ sₙⱼ dⱼ − Eᵀ gₙ
 *
 * Where D is small so is every term: nothing cancels. The gradient of at most B images has rank at most B; E is then
 * rounding and left out, and what took out·in numbers takes B·(out + in). If ‖D‖ is at most 64 ε ‖G‖, it consists of
 * rounding errors and is set to 0. If there is noise in G, or it comes from float32, E is kept and costs two products.
 * The factors refer to buffers of the layers: R{W} is valid until the next forward or backward.
 */
import { rowsOf, zeros, type Tensor } from '../tensor/tensor.ts';
import { axpy, dot, norm2, normInf, scale } from '../tensor/vector.ts';
import { DenseMatrix, type AddsProduct, type Multiplies } from './weight-matrix.ts';

/**
 * E, or D, is rounding if its norm is at most this share of G's; a q is if its norm is at most this share of its x's.
 */
const ROUNDING = 64 * Number.EPSILON;

/** ∂W = ∂Yᵀ X as its two factors, which are not copied. */
export class FactoredGradient implements AddsProduct {
  /** ∂Y [rows, out] */
  gradY: Float64Array;
  /** X [rows, in] */
  x: Float64Array;
  readonly #zeroGradY: Float64Array;
  readonly #zeroX: Float64Array;

  /** ∂W = 0 of shape [out, in]. */
  constructor([out, features]: readonly number[], rows: number) {
    this.gradY = this.#zeroGradY = new Float64Array(rows * out);
    this.x = this.#zeroX = new Float64Array(rows * features);
  }

  /** ∂W ← 0 */
  clear(): void {
    this.gradY = this.#zeroGradY;
    this.x = this.#zeroX;
  }

  /** ∂W += ∂Yᵀ X. @throws {Error} if ∂W is not 0: a second product would need more rows. */
  addProduct(gradY: Float64Array, x: Float64Array): void {
    if (this.gradY !== this.#zeroGradY) throw new Error('backward: expected one per evaluation of L_G, got a second');
    this.gradY = gradY;
    this.x = x;
  }
}

/** R{W} = 2 D = 2 (∂W − G) of the last `measure`. */
export class LowRankDirection implements Multiplies {
  readonly #h: Float64Array[] = [];
  readonly #k: Float64Array[] = [];
  /** −2E; undefined if E is rounding. */
  readonly #rest: DenseMatrix | undefined;
  readonly #restSquare: number = 0;
  /** ‖D‖² up to which D is rounding. */
  readonly #least: number;
  readonly #d: Float64Array[];
  readonly #r: Float64Array[]; readonly #t: Float64Array[]; readonly #q: Float64Array[];
  /** sₙⱼ and ⟨qₘ, xₙ⟩ = lₙₘ ‖qₘ‖² */
  readonly #s: Float64Array[]; readonly #qx: Float64Array[];
  #gradY: Float64Array; #x: Float64Array;
  /** −2 xₙ Eᵀ */
  readonly #restX: Float64Array;

  /**
   * @param G the shared ∂W [out, in]; not kept.
   * @param rows B, the rows of ∂Y and X.
   */
  constructor({ data: G, shape }: Tensor, rows: number) {
    const [out, features] = shape, rest = G.slice(), E = new DenseMatrix({ shape, data: rest });
    this.#least = ROUNDING * ROUNDING * dot(G, G);
    while (this.#h.length < rows && dot(rest, rest) > this.#least) {
      const h = new Float64Array(out), k = new Float64Array(features);
      E.addTimes(largestRow(rest, features), h); // E times its largest row: a multiple of h if E is h kᵀ
      const largest = normInf(h);
      if (largest === 0) break; // squares of E underflow
      scale(1 / largest, h);
      for (let pass = 0; pass < 2; pass++) for (const other of this.#h) axpy(-dot(other, h), other, h);
      scale(1 / norm2(h), h);
      E.addTransposedTimes(h, k);
      for (let o = 0, n = 0; o < out; o++) for (let i = 0; i < features; i++, n++) rest[n] -= h[o] * k[i];
      this.#h.push(h);
      this.#k.push(k);
    }
    if (dot(rest, rest) > this.#least) {
      this.#restSquare = dot(rest, rest);
      scale(-2, rest);
      this.#rest = E;
    }
    const matrix = (m: number, n: number): Float64Array[] => rowsOf(zeros([m, n]));
    this.#d = this.#k.map(() => new Float64Array(features));
    this.#r = matrix(rows, out);
    this.#t = matrix(rows, out);
    this.#q = matrix(rows, features);
    this.#s = this.#r.map(() => new Float64Array(this.#h.length));
    this.#qx = matrix(rows, rows);
    this.#gradY = this.#x = this.#restX = new Float64Array(rows * out);
  }

  /** R{W} ← 2 (∂W − G); returns ‖∂W − G‖². */
  measure({ gradY, x }: FactoredGradient): number {
    const h = this.#h, d = this.#d, r = this.#r, t = this.#t, rows = r.length;
    const gs = rowsOf({ shape: [rows], data: gradY }), xs = rowsOf({ shape: [rows], data: x });
    this.#gradY = gradY;
    this.#x = x;
    this.#k.forEach((k, j) => {
      d[j].set(k);
      scale(-1, d[j]);
    });
    gs.forEach((g, n) => {
      r[n].set(g);
      for (let j = 0; j < h.length; j++) {
        const s = this.#s[n][j] = dot(h[j], g);
        axpy(-s, h[j], r[n]);
        axpy(s, xs[n], d[j]);
      }
    });
    this.#orthogonalise(xs);
    let square = 0;
    for (let m = 0; m < rows; m++) square += dot(t[m], t[m]) * this.#qx[m][m];
    for (let j = 0; j < d.length; j++) square += dot(d[j], d[j]);
    if (this.#rest) {
      this.#rest.addTimes(x, this.#restX.fill(0));
      let product = 0;
      rowsOf({ shape: [rows], data: this.#restX }).forEach((restX, n) => { product += dot(r[n], restX); });
      return square + (product + this.#restSquare);
    }
    if (!(square <= this.#least)) return square; // NaN is no rounding
    for (const zero of [...t, ...d]) zero.fill(0);
    return 0;
  }

  /** qₘ, tₘ and ⟨qₘ, xₙ⟩ by Gram and Schmidt's method, twice, so that rounding leaves nothing of one q in another. */
  #orthogonalise(xs: readonly Float64Array[]): void {
    const r = this.#r, t = this.#t, q = this.#q, qx = this.#qx;
    xs.forEach((x, n) => {
      q[n].set(x);
      t[n].set(r[n]);
      qx[n].fill(0);
      for (let pass = 0; pass < 2; pass++) {
        for (let m = 0; m < n; m++) {
          const square = qx[m][m], l = square > 0 ? dot(q[m], q[n]) / square : 0;
          axpy(-l, q[m], q[n]);
          axpy(l, r[n], t[m]);
          qx[n][m] += l * square;
        }
      }
      qx[n][n] = dot(q[n], q[n]); // next to nothing if x is a combination of those before it
    });
  }

  /** y += x R{W}ᵀ = 2 x Dᵀ for the x of ∂W. @throws {Error} if it is another. */
  addTimes(x: Float64Array, y: Float64Array): void {
    if (x !== this.#x) throw new Error('low-rank R{W}: expected the x of the last backward, got another');
    rowsOf({ shape: [this.#r.length], data: y }).forEach((yn, n) => {
      for (let m = 0; m <= n; m++) axpy(2 * this.#qx[n][m], this.#t[m], yn);
      const xn = x.subarray(n * this.#q[n].length, (n + 1) * this.#q[n].length);
      this.#d.forEach((d, j) => axpy(2 * dot(d, xn), this.#h[j], yn));
    });
    if (this.#rest) axpy(1, this.#restX, y);
  }

  /** gradX += gradY R{W} = 2 gradY D for the ∂y of ∂W. @throws {Error} if it is another. */
  addTransposedTimes(gradY: Float64Array, gradX: Float64Array): void {
    if (gradY !== this.#gradY) throw new Error('low-rank R{W}: expected the ∂y of the last backward, got another');
    rowsOf({ shape: [this.#r.length], data: gradX }).forEach((gradXn, n) => {
      this.#t.forEach((t, m) => axpy(2 * dot(t, this.#r[n]), this.#q[m], gradXn));
      this.#d.forEach((d, j) => axpy(2 * this.#s[n][j], d, gradXn));
    });
    this.#rest?.addTransposedTimes(gradY, gradX);
  }
}

/** The row of G with its largest entry, [in]. */
function largestRow(G: Float64Array, features: number): Float64Array {
  let largest = 0;
  for (let n = 0; n < G.length; n++) if (Math.abs(G[n]) > Math.abs(G[largest])) largest = n;
  const row = Math.floor(largest / features);
  return G.subarray(row * features, (row + 1) * features);
}
