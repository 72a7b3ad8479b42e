/** @file Matrices written row by row: as maps, and what becomes of AᵀA. */
import type { LinearMap } from '../../../src/beyond/analytic/conjugate-gradients.ts';
import { dot } from '../../../src/tensor/vector.ts';

/** A [m, n] */
export function dense(m: number, n: number, A: Float64Array): LinearMap {
  return {
    times(x, y) {
      for (let i = 0; i < m; i++) y[i] = dot(A.subarray(i * n, (i + 1) * n), x);
    },
    transposeTimes(y, x) {
      x.fill(0);
      for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) x[j] += A[i * n + j] * y[i];
    },
  };
}

/** AᵀA [n, n], of any map A [m, n]. */
export function gram(m: number, n: number, A: LinearMap): Float64Array {
  const columns = Array.from({ length: n }, (_, j) => {
    const column = new Float64Array(m);
    A.times(new Float64Array(n).fill(1, j, j + 1), column);
    return column;
  });
  return Float64Array.from(columns.flatMap((a) => columns.map((b) => dot(a, b))));
}
