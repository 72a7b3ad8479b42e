/** @file Chapter 7: the image is computed layer by layer, by linear least squares instead of by minimising L_G. */

// %% [markdown]
// # 7. Without an optimiser
//
// Gradient matching starts from noise and takes hundreds of evaluations of $L_G$ to turn the noise into an image with
// the shared gradient. But a network is a chain of simple functions, and the shared gradient says something about each
// link. **Can one walk back along the chain and compute the image?**
//
// For one image this works if the activation is invertible and each layer determines its input. Zhu and Blaschko (2021)
// solve linear equations layer by layer; they call the attack R-GAP. This chapter carries it out for the LeNet of the
// iDLG paper and asks how far the result can be trusted. "Without an optimiser" means that $L_G$ is not minimised, and
// that no start has to be guessed. Each layer's input is still the solution of a linear least-squares problem, which
// conjugate gradients find step by step. But such a problem has no local minimum that is not a global one.
//
// **Threat model.** The attacker, for instance the server, knows the network, its parameters $\theta$ and the shared
// gradient of one image. The attacker knows neither the image nor its label.
//
// **Notation**
//
// | symbol | meaning |
// |---|---|
// | $x$, $c$ | the input of a layer (for the first layer, the image), and the class of the image |
// | $W$, $b$ | the weights and the bias of a layer |
// | $z$, $a$ | the output of a layer before the activation $f$, and after it: $a = f(z)$ |
// | $\partial_z$, $\partial_W$, … | $\partial\ell/\partial z$ and so on; all $\partial_W$ and $\partial_b$ are shared |
// | $y$, $g$ | the logits, and $\partial\ell/\partial y$, which is the last layer's $\partial_b$ |
// | $\nabla W$, $\nabla W'$ | the whole shared gradient, and that of the dummy image in gradient matching |
// | $L_G$ | $\lVert \nabla W' - \nabla W \rVert^2$, which gradient matching minimises |
// | $P$ | the patches of $x$ that a convolution sees, as the columns of a matrix |
// | $A$, $q$ | the matrix and the right-hand side of linear equations $A x = q$ |
// | $m$, $n$ | the number of equations, and the number of unknowns |
// | $\sigma$ | the standard deviation of the error in a number |

// %%
import assert from 'node:assert/strict';
import { digits, lenet, type Network, type ParameterVector } from '../src/index.ts';

const { image, label: c } = digits().example(3);
const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 0 });
const gradient = network.gradient(image, c); // all that the server sees
console.log(network.layers.parts.map(({ name }) => name).join(' → '));

// %% [markdown]
// ## The last layer
//
// The loss is $\ell = -\log \mathrm{softmax}(y)_c$ with logits $y = W a + b$. So $\partial_b = g$, whose only negative
// entry is that of the label, and row $i$ of $\partial_W$ is $g_i a$. Dividing gives the input of the last layer, and
// the chain rule gives its gradient:
//
// $$c = \arg\min_i \partial_{b,i}, \qquad a = \frac{\partial_{W_c}}{\partial_{b_c}}, \qquad
// \partial_a = W^\top g .$$
//
// The cell compares $a$ with the client's own values, which the server does not see.

// %%
import { extractLabel, lastLayer } from '../src/index.ts';
import { rowsOf, view } from '../src/exports/tensor.ts';

/** The client's values: a batch of one image, and the output of each layer. */
const truth = [view(image.data, [1, 1, 28, 28])];
network.layers.parts.forEach(({ name, layer }, k) => {
  const { shape, data } = layer.forward(truth[k], network.theta.tree[name]);
  truth.push({ shape, data: data.slice() });
});
const distance = (x: Float64Array, other: Float64Array): number =>
  x.reduce((most, v, i) => Math.max(most, Math.abs(v - other[i])), 0);

interface FromLastLayer {
  readonly label: number;
  readonly a: Float64Array;
  readonly gradA: Float64Array; // ∂a = Wᵀ g
}
function fromLastLayer(network: Network, gradient: ParameterVector): FromLastLayer {
  const shared = lastLayer(gradient), { label } = extractLabel(shared), g = shared.bias!.data;
  const a = rowsOf(shared.weight)[label].map((v) => v / g[label]), rows = rowsOf(lastLayer(network.theta).weight);
  return { label, a, gradA: a.map((_, k) => rows.reduce((sum, row, i) => sum + row[k] * g[i], 0)) };
}
const { label, a, gradA } = fromLastLayer(network, gradient);
assert.ok(label === c && distance(a, truth[6].data) < 1e-12);
console.log(`label ${label}; all ${a.length} entries of a are right to 1e-12`);

// %% [markdown]
// ## Back through the sigmoid
//
// $a = 1 / (1 + e^{-z})$ can be solved for $z$ entry by entry, and the slope of the sigmoid is $a (1 - a)$:
//
// $$z = f^{-1}(a) = \ln \frac{a}{1 - a}, \qquad
// \partial_z = f'(z) \odot \partial_a = a \odot (1 - a) \odot \partial_a .$$
//
// $\partial_z$ can be checked without the client: its sums over each map are the convolution's $\partial_b$, which is
// shared.

// %%
import { log } from '../src/exports/tensor.ts'; // like Math.log, but with the same bits on every machine

