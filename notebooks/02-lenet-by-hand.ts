/** @file Chapter 2: the paper's network, its derivatives, and tests of these derivatives. */

// %% [markdown]
// # 2. LeNet by hand
//
// The attacks in the two papers differentiate a network, and then they differentiate the resulting gradient. A
// framework does this automatically: it records all operations on a *tape* and differentiates the record. In this
// project every derivative is written by hand. **How do we derive the derivatives of each layer, and how do we know
// that they are correct?**
//
// The network is the LeNet of the papers' code: three convolutions with kernels of 5 × 5 pixels, each followed by a
// sigmoid, and a linear layer. This chapter takes it apart.
//
// **Threat model.** As in Chapter 1, the attacker knows the network, its parameters $\theta$ and the shared gradient of
// one image, but neither the image nor its label. So the attacker can run every pass in this chapter, on any image.
//
// **Notation.**
//
// | symbol | meaning |
// |---|---|
// | $x$, $y$ | the input and the output of a layer; the output of the last layer is the logits |
// | $W$, $b$ | the weights and the bias of a layer; $\theta$ denotes all of them |
// | $\ell$ | the loss, one number, computed from the output of the last layer |
// | $\partial_y$ | short for $\partial\ell/\partial y$, with the shape of $y$; `gradY` in the code |
// | $R\lbrace y \rbrace$ | a derivative in one direction, with the shape of $y$; `rY` in the code |

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
  console.log(`${name.padEnd(8)} ${maps.padEnd(22)} ${String(count).padStart(5)} parameters`);
}
console.log(`${'total'.padEnd(31)} ${total}`);
assert.equal(total, network.theta.data.length);

// %% [markdown]
// Except for `flatten`, the names in this list are those that PyTorch gives to the layers in the papers' code: `body`
// contains the convolutions and sigmoids in order, numbered from 0, and `fc` contains the last layer.
//
// Figure 2.1 shows the output of the first convolution and its sigmoid for a digit: twelve maps, one per kernel, each
// of half the digit's width and height.

// %%
const batch = { shape: [1, 1, 28, 28], data: image.data }; // layers take a batch; this one has one image
const [convolution, sigmoid] = network.layers.parts, { tree } = network.theta;
const maps = sigmoid.layer.forward(convolution.layer.forward(batch, tree[convolution.name]), tree[sigmoid.name]);
const [, channels, height, width] = maps.shape;
const frames = Array.from({ length: channels }, (_, k) => {
  const data = maps.data.slice(k * height * width, (k + 1) * height * width);
  return { image: { shape: [1, height, width], data }, caption: `${k}` };
});
show(
  'Figure 2.1. A drawn digit and its twelve maps after the first layer. They differ in which edges are bright.',
  filmStrip([
    { title: 'image', frames: [{ image, caption: '28 by 28' }] },
    { title: 'its maps, 14 by 14', frames },
  ], { scale: 4, across: 12 }),
);

// %% [markdown]
// ## Four passes
//
// A layer is a function $y(x, \theta)$. An attack needs four passes through it, and each is a method in
// [layer.ts](../src/nn/layer.ts):
//
// | pass | computes | which gives |
// |---|---|---|
// | `forward` | $y$ | the loss |
// | `backward` | $\partial_x$ and $\partial_\theta$ from $\partial_y$ | the gradient that a client shares |
// | `rForward` | $R\lbrace y\rbrace$ | how $y$ changes when $\theta$ moves |
// | `rBackward` | $R\lbrace\partial_x\rbrace$, $R\lbrace\partial_\theta\rbrace$ | how the gradient changes |
//
// $R\lbrace\cdot\rbrace$ is a derivative in one direction. Choose a direction in which all parameters move together,
// and call it $R\lbrace\theta\rbrace$. For any quantity $z$ that depends on the parameters, define
//
// $$R\lbrace z \rbrace = \frac{d}{dr}\, z\bigl(\theta + r\, R\lbrace\theta\rbrace\bigr)\Big|_{r=0} .$$
//
// Chapter 3 explains its use. Here we only need to know that it is a derivative, so it obeys the product rule and the
// chain rule.

