/** @file Chapter 7: the image is computed layer by layer, by linear least squares instead of a descent of L_G. */

// %% [markdown]
// # 7. Without an optimiser
//
// Gradient matching starts from noise and descends, for hundreds of evaluations, until the noise has become an image
// whose gradient is the shared one. But a network is a chain of simple functions, and the shared gradient says
// something about each link. **Can one walk back along the chain and compute the image?**
//
// For one image, and an activation that can be inverted, one can: Zhu and Blaschko (2021) solved linear equations layer
// by layer, and called this R-GAP. This chapter does it for the LeNet of the iDLG paper, and asks how far the answer
// can be trusted. The optimiser that it does without is the one that descends $L_G$. Each layer's input is still the
// solution of a linear least-squares problem, and conjugate gradients find it in steps; but such a problem has no local
// minimum, so no start has to be guessed.
//
// | symbol | what it is |
// |---|---|
// | $x$, $c$ | a layer's input, of the first layer the image; the image's class |
// | $W$, $b$ | a layer's weights and bias |
// | $z$, $a$ | a layer's output before the activation $f$, and after: $a = f(z)$ |
// | $\partial_z$, $\partial_a$, $\partial_W$ | $\partial\ell/\partial z$ and so on; all $\partial_W$ are shared |
// | $g$ | $\partial\ell/\partial y$ at the logits $y$: the last layer's $\partial_b$ |
// | $P$ | the patches of $x$ that a convolution sees, as columns of a matrix |
// | $\sigma$ | the standard deviation of a number's error |
// | $m$, $n$ | how many equations, and how many unknowns |

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
// The loss is $\ell = -\log \mathrm{softmax}(y)_c$ of the logits $y = W a + b$. So $\partial_b = g$, whose one negative
// entry is the label's, and row $i$ of $\partial_W$ is $g_i a$. Divide, and the last layer's input is known; then
// the chain rule gives its gradient:
//
// $$c = \arg\min_i \partial_{b,i}, \qquad a = \frac{\partial_{W_c}}{\partial_{b_c}}, \qquad
// \partial_a = W^\top g .$$
//
// The cell compares $a$ with what the client computed, which the server does not see.

// %%
import { extractLabel, lastLayer } from '../src/index.ts';
import { rowsOf, view } from '../src/exports/tensor.ts';

/** The client's own values: a batch of one image, and what each layer makes of it. */
const truth = [view(image.data, [1, 1, 28, 28])];
network.layers.parts.forEach(({ name, layer }, k) => {
  const { shape, data } = layer.forward(truth[k], network.theta.tree[name]);
  truth.push({ shape, data: data.slice() });
});
const distance = (x: Float64Array, y: Float64Array): number =>
  x.reduce((most, v, i) => Math.max(most, Math.abs(v - y[i])), 0);

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
console.log(`label ${label}; ${a.length} numbers a, all right to 1e-12`);

// %% [markdown]
// ## Back through the sigmoid
//
// $a = 1 / (1 + e^{-z})$ is solved for $z$, entry by entry, and its slope is $a (1 - a)$:
//
// $$z = f^{-1}(a) = \ln \frac{a}{1 - a}, \qquad
// \partial_z = f'(z) \odot \partial_a = a \odot (1 - a) \odot \partial_a .$$
//
// $\partial_z$ can be checked without the client: its sums over each map are the convolution's $\partial_b$, which is
// shared.

// %%
import { log } from '../src/exports/tensor.ts'; // as Math.log, but with the same bits on every machine

const z = a.map((v) => log(v / (1 - v)));
const gradZ = a.map((v, i) => v * (1 - v) * gradA[i]);
assert.ok(distance(z, truth[5].data) < 1e-10);
console.log('z is right to 1e-10');
const sharedB = gradient.tensors.get('body.4.bias')!.data, maps = rowsOf(view(gradZ, [sharedB.length, 7, 7]));
const sums = Float64Array.from(maps, (map) => map.reduce((sum, v) => sum + v, 0));
assert.ok(distance(sums, sharedB) < 1e-12);
console.log('the sums of ∂z over each map are ∂b, to 1e-12');

