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
import { digits, lenet } from '../src/index.ts';
import { sizeOf } from '../src/exports/tensor.ts';
import { filmStrip } from '../src/plot/film-strip.ts';
import { show } from './show.ts';

const { image } = digits().example(8);
const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 0 });

let total = 0;
for (const { name, layer } of network.layers.parts) {
  const shapes = Object.values(layer.parameterShapes) as (readonly number[])[]; // of weight and bias, if it has any
  const count = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  total += count;
  const maps = `${layer.inShape.slice(1).join('×')} → ${layer.outShape.slice(1).join('×')}`;
  console.log(`${name.padEnd(8)} ${maps.padEnd(22)} ${count} parameters`);
}
console.log(`together ${total}`);
assert.equal(total, network.theta.data.length);

// %% [markdown]
// The names are those of PyTorch: in the papers' code `body` holds convolutions and sigmoids by turns, numbered from 0,
// and `fc` the last layer.
//
// What the first convolution and its sigmoid make of a digit: twelve maps of half its size, one per kernel.

// %%
const batch = { shape: [1, 1, 28, 28], data: image.data }; // layers take a batch of images; here it is one
const [convolution, sigmoid] = network.layers.parts, { tree } = network.theta;
const maps = sigmoid.layer.forward(convolution.layer.forward(batch, tree[convolution.name]), tree[sigmoid.name]);
const [, channels, height, width] = maps.shape;
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
// Let $X$ have one row per vector; $Y = X W^\top + \mathbf{1} b^\top$. Move $W$ by a little $dW$: then $Y$ moves by
// $X\,dW^\top$ and the loss by
//
// $$d\ell = \langle \partial_Y,\, X\,dW^\top \rangle = \sum_{n,i} (\partial_Y)_{ni} \sum_k X_{nk}\, dW_{ik}
// = \sum_{i,k} \Bigl( \sum_n (\partial_Y)_{ni} X_{nk} \Bigr) dW_{ik} = \langle \partial_Y^\top X,\, dW \rangle ,$$
//
// and what stands beside $dW$ in the last inner product **is** $\partial_W$. In the same way, moving $X$ and $b$,
//
// $$\partial_W = \partial_Y^\top X, \qquad \partial_X = \partial_Y W, \qquad
// \partial_b = \partial_Y^\top \mathbf{1} .$$
//
// Whole numbers that can be checked on paper, with two rows:

// %%
import { Linear } from '../src/exports/nn.ts';
import { zeros } from '../src/exports/tensor.ts';
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

const linear = new Linear({ inShape: [2, 3], out: 2 });
const X = matrix(2, 1, 2, 0, 0, 1, 3);
const p = { weight: matrix(2, 1, 2, 3, 0, -1, 1), bias: vector(10, 20) };
const noGradient = () => ({ weight: zeros([2, 3]), bias: zeros([2]) });

const gradY = matrix(2, 1, 0, 0, 2), grad = noGradient();
console.log(`Y = X Wᵀ + 1 bᵀ\n${written(linear.forward(X, p))}`);
const gradX = linear.backward(gradY, p, grad);
console.log(`∂W = ∂Yᵀ X\n${written(grad.weight)}`);
console.log(`∂X = ∂Y W\n${written(gradX)}`);
console.log(`∂b = ∂Yᵀ 1\n${written({ ...grad.bias, shape: [2, 1] })}`);
assert.deepEqual([...grad.weight.data], [1, 2, 0, 0, 2, 6]);
assert.deepEqual([...gradX.data], [1, 2, 3, 0, -2, 2]);

// %% [markdown]
// The R-passes are these lines again under the product rule
// $R\lbrace AB \rbrace = R\lbrace A \rbrace B + A\,R\lbrace B \rbrace$:
//
// $$R\lbrace Y \rbrace = X R\lbrace W \rbrace^\top + R\lbrace X \rbrace W^\top + \mathbf{1} R\lbrace b \rbrace^\top .$$
//
// $X$ moves too: it is the output of the layers before. And so does $\partial_Y$, which comes from the layers after:
//
// $$R\lbrace \partial_X \rbrace = \partial_Y R\lbrace W \rbrace + R\lbrace \partial_Y \rbrace W ,$$
//
// and for the parameters
//
// $$R\lbrace \partial_W \rbrace = R\lbrace \partial_Y \rbrace^\top X + \partial_Y^\top R\lbrace X \rbrace, \qquad
// R\lbrace \partial_b \rbrace = R\lbrace \partial_Y \rbrace^\top \mathbf{1} .$$
//
// Each is compared with a difference of the plain pass, everything moved a little to both sides:

// %%
import { Random } from '../src/exports/tensor.ts';

const random = new Random(2);
const like = ({ shape, data }: Tensor): Tensor =>
  ({ shape, data: random.fillNormal(data.slice()) });
