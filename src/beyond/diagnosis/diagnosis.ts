/**
 * @file What the last layer's gradient says about its origin, by laws that Eq. (2) and (3) imply for every network
 * under a cross-entropy loss. With g_s = p_s − t_s and the last layer's input a_s for sample s of B:
 *
 *   ∂ℓ/∂W = (1/B) Σ_s g_s a_sᵀ        ∂ℓ/∂b = (1/B) Σ_s g_s
 *
 *   law                                     broken by
 *   1ᵀ ∂W = 0 and 1ᵀ ∂b = 0                 noise, coarse rounding, weight decay (Σᵢ gᵢ = 0 for every sample)
 *   rank ∂W ≤ B                             more samples than claimed, noise
 *   exactly one ∂bᵢ < 0, if B = 1           more samples; a wrong sign, as of −∇W or of a change of weights
 *   zeros in ∂W fill whole rows or          pruning, or a format that underflows: (g aᵀ)ᵢₕ = 0 if aₕ = 0, as after a
 *   columns, if B = 1                       ReLU, or if gᵢ underflows
 *   numbers differ in size                  an optimiser that shares η g / |g|: Adam's first step, signSGD
 *   ∂b = softmax(W a + b) − t, if B = 1     a scale: clipping, a learning rate, a sum instead of a mean; a soft label;
 *                                           other weights than those that the gradient was computed with
 *
 * The first law measures noise without knowing the image: σ ≈ ‖1ᵀ ∂W‖ / √(K H) for W [K, H]. For one image a is known
 * together with its scale (last-input.ts), so p = softmax(W a + b) is known, and ∂b is compared with
 *
 *   s (p − t)                   t = 1 at the class with the least ∂bᵢ; or, for s < 0, at the only one with ∂bᵢ > 0
 *   s (p − t + ε (t − 1/K))     label smoothing by ε, if the first leaves a mismatch and this, for any t, does not
 *
 * (With two classes g = (p − 1, 1 − p), and every ∂b is such a multiple, for either label.) If ∂b was shared and ∂W was
 * not, the laws are those of ∂b alone, as of a matrix with one column.
 */
import type { LastLayer } from '../../attack/extract-label.ts';
import { logitGradient, oneHot, softmax } from '../../nn/softmax-cross-entropy.ts';
import { rowsOf, view, type Tensor } from '../../tensor/tensor.ts';
import { argmax, argmin, axpy, norm2, normInf } from '../../tensor/vector.ts';
import { lastInput } from '../analytic/last-input.ts';
import { leastSquares } from '../batch/least-squares.ts';
import { columnSums, logitsAt, takeRankOne } from '../last-layer.ts';
import { rangeOf } from './input-range.ts';

export interface Diagnosis {
  /** Whether ∂b was shared and ∂W was not. Its rank then says nothing about the number of samples. */
  readonly isBiasAlone: boolean;
  /** The classes whose ∂bᵢ is below zero by more than noise and rounding; none without a bias. */
  readonly negative: readonly number[];
  /** The classes whose ∂bᵢ is above zero by more than noise and rounding; none without a bias. */
  readonly positive: readonly number[];
  /** max |∂bᵢ|: at most 1 for a mean over images; 0 without a bias. */
  readonly largest: number;
  /** The rank of ∂W above its noise and rounding, counted up to `MAX_RANK`: at most the number of samples. */
  readonly rank: number;
  /** σ of the noise in an entry of ∂W, rounding included. */
  readonly noise: number;
  /** The same, divided by the root mean square of the entries. */
  readonly relativeNoise: number;
  /** The most significant bits in a number of ∂W: 53 for float64, 24 for float32, 11 for float16, 8 for bfloat16. */
  readonly bits: number;
  /** Whether all numbers but zeros have the same size: only signs are left, as of Adam's first step or signSGD. */
  readonly isSigns: boolean;
  /** How many different sizes |∂W| takes, if they are few and all multiples of the smallest: up to 127 for int8. */
  readonly levels?: number;
  /** The share of exact zeros outside those rows and columns that are all zero. */
  readonly zeros: number;
  /** For one image and a last layer with a bias: the factor s by which the gradient is multiplied. */
  readonly scale?: number;
  /** For the same: the part of ∂b that s (softmax(W a + b) − t) does not explain, relative to ‖∂b‖. */
  readonly mismatch?: number;
  /** For the same: ε, if t is smoothed by it. */
  readonly smoothing?: number;
  /** The label then, which need not have the least ∂bᵢ. */
  readonly smoothedLabel?: number;
  /** For the same: the smallest and the largest entry of a; both are in (0, 1) after a sigmoid. */
  readonly input?: readonly [smallest: number, largest: number];
  /** For the same: the share of zeros in a. */
  readonly inputZeros?: number;
}

