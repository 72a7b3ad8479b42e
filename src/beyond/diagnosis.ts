/**
 * @file What the last layer's gradient says of where it comes from, by the laws that Eq. (2) and (3) lay down for any
 * network with cross-entropy at its end. With g_s = p_s − t_s and the last layer's input a_s of sample s of B:
 *
 *   ∂ℓ/∂W = (1/B) Σ_s g_s a_sᵀ        ∂ℓ/∂b = (1/B) Σ_s g_s
 *
 *   law                                    broken by
 *   1ᵀ ∂W = 0, 1ᵀ ∂b = 0                   noise, coarse rounding, weight decay; since Σᵢ gᵢ = 0 for every sample
 *   rank ∂W ≤ B                            more samples than said, noise
 *   one ∂bᵢ < 0 for B = 1                  more samples, and a sign that is turned: −∇W, a weight's change
 *   ∂W has zeros in whole rows and         pruning, or a format with no smaller number: (g aᵀ)ᵢₕ = 0 where aₕ = 0,
 *   columns only, for B = 1                as of a relu, or where gᵢ underflows
 *   ∂b = softmax(W a + b) − t for B = 1    a scale: clipping, a learning rate or a sum taken for something else;
 *                                          other weights than the gradient was computed with
 *
 * So the noise is σ ≈ ‖1ᵀ ∂W‖ / √(K H) for W [K, H], without knowing the image. And of one image a is had with its
 * scale (last-input.ts), so that a scale s in ∂b = s (softmax(W a + b) − t) is had too. (Of two classes, where g is
 * (p − 1, 1 − p), every ∂b is such a multiple, for either label.)
 */
import type { ParameterVector } from '../nn/parameters.ts';
import { softmax } from '../nn/softmax-cross-entropy.ts';
import { argmax, argmin, dot, norm2, normInf } from '../tensor/vector.ts';
import type { LastLayerGradient } from './extract-label.ts';
import { lastInput } from './last-input.ts';

export interface Diagnosis {
  /** The classes with ∂bᵢ below zero, and those above, by more than noise and rounding; none where there is no bias. */
  readonly negative: readonly number[];
  readonly positive: readonly number[];
  /** max |∂bᵢ|: at most 1 for a mean over images; 0 where there is no bias. */
  readonly largest: number;
  /** Rank of ∂W above its noise and rounding, counted up to MOST_RANK: no more than the samples. */
  readonly rank: number;
  /** σ of the noise in an entry of ∂W, rounding included, and as a share of the entries' root mean square. */
  readonly noise: number;
  readonly relativeNoise: number;
  /** The most bits that a number of ∂W needs: 53 float64, 24 float32, 11 float16, 8 bfloat16. */
  readonly bits: number;
  /** How many different sizes |∂W| takes, if they are few and all multiples of the least: int8 has 127. */
  readonly levels?: number;
  /** The share of exact zeros outside columns of zeros and rows of zeros. */
  readonly zeros: number;
  /** For one image and a last layer with a bias: what the gradient is multiplied by, and how much of ∂b that leaves. */
  readonly scale?: number;
  readonly mismatch?: number;
  /** For the same: the least and largest entry of a, in (0, 1) for sigmoid. */
  readonly input?: readonly [least: number, largest: number];
}

/** Rank is counted up to this. */
export const MOST_RANK = 64;
/** Few sizes: from 8, which a network itself hardly has as multiples, to int8's 127 or twice that. */
const LEVELS = [8, 255], ENTRIES_PER_LEVEL = 16;

/**
 * @param gradient of the last layer.
 * @param layer the last layer's own W [classes, features] and b [classes].
 */
export function diagnose(gradient: LastLayerGradient, layer: LastLayerGradient): Diagnosis {
  const { W: { data, shape: [K, H] }, b } = gradient;
  const size = norm2(data), unbalanced = norm2(columnSums(data, K, H)), bits = significantBits(data);
  const rounding = (16 * 2 ** -bits + H * 2 ** -53) * size; // of the numbers, and of rankAbove's own sums
  const rank = rankAbove(Math.max(rounding, 4 * unbalanced), data, K, H);
  const classes = [...b.data.keys()], levels = countLevels(data), noise = unbalanced / Math.sqrt(K * H);
  const doubt = 4 * noise;
  return {
    negative: classes.filter((c) => b.data[c] < -doubt),
    positive: classes.filter((c) => b.data[c] > doubt),
    largest: normInf(b.data),
    rank,
    noise,
    relativeNoise: size === 0 ? 0 : unbalanced / size,
    bits,
    ...(levels === undefined ? {} : { levels }),
    zeros: shareOfZeros(data, K, H),
    ...(rank === 1 && b.data.length > 0 ? oneImage(gradient, layer) : {}),
  };
}

/**
 * How many equations ∇W′ = ∇W has at most, for a batch: the numbers of ∇W, but of a linear layer's (∂W ∂b) [out, cols],
 * a sum of `batch` outer products g (aᵀ 1), only those that a matrix of its rank r has free. Of all such matrices that
 * is r (out + cols − r); the columns of the last layer's sum to 0, so that one row follows from the others, and it is
 * r (out − 1 + cols − r). With fewer equations than pixels the gradient does not determine the images; with more it may.
 */
