/** @file PyTorch's four passes of single layers: the cases of layers.json.gz that a set of layers can do. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { loadParameters } from '../../src/layers/load-parameters.ts';
import { Activation } from '../../src/nn/activation.ts';
import { Conv2d } from '../../src/nn/conv2d.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { Linear } from '../../src/nn/linear.ts';
import type { ParameterVector } from '../../src/nn/parameters.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { layerFixtures, type LayerFixture, type Module } from '../check/fixtures.ts';
import { parametersOf } from './four-passes.ts';

const TOLERANCE = 1e-12;

/** The layer of a module of torch.nn, for inputs of this shape; undefined if there is none. */
export type BuildLayer = (module: Module, inShape: readonly number[]) => Layer | undefined;

/** The layers of src/nn. */
export const plainLayer: BuildLayer = (module, inShape) => {
  const { bias = true } = module as { bias?: boolean };
  switch (module.type) {
    case 'Linear':
      return new Linear({ inShape, out: Number(module.out_features), bias });
    case 'Conv2d': {
      const { out_channels, kernel_size, stride = 1, padding = 0, dilation = 1, groups = 1 } = module;
      if (dilation !== 1 || groups !== 1) return undefined;
      const [out, kernel, s, p] = [out_channels, kernel_size, stride, padding].map(Number);
      return new Conv2d({ inShape, out, kernel, stride: s, padding: p, bias });
    }
    case 'Sigmoid':
      return new Activation('sigmoid', inShape);
    case 'Tanh':
      return new Activation('tanh', inShape);
    case 'ReLU':
      return new Activation('relu', inShape);
    default:
      return undefined;
  }
};

/** One test per case that `build` can do; `title` begins its name. Returns the types that there were. */
export function pytorchLayerTests(title: string, build: BuildLayer): Set<string> {
  const types = new Set<string>();
  for (const fixture of layerFixtures()) {
    const { name, module, x } = fixture, layer = build(module, x.shape);
    if (!layer) continue;
    types.add(module.type);
    test(`${title}: PyTorch's four passes of ${name}`, () => checkPytorchPasses(layer, fixture));
  }
  return types;
}

/** Throws unless the layer's passes are PyTorch's. */
export function checkPytorchPasses(layer: Layer, fixture: LayerFixture): void {
  const theta = parametersOf(layer), grad = theta.like(), rGrad = theta.like();
  const named = (tensors: Readonly<Record<string, Tensor>>): ParameterVector =>
    loadParameters(theta.like(), new Map(Object.entries(tensors)));
  const p = named(fixture.parameters).tree, rP = named(fixture.rParameters).tree;
  assert.equal(layer.outShape, fixture.y.shape, 'shape of y');
  checkClose('y', layer.forward(fixture.x, p).data, fixture.y.data, TOLERANCE);
  checkClose('∂x', layer.backward(fixture.gradY, p, grad.tree).data, fixture.gradX.data, TOLERANCE);
  checkClose('R{y}', layer.rForward(fixture.rX, p, rP).data, fixture.rY.data, TOLERANCE);
  checkClose('R{∂x}', layer.rBackward(fixture.rGradY, p, rP, rGrad.tree).data, fixture.rGradX.data, TOLERANCE);
  // All parameters at once: where the derivative along one is 0, PyTorch has rounding errors.
  checkClose('∂θ', grad.data, named(fixture.gradParameters).data, TOLERANCE);
  checkClose('R{∂θ}', rGrad.data, named(fixture.rGradParameters).data, TOLERANCE);
}
