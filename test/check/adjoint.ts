/**
 * @file Adjoint: ⟨A u, v⟩ = ⟨u, Aᵀ v⟩ for random u and v. Sees a missing term exactly: no difference is taken.
 *
 * The error is scaled by ‖Au‖‖v‖/√m or ‖u‖‖Aᵀv‖/√n, whichever is larger: the usual size of the products, which may
 * themselves happen to be near 0.
 */
import type { Random } from '../../src/tensor/random.ts';
import { dot, norm2 } from '../../src/tensor/vector.ts';
import { expectWithin } from './close.ts';
import { direction } from './property.ts';

type LinearMap = (u: Float64Array) => Float64Array;

/** Throws unless At is the adjoint of A, a linear map from n numbers to m. Both may return the same buffer always. */
export function checkAdjoint(
  name: string,
  A: LinearMap,
  At: LinearMap,
  n: number,
  m: number,
  random: Random,
  tolerance = 1e-12,
): void {
  const u = direction(random, n), v = direction(random, m);
  const Au = A(u).slice(), Atv = At(v).slice();
  if (Au.length !== m || Atv.length !== n) {
    throw new Error(`${name}: got ${Au.length} numbers and ${Atv.length} from the adjoint, expected ${m} and ${n}`);
  }
  const scale = Math.max((norm2(Au) * norm2(v)) / Math.sqrt(m), (norm2(u) * norm2(Atv)) / Math.sqrt(n));
  expectWithin(`${name}: adjoint`, dot(Au, v), dot(u, Atv), scale, tolerance);
}
