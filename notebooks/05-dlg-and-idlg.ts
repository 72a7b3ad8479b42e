/** @file Chapter 5: the two attacks, Algorithm 1 of the iDLG paper and its baseline, and runs of them that fail. */

// %% [markdown]
// # 5. DLG and iDLG
//
// Two attacks recover an image from a gradient. Deep Leakage from Gradients (DLG) starts from noise and a guessed
// label, and changes both until their gradient matches the shared one. iDLG first reads the label off the gradient, by
// a rule from chapter 1, and then changes the image alone. **What does the label contribute to the descent, and how
// does a run fail?**
//
// **Threat model.** The attacker, for instance the server, knows the network, its parameters $\theta$ and the shared
// gradient of one image. The attacker knows neither the image nor its label.
//
// **Notation**
//
// | symbol | meaning |
// |---|---|
// | $x$, $c$ | the private image, and its class |
// | $x'$ | the dummy image, which starts as noise from $N(0, 1)$ |
// | $u$, $t$ | DLG's ten label logits, which start from $N(0, 1)$, and the soft label $t = \mathrm{softmax}(u)$ |
// | $y$, $p$ | the network's logits, and $p = \mathrm{softmax}(y)$ |
// | $g$ | $\partial\ell/\partial y = p - t$ |
// | $\ell$, $\theta$ | the loss, and all weights and biases of the network |
// | $\nabla W$, $\nabla W'$ | the shared gradient, and the gradient of the dummy |
// | $L_G$ | $\lVert \nabla W' - \nabla W \rVert^2$ |
// | $N$, $\eta$ | the number of moves in Algorithm 1, and their step length |
// | $R\lbrace\cdot\rbrace$ | the derivative along a direction $v$ of $\theta$, as in chapter 3 |
// | $q$ | the gradient of $L_G$ with respect to all variables that an attack changes |
// | MSE | the mean squared error of $x'$, where pixels lie in $[0, 1]$ |
//
// In the section *A run that is thrown off course*, $(s, y)$ is an L-BFGS pair, as in chapter 4 and in Nocedal and
// Wright; the logits do not occur there.

// %%
import assert from 'node:assert/strict';
import { digits, lenet } from '../src/index.ts';
import { filmStrip } from '../src/plot/film-strip.ts';
import { COLOURS, show } from './show.ts';

/** Client i: a drawn digit, a LeNet with its own random weights, and the gradient that the client shares. */
function client(i: number) {
  const { image, label } = digits().example(i);
  const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: i });
  return { image, label, network, gradient: network.gradient(image, label) };
}

const { image, label: c, network, gradient } = client(3);
show(
  'Figure 5.1. The private image of client 3, a drawn digit 3.',
  filmStrip([{ title: 'the private image', frames: [{ image, caption: `class ${c}` }] }]),
);

// %% [markdown]
// ## Algorithm 1
//
// Algorithm 1 of the iDLG paper has three steps:
//
// 1. $c \leftarrow$ the label, read off the gradient of the last layer. If that layer has no bias, Eq. (4) finds the
//    label. This LeNet has a bias, as in the authors' code, and $\partial\ell/\partial b = g$ has exactly one negative
//    entry, that of $c$.
// 2. $x' \leftarrow$ noise from $N(0, 1)$.
// 3. Repeat $N$ times: compute the dummy's gradient $\nabla W'$ and its distance from $\nabla W$, Eq. (5); then move
//    the dummy image downhill, Eq. (6).
//
// The distance is
//
// $$L_G = \lVert \nabla W' - \nabla W \rVert^2 , \tag{5}$$
//
// and a move is
//
// $$x' \leftarrow x' - \eta \frac{\partial L_G}{\partial x'} . \tag{6}$$
//
// Chapter 3 derives the derivative in Eq. (6); `GradientMatching` computes it together with $L_G$. It takes a batch of
// images and labels; here the batch holds one image. The rest of the attack is a few lines. `drawStart` draws the noise
// from a seed, so that all attacks can start from the same noise.

// %%
import { extractLabel, idlg, lastLayer } from '../src/index.ts';
import { drawStart, GradientMatching } from '../src/exports/attack.ts';
import { labelsOf } from '../src/exports/nn.ts';
import { axpy, view } from '../src/exports/tensor.ts';

const N = 100, eta = 0.05, seed = 3, shape = [1, 1, 28, 28]; // a batch of one image with one channel
const { label, rule } = extractLabel(lastLayer(gradient)); //             1. c
const x = view(drawStart(network, 0, { seed }), shape); //                2. N(0, 1)
const matching = new GradientMatching(network, gradient);
const t = labelsOf([label], 10), losses: number[] = [];
for (let i = 0; i < N; i++) { //                                          3.
  const { objective, gradX } = matching.evaluate(x, t); //                Eq. (5)
  axpy(-eta, gradX.data, x.data); //                                      Eq. (6)
  losses.push(objective);
}
const [first, last] = [losses[0], losses[N - 1]].map((value) => value.toFixed(1));
console.log(`label ${label}, by the rule "${rule}"; L_G fell from ${first} to ${last} in ${N} moves`);
assert.deepEqual([label, rule], [c, 'bias']);

