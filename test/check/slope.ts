/**
 * @file Slope: a derivative against central differences along one direction u. Sees wrong curvature.
 *
 *   checkSlope      ⟨g, u⟩ = (f(x + hu) − f(x − hu)) / 2h      error scaled by ‖g‖‖u‖/√n
 *   checkJacobian   J u    = (F(x + hu) − F(x − hu)) / 2h      error scaled by the largest entry of J u
 *
 * ‖g‖‖u‖/√n is the usual size of ⟨g, u⟩ over random directions. The product itself may happen to be near 0, and an
 * error divided by it would say nothing. A gradient of 0 asks for a difference of exactly 0.
 */
import type { Random } from '../../src/tensor/random.ts';
import { dot, norm2 } from '../../src/tensor/vector.ts';
import { checkClose, expectWithin } from './close.ts';
import { direction } from './property.ts';

export interface SlopeOptions {
  /** The step; the difference is exact to about h² and 10⁻¹⁶/h. */
  readonly h?: number;
  readonly tolerance?: number;
}

/** Throws unless `gradient` is ∂f/∂x at x, as far as one random direction shows. f gets copies, which it may keep. */
export function checkSlope(
  name: string,
  f: (x: Float64Array) => number,
  x: Float64Array,
  gradient: Float64Array,
  random: Random,
  { h = 1e-5, tolerance = 1e-6 }: SlopeOptions = {},
): void {
  const n = x.length;
  if (gradient === undefined) throw new Error(`${name}: got undefined, expected ${n} numbers`); // an exercise's
  if (gradient.length !== n) throw new Error(`${name}: got a gradient of ${gradient.length} numbers, expected ${n}`);
  const u = direction(random, n);
  // Before f runs, which may reuse the gradient's buffer.
  const product = dot(gradient, u), scale = (norm2(gradient) * norm2(u)) / Math.sqrt(n);
  const difference = (f(moved(x, u, h)) - f(moved(x, u, -h))) / (2 * h);
  expectWithin(`${name}: slope`, product, difference, scale, tolerance);
}

/** Throws unless `Ju` is the derivative of F at x along u. F may return the same buffer every time. */
export function checkJacobian(
  name: string,
  F: (x: Float64Array) => ArrayLike<number>,
  x: Float64Array,
  u: Float64Array,
  Ju: ArrayLike<number>,
  { h = 1e-5, tolerance = 1e-6 }: SlopeOptions = {},
): void {
  if (u.length !== x.length) throw new Error(`${name}: got a direction of ${u.length} numbers, expected ${x.length}`);
  const got = Float64Array.from(Ju);
  const above = Float64Array.from(F(moved(x, u, h)));
  const below = Float64Array.from(F(moved(x, u, -h)));
  checkClose(`${name}: slope`, got, above.map((value, i) => (value - below[i]) / (2 * h)), tolerance);
}

/** x + h u */
function moved(x: Float64Array, u: Float64Array, h: number): Float64Array {
  return x.map((value, i) => value + h * u[i]);
}