// %% [markdown]
// ## The sigmoid
//
// The sigmoid acts on each entry: $y = f(x)$ with $f(x) = 1 / (1 + e^{-x})$. The chain rule gives two more passes,
// where $\odot$ multiplies corresponding entries:
//
// $$\partial_x = f'(x) \odot \partial_y, \qquad R\lbrace y \rbrace = f'(x) \odot R\lbrace x \rbrace .$$
//
// The fourth pass follows from the first of these formulas by the product rule, since both of its factors depend on
// $r$:
//
// $$R\lbrace \partial_x \rbrace = f'(x) \odot R\lbrace \partial_y \rbrace
// + f''(x) \odot R\lbrace x \rbrace \odot \partial_y .$$
//
// For the sigmoid $f' = y(1-y)$ and $f'' = y(1-y)(1-2y)$. The next cell compares both with finite differences.

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
// Let $X$ have one row per input, and let $Y = X W^\top + \mathbf{1} b^\top$. If $W$ changes by a small $dW$, then $Y$
// changes by $X\,dW^\top$, and to first order the loss changes by
//
// $$d\ell = \langle \partial_Y,\, X\,dW^\top \rangle = \sum_{n,i} (\partial_Y)_{ni} \sum_k X_{nk}\, dW_{ik}
// = \sum_{i,k} \Bigl( \sum_n (\partial_Y)_{ni} X_{nk} \Bigr) dW_{ik} = \langle \partial_Y^\top X,\, dW \rangle .$$
//
// The factor that multiplies $dW$ in the last inner product **is** $\partial_W$. The same argument for $X$ and $b$
// gives
//
// $$\partial_W = \partial_Y^\top X, \qquad \partial_X = \partial_Y W, \qquad
// \partial_b = \partial_Y^\top \mathbf{1} .$$
//
// This example with two rows uses whole numbers, so that you can check it on paper:

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
const parameters = { weight: matrix(2, 1, 2, 3, 0, -1, 1), bias: vector(10, 20) };
const noGradient = () => ({ weight: zeros([2, 3]), bias: zeros([2]) });

const gradY = matrix(2, 1, 0, 0, 2), grad = noGradient();
console.log(`Y = X Wᵀ + 1 bᵀ\n${written(linear.forward(X, parameters))}`);
const gradX = linear.backward(gradY, parameters, grad);
console.log(`∂W = ∂Yᵀ X\n${written(grad.weight)}`);
console.log(`∂X = ∂Y W\n${written(gradX)}`);
console.log(`∂b = ∂Yᵀ 1\n${written({ ...grad.bias, shape: [2, 1] })}`);
assert.deepEqual([...grad.weight.data], [1, 2, 0, 0, 2, 6]);
assert.deepEqual([...gradX.data], [1, 2, 3, 0, -2, 2]);

// %% [markdown]
// The R-passes follow from these formulas by the product rule
// $R\lbrace AB \rbrace = R\lbrace A \rbrace B + A\,R\lbrace B \rbrace$:
//
// $$R\lbrace Y \rbrace = X R\lbrace W \rbrace^\top + R\lbrace X \rbrace W^\top + \mathbf{1} R\lbrace b \rbrace^\top .$$
//
// $X$ moves too, because it is the output of the layers before this one. So does $\partial_Y$, which comes from the
// layers after this one:
//
// $$R\lbrace \partial_X \rbrace = \partial_Y R\lbrace W \rbrace + R\lbrace \partial_Y \rbrace W .$$
//
// For the parameters the product rule gives
//
// $$R\lbrace \partial_W \rbrace = R\lbrace \partial_Y \rbrace^\top X + \partial_Y^\top R\lbrace X \rbrace, \qquad
// R\lbrace \partial_b \rbrace = R\lbrace \partial_Y \rbrace^\top \mathbf{1} .$$
//
// The next cell compares each result with a central difference of the corresponding plain pass, `forward` or
// `backward`, in which all quantities move a little in both directions.

// %%
import { Random } from '../src/exports/tensor.ts';

const random = new Random(2);
const like = ({ shape, data }: Tensor): Tensor =>
  ({ shape, data: random.fillNormal(data.slice()) });
const moved = (value: Tensor, direction: Tensor, r: number): Tensor =>
  ({ shape: value.shape, data: value.data.map((v, i) => v + r * direction.data[i]) });

