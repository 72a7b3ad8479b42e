/**
 * @file The fast layers satisfy what the plain ones do: laws, four passes, PyTorch's values; with the tester.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { accelerate, fastLayer } from '../../src/kernels/accelerate.ts';
import { FastActivation } from '../../src/kernels/activation.ts';
import { FastConv2d } from '../../src/kernels/conv2d.ts';
import { FastLinear } from '../../src/kernels/linear.ts';
import { gradientMatchingLaws } from '../attack/gradient-matching-laws.ts';
import { activationLaws } from '../nn/activation-laws.ts';
import { conv2dLaws } from '../nn/conv2d-laws.ts';
import { hessianLaws } from '../nn/hessian-laws.ts';
import { linearLaws } from '../nn/linear-laws.ts';
import { plainLayer, pytorchLayerTests } from '../nn/pytorch-layers.ts';
import { pytorchLeNetTests } from '../nn/pytorch-lenet.ts';
import { testerCatches } from '../nn/tester.ts';

activationLaws('fast activation', (f, shape) => new FastActivation(f, shape));
conv2dLaws('fast convolution', (options) => new FastConv2d(options));
linearLaws('fast linear', (options) => new FastLinear(options));
hessianLaws('fast network', accelerate);
gradientMatchingLaws('fast', accelerate);
pytorchLeNetTests('fast', accelerate);

const types = pytorchLayerTests('fast', (module, inShape) => {
  const layer = plainLayer(module, inShape);
  return layer && fastLayer(layer);
});

test('fast: every layer that has a twin has a case of PyTorch', () => {
  if (process.env.FIXTURES) return; // may hold fewer
  for (const type of ['Linear', 'Conv2d', 'Sigmoid', 'Tanh', 'ReLU']) assert.ok(types.has(type), type);
});

testerCatches('fast linear', () => new FastLinear({ inShape: [3, 4], out: 5 }));
testerCatches('fast conv2d', () => new FastConv2d({ inShape: [2, 2, 4, 5], out: 3, kernel: 3, stride: 2, padding: 1 }));
testerCatches('fast sigmoid', () => new FastActivation('sigmoid', [1, 7]));

test.run();
