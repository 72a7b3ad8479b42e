/**
 * @file The label read off the last layer's gradient: the paper's Eq. (3) and (4).
 *
 *   Eq. (3)   ∂ℓ/∂W_i = gᵢ a      the row of class i, g from Eq. (2), a = a_{L−1} the last layer's input
 *             ∂ℓ/∂bᵢ  = gᵢ
 *   Eq. (4)   c = i such that ⟨∂ℓ/∂W_i, ∂ℓ/∂W_j⟩ = gᵢ gⱼ ‖a‖² ≤ 0 for all j ≠ i
 *
 * By Eq. (2) exactly one gᵢ is negative, that of the label. Three rules find it, for one image with a hard label:
 *
 *   rule            the label is                        exact where
 *   bias            argmin ∂ℓ/∂b                        the last layer has a bias
 *   inner-product   Eq. (4)                             a ≠ 0 and there are at least three classes
 *   row-sum         argmin of the rows' sums gᵢ Σ a     Σ a > 0: sigmoid always, relu unless a = 0, tanh about half
 *                                                      the time; the rule of the authors' code
 *
 * With two classes g₁ = −g₂ and Eq. (4) holds for both, so there `row-sum` stands in where there is no bias. In
 * floating point gᵢ may underflow where p_c is certain: with all but one of the others 0 nothing tells them apart.
 */
import type { ParameterVector } from '../nn/parameters.ts';
import { expectFinite, type Tensor } from '../tensor/tensor.ts';
import { argmax, argmin, dot, normInf } from '../tensor/vector.ts';

export const LABEL_RULES = ['bias', 'inner-product', 'row-sum'] as const;
export type LabelRule = (typeof LABEL_RULES)[number];

/** The last layer's gradient: ∂ℓ/∂W [classes, features] and, where it has a bias, ∂ℓ/∂b [classes]; else b is empty. */
export interface LastLayerGradient {
  readonly W: Tensor;
  readonly b: Tensor;
}

/** The last layer's window of a whole gradient. */
export function lastLayer(gradient: ParameterVector): LastLayerGradient {
  return gradient.windows[gradient.windows.length - 1];
}

export interface ExtractedLabel {
  readonly label: number;
  readonly rule: LabelRule;
}

/**
 * The label c of the one image that a gradient comes from.
 * @param rule the rule to use; left out, `bias` where there is one, else `inner-product`, for two classes `row-sum`.
 * @throws {RangeError} where the rule does not apply (no bias, or `inner-product` with two classes), or a number is not
 *   finite.
 */
export function extractLabel(gradient: LastLayerGradient, rule: LabelRule = defaultRule(gradient)): ExtractedLabel {
  expectFinite('last layer gradient', gradient.W.data);
  expectFinite('last layer gradient', gradient.b.data);
  if (rule === 'bias') {
    if (!hasBias(gradient)) throw new RangeError('label rule bias: expected a last layer with a bias, got one without');
    return { label: argmin(gradient.b.data), rule };
  }
  if (rule === 'inner-product') return { label: byInnerProducts(rowsOf(gradient.W)), rule };
  if (rule === 'row-sum') return { label: argmin(Float64Array.from(rowsOf(gradient.W), sum)), rule };
  throw new RangeError(`label rule: expected ${LABEL_RULES.join(', ')}, got ${rule}`);
}

function defaultRule(gradient: LastLayerGradient): LabelRule {
  if (hasBias(gradient)) return 'bias';
  return gradient.W.shape[0] > 2 ? 'inner-product' : 'row-sum';
}

const hasBias = ({ b }: LastLayerGradient): boolean => b.data.length > 0;

function rowsOf({ shape: [classes, features], data }: Tensor): Float64Array[] {
  return Array.from({ length: classes }, (_, i) => data.subarray(i * features, (i + 1) * features));
}

const sum = (x: Float64Array): number => x.reduce((total, value) => total + value, 0);

/**
 * Eq. (4) in one pass instead of all pairs. Let r be the longest row: if it is the label's, its products gᵣ gⱼ ‖a‖²
 * with all others are ≤ 0; if not, that with the label's alone is (= 0 where p_c was rounded to 1, and g_c so to 0).
 * The rows are parallel, so any norm finds the longest; scaled to ‖·‖∞ = 1 no product underflows before the rows do.
 */
function byInnerProducts(rows: readonly Float64Array[]): number {
  if (rows.length < 3) throw new RangeError(`label rule inner-product: expected 3 classes or more, got ${rows.length}`);
  const r = argmax(Float64Array.from(rows, normInf));
  const longest = normInf(rows[r]);
  const u = rows[r].map((value) => value / longest);
  const opposed = rows.flatMap((row, j) => (dot(row, u) <= 0 ? [j] : []));
  return opposed.length === 1 ? opposed[0] : r;
}
