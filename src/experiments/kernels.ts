/**
 * @file Which implementation of the layers a command computes with: the fast kernels, or the paper's plain loops.
 */
import { accelerate } from '../kernels/accelerate.ts';
import * as elementary from '../kernels/elementary.ts';
import type { Network } from '../nn/network.ts';
import { useElementary } from '../tensor/elementary.ts';
import type { Options, OptionTable } from './options.ts';

/** Both compute with the elementary functions whose bits are the same on every engine. */
const TABLE = {
  plain: (network: Network): Network => (useElementary(elementary), network),
  fast: accelerate,
} satisfies Record<string, (network: Network) => Network>;

export type Kernels = keyof typeof TABLE;
export const KERNELS = Object.keys(TABLE) as readonly Kernels[];
export const DEFAULT_KERNELS: Kernels = 'fast';

export const KERNELS_OPTION: OptionTable = {
  kernels: { choices: KERNELS, about: `plain loops or fast kernels, which agree up to rounding [${DEFAULT_KERNELS}]` },
};

/** What --kernels says. */
export const readKernels = (options: Options): Kernels => options.choice('kernels', KERNELS, DEFAULT_KERNELS);

/** The same network, over the same θ, with these kernels. */
export const withKernels = (network: Network, kernels: Kernels): Network => TABLE[kernels](network);
