/** @file Test of the tester: `checkFourPasses` catches a layer any of whose results is wrong by 0.1 %. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Activation } from '../../src/nn/activation.ts';
import { Conv2d } from '../../src/nn/conv2d.ts';
import type { Layer, Parameters } from '../../src/nn/layer.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Random } from '../../src/tensor/random.ts';
import { sizeOf, type Tensor } from '../../src/tensor/tensor.ts';
import { axpy } from '../../src/tensor/vector.ts';
import { normals } from '../check/property.ts';
import { checkFourPasses } from './four-passes.ts';

const RESULTS = ['y', '∂x', '∂W', '∂b', 'R{y}', 'R{∂x}', 'R{∂W}', 'R{∂b}'] as const;
type Result = (typeof RESULTS)[number];

/** The layer with one of its results multiplied by 1.001. */
function spoilt(layer: Layer, wrong: Result | undefined): Layer {
  const factor = (result: Result): number => (result === wrong ? 1.001 : 1);
  const scaled = (result: Result, { shape, data }: Tensor): Tensor => {
    return { shape, data: data.map((value) => factor(result) * value) };
  };
  /** Runs a pass on zeros of its own, then adds those into `grad`. */
  const adding = <T>(W: Result, b: Result, grad: Parameters, pass: (own: Parameters) => T): T => {
    const own = { W: { ...grad.W, data: grad.W.data.map(() => 0) }, b: { ...grad.b, data: grad.b.data.map(() => 0) } };
    const returned = pass(own);
    axpy(factor(W), own.W.data, grad.W.data);
    axpy(factor(b), own.b.data, grad.b.data);
    return returned;
  };
  return {
    inShape: layer.inShape,
    outShape: layer.outShape,
    parameterShapes: layer.parameterShapes,
    forward: (x, p) => scaled('y', layer.forward(x, p)),
    backward: (gradY, p, grad) =>
      scaled('∂x', adding('∂W', '∂b', grad, (own) => layer.backward(gradY, p, own, true)!)),
    rForward: (rX, p, rP) => scaled('R{y}', layer.rForward(rX, p, rP)),
    rBackward: (rGradY, p, rP, rGrad) => {
      if (!rGrad) return scaled('R{∂x}', layer.rBackward(rGradY, p, rP));
      return scaled('R{∂x}', adding('R{∂W}', 'R{∂b}', rGrad, (own) => layer.rBackward(rGradY, p, rP, own)));
    },
  };
}

const LAYERS: Readonly<Record<string, () => Layer>> = {
  linear: () => new Linear({ inShape: [4, 3], outShape: [5, 3], columns: 3 }),
  conv2d: () => new Conv2d({ inShape: [2, 4, 5], out: 3, kernel: 3, stride: 2, padding: 1 }),
  sigmoid: () => new Activation('sigmoid', [7]),
};

for (const [name, create] of Object.entries(LAYERS))
  test(`four passes: ${name} wrong by 0.1 % is caught`, () => {
    const check = (wrong?: Result): void => {
      const random = new Random(1), layer = create();
      checkFourPasses(name, spoilt(layer, wrong), normals(random, sizeOf(layer.inShape)), random);
    };
    check();
    const hasParameters = create().parameterShapes.W !== undefined;
    for (const wrong of RESULTS.filter((result) => hasParameters || !/[Wb]/.test(result))) {
      assert.throws(() => check(wrong), /got .* expected .* scaled error .* tolerance /, wrong);
    }
  });

test.run();
