/** @file Test of the tester: that `checkFourPasses` catches a layer any of whose results is wrong by 0.1 %. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import type { Layer } from '../../src/nn/layer.ts';
import { ParameterVector, type ParameterTree } from '../../src/nn/parameters.ts';
import { Random } from '../../src/tensor/random.ts';
import { sizeOf, type Tensor } from '../../src/tensor/tensor.ts';
import { normals } from '../check/property.ts';
import { checkFourPasses, parametersOf } from './four-passes.ts';

/** The layer with one result multiplied by 1.001: y, ∂x, R{y}, R{∂x}, or ∂ or R∂ and the name of a parameter. */
function spoilt(layer: Layer, wrong: string | undefined): Layer {
  const scaled = (result: string, { shape, data }: Tensor): Tensor => {
    return result === wrong ? { shape, data: data.map((value) => 1.001 * value) } : { shape, data };
  };
  /** Runs a pass on zeros of its own, then adds those to the gradient that has this tree. */
  const adding = (prefix: string, grad: ParameterTree, pass: (own: ParameterTree) => Tensor): Tensor => {
    const own = parametersOf(layer), returned = pass(own.tree), into = tensorsOf(grad);
    [...own.tensors].forEach(([name, { data }], k) => {
      const factor = wrong === prefix + name ? 1.001 : 1;
      data.forEach((value, i) => { into[k].data[i] += factor * value; });
    });
    return returned;
  };
  return {
    inShape: layer.inShape,
    outShape: layer.outShape,
    parameterShapes: layer.parameterShapes,
    forward: (x, p) => scaled('y', layer.forward(x, p)),
    backward: (gradY, p, grad) => scaled('∂x', adding('∂', grad, (own) => layer.backward(gradY, p, own))),
    rForward: (rX, p, rP) => scaled('R{y}', layer.rForward(rX, p, rP)),
    rBackward: (rGradY, p, rP, rGrad) => {
      if (!rGrad) return scaled('R{∂x}', layer.rBackward(rGradY, p, rP));
      return scaled('R{∂x}', adding('R∂', rGrad, (own) => layer.rBackward(rGradY, p, rP, own)));
    },
  };
}

/** All tensors of a tree in order. */
function tensorsOf(tree: ParameterTree): Tensor[] {
  return Object.values(tree).flatMap((node) =>
    node.data instanceof Float64Array ? [node as Tensor] : tensorsOf(node as ParameterTree));
}

/**
 * A test that every wrong result of the layer that `create` makes is caught, and the right ones are passed.
 * @param flat as in `checkFourPasses`; 0.1 % of nothing is nothing.
 */
export function testerCatches(name: string, create: () => Layer, flat: readonly string[] = []): void {
  test(`four passes: ${name} wrong by 0.1 % is caught`, () => {
    const check = (wrong?: string): void => {
      const random = new Random(1), layer = create();
      checkFourPasses(name, spoilt(layer, wrong), normals(random, sizeOf(layer.inShape)), random, flat);
    };
    check();
    const all = [...new ParameterVector(create().parameterShapes).tensors.keys()];
    const parameters = all.filter((key) => !flat.includes(key));
    const results = ['y', '∂x', 'R{y}', 'R{∂x}', ...parameters.flatMap((key) => [`∂${key}`, `R∂${key}`])];
    const failure = /got .* expected .* scaled error .* tolerance /;
    for (const wrong of results) assert.throws(() => check(wrong), failure, wrong);
  });
}