const byDescent = idlg(network, gradient, { optimizer: 'gd', learningRate: eta, iterations: N, seed });
assert.ok(byDescent.image.data.every((v, i) => Math.abs(v - x.data[i]) < 1e-9));
console.log('idlg() with the optimiser "gd" gives the same image');

// %% [markdown]
// Progress is slow. The code published with the paper uses L-BFGS with a fixed step instead of Eq. (6). `idlg` uses
// L-BFGS too, by default with a line search. One *iteration* is then up to 20 moves, and 300 iterations are allowed.
// Chapter 4 explains L-BFGS. Here it is enough to see that it gets much further with fewer evaluations of $L_G$.

// %%
const few = idlg(network, gradient, { iterations: 4, seed });
console.log(`L-BFGS: L_G is ${few.objective.toFixed(4)} after ${few.evaluations} evaluations`);
assert.ok(few.evaluations < N && few.objective < losses[N - 1] / 1000);

// %% [markdown]
// ## DLG: the label is a variable too
//
// DLG does not read off $c$. It allows the label to be any distribution $t$ over the classes. Eq. (1), the loss, then
// becomes
//
// $$\ell = -\sum_i t_i \log p_i = \sum_i t_i \Bigl( \log \sum_j e^{y_j} - y_i \Bigr).$$
//
// To keep $t$ a distribution, DLG does not change $t$ itself but the logits $u$ with $t = \mathrm{softmax}(u)$. So it
// needs one more derivative. Let $R\lbrace\theta\rbrace = v = 2(\nabla W' - \nabla W)$, with $v$ held constant, as in
// chapter 3. Then
//
// $$\frac{\partial L_G}{\partial t} = \frac{\partial}{\partial t} \Bigl\langle \frac{\partial\ell}{\partial\theta},
// v \Bigr\rangle = R\Bigl\lbrace \frac{\partial \ell}{\partial t} \Bigr\rbrace, \qquad
// \frac{\partial\ell}{\partial t_i} = -\log p_i = \log \sum_j e^{y_j} - y_i .$$
//
// Since $R\lbrace \log \sum_j e^{y_j} \rbrace = \sum_j p_j R\lbrace y_j \rbrace$, this costs one inner product:
//
// $$\frac{\partial L_G}{\partial t_i} = \langle p, R\lbrace y \rbrace \rangle - R\lbrace y_i \rbrace .$$
//
// The chain rule leads from $t$ to $u$. Let $\delta_{ij}$ be 1 for $i = j$ and 0 otherwise. Then
// $\partial t_j / \partial u_i = t_j(\delta_{ij} - t_i)$, and so
//
// $$\frac{\partial L_G}{\partial u_i} = \sum_j \frac{\partial L_G}{\partial t_j} t_j (\delta_{ij} - t_i)
// = t_i \Bigl( \frac{\partial L_G}{\partial t_i} -
// \Bigl\langle t, \frac{\partial L_G}{\partial t} \Bigr\rangle \Bigr).$$
//
// The next cell builds the objective that DLG minimises, with $x'$ and $u$ in one vector, and checks its gradient
// against finite differences along two random directions:

// %%
import { softmax, softmaxBackward } from '../src/exports/nn.ts';
import type { Objective } from '../src/exports/optim.ts';
import { dot, Random, zeros } from '../src/exports/tensor.ts';

/** L_G at (x′, u), and its gradient with respect to both. */
function dlgObjective({ network, gradient }: ReturnType<typeof client>): Objective {
  const matching = new GradientMatching(network, gradient), t = zeros([1, 10]);
  return (xu, grad) => {
    softmax(xu.subarray(784), t.data);
    const { objective, gradX, gradT } = matching.evaluate(view(xu, shape), t); // reads x′, the first 784 numbers
    grad.set(gradX.data);
    softmaxBackward(t.data, gradT.data, grad.subarray(784)); // t ⊙ (∂L_G/∂t − ⟨t, ∂L_G/∂t⟩)
    return objective;
  };
}

const objective = dlgObjective(client(3)), xu = drawStart(network, 10, { seed });
const derivative = new Float64Array(794), unused = new Float64Array(794);
objective(xu, derivative);
const random = new Random(5), h = 1e-5;
const inAll = random.fillNormal(new Float64Array(794));
const inU = inAll.map((v, i) => (i < 784 ? 0 : v)); // an error in ten of 794 numbers would hardly show
for (const [name, along] of [['x′ and u', inAll], ['u alone', inU]] as const) {
  const moved = (h: number) => objective(xu.map((v, i) => v + h * along[i]), unused);
  const difference = (moved(h) - moved(-h)) / (2 * h), slope = dot(derivative, along);
  console.log(`along ${name}: slope ${slope.toFixed(4)}, by a finite difference ${difference.toFixed(4)}`);
  assert.ok(Math.abs(difference / slope - 1) < 1e-6);
}
const ofU = derivative.subarray(784), sum = ofU.reduce((total, v) => total + v, 0);
assert.ok(Math.abs(sum) < 1e-12 * Math.max(...ofU.map(Math.abs)));
console.log('the ten entries of ∂L_G/∂u add up to 0: adding a constant to all of u does not change t');

