/**
 * @file How well any attack can do under noise. G = ∇W(x) + N(0, σ²) has the Fisher information JᵀJ/σ² about x,
 * J = ∂∇W/∂x.
 *
 *   Cramér–Rao    MSE ≥ (1/n) tr (JᵀJ/σ²)⁻¹           for every attack without bias, whose mean over the noise is x
 *   van Trees     MSE ≥ (1/n) tr (JᵀJ/σ² + Λ)⁻¹       for every attack, on average over images of the prior
 *
 * Λ is the information of the prior. If p(x) ∝ exp(−w TV(x)), ∂ log p/∂d = −w d/r for a difference d of neighbours, and
 * its mean square over all directions of (d, e) is w²/2; pixels spread over [0, 1] have the variance 1/12:
 *
 *   Λ = ½ w² DᵀD + 12 I        D x: the differences of all neighbours, below and to the right
 *
 * Both are taken at one image x. The bound of Cramér and Rao holds for attacks that are without bias at x and near it;
 * where ∇W is not linear in x over the errors that the noise causes, attacks have a bias and may get below it. The
 * bound of van Trees would need JᵀJ averaged over the prior, and this Λ only approximates the prior. So it is a number
 * to compare attacks with, not a proof. Images that are simpler than the prior expects, with large areas of exactly 0
 * as in MNIST, can be found with a smaller error.
 *
 * Sources: S. Kay, "Fundamentals of Statistical Signal Processing: Estimation Theory", section 3.7; H. Van Trees,
 * "Detection, Estimation, and Modulation Theory", Part I, section 2.4.3.
 */
import type { Random } from '../../tensor/random.ts';
import { dot, scale } from '../../tensor/vector.ts';
import { cholesky } from '../analytic/cholesky.ts';
import { conjugateGradients, type LinearMap, type Progress } from '../analytic/conjugate-gradients.ts';
import { fillSigns } from './jacobian.ts';

/** A matrix with its number of rows and columns. */
export interface Matrix extends LinearMap {
  readonly rows: number;
  readonly columns: number;
}

/** J/σ, whose square JᵀJ/σ² is the information of G. */
export class NoisyJacobian implements Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly #J: Matrix;
  readonly #sigma: number;

  constructor(J: Matrix, sigma: number) {
    ({ rows: this.rows, columns: this.columns } = this.#J = J);
    this.#sigma = sigma;
  }

  times(u: Float64Array, y: Float64Array): void {
    this.#J.times(u, y);
    scale(1 / this.#sigma, y);
  }

  transposeTimes(y: Float64Array, u: Float64Array): void {
    this.#J.transposeTimes(y, u);
    scale(1 / this.#sigma, u);
  }
}

/** A with AᵀA = BᵀB + Λ, B = J/σ: the rows of B, of √½ w D and of √12 I. */
export class WithPrior implements Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly #B: Matrix;
  readonly #shape: readonly number[];
  readonly #weight: number; // √½ w

  /** @param shape of the images, [batch, channels, height, width]. @param weight w */
  constructor(B: Matrix, shape: readonly number[], weight: number) {
    this.rows = B.rows + 3 * B.columns;
    this.columns = B.columns;
    this.#B = B;
    this.#shape = shape;
    this.#weight = Math.SQRT1_2 * weight;
  }

  /** y ← (B x, √½ w D x, √12 x) */
  times(x: Float64Array, y: Float64Array): void {
    const w = this.#weight, n = x.length, first = this.#B.rows;
    this.#B.times(x, y.subarray(0, first));
    y.fill(0, first, first + 2 * n);
    this.#eachPair((a, b, row) => (y[first + row] = w * (x[b] - x[a])));
    for (let i = 0; i < n; i++) y[first + 2 * n + i] = ROOT_12 * x[i];
  }

  /** x ← Bᵀ y₁ + √½ w Dᵀ y₂ + √12 y₃ */
  transposeTimes(y: Float64Array, x: Float64Array): void {
    const w = this.#weight, n = x.length, first = this.#B.rows;
    this.#B.transposeTimes(y.slice(0, first), x);
    this.#eachPair((a, b, row) => {
      x[a] -= w * y[first + row];
      x[b] += w * y[first + row];
    });
    for (let i = 0; i < n; i++) x[i] += ROOT_12 * y[first + 2 * n + i];
  }

  /** Each pixel a with the one below, in row a of D, and with the one to its right, in row n + a. */
  #eachPair(visit: (a: number, b: number, row: number) => void): void {
    const [batch, channels, height, width] = this.#shape, n = this.columns;
    for (let plane = 0; plane < batch * channels; plane++)
      for (let i = 0; i < height; i++)
        for (let j = 0; j < width; j++) {
          const a = (plane * height + i) * width + j;
          if (i + 1 < height) visit(a, a + width, a);
          if (j + 1 < width) visit(a, a + 1, n + a);
        }
  }
}

