/** @file Chapter 2: the paper's network, its derivatives, and how to know that they are right. */

// %% [markdown]
// # 2. LeNet by hand
//
// The attacks of the two papers differentiate a network, and then differentiate its gradient again. A framework does
// that on a tape. Here every derivative is written down. **How does one derive them, layer by layer, and how does one
// know that they are right?**
//
// The network is the LeNet of the papers' code: three convolutions of 5 × 5 pixels, each followed by a sigmoid, and a
// linear layer. This chapter takes it apart.
//
// | symbol | what it is |
// |---|---|
// | $x$, $y$ | what a layer is given, and what it gives |
// | $W$, $b$ | a layer's weights and bias; $\theta$ is all of them |
// | $\ell$ | the loss, one number, somewhere behind the last layer |
// | $\partial_y$ | short for $\partial\ell/\partial y$, shaped like $y$; `gradY` in the code |

// %%
import assert from 'node:assert/strict';
import { digits, lenet, sizeOf } from '../src/index.ts';
import { filmStrip } from '../src/plot/film-strip.ts';
import { show } from './show.ts';

const { image } = digits().example(8);
const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 0 });

let total = 0;
for (const { name, layer } of network.layers) {
  const { W, b } = layer.parameterShapes, count = (W ? sizeOf(W) : 0) + (b ? sizeOf(b) : 0);
  total += count;
  const shapes = `${layer.inShape.join('×')} → ${layer.outShape.join('×')}`;
  console.log(`${name.padEnd(15)} ${shapes.padEnd(22)} ${count} parameters`);
}
console.log(`together ${total}`);
assert.equal(total, network.theta.data.length);

// %% [markdown]
// The names are those of PyTorch: in the papers' code `body` holds convolutions and sigmoids by turns, numbered from 0,
// and `fc` the last layer.
//
// What the first convolution and its sigmoid make of a digit: twelve maps of half its size, one per kernel.

// %%
const [convolution, sigmoid] = network.layers, [p0, p1] = network.theta.windows;
const maps = sigmoid.layer.forward(convolution.layer.forward(image, p0), p1);
const [channels, height, width] = maps.shape;
const frames = Array.from({ length: channels }, (_, k) => {
  const data = maps.data.slice(k * height * width, (k + 1) * height * width);
  return { image: { shape: [1, height, width], data }, caption: `${k}` };
});
show(
  filmStrip([
    { title: 'image', frames: [{ image, caption: '28 by 28' }] },
    { title: 'its maps, 14 by 14', frames },
  ], { scale: 4, across: 12 }),
  'A drawn digit, and twelve smaller pictures of it, in each of which other edges are bright',
);

// %% [markdown]
// ## Four passes
//
// A layer is a function $y(x, \theta)$. For an attack it has to do four things, and each is a method of
// [layer.ts](../src/nn/layer.ts):
//
// | pass | gives | what for |
// |---|---|---|
// | `forward` | $y$ | the loss |
// | `backward` | $\partial_x$ and $\partial_\theta$ from $\partial_y$ | the gradient that a client shares |
// | `rForward` | $R\lbrace y\rbrace$ | how $y$ changes as $\theta$ moves |
// | `rBackward` | $R\lbrace\partial_x\rbrace$, $R\lbrace\partial_\theta\rbrace$ | how the gradient changes |
//
// $R\lbrace\cdot\rbrace$ is a derivative in one direction. Choose a direction, called $R\lbrace\theta\rbrace$, along
// which all parameters move at once; then for anything $a$ that depends on them
//
// $$R\lbrace a \rbrace = \frac{d}{dr}\, a\bigl(\theta + r\, R\lbrace\theta\rbrace\bigr)\Big|_{r=0} .$$
//
// Chapter 3 is about what it is good for. Here it is enough that it is a derivative, and so obeys the product rule and
// the chain rule.

// %% [markdown]
// ## The sigmoid
//
// Entry by entry $y = f(x)$ with $f(x) = 1 / (1 + e^{-x})$. The chain rule gives the other three passes, $\odot$ being
// the product entry by entry:
//
// $$\partial_x = f'(x) \odot \partial_y, \qquad R\lbrace y \rbrace = f'(x) \odot R\lbrace x \rbrace,$$
//
// and, of the first of these two,
//
// $$R\lbrace \partial_x \rbrace = f'(x) \odot R\lbrace \partial_y \rbrace
// + f''(x) \odot R\lbrace x \rbrace \odot \partial_y .$$
//
// That is the product rule: both factors depend on $r$. For the sigmoid
// $f' = y(1-y)$ and $f'' = y(1-y)(1-2y)$. Each against a difference:

