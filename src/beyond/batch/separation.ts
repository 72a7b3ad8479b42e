/**
 * @file A batch taken apart at the last layer: each image's input a_s, its label t_s and its share m_s of the gradient.
 *
 *   ∂W = Σ_s m_s g_s a_sᵀ,  ∂b = Σ_s m_s g_s        g_s = softmax(W a_s + b) − t_s      m_s = 1/B for a mean
 *
 * r images with inputs that do not depend on each other give ∂W the rank r, and its rows span their inputs: with an
 * orthonormal basis V [r, H] of the rows, a_s = Vᵀ c_s. That leaves (K − 1)(r + 1) equations for the r (r + 1) numbers
 * c_s, m_s, so for r < K − 1 they can contradict each other, and a solution supports all that was assumed: the labels,
 * the weights W and b, and the loss. The m_s then tell the scale Σ m_s, images that occur twice, and class weights.
 *
 *   E(c, m) = Σ_s m_s g_s (c_sᵀ 1) − (∂W Vᵀ  ∂b) = 0      by Levenberg and Marquardt, from c_s = V ∂W_j / ∂b_j, j = t_s
 *   ∂E/∂m_s  = g_s (c_sᵀ 1)
 *   ∂E/∂c_sl = m_s (∂g_s/∂c_sl (c_sᵀ 1) + g_s e_lᵀ)       ∂g/∂c_l = p ⊙ (W v_l − ⟨p, W v_l⟩)
 *
 * Sources: K. Levenberg, Quarterly of Applied Mathematics 2 (1944); D. Marquardt, SIAM Journal 11 (1963).
 */
import type { LastLayer } from '../../attack/extract-label.ts';
import { logitGradient, oneHot, softmax } from '../../nn/softmax-cross-entropy.ts';
import { rowsOf, zeros, type Tensor } from '../../tensor/tensor.ts';
import { axpy, dot, norm2, scale } from '../../tensor/vector.ts';
import { logitsAt, takeRankOne } from '../last-layer.ts';
import { leastSquares } from './least-squares.ts';

export interface Separation {
  /** One label for each image. */
  readonly labels: readonly number[];
  /** m_s */
  readonly shares: Float64Array;
  /** a_s [r, features] */
  readonly inputs: Tensor;
  /** ‖E‖ / ‖(∂W ∂b)‖ */
  readonly residual: number;
}

/**
 * Of six images in float32 a wrong label was seen to leave as little as 2e-7; of four, 2e-4 or more. The time of a step
 * grows with r⁵.
 */
export const MAX_SEPARABLE = 4;
const STEPS = 100;
/** λ of Levenberg and Marquardt: its start, and the range in which a step may still succeed. */
const DAMPING = { start: 1e-3, least: 1e-12, most: 1e8 };
/** A descent is over at this residual, or if a step leaves more than this of what was left. */
const SOLVED = 1e-12, SLOW = 0.999;

/** The equations E(x) = 0, where x [r (r + 1)] holds c_s and then m_s, image after image. */
export interface SeparationEquations {
  /** V [r, features] */
  readonly basis: Tensor;
  /** ‖(∂W Vᵀ  ∂b)‖ */
  readonly size: number;
  /** E [K (r + 1)], row after row; and J = ∂E/∂x [K (r + 1), r (r + 1)] into `J`. */
  evaluate(x: Float64Array, J?: Float64Array): Float64Array;
}

