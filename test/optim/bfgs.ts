/**
 * @file The BFGS update of an inverse Hessian, the whole matrix: what L-BFGS stands for.
 *
 * Source: Nocedal and Wright, "Numerical Optimization" (2006), Eq. (6.17).
 */
import { dot } from '../../src/tensor/vector.ts';

/**
 * (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ, ρ = 1/⟨y, s⟩, for a symmetric H by its rows; multiplied out:
 *
 *   H − ρ (s (Hy)ᵀ + (Hy) sᵀ) + (ρ + ρ² ⟨y, Hy⟩) s sᵀ
 */
export function bfgsUpdate(H: readonly Float64Array[], s: Float64Array, y: Float64Array): Float64Array[] {
  const rho = 1 / dot(y, s), Hy = Float64Array.from(H, (row) => dot(row, y)), ss = rho + rho * rho * dot(y, Hy);
  return H.map((row, i) => row.map((h, j) => h - rho * (s[i] * Hy[j] + Hy[i] * s[j]) + ss * s[i] * s[j]));
}
