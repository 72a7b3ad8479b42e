/**
 * @file The labels of a batch, read off the last layer's gradient, which is the mean over the batch: how often each
 * class is in it, but not which image is of which.
 *
 *   ∂ℓ/∂b = (1/B) Σ_s (p_s − t_s)          ∂ℓ/∂W = (1/B) Σ_s (p_s − t_s) a_sᵀ          sample s, Eq. (2) and (3)
 *
 * rule           how                                                                            it assumes
 * ilrg           the input typical of class c is ē_c = ∂W_c / ∂b_c, what the network says of    inputs alike within
 *                it P_c = softmax(W ē_c + b); the counts n solve, by least squares,             a class; a bias; W
 *                Σ_j n_j P_j[i] − n_i = B ∂b_i  and  Σ_j n_j = B,  and are rounded
 * llg            the sum of row c falls by about m = (1 + 1/K)/B Σ_{sums < 0} for each image    Σ a alike for all
 *                of c: take the least, add |m| to it, B times                                   images, and > 0
 * gradinversion  the B classes whose rows have the least entries                                no class twice
 *
 * Sources: K. Ma et al., "Instance-wise Batch Label Restoration via Gradients in Federated Learning", ICLR 2023;
 * A. Wainakh et al., "User-Level Label Leakage from Gradients in Federated Learning", PoPETs 2022; H. Yin et al., "See
 * through Gradients: Image Batch Recovery via GradInversion", CVPR 2021.
 */
import { softmax } from '../nn/softmax-cross-entropy.ts';
import { leastSquares } from '../tensor/least-squares.ts';
import { expectFinite } from '../tensor/tensor.ts';
import { argmin, dot, normInf } from '../tensor/vector.ts';
import type { LastLayerGradient } from './extract-label.ts';

export const BATCH_RULES = ['ilrg', 'llg', 'gradinversion'] as const;
export type BatchRule = (typeof BATCH_RULES)[number];

/** Classes that the least squares of `ilrg` are tried for: their cost is the cube. */
export const MOST_CLASSES = 1024;

export interface ExtractedLabels {
  /** In increasing order, each as often as it occurs. */
  readonly labels: readonly number[];
  readonly rule: BatchRule;
  /** With `ilrg` the largest |n_c − n_c rounded|, near 0 where its assumption holds. */
  readonly rounding?: number;
}

/**
 * The labels of a batch of B images.
 * @param gradient of the last layer: the mean over the batch, as PyTorch's default reduction gives it.
 * @param layer the last layer's own W [classes, features] and b [classes], laid out as its gradient.
 * @param rule the rule to use; left out, `ilrg` where it applies and none of its counts is rounded by more than 1, else
 *   `llg`: counts farther from whole numbers in {0, …, B} say that the images of a class are not alike to the network.
 * @throws {RangeError} where the rule does not apply, or a number is not finite.
 */
export function extractBatchLabels(
  gradient: LastLayerGradient, layer: LastLayerGradient, batch: number, rule?: BatchRule,
): ExtractedLabels {
  if (rule === undefined) {
    const found = ilrgApplies(gradient) ? extractBatchLabels(gradient, layer, batch, 'ilrg') : undefined;
    return found && found.rounding! <= 1 ? found : extractBatchLabels(gradient, layer, batch, 'llg');
  }
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`batch: expected a positive integer, got ${batch}`);
  for (const { W, b } of [gradient, layer]) {
    expectFinite('last layer', W.data);
    expectFinite('last layer', b.data);
  }
  if (rule === 'ilrg') {
    const counts = solveCounts(gradient, layer, batch), whole = roundCounts(counts, batch);
    return { labels: listOf(whole), rule, rounding: normInf(counts.map((count, c) => count - whole[c])) };
  }
  const [classes, features] = gradient.W.shape;
  const rows = Array.from({ length: classes }, (_, c) => gradient.W.data.subarray(c * features, (c + 1) * features));
  const sum = (row: Float64Array): number => row.reduce((total, value) => total + value, 0);
  if (rule === 'llg') return { labels: byRowSums(Float64Array.from(rows, sum), batch), rule };
  if (rule === 'gradinversion') {
    const least = rows.map((row, c) => ({ c, value: row.reduce((least, value) => Math.min(least, value)) }));
    const chosen = least.sort((a, b) => a.value - b.value).slice(0, batch);
    return { labels: chosen.map(({ c }) => c).sort((a, b) => a - b), rule };
  }
  throw new RangeError(`batch rule: expected ${BATCH_RULES.join(', ')}, got ${rule}`);
}

