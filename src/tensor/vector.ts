/** @file Products, sums and norms of flat vectors. All vectors of a call have the same length. */

/** ⟨a, b⟩ = Σ aᵢ bᵢ, in four partial sums, which together round less than one long sum. */
export function dot(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0, i = 0;
  for (; i + 3 < n; i += 4) {
    s0 += a[i] * b[i];
    s1 += a[i + 1] * b[i + 1];
    s2 += a[i + 2] * b[i + 2];
    s3 += a[i + 3] * b[i + 3];
  }
  for (; i < n; i++) s0 += a[i] * b[i];
  return s0 + s1 + (s2 + s3);
}

/** y ← y + α x */
export function axpy(alpha: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i] += alpha * x[i];
}

/** x ← α x */
export function scale(alpha: number, x: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i] *= alpha;
}

/** ‖x‖₁ = Σ |xᵢ| */
export function norm1(x: Float64Array): number {
  return x.reduce((sum, value) => sum + Math.abs(value), 0);
}

/** ‖x‖₂ = √⟨x, x⟩ */
export function norm2(x: Float64Array): number {
  return Math.sqrt(dot(x, x));
}

/** ‖x‖∞ = max |xᵢ|; NaN if an entry is NaN. */
export function normInf(x: Float64Array): number {
  let max = 0;
  for (let i = 0; i < x.length; i++) max = Math.max(max, Math.abs(x[i]));
  return max;
}

/** The index of the largest entry, the first of equals. */
export function argmax(x: Float64Array): number {
  return x.reduce((best, value, i) => (value > x[best] ? i : best), 0);
}

/** The index of the smallest entry, the first of equals. */
export function argmin(x: Float64Array): number {
  return x.reduce((best, value, i) => (value < x[best] ? i : best), 0);
}
