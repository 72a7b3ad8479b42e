/**
 * @file What a client may do to its gradient g = ∇W before sharing it, and what it then shares instead.
 *
 *   none         g
 *   gaussian     g + N(0, v)                      v is the variance
 *   laplacian    g + Laplace(0, √(v/2))           v is the variance: that of Laplace(0, b) is 2b²
 *   float32      each entry rounded to IEEE 754's binary32, in which gradients are usually shared: no defence
 *   float16      each entry rounded to IEEE 754's binary16, with ±∞ from ±65520 on
 *   bfloat16     each entry rounded to the upper half of a float32
 *   int8         s · round(g/s) with s = max|g| / 127 in each tensor: at most 255 values, −127s to 127s
 *   prune        0 for the given share of each tensor's entries, the smallest in size; among equals the first
 *   clip         g · min(1, C/‖g‖) with ‖g‖ over the whole gradient
 *   dp           clip to C = 1, then + N(0, z²)   z is the noise multiplier of DP-SGD: σ = z C
 *   sign         −1, 0 or 1, as in signSGD
 *
 * All formats round to the nearest number, and ties to the even one. A tensor is a layer's weight or its bias, as named
 * in a checkpoint. int8 has one scale per tensor, as in PyTorch. Pruning goes tensor by tensor, as in Deep Gradient
 * Compression, so that no layer is lost only because its numbers are small; but a share of 0.99 removes all of a bias
 * of ten numbers. The DLG paper does not say what its shares refer to.
 *
 * Sources: L. Zhu, Z. Liu and S. Han, "Deep Leakage from Gradients" (2019), section 5, for all but clip, dp and sign;
 * Y. Lin et al., "Deep Gradient Compression" (ICLR 2018), and its code, dgc/compression.py; M. Abadi et al., "Deep
 * Learning with Differential Privacy" (CCS 2016), Algorithm 1, which clips the gradient of each image and then adds
 * Gaussian noise; J. Bernstein et al., "signSGD" (ICML 2018).
 */
import type { ParameterVector } from '../../nn/parameters.ts';
import { log } from '../../tensor/elementary.ts';
import type { Random } from '../../tensor/random.ts';
import { norm2, normInf } from '../../tensor/vector.ts';
import { nearestMultiple, roundToBfloat16, roundToFloat16 } from './float16.ts';

/** g + N(0, variance). @throws {RangeError} if the variance is negative or not finite. */
export function addGaussian(gradient: ParameterVector, variance: number, random: Random): ParameterVector {
  expectVariance('gaussian', variance);
  const deviation = Math.sqrt(variance);
  return entryByEntry(gradient, (g) => g + deviation * random.normal());
}

/** g + Laplace(0, √(variance/2)). @throws {RangeError} if the variance is negative or not finite. */
export function addLaplacian(gradient: ParameterVector, variance: number, random: Random): ParameterVector {
  expectVariance('laplacian', variance);
  const b = Math.sqrt(variance / 2);
  return entryByEntry(gradient, (g) => g + b * laplace(random));
}

/** Laplace(0, 1), with density e^(−|x|)/2 and variance 2: −ln u with a random sign. */
function laplace(random: Random): number {
  const size = -log(1 - random.uniform());
  return random.below(2) === 0 ? size : -size;
}

/** Each entry's nearest float32. */
export function toFloat32(gradient: ParameterVector): ParameterVector {
  return entryByEntry(gradient, Math.fround);
}

/** Each entry's nearest float16, ±∞ beyond the largest. */
export function toFloat16(gradient: ParameterVector): ParameterVector {
  return entryByEntry(gradient, roundToFloat16);
}

/** Each entry's nearest bfloat16. */
export function toBfloat16(gradient: ParameterVector): ParameterVector {
  return entryByEntry(gradient, roundToBfloat16);
}

/** s · round(g/s) with s = max|g| / 127, in each tensor. */
export function toInt8(gradient: ParameterVector): ParameterVector {
  return tensorByTensor(gradient, (g) => {
    const max = normInf(g);
    if (max === 0) return;
    // round(g/s)/127 · max instead of round(g/s) · s, which would not reproduce the largest entry to the last bit.
    for (let i = 0; i < g.length; i++) g[i] = (nearestMultiple((127 * g[i]) / max, 1) / 127) * max;
  });
}

/**
 * 0 for the smallest entries of each tensor: round(share · n) of its n entries, among equals the first.
 * @throws {RangeError} if the share is not in [0, 1].
 */