// %% [markdown]
// The attack consists of this objective and an optimiser, nothing more. The next cell runs it, records $x'$ and $t$ at
// each iteration, and compares the result with that of [dlg.ts](../src/attack/dlg.ts).

// %%
import { dlg } from '../src/index.ts';
import { drain, Lbfgs, minimize, type LbfgsOptions } from '../src/exports/optim.ts';
import { argmax, normInf } from '../src/exports/tensor.ts';

interface Point {
  readonly f: number;
  readonly x: Float64Array;
  readonly t: Float64Array;
}

/** DLG on client i, started from seed i: its state before each iteration and at the end. */
function dlgByHand(i: number, iterations: number, options: LbfgsOptions) {
  const points: Point[] = [], path: Float64Array[] = [], xu = drawStart(network, 10, { seed: i });
  const run = minimize(new Lbfgs(dlgObjective(client(i)), xu, options), { iterations });
  const { stop } = drain(run, ({ objective }) => { // the optimiser moves xu in place
    const t = new Float64Array(10);
    softmax(xu.subarray(784), t);
    points.push({ f: objective, x: xu.slice(0, 784), t });
    path.push(xu.slice());
  });
  return { points, path, stop };
}

const shown = 6;
const byDlg = dlgByHand(3, shown, { lineSearch: 'strong-wolfe' });
const published = dlg(network, gradient, { iterations: shown, seed });
assert.ok(published.image.data.every((v, i) => Math.abs(v - byDlg.path[shown][i]) < 1e-6));
assert.equal(published.label, argmax(byDlg.points[shown].t));
console.log(`dlg() gives the same image, and the label ${published.label}`);

// %% [markdown]
// ## Two film strips, as in the paper's Figure 2
//
// Both attacks start from the same noise and match the same gradient, with a line search. The number under each frame
// of Figure 5.2 counts the iterations.

// %%
const byIdlg: Point[] = [];
const { image: final } = idlg(network, gradient, {
  iterations: shown,
  seed,
  onIteration: ({ objective, images }) =>
    void byIdlg.push({ f: objective, x: images.data.slice(), t: t.data }),
});
const picture = (data: Float64Array) => ({ shape: [1, 28, 28], data });
const frames = (points: readonly Point[]) => [
  { image, caption: 'private' },
  ...points.map(({ x }, k) => ({ image: picture(x), caption: `${k}` })),
];
show(
  'Figure 5.2. iDLG (above) and DLG (below) after 0 to 6 iterations. In both strips the digit is visible after two ' +
    'iterations and clear after four.',
  filmStrip([
    { title: 'iDLG', frames: frames(byIdlg) },
    { title: 'DLG', frames: frames(byDlg.points) },
  ]),
);
assert.equal(byIdlg[0].x.join(), byDlg.points[0].x.join(), 'the same start');
assert.equal(final.data.join(), byIdlg[shown].x.join());

// %% [markdown]
// The papers show pictures. The corresponding numbers, in Figure 5.3, are $L_G$, which the attacker can see, and the
// MSE, which only the client could compute. Both fall, but $L_G$ falls faster: what remains of $x' - x$ lies more and
// more in directions that hardly change the gradient (see *A run that stops early*).

// %%
import { mse } from '../src/index.ts';
import { plane, type Point as Place } from '../src/plot/plane.ts';

const { blue, red } = COLOURS;
const rounded = (values: readonly number[]): Place[] =>
  values.map((value, k) => [k, Number(value.toPrecision(2))]);
const errorOf = ({ x }: Point): number => mse(picture(x), image);
const traces = ([['iDLG', byIdlg, blue, true], ['DLG', byDlg.points, red, false]] as const)
  .flatMap(([name, points, colour, solid]) => [
    {
      name: `${name}, L_G`, style: { colour, solid, marker: 'circle' as const },
      points: rounded(points.map(({ f }) => f)),
    },
    {
      name: `${name}, MSE`, style: { colour, solid, marker: 'square' as const, faint: true },
      points: rounded(points.map(errorOf)),
    },
  ]);
show(
  'Figure 5.3. L_G and the MSE of both attacks, iteration by iteration. On a logarithmic axis all four curves are ' +
    'nearly straight lines, and iDLG is slightly ahead.',
  plane(traces, {
    title: 'Distance of the gradients and of the images',
    description: 'Four falling curves: L_G and MSE of iDLG, and L_G and MSE of DLG',
    x: { title: 'iterations' },
    y: { title: 'L_G, MSE', log: true },
  }),
);
const ratios = byIdlg.map((point) => errorOf(point) / point.f);
console.log(`for iDLG, MSE / L_G rises from ${ratios[0].toFixed(3)} to ${ratios[shown].toFixed(2)}`);
ratios.slice(1).forEach((ratio, k) => assert.ok(ratio > ratios[k], 'it rises in every iteration'));
assert.ok(errorOf(byIdlg[shown]) < errorOf(byDlg.points[shown]));
assert.ok(errorOf(byDlg.points[shown]) < 1e-3);

