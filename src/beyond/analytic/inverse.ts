/**
 * @file The inverse of an activation, x = f⁻¹(y).
 *
 *   f          f⁻¹(y)                               range of f
 *   sigmoid    ln(y / (1 − y))                      (0, 1)
 *   tanh       artanh y = ½ ln((1 + y) / (1 − y))   (−1, 1)
 *
 * Those of other activations are in layers/activations.ts. ReLU has no inverse: it maps every x ≤ 0 to 0.
 */
import { activationLayer, ALL_ACTIVATIONS, traitsOf, type OtherActivation } from '../../layers/activations.ts';
import { Activation, ACTIVATIONS, type ActivationName } from '../../nn/activation.ts';
import { log } from '../../tensor/elementary.ts';
import type { Tensor } from '../../tensor/tensor.ts';

interface Inverse {
  readonly at: (y: number) => number;
  /** The open interval of f's values. */
  readonly range: readonly [low: number, high: number];
}

const INVERSES: { readonly [f in ActivationName]?: Inverse } = {
  sigmoid: { at: (y) => log(y / (1 - y)), range: [0, 1] },
  tanh: { at: artanh, range: [-1, 1] },
};

/** The activations of src/nn that have an inverse: sigmoid, tanh. */
export const INVERTIBLE_ACTIVATIONS: readonly ActivationName[] = ACTIVATIONS.filter((f) => INVERSES[f]);

/** A layer y = f(x). */
export type AnyActivation = Activation | OtherActivation;

function inverse(layer: AnyActivation): Inverse | undefined {
  if (layer instanceof Activation) return INVERSES[layer.f];
  const { f, rule } = layer;
  return rule.inverse && { at: rule.inverse, range: traitsOf(f).range };
}

/** Why there is no inverse; undefined if there is one. */
export function whyNotInvertible(layer: AnyActivation): string | undefined {
  if (inverse(layer)) return undefined;
  const names = ALL_ACTIVATIONS.filter((f) => inverse(activationLayer(f, { inShape: [1] }))).join(', ');
  const why = layer.f === 'relu' ? 'it maps every x ≤ 0 to 0' : 'it maps two x to the same y';
  return `activation: expected one that has an inverse (${names}), got ${layer.f}: ${why}`;
}

/**
 * x = f⁻¹(y), a new tensor. A y outside f's range, or closer to its ends than the y's margin, is first moved inside by
 * that margin.
 * @throws {RangeError} if f has no inverse.
 */
export function inverseOf(layer: AnyActivation, y: Tensor, margins: Float64Array): Tensor {
  const found = inverse(layer);
  if (!found) throw new RangeError(whyNotInvertible(layer));
  const { at, range: [low, high] } = found;
  const x = y.data.map((value, i) => at(Math.min(Math.max(value, low + margins[i]), high - margins[i])));
  return { shape: y.shape, data: x };
}

/**
 * ½ ln((1 + y) / (1 − y)) = ½ ln(1 + u), with u = 2|y| / (1 − |y|) and the sign of y. For v, the rounded 1 + u, the
 * quotient ln v / (v − 1) makes up for the rounding.
 *
 * Source: D. Goldberg, "What every computer scientist should know about floating-point arithmetic", ACM Computing
 * Surveys 23 (1991), Theorem 4.
 */
export function artanh(y: number): number {
  const size = Math.abs(y), u = (2 * size) / (1 - size), v = 1 + u;
  const twice = v === 1 ? u : v === Infinity ? v : (log(v) * u) / (v - 1);
  return y < 0 ? -0.5 * twice : 0.5 * twice;
}
