/**
 * @file The label, read off the last layer's gradient: the paper's Eq. (3) and (4).
 *
 *   Eq. (3)   ∂ℓ/∂W_i = gᵢ a      the row of class i; g from Eq. (2), a the last layer's input
 *             ∂ℓ/∂bᵢ  = gᵢ
 *   Eq. (4)   c = i such that ⟨∂ℓ/∂W_i, ∂ℓ/∂W_j⟩ = gᵢ gⱼ ‖a‖² ≤ 0 for all j ≠ i
 *
 * By Eq. (2) exactly one gᵢ is negative, that of the label. Three rules find it, for one image with a hard label:
 *
 *   rule            the label is                        exact if
 *   bias            argmin ∂ℓ/∂b                        the last layer has a bias
 *   inner-product   Eq. (4)                             a ≠ 0 and gᵢ ≠ 0 for at least three classes
 *   row-sum         argmin of the row sums gᵢ Σ a       Σ a > 0: always after sigmoid, after ReLU unless a = 0, after
 *                                                       tanh about half the time; the rule of the authors' code
 *
 * Eq. (4) needs ∂ℓ/∂W only. Where there is a bias, as in the authors' LeNet, ∂ℓ/∂b is g itself, and `bias` is the
 * default rule. With two classes g₁ = −g₂, so Eq. (4) holds for both rows, and `row-sum` takes its place.
 */
import type { WeightAndBias } from '../nn/linear.ts';
import type { ParameterVector } from '../nn/parameters.ts';
import { expectFinite, rowsOf, type Tensor } from '../tensor/tensor.ts';
import { argmax, argmin, dot, normInf } from '../tensor/vector.ts';

export const LABEL_RULES = ['bias', 'inner-product', 'row-sum'] as const;
export type LabelRule = (typeof LABEL_RULES)[number];

/** The last layer's part of a gradient, or of θ: weight [classes, features] and, if it has one, bias [classes]. */
export type LastLayer = WeightAndBias;

/** The last layer's tensors: those that share the layer name of the very last one. */
export function lastLayer({ tensors }: ParameterVector): LastLayer {
  const name = [...tensors.keys()].at(-1)!.replace(/\.\w+$/, ''), bias = tensors.get(`${name}.bias`);
  return { weight: tensors.get(`${name}.weight`)!, ...(bias && { bias }) };
}

export interface ExtractedLabel {
  readonly label: number;
  readonly rule: LabelRule;
}

/**
 * The label c of the one image that a gradient comes from.
 * @param rule default: `bias` if there is a bias, else `inner-product`, or `row-sum` for two classes.
 * @throws {RangeError} if the rule does not apply (no bias, or `inner-product` with two classes), or a number is not
 *   finite.
 */
export function extractLabel(gradient: LastLayer, rule: LabelRule = defaultRule(gradient)): ExtractedLabel {
  const { weight, bias } = gradient;
  expectFinite('last layer gradient', weight.data);
  if (bias) expectFinite('last layer gradient', bias.data);
  if (rule === 'bias' && bias) return { label: argmin(bias.data), rule };
  if (rule === 'bias') throw new RangeError('label rule bias: expected a last layer with a bias, got one without');
  if (rule === 'inner-product') return { label: byInnerProducts(weight), rule };
  if (rule === 'row-sum') return { label: argmin(Float64Array.from(rowsOf(weight), sum)), rule };
  throw new RangeError(`label rule: expected ${LABEL_RULES.join(', ')}, got ${rule}`);
}

function defaultRule({ weight, bias }: LastLayer): LabelRule {
  if (bias) return 'bias';
  return weight.shape[0] > 2 ? 'inner-product' : 'row-sum';
}

const sum = (x: Float64Array): number => x.reduce((total, value) => total + value, 0);

/**
 * Eq. (4): c = i such that ⟨∂W_i, ∂W_j⟩ ≤ 0 for all j ≠ i. Only the sign counts, so every row is first divided by its
 * max norm: the product of two parallel rows then cannot underflow. A zero row, of a class whose probability has
 * underflowed, satisfies the condition too; the label's row is the longest, as |g_c| = Σ gⱼ over j ≠ c. If rounding
 * or noise leaves no candidate, the longest row is the best guess.
 */
function byInnerProducts(weight: Tensor): number {
  const sizes = Float64Array.from(rowsOf(weight), normInf), unit = { ...weight, data: weight.data.slice() };
  const rows = rowsOf(unit), all = rows.map((_, i) => i);
  if (rows.length < 3) throw new RangeError(`label rule inner-product: expected 3 classes or more, got ${rows.length}`);
  rows.forEach((row, i) => row.forEach((value, k) => { row[k] = value / (sizes[i] || 1); }));
  const opposing = all.filter((i) => all.every((j) => j === i || dot(rows[i], rows[j]) <= 0));
  const candidates = opposing.length > 0 ? opposing : all;
  return candidates[argmax(Float64Array.from(candidates, (i) => sizes[i]))];
}
