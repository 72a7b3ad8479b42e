/** @file PyTorch's ℓ, ∂ℓ/∂θ, H v and L_G for the networks of networks.json.gz whose layers can all be described. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { accelerate } from '../../src/kernels/accelerate.ts';
import { loadParameters } from '../../src/layers/load-parameters.ts';
import { buildStack, type LayerDescription } from '../../src/layers/stack.ts';
import { labelsOf } from '../../src/nn/network.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { networkFixtures, type Module } from '../check/fixtures.ts';

const TOLERANCE = 1e-11;

/** How a module of torch.nn is described; undefined if it cannot be. */
function describe(module: Module): LayerDescription | undefined {
  const { kernel_size: kernel, stride, padding, bias, out_channels, out_features } = module as Record<string, any>;
  switch (module.type) {
    case 'Conv2d': return { type: 'conv2d', out: out_channels, kernel, stride, padding, bias };
    case 'Linear': return { type: 'linear', out: out_features, bias };
    case 'MaxPool2d': return { type: 'maxpool2d', kernel, stride, padding };
    case 'Flatten': return { type: 'flatten' };
    case 'ReLU': return { type: 'relu' };
    default: return undefined;
  }
}

const names: string[] = [];
for (const fixture of networkFixtures()) {
  const { modules, x, target, hvp, dummy } = fixture, layers = modules.map(describe), [batch, ...imageShape] = x.shape;
  if (!layers.every((layer) => layer !== undefined)) continue;
  names.push(fixture.name);
  for (const kernels of ['plain', 'fast']) {
    test(`${fixture.name}, ${kernels}: ℓ, ∂ℓ/∂θ, H v and L_G as PyTorch's`, () => {
      const plain = buildStack(layers, imageShape).withBatch(batch);
      const network = kernels === 'fast' ? accelerate(plain) : plain;
      const load = (tensors: Readonly<Record<string, Tensor>>, into = network.theta.like()): ParameterVector =>
        loadParameters(into, new Map(Object.entries(tensors)));
      load(fixture.parameters, network.theta);
      const v = load(hvp.direction), gradient = load(fixture.gradients);
      const t = labelsOf([...target.data], network.classes), grad = network.theta.like(), rGrad = network.theta.like();
      checkClose('ℓ', [network.forward(x, t)], [fixture.loss], TOLERANCE);
      network.backward(grad);
      checkClose('∂ℓ/∂θ', grad.data, gradient.data, TOLERANCE);
      checkClose('R{∂ℓ/∂x}', network.rBackward(network.rForward(v), v, rGrad).data, hvp.wrtX.data, TOLERANCE);
      checkClose('H v', rGrad.data, load(hvp.wrtParameters).data, TOLERANCE);
      const { objective, gradX } = new GradientMatching(network, gradient).evaluate(dummy.x, t);
      checkClose('L_G', [objective], [dummy.objective], TOLERANCE);
      checkClose('∂L_G/∂x′', gradX.data, dummy.gradX.data, TOLERANCE);
    });
  }
}

test('networks: those with pooling and those of linear layers can be described', () => {
  if (process.env.FIXTURES) return; // may hold others
  assert.equal(names, ['60-minute blitz, small', "FedAvg's, small, batch of 3", 'multilayer perceptron']);
});

test.run();
