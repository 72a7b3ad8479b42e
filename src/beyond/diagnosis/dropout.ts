/**
 * @file Dropout before the last layer, read off one image's gradient. By Eq. (3) ∂W = g aᵀ, so a column of ∂W is 0
 * where a is. With the mask m of the inputs that were not dropped,
 *
 *   a  = m ⊙ f(z) / (1 − p)
 *   ∂b = Σ m ⊙ f′(z) ⊙ (Wᵀg) / (1 − p)        of the layer before, if it has a bias; the sum is over a map's pixels
 *
 * All on the right is known but p, because f′ is f (1 − f) for a sigmoid, 1 − f² for tanh and 1 for a ReLU that is not
 * 0, and f = (1 − p) a. So p is that multiple of 0.05 for which the second equation holds best; if that is 0, there was
 * no dropout; and if it holds for a ReLU instead of the activation described, the zeros are a ReLU's. Without such a
 * bias, sigmoid and tanh still show dropout, because they are 0 nowhere and stay below 1:
 *
 *   p > 1 − 1 / max |a|,   E[share of zeros] = p
 *
 * An image of black pixels, passed through the network, shows whether its own f is 0 somewhere, as tanh is without
 * biases; then only an a above 1 counts.
 */
import { lastLayer, type LastLayer } from '../../attack/extract-label.ts';
import type { AnyActivationName } from '../../layers/activations.ts';
import type { Network } from '../../nn/network.ts';
import type { ParameterVector } from '../../nn/parameters.ts';
import { rowsOf, zeros, type Tensor } from '../../tensor/tensor.ts';
import { argmin, axpy, norm2, normInf } from '../../tensor/vector.ts';
import { lastInput } from '../analytic/last-input.ts';

export interface FoundDropout {
  readonly p: number;
  /** Which inputs of the last layer were not dropped [features]. */
  readonly mask: readonly boolean[];
  /** Whether p follows from the gradient of the layer before; if not, it is the rate nearest to the share of zeros. */
  readonly isExact: boolean;
}

const RATES = Array.from({ length: 19 }, (_, k) => (k + 1) / 20);
/** How far ∂b may be from its right side, relative to its length. */
const FIT = 1e-3;
/** More of a above 1 than rounding leaves. */
const SLACK = 1e-3;
/** Fewer zeros than this share are no dropout. */
const LEAST_SHARE = 0.01;

/** f′ by f ≠ 0. */
const SLOPES: { readonly [f in AnyActivationName]?: (f: number) => number } = {
  sigmoid: (f) => f * (1 - f), tanh: (f) => 1 - f * f, relu: () => 1,
};
/** Those that are 0 nowhere and stay below 1. */
const BOUNDED: readonly (AnyActivationName | undefined)[] = ['sigmoid', 'tanh'];

/**
 * Which inputs of the last layer are 0 in all images [features], by the columns of ∂W; undefined if too few are for
 * dropout, or the network gives zeros by itself.
 */
export function zeroInputs(
  network: Network, { weight }: LastLayer, activation: AnyActivationName | undefined,
): readonly boolean[] | undefined {
  const isZero = zeroColumns(weight);
  return BOUNDED.includes(activation) && isShare(isZero) && !isShare(ownZeros(network)) ? isZero : undefined;
}

/**
 * The dropout that one image's gradient shows, if the last layer has a bias.
 * @param activation that before the last layer.
 * @param described the rate p, if it is known that there may have been dropout; then zeros need no other explanation.
 */
export function findDropout(
  network: Network, gradient: ParameterVector, activation: AnyActivationName | undefined, described: number | undefined,
): FoundDropout | undefined {
  const shared = lastLayer(gradient), { weight } = lastLayer(network.theta), isZero = zeroColumns(shared.weight);
  if (!shared.bias || normInf(shared.bias.data) === 0 || !isShare(isZero) || isZero.every(Boolean)) return undefined;
  const { a, g } = lastInput(shared, { weight }, argmin(shared.bias.data)), mask = isZero.map((zero) => !zero);
  const bias = biasBefore(gradient);
  const errorsOf = (f: AnyActivationName): number[] => {
    const slope = SLOPES[f];
    return [0, ...RATES].map((p) => (bias && slope ? biasError(bias, weight, a, g, p, slope) : Infinity));
  };
  const errors = activation ? errorsOf(activation) : [Infinity];
  const best = argmin(Float64Array.from(errors)), isExact = errors[best] < FIT;
  if (isExact && best === 0) return undefined;
  if (described !== undefined) return { p: described, mask, isExact: true };
  if (isExact) return { p: RATES[best - 1], mask, isExact };
  if (Math.min(...errorsOf('relu')) < FIT) return undefined;
  const largest = normInf(a), share = isZero.filter(Boolean).length / a.length;
  if (!BOUNDED.includes(activation) || (largest <= 1 + SLACK && isShare(ownZeros(network)))) return undefined;
  const rates = RATES.filter((p) => largest * (1 - p) <= 1 + SLACK);
  if (rates.length === 0) return undefined;
  return { p: rates[argmin(Float64Array.from(rates, (p) => Math.abs(p - share)))], mask, isExact: false };
}

const isShare = (isZero: readonly boolean[]): boolean =>
  isZero.filter(Boolean).length > LEAST_SHARE * isZero.length;

function zeroColumns(weight: Tensor): boolean[] {
  const sums = new Float64Array(weight.shape[1]);
  for (const row of rowsOf(weight)) row.forEach((value, h) => (sums[h] += Math.abs(value)));
  return Array.from(sums, (sum) => sum === 0);
}

/** Which inputs of its last layer the network itself makes 0, of an image of black pixels. */
const ownZeros = (network: Network): boolean[] =>
  zeroColumns(lastLayer(network.gradient(zeros(network.imageShape), 0)).weight);

/** ∂b of the layer before the last, if it has a bias. */
function biasBefore({ tensors }: ParameterVector): Float64Array | undefined {
  const names = [...tensors.keys()], name = names.findLast((key) => key.endsWith('.weight'))!;
  const before = names[names.indexOf(name) - 1];
  return before?.endsWith('.bias') ? tensors.get(before)!.data : undefined;
}

/** How far ∂b is from its right side, relative to its length; Infinity if the maps do not have the sizes of ∂b. */
function biasError(
  bias: Float64Array, W: Tensor, a: Float64Array, g: Float64Array, p: number, slope: (f: number) => number,
): number {
  const pixels = a.length / bias.length, gradA = new Float64Array(a.length);
  if (!Number.isInteger(pixels)) return Infinity;
  rowsOf(W).forEach((row, i) => axpy(g[i], row, gradA));
  const expected = new Float64Array(bias.length);
  a.forEach((value, h) => {
    if (value !== 0) expected[Math.floor(h / pixels)] += (slope((1 - p) * value) * gradA[h]) / (1 - p);
  });
  return norm2(expected.map((value, o) => value - bias[o])) / norm2(bias);
}
