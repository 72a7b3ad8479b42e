/**
 * @file How well an attack can do under noise: the bounds of bound.ts at an image, as numbers and in words.
 */
import { bound, estimateBound, NoisyJacobian, WithPrior } from '../beyond/prior/bound.ts';
import { Jacobian } from '../beyond/prior/jacobian.ts';
import { totalVariation } from '../beyond/prior/total-variation.ts';
import { labelsOf, type Network } from '../nn/network.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { scientific } from './display.ts';

/** The least MSE on average: without bias, with the standard error; and approximately, of an attack with a prior. */
export interface NoiseBound {
  readonly unbiased: number;
  readonly standardError: number;
  readonly prior: number;
}

/** With more pixels than this, a bound takes minutes. */
const MOST_PIXELS = 4096;

/** `unbiased` alone. */
export function unbiasedBound(
  network: Network, x: Tensor, labels: readonly number[], sigma: number, withheld: readonly string[] = [],
): number | undefined {
  if (x.data.length > MOST_PIXELS) return undefined;
  return bound(informationOf(network, x, labels, sigma, withheld), randomFor(x)).mse;
}

/**
 * The bounds at images x [batch, channels, height, width] with these labels, under noise of `sigma` in every number of
 * the gradient; undefined if there are more than 4,096 pixels. The prior is that of total variation, with the weight
 * at which it expects as much variation as the images have.
 */
export function noiseBound(
  network: Network, x: Tensor, labels: readonly number[], sigma: number, withheld: readonly string[] = [],
): NoiseBound | undefined {
  const n = x.data.length;
  if (n > MOST_PIXELS) return undefined;
  const B = informationOf(network, x, labels, sigma, withheld);
  const weight = n / Math.max(1, totalVariation(x, 0, new Float64Array(n))); // a constant image has no variation
  const prior = estimateBound(new WithPrior(B, x.shape, weight), randomFor(x)); // which takes few steps
  const { mse: unbiased, standardError } = bound(B, randomFor(x));
  return { unbiased, standardError, prior: prior.mse };
}

const randomFor = ({ data }: Tensor): Random => new Random(0, STREAMS.noise, data.length);

function informationOf(
  network: Network, x: Tensor, labels: readonly number[], sigma: number, withheld: readonly string[],
): NoisyJacobian {
  const own = network.withBatch(labels.length);
  return new NoisyJacobian(new Jacobian(own, x, labelsOf(labels, own.classes), withheld), sigma);
}

/** One sentence. */
export const boundInWords = ({ unbiased, standardError, prior }: NoiseBound): string =>
  'under Gaussian noise of this size, the MSE of an unbiased attack is on average at least ' +
  `${scientific(unbiased)}${standardError > 0 ? ` ± ${scientific(standardError)}` : ''}, near the image found; an ` +
  `attack that expects smooth pictures may get below that, to about ${scientific(prior)}`;
