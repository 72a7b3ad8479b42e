/** @file `idlg/layers`: layers that LeNet does not have, networks from descriptions and from checkpoints. */
export * from '../layers/activations.ts';
export * from '../layers/average-pool2d.ts';
export * from '../layers/batch-norm2d.ts';
export * from '../layers/checkpoint.ts';
export * from '../layers/dropout.ts';
export * from '../layers/load-parameters.ts';
export * from '../layers/max-pool2d.ts';
export * from '../layers/normalize.ts';
export * from '../layers/pool-windows.ts';
export * from '../layers/residual.ts';
export * from '../layers/self-attention.ts';
export * from '../layers/stack.ts';
export * from '../layers/tied-sequence.ts';