// %% [markdown]
// The next cell prints DLG's label $t$. After one iteration its entry for the right class is nearly 1, and from then on
// the two attacks solve nearly the same problem.

// %%
for (const k of [0, 1, 2, shown]) {
  const likely = [...byDlg.points[k].t].map((v) => v.toFixed(2)).join(' ');
  console.log(`iterations: ${k}   ${likely}`);
}
assert.ok(byDlg.points[1].t[c] > 0.9 && byDlg.points[2].t[c] > 0.9);

// %% [markdown]
// ## The papers' protocol
//
// The authors' code runs L-BFGS with a fixed step of 1 and no line search. A run ends when one of these holds:
//
// - $L_G < 10^{-6}$, which is checked every ten iterations;
// - L-BFGS stops by itself, because every entry of $q$ is at most $10^{-7}$ in size, or because the next move promises
//   to change $L_G$ by less than $10^{-9}$;
// - 300 iterations are done.
//
// Call an image *found* if its MSE is below $10^{-4}$, as in chapter 6. In this project's code:

// %%
const papers = { lineSearch: 'none', tolerance: 1e-6, lookEvery: 10 } as const;
const atPapers = { toleranceGradient: 1e-7, toleranceChange: 1e-9, leastCurvature: 1e-10 } as const;

const outcome = (error: number): string => (error < 1e-4 ? 'found' : 'not found');
for (const i of [0, 15]) {
  const { image, label, network, gradient } = client(i);
  const options = { ...papers, seed: i, iterations: 40 };
  for (const [name, attack] of [['iDLG', idlg], ['DLG', dlg]] as const) {
    const run = attack(network, gradient, options);
    const labelWord = run.label === label ? 'right' : 'wrong', found = outcome(mse(run.image, image));
    console.log(`client ${i}, ${name.padEnd(4)}: label ${labelWord}, image ${found}`);
    const fails = i === 15 && name === 'DLG';
    assert.deepEqual([labelWord, found], fails ? ['wrong', 'not found'] : ['right', 'found']);
    if (fails) assert.deepEqual([run.iterations, run.stop], [1, 'gradient']);
  }
}

// %% [markdown]
// ## A run that is thrown off course
//
// DLG on client 15 ends after one iteration. The next cell follows its moves one by one, once with the papers' step and
// once with a line search. It records the largest pixel of $x'$, the probability that $t$ assigns to the right class,
// and $L_G$.

// %%
const oneMove = { ...atPapers, maxIterations: 1 }, moves = 10;
const thrown = dlgByHand(15, 14, { ...oneMove, lineSearch: 'none' });
const searched = dlgByHand(15, moves, { ...oneMove, lineSearch: 'strong-wolfe' });
const largest = ({ x }: Point): number => normInf(x);
show(
  'Figure 5.4. The largest pixel of the dummy image after each move. With a strong-Wolfe line search it stays below ' +
    '10; with a fixed step of 1 the tenth move makes it larger than 100,000.',
  plane([
    { name: 'strong Wolfe', style: { colour: blue, solid: true, marker: 'circle' },
      points: rounded(searched.points.map(largest)) },
    { name: 'step 1', style: { colour: red, solid: false, marker: 'square' },
      points: rounded(thrown.points.map(largest)) },
  ], {
    title: 'The tenth move of DLG on client 15',
    description: 'Two curves below 10, of which one jumps above 100,000 at move 10',
    x: { title: 'moves' },
    y: { title: 'max |x′|', log: true, low: 1 },
  }),
);
const right = client(15).label;
for (const k of [0, 9, 10]) {
  const { f, t } = thrown.points[k];
  console.log(`after ${k} moves: t of the right class ${t[right].toFixed(2)}, L_G ${f.toFixed(0)}`);
}
assert.equal(thrown.points.length - 1, moves);
assert.ok(thrown.points[9].t[right] > 0.9 && thrown.points[10].t[right] < 0.01);
assert.ok(thrown.points[9].f < 0.26 * thrown.points[0].f && thrown.points[10].f > thrown.points[0].f);
assert.ok(largest(thrown.points[9]) < 10 && largest(thrown.points[10]) > 1e5);

// %% [markdown]
// After nine moves $t$ clearly favours the right class, and $L_G$ is a quarter of its first value. The tenth move
// undoes both. What did the ninth move tell L-BFGS? From each move $s$ and the change $y$ of the gradient $q$ along it,
// L-BFGS learns the curvature $\langle y, s \rangle / \langle s, s \rangle$:

// %%
import { norm2, scale } from '../src/exports/tensor.ts';

const away = client(15), objective15 = dlgObjective(away);
const derivatives = thrown.path.map((xu) => {
  const derivative = new Float64Array(794);
  objective15(xu, derivative);
  return derivative;
});
const change = (of: readonly Float64Array[], k: number) => of[k].map((v, i) => v - of[k - 1][i]);
const pairs = [...Array(9).keys()].map((k) => ({ s: change(thrown.path, k + 1), y: change(derivatives, k + 1) }));
const curvature = pairs.map(({ s, y }) => dot(y, s) / dot(s, s));
const cosine = pairs.map(({ s, y }) => dot(y, s) / (norm2(y) * norm2(s)));
const newest = pairs[8], slopes = [8, 9].map((k) => dot(derivatives[k], newest.s) / norm2(newest.s));
const least = (values: readonly number[]): number => Math.min(...values.slice(0, 8));
console.log(`curvature: at least ${least(curvature).toFixed(1)} in moves 1 to 8, ${curvature[8].toFixed(4)} in move 9`);
console.log(`slope along move 9: ${slopes[0].toFixed(3)} at its beginning, ${slopes[1].toFixed(3)} at its end`);
console.log(`‖y‖ of move 9: ${norm2(newest.y).toFixed(0)}`);
const ninth = cosine[8].toFixed(5);
console.log(`cosine of y and s: at least ${least(cosine).toFixed(1)} in moves 1 to 8, ${ninth} in move 9`);
assert.ok(curvature[8] > 0 && curvature[8] < least(curvature) / 1000 && cosine[8] < least(cosine) / 1000);

// %% [markdown]
// The ninth move happened to end at a point where $L_G$ is nearly as steep along the move as at its beginning. So
// L-BFGS measures almost no curvature along $s$. But that alone does not explain the length of the next move: slope
// divided by curvature is about 5,200, and the move is almost a thousand times as long. The explanation is that the
// gradient did change, by $\lVert y \rVert = 19$, but almost exactly *at right angles* to $s$. With
// $\rho = 1/\langle y, s \rangle$, the update of chapter 4 turns the inverse Hessian $H$ into
//
// $$(I - \rho s y^\top) H (I - \rho y s^\top) + \rho s s^\top .$$
//
// If this is multiplied by the gradient $q$, two of the terms are multiples of $s$ with the factor
// $\langle s, q \rangle$:
//
// $$\rho \langle s, q \rangle s \qquad\text{and}\qquad \rho^2 \langle y, H y \rangle \langle s, q \rangle s .$$
//
// The length of the first one is slope divided by curvature. The second one is $\rho \langle y, H y \rangle$ times as
// long. Here $\langle y, H y \rangle$ is the value of $\langle y, s \rangle$ that $H$, the old estimate, predicts, so
// the factor compares the predicted with the measured value. The next cell computes both lengths, and the length of the
// whole move by the two loops of chapter 4.

// %%
type Pair = (typeof pairs)[number];
/** H q of these pairs, oldest first, by the two-loop recursion from H = γ I. */
function timesH(pairs: readonly Pair[], gamma: number, q: Float64Array): Float64Array {
  const r = q.slice();
  const alphas = pairs.toReversed().map(({ s, y }) => {
    const alpha = dot(s, r) / dot(y, s);
    axpy(-alpha, y, r);
    return alpha;
  }).toReversed();
  scale(gamma, r);
  pairs.forEach(({ s, y }, k) => axpy(alphas[k] - dot(y, r) / dot(y, s), s, r));
  return r;
}
const { s, y } = newest, q = derivatives[9], rho = 1 / dot(y, s), gamma = dot(y, s) / dot(y, y);
const straight = Math.abs(rho * dot(s, q)) * norm2(s); // slope / curvature
const factor = rho * dot(y, timesH(pairs.slice(0, 8), gamma, y));
const predicted = norm2(timesH(pairs, gamma, q)), taken = norm2(change(thrown.path, 10));
console.log(`slope / curvature          ${straight.toFixed(0).padStart(9)}`);
console.log(`ρ ⟨y, H y⟩                 ${factor.toFixed(0).padStart(9)}`);
console.log(`their product              ${(straight * factor).toFixed(0).padStart(9)}`);
console.log(`length of the tenth move   ${taken.toFixed(0).padStart(9)}`);
assert.ok(Math.abs(predicted / taken - 1) < 1e-6 && Math.abs(straight * factor / taken - 1) < 0.01);
assert.ok(factor > 800 && straight > 5000 && straight < 5500);

// %% [markdown]
// The product of the two numbers is the length of the tenth move, to within one per cent. A line search would have
// prevented this move in two ways. The curvature condition of the strong Wolfe conditions does not let the ninth move
// end where the slope is still 99.9 % of what it was: it allows at most 90 %. And a line search would have looked at
// $L_G$ before accepting the tenth move.
//
// Where did the tenth move end? In a region where $L_G$ is nearly constant: nearly all sigmoids of the first layer are
// saturated, and the softmax is certain of one class. Every derivative is smaller than $10^{-7}$, and L-BFGS stops.