const z = a.map((v) => log(v / (1 - v)));
const gradZ = a.map((v, i) => v * (1 - v) * gradA[i]);
assert.ok(distance(z, truth[5].data) < 1e-10);
console.log('z is right to 1e-10');
const sharedB = gradient.tensors.get('body.4.bias')!.data, maps = rowsOf(view(gradZ, [sharedB.length, 7, 7]));
const sums = Float64Array.from(maps, (map) => map.reduce((sum, v) => sum + v, 0));
assert.ok(distance(sums, sharedB) < 1e-12);
console.log('the sums of ∂z over each map are ∂b, to 1e-12');

// %% [markdown]
// ReLU has no inverse: it maps every $z \le 0$ to $a = 0$, and $\partial_z = 0$ there too. So neither says how far
// below zero $z$ was. The attack of this project, `analytic`, therefore refuses a network with ReLU and says why. (If
// a convolution has enough filters, its $\partial_W$ alone may determine $x$ without $z$; R-CONV by Eltaras et al.,
// 2024, uses that. This chapter needs $z$.)

// %%
import { analytic } from '../src/index.ts';

{
  const relu = lenet({
    channels: 1, height: 28, width: 28, classes: 10, seed: 0, activation: 'relu',
  });
  const shared = relu.gradient(image, c);
  assert.throws(() => analytic(relu, shared), (error: Error) => {
    console.log(error.message);
    return error instanceof RangeError;
  });
}

// %% [markdown]
// ## Two blocks of equations
//
// Now $z$ and $\partial_z$ of a convolution are known, and its input $x$ is wanted. A convolution is a matrix product
// with the patches of $x$, and the gradient of its weights is another one:
//
// $$W P = z - b, \qquad \partial_z P^\top = \partial_W .$$
//
// Here $W$, $b$, $z$, $\partial_z$ and $\partial_W$ are known, and every entry of $P$ is a pixel of $x$ or a zero of
// the padding. So both are **linear equations in $x$**. The first block has one equation per output, the second block
// one per weight. The table counts them, from the last convolution to the first:

// %%
import { sizeOf } from '../src/exports/tensor.ts';

console.log('layer    outputs   weights   equations m   unknowns n   m − n');
for (const k of [4, 2, 0]) {
  const { name, layer } = network.layers.parts[k], outputs = sizeOf(layer.outShape);
  const weights = network.theta.tensors.get(`${name}.weight`)!.data.length;
  const m = outputs + weights, n = sizeOf(layer.inShape);
  const columns = [`${outputs}`, `${weights}`, `${m}`, `${n}`, `${m - n}`];
  console.log(name.padEnd(7) + columns.map((text, i) => text.padStart([9, 10, 14, 13, 8][i])).join(''));
  assert.ok(m > n);
}

// %% [markdown]
// `body.2` has four times as many unknowns as outputs. Without the second block its input could not be found.

// %% [markdown]
// ## Conjugate gradients
//
// The equations are $A x = q$ with a matrix $A$ of $m \times n$ numbers, millions in each of these layers, so we never
// form it. Least squares looks for the minimum of
//
// $$\tfrac12 \lVert A x - q \rVert^2, \qquad \text{whose negative gradient is } s = A^\top (q - A x) .$$
//
// Along a direction $d$ the minimum is at $x + \eta d$ with $\langle A d, A (x + \eta d) - q \rangle = 0$, so
//
// $$\eta = \frac{\langle s, d \rangle}{\lVert A d \rVert^2} .$$
//
// With $d = s$ this is steepest descent. Each of its steps undoes part of the progress of the step before, and the path
// zigzags. The remedy is to choose directions that do not interfere, with $\langle A d, A d' \rangle = 0$; they are
// called *conjugate*. The progress along one direction is then never undone, and after $n$ directions, in exact
// arithmetic, nothing is left to gain. To get the next direction, it is enough to add a multiple of the last one to the
// new $s$ (Hestenes and Stiefel, 1952):
//
// $$d \leftarrow s + \frac{\lVert s \rVert^2}{\lVert s_{\text{before}} \rVert^2} d .$$
//
// Then $\langle s, d \rangle = \lVert s \rVert^2$. A step needs one product with $A$ and one with $A^\top$. Figure 7.1
// compares the two methods on a matrix of 10 × 8 numbers. Distances below $10^{-8}$ are rounding errors, and are drawn
// at $10^{-8}$.

// %%
import { Random } from '../src/exports/tensor.ts';
import { plane, type Point } from '../src/plot/plane.ts';
import { axpy, dot, norm2 } from '../src/exports/tensor.ts';
import { COLOURS, show } from './show.ts';

const random = new Random(7), rows = 10, columns = 8;
const A = Array.from({ length: rows }, () => random.fillUniform(new Float64Array(columns), -1, 1));
const times = (x: Float64Array): Float64Array => Float64Array.from(A, (row) => dot(row, x));
const transposed = (r: Float64Array): Float64Array =>
  Float64Array.from({ length: columns }, (_, j) => A.reduce((sum, row, i) => sum + row[j] * r[i], 0));