export function countEquations({ windows }: ParameterVector, batch: number): number {
  return windows.reduce((sum, { W, b }, k) => {
    if (W.shape.length !== 2) return sum + W.data.length + b.data.length;
    const [out, into] = W.shape, rows = k === windows.length - 1 ? out - 1 : out;
    const cols = into + (b.data.length > 0 ? 1 : 0), r = Math.min(batch, rows, cols);
    return sum + r * (rows + cols - r);
  }, 0);
}

/** 1ᵀ A of A [K, H]. */
function columnSums(A: Float64Array, K: number, H: number): Float64Array {
  const sums = new Float64Array(H);
  for (let i = 0; i < K; i++) for (let h = 0; h < H; h++) sums[h] += A[i * H + h];
  return sums;
}

/** The most significant bits among numbers: how far the lowest bit that is set is from the highest. */
function significantBits(A: Float64Array): number {
  const words = new Uint32Array(A.buffer, A.byteOffset, 2 * A.length); // low, high
  let low = 0, high = 0;
  for (let i = 0; i < words.length; i += 2) {
    low |= words[i];
    high |= words[i + 1];
  }
  high &= 0xfffff;
  // Of the 52 bits of the fraction, those below the lowest that is ever set are not needed.
  if (low !== 0) return 53 - trailingZeros(low);
  return high === 0 ? 1 : 21 - trailingZeros(high);
}

const trailingZeros = (word: number): number => 31 - Math.clz32(word & -word);

/** Gram-Schmidt with the longest remaining row as pivot, until what remains of A [K, H] is no longer than `floor`. */
function rankAbove(floor: number, A: Float64Array, K: number, H: number): number {
  const rest = A.slice(), rows = Array.from({ length: K }, (_, i) => rest.subarray(i * H, (i + 1) * H));
  for (let rank = 0; rank < Math.min(K, H, MOST_RANK); rank++) {
    const lengths = Float64Array.from(rows, norm2), longest = argmax(lengths);
    if (norm2(lengths) <= floor) return rank;
    const q = rows[longest].map((value) => value / lengths[longest]);
    for (const row of rows) {
      const along = dot(row, q);
      for (let h = 0; h < H; h++) row[h] -= along * q[h];
    }
  }
  return Math.min(K, H, MOST_RANK);
}

/** The sizes of the entries, where they are few and multiples of the least one. */
function countLevels(A: Float64Array): number | undefined {
  const levels = new Set<number>();
  let entries = 0;
  for (let i = 0; i < A.length && levels.size <= LEVELS[1]; i++) {
    if (A[i] === 0) continue;
    levels.add(Math.abs(A[i]));
    entries++;
  }
  const few = levels.size >= LEVELS[0] && levels.size <= LEVELS[1] && entries > ENTRIES_PER_LEVEL * levels.size;
  if (!few) return undefined;
  const step = [...levels].reduce((least, level) => Math.min(least, level));
  const isMultiple = (level: number): boolean => Math.abs(level / step - Math.round(level / step)) < 1e-4;
  return [...levels].every(isMultiple) ? levels.size : undefined;
}

function shareOfZeros(A: Float64Array, K: number, H: number): number {
  const inRow = new Uint32Array(K), inColumn = new Uint32Array(H);
  for (let i = 0; i < K; i++)
    for (let h = 0; h < H; h++) {
      if (A[i * H + h] !== 0) continue;
      inRow[i]++;
      inColumn[h]++;
    }
  const rows = inRow.filter((zeros) => zeros < H), columns = inColumn.filter((zeros) => zeros < K);
  // Of what a column of zeros has, the rows that are counted have as much each.
  const elsewhere = rows.reduce((sum, zeros) => sum + zeros - (H - columns.length), 0);
  return elsewhere / Math.max(1, rows.length * columns.length);
}

/** Scale, mismatch and input of the one image; the label is the class whose ∂bᵢ differs in sign from all others. */
function oneImage({ W: gW, b: gB }: LastLayerGradient, { W, b }: LastLayerGradient): Partial<Diagnosis> {
  const [K, H] = gW.shape, size = norm2(gB.data);
  if (size === 0) return {};
  const isTurned = K > 2 && gB.data.filter((value) => value > 0).length === 1;
  const c = isTurned ? argmax(gB.data) : argmin(gB.data);
  const { a } = lastInput({ W: gW, b: gB }, { W, b }, c), y = new Float64Array(K), g = new Float64Array(K);
  for (let i = 0; i < K; i++) y[i] = dot(W.data.subarray(i * H, (i + 1) * H), a) + (b.data[i] ?? 0);
  softmax(y, g);
  g[c] = 0;
  g[c] = -g.reduce((sum, p) => sum + p, 0); // p_c − 1 without its cancellation where p_c is near 1
  const scale = dot(gB.data, g) / dot(g, g);
  const mismatch = norm2(gB.data.map((value, i) => value - scale * g[i])) / size;
  return { scale, mismatch, input: [a[argmin(a)], a[argmax(a)]] };
}
