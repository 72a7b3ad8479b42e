/** @file The residual block. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Residual } from '../../src/layers/residual.ts';
import { Activation } from '../../src/nn/activation.ts';
import { Conv2d } from '../../src/nn/conv2d.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Sequence } from '../../src/nn/sequence.ts';
import type { Random } from '../../src/tensor/random.ts';
import { sizeOf, zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';
import { checkFourPasses, parametersOf } from '../nn/four-passes.ts';
import { testerCatches } from '../nn/tester.ts';

const row = (...values: number[]): Tensor => ({ shape: [1, values.length], data: Float64Array.from(values) });

test('residual: by hand, with a shortcut and without', () => {
  const inShape = [1, 2];
  const branch = new Linear({ inShape, out: 2, bias: false }), shortcut = new Linear({ inShape, out: 2 });
  const identity = new Residual(branch), theta = parametersOf(identity);
  theta.data.set([1, 2, 3, 4]);
  assert.equal([...theta.tensors.keys()], ['branch.weight']);
  assert.equal([...identity.forward(row(1, -1), theta.tree as any).data], [-1 + 1, -1 - 1]);
  const grad = theta.like();
  assert.equal([...identity.backward(row(1, 10), theta.tree as any, grad.tree as any).data], [31 + 1, 42 + 10]);
  assert.equal([...grad.data], [1, -1, 10, -10]);

  const both = new Residual(branch, shortcut), all = parametersOf(both);
  assert.equal([...all.tensors.keys()], ['branch.weight', 'shortcut.weight', 'shortcut.bias']);
  all.data.set([1, 2, 3, 4, 10, 0, 0, 10, 0.5, 0.5]);
  assert.equal([...both.forward(row(1, -1), all.tree as any).data], [-1 + 10.5, -1 - 9.5]);
});

function randomBlock(random: Random): Residual {
  const [batch, channels, side] = [between(random, 1, 3), between(random, 1, 3), between(random, 3, 5)];
  const inShape = [batch, channels, side, side], isIdentity = random.below(2) === 1, out = isIdentity ? channels : 2;
  const branch = new Sequence([
    { name: '0', layer: new Conv2d({ inShape, out, kernel: 3, padding: 1 }) },
    { name: '1', layer: new Activation('tanh', [batch, out, side, side]) },
    { name: '2', layer: new Conv2d({ inShape: [batch, out, side, side], out, kernel: 1 }) },
  ]);
  return new Residual(branch, isIdentity ? undefined : new Conv2d({ inShape, out, kernel: 1 }));
}

test('residual: four passes', () => {
  forAll('blocks', 20, (random) => {
    const block = randomBlock(random), { inShape, shortcut } = block;
    const title = `[${inShape}], ${shortcut ? 'shortcut' : 'identity'}`;
    checkFourPasses(title, block, normals(random, sizeOf(inShape)), random);
  });
});

testerCatches('residual', () => new Residual(
  new Linear({ inShape: [2, 3], out: 4 }),
  new Sequence([
    { name: '0', layer: new Linear({ inShape: [2, 3], out: 4 }) }, { name: '1', layer: new Activation('tanh', [2, 4]) },
  ]),
));

test('residual: refuses two ways that do not meet, and other shapes in every pass', () => {
  const branch = new Linear({ inShape: [1, 2], out: 3 });
  const message = /^Residual: expected a shortcut from \[1,2\] to \[1,3\], got one from \[1,2\] to \[1,2\]$/;
  checkRangeError(() => new Residual(branch), message);
  const other = new Linear({ inShape: [1, 3], out: 3 });
  checkRangeError(() => new Residual(branch, other), /got one from \[1,3\] to \[1,3\]$/);
  const layer = new Residual(new Activation('tanh', [1, 2])), p = { branch: {} };
  checkRangeError(() => layer.forward(zeros([2]), p), /^Residual x: expected shape \[1,2\], got \[2\]/);
  checkRangeError(() => layer.backward(zeros([2]), p, p), /^Residual gradY: /);
  checkRangeError(() => layer.rForward(zeros([2]), p, p), /^Residual rX: /);
  checkRangeError(() => layer.rBackward(zeros([2]), p, p), /^Residual rGradY: /);
});

test.run();