/** The distances ‖x − x*‖ to the solution before each step, and the directions taken. */
function solve(q: Float64Array, solution: Float64Array, steps: number, isConjugate: boolean) {
  const x = new Float64Array(columns), r = q.slice(); // r = q − A x
  const distances: number[] = [], directions: Float64Array[] = [];
  let s = transposed(r), d = s.slice();
  for (let k = 0; k <= steps; k++) {
    distances.push(norm2(x.map((v, j) => v - solution[j])));
    directions.push(d);
    if (isConjugate && k < columns) assert.ok(Math.abs(dot(s, d) / dot(s, s) - 1) < 1e-6);
    const Ad = times(d), eta = dot(s, d) / dot(Ad, Ad), before = dot(s, s);
    axpy(eta, d, x);
    axpy(-eta, Ad, r);
    s = transposed(r);
    const beta = isConjugate ? dot(s, s) / before : 0, last = d;
    d = s.map((v, j) => v + beta * last[j]);
  }
  return { distances, directions };
}
const solution = random.fillUniform(new Float64Array(columns)), q = times(solution);
const conjugate = solve(q, solution, columns, true), steepest = solve(q, solution, 40, false);
const Ad = conjugate.directions.slice(0, columns).map(times);
for (const [i, u] of Ad.entries())
  for (const v of Ad.slice(0, i)) assert.ok(Math.abs(dot(u, v)) < 1e-9 * norm2(u) * norm2(v));
assert.ok(conjugate.distances[columns] < 1e-9 * conjugate.distances[0]);
assert.ok(steepest.distances[40] > 1e-2 * steepest.distances[0]);

const { blue, red, green } = COLOURS;
const traced = (values: readonly number[]): Point[] =>
  values.map((value, k) => [k, Number(Math.max(1e-8, value).toPrecision(2))]);
show(
  'Figure 7.1. The distance to the solution for 8 unknowns, before each step. Conjugate gradients reach it in 8 ' +
    'steps; after 40 steps steepest descent is still more than a hundredth of the initial distance away.',
  plane([
    {
      name: 'steepest descent', style: { colour: red, solid: false },
      points: traced(steepest.distances),
    },
    {
      name: 'conjugate gradients', style: { colour: blue, marker: 'circle', solid: true },
      points: traced(conjugate.distances),
    },
  ], {
    title: 'Conjugate gradients and steepest descent',
    description: 'Conjugate gradients fall to the bottom at step 8; steepest descent falls slowly over 40 steps',
    x: { title: 'steps' },
    y: { title: '‖x − x*‖', log: true },
  }),
);
console.log('after 8 steps, as many as there are unknowns, the distance is below 1e-9 of the initial one');

// %% [markdown]
// ## The equations of a convolution
//
// Neither product needs the matrix. $A x$ consists of $W P$ and $\partial_z P^\top$, which the layer's own `forward`
// and `backward` compute. $A^\top$ takes one number per equation: $r$, shaped like $z$, and $V$, shaped like $W$. It
// returns what they say about each pixel, $W^\top r + V^\top \partial_z$: one backward pass with $W$ and one with $V$.
// That is `rBackward` of chapter 3, the derivative of $W^\top \partial_z$ when $\partial_z$ changes along $r$ and $W$
// along $V$.
//
// [input-equations.ts](../src/beyond/analytic/input-equations.ts) computes these two products, and divides each
// equation by its own $\sigma$. `rightSide` returns $q$, divided in the same way; `gradX` is $W^\top \partial_z$, the
// $\partial_a$ of the layer before. The cell checks that one product is the transpose of the other,
// $\langle A x, r \rangle = \langle x, A^\top r \rangle$.

// %%
import { InputEquations } from '../src/beyond/analytic/input-equations.ts';

{
  const { name, layer } = network.layers.parts[2], { inShape, outShape } = layer, outputs = sizeOf(outShape);
  const weight = network.theta.tensors.get(`${name}.weight`)!;
  const normals = (n: number): Float64Array => random.fillNormal(new Float64Array(n));
  const sigmaZ = normals(outputs).map(Math.abs), sigmaW = normals(weight.shape[0]).map(Math.abs);
  const equations = new InputEquations(layer, weight, view(normals(outputs), outShape), sigmaZ, sigmaW);
  const x = normals(sizeOf(inShape)), r = normals(equations.m);
  const Ax = new Float64Array(equations.m), back = new Float64Array(equations.n);
  equations.times(x, Ax);
  equations.transposeTimes(r, back);
  assert.ok(Math.abs(dot(Ax, r) - dot(x, back)) < 1e-12 * norm2(Ax) * norm2(r));
  console.log('the two sides agree to 1e-12 for random x and r');
}

// %% [markdown]
// With every $\sigma$ equal to 1, this is the whole attack:

// %%
import { mse, type Tensor } from '../src/index.ts';
import { conjugateGradients, type LinearMap, type Progress } from '../src/beyond/analytic/conjugate-gradients.ts';

/** The inputs of the layers; for each layer ‖A x − q‖ after some of the steps, and ‖A d‖ / ‖d‖ for all of them. */
interface Walk {
  readonly inputs: Tensor[];
  readonly residuals: Point[][];
  readonly stretches: number[][];
}

