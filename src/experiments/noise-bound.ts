/**
 * @file How well an attack can do under noise: the bounds of bound.ts at an image, as numbers and in words.
 */
import { estimateBound, exactBound, NoisyJacobian, WithPrior } from '../beyond/prior/bound.ts';
import { Jacobian } from '../beyond/prior/jacobian.ts';
import { totalVariation } from '../beyond/prior/total-variation.ts';
import { labelsOf, type Network } from '../nn/network.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { scientific } from './display.ts';

/** The least MSE on average: of an unbiased attack; and, approximately, of one with a prior, with its standard error. */
export interface NoiseBound {
  readonly unbiased: number;
  readonly prior: number;
  readonly standardError: number;
}

/** With more pixels than this, the exact bound takes minutes. */
const MOST_PIXELS = 4096;

/** `unbiased` alone. */
export function unbiasedBound(
  network: Network, x: Tensor, labels: readonly number[], sigma: number, withheld: readonly string[] = [],
): number | undefined {
  if (x.data.length > MOST_PIXELS) return undefined;
  return exactBound(informationOf(network, x, labels, sigma, withheld));
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
  const random = new Random(0, STREAMS.noise, n);
  const { mean: prior, standardError } = estimateBound(new WithPrior(B, x.shape, weight), random);
  return { unbiased: exactBound(B), prior, standardError };
}

function informationOf(
  network: Network, x: Tensor, labels: readonly number[], sigma: number, withheld: readonly string[],
): NoisyJacobian {
  const own = network.withBatch(labels.length);
  return new NoisyJacobian(new Jacobian(own, x, labelsOf(labels, own.classes), withheld), sigma);
}

/** One sentence. */
export const boundInWords = ({ unbiased, prior }: NoiseBound): string =>
  `under Gaussian noise of this size, the MSE of an unbiased attack is on average at least ${scientific(unbiased)}, ` +
  `near the image found; an attack that expects smooth pictures may get below that, to about ${scientific(prior)}`;
