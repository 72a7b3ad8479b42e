/** @file The paper's LeNet with the fast kernels, unless the plain ones are asked for: the `lenet` of 'idlg'. */
import { lenet as plainLenet, type LeNetOptions as PlainOptions } from '../nn/lenet.ts';
import type { Network } from '../nn/network.ts';
import { accelerate } from './accelerate.ts';

export interface LeNetOptions extends PlainOptions {
  readonly kernels?: 'fast' | 'plain'; // `plain`: the loops of src/nn; default: fast
}

/** @throws {RangeError} if a size is not a positive integer, or the seed or the activation is not valid. */
export function lenet({ kernels = 'fast', ...options }: LeNetOptions): Network {
  const network = plainLenet(options);
  return kernels === 'plain' ? network : accelerate(network);
}