/** The walk back, with the equations ∂z Pᵀ = ∂W multiplied by `factor`. */
function walkBack(network: Network, gradient: ParameterVector, factor = 1): Walk {
  let { a, gradA } = fromLastLayer(network, gradient);
  const inputs: Tensor[] = [], residuals: Point[][] = [], stretches: number[][] = [];
  for (const k of [4, 2, 0]) {
    const { name, layer } = network.layers.parts[k], { outShape, inShape } = layer;
    const [weight, bias] = ['weight', 'bias'].map((which) => network.theta.tensors.get(`${name}.${which}`)!);
    const z = view(a.map((v) => log(v / (1 - v))), outShape);
    const gradZ = view(a.map((v, i) => v * (1 - v) * gradA[i]), outShape);
    const sigmaZ = new Float64Array(z.data.length).fill(1);
    const sigmaW = new Float64Array(weight.shape[0]).fill(1 / factor);
    const equations = new InputEquations(layer, weight, gradZ, sigmaZ, sigmaW);
    const q = equations.rightSide(z, bias, gradient.tensors.get(`${name}.weight`)!);
    const x = new Float64Array(equations.n), residual: Point[] = [], stretch: number[] = [];
    const isEnough = ({ steps, residualSquare, gainOfLastTen, gain }: Progress): boolean => {
      if (/^[1257]0*$/.test(`${steps}`)) residual.push([steps, Number(Math.sqrt(residualSquare).toPrecision(2))]);
      return gainOfLastTen < 1e-24 * gain;
    };
    const A: LinearMap = {
      times(d, Ad) {
        equations.times(d, Ad);
        if (norm2(d) > 0) stretch.push(norm2(Ad) / norm2(d));
      },
      transposeTimes: (r, s) => equations.transposeTimes(r, s),
    };
    conjugateGradients(A, { b: q }, x, isEnough, 5000);
    a = x;
    gradA = equations.gradX(gradZ).data;
    inputs.push(view(a, inShape.slice(1)));
    residuals.push(residual);
    stretches.push(stretch);
  }
  return { inputs, residuals, stretches };
}

const exact = walkBack(network, gradient);
const error = mse(exact.inputs[2], image);
assert.ok(error < 1e-18);
console.log('the MSE of the image is below 1e-18');

// %%
import { filmStrip } from '../src/plot/film-strip.ts';

const mapsOf = ({ shape: [channels, height, width], data }: Tensor) =>
  Array.from({ length: Math.min(channels, 6) }, (_, k) => ({
    image: view(data.subarray(k * height * width), [1, height, width]), caption: `map ${k}`,
  }));
const [third, second, first] = exact.inputs;
show(
  'Figure 7.2. The inputs of the three convolutions, computed from the last to the first: six maps of 7 × 7, six ' +
    'maps of 14 × 14, and the image, beside the private one.',
  filmStrip([
    { title: 'input of body.4', frames: mapsOf(third) },
    { title: 'input of body.2', frames: mapsOf(second) },
    { title: 'input of body.0: the image', frames: [
      { image: first, caption: 'computed' }, { image, caption: 'private' },
    ] },
  ], { scale: 4 }),
);

// %% [markdown]
// Figure 7.3 shows the residual of each convolution's equations, step by step. The number of steps depends on how
// unequally $A$ stretches different directions: for directions $d$ of equal length, $A d$ is longer for some than for
// others. Where it is short, a small error in the equations becomes a large error in $x$. The greatest length divided
// by the least is the **condition number** of $A$. The directions that the method took give a lower bound for it.
// `body.2` is slow because its condition number is large.

// %%
const layers = ['body.4', 'body.2', 'body.0'];
const conditions = exact.stretches.map((stretch) => Math.max(...stretch) / Math.min(...stretch));
conditions.forEach((condition, k) => {
  const { length } = exact.stretches[k];
  console.log(`${layers[k]}: ${length} steps, condition number at least ${condition.toPrecision(2)}`);
});
assert.ok(conditions[1] > 5 * Math.max(conditions[0], conditions[2]));
assert.ok([0, 2].every((k) => exact.stretches[k].length < 200) && exact.stretches[1].length > 1000);
show(
  'Figure 7.3. The residual of the equations of each convolution, by steps of conjugate gradients. body.4 and ' +
    'body.0 need fewer than 200 steps, body.2 more than 1,000.',
  plane(exact.residuals.map((points, k) => ({
    name: layers[k],
    style: { colour: [green, red, blue][k], solid: k !== 1 },
    points,
  })), {
    title: 'Residuals of the three layers',
    description: 'Three falling curves; that of body.2 reaches ten times as far to the right',
    x: { title: 'steps', log: true },
    y: { title: '‖A x − q‖', log: true },
  }),
);

// %% [markdown]
// For `body.2`, which has fewer outputs than inputs, `analytic` uses a preconditioner: it multiplies $s$ by an
// approximate inverse of $A^\top A$. The $\partial_W$ of an input channel depends on the pixels of that channel only,
// and on the same $\partial_z$ for all twelve channels. So $A^\top A$ is the sum of a block-diagonal matrix, one small
// matrix repeated twelve times, and a matrix whose rank is at most the number of outputs. With a small $\varepsilon$ on
// the diagonal, two Cholesky factors give the inverse ([woodbury.ts](../src/beyond/analytic/woodbury.ts)). If $d$ is
// built from $(A^\top A + \varepsilon I)^{-1} s$ instead of $s$, conjugate gradients need only a few steps. For the
// other two layers, whose condition numbers are small, the diagonal of $A^\top A$ is enough.
//
// The cell prints the number of steps of `analytic` beside that of `walkBack`. Only for `body.2` is the difference so
// large that it must come from the preconditioner. The two also differ in the stopping rule: `walkBack` goes on until
// rounding stops it, and `analytic` stops when further steps would only fit the errors of the equations. On the other
// hand, the count for `analytic` includes the steps that estimate the error of the image (see below).

