/**
 * @file What a client may do to its gradient g = ∇W before it shares it, and what it then shares instead.
 *
 *   none         g
 *   gaussian     g + N(0, v)                      v the variance
 *   laplacian    g + Laplace(0, √(v/2))           v the variance: that of Laplace(0, b) is 2b²
 *   float32      each entry rounded to IEEE 754's binary32, which gradients are mostly shared in: no defence
 *   float16      each entry rounded to IEEE 754's binary16: ±∞ from ±65520 on, as that standard has it
 *   bfloat16     each entry rounded to the upper half of a float32
 *   int8         s · round(g/s), s = max|g| / 127 in each tensor: at most 255 numbers, −127s to 127s
 *   prune        0 for the share of each tensor's entries that are smallest in size, of equals the first
 *   clip         g · min(1, C/‖g‖)                ‖g‖ over the whole gradient
 *
 * The formats round to the nearest, of two to the even one. A tensor is a layer's weights or its biases, by the names
 * of a checkpoint: int8's scale goes with a tensor, as in PyTorch, and Deep Gradient Compression prunes per tensor, so
 * that no layer, and no bias, is lost as a whole. The paper on DLG does not say what its shares are of.
 *
 * Sources: L. Zhu, Z. Liu and S. Han, "Deep Leakage from Gradients" (2019), section 5, for all but the last; Y. Lin et
 * al., "Deep Gradient Compression" (ICLR 2018), and its code, dgc/compression.py; M. Abadi et al., "Deep Learning with
 * Differential Privacy" (CCS 2016), Algorithm 1, whose clipping and noise are `clip` and `gaussian`.
 */
import type { ParameterVector } from '../nn/parameters.ts';
import { nearestMultiple, roundToBfloat16, roundToFloat16 } from '../tensor/float16.ts';
import type { Random } from '../tensor/random.ts';
import { norm2, normInf } from '../tensor/vector.ts';

/** g + N(0, variance). @throws {RangeError} where the variance is not a number from 0 on; so below. */
export function addGaussian(gradient: ParameterVector, variance: number, random: Random): ParameterVector {
  expectVariance('gaussian', variance);
  const deviation = Math.sqrt(variance);
  return entryByEntry(gradient, (g) => g + deviation * random.normal());
}

/** g + Laplace(0, √(variance/2)) */
export function addLaplacian(gradient: ParameterVector, variance: number, random: Random): ParameterVector {
  expectVariance('laplacian', variance);
  const b = Math.sqrt(variance / 2);
  return entryByEntry(gradient, (g) => g + b * random.laplace());
}

/** Each entry's nearest float32. */
export function toFloat32(gradient: ParameterVector): ParameterVector {
  return entryByEntry(gradient, Math.fround);
}

/** Each entry's nearest float16, ±∞ past the largest. */
export function toFloat16(gradient: ParameterVector): ParameterVector {
  return entryByEntry(gradient, roundToFloat16);
}

/** Each entry's nearest bfloat16. */
export function toBfloat16(gradient: ParameterVector): ParameterVector {
  return entryByEntry(gradient, roundToBfloat16);
}

/** s · round(g/s), s = max|g| / 127 in each tensor. */
export function toInt8(gradient: ParameterVector): ParameterVector {
  return tensorByTensor(gradient, (g) => {
    const max = normInf(g);
    if (max === 0) return;
    // round(g/s)/127 · max and not round(g/s) · s: the largest entry is kept to the last bit, however small it is.
    for (let i = 0; i < g.length; i++) g[i] = (nearestMultiple((127 * g[i]) / max, 1) / 127) * max;
  });
}

/**
 * 0 for the smallest entries of each tensor: round(share · n) of its n, of equals the first.
 * @throws {RangeError} where the share is not in [0, 1].
 */
export function prune(gradient: ParameterVector, share: number): ParameterVector {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`prune share: expected a number from 0 to 1, got ${share}`);
  return tensorByTensor(gradient, (g) => {
    const pruned = Math.round(share * g.length);
    if (pruned === 0) return;
    const sizes = g.map(Math.abs).sort(), last = sizes[pruned - 1];
    // Those below the last one go, and of those as large as many as are left.
    let left = pruned - sizes.indexOf(last);
    for (let i = 0; i < g.length; i++) {
      const size = Math.abs(g[i]);
      if (size < last || (size === last && left-- > 0)) g[i] = 0;
    }
  });
}

