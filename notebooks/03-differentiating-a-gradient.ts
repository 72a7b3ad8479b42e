/** @file Chapter 3: Pearlmutter's R-operator, and the derivative of Eq. (5) by the image. */

// %% [markdown]
// # 3. Differentiating a gradient
//
// Deep leakage takes an image $x'$ of noise, computes the gradient that it would have given, and moves $x'$ until that
// is the gradient which was shared. What it descends is Eq. (5) of the iDLG paper,
//
// $$L_G(x') = \lVert \nabla W' - \nabla W \rVert^2, \qquad
// \nabla W' = \frac{\partial \ell(x', c)}{\partial \theta}. \tag{5}$$
//
// To descend it one needs $\partial L_G / \partial x'$: the derivative, by the image, of something that is a derivative
// already. **Does that take a matrix of all parameters by all pixels? And what does it cost?**
//
// | symbol | what it is |
// |---|---|
// | $x'$, $c$ | the dummy image, and its class |
// | $\theta$ | all weights and biases of the network, one long vector |
// | $\ell$ | the loss |
// | $\nabla W$, $\nabla W'$ | the shared gradient, and the dummy's: both as long as $\theta$ |
// | $v$ | $2(\nabla W' - \nabla W)$ |

// %%
import assert from 'node:assert/strict';
import { digits, lenet } from '../src/index.ts';
import { labelsOf, oneHot } from '../src/exports/nn.ts';
import { Random, sizeOf, zeros } from '../src/exports/tensor.ts';

const { image, label: c } = digits().example(3);
const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 0 });
const shared = network.gradient(image, c); // ∇W

const random = new Random(3);
const dummy = zeros([1, 28, 28]); // x′
random.fillNormal(dummy.data);

const objective = (x: Float64Array): number => {
  const gradient = network.gradient({ shape: dummy.shape, data: x }, c).data;
  return gradient.reduce((sum, g, i) => sum + (g - shared.data[i]) ** 2, 0);
};
const [n, m] = [network.theta.data.length, dummy.data.length];
console.log(`${n} parameters, ${m} pixels: the matrix would have ${n * m} numbers`);
console.log(`L_G at the dummy ${objective(dummy.data).toFixed(3)}`);
console.log(`L_G at the image ${objective(image.data)}`);
assert.equal(objective(image.data), 0);

// %% [markdown]
// ## A derivative in one direction
//
// Pearlmutter (1994) gave it a letter. Choose a direction for the parameters and call it $R\lbrace\theta\rbrace$; then
// for anything $a$ that depends on them
//
// $$R\lbrace a \rbrace = \frac{d}{dr}\, a\bigl(\theta + r\, R\lbrace\theta\rbrace\bigr)\Big|_{r=0} .$$
//
// It has the shape of $a$. Being a derivative it obeys the product rule, for matrices in their order:
//
// $$R\lbrace AB \rbrace = R\lbrace A \rbrace\, B + A\, R\lbrace B \rbrace .$$
//
// For $(A + r R\lbrace A \rbrace)(B + r R\lbrace B \rbrace)$ is
// $AB + r(\dots) + r^2 R\lbrace A \rbrace R\lbrace B \rbrace$, and the bracket is the right side. A central difference
// loses the $r^2$, so with whole numbers it is exact even for $r = 1$:

// %%
import { addAB } from '../src/tensor/matmul.ts';

const product = (A: number[], B: number[]): number[] => {
  const C = new Float64Array(4);
  addAB(2, 2, 2, Float64Array.from(A), Float64Array.from(B), C); // C += A B
  return [...C];
};
const plus = (A: number[], B: number[], r = 1): number[] => A.map((a, i) => a + r * B[i]);

const A = [1, 2, 3, 4], B = [0, 1, 5, -2], rA = [2, 0, -1, 3], rB = [1, 1, 4, 0];
const rule = plus(product(rA, B), product(A, rB));
const above = product(plus(A, rA), plus(B, rB)), below = product(plus(A, rA, -1), plus(B, rB, -1));
const difference = plus(above, below, -1).map((v) => v / 2);
console.log(`R{A} B + A R{B} = ${rule.join('  ')}`);
console.log(`the difference  = ${difference.join('  ')}`);
assert.deepEqual(rule, difference);