/** More relative noise than this is reported. Rounding to float32 leaves 1e-7, or 1e-4 for a confident network. */
const NOISE = 1e-3;

/** Whether there is noise, of whatever kind, beyond rounding to float32. */
export const isNoisy = ({ relativeNoise }: Diagnosis): boolean => relativeNoise > NOISE;

/** More zeros than this are no coincidence. */
const PRUNED = 0.001;

/** Whether there are zeros that no image of any network leaves: the gradient was pruned, or numbers have underflowed. */
export const isPruned = ({ zeros }: Diagnosis): boolean => zeros > PRUNED;

/** The rank is counted up to this number. */
export const MAX_RANK = 64;

/** int8 has up to 127 levels. The lower limit is there because a network itself may have a few sizes like that. */
const MIN_LEVELS = 8, MAX_LEVELS = 255, MIN_ENTRIES_PER_LEVEL = 16;

/**
 * Applies all laws to the last layer's gradient.
 * @param layer the last layer's own weight [classes, features] and bias [classes].
 */
export function diagnose(gradient: LastLayer, layer: LastLayer): Diagnosis {
  const { weight, bias } = gradient, biases = bias?.data ?? new Float64Array(0);
  const isBiasAlone = normInf(weight.data) === 0 && normInf(biases) > 0;
  const matrix = isBiasAlone ? view(biases, [biases.length, 1]) : weight, { data, shape: [K, H] } = matrix;
  const size = norm2(data), unbalanced = norm2(columnSums(matrix)), bits = significantBits(data);
  const rounding = (16 * 2 ** -bits + H * Number.EPSILON / 2) * size; // of the numbers, and of the sums in rankAbove
  const rank = rankAbove(Math.max(rounding, 4 * unbalanced), matrix);
  const classes = [...biases.keys()], levels = countLevels(data), noise = unbalanced / Math.sqrt(K * H);
  return {
    isBiasAlone,
    negative: classes.filter((c) => biases[c] < -4 * noise),
    positive: classes.filter((c) => biases[c] > 4 * noise),
    largest: normInf(biases),
    rank,
    noise,
    relativeNoise: size === 0 ? 0 : unbalanced / size,
    bits,
    isSigns: areSigns(matrix),
    ...(levels !== undefined && { levels }),
    zeros: shareOfZeros(matrix),
    ...(rank === 1 && bias && !isBiasAlone && !areSigns(matrix) && explainOneImage({ weight, bias }, layer, noise)),
  };
}

/** The most significant bits in a number of A: 53, less the trailing zeros that all fractions have in common. */
function significantBits(A: Float64Array): number {
  const words = new Uint32Array(A.buffer, A.byteOffset, 2 * A.length); // low, high
  let low = 0, high = 0;
  for (let i = 0; i < words.length; i += 2) {
    low |= words[i];
    high |= words[i + 1];
  }
  high &= 0xfffff;
  if (low !== 0) return 53 - trailingZeros(low);
  return high === 0 ? 1 : 21 - trailingZeros(high);
}

const trailingZeros = (word: number): number => 31 - Math.clz32(word & -word);

/** How many steps of Gram–Schmidt with pivoting it takes until no more than `threshold` is left of A. */
function rankAbove(threshold: number, A: Tensor): number {
  const rest = { shape: A.shape, data: A.data.slice() }, rows = rowsOf(rest), max = Math.min(...A.shape, MAX_RANK);
  let rank = 0;
  while (rank < max && norm2(rest.data) > threshold) {
    takeRankOne(rows);
    rank++;
  }
  return rank;
}

/** How many sizes the entries take, if they are few and multiples of the smallest. */
function countLevels(A: Float64Array): number | undefined {
  const levels = new Set<number>();
  let entries = 0;
  for (let i = 0; i < A.length && levels.size <= MAX_LEVELS; i++) {
    if (A[i] === 0) continue;
    levels.add(Math.abs(A[i]));
    entries++;
  }
  const isFew = levels.size >= MIN_LEVELS && levels.size <= MAX_LEVELS && entries > MIN_ENTRIES_PER_LEVEL * levels.size;
  if (!isFew) return undefined;
  const step = [...levels].reduce((smallest, level) => Math.min(smallest, level));
  const isMultiple = (level: number): boolean => Math.abs(level / step - Math.round(level / step)) < 1e-4;
  return [...levels].every(isMultiple) ? levels.size : undefined;
}

/**
 * Numbers of at least this share of the largest count as equal to it, and rows with this share of them as rows of
 * signs: Adam divides by |g| + 10⁻⁸, so the smallest numbers fall behind, and with them the rows of unlikely classes.
 */
