/** @file PyTorch's four passes of linear layers, convolutions without dilation or groups, and activations. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { plainLayer, pytorchLayerTests } from './pytorch-layers.ts';

const types = pytorchLayerTests('plain', plainLayer);

test('plain: every layer of src/nn has a case', () => {
  if (process.env.FIXTURES) return; // may hold fewer
  for (const type of ['Linear', 'Conv2d', 'Sigmoid', 'Tanh', 'ReLU']) assert.ok(types.has(type), type);
});

test.run();