// %%
const { layers: { parts: [conv] }, theta } = away.network;
const z = conv.layer.forward(view(thrown.points[moves].x, shape), theta.tree[conv.name]).data;
const flat = z.filter((v) => Math.abs(v) > 7).length / z.length; // beyond ±7 the sigmoid's slope is below 10⁻³
const certainOf = Math.max(...thrown.points[moves].t);
console.log(`share of first-layer sigmoids with an argument beyond ±7: ${(100 * flat).toFixed(1)} %`);
console.log(`largest entry of t: ${certainOf.toFixed(4)}`);
console.log(`largest entry of q: ${normInf(derivatives[moves]).toExponential(0)}`);
console.log(`the run is stopped by "${thrown.stop}"`);
assert.equal(thrown.stop, 'gradient');
assert.ok(flat > 0.99 && certainOf > 0.9999 && normInf(derivatives[moves]) < 1e-7);

// %% [markdown]
// ## A label that DLG cannot take back
//
// DLG on client 5 fails in another way. Its first iteration reduces $L_G$ to less than a hundredth of its first value,
// but makes $t$ nearly certain of a wrong class.

// %%
const stuck = dlgByHand(5, 20, { ...atPapers, lineSearch: 'none' });
const wrongly = client(5), believed = argmax(stuck.points[1].t);
const [before, after, later] = [0, 1, 20].map((k) => stuck.points[k].f.toFixed(1));
const certainty = stuck.points[1].t[believed].toFixed(4);
console.log(`right class ${wrongly.label}; after one iteration t_${believed} = ${certainty}`);
console.log(`L_G: ${before} at the start, ${after} after one iteration, ${later} after 20`);
assert.notEqual(believed, wrongly.label);
assert.ok(stuck.points[1].f < stuck.points[0].f / 100 && stuck.points[20].f > 1);
assert.ok(stuck.points.slice(1).every(({ t }) => argmax(t) === believed));

// %% [markdown]
// Why does DLG not correct the label? $L_G$ does depend on $t$. But look again at the derivative with respect to $u$,
// $t_i(\partial L_G/\partial t_i - \langle t, \partial L_G/\partial t \rangle)$. If $t$ is nearly certain of class $k$,
// then $t_i$ is small for every other class, and for $k$ the bracket is small. More precisely, let $t_k = 1 - \epsilon$
// and let $S$ be the difference between the largest and the smallest entry of $\partial L_G/\partial t$. Then every
// entry of $\partial L_G/\partial u$ is at most $\epsilon S$ in size (see the proof among the exercises). So $u$ hardly
// moves although the label is wrong, and the descent can only try to explain the gradient by an image of the wrong
// class. It does not succeed: after 20 iterations $L_G$ is still above 1.

// %%
const ofDummy = new GradientMatching(wrongly.network, wrongly.gradient), gradU = new Float64Array(10);
for (const k of [1, 20]) {
  const { x, t } = stuck.points[k], { data: gradT } = ofDummy.evaluate(view(x, shape), view(t, [1, 10])).gradT;
  softmaxBackward(t, gradT, gradU);
  const spread = Math.max(...gradT) - Math.min(...gradT), share = normInf(gradU) / spread;
  const epsilon = t.reduce((total, v, i) => total + (i === believed ? 0 : v), 0);
  const [most, bound] = [share, epsilon].map((value) => value.toExponential(1));
  console.log(`after ${k}: max |∂L_G/∂u| = ${most} S, and ϵ = ${bound}`);
  assert.ok(share <= epsilon * (1 + 1e-9) && share < (k === 1 ? 1e-2 : 1e-10));
}

// %% [markdown]
// iDLG has no $u$ that could get stuck. But its $x'$ can be thrown off course too, so without a line search iDLG also
// misses images.

// %%
{
  const { image, label, network, gradient } = client(9);
  const run = idlg(network, gradient, { ...papers, seed: 9 });
  const labelWord = run.label === label ? 'right' : 'wrong', error = mse(run.image, image);
  console.log(`client 9, iDLG: label ${labelWord}, image ${outcome(error)}`);
  assert.ok(run.label === label && error > 1);
}

// %% [markdown]
// ## The same runs with a line search
//
// Now DLG attacks clients 15 and 5 again, from the same starts, with a line search, which evaluates $L_G$ before it
// accepts a step. The tolerance is so small that no difference from the private image remains visible:

// %%
const strip = [15, 5].map((i) => {
  const { image, label, network, gradient } = client(i);
  const run = dlg(network, gradient, { lineSearch: 'strong-wolfe', tolerance: 1e-14, seed: i });
  const error = mse(run.image, image);
  console.log(`client ${i}: label ${run.label === label ? 'right' : 'wrong'}, image ${outcome(error)}`);
  assert.ok(run.label === label && error < 1e-9);
  const without = i === 15 ? thrown.points[moves] : stuck.points[1];
  return { title: `client ${i}`, frames: [
    { image, caption: 'private' },
    { image: picture(drawStart(network, 0, { seed: i })), caption: 'start' },
    { image: picture(without.x), caption: 'step 1' },
    { image: run.image, caption: 'strong Wolfe' },
  ] };
});
show(
  'Figure 5.5. DLG on two clients: the private digit, the start, the noise that a fixed step of 1 leads to, and the ' +
    'digit recovered with a strong-Wolfe line search.',
  filmStrip(strip),
);

// %% [markdown]
// ## A run that stops early
//
// There is a third way to miss an image: the run may end too early. $L_G < 10^{-6}$ says that the gradients are close,
// not that the images are. The next cell runs iDLG with a line search on two clients. It prints the MSE at the first
// iteration with $L_G$ below each bound, to the nearest power of ten:

// %%
const bounds = [1e-6, 1e-8, 1e-10];
const power = (value: number): string => `1e${Math.round(Math.log10(value))}`;
const atBounds = [0, 5].map((i) => {
  const { image, network, gradient } = client(i);
  const { trajectory } = idlg(network, gradient, { tolerance: bounds[2], seed: i, truth: image });
  return bounds.map((bound) => trajectory.find(({ objective }) => objective < bound)!.mse);
});
console.log(`L_G below      ${bounds.map((bound) => power(bound).padStart(6)).join(' ')}`);
[0, 5].forEach((i, k) => {
  console.log(`client ${i}, MSE  ${atBounds[k].map((error) => power(error).padStart(6)).join(' ')}`);
});
assert.ok(bounds.every((_, k) => atBounds[1][k] > 100 * atBounds[0][k]));

// %% [markdown]
// With the papers' bound of $10^{-6}$, client 5 ends near an MSE of $10^{-4}$, the finest threshold of the iDLG paper.
// What it needs is a smaller tolerance, not another attack: in some directions of $x' - x$ its gradient changes much
// less than that of client 0. The default tolerance of this project is $10^{-8}$. The tolerances inside L-BFGS follow
// it: the optimiser stops when a move promises to change $L_G$ by less than a thousandth of the tolerance.

// %% [markdown]
// ## A client that is nearly certain
//
// A well-trained network is nearly certain of most of the images that it was trained on. Then $g = p - t$ is nearly 0,
// and with it all of $\nabla W$, since by the chain rule $g$ is a factor of every entry. $L_G$ is the squared
// difference of two such gradients. To see the effect without training, take client 0 and add 15 to one entry of its
// network's last bias: that of the image's class.

// %%
import { ATTACK_DEFAULTS } from '../src/exports/attack.ts';

const certain = client(0);
lastLayer(certain.network.theta).bias!.data[certain.label] += 15;
const small = certain.network.gradient(certain.image, certain.label);
const [usual, now] = [certain.gradient, small].map(({ data }) => norm2(data) ** 2);
console.log(`‖∇W‖² was ${usual.toFixed(1)} and is now ${now.toFixed(7)}`);
const noise = view(drawStart(certain.network, 0, { seed: 0 }), shape);
const atNoise = new GradientMatching(certain.network, small).evaluate(noise, labelsOf([certain.label], 10));
const highest = atNoise.objective.toExponential(1), promised = norm2(atNoise.gradX.data) ** 2;
console.log(`at the start L_G is ${highest} and ‖∂L_G/∂x′‖² is ${promised.toExponential(1)}`);
assert.ok(ATTACK_DEFAULTS.tolerance === 1e-8 && promised < 1e-11 && promised > 1e-12);
assert.ok(idlg(certain.network, small, { tolerance: 1e-9, iterations: 1, seed: 0 }).iterations > 0);
for (const relative of [false, true]) {
  const { image, stop, iterations } = idlg(certain.network, small, { relative, seed: 0 });
  const error = mse(image, certain.image), moved = iterations > 0;
  const what = moved ? 'moved' : 'did not move';
  console.log(`relative ${`${relative}`.padEnd(5)}: ${what}, stopped by "${stop}", image ${outcome(error)}`);
  assert.equal(moved, relative);
  assert.ok(relative ? error < 1e-4 : error > 0.1);
}

// %% [markdown]
// The label is still read off at once, since the signs of $g$ are exact (chapter 1). But at the start, where $x'$ is
// noise, the dummy's gradient is small too, and so is $\partial L_G / \partial x'$. The first step promises to change
// $L_G$ by $\lVert \partial L_G / \partial x' \rVert^2$, which is less than L-BFGS's tolerance of $10^{-11}$, and the
// run ends before its first move. With `relative` (on the command line `--relative`) the attack minimises
// $L_G / \lVert \nabla W \rVert^2$, which has no unit. A tolerance then means the same for gradients of every size.