// %%
const direct = analytic(network, gradient);
direct.layers.forEach(({ name, steps }, k) => {
  console.log(`${name}: ${steps} steps of analytic, ${exact.stretches[k].length} of walkBack`);
});
assert.ok(direct.layers[1].steps < 10);

// %% [markdown]
// ## Each equation divided by its own error
//
// Gradients are usually shared in float32, where rounding changes each number by up to $2^{-24}$ of its size. The
// equations then contradict each other slightly, and least squares must weight them. An equation that is ten times as
// accurate as another must be multiplied by ten; it then counts a hundred times as much in the sum of squares. For
// example, let one unknown $x$ be measured twice, as $1.0 \pm 0.01$ and as $3.0 \pm 1$:

// %%
const measured = [1.0, 3.0], sigma = [0.01, 1];
/** The x that minimises Σ wᵢ² (x − measuredᵢ)². */
const best = (w: readonly number[]): number =>
  measured.reduce((sum, value, i) => sum + w[i] ** 2 * value, 0) / w.reduce((sum, v) => sum + v * v, 0);
console.log(`equal weights:         x = ${best([1, 1]).toFixed(4)}`);
console.log(`each divided by its σ: x = ${best(sigma.map((s) => 1 / s)).toFixed(4)}`);
assert.ok(best([1, 1]) === 2 && Math.abs(best([100, 1]) - 1) < 1e-3);

// %% [markdown]
// After division by its $\sigma$ every equation has an error of about 1. For normally distributed errors, least squares
// then gives the most likely solution. In a network the two blocks differ. $\partial_W$ was shared directly, and its
// numbers have been rounded once. $z$ comes from $f^{-1}(a)$, and
//
// $$\sigma_z = \frac{\sigma_a}{f'(z)}, \qquad f' = a (1 - a) \le \tfrac14 .$$
//
// So $\sigma_z$ is at least four times $\sigma_a$, and much larger where the sigmoid is flat; and $a$ itself was
// computed from the layers after it. $\partial_z$, the coefficient of the second block, has errors too; the $\sigma_W$
// in [layer-inputs.ts](../src/beyond/analytic/layer-inputs.ts) accounts for both. Even so, the errors of $z$ are
// larger. So in `walkBack` it should help to give the second block more weight:

// %%
import { defend } from '../src/index.ts';

/** The nearest power of ten. */
const order = (v: number): string => `1e${Math.round(Math.log10(v))}`;

const inFloat32 = defend(gradient, { defence: 'float32' }, new Random(0));
const errors = [1, 100].map((factor) => mse(walkBack(network, inFloat32, factor).inputs[2], image));
const solved = analytic(network, inFloat32), errorSolved = mse(solved.image, image);
console.log('MSE from a float32 gradient, to the nearest power of ten');
console.log(`equal weights               ${order(errors[0])}`);
console.log(`second block times 100      ${order(errors[1])}`);
console.log(`each divided by its own σ   ${order(errorSolved)}`);
assert.ok(errors[0] < 1e-8 && errors[1] < errors[0] / 1e3 && errorSolved < 2 * errors[1]);

// %% [markdown]
// The factor 100 was found by trial, for this network; `analytic` computes each $\sigma$. If the numbers of the last
// layer's $\partial_W = g a^\top$ were exact, the matrix would have rank 1. So $\partial_W - g a^\top$ shows how large
// the errors of the gradient's numbers are. From there $\sigma$ is carried from layer to layer: through $f^{-1}$ as
// above, and through each convolution by $(A^\top A)^{-1}$, the covariance of a least-squares solution
// (layer-inputs.ts has all the formulas). The result is $\sigma$ of the image, **the expected error**. It is computed
// without the image.

// %% [markdown]
// ## The expected error and the actual one
//
// Figure 7.4 shows five digits, each with its own network, and gradients in float64, float32 and float16. The
// horizontal axis is the root mean square error that `analytic` expects for its image, the vertical axis the actual
// one.

// %%
const formats = ['none', 'float32', 'float16'] as const;
const compared = formats.map((defence) => Array.from({ length: 5 }, (_, i): Point => {
  const { image, label } = digits().example(i);
  const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: i });
  const shared = defend(network.gradient(image, label), { defence }, new Random(i));
  const found = analytic(network, shared);
  assert.equal(found.label, label);
  return [found.error, Math.sqrt(mse(found.image, image))];
}));
for (const [expected, actual] of compared.flat()) {
  assert.ok(actual < 4 * expected && expected < 4 * actual, `expected ${expected}, actual ${actual}`);
}
const worst = compared.map((points) => Math.max(...points.map(([, actual]) => actual)));
console.log('each of the 15 actual errors is between a quarter and four times the expected one');
[1e-12, 1e-5, 1 / 256].forEach((most, k) => {
  const name = ['float64', 'float32', 'float16'][k], bound = ['1e-12', '1e-5', '1/256'][k];
  assert.ok(worst[k] < most);
  console.log(`${name}: the root mean square error of every image is below ${bound}`);
});

const [grey, ends] = ['#999', [1e-13, 1e-2]];
show(
  'Figure 7.4. The expected and the actual error of 15 computed images. The points lie along the diagonal in three ' +
    'groups: float64 lowest, then float32, then float16.',
  plane([
    {
      name: 'equal', style: { colour: grey, solid: true, faint: true },
      points: ends.map((v) => [v, v]),
    },
    ...compared.map((points, k) => ({
      name: ['float64', 'float32', 'float16'][k],
      style: {
        colour: [green, blue, red][k], solid: true,
        marker: (['triangle', 'circle', 'square'] as const)[k],
      },
      points: points.flatMap(([expected, actual]): Point[] =>
        [[Number(expected.toPrecision(3)), Number(actual.toPrecision(3))], [NaN, NaN]]),
    })),
  ], {
    title: 'Expected and actual error of the image',
    description: 'Three groups of five points along the diagonal',
    x: { title: 'expected root mean square error', log: true },
    y: { title: 'actual root mean square error', log: true },
  }),
);

