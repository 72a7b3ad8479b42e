/** @file One flat vector and its windows. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { ParameterVector } from '../../src/nn/parameters.ts';
import { zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { checkRangeError } from '../check/errors.ts';

const LAYOUT = [
  { name: 'body.0', shapes: { W: [2, 3], b: [2] } },
  { name: 'body.1', shapes: {} },
  { name: 'fc.0', shapes: { W: [1, 2], b: undefined } },
];
const counting = (n: number) => Float64Array.from({ length: n }, (_, i) => i);
const numbers = ({ data }: Tensor) => [...data];

test('parameters: windows in order, W before b, empty where a layer has none', () => {
  const { data, windows } = new ParameterVector(LAYOUT, counting(10));
  assert.equal([...data], [...counting(10)]);
  const [first, none, last] = windows;
  assert.equal([first.W.shape, numbers(first.W)], [[2, 3], [0, 1, 2, 3, 4, 5]]);
  assert.equal([first.b.shape, numbers(first.b)], [[2], [6, 7]]);
  assert.equal([numbers(none.W), numbers(none.b)], [[], []]);
  assert.equal([last.W.shape, numbers(last.W), numbers(last.b)], [[1, 2], [8, 9], []]);
});

test('parameters: tensors by checkpoint name', () => {
  const { tensors } = new ParameterVector(LAYOUT, counting(10));
  assert.equal([...tensors.keys()], ['body.0.weight', 'body.0.bias', 'fc.0.weight']);
  assert.equal(numbers(tensors.get('fc.0.weight')!), [8, 9]);
});

test('parameters: all three share memory', () => {
  const data = counting(10), parameters = new ParameterVector(LAYOUT, data);
  assert.is(parameters.data, data);
  parameters.windows[0].b.data[1] = -1;
  parameters.tensors.get('fc.0.weight')!.data[0] = -2;
  assert.equal([data[7], data[8]], [-1, -2]);
});

test('parameters: like() is another vector of the same layout', () => {
  const parameters = new ParameterVector(LAYOUT, counting(10)), other = parameters.like();
  assert.equal([...other.data], new Array(10).fill(0));
  other.data[0] = 5;
  assert.is(parameters.data[0], 0);
  const data = counting(10);
  assert.is(parameters.like(data).data, data);
  assert.equal([...other.like().tensors.keys()], [...parameters.tensors.keys()]);
});

test('parameters: load() copies by name, in any order', () => {
  const source = new ParameterVector(LAYOUT, counting(10)), target = source.like();
  assert.is(target.load(new Map([...source.tensors].reverse())), target);
  assert.equal([...target.data], [...source.data]);
  source.data[0] = 5;
  assert.is(target.data[0], 0);
});

test('parameters: refuses other lengths, names and shapes', () => {
  const parameters = new ParameterVector(LAYOUT);
  for (const n of [9, 11]) {
    const message = new RegExp(`^parameters: expected 10 numbers, got ${n}$`);
    checkRangeError(() => new ParameterVector(LAYOUT, counting(n)), message);
    checkRangeError(() => parameters.like(counting(n)), message);
  }
  const loading = (change: (tensors: Map<string, Tensor>) => unknown) => () => {
    const tensors = new Map(parameters.tensors);
    change(tensors);
    parameters.load(tensors);
  };
  const missing = loading((tensors) => tensors.delete('body.0.bias'));
  checkRangeError(missing, /^body\.0\.bias: expected shape \[2\], got nothing$/);
  const unknown = loading((tensors) => tensors.set('fc.0.bias', zeros([1])));
  checkRangeError(unknown, /^fc\.0\.bias: expected one of body\.0\.weight, body\.0\.bias, fc\.0\.weight$/);
  const turned = loading((tensors) => tensors.set('body.0.weight', zeros([3, 2])));
  checkRangeError(turned, /^body\.0\.weight: expected shape \[2,3\], got \[3,2\]/);
});

test.run();
