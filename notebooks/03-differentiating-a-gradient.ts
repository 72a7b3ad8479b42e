/** @file Chapter 3: Pearlmutter's R-operator, and the derivative of Eq. (5) with respect to the image. */

// %% [markdown]
// # 3. Differentiating a gradient
//
// An attack by deep leakage starts from a *dummy image* $x'$ of random noise. It computes the gradient that this image
// would have given, and changes $x'$ until that gradient matches the shared one. To do so it minimises Eq. (5) of the
// iDLG paper,
//
// $$L_G(x') = \lVert \nabla W' - \nabla W \rVert^2, \qquad
// \nabla W' = \frac{\partial \ell(x', c)}{\partial \theta}. \tag{5}$$
//
// This needs $\partial L_G / \partial x'$: the derivative of a quantity that is itself computed from a derivative.
// **Does that take a matrix with a row for each parameter and a column for each pixel? And what does it cost?**
//
// **Threat model.** The attacker knows the network, its parameters $\theta$ and the shared gradient $\nabla W$ of one
// image. The client shares neither the image nor its label $c$. As in iDLG, the attacker has already read the label off
// the gradient (Chapter 1).
//
// **Notation.**
//
// | symbol | meaning |
// |---|---|
// | $x'$, $c$ | the dummy image and its class |
// | $\theta$ | all weights and biases of the network, one long vector |
// | $\ell$ | the loss; $\partial_z$ is short for $\partial\ell/\partial z$ |
// | $\nabla W$, $\nabla W'$ | the shared gradient and that of the dummy image, both as long as $\theta$ |
// | $v$ | $2(\nabla W' - \nabla W)$, the direction of the R-passes |
// | $h$ | the step of a finite difference |

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

const objective = (pixels: Float64Array): number => { // L_G
  const gradient = network.gradient({ shape: dummy.shape, data: pixels }, c).data;
  return gradient.reduce((sum, entry, i) => sum + (entry - shared.data[i]) ** 2, 0);
};
const [n, m] = [network.theta.data.length, dummy.data.length];
console.log(`${n} parameters and ${m} pixels: the matrix would have ${n * m} entries`);
console.log(`L_G at the dummy ${objective(dummy.data).toFixed(3)}`);
console.log(`L_G at the image ${objective(image.data)}`);
assert.equal(objective(image.data), 0);

// %% [markdown]
// ## A derivative in one direction
//
// Pearlmutter (1994) introduced the operator $R$. Choose a direction for the parameters and call it
// $R\lbrace\theta\rbrace$. For any quantity $z$ that depends on the parameters, define
//
// $$R\lbrace z \rbrace = \frac{d}{dr}\, z\bigl(\theta + r\, R\lbrace\theta\rbrace\bigr)\Big|_{r=0} .$$
//
// $R\lbrace z \rbrace$ has the shape of $z$. As a derivative it obeys the product rule, in which matrices keep their
// order:
//
// $$R\lbrace AB \rbrace = R\lbrace A \rbrace\, B + A\, R\lbrace B \rbrace .$$
//
// To see this, expand $(A + r R\lbrace A \rbrace)(B + r R\lbrace B \rbrace)$. The coefficient of $r$ is the right side;
// the only other term that depends on $r$ is $r^2 R\lbrace A \rbrace R\lbrace B \rbrace$. In a central difference this
// term cancels, so for whole numbers the difference is exact even with $r = 1$:

// %%
import { addAB } from '../src/tensor/matmul.ts';

const product = (A: number[], B: number[]): number[] => {
  const C = new Float64Array(4);
  addAB(2, 2, 2, Float64Array.from(A), Float64Array.from(B), C); // C += A B
  return [...C];
};
const plus = (A: number[], B: number[], r = 1): number[] => A.map((entry, i) => entry + r * B[i]);

const A = [1, 2, 3, 4], B = [0, 1, 5, -2], rA = [2, 0, -1, 3], rB = [1, 1, 4, 0];
const rule = plus(product(rA, B), product(A, rB));
const above = product(plus(A, rA), plus(B, rB)), below = product(plus(A, rA, -1), plus(B, rB, -1));
const difference = plus(above, below, -1).map((entry) => entry / 2);
console.log(`R{A} B + A R{B} = ${rule.join('  ')}`);
console.log(`the difference  = ${difference.join('  ')}`);
assert.deepEqual(rule, difference);

