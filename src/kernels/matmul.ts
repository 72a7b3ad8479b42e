/**
 * @file Fast twin of src/tensor/matmul.ts for the products of a linear layer; skip on first reading. A row of x is an
 * input, W is the large matrix, and every product is added to what the last argument holds.
 *
 *   addABt    y += x Wᵀ        x  [rows, in]    W [out, in]    y  [rows, out]
 *   addAB     ∂x += ∂y W       ∂y [rows, out]   W [out, in]    ∂x [rows, in]
 *   addAtB    ∂W += ∂yᵀ x      ∂y [rows, out]   x [rows, in]   ∂W [out, in]        in = k in the code
 *
 * The idea: W is read once, along its memory, whatever the number of rows of x. A few rows of W are multiplied by one
 * row of x after the other, while they are in the nearest cache; each number of x feeds four to six multiply-adds. The
 * pieces of x, y and ∂x that are used again are copied into arrays that last as long as the program, whose addresses
 * the engine knows.
 */

/** How many numbers of a row, and how many rows, are worked on at a time. */
const DEPTH = 1024, ROWS = 8;
const PIECES = new Float64Array(DEPTH * ROWS);

/** y[n,o] += Σᵢ x[n,i] W[o,i]: four rows of W at a time. */
export function addABt(rows: number, k: number, out: number, x: Float64Array, W: Float64Array, y: Float64Array): void {
  const pieces = PIECES, k1 = k, k2 = 2 * k, k3 = 3 * k;
  for (let n0 = 0; n0 < rows; n0 += ROWS) {
    const count = Math.min(ROWS, rows - n0);
    for (let start = 0; start < k; start += DEPTH) {
      const depth = Math.min(DEPTH, k - start);
      copyPieces(x, k, n0, count, start, depth);
      let o = 0;
      for (; o + 3 < out; o += 4) {
        for (let n = 0; n < count; n++) {
          let y0 = 0, y1 = 0, y2 = 0, y3 = 0, w = o * k + start;
          const from = n * DEPTH, end = from + depth, to = (n0 + n) * out + o;
          for (let q = from; q < end; q = (q + 1) | 0) {
            const value = pieces[q];
            y0 += W[w] * value; y1 += W[(w + k1) | 0] * value;
            y2 += W[(w + k2) | 0] * value; y3 += W[(w + k3) | 0] * value;
            w = (w + 1) | 0;
          }
          y[to] += y0; y[to + 1] += y1; y[to + 2] += y2; y[to + 3] += y3;
        }
      }
      for (; o < out; o++) {
        for (let n = 0; n < count; n++) {
          const to = (n0 + n) * out + o;
          for (let q = 0; q < depth; q++) y[to] += W[o * k + start + q] * pieces[n * DEPTH + q];
        }
      }
    }
  }
}

/** ∂x[n,i] += Σ_o ∂y[n,o] W[o,i]: six rows of W at a time. */
export function addAB(
  rows: number, out: number, k: number, gradY: Float64Array, W: Float64Array, gradX: Float64Array,
): void {
  const pieces = PIECES, k1 = k, k2 = 2 * k, k3 = 3 * k, k4 = 4 * k, k5 = 5 * k;
  for (let n0 = 0; n0 < rows; n0 += ROWS) {
    const count = Math.min(ROWS, rows - n0);
    for (let start = 0; start < k; start += DEPTH) {
      const depth = Math.min(DEPTH, k - start);
      copyPieces(gradX, k, n0, count, start, depth);
      let o = 0;
      for (; o + 5 < out; o += 6) {
        for (let n = 0; n < count; n++) {
          const at = (n0 + n) * out + o, g0 = gradY[at], g1 = gradY[at + 1], g2 = gradY[at + 2];
          const g3 = gradY[at + 3], g4 = gradY[at + 4], g5 = gradY[at + 5], end = n * DEPTH + depth;
          let w = o * k + start;
          for (let i = n * DEPTH; i < end; i = (i + 1) | 0) {
            pieces[i] += W[w] * g0 + W[(w + k1) | 0] * g1 + (W[(w + k2) | 0] * g2 + W[(w + k3) | 0] * g3)
              + (W[(w + k4) | 0] * g4 + W[(w + k5) | 0] * g5);
            w = (w + 1) | 0;
          }
        }
      }
      for (; o < out; o++) {
        for (let n = 0; n < count; n++) {
          const g = gradY[(n0 + n) * out + o];
          for (let i = 0; i < depth; i++) pieces[n * DEPTH + i] += W[o * k + start + i] * g;
        }
      }
      for (let n = 0; n < count; n++) {
        const to = (n0 + n) * k + start;
        for (let i = 0; i < depth; i = (i + 1) | 0) gradX[(to + i) | 0] = pieces[(n * DEPTH + i) | 0];
      }
    }
  }
}

/** ∂W[o,i] += Σₙ ∂y[n,o] x[n,i]: four rows of x at a time, then the rest one by one. */
export function addAtB(
  out: number, rows: number, k: number, gradY: Float64Array, x: Float64Array, gradW: Float64Array,
): void {
  const k1 = k, k2 = 2 * k, k3 = 3 * k;
  for (let o = 0; o < out; o++) {
    let n = 0;
    for (; n + 3 < rows; n += 4) {
      const at = n * out + o, g0 = gradY[at], g1 = gradY[at + out], g2 = gradY[at + 2 * out], g3 = gradY[at + 3 * out];
      let w = o * k;
      for (let i = n * k, end = i + k; i < end; i = (i + 1) | 0) {
        gradW[w] += g0 * x[i] + g1 * x[(i + k1) | 0] + (g2 * x[(i + k2) | 0] + g3 * x[(i + k3) | 0]);
        w = (w + 1) | 0;
      }
    }
    for (; n < rows; n++) {
      const g = gradY[n * out + o];
      let w = o * k;
      for (let i = n * k, end = i + k; i < end; i = (i + 1) | 0) {
        gradW[w] += g * x[i];
        w = (w + 1) | 0;
      }
    }
  }
}

/** PIECES ← the numbers from `start` on of `count` rows of x, which are k long. */
function copyPieces(x: Float64Array, k: number, n0: number, count: number, start: number, depth: number): void {
  for (let n = 0; n < count; n++) {
    const from = (n0 + n) * k + start;
    for (let q = 0; q < depth; q = (q + 1) | 0) PIECES[(n * DEPTH + q) | 0] = x[(from + q) | 0];
  }
}
