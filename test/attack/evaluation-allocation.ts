/** @file Prints, as JSON, what one evaluation of a LeNet for images of 8×8 pixels allocates. */
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { labelsOf } from '../../src/nn/network.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { allocationOf } from '../optim/heap.ts';

const network = lenet({ channels: 1, height: 8, width: 8, classes: 10, seed: 1 });
const matching = new GradientMatching(network, network.gradient(zeros(network.imageShape), 3));
const x = zeros(network.layers.inShape), t = labelsOf([3], 10);
x.data.fill(0.3);
console.log(JSON.stringify({ evaluation: allocationOf(() => matching.evaluate(x, t), 200) }));