// %% [markdown]
// ## One weight
//
// The smallest network has one weight $w$: $y = w x$, $p = \mathrm{sigmoid}(y)$ and $\ell = \tfrac12 (p - t)^2$, where
// $t$ is the target. Its backward pass is
//
// $$\partial_p = p - t, \qquad \partial_y = p(1-p)\,\partial_p, \qquad \partial_w = \partial_y\, x .$$
//
// Now apply $R$ to every line of both passes, in the order in which they are computed. Neither $x$ nor $t$ depends on
// $w$, so $R\lbrace x \rbrace = R\lbrace t \rbrace = 0$. The forward pass gives
//
// $$R\lbrace y \rbrace = R\lbrace w \rbrace x, \qquad R\lbrace p \rbrace = p(1-p) R\lbrace y \rbrace, \qquad
// R\lbrace \partial_p \rbrace = R\lbrace p \rbrace,$$
//
// and the backward pass gives
//
// $$R\lbrace \partial_y \rbrace = (1-2p) R\lbrace p \rbrace\, \partial_p + p(1-p) R\lbrace \partial_p \rbrace,
// \qquad R\lbrace \partial_w \rbrace = R\lbrace \partial_y \rbrace\, x .$$
//
// With $R\lbrace w \rbrace = 1$ the last formula gives $\partial^2\ell/\partial w^2$. No tape is needed: each line of
// the two passes is differentiated by hand.

// %%
const [x, t] = [1.5, 0.2]; // the input and the target
function passes(w: number, rW: number): { gradW: number; rGradW: number } {
  const y = w * x, p = 1 / (1 + Math.exp(-y)); //            forward
  const gradP = p - t, gradY = p * (1 - p) * gradP; //       backward
  const rY = rW * x, rP = p * (1 - p) * rY; //               rForward
  const rGradP = rP; //                                      rBackward
  const rGradY = (1 - 2 * p) * rP * gradP + p * (1 - p) * rGradP;
  return { gradW: gradY * x, rGradW: rGradY * x };
}
const h = 1e-5, w = 0.7;
const second = (passes(w + h, 0).gradW - passes(w - h, 0).gradW) / (2 * h);
console.log(`∂²ℓ/∂w² by R ${passes(w, 1).rGradW.toFixed(8)}, by a difference ${second.toFixed(8)}`);
assert.ok(Math.abs(passes(w, 1).rGradW - second) < 1e-9);

// %% [markdown]
// ## The Hessian times a vector
//
// A whole network works in the same way. Besides `forward` and `backward`, each layer has `rForward` and `rBackward`
// ([layer.ts](../src/nn/layer.ts)). The derivative of $\partial_\theta = \partial\ell/\partial\theta$ along
// $R\lbrace\theta\rbrace$ is
//
// $$R\lbrace \partial_\theta \rbrace = \frac{\partial^2 \ell}{\partial\theta^2}\, R\lbrace\theta\rbrace ,$$
//
// which is the Hessian, the matrix of all second derivatives, times a vector. The Hessian itself is never computed. To
// see the Hessian, take a network with few parameters and use the unit vectors as directions, one after the other. Each
// direction gives one column.
//
// Each pass of a network reads what the earlier passes have left in the network's buffers. The order is `forward`,
// `backward`, `rForward`, `rBackward`. `network.gradient` cannot replace the first two. It uses the same buffers, so
// after it `rForward` throws an error until `forward` and `backward` have run again. `theta.like()` returns a vector
// with the shapes of $\theta$, which contains the numbers that you pass, or zeros by default. `rBackward` returns
// $R\lbrace\partial_x\rbrace$, and it adds $R\lbrace\partial_\theta\rbrace$ to its third argument if there is one.

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

const size = small.theta.data.length;
const hessian = Array.from({ length: size }, (_, i) => along(oneHot(i, size)).rGrad);
let asymmetry = 0;
for (let i = 0; i < size; i++)
  for (let j = 0; j < size; j++) asymmetry = Math.max(asymmetry, Math.abs(hessian[i][j] - hessian[j][i]));
console.log(`the Hessian is ${size} × ${size} and symmetric: ${asymmetry < 1e-14}`);
assert.ok(asymmetry < 1e-14);
assert.throws(() => network.rForward(network.theta), /forward, then backward/); // only gradient() has run

for (let i = 15; i < 24; i++) // the weights of `last`: three rows of three
  for (let j = 15; j < 24; j++) {
    assert.equal(hessian[i][j] > 0, Math.floor(i / 3) === Math.floor(j / 3));
  }