// %% [markdown]
// ## One weight
//
// The smallest network: $y = w x$, $s = \sigma(y)$, $\ell = \tfrac12 (s - t)^2$, with one weight $w$. Backwards,
//
// $$\partial_s = s - t, \qquad \partial_y = s(1-s)\,\partial_s, \qquad \partial_w = \partial_y\, x .$$
//
// Now apply $R$ to every line, forwards and backwards, in the order in which they were computed. $x$ and $t$ do not
// depend on $w$, so their $R$ is 0:
//
// $$R\lbrace y \rbrace = R\lbrace w \rbrace x, \qquad R\lbrace s \rbrace = s(1-s) R\lbrace y \rbrace, \qquad
// R\lbrace \partial_s \rbrace = R\lbrace s \rbrace,$$
//
// and on, backwards,
//
// $$R\lbrace \partial_y \rbrace = (1-2s) R\lbrace s \rbrace\, \partial_s + s(1-s) R\lbrace \partial_s \rbrace,
// \qquad R\lbrace \partial_w \rbrace = R\lbrace \partial_y \rbrace\, x .$$
//
// With $R\lbrace w \rbrace = 1$ the last one is $\partial^2\ell/\partial w^2$. No tape, no second network: the same
// lines, each differentiated.

// %%
const [x, t] = [1.5, 0.2];
function passes(w: number, rW: number): { gradW: number; rGradW: number } {
  const y = w * x, s = 1 / (1 + Math.exp(-y)); //            forward
  const gradS = s - t, gradY = s * (1 - s) * gradS; //       backward
  const rY = rW * x, rS = s * (1 - s) * rY; //               rForward
  const rGradY = (1 - 2 * s) * rS * gradS + s * (1 - s) * rS; // rBackward, R{∂s} = R{s}
  return { gradW: gradY * x, rGradW: rGradY * x };
}
const h = 1e-5, w = 0.7;
const second = (passes(w + h, 0).gradW - passes(w - h, 0).gradW) / (2 * h);
console.log(`∂²ℓ/∂w² by R ${passes(w, 1).rGradW.toFixed(8)}, by a difference ${second.toFixed(8)}`);
assert.ok(Math.abs(passes(w, 1).rGradW - second) < 1e-9);

// %% [markdown]
// ## Hessian times vector
//
// A whole network is the same with more letters: each layer has `rForward` and `rBackward` beside `forward` and
// `backward` ([layer.ts](../src/nn/layer.ts)). Since $\partial_\theta = \partial\ell/\partial\theta$, its derivative
// along $R\lbrace\theta\rbrace$ is
//
// $$R\lbrace \partial_\theta \rbrace = \frac{\partial^2 \ell}{\partial\theta^2}\, R\lbrace\theta\rbrace
// = H\, R\lbrace\theta\rbrace ,$$
//
// the Hessian times a vector, though nobody has computed the Hessian. To see one, take a network of few parameters and
// as directions the unit vectors, one after the other: each gives a column.
//
// The passes of a network read what those before them have left in its buffers: first `forward`, then `backward`, then
// `rForward`, then `rBackward`. `network.gradient` is no substitute for the first two: it works on buffers of its own,
// and `rForward` after it alone throws. `theta.like()` is a vector cut up as $\theta$ is, of zeros or of the numbers
// that it is given. `rBackward` returns $R\lbrace\partial_x\rbrace$, and adds $R\lbrace\partial_\theta\rbrace$ into its
// third argument, where there is one.

// %%
import { buildStack } from '../src/index.ts';
import { filmStrip } from '../src/plot/film-strip.ts';
import { COLOURS, show } from './show.ts';

const small = buildStack([
  { type: 'linear', name: 'hidden', out: 3, activation: 'sigmoid' },
  { type: 'linear', name: 'last', out: 3 },
], [1, 2, 2]);
random.fillNormal(small.theta.data);
const spot = { shape: [1, 1, 2, 2], data: Float64Array.of(0.1, 0.9, 0.4, 0.7) }; // a batch of one image

/** R{∂θ} and R{∂x} along R{θ} = direction. */
function along(direction: Float64Array): { rGrad: Float64Array; rGradX: Float64Array } {
  const rTheta = small.theta.like(direction), rGrad = small.theta.like();
  small.forward(spot, labelsOf([1], 3));
  small.backward(small.theta.like());
  const rGradX = small.rBackward(small.rForward(rTheta), rTheta, rGrad);
  return { rGrad: rGrad.data, rGradX: rGradX.data.slice() };
}

const k = small.theta.data.length;
const H = Array.from({ length: k }, (_, i) => along(oneHot(i, k)).rGrad);
let asymmetry = 0;
for (let i = 0; i < k; i++)
  for (let j = 0; j < k; j++) asymmetry = Math.max(asymmetry, Math.abs(H[i][j] - H[j][i]));
console.log(`H is ${k} × ${k} and symmetric: ${asymmetry < 1e-14}`);
assert.ok(asymmetry < 1e-14);
assert.throws(() => network.rForward(network.theta), /forward, then backward/); // gradient() alone has run

