/** @file What a linear layer must satisfy, the plain one and every other: by hand and by its four passes. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import type { Layer } from '../../src/nn/layer.ts';
import type { LinearOptions } from '../../src/nn/linear.ts';
import type { ParameterTree } from '../../src/nn/parameters.ts';
import { sizeOf, zeros } from '../../src/tensor/tensor.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals, oneOf } from '../check/property.ts';
import { checkFourPasses, parametersOf } from './four-passes.ts';

const matrix = (shape: readonly number[], ...values: number[]) => ({ shape, data: Float64Array.from(values) });

/** Tests of the linear layer that `create` makes; `title` begins their names. */
export function linearLaws(title: string, create: (options: LinearOptions) => Layer): void {
  const treeOf = (layer: Layer, values: readonly number[]): ParameterTree => {
    const theta = parametersOf(layer);
    theta.data.set(values);
    return theta.tree;
  };

  test(`${title}: two outputs of three inputs, by hand`, () => {
    const layer = create({ inShape: [1, 3], out: 2 }), grad = parametersOf(layer);
    const p = treeOf(layer, [1, 2, 3, 4, 5, 6, 10, 20]);
    assert.equal([...layer.forward(matrix([1, 3], 1, 0, -1), p).data], [8, 18]);
    assert.equal([...layer.backward(matrix([1, 2], 2, -1), p, grad.tree).data], [-2, -1, 0]);
    // Eq. (3): ∂ℓ/∂W is the outer product g aᵀ, ∂ℓ/∂b is g.
    assert.equal([...grad.data], [2, 0, -2, -1, 0, 1, 2, -1]);
  });

  test(`${title}: W and b serve every row of x, and their gradients are sums over the rows`, () => {
    const layer = create({ inShape: [3, 2], out: 1 }), p = treeOf(layer, [10, 1, 0.5]), grad = parametersOf(layer);
    assert.equal([...layer.forward(matrix([3, 2], 1, 4, 2, 5, 3, 6), p).data], [14.5, 25.5, 36.5]);
    const gradX = layer.backward(matrix([3, 1], 1, -1, 2), p, grad.tree);
    assert.equal([...gradX.data], [10, 1, -10, -1, 20, 2]);
    assert.equal([...grad.data], [5, 11, 2]);
  });

  test(`${title}: the last dimension of x, whatever stands before it`, () => {
    forAll('shapes', 20, (random) => {
      const x = normals(random, 24), values = [...normals(random, 4 * 5 + 5)];
      const ys = [[6, 4], [2, 3, 4], [1, 2, 3, 4]].map((inShape) => {
        const layer = create({ inShape, out: 5 });
        const y = layer.forward({ shape: inShape, data: x }, treeOf(layer, values));
        assert.equal(y.shape, [...inShape.slice(0, -1), 5]);
        return [...y.data];
      });
      assert.equal(ys, [ys[0], ys[0], ys[0]]);
    });
  });

  test(`${title}: four passes`, () => {
    forAll('linear', 60, (random) => {
      const [features, out] = [between(random, 1, 9), between(random, 1, 9)], bias = random.below(2) === 1;
      const inShape = [...oneOf(random, [[1], [1], [2], [5], [2, 3]]), features];
      const layer = create({ inShape, out, bias });
      checkFourPasses(`[${inShape}] to ${out}, bias ${bias}`, layer, normals(random, sizeOf(inShape)), random);
    });
  });

  test(`${title}: the shapes of W and b; by default there is a bias`, () => {
    assert.equal(create({ inShape: [2, 24], out: 5 }).parameterShapes, { weight: [5, 24], bias: [5] });
    assert.equal(create({ inShape: [2, 24], out: 5, bias: false }).parameterShapes, { weight: [5, 24] });
  });

  test(`${title}: refuses other shapes in every pass, and sizes that are none`, () => {
    const layer = create({ inShape: [1, 3], out: 2 }), p = treeOf(layer, []);
    checkRangeError(() => layer.forward(zeros([1, 2]), p), /^Linear x: expected shape \[1,3\], got \[1,2\]/);
    checkRangeError(() => layer.backward(zeros([1, 3]), p, p), /^Linear gradY: expected shape \[1,2\], got \[1,3\]/);
    checkRangeError(() => layer.rForward(zeros([3]), p, p), /^Linear rX: expected shape \[1,3\], got \[3\]/);
    checkRangeError(() => layer.rBackward(zeros([3]), p, p), /^Linear rGradY: expected shape \[1,2\], got \[3\]/);
    for (const bad of [0, 1.5, NaN]) {
      checkRangeError(() => create({ inShape: [1, 3], out: bad }), /expected positive integers/);
      checkRangeError(() => create({ inShape: [1, bad], out: 3 }), /expected positive integers/);
    }
  });
}