// %%
const f = (x: number): number => 1 / (1 + Math.exp(-x));
const f1 = (x: number): number => f(x) * (1 - f(x));
const f2 = (x: number): number => f1(x) * (1 - 2 * f(x));
const slope = (of: (x: number) => number, x: number): number =>
  (of(x + 1e-5) - of(x - 1e-5)) / 2e-5;

console.log('   x     f(x)    f′(x)   f″(x)');
for (const x of [-4, -1, 0, 2]) {
  assert.ok(Math.abs(f1(x) - slope(f, x)) < 1e-9 && Math.abs(f2(x) - slope(f1, x)) < 1e-9);
  const numbers = [f(x), f1(x), f2(x)].map((v) => v.toFixed(4).padStart(8)).join('');
  console.log(`${String(x).padStart(4)}${numbers}`);
}

// %% [markdown]
// ## The linear layer
//
// Let $X$ have one column per vector; $Y = W X + b\,\mathbf{1}^\top$. Move $W$ by a little $dW$: then $Y$ moves by
// $dW\,X$ and the loss by
//
// $$d\ell = \langle \partial_Y,\, dW\,X \rangle = \sum_{i,j} (\partial_Y)_{ij} \sum_k dW_{ik} X_{kj}
// = \sum_{i,k} \Bigl( \sum_j (\partial_Y)_{ij} X_{kj} \Bigr) dW_{ik} = \langle \partial_Y X^\top,\, dW \rangle ,$$
//
// and what stands beside $dW$ in the last inner product **is** $\partial_W$. In the same way, moving $X$ and $b$,
//
// $$\partial_W = \partial_Y X^\top, \qquad \partial_X = W^\top \partial_Y, \qquad
// \partial_b = \partial_Y \mathbf{1} .$$
//
// Whole numbers that can be checked on paper, with two columns:

// %%
import { Linear, zeros } from '../src/index.ts';
import type { Parameters } from '../src/nn/layer.ts';
import type { Tensor } from '../src/tensor/tensor.ts';

const matrix = (rows: number, ...entries: number[]): Tensor =>
  ({ shape: [rows, entries.length / rows], data: Float64Array.from(entries) });
const written = ({ shape: [rows, columns], data }: Tensor): string =>
  Array.from({ length: rows }, (_, i) => {
    const row = data.subarray(i * columns, (i + 1) * columns);
    return [...row].map((v) => String(v).padStart(4)).join('');
  }).join('\n');
const vector = (...entries: number[]): Tensor =>
  ({ shape: [entries.length], data: Float64Array.from(entries) });

const linear = new Linear({ inShape: [3, 2], outShape: [2, 2], columns: 2 });
const X = matrix(3, 1, 0, 2, 1, 0, 3);
const p: Parameters = { W: matrix(2, 1, 2, 3, 0, -1, 1), b: vector(10, 20) };
const noGradient = (): Parameters => ({ W: zeros([2, 3]), b: zeros([2]) });

const gradY = matrix(2, 1, 0, 0, 2), grad = noGradient();
console.log(`Y = W X + b 1ᵀ\n${written(linear.forward(X, p))}`);
const gradX = linear.backward(gradY, p, grad)!;
console.log(`∂W = ∂Y Xᵀ\n${written(grad.W)}`);
console.log(`∂X = Wᵀ ∂Y\n${written({ ...gradX, shape: [3, 2] })}`);
console.log(`∂b = ∂Y 1\n${written({ ...grad.b, shape: [2, 1] })}`);
assert.deepEqual([...grad.W.data], [1, 2, 0, 0, 2, 6]);
assert.deepEqual([...gradX.data], [1, 0, 2, -2, 3, 2]);

// %% [markdown]
// The R-passes are these lines again under the product rule
// $R\lbrace AB \rbrace = R\lbrace A \rbrace B + A\,R\lbrace B \rbrace$:
//
// $$R\lbrace Y \rbrace = R\lbrace W \rbrace X + W R\lbrace X \rbrace + R\lbrace b \rbrace \mathbf{1}^\top .$$
//
// $X$ moves too: it is what the layers before give. And so does $\partial_Y$, which the layers behind give:
//
// $$R\lbrace \partial_X \rbrace = R\lbrace W \rbrace^\top \partial_Y + W^\top R\lbrace \partial_Y \rbrace ,$$
//
// and for the parameters
//
// $$R\lbrace \partial_W \rbrace = R\lbrace \partial_Y \rbrace X^\top + \partial_Y R\lbrace X \rbrace^\top, \qquad
// R\lbrace \partial_b \rbrace = R\lbrace \partial_Y \rbrace \mathbf{1} .$$
//
// Each against a difference of the plain pass, everything moved a little to both sides:

