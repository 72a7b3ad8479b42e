/**
 * @file Which activation the last layer's input can come from, by the range of its entries a ∈ ℝᴴ.
 *
 *   activation     cannot give                                 hardly ever gives
 *   sigmoid        a < 0, a > 1, a = 0
 *   tanh           |a| > 1                                     a = 0; all a > 0: with probability 2⁻ᴴ
 *   ReLU           a < 0                                       all a in (0, 1) and none of them 0
 *
 * One image's a is known (last-input.ts). Of a batch ∂W_c / ∂b_c = Σ_s p_sc a_s / Σ_s p_sc is a mean of the inputs for
 * every class c without an image, so it lies in the same range. B images of which |N| are known to belong to the
 * classes with ∂b_c < 0 leave at most B − |N| others that have one: of m rows with ∂b_c > 0 at least m − (B − |N|) are
 * such means.
 */
import type { LastLayer } from '../../attack/extract-label.ts';
import { traitsOf, type AnyActivationName } from '../../layers/activations.ts';
import { rowsOf } from '../../tensor/tensor.ts';
import { normInf } from '../../tensor/vector.ts';

/** What the entries of a last layer's input, or of a mean of several, range over. */
export interface InputRange {
  readonly smallest: number;
  readonly largest: number;
  /** The share of entries that are 0, or nearly so. */
  readonly zeros: number;
  readonly features: number;
}

/** An entry counts as 0 below this share of the largest: sigmoids and tanh of random numbers come that close rarely. */
const ZERO = 1e-6;
/** From this many features on, an event of probability 2⁻ᴴ is taken as impossible. */
const MANY = 30;
/** A share of zeros that one or two entries close to 0 do not reach. */
const SOME_ZEROS = 0.02;
/** What rounding to float32 may add to the range. */
const ROUNDING = 1e-3;
/** Rows are divided by ∂b_c only if it is at least this share of the largest: rounding would decide otherwise. */
const LEAST_SHARE = 1e-3;

export function rangeOf(a: Float64Array): InputRange {
  const limit = ZERO * normInf(a);
  let smallest = Infinity, largest = -Infinity, zeros = 0;
  for (const value of a) {
    smallest = Math.min(smallest, value);
    largest = Math.max(largest, value);
    if (Math.abs(value) <= limit) zeros++;
  }
  return { smallest, largest, zeros: zeros / a.length, features: a.length };
}

/**
 * Whether the activation can give such an input, beyond what is improbable. A mean of several inputs has fewer zeros
 * than each of them, so the absence of zeros in a mean says nothing.
 */
export function canGive(
  activation: AnyActivationName, { smallest, largest, zeros, features }: InputRange, isMean = false, slack = ROUNDING,
): boolean {
  const isMany = features >= MANY, hasZeros = isMany && zeros > SOME_ZEROS;
  const [lower, upper] = traitsOf(activation).range;
  if (smallest < lower - slack || largest > upper + slack) return false;
  switch (activation) {
    case 'sigmoid': return !hasZeros;
    case 'tanh': return !hasZeros && !(isMany && smallest > 0);
    case 'relu': return isMean || !isMany || zeros > 0 || largest > 1;
    default: return true;
  }
}

/** What such an input looks like, in words. */
export function looksLike(range: InputRange, isMean = false): string {
  const { smallest, largest } = range;
  const fits = (['sigmoid', 'relu', 'tanh'] as const).filter((name) => canGive(name, range, isMean));
  if (fits.includes('sigmoid')) return 'a sigmoid\'s';
  if (fits.length === 1) return fits[0] === 'relu' ? 'a relu\'s' : 'a tanh\'s';
  return smallest < 0 && largest > 1 ? 'that of no activation, or of one with negative values such as SiLU'
    : 'another activation\'s';
}

/** The rows ∂W_c / ∂b_c with ∂b_c > 0 of a batch, the largest ∂b_c first; and how many must be means of inputs. */
export function meanInputs(
  { weight, bias }: LastLayer, batch: number, negatives: number,
): { readonly ranges: readonly InputRange[]; readonly least: number } {
  if (!bias || negatives > batch) return { ranges: [], least: 0 };
  const b = bias.data, rows = rowsOf(weight), limit = LEAST_SHARE * normInf(b);
  const classes = [...b.keys()].filter((c) => b[c] > limit).sort((i, j) => b[j] - b[i]);
  const ranges = classes.map((c) => rangeOf(rows[c].map((value) => value / b[c])));
  return { ranges, least: ranges.length - (batch - negatives) };
}