const rParameters = { weight: like(parameters.weight), bias: like(parameters.bias) };
const rX = like(X), rGradY = like(gradY);
const plain = (r: number) => {
  const weight = moved(parameters.weight, rParameters.weight, r), bias = moved(parameters.bias, rParameters.bias, r);
  const grad = noGradient();
  const Y = linear.forward(moved(X, rX, r), { weight, bias }).data.slice();
  const dX = linear.backward(moved(gradY, rGradY, r), { weight, bias }, grad).data.slice();
  return { 'Y': Y, '∂X': dX, '∂W': grad.weight.data, '∂b': grad.bias.data };
};
const above = plain(1e-5), below = plain(-1e-5);
plain(0);
const rGrad = noGradient(), rY = linear.rForward(rX, parameters, rParameters).data;
const rGradX = linear.rBackward(rGradY, parameters, rParameters, rGrad).data;
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
// Place a kernel on the image, multiply each pixel under it by the weight at the same place, and add the products. Then
// move the kernel and repeat. With one channel, stride $S$ and padding $P$,
//
// $$y_{ij} = b + \sum_{u,v} W_{uv}\, x_{kl}, \qquad k = S\,i + u - P, \quad l = S\,j + v - P ,$$
//
// where pixels outside the image are 0. [conv2d.ts](../src/nn/conv2d.ts) has these loops, two more for the input and
// output channels, and one for the images of a batch. The next cell applies two kernels to an image of 4 × 4 pixels.
// The first takes the pixel in the middle. The second subtracts the left column from the right one and adds a bias of
// 100.

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
// In LeNet's first convolution each kernel has 25 weights. It moves by two pixels at a time, and it may extend two
// pixels beyond the edge of the image, where it sees zeros. The second convolution reads twelve maps. Each of its 12
// kernels therefore has 12 · 25 = 300 weights, and the layer has 12 · 300 + 12 = 3,612 parameters.

// %%
const { weight: kernels } = network.layers.parts[2].layer.parameterShapes as { weight: readonly number[] };
assert.equal(sizeOf(kernels) + 12, 3612);
console.log(`the weights of the second convolution: ${kernels.join(' × ')}`);

// %% [markdown]
// ## Backwards through a convolution
//
// A pixel affects the loss through every position at which the kernel covers it, and the contributions to its
// derivative add up:
//
// $$(\partial_x)_{kl} = \sum W_{uv}\, (\partial_y)_{ij} \quad \text{over all } i, j, u, v \text{ with }
// S\,i + u - P = k,\; S\,j + v - P = l .$$
//
// If all weights and all entries of $\partial_y$ are 1, this counts the positions at which the kernel covers each
// pixel:

// %%
const ones = new Conv2d({ inShape: [1, 1, 4, 4], out: 1, kernel: 3, bias: false });
const allOnes = { weight: { shape: [1, 1, 3, 3], data: new Float64Array(9).fill(1) } };
ones.forward({ shape: [1, 1, 4, 4], data: pixels }, allOnes);
const gradOut = { shape: [1, 1, 2, 2], data: new Float64Array(4).fill(1) };
const counts = ones.backward(gradOut, allOnes, { weight: zeros([1, 1, 3, 3]) }).data;
console.log(written({ shape: [4, 4], data: counts }));
assert.deepEqual([...counts], [1, 2, 2, 1, 2, 4, 4, 2, 2, 4, 4, 2, 1, 2, 2, 1]);

// %% [markdown]
// Without a bias, a convolution is a linear function of the pixels. So it multiplies the pixels by a matrix $A$,
// although we never write $A$ down. The backward pass should multiply by $A^\top$. A test for this needs neither a
// derivative nor a small step. For any two vectors $q$ and $w$,
//
// $$\langle A q, w \rangle = \langle q, A^\top w \rangle .$$
//
// Both sides are the same sum in a different order, so they agree up to rounding. If only one of the two passes has a
// wrong index, the two sides differ for almost all vectors. This is the **adjoint test**.

// %%
import { dot } from '../src/tensor/vector.ts';

for (const [kernel, stride, padding] of [[3, 1, 0], [5, 2, 2], [2, 3, 1]]) {
  const A = new Conv2d({ inShape: [1, 3, 9, 8], out: 4, kernel, stride, padding, bias: false });
  const weights = { weight: like(zeros([4, 3, kernel, kernel])) }, unused = { weight: zeros([4, 3, kernel, kernel]) };
  const q = like(zeros(A.inShape)), w = like(zeros(A.outShape));
  const Aq = A.forward(q, weights).data, Atw = A.backward(w, weights, unused).data;
  assert.ok(Math.abs(dot(Aq, w.data) - dot(q.data, Atw)) < 1e-12 * w.data.length);
  console.log(`kernel ${kernel}, stride ${stride}, padding ${padding}: ⟨Aq, w⟩ = ⟨q, Aᵀw⟩`);
}