const moved = (a: Tensor, ra: Tensor, r: number): Tensor =>
  ({ shape: a.shape, data: a.data.map((v, i) => v + r * ra.data[i]) });

const rP = { weight: like(p.weight), bias: like(p.bias) }, rX = like(X), rGradY = like(gradY);
const plain = (r: number) => {
  const q = { weight: moved(p.weight, rP.weight, r), bias: moved(p.bias, rP.bias, r) }, grad = noGradient();
  const Y = linear.forward(moved(X, rX, r), q).data.slice();
  const dX = linear.backward(moved(gradY, rGradY, r), q, grad).data.slice();
  return { 'Y': Y, '∂X': dX, '∂W': grad.weight.data, '∂b': grad.bias.data };
};
const above = plain(1e-5), below = plain(-1e-5);
plain(0);
const rGrad = noGradient(), rY = linear.rForward(rX, p, rP).data;
const rGradX = linear.rBackward(rGradY, p, rP, rGrad).data;
for (const [name, exact] of [
  ['Y', rY], ['∂X', rGradX], ['∂W', rGrad.weight.data], ['∂b', rGrad.bias.data],
] as const) {
  exact.forEach((v, i) =>
    assert.ok(Math.abs(v - (above[name][i] - below[name][i]) / 2e-5) < 1e-9));
  console.log(`R{${name}} agrees with a difference to 1e-9`);
}

// %% [markdown]
// ## The convolution
//
// A kernel is laid on the image, every pixel under it is multiplied by the weight above it, the products are summed,
// and the kernel moves on. With one channel, stride $s$ and padding $p$,
//
// $$y_{ij} = b + \sum_{u,v} W_{uv}\, x_{ab}, \qquad a = s\,i + u - p, \quad b = s\,j + v - p ,$$
//
// where pixels outside the image are 0. [conv2d.ts](../src/nn/conv2d.ts) has these loops, with two more for the channels
// on either side and one for the images of a batch. Two kernels on an image of 4 × 4 pixels: one takes the pixel in the
// middle, the other right minus left, plus 100.

// %%
import { Conv2d } from '../src/exports/nn.ts';

const pixels = Float64Array.from({ length: 16 }, (_, i) => i + 1);
console.log(`the image\n${written({ shape: [4, 4], data: pixels })}`);
const conv = new Conv2d({ inShape: [1, 1, 4, 4], out: 2, kernel: 3 });
const middle = [0, 0, 0, 0, 1, 0, 0, 0, 0], rightMinusLeft = [-1, 0, 1, -1, 0, 1, -1, 0, 1];
const weight: Tensor = { shape: [2, 1, 3, 3], data: Float64Array.from([...middle, ...rightMinusLeft]) };
const y = conv.forward({ shape: [1, 1, 4, 4], data: pixels }, { weight, bias: vector(0, 100) }).data;
console.log(`the middle\n${written({ shape: [2, 2], data: y.subarray(0, 4) })}`);
console.log(`right minus left, plus 100\n${written({ shape: [2, 2], data: y.subarray(4) })}`);
assert.deepEqual([...y], [6, 7, 10, 11, 106, 106, 106, 106]);

// %% [markdown]
// In LeNet's first layer the kernel has 25 pixels, moves by 2 and may stand 2 pixels over the edge, where it sees zeros.
// The second layer sees twelve maps, so each of its 12 kernels has 12 · 25 = 300 weights, and the layer
// 12 · 300 + 12 = 3612 parameters.

// %%
const { weight: kernels } = network.layers.parts[2].layer.parameterShapes as { weight: readonly number[] };
assert.equal(sizeOf(kernels) + 12, 3612);
console.log(`the weights of the second convolution: ${kernels.join(' × ')}`);

// %% [markdown]
// ## The way back
//
// A pixel that lies under the kernel at several places moves the loss through all of them, so their derivatives add up:
//
// $$(\partial_x)_{ab} = \sum W_{uv}\, (\partial_y)_{ij} \quad \text{over all } i, j, u, v \text{ with }
// s\,i + u - p = a,\; s\,j + v - p = b .$$
//
// With weights and $\partial_y$ of ones, it counts the places at which the kernel covers each pixel:

// %%
const ones = new Conv2d({ inShape: [1, 1, 4, 4], out: 1, kernel: 3, bias: false });
const allOnes = { weight: { shape: [1, 1, 3, 3], data: new Float64Array(9).fill(1) } };
ones.forward({ shape: [1, 1, 4, 4], data: pixels }, allOnes);
const gradOut = { shape: [1, 1, 2, 2], data: new Float64Array(4).fill(1) };
const counts = ones.backward(gradOut, allOnes, { weight: zeros([1, 1, 3, 3]) }).data;
console.log(written({ shape: [4, 4], data: counts }));
assert.deepEqual([...counts], [1, 2, 2, 1, 2, 4, 4, 2, 2, 4, 4, 2, 1, 2, 2, 1]);