// %% [markdown]
// relu has no such inverse: every $z \le 0$ gives $a = 0$, and there $\partial_z = 0$ too. Nothing is left of how far
// below zero $z$ was. So this project's attack, `analytic`, refuses it, and says why. (Where a convolution has filters
// enough, its $\partial_W$ alone may determine $x$, without $z$: that is the way of R-CONV, Eltaras et al., 2024. This
// chapter needs $z$.)

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
// with the patches of $x$, and its weights' gradient is another:
//
// $$W P = z - b, \qquad \partial_z P^\top = \partial_W .$$
//
// All of $W$, $b$, $z$, $\partial_z$ and $\partial_W$ are known, and every entry of $P$ is a pixel of $x$, or a zero of
// the border. So both are **linear equations in $x$**. The first block has one for each output, the second one for each
// weight. Counted, from the last convolution to the first:

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
// `body.2` has four times as many unknowns as outputs: without the second block it could not be solved.

// %% [markdown]
// ## Conjugate gradients
//
// The equations are $A x = y$ with a matrix $A$ of $m \times n$ numbers that nobody wants to write down. Least squares
// asks for the lowest point of
//
// $$\tfrac12 \lVert A x - y \rVert^2, \qquad \text{whose downhill direction is } s = A^\top (y - A x) .$$
//
// Along any direction $p$ the lowest point is at $x + \alpha p$ with $\langle A p, A (x + \alpha p) - y \rangle = 0$:
//
// $$\alpha = \frac{\langle s, p \rangle}{\lVert A p \rVert^2} .$$
//
// With $p = s$ that is steepest descent. Each of its steps spoils what the step before had gained, and it zigzags. The
// cure is to choose directions that do not interfere: $\langle A p, A p' \rangle = 0$, *conjugate* ones. Then what has
// been gained along one is never touched again, and after $n$ of them nothing is left to gain. It is enough to correct
// the new $s$ by the last direction (Hestenes and Stiefel, 1952):
//
// $$p \leftarrow s + \frac{\lVert s \rVert^2}{\lVert s_{\text{before}} \rVert^2} p ,$$
//
// and then $\langle s, p \rangle = \lVert s \rVert^2$. A step needs one product with $A$ and one with $A^\top$. On a
// small matrix, 10 by 8, both methods; where rounding is all that is left, a distance is drawn at $10^{-8}$.

// %%
import { Random } from '../src/exports/tensor.ts';
import { plane, type Point } from '../src/plot/plane.ts';
import { axpy, dot, norm2 } from '../src/exports/tensor.ts';
import { COLOURS, show } from './show.ts';

const random = new Random(7), rows = 10, columns = 8;
const A = Array.from({ length: rows }, () => random.fillUniform(new Float64Array(columns), -1, 1));
const times = (x: Float64Array): Float64Array => Float64Array.from(A, (row) => dot(row, x));
const transposed = (y: Float64Array): Float64Array =>
  Float64Array.from({ length: columns }, (_, j) => A.reduce((sum, row, i) => sum + row[j] * y[i], 0));

/** Distances ‖x − x*‖ to the solution, before each step, and the directions taken. */
function solve(y: Float64Array, solution: Float64Array, steps: number, isConjugate: boolean) {
  const x = new Float64Array(columns), r = y.slice(); // y − A x
  const distances: number[] = [], directions: Float64Array[] = [];
  let s = transposed(r), p = s.slice();
  for (let k = 0; k <= steps; k++) {
    distances.push(norm2(x.map((v, j) => v - solution[j])));
    directions.push(p);
    if (isConjugate && k < columns) assert.ok(Math.abs(dot(s, p) / dot(s, s) - 1) < 1e-6);
    const Ap = times(p), alpha = dot(s, p) / dot(Ap, Ap), before = dot(s, s);
    axpy(alpha, p, x);
    axpy(-alpha, Ap, r);
    s = transposed(r);
    const beta = isConjugate ? dot(s, s) / before : 0, last = p;
    p = s.map((v, j) => v + beta * last[j]);
  }
  return { distances, directions };
}
const solution = random.fillUniform(new Float64Array(columns)), y = times(solution);
const conjugate = solve(y, solution, columns, true), steepest = solve(y, solution, 40, false);
const Ap = conjugate.directions.slice(0, columns).map(times);
for (const [i, u] of Ap.entries())
  for (const v of Ap.slice(0, i)) assert.ok(Math.abs(dot(u, v)) < 1e-9 * norm2(u) * norm2(v));
