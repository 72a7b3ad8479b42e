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
 *   moments         B ∂b_c = Σ_s g_sc, and with ā = Σ_c ∂b_c ∂W_c / ‖∂b‖², a mean input,        confident predictions:
 *                   Q_c = B² ‖∂W_c − ∂b_c ā‖² ≈ v Σ_s g_sc², v = Σ_c Q_c / 2B the variance      each g near −1, 0 or 1,
 *                   of the inputs. A g near −1, 0 or 1 is nearly ± its square, and the         which need not be alike;
 *                   negative ones are the labels': n_c ≈ (Q_c / v − B ∂b_c) / 2                 a bias
 *
 * By Eq. (2) B ∂b_c = Σ_s p_sc − n_c ≥ −n_c, so class c occurs at least ⌈−B ∂b_c⌉ times, whatever the network. With a
 * bias every rule is held to that bound. Labels that it gives even if the client smooths its labels (t_c = 1 − ε + ε/K,
 * all others ε/K, which adds Bε/K to the bound) are certain, if the gradient is a mean over B images and not scaled up.
 * Under any positive scale, and any positive weights of the classes, only a label's ∂b_c can be below zero. If the
 * bound asks for more than B labels, the gradient is no such mean, and all that is left of it is that.
 *
 * Sources: K. Ma et al., "Instance-wise Batch Label Restoration via Gradients in Federated Learning", ICLR 2023;
 * A. Wainakh et al., "User-Level Label Leakage from Gradients in Federated Learning", PoPETs 2022; H. Yin et al., "See
 * through Gradients: Image Batch Recovery via GradInversion", CVPR 2021.
 */
import type { LastLayer } from '../../attack/extract-label.ts';
import { logitGradient, oneHot, softmax } from '../../nn/softmax-cross-entropy.ts';
import { expectFinite, expectShape, rowsOf, zeros } from '../../tensor/tensor.ts';
import { argmin, axpy, dot, normInf } from '../../tensor/vector.ts';
import { logitsAt } from '../last-layer.ts';
import { leastSquares } from './least-squares.ts';

export const BATCH_RULES = ['ilrg', 'llg', 'gradinversion', 'moments'] as const;
export type BatchRule = (typeof BATCH_RULES)[number];

/** `ilrg` is not tried for more classes: the time for its least squares grows with the cube of their number. */
export const MAX_ILRG_CLASSES = 1024;

/** What rounding to float32 may change of ∂b, whose numbers are at most 1. */
const ROUNDING = 1e-6;
/** The largest ε of label smoothing that leaves certain labels certain; 0.1 is usual. */
const LARGEST_SMOOTHING = 0.2;

export interface ExtractedBatchLabels {
  /** In increasing order, each class as often as it occurs. */
  readonly labels: readonly number[];
  /** Those that Eq. (2) makes certain, in increasing order. */
  readonly certain: readonly number[];
  /** The classes that are certain to occur under any positive scale and any weights of the classes, once each. */
  readonly present: readonly number[];
  readonly rule: BatchRule;
  /** For `ilrg`, the largest change of a count by rounding: near 0 if the rule's assumption holds. */
  readonly rounding?: number;
}

/**
 * The labels of a batch of B images.
 * @param gradient of the last layer: the mean over the batch, as with PyTorch's default reduction.
 * @param layer the last layer's own weight [classes, features] and bias [classes].
 * @param rule default: `ilrg` if it applies, rounds no count by more than 1 and respects the bound: otherwise the
 *   images of a class are not similar to the network, and `moments` is used, or `llg` without a bias.
 * @param sigma the standard deviation of the noise in ∂b; default: 0. The bound is lowered by 4 B σ.
 * @throws {RangeError} if the rule does not apply, the shapes differ, or a number is not finite.
 */
export function extractBatchLabels(
  gradient: LastLayer, layer: LastLayer, batch: number, rule?: BatchRule, sigma = 0,
): ExtractedBatchLabels {
  if (rule === undefined) {
    const found = isSolvable(gradient) ? extractBatchLabels(gradient, layer, batch, 'ilrg', sigma) : undefined;
    if (found && found.rounding! <= 1) return found;
    return extractBatchLabels(gradient, layer, batch, gradient.bias ? 'moments' : 'llg', sigma);
  }
  if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`batch: expected a positive integer, got ${batch}`);
  expectShape('last layer gradient', gradient.weight, layer.weight.shape);
  for (const [name, { weight, bias }] of Object.entries({ 'last layer gradient': gradient, 'last layer': layer })) {
    expectFinite(name, weight.data);
    if (bias) expectFinite(name, bias.data);
  }
  if (!BATCH_RULES.includes(rule)) throw new RangeError(`batch rule: expected ${BATCH_RULES.join(', ')}, got ${rule}`);
  const slack = ROUNDING + 4 * sigma, smoothing = LARGEST_SMOOTHING / layer.weight.shape[0];
  const counts = COUNT[rule](gradient, layer, batch), least = leastCounts(gradient, batch, slack);
  const whole = roundCounts(counts, least, batch);
  return {
    labels: repeat(whole),
    certain: repeat(leastCounts(gradient, batch, slack + smoothing)),
    present: classesBelow(gradient, slack + smoothing),
    rule,
    ...(rule === 'ilrg' && { rounding: normInf(counts.map((count, c) => count - whole[c])) }),
  };
}

