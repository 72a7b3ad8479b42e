/** @file Test of the tester: `checkFourPasses` catches a layer any of whose results is wrong by 0.1 %. */
import { test } from '../check/test.ts';
import { Activation } from '../../src/nn/activation.ts';
import { Conv2d } from '../../src/nn/conv2d.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Sequence } from '../../src/nn/sequence.ts';
import { testerCatches } from './tester.ts';

testerCatches('linear', () => new Linear({ inShape: [3, 4], out: 5 }));
testerCatches('conv2d', () => new Conv2d({ inShape: [2, 2, 4, 5], out: 3, kernel: 3, stride: 2, padding: 1 }));
testerCatches('sigmoid', () => new Activation('sigmoid', [1, 7]));
testerCatches('sequence', () => new Sequence([
  { name: 'fc.0', layer: new Linear({ inShape: [2, 3], out: 4 }) },
  { name: 'fc.1', layer: new Activation('tanh', [2, 4]) },
]));

test.run();