for (let i = 15; i < 24; i++) // W of `last` with itself: three rows of W, three weights each
  for (let j = 15; j < 24; j++) {
    assert.equal(H[i][j] > 0, Math.floor(i / 3) === Math.floor(j / 3));
  }

const largest = Math.max(...H.flatMap((row) => [...row].map(Math.abs)));
const drawn = { shape: [1, k, k], data: new Float64Array(k * k) };
H.forEach((row, i) => row.forEach((v, j) => {
  drawn.data[i * k + j] = 0.5 + 0.5 * Math.sign(v) * Math.sqrt(Math.abs(v) / largest);
}));
show(
  filmStrip([{ title: 'H', frames: [{ image: drawn, caption: 'grey: 0' }] }], { scale: 10 }),
  'The symmetric Hessian of a small network: a block for each pair of its matrices and biases',
);

// %% [markdown]
// Light is positive, dark negative, by the square root of its size. The blocks are in $\theta$'s order, $W$ and $b$ of
// `hidden`, $W$ and $b$ of `last`: 12, 3, 9 and 3 wide. In the block of `last`'s $W$ with itself the three squares on
// the diagonal are light and the others dark: two weights of one logit push it the same way, two weights of different
// logits push against each other.

// %% [markdown]
// ## The derivative of $L_G$
//
// By the chain rule, with $J = \partial\nabla W' / \partial x'$, the matrix that nobody wants to write down,
//
// $$\frac{\partial L_G}{\partial x'} = 2\, J^\top (\nabla W' - \nabla W) = J^\top v .$$
//
// $J^\top v$ is the derivative of the one number $\langle \partial\ell/\partial\theta, v \rangle$ by $x'$, with $v$
// held fixed. That number is itself a derivative: of $\ell$ along $v$. So both orders of differentiation are open, and
// they give the same:
//
// $$\frac{\partial}{\partial x'} \Bigl\langle \frac{\partial\ell}{\partial\theta}, v \Bigr\rangle
// = \frac{\partial}{\partial x'} \frac{d\,\ell(\theta + r v)}{dr}
// = \frac{d}{dr} \frac{\partial \ell(\theta + r v)}{\partial x'}
// = R\lbrace \partial_{x'} \rbrace \quad \text{along } R\lbrace\theta\rbrace = v ,$$
//
// all at $r = 0$.
//
// In words: the gradient by the *image*, and how it changes when the *parameters* move along $v$. One backward pass
// gives the first, its R-pass the second. On the small network $J$ can be written down, pixel by pixel by differences,
// and both ways compared:

// %%
const gradientAt = (data: Float64Array): Float64Array =>
  small.gradient({ shape: [1, 2, 2], data }, 1).data;
const target = gradientAt(Float64Array.of(0.8, 0.2, 0.5, 0.5));
const v = gradientAt(spot.data).map((g, i) => 2 * (g - target[i]));

const J = [0, 1, 2, 3].map((pixel) => {
  const step = (r: number): Float64Array =>
    gradientAt(spot.data.map((value, i) => (i === pixel ? value + r : value)));
  const [ahead, behind] = [step(h), step(-h)];
  return ahead.map((g, i) => (g - behind[i]) / (2 * h));
});
const long = J.map((column) => column.reduce((sum, entry, i) => sum + entry * v[i], 0));
const short = along(v).rGradX;
const digitsOf = (values: Iterable<number>): string =>
  [...values].map((value) => value.toFixed(6).padStart(9)).join('  ');
console.log(`Jᵀv by ${J.length} × ${k} numbers  ${digitsOf(long)}`);
console.log(`R{∂x′} along v         ${digitsOf(short)}`);
long.forEach((value, i) => assert.ok(Math.abs(value - short[i]) < 1e-9));

// %% [markdown]
// ## The heart of the attack
//
// For LeNet, in full. This is what [gradient-matching.ts](../src/attack/gradient-matching.ts) does:

// %%
import { GradientMatching } from '../src/exports/attack.ts';

const gradient = network.theta.like(), label = labelsOf([c], 10);
const batch = { shape: [1, 1, 28, 28], data: dummy.data }; // one image
network.forward(batch, label);
network.backward(gradient); //                                               ∇W′
const direction = network.theta.like(gradient.data.map((g, i) => 2 * (g - shared.data[i]))); // v
const gradX = network.rBackward(network.rForward(direction), direction).data.slice(); // ∂L_G/∂x′

