/** @file `idlg/nn`: the layers of the paper's network, in plain loops, and the network. */
export * from '../nn/activation.ts';
export * from '../nn/conv2d.ts';
export * from '../nn/flatten.ts';
export * from '../nn/layer.ts';
export * from '../nn/lenet.ts';
export * from '../nn/linear.ts';
export * from '../nn/network.ts';
export * from '../nn/parameters.ts';
export * from '../nn/sequence.ts';
export * from '../nn/softmax-cross-entropy.ts';
