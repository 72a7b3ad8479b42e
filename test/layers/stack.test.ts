/** @file A described network is the one put together by hand. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Activation } from '../../src/nn/activation.ts';
import { Conv2d } from '../../src/nn/conv2d.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Network } from '../../src/nn/network.ts';
import { buildStack } from '../../src/nn/stack.ts';
import { Random } from '../../src/tensor/random.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { checkRangeError } from '../check/errors.ts';

test('buildStack: every layer, its options and defaults, and the activation after it', () => {
  const stack = buildStack([
    { type: 'conv2d', name: 'c', out: 3, kernel: 3, stride: 2, padding: 1, bias: false, activation: 'tanh' },
    { type: 'conv2d', name: 'd', out: 2, kernel: 2 },
    { type: 'linear', name: 'l', out: 5, activation: 'sigmoid' },
    { type: 'linear', name: 'm', out: 4, bias: false },
  ], [2, 7, 6]);
  const hand = new Network(() => [
    { name: 'c', layer: new Conv2d({ inShape: [2, 7, 6], out: 3, kernel: 3, stride: 2, padding: 1, bias: false }) },
    { name: 'f', layer: new Activation('tanh', [3, 4, 3]) },
    { name: 'd', layer: new Conv2d({ inShape: [3, 4, 3], out: 2, kernel: 2, stride: 1, padding: 0, bias: true }) },
    { name: 'l', layer: new Linear({ inShape: [2, 3, 2], outShape: [5], bias: true }) },
    { name: 'g', layer: new Activation('sigmoid', [5]) },
    { name: 'm', layer: new Linear({ inShape: [5], outShape: [4], bias: false }) },
  ]);
  assert.equal([...stack.theta.tensors.keys()], ['c.weight', 'd.weight', 'd.bias', 'l.weight', 'l.bias', 'm.weight']);
  new Random(1).fillNormal(stack.theta.data);
  hand.theta.data.set(stack.theta.data);
  const x = zeros([2, 7, 6]);
  new Random(2).fillNormal(x.data);
  assert.equal(stack.logits(x).data, hand.logits(x).data);
});

test('buildStack: layers that do not fit one another are refused', () => {
  checkRangeError(() => buildStack([{ type: 'conv2d', name: 'c', out: 2, kernel: 9 }], [1, 4, 4]), /^Conv2d: expected an image of at least 9 pixels a side/);
  checkRangeError(() => buildStack([], [1, 4, 4]), /^layers: expected at least one, got none$/);
});

test.run();