const { gradX: byClass } = new GradientMatching(network.withBatch(1), shared).evaluate(batch, label);
const worst = Math.max(...gradX.map((value, i) => Math.abs(value - byClass.data[i])));
const size = Math.max(...gradX.map(Math.abs));
console.log(`∂L_G/∂x′: ${m} numbers, the same from GradientMatching: ${worst < 1e-12 * size}`);
assert.ok(worst < 1e-12 * size);

// %% [markdown]
// Against a difference of $L_G$ along a random direction, by the project's own test:

// %%
import { checkSlope } from '../test/check/slope.ts';

checkSlope('∂L_G/∂x′', objective, dummy.data, gradX, random);
console.log('∂L_G/∂x′ agrees with a difference of L_G to 1e-6');

// %% [markdown]
// ## What it costs
//
// Nearly all the work of a network is multiply-adds in matrix products. Let a layer need $M_k$ of them forwards
// ($X W^\top$). Then backwards it needs $M_k$ for $\partial_W = \partial_Y^\top X$ and $M_k$ for
// $\partial_X = \partial_Y W$, and the product rule doubles each product that is differentiated:
//
// | pass | products | multiply-adds |
// |---|---|---|
// | `forward` | $X W^\top$ | $M_k$ |
// | `backward` | $\partial_Y^\top X$, $\partial_Y W$ | $2 M_k$ |
// | `rForward` | $X R\lbrace W \rbrace^\top$, $R\lbrace X \rbrace W^\top$ | $2 M_k$ |
// | `rBackward` | $\partial_Y R\lbrace W \rbrace$, $R\lbrace \partial_Y \rbrace W$ | $2 M_k$ |
//
// The fast kernels spare the first layer two of them: $\partial_x$ in `backward`, which nobody asks for, and
// $R\lbrace X \rbrace W^\top$ in `rForward`, since the image does not depend on $\theta$. $R\lbrace\partial_W\rbrace$
// is not needed at all. Counted for LeNet:

// %%
const products = network.layers.parts.flatMap(({ layer: { parameterShapes, outShape } }) => {
  if (!parameterShapes.weight) return [];
  const places = outShape.length === 4 ? outShape[2] * outShape[3] : 1; // at which a kernel is applied
  return [sizeOf(parameterShapes.weight as readonly number[]) * places];
});
const M = products.reduce((sum, one) => sum + one, 0), [M1] = products;
const oneGradient = 3 * M - M1, allFourPasses = 7 * M - 2 * M1;
console.log(`multiply-adds of the layers forwards: ${products.join(', ')}`);
console.log(`a gradient:                  ${oneGradient}`);
console.log(`a gradient, and ∂L_G/∂x′:    ${allFourPasses}`);
console.log(`in gradients:                ${(allFourPasses / oneGradient).toFixed(2)}`);
console.log(`by differences of L_G:       ${2 * m}, two for each of ${m} pixels`);
assert.equal((allFourPasses / oneGradient).toFixed(2), '2.35');

// %% [markdown]
// So $L_G$ and all of its derivative cost 2.35 gradients, whatever the number of pixels. Differences cost two gradients
// per pixel.

// %% [markdown]
// ## How exact it is
//
// A difference is wrong in two ways. It leaves out the higher terms of Taylor's series, an error of $C h$ for the
// one-sided difference and $C h^2$ for the central one; and it subtracts two nearly equal numbers, whose rounding
// $\rho$ is divided by $h$. With $\varepsilon = 2^{-53}$ that is at least about $\varepsilon L_G$; with the thousands
// of roundings on the way it is some ten times that, and below a thousand times, which the cell asserts. The sum of the
// two errors is a V. Its lowest point is at $h = \sqrt{\rho / C}$ for the one-sided difference and near
// $\sqrt[3]{\rho / C}$ for the central one, with an error of the order of $\sqrt\varepsilon$ and of
// $\varepsilon^{2/3}$: there is a best $h$, and at it only part of the digits are left.
//
// Measured errors are drawn down to where rounding begins to show; below that they are noise. The dashed lines are
// $C h + \rho / h$ and $C h^2 + \rho / h$, with $C$ from the error at $h = 10^{-3}$ and $\rho = 10\, \varepsilon L_G$,
// divided like all errors by the slope itself.

// %%
import { plane, type Point, type Trace } from '../src/plot/plane.ts';
import { dot } from '../src/tensor/vector.ts';

const u = random.fillNormal(new Float64Array(m));
const exact = dot(gradX, u), value = objective(dummy.data);
const moved = (r: number): number => objective(dummy.data.map((pixel, i) => pixel + r * u[i]));
const rounding = (h: number): number => (2 ** -53 * value) / (h * Math.abs(exact));

