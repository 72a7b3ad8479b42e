/**
 * @file How large the errors of a gradient's numbers are, estimated from what is left of ∂W after g aᵀ: E = ∂W − g aᵀ
 * would be 0 in exact arithmetic. A number v may have an error relative to its size, u, as from rounding, and one that
 * is the same for all numbers, τ, as from noise or a fixed-point format:
 *
 *   σ(v)²      = (u v)² + τ²
 *   σ(a_j)²    = 2κ (u a_j)² + (1 + a_j²) τ² / ‖g‖²          κ = Σ g⁴ / ‖g‖⁴;  propagated through a = ∂Wᵀ g / ‖g‖²:
 *                                                           δa = δ∂Wᵀ g / ‖g‖² − a ⟨g, δg⟩ / ‖g‖²
 *   σ(E_ij)²   ≈ (2 + 2κ) (u ∂W_ij)² + (1 + a_j²) τ²         from E = δ∂W − δg aᵀ − g δaᵀ
 *
 * u is about 10⁻¹⁶ for float64, 10⁻⁸ for float32 and 10⁻⁴ for float16; their τ is 0, except for numbers near 0. Both
 * come from fitting a line, E² ≈ level + slope ∂W². The label's row is left out, because it is the largest and a is
 * computed to fit it. The variance of E² is proportional to σ(E)⁴, so each equation has the weight 1/σ(E)⁴, with the
 * σ(E) of the previous fit: iteratively reweighted least squares.
 *
 * Source: M. Davidian and R. J. Carroll, "Variance function estimation", Journal of the American Statistical
 * Association 82 (1987), on the regression of squared residuals.
 */
import type { Tensor } from '../../tensor/tensor.ts';
import { dot, norm2, normInf } from '../../tensor/vector.ts';

/** The expected errors of the gradient's numbers. */
export interface GradientErrors {
  /** u */
  readonly relative: number;
  /** τ */
  readonly absolute: number;
}

/**
 * The smallest u: an error of 10⁻¹⁰ in the image is small enough, and sums of hundreds of float64s are hardly better.
 */
export const LEAST_PRECISION = 2 ** -40;

/** The fit uses at most about this many numbers of ∂W; LFW's network has 4.4 million. */
const SAMPLE = 65536;
/** The number of fits; more make no difference that matters. */
const FITS = 20;
/** Expected squares of errors, in units of the largest number, are taken to be at least this. */
const LEAST_SQUARE = 2 ** -200;

/** σ(v), for a number v or the root mean square of several. */
export function sigmaOf({ relative, absolute }: GradientErrors, v: number): number {
  return hypotenuse(relative * v, absolute);
}

/** √(a² + b²); no square underflows or overflows. */
export function hypotenuse(a: number, b: number): number {
  const max = Math.max(Math.abs(a), Math.abs(b)), x = a / max, y = b / max;
  return max === 0 || max === Infinity ? max : max * Math.sqrt(x * x + y * y);
}

export function rootMeanSquare(x: Float64Array): number {
  return Math.sqrt(dot(x, x) / x.length);
}

/** u and τ, and σ(a_j) for every feature, from ∂W [classes, features] and its factors g and a for the label c. */
export function estimateErrors(
  gradW: Tensor, g: Float64Array, a: Float64Array, c: number,
): { readonly errors: GradientErrors; readonly sigma: Float64Array } {
  const length = norm2(g), square = (v: number): number => v * v, { slope, level } = fitSquares(gradW, g, a, c);
  const kappa = g.reduce((sum, v) => sum + square(square(v / length)), 0);
  const relative = Math.max(LEAST_PRECISION, Math.sqrt(slope / (2 + 2 * kappa)));
  const absolute = Math.sqrt(level / (1 + dot(a, a) / a.length));
  const ofA = { relative: Math.sqrt(2 * kappa) * relative, absolute: absolute / length };
  return {
    errors: { relative, absolute },
    sigma: a.map((v) => hypotenuse(ofA.relative * v, ofA.absolute * hypotenuse(1, v))),
  };
}

/** E² ≈ level + slope ∂W² */
function fitSquares(
  { data: gradW, shape: [classes, features] }: Tensor, g: Float64Array, a: Float64Array, c: number,
): { readonly level: number; readonly slope: number } {
  const unit = normInf(gradW), squares: number[] = [], errors: number[] = []; // both in units of the largest number
  const every = Math.ceil((classes * features) / SAMPLE);
  for (let n = 0; n < gradW.length; n += every) {
    const i = Math.floor(n / features), v = gradW[n] / unit, error = (gradW[n] - g[i] * a[n % features]) / unit;
    if (i === c || (v === 0 && error === 0)) continue;
    squares.push(v * v);
    errors.push(error * error);
  }
  if (squares.length === 0) return { level: 0, slope: 1 }; // only the label's row is left, which tells no errors
  const mean = (v: readonly number[]): number => v.reduce((sum, one) => sum + one, 0) / v.length;
  let level = mean(errors) / 2, slope = level / mean(squares);
  for (let fit = 0; fit < FITS; fit++) {
    let ones = 0, x = 0, xx = 0, y = 0, xy = 0;
    squares.forEach((square, n) => {
      const expected = Math.max(level + slope * square, LEAST_SQUARE), weight = 1 / (expected * expected);
      ones += weight;
      x += weight * square;
      xx += weight * square * square;
      y += weight * errors[n];
      xy += weight * square * errors[n];
    });
    // If the line's level or slope is negative, it becomes a tenth of what it was, and the other is fitted alone.
    const determinant = ones * xx - x * x, minLevel = level / 10, minSlope = slope / 10;
    [level, slope] = [(xx * y - x * xy) / determinant, (ones * xy - x * y) / determinant];
    if (!(level > minLevel)) [level, slope] = [minLevel, (xy - minLevel * x) / xx];
    if (!(slope > minSlope)) [level, slope] = [Math.max(minLevel, (y - minSlope * x) / ones), minSlope];
  }
  return { slope, level: level * unit * unit };
}
