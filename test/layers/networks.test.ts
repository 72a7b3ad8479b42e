/** @file PyTorch's ℓ, ∂ℓ/∂θ, H v, L_G and 1 − cosine for the networks of networks.json.gz whose layers can all be described. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { GradientMatching } from '../../src/attack/gradient-matching.ts';
import { withCosine } from '../../src/beyond/prior/cosine.ts';
import { accelerate } from '../../src/kernels/accelerate.ts';
import { loadParameters } from '../../src/layers/load-parameters.ts';
import { buildStack, type LayerDescription } from '../../src/layers/stack.ts';
import { labelsOf } from '../../src/nn/network.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { networkFixtures, type Module } from '../check/fixtures.ts';

const TOLERANCE = 1e-11;

type Tensors = Readonly<Record<string, Tensor>>;

/**
 * How modules of torch.nn are described; undefined for one that cannot be. `prefix` begins the names of their buffers,
 * which belong to eval mode. A map before global average pooling has a side of 4 in all these networks.
 */
function describeAll(
  modules: readonly Module[], buffers: Tensors | undefined, prefix = '',
): (LayerDescription | undefined)[] {
  return modules.map((module, k) => describe(module, buffers, `${prefix}${k}.`));
}

function describe(module: Module, buffers: Tensors | undefined, name: string): LayerDescription | undefined {
  const { kernel_size: kernel, stride, padding, bias, out_channels, out_features } = module as Record<string, any>;
  switch (module.type) {
    case 'AvgPool2d': return { type: 'averagepool2d', kernel, stride, padding };
    case 'AdaptiveAvgPool2d': return { type: 'averagepool2d', kernel: 4 };
    case 'Sigmoid': return { type: 'sigmoid' };
    case 'BatchNorm2d': {
      const [mean, variance] = ['running_mean', 'running_var'].map((buffer) => buffers?.[name + buffer]);
      return mean && variance ? { type: 'batchnorm2d', running: { mean, variance } } : { type: 'batchnorm2d' };
    }
    case 'Residual': {
      const [branch, shortcut] = ['branch', 'shortcut'].map((path) =>
        module[path] && describeAll(module[path] as Module[], buffers, `${name}${path}.`)) as LayerDescription[][];
      return [...branch, ...shortcut ?? []].includes(undefined as never) ? undefined
        : { type: 'residual', branch, ...(shortcut && { shortcut }) };
    }
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
  const { modules, x, target, hvp, dummy, mode, buffers } = fixture, [batch, ...imageShape] = x.shape;
  const layers = describeAll(modules, mode === 'eval' ? buffers : undefined);
  if (!layers.every((layer) => layer !== undefined)) continue;
  names.push(fixture.name);
  for (const kernels of ['plain', 'fast']) {
    test(`${fixture.name}, ${kernels}: ℓ, ∂ℓ/∂θ, H v, L_G and the cosine as PyTorch's`, () => {
      const plain = buildStack(layers, imageShape).withBatch(batch);
      const network = kernels === 'fast' ? accelerate(plain) : plain;
      const load = (tensors: Tensors, into = network.theta.like()): ParameterVector =>
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
      const cosine = new GradientMatching(withCosine(network), gradient).evaluate(dummy.x, t);
      checkClose('1 − cosine', [cosine.objective], [dummy.cosine], TOLERANCE);
      checkClose('∂(1 − cosine)/∂x′', cosine.gradX.data, dummy.gradXOfCosine.data, TOLERANCE);
    });
  }
}

test('networks: all but the transformers can be described', () => {
  if (process.env.FIXTURES) return; // may hold others
  assert.equal(names, [
    '60-minute blitz, small', "FedAvg's, small, batch of 3", 'residual, batch norm in eval',
    'residual, batch norm in train, sigmoid', 'multilayer perceptron',
  ]);
});

test.run();
