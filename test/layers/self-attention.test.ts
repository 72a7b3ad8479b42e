/** @file Multi-head self-attention, causal or not. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { SelfAttention, type SelfAttentionOptions } from '../../src/layers/self-attention.ts';
import { softmax } from '../../src/nn/softmax-cross-entropy.ts';
import type { Random } from '../../src/tensor/random.ts';
import { sizeOf, zeros } from '../../src/tensor/tensor.ts';
import { checkClose } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';
import { checkFourPasses, parametersOf } from '../nn/four-passes.ts';
import { pytorchLayerTests } from '../nn/pytorch-layers.ts';
import { testerCatches } from '../nn/tester.ts';

/** ⟨qₜ, b⟩ is the same for every key, and softmax does not see what is the same for all. */
const FLAT = ['key.bias'];

pytorchLayerTests('self-attention', ({ type, heads, causal }, inShape) =>
  (type === 'SelfAttention' ? new SelfAttention({ inShape, heads, causal } as SelfAttentionOptions) : undefined));

test('self-attention: the parameters have the names of four linear layers', () => {
  const theta = parametersOf(new SelfAttention({ inShape: [1, 3, 4], heads: 2 }));
  assert.equal([...theta.tensors].map(([name, { shape }]) => `${name} [${shape}]`), [
    'query.weight [4,4]', 'query.bias [4]', 'key.weight [4,4]', 'key.bias [4]',
    'value.weight [4,4]', 'value.bias [4]', 'output.weight [4,4]', 'output.bias [4]',
  ]);
});

test('self-attention: by hand, one head and two tokens', () => {
  // q = x, k = 2x, v = 10x and y = o + 1 of one number each; κ = 1.
  const create = (causal: boolean) => new SelfAttention({ inShape: [1, 2, 1], heads: 1, causal });
  const layer = create(false), theta = parametersOf(layer), x = { shape: [1, 2, 1], data: Float64Array.of(1, 3) };
  theta.data.set([1, 0, 2, 0, 10, 0, 1, 1]);
  const A = [[2, 6], [6, 18]].map((scores) => softmaxOf(...scores));
  const expected = A.map(([first, second]) => first * 10 + second * 30 + 1);
  checkClose('all tokens', layer.forward(x, theta.tree as any).data, expected, 1e-15);
  checkClose('causal', create(true).forward(x, theta.tree as any).data, [11, expected[1]], 1e-15);
});

function softmaxOf(...scores: number[]): Float64Array {
  const p = new Float64Array(scores.length);
  softmax(Float64Array.from(scores), p);
  return p;
}

function randomLayer(random: Random): SelfAttention {
  const [batch, tokens, heads, width] = [3, 4, 3, 3].map((most) => between(random, 1, most));
  return new SelfAttention({ inShape: [batch, tokens, heads * width], heads, causal: random.below(2) === 1 });
}

test('self-attention: in a causal layer no token depends on a later one; without, order does not matter', () => {
  forAll('texts', 50, (random) => {
    const [batch, tokens, d] = [between(random, 1, 2), between(random, 2, 5), 4], inShape = [batch, tokens, d];
    const [layer, causal] = [false, true].map((causal) => new SelfAttention({ inShape, heads: 2, causal }));
    const theta = parametersOf(layer), x = normals(random, sizeOf(inShape)), changed = x.slice();
    random.fillNormal(theta.data);
    const run = (attention: SelfAttention, data: Float64Array): Float64Array =>
      attention.forward({ shape: inShape, data }, theta.tree as any).data.slice();
    random.fillNormal(changed.subarray((tokens - 1) * d, tokens * d)); // the last token of the first sample
    const before = run(causal, x), after = run(causal, changed);
    checkClose('before the last', after.subarray(0, (tokens - 1) * d), before.subarray(0, (tokens - 1) * d), 0);
    checkClose('other samples', after.subarray(tokens * d), before.subarray(tokens * d), 0);
    const reversed = (data: Float64Array): Float64Array => data.map((_, i) => { // each sample's tokens
      const n = Math.floor(i / d / tokens), t = Math.floor(i / d) % tokens;
      return data[(n * tokens + tokens - 1 - t) * d + (i % d)];
    });
    checkClose('order', run(layer, reversed(x)), reversed(run(layer, x)), 1e-12);
  });
});

test('self-attention: four passes', () => {
  forAll('layers', 30, (random) => {
    const layer = randomLayer(random), x = normals(random, sizeOf(layer.inShape)), [, tokens] = layer.inShape;
    // A single token sees itself only, whatever its query and its key are.
    const flat = tokens === 1 ? ['query.weight', 'query.bias', 'key.weight', ...FLAT] : FLAT;
    checkFourPasses(`[${layer.inShape}]`, layer, x, random, flat);
  });
});

testerCatches('self-attention', () => new SelfAttention({ inShape: [2, 3, 4], heads: 2 }), FLAT);
testerCatches('causal self-attention', () => new SelfAttention({ inShape: [2, 3, 4], heads: 2, causal: true }), FLAT);

test('self-attention: refuses other shapes in every pass, and heads that do not divide d', () => {
  const create = (inShape: number[], heads: number) => new SelfAttention({ inShape, heads });
  const layer = create([1, 2, 4], 2), p = parametersOf(layer).tree as any, wrong = zeros([2, 4]);
  checkRangeError(() => layer.forward(wrong, p), /^SelfAttention x: expected shape \[1,2,4\], got \[2,4\]/);
  checkRangeError(() => layer.backward(wrong, p, p), /^SelfAttention gradY: /);
  checkRangeError(() => layer.rForward(wrong, p, p), /^SelfAttention rX: /);
  checkRangeError(() => layer.rBackward(wrong, p, p), /^SelfAttention rGradY: /);
  checkRangeError(() => create([2, 4], 2), /^SelfAttention x: expected 3 dimensions, got shape \[2,4\]$/);
  for (const heads of [0, -2, 3, 0.5, NaN]) {
    checkRangeError(() => create([1, 2, 4], heads), /^SelfAttention heads: expected a divisor of 4, got /);
  }
});

test.run();