/** How often each class occurs by each rule, before the counts are rounded and held to the bound. */
const COUNT: Readonly<Record<BatchRule, (gradient: LastLayer, layer: LastLayer, batch: number) => Float64Array>> = {
  ilrg: solveIlrgCounts,
  llg: ({ weight }, _, batch) => countByRowSums(Float64Array.from(rowsOf(weight), sum), batch),
  gradinversion: ({ weight }, _, batch) =>
    countLeast(Float64Array.from(rowsOf(weight), (row) => row[argmin(row)]), batch),
  moments: (gradient, _, batch) => countByMoments(gradient, batch),
};

/** ⌈−B (∂b_c + slack)⌉ ≥ 0 for every class c, with a bias. */
const boundOf = ({ bias }: LastLayer, batch: number, slack: number): number[] =>
  Array.from(bias?.data ?? [], (value) => Math.max(0, Math.ceil(batch * (-value - slack))));

/** The bound; or 1 for every class whose ∂b_c is below zero, if the bound adds up to more than B; or 0. */
function leastCounts(gradient: LastLayer, batch: number, slack: number): number[] {
  const bound = boundOf(gradient, batch, slack), once = bound.map((n) => Math.min(n, 1));
  const none = Array<number>(gradient.weight.shape[0]).fill(0);
  return [bound, once].find((least) => gradient.bias && totalOf(least) <= batch) ?? none;
}

/** The classes with ∂b_c < −slack; the slack grows with a scale that is known to be above 1. */
function classesBelow({ bias }: LastLayer, slack: number): number[] {
  const b = bias?.data ?? new Float64Array(0), limit = -slack * Math.max(1, normInf(b));
  return [...b.keys()].filter((c) => b[c] < limit);
}

const totalOf = (counts: readonly number[]): number => counts.reduce((total, n) => total + n, 0);

/** Whether the mean over B images can have this ∂b: whether the bound asks for no more than B labels. */
export const isWithinBound = (gradient: LastLayer, batch: number, sigma = 0): boolean =>
  totalOf(boundOf(gradient, batch, ROUNDING + 4 * sigma)) <= batch;

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

/** The whole numbers ≥ `least` with sum `total` that are nearest to the counts; ties are broken arbitrarily. */
function roundCounts(counts: Float64Array, least: readonly number[], total: number): number[] {
  const inRange = counts.map((count, c) => Math.min(Math.max(least[c], count || 0), total));
  const rounded = Array.from(inRange, Math.floor);
  for (let missing = total - rounded.reduce((sum, n) => sum + n, 0); missing !== 0; missing -= Math.sign(missing)) {
    // Change the n for which it costs least: (n ± 1 − count)² − (n − count)² = 1 ± 2 (n − count)
    const step = Math.sign(missing);
    const cost = inRange.map((count, c) => (rounded[c] + step < least[c] ? Infinity : step * (rounded[c] - count)));
    rounded[argmin(cost)] += step;
  }
  return rounded;
}

/** Each class as often as its count says. */
const repeat = (counts: readonly number[]): number[] => counts.flatMap((n, c) => Array<number>(n).fill(c));

/** `llg`; changes the sums in place. */
function countByRowSums(sums: Float64Array, batch: number): Float64Array {
  const m = ((1 + 1 / sums.length) * -sum(sums.filter((value) => value < 0))) / batch;
  const counts = new Float64Array(sums.length);
  for (let s = 0; s < batch; s++) {
    const c = argmin(sums);
    counts[c]++;
    sums[c] += m;
  }
  return counts;
}

/** `gradinversion`; changes the entries in place. */
function countLeast(entries: Float64Array, batch: number): Float64Array {
  const counts = new Float64Array(entries.length);
  for (let s = 0; s < Math.min(batch, entries.length); s++) {
    const c = argmin(entries);
    counts[c]++;
    entries[c] = Infinity;
  }
  return counts;
}

/** `moments` */
function countByMoments({ weight, bias }: LastLayer, batch: number): Float64Array {
  if (!bias) throw new RangeError('batch rule moments: expected a last layer with a bias, got one without');
  const b = bias.data, rows = rowsOf(weight), mean = new Float64Array(weight.shape[1]), size = dot(b, b);
  if (size > 0) rows.forEach((row, c) => axpy(b[c] / size, row, mean));
  const Q = Float64Array.from(rows, (row, c) => {
    const rest = row.slice();
    axpy(-b[c], mean, rest);
    return batch * batch * dot(rest, rest);
  });
  const variance = sum(Q) / (2 * batch);
  return Q.map((q, c) => ((variance > 0 ? q / variance : 0) - batch * b[c]) / 2);
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
