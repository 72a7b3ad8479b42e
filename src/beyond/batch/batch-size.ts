/**
 * @file How many images a gradient comes from, if nobody says so: the rank r of the last layer's ∂W is at most their
 * number, and less if the same image occurs twice or noise hides some. A size B from r upwards fits if
 *
 *   B ∂b_c ≥ −n_c          the least counts that Eq. (2) allows add up to at most B (batch-labels.ts)
 *   n_c is whole           iLRG's counts are B ν with the same ν for every B, so only the right B, and its multiples,
 *                          make all of them whole
 */
import type { LastLayer } from '../../attack/extract-label.ts';
import { extractBatchLabels, isWithinBound } from './batch-labels.ts';

export interface SizeFit {
  readonly size: number;
  /** The largest change of one of iLRG's counts by rounding; ∞ if the bound excludes the size. */
  readonly rounding: number;
}

/** How many sizes above the rank are tried. */
const NEIGHBOURS = 4;
/** A size fits if it rounds no count by more than this; half of all numbers are rounded by more than 0.25. */
const WHOLE = 0.1;

/**
 * The sizes that are tried, and the least that fits; if none does, the least that the bound allows.
 * @param least r; @param sigma of the noise in ∂b.
 */
export function likelySize(
  gradient: LastLayer, layer: LastLayer, least: number, sigma: number,
): { readonly size: number; readonly fits: readonly SizeFit[] } {
  const fits = Array.from({ length: NEIGHBOURS + 1 }, (_, k): SizeFit => {
    const size = least + k;
    if (!isWithinBound(gradient, size, sigma)) return { size, rounding: Infinity };
    return { size, rounding: extractBatchLabels(gradient, layer, size, 'ilrg', sigma).rounding! };
  });
  const possible = fits.filter(({ rounding }) => rounding < Infinity), [first = fits[0]] = possible;
  const whole = possible.find(({ rounding }) => rounding <= WHOLE);
  return { size: (whole ?? first).size, fits };
}