assert.ok(conjugate.distances[columns] < 1e-9 * conjugate.distances[0]);
assert.ok(steepest.distances[40] > 1e-2 * steepest.distances[0]);

const { blue, red, green } = COLOURS;
const traced = (values: readonly number[]): Point[] =>
  values.map((value, k) => [k, Number(Math.max(1e-8, value).toPrecision(2))]);
show(plane([
  {
    name: 'steepest descent', style: { colour: red, solid: false },
    points: traced(steepest.distances),
  },
  {
    name: 'conjugate gradients', style: { colour: blue, marker: 'circle', solid: true },
    points: traced(conjugate.distances),
  },
], {
  title: 'The distance to the solution of 8 unknowns, before each step',
  description: 'Conjugate gradients are there after 8 steps; steepest descent creeps',
  x: { title: 'steps' },
  y: { title: '‖x − x*‖', log: true },
}));
console.log('after 8 steps, as many as unknowns, the distance is below 1e-9 of the first');

// %% [markdown]
// ## The equations of a convolution
//
// Neither product needs the matrix. $A x$ is what the layer's own `forward` and `backward` compute, $W P$ and
// $\partial_z P^\top$. $A^\top$ takes a number for each equation, $r$ shaped like $z$ and $V$ shaped like $W$, and adds
// up what they say of each pixel: $W^\top r + V^\top \partial_z$, one pass back with $W$ and one with $V$. That is
// `rBackward` of chapter 3, the derivative of $W^\top \partial_z$ where $\partial_z$ moves along $r$ and $W$ along $V$.
//
// [input-equations.ts](../src/beyond/analytic/input-equations.ts) has these two products, and divides each equation by
// a $\sigma$ of its own. `rightSide` is $y$, divided in the same way; `gradX` is $W^\top \partial_z$, the $\partial_a$
// of the layer before. Is the one product the other's transpose, $\langle A x, r \rangle = \langle x, A^\top r
// \rangle$?

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
  console.log('for random x and r it is, to 1e-12');
}

// %% [markdown]
// With all $\sigma$ equal to 1, the whole attack is this:

// %%
import { mse, type Tensor } from '../src/index.ts';
import { conjugateGradients, type LinearMap, type Progress } from '../src/beyond/analytic/conjugate-gradients.ts';

/** The layers' inputs; for each layer ‖A x − y‖ after some of the steps, and ‖A p‖ / ‖p‖ of all. */
interface Walk {
  readonly inputs: Tensor[];
  readonly falls: Point[][];
  readonly stretches: number[][];
}

/** The walk back; the equations ∂z Pᵀ = ∂W have `factor` times the weight of the others. */
function walkBack(network: Network, gradient: ParameterVector, factor = 1): Walk {
  let { a, gradA } = fromLastLayer(network, gradient);
  const inputs: Tensor[] = [], falls: Point[][] = [], stretches: number[][] = [];
  for (const k of [4, 2, 0]) {
    const { name, layer } = network.layers.parts[k], { outShape, inShape } = layer;
    const [weight, bias] = ['weight', 'bias'].map((which) => network.theta.tensors.get(`${name}.${which}`)!);
    const z = view(a.map((v) => log(v / (1 - v))), outShape);
    const gradZ = view(a.map((v, i) => v * (1 - v) * gradA[i]), outShape);
    const sigmaZ = new Float64Array(z.data.length).fill(1);
    const sigmaW = new Float64Array(weight.shape[0]).fill(1 / factor);
    const equations = new InputEquations(layer, weight, gradZ, sigmaZ, sigmaW);
    const y = equations.rightSide(z, bias, gradient.tensors.get(`${name}.weight`)!);
    const x = new Float64Array(equations.n), fall: Point[] = [], stretch: number[] = [];
    const isEnough = ({ steps, residualSquare, gainOfLastTen, gain }: Progress): boolean => {
      const residual = Number(Math.sqrt(residualSquare).toPrecision(1));
      if (/^[1257]0*$/.test(`${steps}`)) fall.push([steps, residual]);
      return gainOfLastTen < 1e-24 * gain;
    };
    const A: LinearMap = {
      times(p, Ap) {
        equations.times(p, Ap);
        if (norm2(p) > 0) stretch.push(norm2(Ap) / norm2(p));
      },
      transposeTimes: (r, s) => equations.transposeTimes(r, s),
    };
    conjugateGradients(A, { b: y }, x, isEnough, 5000);
    a = x;
    gradA = equations.gradX(gradZ).data;
    inputs.push(view(a, inShape.slice(1)));
    falls.push(fall);
    stretches.push(stretch);
  }
  return { inputs, falls, stretches };
}