export function prune(gradient: ParameterVector, share: number): ParameterVector {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`prune share: expected a number from 0 to 1, got ${share}`);
  return tensorByTensor(gradient, (g) => {
    const count = Math.round(share * g.length);
    if (count === 0) return;
    const sizes = g.map(Math.abs).sort(), threshold = sizes[count - 1];
    let ties = count - sizes.indexOf(threshold); // entries of exactly this size that are pruned too
    for (let i = 0; i < g.length; i++) {
      const size = Math.abs(g[i]);
      if (size < threshold || (size === threshold && ties-- > 0)) g[i] = 0;
    }
  });
}

/** g · min(1, C/‖g‖) with C = `maxNorm`. @throws {RangeError} if it is not a positive number. */
export function clip(gradient: ParameterVector, maxNorm: number): ParameterVector {
  if (!(maxNorm > 0)) throw new RangeError(`clip norm: expected a positive number, got ${maxNorm}`);
  const factor = Math.min(1, maxNorm / norm2(gradient.data));
  return entryByEntry(gradient, (g) => factor * g);
}

/** Clips to norm 1 and adds N(0, z²). @throws {RangeError} if z is negative or not finite. */
export function clipAndAddNoise(gradient: ParameterVector, multiplier: number, random: Random): ParameterVector {
  if (!(multiplier >= 0 && multiplier < Infinity)) {
    throw new RangeError(`dp multiplier: expected a number ≥ 0, got ${multiplier}`);
  }
  return addGaussian(clip(gradient, 1), multiplier ** 2, random);
}

/** The sign of each entry: −1, 0 or 1. */
export function toSigns(gradient: ParameterVector): ParameterVector {
  return entryByEntry(gradient, Math.sign);
}

/**
 * The gradient of one image, clipped to C and with noise of σ = z C, is shared once. This is (ε, δ)-differentially
 * private for the ε returned, where neighbouring data sets are those with and without the image: the gradient has
 * zero-concentrated privacy ρ = 1/(2z²), so ε = ρ + 2 √(ρ ln(1/δ)). A smaller ε may hold too. If one image is exchanged
 * for another, the gradient changes by up to 2C instead of C, and ε is larger.
 *
 * Source: M. Bun and T. Steinke, "Concentrated Differential Privacy" (TCC 2016), Propositions 1.3 and 1.6.
 */
export function epsilonOf(multiplier: number, delta: number): number {
  if (!(multiplier > 0)) throw new RangeError(`multiplier: expected a positive number, got ${multiplier}`);
  if (!(delta > 0 && delta < 1)) throw new RangeError(`delta: expected a number between 0 and 1, got ${delta}`);
  const rho = 1 / (2 * multiplier ** 2);
  return rho + 2 * Math.sqrt(rho * -log(delta));
}

export interface Defence {
  /** The name shown to people, for example at the head of a row. */
  readonly title: string;
  /** What it does, in one sentence. */
  readonly about: string;
  /** What the strength measures, as shown to people; absent if the defence has no strength. */
  readonly measure?: string;
  /** The strengths of a sweep, weakest first; empty if the defence has no strength. */
  readonly strengths: readonly number[];
  /** σ of Gaussian noise that hides as much as the noise added, in the unit of `gradient`; absent if none is. */
  readonly sigma?: (strength: number, gradient: ParameterVector) => number;
  /** What is shared in place of `gradient`, which is not changed. Only noise draws from `random`. */
  readonly apply: (gradient: ParameterVector, strength: number, random: Random) => ParameterVector;
}

/** As in section 5 of the DLG paper: variances from 10⁻⁴ to 10⁻¹, shares from 1 % to 70 %, and two larger shares. */
const VARIANCES = [1e-4, 1e-3, 1e-2, 1e-1];
const SHARES = [0.01, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99];
/** ‖g‖ was between 0.6 and 26 for ten untrained LeNets and images of MNIST. */
const NORMS = [10, 3, 1, 0.3, 0.1];

/** σ of the noise, in units of the norm to which a gradient is clipped. In DP-SGD it is usually about 1. */
const MULTIPLIERS = [1e-3, 1e-2, 1e-1, 1];

