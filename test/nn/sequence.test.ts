/** @file Layers that change no number, and layers one after the other as one layer. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Activation } from '../../src/nn/activation.ts';
import { Flatten } from '../../src/nn/flatten.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Sequence, type NamedLayer } from '../../src/nn/sequence.ts';
import { sizeOf, zeros } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';
import { checkFourPasses, parametersOf } from './four-passes.ts';

test('flatten: the numbers of each sample in one row, as they lie; four passes', () => {
  forAll('flatten', 20, (random) => {
    const inShape = Array.from({ length: between(random, 2, 4) }, () => between(random, 1, 4));
    const layer = new Flatten(inShape), x = normals(random, sizeOf(inShape));
    const y = layer.forward({ shape: inShape, data: x });
    assert.equal([y.shape, y.data], [[inShape[0], x.length / inShape[0]], x]);
    checkFourPasses(`flatten [${inShape}]`, layer, x, random);
  });
});

test('flatten: refuses other shapes in every pass', () => {
  const layer = new Flatten([1, 2, 2]);
  checkRangeError(() => layer.forward(zeros([1, 4])), /^Flatten x: expected shape \[1,2,2\], got \[1,4\]/);
  checkRangeError(() => layer.backward(zeros([1, 2, 2])), /^Flatten gradY: expected shape \[1,4\], got \[1,2,2\]/);
  checkRangeError(() => layer.rForward(zeros([4])), /^Flatten .*x: expected shape \[1,2,2\], got \[4\]/i);
  checkRangeError(() => layer.rBackward(zeros([4])), /^Flatten .*gradY: expected shape \[1,4\], got \[4\]/i);
});

const fc = (name: string, batch: number, features: number, out: number): NamedLayer =>
  ({ name, layer: new Linear({ inShape: [batch, features], out }) });
const tanh = (name: string, shape: readonly number[]): NamedLayer => ({ name, layer: new Activation('tanh', shape) });

test('sequence: its parts one after the other; their parameters under their names', () => {
  const first = fc('a', 2, 3, 4), last = fc('b', 2, 4, 2), layer = new Sequence([first, last]);
  const theta = parametersOf(layer);
  assert.equal([layer.inShape, layer.outShape], [[2, 3], [2, 2]]);
  assert.equal([...theta.tensors.keys()], ['a.weight', 'a.bias', 'b.weight', 'b.bias']);
  forAll('composition', 10, (random) => {
    theta.data.set(normals(random, theta.data.length));
    const x = { shape: [2, 3], data: normals(random, 6) }, y = layer.forward(x, theta.tree).data.slice();
    const between = first.layer.forward(x, theta.tree.a);
    checkClose('y', y, last.layer.forward(between, theta.tree.b).data, 0);
  });
});

test('sequence: four passes, also of sequences in a sequence', () => {
  forAll('sequence', 20, (random) => {
    const [batch, n0, n1, n2] = Array.from({ length: 4 }, () => between(random, 1, 4));
    const inner = new Sequence([tanh('0', [batch, n1]), fc('1', batch, n1, n2), tanh('2', [batch, n2])]);
    const layer = new Sequence([fc('fc', batch, n0, n1), { name: 'inner', layer: inner }]);
    assert.equal([...parametersOf(layer).tensors.keys()], ['fc.weight', 'fc.bias', 'inner.1.weight', 'inner.1.bias']);
    checkFourPasses('sequence', layer, normals(random, batch * n0), random);
  });
});

test('sequence: refuses no layers, a name twice and layers that do not fit', () => {
  checkRangeError(() => new Sequence([]), /^layers: expected at least one, got none$/);
  checkRangeError(() => new Sequence([fc('a', 1, 3, 3), fc('a', 1, 3, 3)]), /^a: expected .*name/);
  const unfit = () => new Sequence([fc('fc.3', 1, 3, 4), fc('fc.5', 1, 5, 2)]);
  checkRangeError(unfit, /^fc\.5.*: expected .*shape \[1,5\], got \[1,4\]/);
  checkRangeError(() => new Sequence([fc('a', 2, 3, 4), fc('b', 1, 4, 2)]),
    /^b.*: expected .*shape \[1,4\], got \[2,4\]/);
});

test.run();