const exact = walkBack(network, gradient);
const error = mse(exact.inputs[2], image);
assert.ok(error < 1e-18);
console.log('the image, to an MSE below 1e-18');

// %%
import { filmStrip } from '../src/plot/film-strip.ts';

const mapsOf = ({ shape: [channels, height, width], data }: Tensor) =>
  Array.from({ length: Math.min(channels, 6) }, (_, k) => ({
    image: view(data.subarray(k * height * width), [1, height, width]), caption: `map ${k}`,
  }));
const [third, second, first] = exact.inputs;
show(
  filmStrip([
    { title: 'input of body.4', frames: mapsOf(third) },
    { title: 'input of body.2', frames: mapsOf(second) },
    { title: 'input of body.0: the image', frames: [
      { image: first, caption: 'computed' }, { image, caption: 'private' },
    ] },
  ], { scale: 4 }),
  'From the last convolution to the first: small grey maps, larger maps, and the private digit',
);

// %% [markdown]
// The residual of the equations of each convolution, step by step. How many steps are needed depends on how much the
// directions differ. For $p$ of equal length, $A p$ is longer in some directions and shorter in others, and where it is
// short, a small error in the equations is a large error in $x$. The longest divided by the shortest is the **condition
// number** of $A$. The directions that were taken bound it from below: `body.2` is slow, and badly conditioned.

// %%
const layers = ['body.4', 'body.2', 'body.0'];
const conditions = exact.stretches.map((stretch) => Math.max(...stretch) / Math.min(...stretch));
conditions.forEach((condition, k) => {
  const steps = 50 * Math.round(exact.stretches[k].length / 50), about = Number(condition.toPrecision(1));
  console.log(`${layers[k]}: about ${steps} steps, condition number about ${about} or more`);
});
assert.ok(conditions[1] > 5 * Math.max(conditions[0], conditions[2]));
show(plane(exact.falls.map((points, k) => ({
  name: layers[k],
  style: { colour: [green, red, blue][k], solid: k !== 1 },
  points,
})), {
  title: 'The residual of the equations of each convolution, by steps of conjugate gradients',
  description: 'body.4 and body.0 are solved in under two hundred steps; body.2 takes far more',
  x: { title: 'steps', log: true },
  y: { title: '‖A x − y‖', log: true },
}));

// %% [markdown]
// For `body.2`, which has fewer outputs than inputs, `analytic` uses a preconditioner. $\partial_W$ of an input channel
// depends on that channel's pixels alone, and on the same $\partial_z$ for all twelve. So $A^\top A$ is one small
// matrix, repeated twelve times along the diagonal, plus a matrix whose rank is at most the number of outputs. With a
// small $\varepsilon$ added to its diagonal, two Cholesky factors give the inverse
// ([woodbury.ts](../src/beyond/analytic/woodbury.ts)). If $p$ is chosen from $(A^\top A + \varepsilon I)^{-1} s$
// instead of $s$, conjugate gradients need only a few steps. For the other two, which are well conditioned, the
// diagonal of $A^\top A$ is enough. (The steps for the expected error, below, are counted too.)

// %%
const direct = analytic(network, gradient);
for (const { name, steps } of direct.layers) console.log(`${name}: ${steps} steps`);
assert.ok(direct.layers[1].steps < 10);