// %% [markdown]
// ## The whole network against a difference
//
// Connect the layers, and the chain rule carries the derivative from the loss to the first layer. Is the gradient
// $\partial_\theta$ correct for all 13,426 parameters? A separate difference for each would take two forward passes per
// parameter. Instead, we move all parameters at once, along one random direction $\delta$:
//
// $$\langle \partial_\theta, \delta \rangle \approx \frac{\ell(\theta + h \delta) - \ell(\theta - h \delta)}{2h} .$$
//
// An error in an entry of $\partial_\theta$ changes the left side in proportion to that entry of $\delta$. The test
// detects the error if this change exceeds the tolerance. Several errors can cancel for one $\delta$; exercise 5 shows
// that they do not cancel on average. The project's tests use `checkSlope` from [slope.ts](../test/check/slope.ts). It
// draws the entries of $\delta$ with random signs and sizes from ½ to 1½. It throws if the two sides differ by more
// than a millionth of their typical size, which is $\lVert \partial_\theta \rVert \lVert \delta \rVert / \sqrt n$ for
// $n$ parameters. The error message gives their discrepancy divided by this size, as the *scaled error*.

// %%
import { labelsOf } from '../src/exports/nn.ts';
import { checkSlope } from '../test/check/slope.ts';

const c = 8, t = labelsOf([c], 10), theta = network.theta.data; // the class, and the label as a distribution
const gradient = network.gradient(image, c);
const start = theta.slice();
const lossAt = (at: Float64Array): number => {
  theta.set(at);
  const loss = network.forward(batch, t);
  theta.set(start);
  return loss;
};
checkSlope('LeNet', lossAt, start, gradient.data, random);
console.log('∂ℓ/∂θ of LeNet agrees with a difference to 1e-6');

// %% [markdown]
// ## A test must be able to fail
//
// Make the gradient wrong by 0.1 %, either all of it or a single tensor. The test has to notice. One direction can miss
// an error in a small tensor, so the next cell tries five directions.

// %%
const spoil = (names: readonly string[]): Float64Array => {
  const copy = gradient.like(gradient.data.slice());
  for (const name of names) {
    const { data } = copy.tensors.get(name)!;
    data.forEach((v, i) => (data[i] = 1.001 * v));
  }
  return copy.data;
};
const isCaught = (candidate: Float64Array): boolean => {
  try {
    for (let trial = 0; trial < 5; trial++) checkSlope('LeNet', lossAt, start, candidate, random);
    return false;
  } catch (error) {
    return (error as Error).message.includes('scaled error');
  }
};
const names = [...gradient.tensors.keys()];
const spoilt: Record<string, string[]> = { nothing: [], everything: names };
for (const name of names) spoilt[name] = [name];
for (const [what, which] of Object.entries(spoilt)) {
  const caught = isCaught(spoil(which));
  console.log(`${what.padEnd(15)} 0.1 % too large: ${caught ? 'caught' : 'passes'}`);
  assert.equal(caught, which.length > 0);
}

// %% [markdown]
// ## What a difference cannot see
//
// A LeNet with the wrong padding is a different network, and our derivative is the correct derivative of that network.
// So the test passes. In the next cell the padding of LeNet's first layer is 1 instead of 2, and the test does not
// notice.

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
console.log(`its first maps are ${shape}, and the test of its slope passes`);

// %% [markdown]
// So the project tests derivatives with differences, transposes with inner products, and geometry with independent
// values, which come from PyTorch ([pytorch-lenet.test.ts](../test/nn/pytorch-lenet.test.ts)). The function
// `checkFourPasses` in [four-passes.ts](../test/nn/four-passes.ts) tests all four passes of a layer: `backward` against
// differences of `forward`, and the R-passes against differences of the plain passes. With an adjoint test it also
// checks that the matrix of second derivatives with respect to $\theta$ and $x$ is symmetric.

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
// ## Summary
//
// - A layer has four passes: `forward`, `backward`, and the derivative of each in one direction.
// - To derive `backward`, write $d\ell$ as an inner product with the change in a quantity. The other factor is the
//   gradient with respect to that quantity.
// - The R-passes follow from the plain passes by the product rule and the chain rule.
// - A difference along a random direction tests all parameters at once. The adjoint test needs no small step.
// - Neither test notices a wrong network that is differentiated correctly. A comparison with independent values does.
//
// `npm run playground` ([docs/playground.md](../docs/playground.md)) shows the gradient of this network layer by layer,
// for a picture that you draw.