export function separationEquations(
  { weight, bias }: Required<LastLayer>, layer: LastLayer, labels: readonly number[],
): SeparationEquations {
  const [K] = weight.shape, r = labels.length, columns = r + 1, n = r * columns;
  const basis = basisOf(weight, r), V = rowsOf(basis), target = new Float64Array(K * columns);
  rowsOf(weight).forEach((row, i) => {
    V.forEach((v, l) => { target[i * columns + l] = dot(row, v); });
    target[i * columns + r] = bias.data[i];
  });
  const Wv = rowsOf(logitsAt({ weight: layer.weight }, basis)), b = layer.bias?.data ?? new Float64Array(K);
  const t = labels.map((label) => oneHot(label, K)), p = new Float64Array(K), g = new Float64Array(K);
  return {
    basis,
    size: norm2(target),
    evaluate(x, J) {
      const E = target.map((value) => -value);
      for (let s = 0; s < r; s++) {
        const c = x.subarray(s * columns, s * columns + r), m = x[s * columns + r], y = b.slice();
        Wv.forEach((z, l) => axpy(c[l], z, y));
        softmax(y, p);
        logitGradient(p, t[s], g);
        for (let l = 0; l <= r; l++) {
          const entry = l < r ? c[l] : 1; // of (cᵀ 1)
          for (let i = 0; i < K; i++) {
            E[i * columns + l] += m * g[i] * entry;
            if (J) J[(i * columns + l) * n + s * columns + r] = g[i] * entry;
          }
        }
        if (!J) continue;
        Wv.forEach((z, k) => {
          const mean = dot(p, z);
          for (let i = 0; i < K; i++)
            for (let l = 0; l <= r; l++) {
              const slope = p[i] * (z[i] - mean) * (l < r ? c[l] : 1);
              J[(i * columns + l) * n + s * columns + k] = m * (slope + (l === k ? g[i] : 0));
            }
        });
      }
      return E;
    },
  };
}

/**
 * Takes the gradient of `labels.length` images apart, given their labels.
 * @param gradient of the last layer, of rank r = labels.length < classes − 1.
 * @param attempt another number starts from another place.
 */
export function separate(
  gradient: Required<LastLayer>, layer: LastLayer, labels: readonly number[], attempt = 0,
): Separation {
  const equations = separationEquations(gradient, layer, labels), { basis, size } = equations, V = rowsOf(basis);
  const r = labels.length, n = r * (r + 1);
  let x = startOf(gradient, V, labels, attempt), E = equations.evaluate(x);
  let lambda: number = DAMPING.start, isOver = false;
  const m = E.length, J = new Float64Array(m * n);
  for (let step = 0; step < STEPS && !isOver && lambda <= DAMPING.most && norm2(E) > SOLVED * size; step++) {
    equations.evaluate(x, J);
    const squares = new Float64Array(n);
    for (let i = 0; i < J.length; i++) squares[i % n] += J[i] * J[i];
    for (; lambda <= DAMPING.most; lambda *= 8) {
      // min ‖J d + E‖² + λ Σ_k ‖J_k‖² d_k²
      const A = new Float64Array((m + n) * n), right = new Float64Array(m + n);
      A.set(J);
      for (let k = 0; k < n; k++) A[(m + k) * n + k] = Math.sqrt(lambda * (squares[k] || 1));
      axpy(-1, E, right.subarray(0, m));
      const next = leastSquares(m + n, n, A, right);
      axpy(1, x, next);
      const left = equations.evaluate(next);
      if (!(norm2(left) < norm2(E))) continue;
      isOver = norm2(left) > SLOW * norm2(E);
      x = next;
      E = left;
      lambda = Math.max(DAMPING.least, lambda / 8);
      break;
    }
  }
  const inputs = zeros([r, V[0].length]);
  rowsOf(inputs).forEach((a, s) => V.forEach((v, l) => axpy(x[s * (r + 1) + l], v, a)));
  const shares = Float64Array.from(labels, (_, s) => x[s * (r + 1) + r]);
  return { labels, shares, inputs, residual: norm2(E) / size };
}

/** An orthonormal basis [r, H] of the rows of A, by Gram–Schmidt, twice, so that rounding does not add up. */
function basisOf({ shape, data }: Tensor, r: number): Tensor {
  const rest = rowsOf({ shape, data: data.slice() }), basis = zeros([r, shape[1]]), V = rowsOf(basis);
  for (let k = 0; k < r; k++) {
    V[k].set(takeRankOne(rest).q);
    for (let l = 0; l < k; l++) axpy(-dot(V[l], V[k]), V[l], V[k]);
    scale(1 / (norm2(V[k]) || 1), V[k]);
  }
  return basis;
}

