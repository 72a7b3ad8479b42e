/**
 * @file The labels of a batch, read off the last layer's gradient. It is the mean over the batch, so it tells how often
 * each class occurs, but not which image has which label.
 *
 *   ∂ℓ/∂b = (1/B) Σ_s g_s          ∂ℓ/∂W = (1/B) Σ_s g_s a_sᵀ          g_s = p_s − t_s of sample s, Eq. (2) and (3)
 *
 *   rule            how it counts the labels                                                    it assumes
 *   ilrg            ē_j = ∂W_j / ∂b_j is a typical input of class j, P_j = softmax(W ē_j + b)   similar inputs within a
 *                   the network's answer to it. Least squares for the counts n, then rounded:   class; a bias
 *                   Σ_j n_j (P_j[i] − δ_ij) = B ∂b_i for every class i,  and Σ_j n_j = B
 *   llg             each image of class c lowers the sum of row c by about m, where             Σ a is positive, and
 *                   m = (1 + 1/K)/B · Σ |negative sums|: B times, take the class with the       similar for all images
 *                   least sum and add m to its sum
 *   gradinversion   the B classes whose rows have the least entries                             no class occurs twice
 *
 * Sources: K. Ma et al., "Instance-wise Batch Label Restoration via Gradients in Federated Learning", ICLR 2023;
 * A. Wainakh et al., "User-Level Label Leakage from Gradients in Federated Learning", PoPETs 2022; H. Yin et al., "See
 * through Gradients: Image Batch Recovery via GradInversion", CVPR 2021.
 */
import type { LastLayer } from '../../attack/extract-label.ts';
import { logitGradient, oneHot, softmax } from '../../nn/softmax-cross-entropy.ts';
import { expectFinite, expectShape, rowsOf, zeros } from '../../tensor/tensor.ts';
import { argmin, normInf } from '../../tensor/vector.ts';
import { logitsAt } from '../last-layer.ts';
import { leastSquares } from './least-squares.ts';

export const BATCH_RULES = ['ilrg', 'llg', 'gradinversion'] as const;
export type BatchRule = (typeof BATCH_RULES)[number];

/** `ilrg` is not tried for more classes: the time for its least squares grows with the cube of their number. */
export const MAX_ILRG_CLASSES = 1024;

export interface ExtractedBatchLabels {
  /** In increasing order, each class as often as it occurs. */
  readonly labels: readonly number[];
  readonly rule: BatchRule;
  /** For `ilrg`, the largest change of a count by rounding: near 0 if the rule's assumption holds. */
  readonly rounding?: number;
}

/**
 * The labels of a batch of B images.
 * @param gradient of the last layer: the mean over the batch, as with PyTorch's default reduction.
 * @param layer the last layer's own weight [classes, features] and bias [classes].
 * @param rule default: `ilrg` if it applies and rounds no count by more than 1, otherwise `llg`. Counts that are
 *   farther from whole numbers from 0 to B show that the images of a class are not similar to the network.
 * @throws {RangeError} if the rule does not apply, the shapes differ, or a number is not finite.
 */
export function extractBatchLabels(
  gradient: LastLayer, layer: LastLayer, batch: number, rule?: BatchRule,
): ExtractedBatchLabels {
  if (rule === undefined) {
    const found = isSolvable(gradient) ? extractBatchLabels(gradient, layer, batch, 'ilrg') : undefined;
    return found && found.rounding! <= 1 ? found : extractBatchLabels(gradient, layer, batch, 'llg');
  }
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`batch: expected a positive integer, got ${batch}`);
  expectShape('last layer gradient', gradient.weight, layer.weight.shape);
  for (const [name, { weight, bias }] of Object.entries({ 'last layer gradient': gradient, 'last layer': layer })) {
    expectFinite(name, weight.data);
    if (bias) expectFinite(name, bias.data);
  }
  switch (rule) {
    case 'ilrg': {
      const counts = solveIlrgCounts(gradient, layer, batch), whole = roundCounts(counts, batch);
      return { labels: repeat(whole), rule, rounding: normInf(counts.map((count, c) => count - whole[c])) };
    }
    case 'llg':
      return { labels: byRowSums(Float64Array.from(rowsOf(gradient.weight), sum), batch), rule };
    case 'gradinversion': {
      const least = rowsOf(gradient.weight).map((row, c) => ({ c, entry: row[argmin(row)] }));
      const chosen = least.sort((a, b) => a.entry - b.entry).slice(0, batch);
      return { labels: chosen.map(({ c }) => c).sort((a, b) => a - b), rule };
    }
    default:
      throw new RangeError(`batch rule: expected ${BATCH_RULES.join(', ')}, got ${rule}`);
  }
}