const ROOT_12 = Math.sqrt(12);

/**
 * (1/n) tr (AᵀA)⁻¹ for A [rows, n]; Infinity if A is singular, because along some direction G does not change. It forms
 * AᵀA from products with unit vectors and factors it into L Lᵀ; then tr (L Lᵀ)⁻¹ = ‖L⁻¹‖². The time grows with n³: it
 * is seconds for the 784 pixels of MNIST, and half a minute for the 3,072 numbers of CIFAR-100.
 */
export function exactBound(A: Matrix): number {
  const n = A.columns, square = new Float64Array(n * n), unit = new Float64Array(n), y = new Float64Array(A.rows);
  for (let i = 0; i < n; i++) {
    unit.fill(0)[i] = 1;
    A.times(unit, y);
    A.transposeTimes(y, square.subarray(i * n, i * n + n));
  }
  if (!cholesky(square, n) || isSingular(square, n)) return Infinity;
  let trace = 0;
  for (let j = 0; j < n; j++) { // z: column j of L⁻¹ from row j on, by forward substitution
    const z = unit.subarray(0, n - j);
    z[0] = 1 / square[j * n + j];
    for (let i = j + 1; i < n; i++) {
      z[i - j] = -dot(square.subarray(i * n + j, i * n + i), z.subarray(0, i - j)) / square[i * n + i];
    }
    trace += dot(z, z);
  }
  return trace / n;
}

/** Pivots of the Cholesky factor below this share of the largest, squared, are rounding errors. */
const LEAST_PIVOT = 1e-13;

function isSingular(L: Float64Array, n: number): boolean {
  const pivots = Array.from({ length: n }, (_, i) => L[i * n + i] ** 2);
  return Math.min(...pivots) < LEAST_PIVOT * Math.max(...pivots);
}

const PROBES = 8, MOST_STEPS = 5000;
/** Conjugate gradients end when the last ten steps have added less than this share of the gain. */
const SMALL = 1e-4;

export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
}

/**
 * (1/n) tr (AᵀA)⁻¹, estimated.
 *
 *   tr (AᵀA)⁻¹ = E zᵀ(AᵀA)⁻¹z      for random entries zᵢ = ±1
 *
 * For each z, the value is the gain of conjugate gradients, which grows from step to step, so that the estimate is
 * slightly too low. The result is the mean and its standard error, which is large if few directions make up most of the
 * trace. A with a prior takes few steps; without one, thousands.
 *
 * Source: M. Hutchinson, "A stochastic estimator of the trace of the influence matrix for Laplacian smoothing splines",
 * Communications in Statistics 19 (1990).
 */
export function estimateBound(A: Matrix, random: Random, probes = PROBES): Estimate {
  const n = A.columns, zeros = new Float64Array(A.rows), c = new Float64Array(n);
  const isEnough = ({ gain, gainOfLastTen }: Progress): boolean => gainOfLastTen < SMALL * gain;
  const values = Array.from({ length: probes }, () =>
    conjugateGradients(A, { b: zeros, c: fillSigns(c, random) }, new Float64Array(n), isEnough, MOST_STEPS).gain / n);
  const mean = values.reduce((sum, value) => sum + value, 0) / probes;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (probes * (probes - 1))) };
}
