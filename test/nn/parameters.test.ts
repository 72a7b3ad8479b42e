/** @file One flat vector, its tree and its tensors; and the difference of two gradients. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { DenseDifference, ParameterVector, type ParameterTree } from '../../src/nn/parameters.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { checkRangeError } from '../check/errors.ts';

const SHAPES = {
  'body.0': { weight: [2, 3], bias: [2] },
  'body.1': {},
  block: { branch: { fc: { weight: [1, 2] } }, scale: [1] },
  fc: { weight: [1, 1] },
};
const NAMES = ['body.0.weight', 'body.0.bias', 'block.branch.fc.weight', 'block.scale', 'fc.weight'];
const counting = (n: number) => Float64Array.from({ length: n }, (_, i) => i);
const numbers = ({ data }: Tensor) => [...data];

/** The tree with each tensor as its numbers. */
function plain(tree: ParameterTree): unknown {
  return Object.fromEntries(Object.entries(tree).map(([name, node]) =>
    [name, node.data instanceof Float64Array ? [...node.data] : plain(node as ParameterTree)]));
}

test('parameters: the tree is nested as the shapes are, in their order, empty where a layer has none', () => {
  const { data, tree } = new ParameterVector(SHAPES, counting(12));
  assert.equal([...data], [...counting(12)]);
  assert.equal(plain(tree), {
    'body.0': { weight: [0, 1, 2, 3, 4, 5], bias: [6, 7] },
    'body.1': {},
    block: { branch: { fc: { weight: [8, 9] } }, scale: [10] },
    fc: { weight: [11] },
  });
});

test('parameters: tensors by checkpoint name, with their shapes', () => {
  const { tensors } = new ParameterVector(SHAPES, counting(12));
  assert.equal([...tensors.keys()], NAMES);
  assert.equal([...tensors.values()].map(({ shape }) => shape), [[2, 3], [2], [1, 2], [1], [1, 1]]);
  assert.equal(numbers(tensors.get('block.branch.fc.weight')!), [8, 9]);
});

test('parameters: all three share memory', () => {
  const data = counting(12), parameters = new ParameterVector(SHAPES, data);
  assert.is(parameters.data, data);
  ((parameters.tree['body.0'] as ParameterTree).bias as Tensor).data[1] = -1;
  parameters.tensors.get('fc.weight')!.data[0] = -2;
  assert.equal([data[7], data[11]], [-1, -2]);
});

test('parameters: like() is another vector of the same shapes', () => {
  const parameters = new ParameterVector(SHAPES, counting(12)), other = parameters.like();
  assert.equal([...other.data], new Array(12).fill(0));
  other.data[0] = 5;
  assert.is(parameters.data[0], 0);
  const data = counting(12);
  assert.is(parameters.like(data).data, data);
  assert.equal([...other.like().tensors.keys()], NAMES);
});

test('parameters: none at all', () => {
  const { data, tree, tensors } = new ParameterVector({});
  assert.equal([data.length, tree, tensors.size], [0, {}, 0]);
});

test('parameters: refuses other lengths and too many numbers', () => {
  const parameters = new ParameterVector(SHAPES);
  for (const n of [11, 13]) {
    const message = new RegExp(`^parameters: expected 12 numbers, got ${n}$`);
    checkRangeError(() => new ParameterVector(SHAPES, counting(n)), message);
    checkRangeError(() => parameters.like(counting(n)), message);
  }
  checkRangeError(() => new ParameterVector({ weight: [65536, 65536] }),
    /^parameters: expected fewer than 2\^31 numbers, got /);
});

test('parameters: the same shapes under the same names pass, no others', () => {
  const parameters = new ParameterVector(SHAPES), { fc: _, ...less } = SHAPES;
  parameters.expectShapes('gradient', { ...SHAPES });
  const changed = [{ fc: { weight: [1] } }, { fc: { bias: [1, 1] } }, { last: [1] }];
  const others = [less, ...changed.map((change) => ({ ...SHAPES, ...change }))];
  for (const other of others) {
    const refusal = /^gradient: expected body\.0\.weight \[2,3\], .*, fc\.weight \[1,1\], got body\.0\.weight \[2,3\]/;
    checkRangeError(() => new ParameterVector(other).expectShapes('gradient', SHAPES), refusal);
  }
});

test('difference: L_G = ‖∇W′ − ∇W‖² and v = 2 (∇W′ − ∇W); ∇W is only read', () => {
  const shared = new ParameterVector({ weight: [3] }, Float64Array.of(1, 2, 3));
  const difference = new DenseDifference(shared);
  const { gradient, direction } = difference;
  gradient.data.set([2, 2, 1]);
  assert.is(difference.measure(), 5);
  assert.equal([...direction.data], [2, 0, -4]);
  difference.clear();
  assert.equal([...gradient.data], [0, 0, 0]);
  assert.is(difference.measure(), 14);
  assert.equal([[...direction.data], [...shared.data]], [[-2, -4, -6], [1, 2, 3]]);
});

test.run();