const largest = Math.max(...hessian.flatMap((row) => [...row].map(Math.abs)));
const drawn = { shape: [1, size, size], data: new Float64Array(size * size) };
hessian.forEach((row, i) => row.forEach((entry, j) => {
  drawn.data[i * size + j] = 0.5 + 0.5 * Math.sign(entry) * Math.sqrt(Math.abs(entry) / largest);
}));
show(
  'Figure 3.1. The Hessian of a small network: positive entries are light and negative ones dark; the contrast with ' +
    'grey shows the square root of their size. It is symmetric and has one block for each pair of tensors.',
  filmStrip([{ title: 'Hessian', frames: [{ image: drawn, caption: 'grey: 0' }] }], { scale: 10 }),
);

// %% [markdown]
// In Figure 3.1 the blocks are in the order of $\theta$: the weights and the bias of `hidden`, then those of `last`.
// They are 12, 3, 9 and 3 entries wide. Consider the block that pairs the weights of `last` with themselves. The three
// squares on its diagonal are light: two weights of one logit move it in the same direction. The other squares are
// dark: two weights of different logits compete, since the probabilities sum to 1.

// %% [markdown]
// ## The derivative of $L_G$
//
// Let $J = \partial\nabla W' / \partial x'$, a matrix with a row for each parameter and a column for each pixel. By the
// chain rule
//
// $$\frac{\partial L_G}{\partial x'} = 2\, J^\top (\nabla W' - \nabla W) = J^\top v .$$
//
// This is the derivative of the number $\langle \partial\ell/\partial\theta, v \rangle$ with respect to $x'$, with $v$
// held fixed. That number is itself the derivative of $\ell$ along $v$. The order of the two differentiations does not
// matter, so
//
// $$\frac{\partial}{\partial x'} \Bigl\langle \frac{\partial\ell}{\partial\theta}, v \Bigr\rangle
// = \frac{\partial}{\partial x'} \frac{d\,\ell(\theta + r v)}{dr}
// = \frac{d}{dr} \frac{\partial \ell(\theta + r v)}{\partial x'}
// = R\lbrace \partial_{x'} \rbrace \quad \text{along } R\lbrace\theta\rbrace = v ,$$
//
// where every derivative with respect to $r$ is taken at $r = 0$.
//
// In words: take the gradient with respect to the *image*, and find how it changes when the *parameters* move along
// $v$. A backward pass gives the first, and its R-pass gives the second. For the small network we can also compute $J$
// by differences, one pixel at a time. The next cell compares the two results.

// %%
const gradientAt = (data: Float64Array): Float64Array =>
  small.gradient({ shape: [1, 2, 2], data }, 1).data;
const target = gradientAt(Float64Array.of(0.8, 0.2, 0.5, 0.5));
const v = gradientAt(spot.data).map((entry, i) => 2 * (entry - target[i]));

const J = [0, 1, 2, 3].map((pixel) => {
  const step = (r: number): Float64Array =>
    gradientAt(spot.data.map((value, i) => (i === pixel ? value + r : value)));
  const [ahead, behind] = [step(h), step(-h)];
  return ahead.map((entry, i) => (entry - behind[i]) / (2 * h));
});
const long = J.map((column) => column.reduce((sum, entry, i) => sum + entry * v[i], 0));
const short = along(v).rGradX;
const digitsOf = (values: Iterable<number>): string =>
  [...values].map((value) => value.toFixed(6).padStart(9)).join('  ');
console.log(`Jᵀv from ${J.length} × ${size} entries  ${digitsOf(long)}`);
console.log(`R{∂x′} along v           ${digitsOf(short)}`);
long.forEach((value, i) => assert.ok(Math.abs(value - short[i]) < 1e-9));

// %% [markdown]
// ## The core of the attack
//
// This is the complete computation for LeNet, as in [gradient-matching.ts](../src/attack/gradient-matching.ts):

// %%
import { GradientMatching } from '../src/exports/attack.ts';

const gradient = network.theta.like(), label = labelsOf([c], 10);
const batch = { shape: [1, 1, 28, 28], data: dummy.data }; // one image
network.forward(batch, label);
network.backward(gradient); //                                                            ∇W′
const direction = network.theta.like(gradient.data.map((entry, i) => 2 * (entry - shared.data[i]))); // v
const gradX = network.rBackward(network.rForward(direction), direction).data.slice(); // ∂L_G/∂x′