// %%
import { Random } from '../src/index.ts';

const random = new Random(2);
const like = ({ shape, data }: Tensor): Tensor =>
  ({ shape, data: random.fillNormal(data.slice()) });
const moved = (a: Tensor, ra: Tensor, r: number): Tensor =>
  ({ shape: a.shape, data: a.data.map((v, i) => v + r * ra.data[i]) });

const rP: Parameters = { W: like(p.W), b: like(p.b) }, rX = like(X), rGradY = like(gradY);
const plain = (r: number) => {
  const q = { W: moved(p.W, rP.W, r), b: moved(p.b, rP.b, r) }, grad = noGradient();
  const Y = linear.forward(moved(X, rX, r), q).data.slice();
  const dX = linear.backward(moved(gradY, rGradY, r), q, grad)!.data.slice();
  return { 'Y': Y, '∂X': dX, '∂W': grad.W.data, '∂b': grad.b.data };
};
const above = plain(1e-5), below = plain(-1e-5);
plain(0);
const rGrad = noGradient(), rY = linear.rForward(rX, p, rP).data;
const rGradX = linear.rBackward(rGradY, p, rP, rGrad).data;
for (const [name, exact] of [
  ['Y', rY], ['∂X', rGradX], ['∂W', rGrad.W.data], ['∂b', rGrad.b.data],
] as const) {
  exact.forEach((v, i) =>
    assert.ok(Math.abs(v - (above[name][i] - below[name][i]) / 2e-5) < 1e-9));
  console.log(`R{${name}} agrees with a difference to 1e-9`);
}

// %% [markdown]
// ## A convolution is a linear layer on patches
//
// A kernel is laid on the image, everything under it is multiplied and summed up, and the kernel moves on. Write what
// is under it as a column, one column per place: that matrix $P$ is the image's **patches**, and the convolution is
//
// $$Y = W P + b\,\mathbf{1}^\top ,$$
//
// the linear layer above. There is nothing new to differentiate. Here is an image of 4 × 4 pixels, a kernel of 3 × 3,
// and so four places:

// %%
import { Patches } from '../src/nn/patches.ts';

const pixels = Float64Array.from({ length: 16 }, (_, i) => i + 1);
const patches = new Patches([1, 4, 4], 3, 1, 0);
const P: Tensor = { shape: patches.shape, data: new Float64Array(sizeOf(patches.shape)) };
patches.gather(pixels, P.data);
console.log(`the image\n${written({ shape: [4, 4], data: pixels })}`);
console.log(`its patches: column 0 is the upper left, column 3 the lower right\n${written(P)}`);

// %% [markdown]
// The same, drawn. A pixel in the middle of the image is in all four columns.

// %%
const grey = (shape: readonly number[], data: Float64Array): Tensor =>
  ({ shape: [1, ...shape], data: data.map((v) => v / 16) });
show(
  filmStrip([{ title: 'a convolution as a matrix', frames: [
    { image: grey([4, 4], pixels), caption: 'image, 4 by 4' },
    ...[0, 1, 2, 3].map((j) => ({
      image: grey([3, 3], P.data.filter((_, n) => n % 4 === j)), caption: `patch ${j}`,
    })),
    { image: grey(P.shape, P.data), caption: 'P, 9 by 4' },
  ] }], { scale: 20 }),
  'An image from dark to light, its four patches, and the matrix with a patch in each column',
);

// %% [markdown]
// `Conv2d` gives what $W P + b\,\mathbf{1}^\top$ gives. Two kernels, a row of $W$ each: one takes the middle pixel, the
// other right minus left, plus 100.

// %%
import { Conv2d } from '../src/index.ts';

const conv = new Conv2d({ inShape: [1, 4, 4], out: 2, kernel: 3 });
const middle = [0, 0, 0, 0, 1, 0, 0, 0, 0], rightMinusLeft = [-1, 0, 1, -1, 0, 1, -1, 0, 1];
const W = matrix(2, ...middle, ...rightMinusLeft), b = vector(0, 100);
const byConv = conv.forward({ shape: [1, 4, 4], data: pixels }, { W, b });
const onPatches = new Linear({ inShape: [9, 4], outShape: [2, 4], columns: 4 });
const byPatches = onPatches.forward(P, { W, b });
console.log(written(byPatches));
assert.deepEqual([...byConv.data], [...byPatches.data]);