const isSolvable = ({ bias }: LastLayer): boolean => bias !== undefined && bias.data.length <= MAX_ILRG_CLASSES;

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/**
 * The counts n [classes] of `ilrg`, before rounding.
 * @throws {RangeError} if the last layer has no bias, or more than `MAX_ILRG_CLASSES` classes.
 */
export function solveIlrgCounts({ weight, bias }: LastLayer, layer: LastLayer, batch: number): Float64Array {
  const [classes, features] = weight.shape, typical = zeros([classes, features]), inputs = rowsOf(typical);
  if (!bias) throw new RangeError('batch rule ilrg: expected a last layer with a bias, got one without');
  if (classes > MAX_ILRG_CLASSES) {
    throw new RangeError(`batch rule ilrg: expected at most ${MAX_ILRG_CLASSES} classes, got ${classes}`);
  }
  rowsOf(weight).forEach((row, j) => {
    if (bias.data[j] !== 0) row.forEach((value, h) => { inputs[j][h] = value / bias.data[j]; });
  });
  const A = new Float64Array((classes + 1) * classes).fill(1), right = new Float64Array(classes + 1).fill(batch);
  const P = new Float64Array(classes), column = new Float64Array(classes);
  rowsOf(logitsAt(layer, typical)).forEach((logits, j) => {
    softmax(logits, P);
    logitGradient(P, oneHot(j, classes), column); // P_j[i] − δ_ij
    // If ∂b_j has underflowed, no input is typical of class j. Zeros in its column then leave the class out.
    const isKnown = P.every(Number.isFinite);
    for (let i = 0; i < classes; i++) A[i * classes + j] = isKnown ? column[i] : 0;
  });
  for (let i = 0; i < classes; i++) right[i] *= bias.data[i];
  return leastSquares(classes + 1, classes, A, right);
}

/** The whole numbers ≥ 0 with sum `total` that are nearest to the counts; ties are broken arbitrarily. */
function roundCounts(counts: Float64Array, total: number): number[] {
  const inRange = counts.map((count) => Math.min(Math.max(0, count || 0), total));
  const rounded = Array.from(inRange, Math.floor);
  for (let missing = total - rounded.reduce((sum, n) => sum + n, 0); missing !== 0; missing -= Math.sign(missing)) {
    // Change the n for which it costs least: (n ± 1 − count)² − (n − count)² = 1 ± 2 (n − count)
    const step = Math.sign(missing);
    const cost = inRange.map((count, c) => (rounded[c] + step < 0 ? Infinity : step * (rounded[c] - count)));
    rounded[argmin(cost)] += step;
  }
  return rounded;
}

/** Each class as often as its count says. */
const repeat = (counts: readonly number[]): number[] => counts.flatMap((n, c) => Array<number>(n).fill(c));

/** `llg`; changes the sums in place. */
function byRowSums(sums: Float64Array, batch: number): number[] {
  const m = ((1 + 1 / sums.length) * -sum(sums.filter((value) => value < 0))) / batch;
  const counts = Array<number>(sums.length).fill(0);
  for (let s = 0; s < batch; s++) {
    const c = argmin(sums);
    counts[c]++;
    sums[c] += m;
  }
  return repeat(counts);
}

/** The share of the labels that two lists of equal length have in common, each class as often as it occurs in both. */
export function multisetAccuracy(found: readonly number[], truth: readonly number[]): number {
  const left = [...truth];
  const common = found.filter((label) => {
    const at = left.indexOf(label);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
  return common.length / truth.length;
}