// %% [markdown]
// ## Each equation divided by its own error
//
// Gradients are mostly shared in float32, where each number is wrong by up to $2^{-24}$ of itself. Then the equations
// contradict one another a little, and least squares must weigh them. An equation that is known ten times as well must
// be multiplied by ten, and counts a hundred times as much in the sum of squares. Say the one unknown $x$ is measured
// twice, as $1.0 \pm 0.01$ and as $3.0 \pm 1$:

// %%
const measured = [1.0, 3.0], sigma = [0.01, 1];
/** The x that minimises Σ wᵢ² (x − yᵢ)². */
const best = (w: readonly number[]): number =>
  measured.reduce((sum, y, i) => sum + w[i] ** 2 * y, 0) / w.reduce((sum, v) => sum + v * v, 0);
console.log(`all equations alike:  x = ${best([1, 1]).toFixed(4)}`);
console.log(`each divided by its σ: x = ${best(sigma.map((s) => 1 / s)).toFixed(4)}`);
assert.ok(best([1, 1]) === 2 && Math.abs(best([100, 1]) - 1) < 1e-3);

// %% [markdown]
// Divided by their $\sigma$ all equations err by about 1, and for errors from a normal distribution least squares is
// then the likeliest answer. In a network the two blocks differ. $\partial_W$ was shared as it is, and its numbers have
// one rounding. $z$ comes from $f^{-1}(a)$, and
//
// $$\sigma_z = \frac{\sigma_a}{f'(z)}, \qquad f' = a (1 - a) \le \tfrac14 ,$$
//
// at least four times as wrong as $a$, much more where the sigmoid is flat; and $a$ itself was computed from the layers
// after it. $\partial_z$, by which the second block is multiplied, has errors too: the $\sigma_W$ of
// [layer-inputs.ts](../src/beyond/analytic/layer-inputs.ts) contains both. Still the errors of $z$ are larger, and in
// `walkBack` it should help to give the second block more weight:

// %%
import { defend } from '../src/index.ts';

/** The nearest power of ten. */
const order = (v: number): string => `1e${Math.round(Math.log10(v))}`;

const inFloat32 = defend(gradient, { defence: 'float32' }, new Random(0));
const errors = [1, 100].map((factor) => mse(walkBack(network, inFloat32, factor).inputs[2], image));
const solved = analytic(network, inFloat32), errorSolved = mse(solved.image, image);
console.log('MSE from a float32 gradient, about');
console.log(`all equations alike         ${order(errors[0])}`);
console.log(`second block 100 times      ${order(errors[1])}`);
console.log(`each divided by its own σ   ${order(errorSolved)}`);
assert.ok(errors[0] < 1e-8 && errors[1] < errors[0] / 1e3 && errorSolved < 2 * errors[1]);

// %% [markdown]
// The 100 was found by trying, for this network; `analytic` computes $\sigma$. The last layer's $\partial_W = g a^\top$
// would have rank 1 if its numbers were exact, so $\partial_W - g a^\top$ shows how large the errors of the gradient's
// numbers are. From there $\sigma$ is carried from layer to layer: through $f^{-1}$ as above, and through each
// convolution by $(A^\top A)^{-1}$, the covariance of a least-squares solution (layer-inputs.ts has all the formulas).
// The result is $\sigma$ of the image: **the expected error**, without knowing the image.

// %% [markdown]
// ## The expected error and the actual one
//
// Five digits, each with a network of its own, from gradients in float64, float32 and float16. On the horizontal axis:
// the root mean square error that `analytic` expects of its image. On the vertical axis: the actual one.

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
console.log('15 errors, each between a quarter of the expected one and four times that');
[1e-12, 1e-5, 1 / 256].forEach((most, k) => {
  const name = ['float64', 'float32', 'float16'][k], bound = ['1e-12', '1e-5', '1/256'][k];
  assert.ok(worst[k] < most);
  console.log(`${name}: all images to a root mean square error below ${bound}`);
});

const [grey, ends] = ['#999', [1e-13, 1e-2]];
show(plane([
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
    points: points.flatMap(([x, y]): Point[] =>
      [[Number(x.toPrecision(1)), Number(y.toPrecision(1))], [NaN, NaN]]),
  })),
], {
  title: 'The expected and the actual error of the computed image',
  description: 'Three groups along the diagonal: float64 lowest, then float32, float16 highest',
  x: { title: 'expected', log: true },
  y: { title: 'actual', log: true },
}));