// %% [markdown]
// In LeNet's first layer the kernel has 25 pixels, moves by 2 and may stand 2 pixels over the edge, where it sees
// zeros. So $P$ has a row for each pixel of the kernel and a column for each of 14 · 14 places; this is the digit's. Of
// several channels a column holds the patches one below the other: the second layer, on twelve maps, has
// 12 · 25 = 300 rows in $P$, and with as many weights for each of its 12 kernels 12 · 300 + 12 = 3612 parameters.

// %%
const large = new Patches([1, 28, 28], 5, 2, 2);
const P8: Tensor = { shape: [1, ...large.shape], data: new Float64Array(sizeOf(large.shape)) };
large.gather(image.data, P8.data);
const { shape: shape2 } = new Patches(maps.shape, 5, 2, 2);
console.log(`patches of the first layer ${large.shape.join(' by ')}, of the second ${shape2.join(' by ')}`);
assert.equal(shape2[0], 12 * 25);
assert.equal(sizeOf(network.layers[2].layer.parameterShapes.W!) + 12, 3612);

const digit = { image: P8, caption: large.shape.join(' by ') };
show(
  filmStrip([{ title: 'the patches of a digit', frames: [digit] }], { scale: 4 }),
  'A matrix of 25 rows and 196 columns: the digit seen 25 times, each time shifted a little',
);

// %% [markdown]
// ## The way back: scatter
//
// Backwards, $\partial_P = W^\top \partial_Y$ comes out as a matrix of patches, and $\partial_x$ is wanted. A pixel
// that was copied into several columns moves the loss through all of them, so their derivatives add up: *gather*
// becomes *scatter-add*. For a matrix of ones it counts in how many patches each pixel lies:

// %%
const counts = new Float64Array(16);
patches.scatterAdd(new Float64Array(36).fill(1), counts);
console.log(written({ shape: [4, 4], data: counts }));
assert.deepEqual([...counts], [1, 2, 2, 1, 2, 4, 4, 2, 2, 4, 4, 2, 1, 2, 2, 1]);

// %% [markdown]
// Gather is linear in the pixels, a matrix $A$ of zeros and ones; scatter-add should be $A^\top$. There is a test for
// that which needs no derivative and no small step. For any two vectors
//
// $$\langle A u, v \rangle = \langle u, A^\top v \rangle .$$
//
// Both sides are the same sum in another order, so they agree to rounding, and a single wrong index shows. This is the
// **adjoint test**.

// %%
import { dot } from '../src/tensor/vector.ts';

for (const [kernel, stride, padding] of [[3, 1, 0], [5, 2, 2], [2, 3, 1]]) {
  const some = new Patches([3, 9, 8], kernel, stride, padding);
  const u = random.fillNormal(new Float64Array(3 * 9 * 8));
  const v = random.fillNormal(new Float64Array(sizeOf(some.shape)));
  const Au = new Float64Array(v.length), Atv = new Float64Array(u.length);
  some.gather(u, Au);
  some.scatterAdd(v, Atv);
  const agree = Math.abs(dot(Au, v) - dot(u, Atv)) < 1e-12 * v.length;
  assert.ok(agree);
  console.log(`kernel ${kernel}, stride ${stride}, padding ${padding}: ⟨Au, v⟩ = ⟨u, Aᵀv⟩`);
}

// %% [markdown]
// ## The whole network against a difference
//
// Put the layers behind one another and the chain rule runs from the loss to the front. Is the gradient of all 13,426
// parameters right? A difference for each of them would take two forward passes per parameter. It is enough to move all
// at once, along one random direction $u$:
//
// $$\langle g, u \rangle \approx \frac{\ell(\theta + h u) - \ell(\theta - h u)}{2h} .$$
//
// An error in any entry of $g$ changes the left side, by more the larger that entry of $u$, and shows if it is not
// below the tolerance; several could cancel, but hardly at a random $u$. The project's tests do this with `checkSlope`
// of [slope.ts](../test/check/slope.ts): the entries of $u$ have random signs and sizes from ½ to 1½, and it throws
// where the two sides differ by more than a millionth of their usual size, $\lVert g \rVert \lVert u \rVert / \sqrt n$
// for $n$ parameters.

// %%
import { oneHot } from '../src/index.ts';
import { checkSlope } from '../test/check/slope.ts';

const c = 8, t = oneHot(c, 10), theta = network.theta.data;
const gradient = network.gradient(image, c);
const start = theta.slice();
const lossAt = (moved: Float64Array): number => {
  theta.set(moved);
  const loss = network.forward(image, t);
  theta.set(start);
  return loss;
};
checkSlope('LeNet', lossAt, start, gradient.data, random);
console.log('∂ℓ/∂θ of LeNet agrees with a difference to 1e-6');

