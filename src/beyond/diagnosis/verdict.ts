/**
 * @file Whether a reconstruction is the client's image: a comparison of what could explain the shared gradient G.
 *
 *   G = s ∇W(x, c) + λθ + N(0, σ²) + rounding        the scale s and the weight decay λ are removed first
 *
 *   residual     R = ‖G − ∇W(x′, c)‖²                what the reconstruction x′ leaves
 *   expected     E = N σ² + (ρ² + f²) ‖G‖²            what noise on N numbers, rounding ρ and the attack, f, leave
 *   explained    1 − R / ‖G‖²                         the share of G that is ∇W(x′, c)
 *   χ²           R / E                                about 1 if noise, rounding and the attack leave all of R
 *
 * The image is the client's if x′ explains the gradient, nothing is left beyond what is expected, and no other image
 * could do the same, as images can that differ along directions of which the noise leaves too little. If x′ does not
 * explain it, and G breaks a law of the described network and loss, the description is wrong. Otherwise nothing is
 * shown: the gradient may hide the image, or another attack may find it.
 */
export type Verdict = 'client' | 'undetermined' | 'inconsistent';

export interface Evidence {
  readonly total: number; //      ‖G‖²
  readonly residual: number; //   R
  readonly numbers: number; //    N, of the tensors that were shared
  readonly sigma: number; //      σ
  readonly rounding: number; //   ρ, relative: 2⁻²⁴ for float32
  readonly fit: number; //        what the attack leaves by itself, of ‖G‖: DESCENT or SOLUTION
  readonly images: number; //     B
  readonly bound?: number; //     the MSE that noise leaves attacks without bias, near x′; if known
  readonly isDetermined: boolean; // whether G has at least as many equations as the images have pixels
  readonly contradictions: readonly string[]; // the laws that G breaks, one sentence each
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly explained: number;
  readonly chiSquare: number;
}

/** The least share of G that an image must explain to be called the client's: with less, noise is a rival. */
export const LEAST_EXPLAINED = 0.95;
/** A descent ends when L_G no longer changes, and then leaves at most this of ‖G‖. */
export const DESCENT = 1e-6;
/** The analytic attack propagates the errors of the gradient through all layers, and leaves more. */
export const SOLUTION = 1e-2;
/** The largest bound on the MSE at which noise leaves one image determined: 0.03 in a pixel. */
export const MOST_ERROR = 1e-3;
/**
 * The largest share of noise in ‖G‖² at which the image, or each of several, is determined. The bound holds near one
 * image only: of three images under σ = 0.01, 0.5 % of ‖G‖², iDLG found others, with an MSE of 1 to 4, that fit as well.
 */
export const MOST_NOISE = { one: 1e-4, several: 1e-8 };
/** χ² of N numbers is 1 ± √(2/N), but σ is only estimated, from the last layer. */
export const MOST_CHI_SQUARE = 2;

/** The verdict on a reconstruction, and the two numbers that it rests on. */
export function judge(evidence: Evidence): Judgement {
  const { total, residual, numbers, sigma, rounding, fit, images, bound, isDetermined, contradictions } = evidence;
  const expected = numbers * sigma * sigma + (rounding * rounding + fit * fit) * total;
  const explained = total > 0 ? 1 - residual / total : 0, chiSquare = expected > 0 ? residual / expected : Infinity;
  const explains = explained >= LEAST_EXPLAINED && chiSquare <= MOST_CHI_SQUARE;
  const isQuiet = numbers * sigma * sigma <= (images > 1 ? MOST_NOISE.several : MOST_NOISE.one) * total;
  const isClear = isQuiet && (bound === undefined || bound <= MOST_ERROR);
  const isBroken = !explains && contradictions.length > 0;
  const verdict = explains && isDetermined && isClear ? 'client' : isBroken ? 'inconsistent' : 'undetermined';
  return { verdict, explained, chiSquare };
}