// %% [markdown]
// From a float64 gradient the image is right to about twelve decimal places. From float16, which has 11 significant
// bits, the root mean square error is still less than one of 256 grey levels.

// %% [markdown]
// ## When a layer does not determine its input
//
// If $m < n$, images other than the private one satisfy all equations too. This is R-GAP's rank analysis: the
// difference $m - n$, equations minus unknowns, is an index of how much an architecture gives away. Take a digit at
// half its size, 14 × 14, and a single convolution with four 3 × 3 kernels. With a stride of 1 it has 4 · 12 · 12
// outputs, with larger strides far fewer.

// %%
import { buildStack } from '../src/index.ts';
import { zeros } from '../src/exports/tensor.ts';

const half = zeros([1, 14, 14]);
for (let i = 0; i < 784; i++) {
  half.data[14 * Math.floor(i / 56) + Math.floor((i % 28) / 2)] += image.data[i] / 4;
}
const designs = [
  { out: 4, kernel: 3, stride: 1 },
  { out: 4, kernel: 3, stride: 2 },
  { out: 4, kernel: 3, stride: 3 },
  { out: 20, kernel: 1, stride: 2 },
];
const found = designs.map((design, k) => {
  const stack = buildStack([
    { type: 'conv2d', name: 'conv', ...design, activation: 'sigmoid' },
    { type: 'linear', name: 'last', out: 10 },
  ], [1, 14, 14]);
  new Random(k).fillUniform(stack.theta.data, -0.5, 0.5);
  const result = analytic(stack, stack.gradient(half, c)), [{ equations, unknowns }] = result.layers;
  const { out, kernel, stride } = design, difference = `${equations - unknowns}`.replace('-', '−');
  console.log(`${out} kernels of ${kernel} × ${kernel}, stride ${stride}: m − n = ${difference}, ` +
    (result.isDetermined ? 'determined' : 'not determined'));
  assert.ok(result.label === c && result.isDetermined === (k === 0));
  if (result.isDetermined) assert.ok(mse(result.image, half) < 1e-16);
  else assert.ok(mse(result.image, half) > 1e-4);
  return { image: result.image, caption: kernel === 1 ? '1 by 1' : `stride ${stride}` };
});
show(
  'Figure 7.5. A digit of 14 × 14 pixels, and what is computed from the gradient of four networks: the digit with ' +
    'stride 1, worse images with strides 2 and 3, and single dots with 1 × 1 kernels.',
  filmStrip([{ title: 'half a digit', frames: [{ image: half, caption: 'private' }, ...found] }]),
);

// %% [markdown]
// The label is right in all four cases. Of the many solutions, conjugate gradients, started from 0, find the one with
// the least norm, which may still look like the image. `analytic` reports that the image is not determined. And
// **$m > n$ is no guarantee**: the twenty 1 × 1 kernels all see the same quarter of the pixels. Counting equations does
// not reveal this; the expected error does.

// %% [markdown]
// ## A trained network
//
// The iDLG paper attacks untrained networks. Now the LeNet is trained on 1,000 drawn digits until it classifies nearly
// all of 100 other digits correctly. Then a client sends its gradient for one of the 1,000 digits, in float32.

// %%
import { accuracy, subset, train } from '../src/beyond/training/train.ts';
import { idlg } from '../src/index.ts';
import { softmax } from '../src/exports/nn.ts';

const learner = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 0 });
train(learner, subset(digits(), 0, 1000), { steps: 500, batch: 20, learningRate: 0.003 });
const right = accuracy(learner, subset(digits(), 1000, 1100));
assert.ok(right > 0.95);
console.log('more than 95 % of 100 other digits are classified correctly');

const trained = learner.gradient(image, c);
const sent = defend(trained, { defence: 'float32' }, new Random(0));
const p = new Float64Array(10);
softmax(learner.logits(truth[0]).data, p);
assert.ok(p[c] > 0.99 && norm2(gradient.data) > 10 && norm2(trained.data) < 0.1);
console.log('p_c is above 0.99; ‖∇W‖ was above 10 before training and is below 0.1 now');

// %% [markdown]
// The papers' protocol, L-BFGS with a fixed step and an end at $L_G < 10^{-6}$, can be improved in two ways: by a line
// search, and by minimising $L_G / \lVert\nabla W\rVert^2$ down to $10^{-10}$, so that a small gradient is no reason
// to stop. To see which of the two helps, the cell tries all four combinations from the same three starts, with at
// most 120 iterations. Then it computes the image layer by layer.

// %%
const missed = (found: { readonly image: Tensor }): number => mse(found.image, image);
const starts = [0, 1, 2];
const absolute = { tolerance: 1e-6, lookEvery: 10 }, relative = { relative: true, tolerance: 1e-10 };
const attempts = (['none', 'strong-wolfe'] as const).map((lineSearch) => [absolute, relative].map((options) =>
  starts.map((seed) => idlg(learner, sent, { lineSearch, ...options, iterations: 120, seed, truth: image }))));