/** g · min(1, most/‖g‖). @throws {RangeError} where `most` is not a positive number. */
export function clip(gradient: ParameterVector, most: number): ParameterVector {
  if (!(most > 0)) throw new RangeError(`clip norm: expected a positive number, got ${most}`);
  const factor = Math.min(1, most / norm2(gradient.data));
  return entryByEntry(gradient, (g) => factor * g);
}

export interface Defence {
  /** For a person, as the head of a row. */
  readonly title: string;
  /** What its strength is, for a person; where it has none, nothing is said. */
  readonly measure?: string;
  /** The strengths of a sweep, weakest first; empty where it has none. */
  readonly strengths: readonly number[];
  /** What is shared in place of `gradient`, which is left as it is; a defence without randomness draws nothing. */
  readonly apply: (gradient: ParameterVector, strength: number, random: Random) => ParameterVector;
}

/** As section 5 of the DLG paper has them: variances from 10⁻⁴ to 10⁻¹, shares from 1 % to 70 %. */
const VARIANCES = [1e-4, 1e-3, 1e-2, 1e-1];
const SHARES = [0.01, 0.1, 0.2, 0.3, 0.5, 0.7];
/** Of ten untrained LeNets and images of MNIST, ‖g‖ was from 0.6 to 26. */
const NORMS = [10, 3, 1, 0.3, 0.1];

const TABLE = {
  none: { title: 'no defence', strengths: [], apply: (gradient) => gradient },
  gaussian: { title: 'Gaussian noise', measure: 'variance', strengths: VARIANCES, apply: addGaussian },
  laplacian: { title: 'Laplacian noise', measure: 'variance', strengths: VARIANCES, apply: addLaplacian },
  float32: { title: 'float32', strengths: [], apply: toFloat32 },
  float16: { title: 'float16', strengths: [], apply: toFloat16 },
  bfloat16: { title: 'bfloat16', strengths: [], apply: toBfloat16 },
  int8: { title: 'int8', strengths: [], apply: toInt8 },
  prune: { title: 'pruning', measure: 'share', strengths: SHARES, apply: prune },
  clip: { title: 'clipping', measure: 'norm', strengths: NORMS, apply: clip },
} satisfies Record<string, Defence>;

export type DefenceName = keyof typeof TABLE;

export const DEFENCES: Readonly<Record<DefenceName, Defence>> = TABLE;

/** A defence and, where it has one, its strength. */
export interface DefenceSetting {
  readonly defence: DefenceName;
  readonly strength?: number;
}

/** These defences, all unless said, at each strength of their sweeps. */
export function settings(names = Object.keys(DEFENCES) as readonly DefenceName[]): DefenceSetting[] {
  return names.flatMap((defence): DefenceSetting[] => {
    const { strengths } = DEFENCES[defence];
    return strengths.length === 0 ? [{ defence }] : strengths.map((strength) => ({ defence, strength }));
  });
}

/** `Gaussian noise, variance 0.01`; `float16` */
export function titleOf({ defence, strength }: DefenceSetting): string {
  const { title, measure } = DEFENCES[defence];
  return measure === undefined ? title : `${title}, ${measure} ${strength}`;
}

/**
 * What a client with this defence shares in place of `gradient`, which is left as it is.
 * @param random what noise is drawn from.
 * @throws {RangeError} where there is no such defence, a strength is missing or out of range, or the defence has none.
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

/** The vector of f(g), for each entry g. */
function entryByEntry(gradient: ParameterVector, f: (g: number) => number): ParameterVector {
  const defended = gradient.like(), from = gradient.data, to = defended.data;
  for (let i = 0; i < to.length; i++) to[i] = f(from[i]);
  return defended;
}

/** A copy in which each tensor has been changed in place. */
function tensorByTensor(gradient: ParameterVector, change: (g: Float64Array) => void): ParameterVector {
  const defended = gradient.like(gradient.data.slice());
  for (const { data } of defended.tensors.values()) change(data);
  return defended;
}
