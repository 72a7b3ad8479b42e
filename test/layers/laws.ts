/** @file What the test of every layer in src/layers does: PyTorch's values, four passes of random layers, and a tester. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { loadParameters } from '../../src/layers/load-parameters.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { ParameterVector, type ParameterTree } from '../../src/nn/parameters.ts';
import { Random } from '../../src/tensor/random.ts';
import { sizeOf, type Tensor } from '../../src/tensor/tensor.ts';
import { axpy } from '../../src/tensor/vector.ts';
import { checkClose } from '../check/close.ts';
import { layerFixtures, type LayerFixture } from '../check/fixtures.ts';
import { forAll, normals } from '../check/property.ts';
import { checkFourPasses, parametersOf } from '../nn/four-passes.ts';

const TOLERANCE = 1e-12;

/** A test per case of layers.json.gz that is of this type; `create` makes the layer from the arguments of PyTorch's class. */
export function pytorchTests(type: string, create: (fixture: LayerFixture & { readonly module: any }) => Layer): void {
  for (const fixture of layerFixtures().filter(({ module }) => module.type === type)) {
    test(`PyTorch: ${fixture.name}`, () => {
      const { x, gradY, rX, rGradY } = fixture, layer = create(fixture), theta = parametersOf(layer);
      const p = named(theta, fixture.parameters), rP = named(theta, fixture.rParameters), grad = theta.like(), rGrad = theta.like();
      assert.equal(layer.outShape, fixture.y.shape);
      checkClose('y', layer.forward(x, p.tree).data, fixture.y.data, TOLERANCE);
      checkClose('∂x', layer.backward(gradY, p.tree, grad.tree).data, fixture.gradX.data, TOLERANCE);
      checkClose('R{y}', layer.rForward(rX, p.tree, rP.tree).data, fixture.rY.data, TOLERANCE);
      checkClose('R{∂x}', layer.rBackward(rGradY, p.tree, rP.tree, rGrad.tree).data, fixture.rGradX.data, TOLERANCE);
      // All parameters together: where the derivative along one is 0, PyTorch's values are rounding errors.
      checkClose('∂θ', grad.data, named(theta, fixture.gradParameters).data, TOLERANCE);
      checkClose('R{∂θ}', rGrad.data, named(theta, fixture.rGradParameters).data, TOLERANCE);
    });
  }
}

function named(theta: ParameterVector, tensors: Readonly<Record<string, Tensor>>): ParameterVector {
  return loadParameters(theta.like(), new Map(Object.entries(tensors)));
}

/** The four passes of random layers, and whether a result that is wrong by 0.1 % is caught. */
export function fourPassesTests(create: (random: Random) => Layer, cases = 30): void {
  const check = (layer: Layer, random: Random): void =>
    checkFourPasses(`[${layer.inShape}] to [${layer.outShape}]`, layer, normals(random, sizeOf(layer.inShape)), random);
  test('four passes', () => forAll('layers', cases, (random) => check(create(random), random)));
  test('tester: a result that is wrong by 0.1 % is caught', () => {
    const checkSpoilt = (wrong: string): void => {
      const random = new Random(1);
      check(spoilt(create(random), wrong), random);
    };
    checkSpoilt('none');
    for (const wrong of resultsOf(create(new Random(1)))) {
      assert.throws(() => checkSpoilt(wrong), /got .* expected .* scaled error .* tolerance /, `${wrong} wrong by 0.1 %`);
    }
  });
}

const resultsOf = (layer: Layer): string[] =>
  ['', 'R'].flatMap((R) => [`${R}y`, `${R}∂x`, ...[...parametersOf(layer).tensors.keys()].map((name) => `${R}∂${name}`)]);

/** The layer with the result called `wrong` multiplied by 1.001. */
function spoilt(layer: Layer, wrong: string): Layer {
  const factor = (result: string): number => (result === wrong ? 1.001 : 1);
  const scaled = (result: string, { shape, data }: Tensor): Tensor => ({ shape, data: data.map((v) => factor(result) * v) });
  /** Runs a pass on zeros of its own, then adds those into `grad`. */
  const adding = (R: string, grad: ParameterTree, pass: (own: ParameterTree) => Tensor): Tensor => {
    const own = parametersOf(layer), returned = pass(own.tree), into = leaves(grad);
    [...own.tensors].forEach(([name, { data }], k) => axpy(factor(`${R}∂${name}`), data, into[k].data));
    return returned;
  };
  const { inShape, outShape, parameterShapes } = layer;
  return {
    inShape, outShape, parameterShapes,
    forward: (x, p) => scaled('y', layer.forward(x, p)),
    backward: (gradY, p, grad) => scaled('∂x', adding('', grad, (own) => layer.backward(gradY, p, own))),
    rForward: (rX, p, rP) => scaled('Ry', layer.rForward(rX, p, rP)),
    rBackward: (rGradY, p, rP, rGrad) => scaled('R∂x', rGrad === undefined
      ? layer.rBackward(rGradY, p, rP)
      : adding('R', rGrad, (own) => layer.rBackward(rGradY, p, rP, own))),
  };
}

/** The tensors of a tree in the order of their names in a checkpoint. */
function leaves(tree: ParameterTree): Tensor[] {
  return Object.values(tree).flatMap((value) => (ArrayBuffer.isView(value.data) ? [value as Tensor] : leaves(value as ParameterTree)));
}