const computed = analytic(learner, sent);
for (const found of [...attempts.flat(2), computed]) assert.equal(found.label, c);
const square = norm2(sent.data) ** 2, scientific = (v: number): string => v.toExponential(0);
console.log(`all labels are right; ‖∇W‖² = ${scientific(square)}`);
console.log('line search    minimised       start   iterations   stopped by     MSE');
attempts.forEach((ofSearch, i) => ofSearch.forEach((ofObjective, k) => ofObjective.forEach((found, start) => {
  const cells = [['none', 'strong Wolfe'][i], ['L_G', 'L_G / ‖∇W‖²'][k], `${start}`].map((text, j) =>
    text.padEnd([15, 16, 8][j]));
  console.log(cells.join('') + `${found.iterations}`.padEnd(13) + found.stop.padEnd(15) + scientific(missed(found)));
})));
console.log(`layer by layer: MSE ${scientific(missed(computed))}`);
const [[papers, relativeOnly], [searchOnly, both]] = attempts;
for (const found of [...papers, ...relativeOnly]) assert.ok(missed(found) > 1e4);
assert.ok(papers.every(({ stop, iterations }) => stop === 'gradient' && iterations < 10));
for (const k of [0, 1]) {
  assert.ok(searchOnly[k].stop === 'objective' && missed(searchOnly[k]) < 1e-2 && missed(searchOnly[k]) > 1e-3);
  assert.ok(both[k].stop === 'objective' && missed(both[k]) < 1e-7);
}
assert.ok(missed(searchOnly[2]) > 100 && missed(both[2]) > 100 && missed(computed) < 1e-12);
const atStart = both.map(({ trajectory }) => trajectory[0].objective);
assert.ok(Math.min(...atStart) > 1e4);
console.log('at each start L_G is above 1e4 ‖∇W‖²');
show(
  'Figure 7.6. A digit from the gradient of a trained network: the private digit; iDLG with a line search and L_G ' +
    '/ ‖∇W‖², clean from starts 0 and 1, noise from start 2; the digit computed layer by layer, clean.',
  filmStrip([{ title: 'from a trained network', frames: [
    { image, caption: 'private' },
    ...both.map(({ image }, k) => ({ image, caption: `start ${k}` })),
    { image: computed.image, caption: 'analytic' },
  ] }]),
);

// %% [markdown]
// The trained network is nearly certain of the digit, so the digit's gradient is small. It is not certain of noise, and
// the gradient of noise is large. The table separates the two improvements:
//
// - Without a line search the first steps throw $x'$ into a region where the sigmoids are flat (chapter 5). No run
//   recovers the digit, with either objective.
// - With a line search, starts 0 and 1 lead towards the digit. But $10^{-6}$ is not small beside
//   $\lVert\nabla W\rVert^2 = 5 \cdot 10^{-3}$, so the runs stop early, at an MSE between $3 \cdot 10^{-3}$ and
//   $8 \cdot 10^{-3}$.
// - With both, the same two starts reach an MSE of about $10^{-8}$, after 100 and 96 iterations.
// - Start 2 moves far away and does not reach the digit within 120 iterations, with or without the second improvement.
//
// The layer-by-layer attack needs no start. And a small gradient has as many significant digits as a large one,
// provided that the client computes $p_c - 1$ without cancellation, as here.

// %% [markdown]
// ## The computed image as iDLG's start
//
// The walk back uses the equations of each layer once, on the way from the last layer to the first. If the gradient is
// coarsely rounded, the computed image is not the one that explains the whole gradient best. But iDLG can then start
// from that image instead of from noise. Figure 7.7 shows this for the untrained network, with its gradient in
// bfloat16, which has 8 significant bits.

// %%
const coarse = defend(gradient, { defence: 'bfloat16' }, new Random(0));
const near = analytic(network, coarse).image;
const [fromNoise, fromNear] = [undefined, near].map((start) => {
  const points: Point[] = [];
  idlg(network, coarse, {
    relative: true, tolerance: 0, iterations: 8, truth: image, ...(start && { start }),
    onIteration: ({ evaluations, mse }) => void points.push([evaluations, Number(mse.toPrecision(2))]),
  });
  return points;
});
show(
  'Figure 7.7. The MSE of iDLG against evaluations of L_G, from noise and from the computed image. From noise ' +
    'it takes more than a hundred evaluations to reach the MSE of the computed image.',
  plane([
    {
      name: 'from noise', style: { colour: red, marker: 'square', solid: false },
      points: fromNoise,
    },
    {
      name: 'from the computed image', style: { colour: blue, marker: 'circle', solid: true },
      points: fromNear,
    },
  ], {
    title: 'iDLG from noise and from the computed image',
    description: 'Two falling curves; the one from the computed image starts lower and further to the left',
    x: { title: 'evaluations of L_G' },
    y: { title: 'MSE', log: true },
  }),
);
const saved = fromNoise.find(([, error]) => error <= fromNear[0][1])![0];
assert.ok(saved > 100 && saved <= 150 && fromNear.at(-1)![1] < fromNear[0][1] / 5);
console.log(`from noise it takes ${saved} evaluations to reach the MSE of the computed image`);
console.log('from the computed image the MSE falls to less than a fifth');
for (const [, error] of [fromNoise.at(-1)!, fromNear.at(-1)!]) assert.ok(error > 2e-6 && error < 5e-5);