// %% [markdown]
// float64 gives the image to twelve digits. From float16, with its 11 bits, the root mean square error is still less
// than one grey level of 256.

// %% [markdown]
// ## When a layer does not determine its input
//
// With $m < n$ there are images that satisfy all equations and are not the private one. That is R-GAP's rank analysis:
// the difference $m - n$, equations minus unknowns, says which architectures give their images away. Take a digit at
// half its size, 14 × 14, and a single convolution of four 3 × 3 kernels. With a stride of 1 it has 4 · 12 · 12
// outputs; with longer strides far fewer.

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
  filmStrip([{ title: 'half a digit', frames: [{ image: half, caption: 'private' }, ...found] }]),
  'The private digit; the same from stride 1; worse and worse from strides 2 and 3; then single dots',
);

// %% [markdown]
// The label is right in all four. Of the many solutions conjugate gradients from 0 find the one of least norm, of the
// scaled unknowns, which may still look like the image; `analytic` itself reports that the image is not determined. And
// **$m > n$ is no guarantee**: the twenty kernels of 1 × 1 all see the same pixel in four, twenty times over. A count
// does not notice that; the expected error does.

// %% [markdown]
// ## A trained network
//
// The iDLG paper attacks networks that have learnt nothing. Now the LeNet learns from 1,000 drawn digits until it
// classifies nearly all other digits right. Then a client sends its gradient of a digit, one of the 1,000, in float32.

// %%
import { accuracy, subset, train } from '../src/beyond/training/train.ts';
import { idlg } from '../src/index.ts';
import { softmax } from '../src/exports/nn.ts';

const learner = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 0 });
train(learner, subset(digits(), 0, 1000), { steps: 500, batch: 20, learningRate: 0.003 });
const right = accuracy(learner, subset(digits(), 1000, 1100));
assert.ok(right > 0.95);
console.log('more than 95 % of 100 other digits are classified right');

const trained = learner.gradient(image, c);
const sent = defend(trained, { defence: 'float32' }, new Random(0));
const p = new Float64Array(10);
softmax(learner.logits(truth[0]).data, p);
assert.ok(p[c] > 0.99 && norm2(gradient.data) > 10 && norm2(trained.data) < 0.1);
console.log('p_c is above 0.99; ‖∇W‖ was above 10 untrained, and is below 0.1 now');

// %% [markdown]
// First iDLG with the protocol of the papers, L-BFGS without a line search and an end where $L_G < 10^{-6}$, from three
// starts. Then, from the same three, with a line search and descending $L_G / \lVert\nabla W\rVert^2$, so that a small
// gradient is no reason to stop. Then the image computed layer by layer.

// %%
const missed = (found: { readonly image: Tensor }): number => mse(found.image, image);
const starts = [0, 1, 2];
const byPapers = starts.map((seed) =>
  idlg(learner, sent, { lineSearch: 'none', tolerance: 1e-6, lookEvery: 10, seed }));
const relative = starts.map((seed) =>
  idlg(learner, sent, { relative: true, tolerance: 1e-10, iterations: 120, seed, truth: image }));
const computed = analytic(learner, sent);
for (const found of [...byPapers, ...relative, computed]) assert.equal(found.label, c);
console.log('all labels are right; the images:');

for (const { stop, iterations, objective, image } of byPapers) {
  assert.ok(stop === 'gradient' && iterations < 10 && objective > 100 && Math.max(...image.data) > 1e4);
}
console.log('papers\' protocol: all three ended by "gradient" within 10 iterations, pixels above 1e4');
relative.forEach((found, k) => {
  const arrived = found.stop === 'objective', about = 25 * Math.round(found.iterations / 25);
  const error = arrived ? `about ${order(missed(found))}` : 'above 100';
  const after = arrived ? `about ${about}` : `${found.iterations}`;
  console.log(`line search and L_G / ‖∇W‖², start ${k}: after ${after} iterations MSE ${error}`);
  assert.ok(arrived === (k < 2) && (arrived ? missed(found) < 1e-7 : missed(found) > 100));
});
console.log(`analytic, layer by layer: MSE about ${order(missed(computed))}`);
const atStart = relative.map(({ trajectory }) => trajectory[0].objective);
assert.ok(Math.min(...atStart) > 1e4 && missed(computed) < 1e-12);
console.log('L_G at each start is above 1e4 ‖∇W‖²');
show(
  filmStrip([{ title: 'from a trained network', frames: [
    { image, caption: 'private' },
    ...relative.map(({ image }, k) => ({ image, caption: `start ${k}` })),
    { image: computed.image, caption: 'analytic' },
  ] }]),
  'The private digit; iDLG, clean from starts 0 and 1, noise from start 2; the computed image, clean',
);