const steps = Array.from({ length: 27 }, (_, i) => 10 ** (-1 - i / 2)), traces: Trace[] = [];
for (const { name, power, low, high, slope, ...style } of [
  {
    name: 'one-sided', power: 1, low: 1e-8, high: 1e-6, colour: COLOURS.blue, marker: 'circle',
    slope: (h: number): number => (moved(h) - value) / h,
  },
  {
    name: 'central', power: 2, low: 1e-11, high: 1e-8, colour: COLOURS.red, marker: 'square',
    slope: (h: number): number => (moved(h) - moved(-h)) / (2 * h),
  },
] as const) {
  const errorAt = (h: number): number => Math.abs(slope(h) - exact) / Math.abs(exact);
  const errors = steps.map((h): Point => [h, errorAt(h)]), C = errorAt(1e-3) / 1e-3 ** power;
  const best = Math.min(...errors.map(([, error]) => error));
  const within = best > low && best < high, [from, to] = [low, high].map((v) => v.toExponential());
  console.log(`${name}: at best between ${from} and ${to}: ${within}`);
  assert.ok(within);
  for (const [h, error] of errors) {
    if (h < 1e-9) assert.ok(error < 1e3 * rounding(h), 'noise about the line of rounding');
  }
  const drawn = (points: Point[]): Point[] =>
    points.map(([h, error]) => [h, Number(error.toPrecision(2))]);
  traces.push({
    name, style: { ...style, solid: true },
    points: drawn(errors.filter(([h, error]) => error > 1e4 * rounding(h))),
  }, {
    name: `${name}, both errors`, style: { colour: style.colour, solid: false },
    points: drawn(steps.map((h) => [h, C * h ** power + 10 * rounding(h)])),
  });
}
const epsilon = 2 ** -53, [root, power] = [Math.sqrt(epsilon), epsilon ** (2 / 3)];
console.log(`√ε = ${root.toExponential(1)}, ε^⅔ = ${power.toExponential(1)}`);
show(plane(traces, {
  title: 'The error of a difference of L_G along a random direction, by its step h',
  description: 'A V each: one-sided it falls as h, central as h² and deeper; then both rise as 1/h',
  x: { title: 'h', log: true },
  y: { title: 'relative error', log: true },
}));

// %% [markdown]
// The R-operator has no $h$: it is wrong by rounding alone, here by less than $10^{-12}$. That can be tested without
// any difference. The matrix $J$ can be met from both sides: from the parameters, $J^\top v$, as above; and from the
// pixels, $J u$, which is $R\lbrace\partial_\theta\rbrace$ when the image moves along $R\lbrace x \rbrace = u$ and the
// parameters do not. Two different computations, and the same number:
// $\langle J^\top v, u \rangle = \langle v, J u \rangle$.

// %%
const still = network.theta.like(), Ju = network.theta.like();
network.forward(batch, label);
network.backward(network.theta.like());
network.rBackward(network.rForward(still, { shape: batch.shape, data: u }), still, Ju);
const fromPixels = dot(direction.data, Ju.data);
const gap = Math.abs(exact - fromPixels) / Math.abs(exact);
console.log(`⟨Jᵀv, u⟩ and ⟨v, Ju⟩ agree to 1e-12: ${gap < 1e-12}`);
assert.ok(gap < 1e-12);

// %% [markdown]
// ## Exercises
//
// Fill in the functions of [exercises/03-differentiating-a-gradient.ts](exercises/03-differentiating-a-gradient.ts),
// and ask with `npm run exercise -- 03` which of them are right. A wrong answer is shown with its case:
// `new Random(1, 0)` makes it again. Right answers are in
// [solutions/03-differentiating-a-gradient.ts](solutions/03-differentiating-a-gradient.ts).
//
// 1. `rSoftmax`: $R\lbrace p \rbrace$ for $p = \mathrm{softmax}(y)$, from $y$ and $R\lbrace y \rbrace$.
// 2. `hessianTimes`: $H v$ for any network, image and class.
// 3. `imageGradient`: $\partial L_G/\partial x'$ without `GradientMatching`, for a *weighted* distance
//    $\sum_i q_i (\nabla W'_i - \nabla W_i)^2$.

// %% [markdown]
// ## Sources
//
// - B. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994): the R-operator.
// - L. Zhu, Z. Liu and S. Han, "Deep Leakage from Gradients", NeurIPS 2019,
//   [arXiv:1906.08935](https://arxiv.org/abs/1906.08935): matching gradients.
// - B. Zhao, K. R. Mopuri and H. Bilen, "iDLG: Improved Deep Leakage from Gradients", 2020,
//   [arXiv:2001.02610](https://arxiv.org/abs/2001.02610): Eq. (5).