// %% [markdown]
// So starting from the computed image saves these evaluations. Both runs end near an MSE of $10^{-5}$. From a
// float32 gradient the error of the computed image is already too small to see. The command
// `npm start -- attack --method analytic+idlg` runs both attacks, one after the other.

// %% [markdown]
// ## Summary
//
// - For one image, the gradient of the last layer gives the label, the layer's input $a$ and $\partial_a$.
// - An invertible activation gives $z$ and $\partial_z$; then $W P = z - b$ and $\partial_z P^\top = \partial_W$ are
//   linear equations for the layer's input. Conjugate gradients solve them without forming a matrix.
// - Each equation should be divided by the standard deviation of its error. The expected error of the image can then be
//   computed without the image. More equations than unknowns, $m > n$, do not prove that the image is determined.
// - The attack needs no start and worked on the trained network too. It needs the gradient of a single image, sigmoid
//   or tanh, and layers that determine their inputs.
//
// The playground (`npm run playground`, see [docs/playground.md](../docs/playground.md)) runs this attack in section 4,
// under *Layer by layer*.

// %% [markdown]
// ## Exercises
//
// **Prediction.** The equations assume one image. What does `analytic` compute from the *mean* gradient of two images,
// a 3 and an 8: one of them, a mixture, or noise? Does it notice? Write down your answer, then run it:
//
// ```ts
// const other = digits().example(8), mean = network.gradient([image, other.image], [c, other.label]);
// const mixed = analytic(network, mean);
// console.log(mixed.label, mixed.error, mixed.isDetermined, mse(mixed.image, image), mse(mixed.image, other.image));
// ```
//
// <details><summary>Answer</summary>
//
// It gives the label 8 and computes a blurred mixture, with an MSE of 0.045 against the 3 and 0.052 against the 8. It
// does notice: $\partial_W$ of the last layer has rank 2, so $\partial_W - g a^\top$ is large, and with it every
// $\sigma$. The expected root mean square error is 0.17, and `isDetermined` is false.
//
// </details>
//
// **Proof.** A client multiplies its whole gradient by a number $\gamma > 0$, as clipping does (chapter 8). Show that
// the walk back computes the same image.
//
// <details><summary>Solution</summary>
//
// Every $\partial_W$ and $\partial_b$ is multiplied by $\gamma$. In $a = \partial_{W_c} / \partial_{b_c}$ the factor
// cancels, and the label is the same. $\partial_a = W^\top g$ has the factor, and so have
// $\partial_z = f'(z) \odot \partial_a$ and each $W^\top \partial_z$ after it. So the first block, $W P = z - b$, does
// not change, and both sides of the second block, $\gamma\, \partial_z P^\top = \gamma\, \partial_W$, have the same
// factor. If the equations of each layer have exactly one solution, the factor does not change it. (If they contradict
// each other, the factor acts as a weight of the second block, unless each equation is divided by its $\sigma$.)
//
// </details>
//
// **Graded.** Fill in the functions in [exercises/07-without-an-optimiser.ts](exercises/07-without-an-optimiser.ts) and
// run `npm run exercise -- 07` to have them checked. For a wrong answer it prints the input, the expected value and
// yours. The inputs are random: `new Random(1, 0)` in a message is the generator that draws case 0. A *scaled error* is
// relative to the size of the numbers that are compared. The solutions are in
// [solutions/07-without-an-optimiser.ts](solutions/07-without-an-optimiser.ts).
//
// 1. `ridge`: the $x$ that minimises $\lVert A x - q \rVert^2 + \lambda \lVert x \rVert^2$ for $\lambda > 0$, which is
//    unique even if $A$ is not of full rank. Use conjugate gradients, with two functions that multiply by $A$ and by
//    $A^\top$: first work out $s$ and $\eta$ for this function. Start from $x = 0$. About $n$ steps are enough. Stop
//    when $\lVert s \rVert$ has fallen to $10^{-14}$ of its first value, or is 0 at the start: what is left is rounding
//    error, and a step along it does harm.
// 2. `riskIndex`: $m - n$ of a convolution, for one image. This index is known before anything is shared. The default
//    stride is 1 and the default padding 0.
// 3. `denseImage`: if the first layer is linear and has a bias, no walk is needed. Compute the image from that layer's
//    $\partial_W$ and $\partial_b$, for any activation. With ReLU some entries of $\partial_b$ are 0, but not all.

// %% [markdown]
// ## Sources
//
// - J. Zhu and M. Blaschko, "R-GAP: Recursive Gradient Attack on Privacy", ICLR 2021,
//   [arXiv:2010.07733](https://arxiv.org/abs/2010.07733): the two blocks of equations, and the rank analysis.
// - M. Hestenes and E. Stiefel, "Methods of Conjugate Gradients for Solving Linear Systems", Journal of Research of the
//   National Bureau of Standards 49 (1952).
// - T. Eltaras, Q. Malluhi, A. Savino, S. Di Carlo and A. Qayyum, "R-CONV: An Analytical Approach for Efficient Data
//   Reconstruction via Convolutional Gradients", 2024, [arXiv:2406.04227](https://arxiv.org/abs/2406.04227).
// - B. Zhao, K. R. Mopuri and H. Bilen, "iDLG: Improved Deep Leakage from Gradients", 2020,
//   [arXiv:2001.02610](https://arxiv.org/abs/2001.02610): the label, and the network.