// %% [markdown]
// ## A test that cannot fail is no test
//
// Spoil the gradient by 0.1 %, all of it or a single tensor, and the test has to notice. It does, each time:

// %%
const spoil = (names: readonly string[]): Float64Array => {
  const copy = gradient.like(gradient.data.slice());
  for (const name of names) {
    const { data } = copy.tensors.get(name)!;
    data.forEach((v, i) => (data[i] = 1.001 * v));
  }
  return copy.data;
};
const caught = (g: Float64Array): boolean => {
  try {
    checkSlope('LeNet', lossAt, start, g, random);
    return false;
  } catch (error) {
    return (error as Error).message.includes('scaled error');
  }
};
const names = [...gradient.tensors.keys()];
const spoilt: Record<string, string[]> = { nothing: [], everything: names };
for (const name of names) spoilt[name] = [name];
for (const [what, which] of Object.entries(spoilt)) {
  const noticed = caught(spoil(which));
  console.log(`${what.padEnd(15)} 0.1 % too large: ${noticed ? 'caught' : 'passes'}`);
  assert.equal(noticed, which.length > 0);
}

// %% [markdown]
// ## What a difference cannot see
//
// A convolution with the wrong padding is a different network, and its derivative is the derivative of that network:
// the test passes. Here LeNet's first layer has a padding of 1, and nothing complains.

// %%
import { buildStack } from '../src/index.ts';
import { lenetLayers } from '../src/nn/lenet.ts';

const [first, ...others] = lenetLayers(10, 'sigmoid', true);
const wrong = buildStack([{ ...first, padding: 1 } as typeof first, ...others], [1, 28, 28]);
random.fillUniform(wrong.theta.data, -0.5, 0.5);
const origin = wrong.theta.data.slice();
checkSlope('wrong padding', (theta) => {
  wrong.theta.data.set(theta);
  return wrong.forward(image, t);
}, origin, wrong.gradient(image, c).data, random);
const shape = wrong.layers[0].layer.outShape.join('×');
console.log(`its first maps are ${shape}, and its slope is right`);

// %% [markdown]
// So derivatives are tested by differences, transposes by inner products, and geometry by somebody else's numbers: the
// project compares with PyTorch's values ([pytorch.test.ts](../test/nn/pytorch.test.ts)). All four passes of a layer
// are tested by `checkFourPasses` of [four-passes.ts](../test/nn/four-passes.ts): `backward` against differences of
// `forward`, the R-passes against differences of the plain ones, and $\langle H u, v \rangle$ against
// $\langle u, H v \rangle$, with $H$ the second derivatives by $\theta$ and $x$.

// %%
import { Activation } from '../src/index.ts';
import { checkFourPasses } from '../test/nn/four-passes.ts';

for (const [name, layer] of [
  ['linear', new Linear({ inShape: [7], outShape: [4] })],
  ['sigmoid', new Activation('sigmoid', [2, 3, 3])],
  ['conv2d', new Conv2d({ inShape: [2, 7, 6], out: 3, kernel: 5, stride: 2, padding: 2 })],
] as const) {
  checkFourPasses(name, layer, random.fillNormal(new Float64Array(sizeOf(layer.inShape))), random);
  console.log(`${name.padEnd(8)} forward, backward, rForward and rBackward agree with one another`);
}

// %% [markdown]
// ## Exercises
//
// Fill in the functions of [exercises/02-lenet-by-hand.ts](exercises/02-lenet-by-hand.ts), and ask with
// `npm run exercise -- 02` which of them are right. A wrong answer is shown with its case: `new Random(1, 0)` makes it
// again. Right answers are in [solutions/02-lenet-by-hand.ts](solutions/02-lenet-by-hand.ts).
//
// 1. `softplus`: an activation that the project does not have, $f(x) = \log(1 + e^x)$, with $f'$ and $f''$; also for
//    $x = \pm 1000$.
// 2. `convolve`: a convolution of one channel by plain loops, without patches.
// 3. `inputGradient`: its way back, $\partial_x$ from $\partial_y$. The adjoint test is the judge.

// %% [markdown]
// ## Sources
//
// - Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition",
//   Proceedings of the IEEE 86 (1998): the family of networks.
// - B. Zhao, K. R. Mopuri and H. Bilen, "iDLG: Improved Deep Leakage from Gradients", 2020,
//   [arXiv:2001.02610](https://arxiv.org/abs/2001.02610): this member of it, as in the code published with the paper.
// - B. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994): $R\lbrace\cdot\rbrace$.