const SAME_SIZE = 0.99;
/** The gradient of one image has two such rows at most, even if all features are equal, because Σᵢ gᵢ = 0. */
const SIGN_ROWS = 3;
/** Fewer numbers than this may have the same size by chance. */
const LEAST_SIGNS = 20;

function areSigns(A: Tensor): boolean {
  const limit = SAME_SIZE * normInf(A.data), numbers = rowsOf(A).map((row) => row.filter((value) => value !== 0));
  const rows = numbers.filter(({ length }) => length > 0), full = rows.filter((row) =>
    row.filter((value) => Math.abs(value) >= limit).length >= SAME_SIZE * row.length);
  const signs = full.reduce((sum, { length }) => sum + length, 0);
  return full.length >= Math.min(SIGN_ROWS, rows.length) && signs >= LEAST_SIGNS;
}

function shareOfZeros({ shape: [K, H], data: A }: Tensor): number {
  const inRow = new Uint32Array(K), inColumn = new Uint32Array(H);
  for (let i = 0; i < K; i++)
    for (let h = 0; h < H; h++) {
      if (A[i * H + h] !== 0) continue;
      inRow[i]++;
      inColumn[h]++;
    }
  const rows = inRow.filter((zeros) => zeros < H), columns = inColumn.filter((zeros) => zeros < K);
  // A row that is not all zero holds one zero for each column that is; those do not count.
  const elsewhere = rows.reduce((sum, zeros) => sum + zeros - (H - columns.length), 0);
  return elsewhere / Math.max(1, rows.length * columns.length);
}

/** The part of ∂b that a scale may leave unexplained; it is that of rounding, and of a small error in a. */
export const MISMATCH = 0.01;

/** Scale, mismatch, smoothing and input for one image, by the explanation of ∂b that leaves least. */
function explainOneImage(gradient: Required<LastLayer>, layer: LastLayer, noise: number): Partial<Diagnosis> {
  const b = gradient.bias.data, K = b.length, size = norm2(b);
  if (size === 0) return {};
  const { a } = lastInput(gradient, layer, argmin(b)), p = new Float64Array(K);
  softmax(logitsAt(layer, { shape: [1, a.length], data: a }).data, p);
  const { smallest, largest, zeros } = rangeOf(a);
  const tolerance = MISMATCH + 2 * noise * Math.sqrt(K) / size; // noise in ∂b
  return { ...explain(b, p, tolerance), input: [smallest, largest], inputZeros: zeros };
}

type Explanation = Pick<Diagnosis, 'scale' | 'mismatch' | 'smoothing' | 'smoothedLabel'>;

function explain(b: Float64Array, p: Float64Array, tolerance: number): Explanation {
  const K = b.length, c = argmin(b), upright = explainBy([logitGradientAt(p, c)], b);
  if (upright.mismatch! <= tolerance) return upright;
  const isOneAbove = b.filter((value) => value > 0).length === 1;
  const turned = isOneAbove ? explainBy([logitGradientAt(p, argmax(b))], b) : upright;
  if (turned.scale! < 0 && turned.mismatch! <= tolerance) return turned;
  const all = K > 3 ? Array.from(b, (_, label) => smoothedBy(label, b, p)) : []; // with three classes one always fits
  const [soft] = all.filter(({ scale: s, mismatch, smoothing: epsilon }) =>
    mismatch! <= tolerance && s! > 0 && epsilon! > 0 && epsilon! < 1).sort((x, y) => x.mismatch! - y.mismatch!);
  if (soft) return soft;
  return turned.scale! < 0 && turned.mismatch! < upright.mismatch! ? turned : upright;
}

/** Any class may be the label: if p is near 1 there, only its ∂b is above zero. */
const smoothedBy = (label: number, b: Float64Array, p: Float64Array): Explanation => ({
  ...explainBy([logitGradientAt(p, label), oneHot(label, b.length).map((t) => t - 1 / b.length)], b),
  smoothedLabel: label,
});

/** ∂b ≈ s g or, with two columns, ≈ s g + sε f, by least squares. */
function explainBy(columns: readonly Float64Array[], b: Float64Array): Explanation {
  const A = Float64Array.from({ length: columns.length * b.length },
    (_, i) => columns[i % columns.length][Math.floor(i / columns.length)]);
  const x = leastSquares(b.length, columns.length, A, b.slice()), rest = b.slice();
  columns.forEach((column, k) => axpy(-x[k], column, rest));
  return { scale: x[0], mismatch: norm2(rest) / norm2(b), ...(columns.length > 1 && { smoothing: x[1] / x[0] }) };
}

/** p − t, for the label c. */
function logitGradientAt(p: Float64Array, c: number): Float64Array {
  const g = new Float64Array(p.length);
  logitGradient(p, oneHot(c, p.length), g);
  return g;
}