// %% [markdown]
// ## Exercises
//
// Fill in the functions in [exercises/02-lenet-by-hand.ts](exercises/02-lenet-by-hand.ts), and run
// `npm run exercise -- 02` to have them checked. For a wrong answer it shows the input, the expected answer and yours.
// The inputs are random: `new Random(1, 0)` in a message is the generator that draws case 0. A *scaled error* is
// relative to the size of the numbers that are compared. Solutions are in
// [solutions/02-lenet-by-hand.ts](solutions/02-lenet-by-hand.ts).
//
// 1. `softplus`: an activation that this project does not have, $f(x) = \log(1 + e^x)$. Return $f$, $f'$ and $f''$.
//    They must be correct for $x = \pm 1000$ too.
// 2. `convolve`: the convolution of one channel, without a bias, with plain loops. The arguments are an image, a square
//    kernel, the stride and the padding. Along a side of $N$ pixels, a kernel of size $K$ gives
//    $\lfloor (N + 2P - K) / S \rfloor + 1$ outputs.
// 3. `inputGradient`: the backward pass of exercise 2, $\partial_x$ from $\partial_y$. The check includes the adjoint
//    test.
// 4. **Prediction.** Set all parameters of LeNet to 0 and compute the gradient for one image. Which of its entries are
//    not 0? What are the entries of $\partial_b$ in the last layer? Write down your answer. Then run this:
//
//    ```sh
//    npx tsx -e "
//    import { digits, lenet } from './src/index.ts';
//    const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 0 });
//    network.theta.data.fill(0);
//    for (const [name, { data }] of network.gradient(digits().example(8).image, 8).tensors) {
//      console.log(name, data.filter((v) => v !== 0).length, 'of', data.length, 'are not 0');
//      if (name === 'fc.0.bias') console.log([...data]);
//    }"
//    ```
//
//    <details><summary>Answer</summary>
//
//    Only the entries of the last layer are not 0: all 5,880 for its weights and all 10 for its bias. The logits are
//    all 0, so every class has probability 0.1, and $\partial_b$ is $-0.9$ for the label and $0.1$ for all others. The
//    rows of $\partial_W$ are these numbers times the layer's input, whose entries are all $f(0) = \tfrac12$. The input
//    gradient of the last layer is $\partial_Y W = 0$, since $W = 0$, so nothing reaches the layers before it. With all
//    parameters at 0, the gradient of this network depends on the label only, not on the image.
//
//    </details>
//
// 5. **Proof.** Let $e$ be the error of a computed gradient. Let $\delta$ be a direction whose entries are independent
//    and have random signs and the same mean square $\mu$. Show that the expected square of the error along $\delta$ is
//    $\mathrm{E}\,\langle e, \delta \rangle^2 = \mu\, \lVert e \rVert^2$. What is $\mu$ for sizes drawn uniformly from
//    ½ to 1½?
//
//    <details><summary>Solution</summary>
//
//    $\langle e, \delta \rangle^2 = \sum_{i,j} e_i e_j \delta_i \delta_j$. For $i \ne j$ the signs of $\delta_i$ and
//    $\delta_j$ are independent, so $\mathrm{E}\, \delta_i \delta_j = 0$. What remains is
//    $\sum_i e_i^2\, \mathrm{E}\, \delta_i^2 = \mu \lVert e \rVert^2$. For the sizes of `checkSlope`,
//    $\mu = \int_{1/2}^{3/2} \tau^2\, d\tau = 13/12$. So errors do not cancel on average: the mean square of the error
//    along $\delta$ is the sum of the mean squares that the single entries of $e$ would give.
//
//    </details>

// %% [markdown]
// ## Sources
//
// - Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition",
//   Proceedings of the IEEE 86 (1998): the LeNet family of networks.
// - B. Zhao, K. R. Mopuri and H. Bilen, "iDLG: Improved Deep Leakage from Gradients", 2020,
//   [arXiv:2001.02610](https://arxiv.org/abs/2001.02610): the code published with it contains this LeNet.
// - B. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994): $R\lbrace\cdot\rbrace$.