const { gradX: byClass } = new GradientMatching(network.withBatch(1), shared).evaluate(batch, label);
const worst = Math.max(...gradX.map((value, i) => Math.abs(value - byClass.data[i])));
const biggest = Math.max(...gradX.map(Math.abs));
console.log(`∂L_G/∂x′ has ${m} entries; GradientMatching gives the same: ${worst < 1e-12 * biggest}`);
assert.ok(worst < 1e-12 * biggest);

// %% [markdown]
// The function `checkSlope` from Chapter 2 compares this derivative with a difference of $L_G$ along a random
// direction:

// %%
import { checkSlope } from '../test/check/slope.ts';

checkSlope('∂L_G/∂x′', objective, dummy.data, gradX, random);
console.log('∂L_G/∂x′ agrees with a difference of L_G to 1e-6');

// %% [markdown]
// ## Cost
//
// Nearly all the work consists of multiply-adds in matrix products. Let layer $k$ need $F_k$ of them in `forward`
// ($X W^\top$). In `backward` it needs $F_k$ for $\partial_W = \partial_Y^\top X$ and $F_k$ for
// $\partial_X = \partial_Y W$. The product rule turns each product into two:
//
// | pass | products | multiply-adds |
// |---|---|---|
// | `forward` | $X W^\top$ | $F_k$ |
// | `backward` | $\partial_Y^\top X$, $\partial_Y W$ | $2 F_k$ |
// | `rForward` | $X R\lbrace W \rbrace^\top$, $R\lbrace X \rbrace W^\top$ | $2 F_k$ |
// | `rBackward` | $\partial_Y R\lbrace W \rbrace$, $R\lbrace \partial_Y \rbrace W$ | $2 F_k$ |
//
// $R\lbrace\partial_W\rbrace$ is not in the table, because the attack does not need it. The first layer does not need
// two of these products: $\partial_x$ in `backward`, and $R\lbrace X \rbrace W^\top$ in `rForward`, since the image
// does not depend on $\theta$. (The plain layers compute them anyway; the fast kernels in `src/kernels` do not.) With
// $F = \sum_k F_k$, a gradient takes $3F - F_1$ multiply-adds, and all four passes take $7F - 2F_1$. In units of one
// gradient, the cost is
//
// $$\frac{7F - 2F_1}{3F - F_1} = \frac{7 - 2\lambda}{3 - \lambda}, \qquad \lambda = \frac{F_1}{F} .$$
//
// The derivative of this ratio, $1 / (3 - \lambda)^2$, is positive. So the cost grows with the share $\lambda$ of the
// first layer, from $7/3$ as $\lambda \to 0$ to $5/2$ for a single layer, $\lambda = 1$. The next cell counts the
// multiply-adds for the papers' three networks from the shapes of their layers.

// %%
import type { Network } from '../src/index.ts';

/** The multiply-adds of each layer in `forward`. */
const countsOf = (counted: Network): number[] => counted.layers.parts.flatMap(({ layer }) => {
  const { parameterShapes: { weight }, outShape } = layer;
  if (!weight) return [];
  const places = outShape.length === 4 ? outShape[2] * outShape[3] : 1; // where a kernel is applied
  return [sizeOf(weight as readonly number[]) * places];
});
console.log('            in forward, by layer                share of the first   cost in gradients');
for (const [name, expected, shape] of [
  ['MNIST', '2.35', { channels: 1, height: 28, width: 28, classes: 10 }],
  ['CIFAR-100', '2.37', { channels: 3, height: 32, width: 32, classes: 100 }],
  ['LFW', '2.34', { channels: 3, height: 32, width: 32, classes: 5749 }],
] as const) {
  const counts = countsOf(lenet(shape)), F = counts.reduce((sum, count) => sum + count, 0), [F1] = counts;
  const ratio = (7 * F - 2 * F1) / (3 * F - F1), share = `${(100 * F1 / F).toFixed(1)} %`;
  const cells = [name.padEnd(11), counts.join(', ').padEnd(35), share.padStart(18), ratio.toFixed(2).padStart(19)];
  console.log(cells.join(' '));
  assert.equal(ratio.toFixed(2), expected);
  assert.ok(ratio > 7 / 3 && ratio < 5 / 2);
}
console.log(`differences of L_G would take ${2 * m} gradients, two for each of the ${m} pixels of MNIST`);

// %% [markdown]
// So $L_G$ and its whole derivative cost between $7/3$ and $5/2$ gradients for any number of pixels, while central
// differences cost two gradients *per pixel*. These numbers count the dense products in the table. They do not predict
// running times: activations take time too, and in an attack the fast kernels do not write out the last layer's
// matrices at all ([low-rank.ts](../src/kernels/low-rank.ts)). `npm run bench` measures the time of an evaluation on
// your machine.

