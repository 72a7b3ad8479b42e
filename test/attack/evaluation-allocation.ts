/** @file Prints, as JSON, what one evaluation of MNIST's LeNet allocates. */
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { oneHot } from '../../src/nn/softmax-cross-entropy.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { allocationOf } from '../optim/heap.ts';

const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 1 });
const matching = new GradientMatching(network, network.gradient(zeros(network.inShape), 3));
const x = new Float64Array(matching.xSize).fill(0.3), t = oneHot(3, 10);
const gradX = new Float64Array(matching.xSize), gradT = new Float64Array(matching.tSize);
console.log(JSON.stringify({ evaluation: allocationOf(() => matching.evaluate(x, t, gradX, gradT), 300) }));
