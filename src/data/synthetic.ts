/**
 * @file Two data sets drawn by the project itself, for a machine with no data set at all: no download, and the same
 * bits on every machine. `digits` takes the place of MNIST, `pictures` that of CIFAR-100.
 */
export { digits } from './synthetic/digits.ts';
export { pictures } from './synthetic/pictures.ts';
