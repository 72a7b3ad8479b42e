/**
 * @file Whether reconstructed pixels lie in [0, 1], as those of pictures do before a client normalises them.
 */
import { Normalize } from '../layers/normalize.ts';
import type { Network } from '../nn/network.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { argmax, argmin } from '../tensor/vector.ts';
import { short } from './last-layer-report.ts';

/** A pixel may leave [0, 1] by this much, and a few may by any amount: those that the gradient hardly determines. */
const MARGIN = 0.05, FEW = 0.01;

/** A note on images that are the client's, if their pixels leave [0, 1]. */
export function pixelNotes({ layers }: Network, { data }: Tensor): string[] {
  const outside = data.filter((pixel) => pixel < -MARGIN || pixel > 1 + MARGIN).length;
  if (outside <= FEW * data.length) return [];
  const other = layers.parts.some(({ layer }) => layer instanceof Normalize) ? ' with another mean and std' : '';
  return [`the pixels range from ${short(data[argmin(data)])} to ${short(data[argmax(data)])}, not from 0 to 1: the ` +
    `client probably normalises its input${other}; give --mean and --std to see the picture`];
}