// %% [markdown]
// Without a bias, a convolution is linear in the pixels: a matrix $A$, though nobody writes it down. The way back should
// be $A^\top$. There is a test for that which needs no derivative and no small step. For any two vectors
//
// $$\langle A u, v \rangle = \langle u, A^\top v \rangle .$$
//
// Both sides are the same sum in another order, so they agree up to rounding, and a single wrong index shows. This is
// the **adjoint test**.

// %%
import { dot } from '../src/tensor/vector.ts';

for (const [kernel, stride, padding] of [[3, 1, 0], [5, 2, 2], [2, 3, 1]]) {
  const A = new Conv2d({ inShape: [1, 3, 9, 8], out: 4, kernel, stride, padding, bias: false });
  const parameters = { weight: like(zeros([4, 3, kernel, kernel])) }, unused = { weight: zeros([4, 3, kernel, kernel]) };
  const u = like(zeros(A.inShape)), v = like(zeros(A.outShape));
  const Au = A.forward(u, parameters).data, Atv = A.backward(v, parameters, unused).data;
  assert.ok(Math.abs(dot(Au, v.data) - dot(u.data, Atv)) < 1e-12 * v.data.length);
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
import { labelsOf } from '../src/exports/nn.ts';
import { checkSlope } from '../test/check/slope.ts';

const c = 8, t = labelsOf([c], 10), theta = network.theta.data;
const gradient = network.gradient(image, c);
const start = theta.slice();
const lossAt = (moved: Float64Array): number => {
  theta.set(moved);
  const loss = network.forward(batch, t);
  theta.set(start);
  return loss;
};
checkSlope('LeNet', lossAt, start, gradient.data, random);
console.log('∂ℓ/∂θ of LeNet agrees with a difference to 1e-6');

// %% [markdown]
// ## A test that cannot fail is no test
//
// Spoil the gradient by 0.1 %, all of it or a single tensor, and the test has to notice. One direction may happen to miss
// a small tensor, so there are five. Each time the test notices:

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
    for (let trial = 0; trial < 5; trial++) checkSlope('LeNet', lossAt, start, g, random);
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
import { buildStack, type LayerDescription } from '../src/index.ts';

const convolutions = [2, 2, 1].map((stride, k): LayerDescription => ({
  type: 'conv2d', name: `body.${2 * k}`, out: 12, kernel: 5, stride, padding: k === 0 ? 1 : 2, activation: 'sigmoid',
}));
const wrong = buildStack([...convolutions, { type: 'linear', name: 'fc.0', out: 10 }], [1, 28, 28]);
random.fillUniform(wrong.theta.data, -0.5, 0.5);
const origin = wrong.theta.data.slice();
checkSlope('wrong padding', (theta) => {
  wrong.theta.data.set(theta);
  return wrong.forward(batch, t);
}, origin, wrong.gradient(image, c).data, random);
const shape = wrong.layers.parts[0].layer.outShape.slice(1).join('×');
console.log(`its first maps are ${shape}, and its slope is right`);

// %% [markdown]
// So derivatives are tested by differences, transposes by inner products, and geometry by somebody else's numbers: the
// project compares with PyTorch's values ([pytorch-lenet.test.ts](../test/nn/pytorch-lenet.test.ts)). All four passes of a layer
// are tested by `checkFourPasses` of [four-passes.ts](../test/nn/four-passes.ts): `backward` against differences of
// `forward`, the R-passes against differences of the plain ones, and $\langle H u, v \rangle$ against
// $\langle u, H v \rangle$, with $H$ the second derivatives by $\theta$ and $x$.

// %%
import { Activation } from '../src/exports/nn.ts';
import { checkFourPasses } from '../test/nn/four-passes.ts';

for (const [name, layer] of [
  ['linear', new Linear({ inShape: [3, 7], out: 4 })],
  ['sigmoid', new Activation('sigmoid', [2, 3, 3])],
  ['conv2d', new Conv2d({ inShape: [2, 2, 7, 6], out: 3, kernel: 5, stride: 2, padding: 2 })],
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
// 2. `convolve`: a convolution of one channel by plain loops.
// 3. `inputGradient`: its way back, $\partial_x$ from $\partial_y$. The adjoint test is the judge.

// %% [markdown]
// ## Sources
//
// - Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition",
//   Proceedings of the IEEE 86 (1998): the family of networks.
// - B. Zhao, K. R. Mopuri and H. Bilen, "iDLG: Improved Deep Leakage from Gradients", 2020,
//   [arXiv:2001.02610](https://arxiv.org/abs/2001.02610): this member of it, as in the code published with the paper.
// - B. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994): $R\lbrace\cdot\rbrace$.
