/** @file The linear layer, by hand and by its four passes. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { rowMajor, transpose } from '../../src/tensor/matmul.ts';
import { Linear } from '../../src/nn/linear.ts';
import { ParameterVector } from '../../src/nn/parameters.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals, oneOf } from '../check/property.ts';
import { checkFourPasses } from './four-passes.ts';

const parametersOf = (layer: Linear) => new ParameterVector([{ name: 'fc', shapes: layer.parameterShapes }]);
const vector = (...values: number[]) => ({ shape: [values.length], data: Float64Array.from(values) });

test('linear: two outputs of three inputs, by hand', () => {
  const layer = new Linear({ inShape: [3], outShape: [2] }), theta = parametersOf(layer), grad = theta.like();
  theta.data.set([1, 2, 3, 4, 5, 6, 10, 20]);
  const [p] = theta.windows;
  assert.equal([...layer.forward(vector(1, 0, -1), p).data], [8, 18]);
  assert.equal([...layer.backward(vector(2, -1), p, grad.windows[0])!.data], [-2, -1, 0]);
  // Eq. (3): ∂ℓ/∂W is the outer product g aᵀ, ∂ℓ/∂b is g.
  assert.equal([...grad.data], [2, 0, -2, -1, 0, 1, 2, -1]);
});

test('linear: W and b serve every column', () => {
  const layer = new Linear({ inShape: [2, 3], outShape: [1, 3], columns: 3 }), theta = parametersOf(layer);
  theta.data.set([10, 1, 0.5]);
  const x = { shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 6) };
  assert.equal([...layer.forward(x, theta.windows[0]).data], [14.5, 25.5, 36.5]);
});

test('linear: four passes', () => {
  forAll('linear', 60, (random) => {
    const [into, out, columns] = [between(random, 1, 9), between(random, 1, 9), oneOf(random, [1, 1, 2, 5, 8])];
    const bias = random.below(2) === 1;
    const layer = new Linear({ inShape: [into, columns], outShape: [out, columns], columns, bias });
    const name = `${into} to ${out}, ${columns} columns, bias ${bias}`;
    checkFourPasses(name, layer, normals(random, into * columns), random);
  });
});

test('linear: an image is read flat; the shapes of W and b', () => {
  const layer = new Linear({ inShape: [2, 3, 4], outShape: [5], bias: false, weightShape: [5, 2, 12] });
  assert.equal(layer.parameterShapes, { W: [5, 2, 12], b: undefined });
  assert.equal(new Linear({ inShape: [2, 3, 4], outShape: [5] }).parameterShapes, { W: [5, 24], b: [5] });
  assert.is(layer.forward(zeros([2, 3, 4]), parametersOf(layer).windows[0]).data.length, 5);
});

test('linear: ∂ℓ/∂W is an outer product where there is one column, and x is that column', () => {
  assert.is(new Linear({ inShape: [3], outShape: [2] }).isOuter, true);
  assert.is(new Linear({ inShape: [2, 3], outShape: [1, 3], columns: 3 }).isOuter, false);
  const X = { rows: Int32Array.of(2, 0), columns: Int32Array.of(0) }, gradY = rowMajor(2, 1);
  const places = { X, gradY, gradYShape: [2], WtY: [[transpose(rowMajor(2, 2)), gradY, X] as const] };
  assert.is(new Linear({ inShape: [3], outShape: [2], places }).isOuter, false);
});

test('linear: ∂ℓ/∂x only where it is wanted', () => {
  const layer = new Linear({ inShape: [3], outShape: [2] }), theta = parametersOf(layer), grad = theta.like();
  layer.forward(vector(1, 2, 3), theta.windows[0]);
  assert.is(layer.backward(vector(1, 1), theta.windows[0], grad.windows[0], false), undefined);
  assert.equal([...grad.data], [1, 2, 3, 1, 2, 3, 1, 1]);
});

test('linear: refuses other shapes in every pass', () => {
  const layer = new Linear({ inShape: [3], outShape: [2] }), theta = parametersOf(layer), [p] = theta.windows;
  checkRangeError(() => layer.forward(zeros([2]), p), /^Linear x: expected shape \[3\], got \[2\]/);
  checkRangeError(() => layer.backward(zeros([3]), p, p), /^Linear gradY: expected shape \[2\], got \[3\]/);
  checkRangeError(() => layer.rForward(zeros([1, 3]), p, p), /^Linear rX: expected shape \[3\], got \[1,3\]/);
  checkRangeError(() => layer.rBackward(zeros([3]), p, p), /^Linear rGradY: expected shape \[2\], got \[3\]/);
});

test.run();