// %% [markdown]
// ## Summary
//
// - iDLG is Algorithm 1: read off the label, then minimise $L_G$ over the image. DLG also minimises over label logits
//   $u$, which costs one more inner product per evaluation.
// - The papers' optimiser takes every L-BFGS step in full, without checking it. One move can throw the image into a
//   region where $L_G$ is nearly constant. The length of the move studied here comes from
//   $\rho^2 \langle y, H y \rangle$, not from the slope divided by the curvature alone.
// - DLG's softmax can become nearly certain of a wrong class; the derivative with respect to $u$ is then nearly 0.
// - In the runs above, a strong-Wolfe line search prevented both failures of DLG.
// - A small $L_G$ does not imply a small error in the image. Tolerances are better stated relative to
//   $\lVert \nabla W \rVert^2$.
//
// The playground (`npm run playground`, see [docs/playground.md](../docs/playground.md)) runs DLG and iDLG side by side
// in the browser: section 4 shows one run, section 6 twenty seeds.

// %% [markdown]
// ## Exercises
//
// **Prediction.** What happens if iDLG is given a wrong label? Client 3 has the digit 3; suppose that the attacker
// insists on an 8. Does the image become an 8, or a 3, or neither? Write down your answer, then run it:
//
// ```ts
// for (const wrong of [3, 8]) {
//   const run = idlg(network, gradient, { labels: [wrong], iterations: 12, seed });
//   console.log(wrong, run.objective, mse(run.image, image), Math.max(...run.image.data));
// }
// ```
//
// <details><summary>Answer</summary>
//
// Neither. With the right label, $L_G$ is $6 \cdot 10^{-8}$ after 12 iterations and the MSE $5 \cdot 10^{-8}$. With the
// label 8, $L_G$ is still 550, the MSE is 57, and pixels reach 31. The sign of $g_3$ alone rules out a match:
// $g_3$ is negative in the shared gradient, and positive for every image if the label is 8.
//
// </details>
//
// **Proof.** Let $w = \partial L_G/\partial t$, $S = \max_i w_i - \min_i w_i$, and $t_k = 1 - \epsilon$ for some class
// $k$. Show that $\lvert \partial L_G/\partial u_i \rvert \le \epsilon S$ for all $i$.
//
// <details><summary>Solution</summary>
//
// $\langle t, w \rangle$ is a weighted mean of the $w_i$, so $\lvert w_i - \langle t, w \rangle \rvert \le S$. For
// $i \ne k$ we have $t_i \le \epsilon$, and so $\lvert t_i (w_i - \langle t, w \rangle) \rvert \le \epsilon S$. For
// $k$, $w_k - \langle t, w \rangle = \sum_j t_j (w_k - w_j)$, where the term $j = k$ is 0 and the weights of the
// others add up to $\epsilon$. So the bracket is at most $\epsilon S$ in size, and $t_k \le 1$.
//
// </details>
//
// **Graded.** Fill in the functions in [exercises/05-dlg-and-idlg.ts](exercises/05-dlg-and-idlg.ts) and run
// `npm run exercise -- 05` to have them checked. For a wrong answer it prints the input, the expected value and yours.
// The inputs are random: `new Random(1, 0)` in a message is the generator that draws case 0. A *scaled error* is
// relative to the size of the numbers that are compared. The solutions are in
// [solutions/05-dlg-and-idlg.ts](solutions/05-dlg-and-idlg.ts).
//
// 1. `clampedIdlg`: Algorithm 1 with a constraint. The attacker knows that pixels lie in $[0, 1]$. After each of the
//    $N$ moves of Eq. (6), set every pixel below 0 to 0 and every pixel above 1 to 1. Return the label and the image
//    after the last move. The last layer has a bias.
// 2. `labelGradient`: $\partial L_G/\partial u$ from $u$ and $R\lbrace y \rbrace$ alone. The formulas of this chapter
//    contain $p$ as well; show that it cancels.
// 3. `softLabel`: the client's label is not a class but a distribution $t$ with no entry equal to 0. DLG would search
//    for it. Compute it instead, from the gradient and the network, without the image. (Row $i$ of
//    $\partial\ell/\partial W$ is $g_i a$, as in chapter 1.)

// %% [markdown]
// ## Sources
//
// - B. Zhao, K. R. Mopuri and H. Bilen, "iDLG: Improved Deep Leakage from Gradients", 2020,
//   [arXiv:2001.02610](https://arxiv.org/abs/2001.02610): Algorithm 1, Eq. (4) to (6), Figure 2, and the protocol of
//   the code published with it.
// - L. Zhu, Z. Liu and S. Han, "Deep Leakage from Gradients", NeurIPS 2019,
//   [arXiv:1906.08935](https://arxiv.org/abs/1906.08935): DLG.
// - B. Pearlmutter, "Fast Exact Multiplication by the Hessian", Neural Computation 6 (1994): the R-operator.
// - J. Nocedal and S. Wright, "Numerical Optimization", second edition, 2006: Eq. (6.17), the update of $H$;
//   Algorithm 7.4, the two loops; Algorithms 3.5 and 3.6, the line search.