const TABLE = {
  none: {
    title: 'no defence',
    about: 'The gradient is shared as it is.',
    strengths: [],
    apply: (gradient) => gradient,
  },
  gaussian: {
    title: 'Gaussian noise',
    about: 'Normally distributed noise is added to every number.',
    measure: 'variance',
    strengths: VARIANCES,
    sigma: Math.sqrt,
    apply: addGaussian,
  },
  laplacian: {
    title: 'Laplacian noise',
    about: 'Laplacian noise, which has longer tails, is added to every number.',
    measure: 'variance',
    strengths: VARIANCES,
    sigma: (variance) => Math.sqrt(variance / 2), // the information of Laplace(0, b) is 1/b², and b² = variance/2
    apply: addLaplacian,
  },
  float32: {
    title: 'float32',
    about: 'Each number is rounded to 24 binary digits, as gradients usually are: no defence.',
    strengths: [],
    apply: toFloat32,
  },
  float16: {
    title: 'float16',
    about: 'Each number is rounded to 11 binary digits and takes 16 bits in all.',
    strengths: [],
    apply: toFloat16,
  },
  bfloat16: {
    title: 'bfloat16',
    about: 'Each number is rounded to 8 binary digits and takes 16 bits in all.',
    strengths: [],
    apply: toBfloat16,
  },
  int8: {
    title: 'int8',
    about: 'Each number is rounded to one of 255 levels of its tensor and takes 8 bits.',
    strengths: [],
    apply: toInt8,
  },
  prune: {
    title: 'pruning',
    about: 'The smallest numbers of each tensor are set to zero.',
    measure: 'share',
    strengths: SHARES,
    apply: prune,
  },
  clip: {
    title: 'clipping',
    about: 'The whole gradient is scaled down until its norm is at most the given one.',
    measure: 'norm',
    strengths: NORMS,
    apply: clip,
  },
  dp: {
    title: 'clipping to 1 and noise',
    about: 'The gradient is clipped to norm 1, and normally distributed noise is added, as in DP-SGD on one image.',
    measure: 'multiplier',
    strengths: MULTIPLIERS,
    sigma: (multiplier, { data }) => multiplier * Math.max(1, norm2(data)),
    apply: clipAndAddNoise,
  },
  sign: {
    title: 'signs',
    about: 'Only the sign of each number is shared, as in signSGD.',
    strengths: [],
    apply: toSigns,
  },
} satisfies Record<string, Defence>;

export type DefenceName = keyof typeof TABLE;

/** Every defence by its name. A new defence is one row of this table. */
export const DEFENCES: Readonly<Record<DefenceName, Defence>> = TABLE;

/** A defence and, if it has one, its strength. */
export interface DefenceSetting {
  readonly defence: DefenceName;
  readonly strength?: number;
}

/** The given defences, each at every strength of its sweep; default: all defences. */
export function defenceSettings(names = Object.keys(DEFENCES) as readonly DefenceName[]): DefenceSetting[] {
  return names.flatMap((defence): DefenceSetting[] => {
    const { strengths } = DEFENCES[defence];
    return strengths.length === 0 ? [{ defence }] : strengths.map((strength) => ({ defence, strength }));
  });
}

/** For example `Gaussian noise, variance 0.01` or `float16`. */
export function defenceTitle({ defence, strength }: DefenceSetting): string {
  const { title, measure } = DEFENCES[defence];
  return measure === undefined ? title : `${title}, ${measure} ${strength}`;
}

/**
 * What a client with this defence shares in place of `gradient`, which is not changed.
 * @param random the noise is drawn from it.
 * @throws {RangeError} if the defence is unknown, its strength is missing or out of range, or one is given to a defence
 *   that has none.
 */
export function defend(gradient: ParameterVector, setting: DefenceSetting, random: Random): ParameterVector {
  const { defence, strength } = setting;
  if (!Object.hasOwn(DEFENCES, defence)) {
    throw new RangeError(`defence: expected ${Object.keys(DEFENCES).join(', ')}, got ${defence}`);
  }
  const { measure, apply } = DEFENCES[defence];
  if (measure === undefined && strength !== undefined) {
    throw new RangeError(`${defence}: expected no strength, got ${strength}`);
  }
  return apply(gradient, strength ?? NaN, random);
}

function expectVariance(name: string, variance: number): void {
  if (variance >= 0 && Number.isFinite(variance)) return;
  throw new RangeError(`${name} variance: expected a number ≥ 0, got ${variance}`);
}

/** A new vector of f(g) for each entry g. */
function entryByEntry(gradient: ParameterVector, f: (g: number) => number): ParameterVector {
  const defended = gradient.like();
  for (let i = 0; i < defended.data.length; i++) defended.data[i] = f(gradient.data[i]);
  return defended;
}

/** A copy in which `change` has changed each tensor in place. */
function tensorByTensor(gradient: ParameterVector, change: (g: Float64Array) => void): ParameterVector {
  const defended = gradient.like(gradient.data.slice());
  for (const { data } of defended.tensors.values()) change(data);
  return defended;
}