/**
 * c_s = V ∂W_j / ∂b_j for j = t_s, and m_s = 1/r. Images of one class start apart, each on the way to the row of
 * another class.
 */
function startOf(
  { weight, bias }: Required<LastLayer>, V: readonly Float64Array[], labels: readonly number[], attempt: number,
): Float64Array {
  const r = labels.length, x = new Float64Array(r * (r + 1)), rows = rowsOf(weight), K = rows.length;
  const typical = (j: number, v: Float64Array): number => dot(rows[j], v) / (bias.data[j] || 1);
  labels.forEach((j, s) => {
    const isRepeated = labels.indexOf(j) !== labels.lastIndexOf(j), other = (j + 1 + ((s + attempt) % (K - 1))) % K;
    const way = isRepeated ? APART : attempt === 0 ? 0 : APART / 4;
    V.forEach((v, l) => { x[s * (r + 1) + l] = (1 - way) * typical(j, v) + way * typical(other, v); });
    x[s * (r + 1) + r] = 1 / r;
  });
  return x;
}

/** Of four images two labels could be guessed so that wrong ones leave nothing. */
const MOST_GUESSED = 1;
/** How far images of one class start apart, as a share of the way to another class's row. */
const APART = 0.2;
/** How many starts are tried with the same labels, and how many sets of labels. */
const ATTEMPTS = 3, MOST_SETS = 32;

/**
 * Takes the gradient of r images apart, whatever their labels: those with ∂b_c < 0 are among them. Undefined if there
 * are too many images, or no labels leave less than `threshold` of it.
 * @param r the rank of ∂W; @param guess labels that are tried first.
 */
export function takeApart(
  gradient: LastLayer, layer: LastLayer, r: number, guess: readonly number[], threshold: number,
): Separation | undefined {
  const { weight, bias } = gradient, [K] = weight.shape;
  if (!bias || r < 1 || r > MAX_SEPARABLE || r >= K - 1) return undefined;
  const negative = [...bias.data.keys()].filter((c) => bias.data[c] < 0), missing = r - negative.length;
  if (missing < 0 || missing > MOST_GUESSED) return undefined;
  const sets = [guess, ...(missing === 0 ? [negative] : [...bias.data.keys()].map((c) => [...negative, c]))];
  for (const labels of sets.slice(0, MOST_SETS)) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const separation = separate({ weight, bias }, layer, labels, attempt), { residual, shares } = separation;
      const isSolved = residual < threshold && shares.every((share) => share > 0);
      if (isSolved && isPlausible(separation, missing)) return separation;
    }
  }
  return undefined;
}

/** Images have equal shares, or whole multiples; with class weights others, and then no label may be guessed. */
const isPlausible = (separation: Separation, guessed: number): boolean => {
  const { shares } = separation, isWeighted = Math.max(...shares) <= MOST_WEIGHT * Math.min(...shares);
  return timesOf(separation) !== undefined || (guessed === 0 && isWeighted);
};

/** The largest ratio of two classes' weights. */
const MOST_WEIGHT = 50;

/** Shares that are multiples of the smallest, up to this factor: the same image occurs several times. */
const MOST_TIMES = 4, TIMES = 0.02;

/** How often each image occurs; undefined if the shares are no multiples of one, as with class weights. */
export function timesOf({ shares }: Separation): number[] | undefined {
  const least = Math.min(...shares), times = Array.from(shares, (share) => Math.round(share / least));
  const isMultiple = times.every((n, s) => n <= MOST_TIMES && Math.abs(shares[s] / least - n) <= TIMES * n);
  return isMultiple ? times : undefined;
}

/** The labels, each as often as its image occurs, in increasing order. */
export function repeatedLabels(separation: Separation): number[] {
  const times = timesOf(separation);
  return separation.labels.flatMap((label, s) => Array<number>(times?.[s] ?? 1).fill(label)).sort((a, b) => a - b);
}