const ilrgApplies = ({ b }: LastLayerGradient): boolean => b.data.length > 0 && b.data.length <= MOST_CLASSES;

/**
 * iLRG's counts [classes] before they are rounded: Σ_j n_j (P_j[i] − δ_ij) = B ∂b_i for every class i, and Σ_j n_j = B.
 * @throws {RangeError} where the last layer has no bias.
 */
export function solveCounts(gradient: LastLayerGradient, { W, b }: LastLayerGradient, batch: number): Float64Array {
  const [classes, features] = W.shape;
  if (gradient.b.data.length !== classes) {
    throw new RangeError('batch rule ilrg: expected a last layer with a bias, got one without');
  }
  if (classes > MOST_CLASSES) {
    throw new RangeError(`batch rule ilrg: expected at most ${MOST_CLASSES} classes, got ${classes}`);
  }
  const A = new Float64Array((classes + 1) * classes).fill(1), right = new Float64Array(classes + 1).fill(batch);
  const y = new Float64Array(classes), p = new Float64Array(classes);
  for (let j = 0; j < classes; j++) {
    const typical = gradient.W.data.slice(j * features, (j + 1) * features);
    const gB = gradient.b.data[j];
    for (let h = 0; h < features; h++) typical[h] = gB === 0 ? 0 : typical[h] / gB;
    for (let i = 0; i < classes; i++) {
      y[i] = dot(W.data.subarray(i * features, (i + 1) * features), typical) + b.data[i];
    }
    softmax(y, p);
    // Where ∂b_j underflows nothing is typical of j. A column of zeros, but for the sum, says that it may be left out.
    const isKnown = p.every(Number.isFinite);
    for (let i = 0; i < classes; i++) A[i * classes + j] = isKnown ? p[i] - (i === j ? 1 : 0) : 0;
  }
  for (let i = 0; i < classes; i++) right[i] *= gradient.b.data[i];
  return leastSquares(classes + 1, classes, A, right);
}

/** The whole numbers from 0 on that sum to `total` and are nearest to the counts, up to ties. */
function roundCounts(counts: Float64Array, total: number): number[] {
  const inRange = counts.map((count) => Math.min(Math.max(0, count || 0), total));
  const rounded = Array.from(inRange, Math.floor);
  for (let rest = total - rounded.reduce((sum, count) => sum + count, 0); rest !== 0; rest -= Math.sign(rest)) {
    // One more where most is missing, or one less where least is: (n ± 1 − count)² − (n − count)² = 1 ± 2 (n − count)
    const step = Math.sign(rest);
    const change = inRange.map((count, c) => (rounded[c] + step < 0 ? Infinity : step * (rounded[c] - count)));
    rounded[argmin(change)] += step;
  }
  return rounded;
}

const listOf = (counts: readonly number[]): number[] => counts.flatMap((count, c) => Array<number>(count).fill(c));

function byRowSums(sums: Float64Array, batch: number): number[] {
  const negative = sums.filter((sum) => sum < 0).reduce((total, sum) => total + sum, 0);
  const impact = ((1 + 1 / sums.length) * negative) / batch;
  const counts = Array<number>(sums.length).fill(0);
  for (let s = 0; s < batch; s++) {
    const c = argmin(sums);
    counts[c]++;
    sums[c] -= impact;
  }
  return listOf(counts);
}

/** The share of the labels that two lists of one length have in common, each as often as it occurs in both. */
export function multisetAccuracy(found: readonly number[], truth: readonly number[]): number {
  const left = [...truth];
  const common = found.filter((label) => {
    const at = left.indexOf(label);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
  return common.length / truth.length;
}