// %% [markdown]
// ## Accuracy
//
// A finite difference has two errors. It leaves out the higher-order terms of the Taylor series, which gives an error
// of about $C h$ for a one-sided difference and of about $C h^2$ for a central one, with a different $C$ for each. It
// also subtracts two nearly equal numbers, and their rounding error $\delta$ is divided by $h$. Here $\delta$ is at
// least about $\varepsilon L_G$ with $\varepsilon = 2^{-53}$; the many roundings in a network make it larger.
//
// The sum of the two errors is smallest at $h = \sqrt{\delta / C}$ for the one-sided difference and near
// $\sqrt[3]{\delta / C}$ for the central one. Relative to the slope, the errors there are of the order of
// $\sqrt\varepsilon$ and $\varepsilon^{2/3}$. So even at the best $h$, a difference loses many of the 16 digits of a
// floating-point number.
//
// Figure 3.2 shows this. The marks are measured errors, one per step $h$. The lines are not measured: they are the
// models $C h + \delta / h$ and $C h^2 + \delta / h$, with $C$ taken from the measured error at $h = 10^{-3}$ and with
// $\delta = 10\, \varepsilon L_G$, a rough estimate. All errors are divided by the exact slope.

// %%
import { plane, type Point, type Trace } from '../src/plot/plane.ts';
import { dot } from '../src/tensor/vector.ts';

const u = random.fillNormal(new Float64Array(m));
const exact = dot(gradX, u), value = objective(dummy.data);
const moved = (r: number): number => objective(dummy.data.map((pixel, i) => pixel + r * u[i]));
const rounding = (h: number): number => (2 ** -53 * value) / (h * Math.abs(exact)); // ε L_G / h

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
  console.log(`${name}: the smallest error is between ${from} and ${to}: ${within}`);
  assert.ok(within);
  for (const [h, error] of errors) {
    if (h < 1e-9) assert.ok(error < 1e3 * rounding(h), 'scattered about the line of rounding');
  }
  const twoDigits = (points: Point[]): Point[] =>
    points.map(([h, error]) => [h, Number(error.toPrecision(2))]);
  const apart = twoDigits(errors).flatMap((point): Point[] => [point, [NaN, NaN]]); // no line joins the marks
  traces.push(
    { name: `${name}, measured`, style: { ...style, solid: true }, points: apart },
    {
      name: `${name}, model`, style: { colour: style.colour, solid: false },
      points: twoDigits(steps.map((h) => [h, C * h ** power + 10 * rounding(h)])),
    },
  );
}
const epsilon = 2 ** -53, [root, power] = [Math.sqrt(epsilon), epsilon ** (2 / 3)];
console.log(`√ε = ${root.toExponential(1)}, ε^⅔ = ${power.toExponential(1)}`);
show(
  'Figure 3.2. The relative error of a difference of L_G along a random direction, measured (marks) and by the model ' +
    '(lines). As h decreases, the error first falls, as h (one-sided) or h² (central), and then rises as 1/h.',
  plane(traces, {
    title: 'Error of a finite difference of L_G',
    description: 'Two curves in the shape of a V; that of the central difference reaches lower',
    x: { title: 'step h', log: true },
    y: { title: 'relative error', log: true },
  }),
);

// %% [markdown]
// The R-operator has no $h$, and its only error is rounding. The next cell tests this without a difference: R-passes
// can multiply both by $J^\top$ and by $J$. If the parameters move along $v$, the R-passes give $J^\top v$, as above.
// If instead the image moves along $R\lbrace x \rbrace = u$, they give $R\lbrace\partial_\theta\rbrace = J u$. These
// are two different computations, but up to rounding they must give the same number,
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
// ## Summary
//
// - $R\lbrace\cdot\rbrace$ is a derivative along one direction of the parameters. It is applied to every line of a
//   pass.
// - $\partial L_G/\partial x' = J^\top v$ is $R\lbrace\partial_{x'}\rbrace$ along $v = 2(\nabla W' - \nabla W)$. The
//   matrix $J$ is never computed.
// - All four passes together take between $7/3$ and $5/2$ times the multiply-adds of a gradient.
// - A finite difference has a best step, and it loses digits even there. The R-passes are exact up to rounding.
//
// `npm run playground` ([docs/playground.md](../docs/playground.md)) plots $L_G$ while an attack uses this derivative
// to reduce it.

