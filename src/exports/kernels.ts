/** @file `idlg/kernels`: the fast twins of the plain layers, and what chooses them. */
export { accelerate, fastLayer } from '../kernels/accelerate.ts';
export { FastActivation } from '../kernels/activation.ts';
export { FastConv2d } from '../kernels/conv2d.ts';
export { FastLinear } from '../kernels/linear.ts';
