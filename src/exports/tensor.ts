/** @file `idlg/tensor`: tensors, vectors, matrix products and random numbers. */
export * from '../tensor/elementary.ts';
export * from '../tensor/matmul.ts';
export * from '../tensor/random.ts';
export * from '../tensor/tensor.ts';
export * from '../tensor/vector.ts';