// %% [markdown]
// ## Exercises
//
// Fill in the functions in [exercises/03-differentiating-a-gradient.ts](exercises/03-differentiating-a-gradient.ts),
// and run `npm run exercise -- 03` to have them checked. For a wrong answer it shows the input, the expected answer and
// yours. The inputs are random: `new Random(1, 0)` in a message is the generator that draws case 0. A *scaled error* is
// relative to the size of the numbers that are compared. Solutions are in
// [solutions/03-differentiating-a-gradient.ts](solutions/03-differentiating-a-gradient.ts).
//
// 1. `rSoftmax`: compute $R\lbrace p \rbrace$ for $p = \mathrm{softmax}(y)$ from $y$ and $R\lbrace y \rbrace$.
// 2. `gaussNewton`: compute $J^\top J u$ for any network, image and class, and any direction $u$ in which the pixels
//    move. Use only R-passes, no differences: the check expects 12 correct digits. Leave $\theta$ unchanged.
// 3. `imageGradient`: compute $\partial/\partial x'$ of the *weighted* distance
//    $\sum_i q_i (\nabla W'_i - \nabla W_i)^2$ with given $q_i$, without `GradientMatching`.
// 4. **Prediction.** What is $\partial L_G/\partial x'$ at $x' = x$, the private image? What does a central difference
//    of $L_G$ along a random direction give there, for $h = 10^{-2}$ and for $h = 10^{-3}$? Write down your answers.
//    Then run this:
//
//    ```sh
//    npx tsx -e "
//    import { digits, lenet } from './src/index.ts';
//    import { GradientMatching } from './src/exports/attack.ts';
//    import { labelsOf } from './src/exports/nn.ts';
//    import { Random } from './src/exports/tensor.ts';
//    const { image, label } = digits().example(3), t = labelsOf([label], 10);
//    const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 0 });
//    const matching = new GradientMatching(network, network.gradient(image, label));
//    const u = new Random(1).fillNormal(new Float64Array(784));
//    const at = (h) => matching.evaluate({ shape: [1, 1, 28, 28], data: image.data.map((v, i) => v + h * u[i]) }, t);
//    console.log('largest entry of the derivative', Math.max(...at(0).gradX.data.map(Math.abs)));
//    for (const h of [1e-2, 1e-3]) console.log('h', h, (at(h).objective - at(-h).objective) / (2 * h));"
//    ```
//
//    <details><summary>Answer</summary>
//
//    All 784 entries of the derivative are exactly 0, since $\nabla W' = \nabla W$ makes $v = 0$. The differences are
//    not 0: they are $6.2 \cdot 10^{-3}$ and $6.2 \cdot 10^{-5}$. The second-order terms of $L_G$,
//    $h^2 \lVert J u \rVert^2$, are the same on both sides and cancel. Third-order terms of size $h^3$ remain, and
//    after the division by $2h$ the error falls by a factor of 100 as $h$ falls by a factor of 10.
//
//    </details>
//
// 5. **Proof.** Show that the Hessian of $L_G$ with respect to $x'$ at $x' = x$ is $2 J^\top J$. Which directions $u$
//    have no curvature there?
//
//    <details><summary>Solution</summary>
//
//    Write $L_G = \sum_i e_i^2$ with $e = \nabla W' - \nabla W$, so $\partial e_i/\partial x'_k = J_{ik}$. Then
//    $\partial L_G/\partial x'_k = 2 \sum_i e_i J_{ik}$, and
//    $\partial^2 L_G/\partial x'_k \partial x'_l
//    = 2 \sum_i J_{il} J_{ik} + 2 \sum_i e_i\, \partial J_{ik}/\partial x'_l$.
//    At $x' = x$ every $e_i$ is 0, and $2 J^\top J$ remains. Since $u^\top J^\top J u = \lVert J u \rVert^2$, the
//    directions without curvature are those with $J u = 0$: to first order, moving the image along them does not change
//    the gradient that it gives.
//
//    </details>

// %% [markdown]
// ## Sources
//
// - B. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994): the R-operator.
// - L. Zhu, Z. Liu and S. Han, "Deep Leakage from Gradients", NeurIPS 2019,
//   [arXiv:1906.08935](https://arxiv.org/abs/1906.08935): attacks by matching gradients.
// - B. Zhao, K. R. Mopuri and H. Bilen, "iDLG: Improved Deep Leakage from Gradients", 2020,
//   [arXiv:2001.02610](https://arxiv.org/abs/2001.02610): Eq. (5).