// %% [markdown]
// A network that has learnt digits is certain of them, and its gradient is small. It is not certain of noise, and the
// gradient of noise is large. Without a line search the first steps throw $x'$ to where the sigmoids are flat
// (chapter 5): all three runs end at once. With one, and descending $L_G / \lVert\nabla W\rVert^2$, two of three starts
// arrive after about a hundred iterations; the third moves far away and does not come back. The layer-by-layer attack
// needs no start. A small gradient is a large one times a small number, and all its digits are there, provided that the
// client computes $p_c - 1$ without cancellation, as here.

// %% [markdown]
// ## As iDLG's start
//
// The walk back uses each layer's equations once, on the way from the last layer to the first. If the gradient is
// coarse, the image that it computes is not the one that explains the whole gradient best; $L_G$ can still be
// descended, from there instead of from noise. The untrained network again, and its gradient in bfloat16, of 8 bits:

// %%
const coarse = defend(gradient, { defence: 'bfloat16' }, new Random(0));
const near = analytic(network, coarse).image;
const [fromNoise, fromNear] = [undefined, near].map((start) => {
  const points: Point[] = [];
  idlg(network, coarse, {
    relative: true, tolerance: 0, iterations: 8, truth: image, ...(start && { start }),
    onIteration: ({ evaluations, mse }) => void points.push([evaluations, Number(mse.toPrecision(1))]),
  });
  return points;
});
show(plane([
  {
    name: 'from noise', style: { colour: red, marker: 'square', solid: false },
    points: fromNoise,
  },
  {
    name: 'from the computed image', style: { colour: blue, marker: 'circle', solid: true },
    points: fromNear,
  },
], {
  title: 'iDLG from noise and from the computed image, by evaluations of L_G',
  description: 'The computed image begins where noise arrives after about a hundred evaluations',
  x: { title: 'evaluations' },
  y: { title: 'MSE', log: true },
}));
const saved = fromNoise.find(([, error]) => error <= fromNear[0][1])![0];
assert.ok(saved >= 75 && saved <= 150 && fromNear.at(-1)![1] < fromNear[0][1] / 5);
console.log('from noise it takes 75 to 150 evaluations to reach the MSE of the computed image');
console.log('and from there the MSE falls to less than a fifth');
for (const [, error] of [fromNoise.at(-1)!, fromNear.at(-1)!]) assert.ok(error > 2e-6 && error < 5e-5);

// %% [markdown]
// So the computed image saves about a hundred evaluations; both runs end near an MSE of $10^{-5}$. From a float32
// gradient its error is too small to be seen. `npm start -- attack --method analytic+idlg` does both.

// %% [markdown]
// ## Exercises
//
// Fill in the functions of [exercises/07-without-an-optimiser.ts](exercises/07-without-an-optimiser.ts), and ask with
// `npm run exercise -- 07` which of them are right. A wrong answer is shown with its case: `new Random(1, 0)` makes it
// again. Answers are in [solutions](solutions/07-without-an-optimiser.ts).
//
// 1. `leastSquares`: the $x$ of least $\lVert A x - y \rVert$ by conjugate gradients, from two functions that multiply
//    by $A$ and by $A^\top$.
// 2. `riskIndex`: $m - n$ of any convolution, for one image, before anything is shared.
// 3. `denseImage`: where the first layer is a linear one with a bias, no walk is needed. Find the image from that
//    layer's $\partial_W$ and $\partial_b$, whatever the activation, relu included.

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
