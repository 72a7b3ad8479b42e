/** @file Chapter 4: L-BFGS, and what a step without a line search does to the attack. */

// %% [markdown]
// # 4. L-BFGS
//
// An attack by gradient matching is a minimisation: find the image $x'$ at which $L_G$, the squared distance between
// its gradient and the shared one, is 0. Eq. (6) of the iDLG paper writes it as gradient descent,
//
// $$x' \leftarrow x' - \eta\, \frac{\partial L_G}{\partial x'}, \tag{6}$$
//
// but the code published with it runs L-BFGS, with a fixed step. **What does L-BFGS know that gradient descent does
// not, and why do some runs of it fail?**
//
// | symbol | what it is |
// |---|---|
// | $x_k$, $f$, $\nabla f_k$ | the variables after $k$ moves, the objective, its gradient there |
// | $s$, $y$ | $x_{k+1} - x_k$ and $\nabla f_{k+1} - \nabla f_k$: how a move changed the gradient |
// | $\rho$ | $1 / \langle y, s \rangle$ |
// | $H$ | what is known of the inverse of the Hessian |
// | $d$, $t$ | the direction $-H \nabla f$, and how far to go along it |

// %% [markdown]
// ## A bent valley
//
// Rosenbrock's function of two variables is where optimisers are tried:
//
// $$f(x) = 100\,(x_2 - x_1^2)^2 + (1 - x_1)^2 .$$
//
// Its minimum is at $(1, 1)$, at the end of a bent valley whose walls are steep and whose floor is almost flat. Minus
// the gradient points across the valley, not along its floor. A step $\eta$ that does not bounce off the walls is far
// too small for the floor.
//
// `Lbfgs` is made after PyTorch's `torch.optim.LBFGS`, which makes 20 moves per call; here it makes one, so that each
// is seen, and its three thresholds, which could stop it early, are set to 0. Its first move knows no curvature: it
// goes along $-\nabla f$ by $t = \min(1, 1 / \lVert \nabla f \rVert_1)$, or tries that first where there is a line
// search.

// %%
import assert from 'node:assert/strict';
import { drain, GradientDescent, Lbfgs, minimize, type Optimizer } from '../src/exports/optim.ts';
import { contour } from '../src/plot/contour.ts';
import { plane, type Point } from '../src/plot/plane.ts';
import { rosenbrock } from '../test/optim/functions.ts';
import { COLOURS, show } from './show.ts';

function pathOf(name: string, optimizer: Optimizer): Point[] {
  const path: Point[] = [];
  const run = minimize(optimizer, { iterations: 100_000, tolerance: 1e-8 }); // yields before every iteration
  const { iterations, evaluations } = drain(run, () => void path.push([optimizer.x[0], optimizer.x[1]]));
  console.log(`${name.padEnd(17)} ${iterations} moves, ${evaluations} evaluations to f < 1e-8`);
  return path;
}

const start = (): Float64Array => Float64Array.of(-1.2, 1);
const descent = new GradientDescent(rosenbrock, start(), { learningRate: 0.001 });
const byDescent = pathOf('gradient descent', descent);
const oneMove = {
  maxIterations: 1, toleranceGradient: 0, toleranceChange: 0, leastCurvature: 0,
};
const lbfgs = new Lbfgs(rosenbrock, start(), { ...oneMove, lineSearch: 'strong-wolfe' });
const byLbfgs = pathOf('L-BFGS', lbfgs);
assert.ok(byDescent.length > 100 * byLbfgs.length);

// %% [markdown]
// The paths, on the lines where $f$ is 1, 4, 16, 64, 256 and 1024. Gradient descent has a mark every 500 moves.

// %%
const f = (x: number, y: number): number => 100 * (y - x * x) ** 2 + (1 - x) ** 2;
const { blue, red, grey } = COLOURS;
const levels = [1, 4, 16, 64, 256, 1024].map((level) => ({
  style: { colour: grey, solid: true, faint: true },
  points: contour(f, level, [-2, -1], [2, 2], 160),
}));
const noLine: Point = [NaN, NaN]; // between marks that no line joins
show(plane([
  ...levels,
  { style: { colour: red, solid: true, faint: true }, points: byDescent.filter((_, k) => k % 20 === 0) },
  {
    name: 'gradient descent', style: { colour: red, marker: 'square', solid: true, faint: true },
    points: byDescent.filter((_, k) => k % 500 === 0).flatMap((point) => [point, noLine]),
  },
  { name: 'L-BFGS', style: { colour: blue, marker: 'circle', solid: true }, points: byLbfgs },
], {
  title: 'Rosenbrock’s valley, and the paths of two optimisers',
  description: 'Gradient descent creeps along the floor; L-BFGS takes it in a few dozen moves',
  x: { title: 'x₁', low: -2, high: 2 },
  y: { title: 'x₂', low: -1, high: 2 },
  height: 360,
}));

// %% [markdown]
// ## What a move tells about the curvature
//
// Near a point $f$ is nearly quadratic, and for a quadratic with Hessian $A$ the gradient is linear: a move $s$ changes
// it by $y = A s$. So each move tells one equation about $A^{-1}$:
//
// $$H y = s .$$
//
// BFGS keeps a matrix $H$ and corrects it after every move so that this one equation holds; it stays symmetric and
// changes as little as possible, in a norm weighted by the curvature (Nocedal and Wright, Eq. (6.17)):
//
// $$H \leftarrow (I - \rho\, s\, y^\top)\, H\, (I - \rho\, y\, s^\top) + \rho\, s\, s^\top, \qquad
// \rho = \frac{1}{\langle y, s \rangle} .$$
//
// Multiply by $y$: the last bracket is $(I - \rho\, y\, s^\top) y = y - y = 0$, and what is left is
// $\rho\, s \langle s, y \rangle = s$. Then the direction is $d = -H \nabla f$. On a quadratic of $n$ variables, with
// the best step along each direction, $H$ is $A^{-1}$ after $n$ moves, if none of them ends at the minimum before. Here
// $n = 8$, and $A$ has 2 on the diagonal and −1 beside it, whose inverse is known. At the start $x = (1, \dots, 8)$ the
// gradient is $A x = (0, \dots, 0, 9)$: the first move changes only the last variable, each further move brings in one
// more, and $H$ grows from that corner.

// %%
import { filmStrip } from '../src/plot/film-strip.ts';
import { dot } from '../src/tensor/vector.ts';

type Matrix = Float64Array[]; // by its rows
const times = (A: Matrix, x: Float64Array): Float64Array =>
  Float64Array.from(A, (row) => dot(row, x));

/** H after a move: the formula, multiplied out for a symmetric H. */
function bfgs(H: Matrix, s: Float64Array, y: Float64Array): Matrix {
  const rho = 1 / dot(y, s), Hy = times(H, y), ss = rho + rho * rho * dot(y, Hy);
  return H.map((row, i) =>
    row.map((h, j) => h - rho * (s[i] * Hy[j] + Hy[i] * s[j]) + ss * s[i] * s[j]));
}

const n = 8, at = [...Array(n).keys()];
const matrix = (entry: (i: number, j: number) => number): Matrix =>
  at.map((i) => Float64Array.from(at, (j) => entry(i, j)));
const A = matrix((i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0));
const inverse = matrix((i, j) => ((Math.min(i, j) + 1) * (n - Math.max(i, j))) / (n + 1));

let H = matrix((i, j) => (i === j ? 1 : 0));
let x = Float64Array.from(at, (i) => i + 1);
const seen = [H];
assert.deepEqual([...times(A, x)], [0, 0, 0, 0, 0, 0, 0, 9]);
for (let k = 0; k < n; k++) {
  const g = times(A, x), d = times(H, g).map((v) => -v);
  const t = -dot(g, d) / dot(d, times(A, d)); // the lowest point along d
  const s = d.map((v) => t * v), y = times(A, s);
  x = x.map((v, i) => v + s[i]);
  assert.ok(s.slice(0, n - 1 - k).every((v) => Math.abs(v) < 1e-12), 'one variable more per move');
  H = bfgs(H, s, y);
  seen.push(H);
  const miss = times(H, y).map((v, i) => Math.abs(v - s[i]));
  assert.ok(Math.max(...miss) < 1e-12, 'H y = s');
}
const misses = H.flatMap((row, i) => [...row].map((v, j) => Math.abs(v - inverse[i][j])));
const error = Math.max(...misses);
console.log(`after ${n} moves H is the inverse of A to 1e-10: ${error < 1e-10}`);
assert.ok(error < 1e-10);

const image = (H: Matrix) =>
  ({ shape: [1, n, n], data: Float64Array.from(H.flatMap((row) => [...row]), (v) => v / 2.3) });
show(
  filmStrip([{ title: 'H', frames: [
    ...[0, 2, 4, 6, 8].map((k) => ({ image: image(seen[k]), caption: `${k} moves` })),
    { image: image(inverse), caption: 'A inverse' },
  ] }]),
  'The matrix H, at first the identity, becomes the inverse of A, brightest in the middle',
);

// %% [markdown]
// ## The two loops
//
// An image of 28 × 28 has 784 variables, and $H$ would have 784² numbers. But $H$ is only ever multiplied by a vector,
// and it was made of a few vectors $s$ and $y$. Unroll the formula: multiplying by the right bracket of the newest pair
// comes first, then that of the one before, back to the oldest,
//
// $$\alpha_i = \rho_i \langle s_i, q \rangle, \quad q \leftarrow q - \alpha_i y_i \qquad \text{newest to oldest;}$$
//
// then the start, $\gamma I$,
//
// $$r = \gamma\, q, \qquad \gamma = \frac{\langle s, y \rangle}{\langle y, y \rangle} \text{ of the newest pair,}$$
//
// where $\gamma$ is the size of the inverse Hessian along the newest $y$, since $s = A^{-1} y$ on a quadratic; then the
// left brackets in the opposite order,
//
// $$\beta_i = \rho_i \langle y_i, r \rangle, \quad r \leftarrow r + (\alpha_i - \beta_i)\, s_i
// \qquad \text{oldest to newest.}$$
//
// A left bracket takes $\beta_i s_i$ off. What is added is the formula's last term: $\rho_i s_i s_i^\top$ meets $q$ as
// the newer pairs have left it, and gives $\rho_i s_i \langle s_i, q \rangle = \alpha_i s_i$.
//
// In the end $r = H q$. With only the last $m$ pairs kept it is L-BFGS, L for limited memory.
// [history.ts](../src/optim/history.ts) does this; here it is against the matrix.

// %%
import { Random } from '../src/exports/tensor.ts';
import { History } from '../src/optim/history.ts';

const random = new Random(4);
const normals = (): Float64Array => random.fillNormal(new Float64Array(n));
const history = new History(n, 5), nothing = new Float64Array(n);
let pairs: { s: Float64Array; y: Float64Array }[] = [];
for (let k = 0; k < 9; k++) {
  const s = normals(), y = times(A, s);
  history.push(1, s, y, nothing); // s = 1·s, y = y − 0
  pairs = [...pairs, { s, y }].slice(-5);
}
const newest = pairs[4], gamma = dot(newest.s, newest.y) / dot(newest.y, newest.y);
let dense = matrix((i, j) => (i === j ? gamma : 0));
for (const { s, y } of pairs) dense = bfgs(dense, s, y);

const q = normals(), byMatrix = times(dense, q), byLoops = q.slice();
history.multiply(byLoops);
const gap = Math.max(...byLoops.map((v, i) => Math.abs(v - byMatrix[i])));
console.log(`the two loops agree with the matrix of the last 5 pairs to 1e-12: ${gap < 1e-12}`);
assert.ok(gap < 1e-12);
console.log(`for 784 variables, 100 pairs: ${2 * 100 * 784} numbers instead of ${784 ** 2}`);

// %% [markdown]
// ## How far to go
//
// $d = -H \nabla f$ comes with a length: if $f$ were quadratic and $H$ exact, $t = 1$ would be the minimum. It is not,
// and so $t = 1$ may overshoot, by any amount. A *line search* looks at $\varphi(t) = f(x + t d)$ and takes a $t$ that
// satisfies the **strong Wolfe conditions**: $f$ has fallen by some of what the slope promised, and the slope has
// become flatter,
//
// $$\varphi(t) \le \varphi(0) + c_1 t\, \varphi'(0), \qquad |\varphi'(t)| \le c_2\, |\varphi'(0)|, \qquad
// c_1 = 10^{-4},\ c_2 = 0.9 .$$
//
// The second one also keeps $H$ positive definite and $d$ a way down, since with $s = t d$
//
// $$\langle y, s \rangle = t\, \bigl(\varphi'(t) - \varphi'(0)\bigr) \ge t\, (1 - c_2)\, |\varphi'(0)| > 0 .$$
//
// The code of the papers, `torch.optim.LBFGS` as it comes, has no line search: always $t = 1$, but for the first move.
// To see what that does, attack drawn digits, one network for each, 40 moves without a line search, and look for a run
// that ends higher than it began.

// %%
import { digits, lenet } from '../src/index.ts';
import { GradientMatching } from '../src/exports/attack.ts';
import { labelsOf } from '../src/exports/nn.ts';
import type { Objective } from '../src/exports/optim.ts';
import { drawStart } from '../src/attack/reconstruct.ts';

/** L_G and its gradient for digit number i, by its own network; the label is known. */
function attack(i: number) {
  const { image, label } = digits().example(i);
  const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: i });
  const gradient = network.gradient(image, label);
  const matching = new GradientMatching(network, gradient);
  const t = labelsOf([label], 10);
  const objective: Objective = (x, gradient) => {
    const { objective, gradX } = matching.evaluate({ shape: [1, 1, 28, 28], data: x }, t);
    gradient.set(gradX.data);
    return objective;
  };
  return { image, label, network, gradient, objective, start: drawStart(network, 0, { seed: i }) };
}

const risen: number[] = [];
for (let i = 0; i < 10; i++) {
  const { objective, start } = attack(i);
  const values: number[] = [], run = minimize(new Lbfgs(objective, start, oneMove), { iterations: 40 });
  const { objective: last } = drain(run, ({ objective }) => void values.push(objective)), [first] = values;
  if (last > first) risen.push(i);
}
console.log(`L_G is higher after 40 moves than before: digits ${risen.join(', ')} of 0 to 9`);
assert.deepEqual(risen, [1, 2, 9]);

// %% [markdown]
// Each of these again, 300 moves without a line search; and with one. Digit 9 is drawn: the same start, the same
// network, the same L-BFGS.

// %%
interface Run {
  readonly x: Float64Array[];
  readonly f: number[];
}
function runOf(i: number, lineSearch: 'none' | 'strong-wolfe', iterations: number): Run {
  const { objective, start } = attack(i), x: Float64Array[] = [], f: number[] = [];
  const optimizer = new Lbfgs(objective, start, { ...oneMove, lineSearch });
  drain(minimize(optimizer, { iterations, tolerance: 1e-10 }), ({ objective }) => {
    f.push(objective);
    x.push(optimizer.x.slice());
  });
  return { x, f };
}
const runs = risen.map((i) =>
  [i, runOf(i, 'none', 300), runOf(i, 'strong-wolfe', 1000)] as const);
const [, fixed, searched] = runs.find(([i]) => i === 9)!;
const rounded = ({ f }: Run, moves: number): Point[] => // to what hangs on no last bit
  f.slice(0, moves + 1).map((value, k) => [k, Number(value.toPrecision(2))]);
show(plane([
  { name: 't = 1', style: { colour: red, solid: false }, points: rounded(fixed, 120) },
  { name: 'strong Wolfe', style: { colour: blue, solid: true }, points: rounded(searched, 80) },
], {
  title: 'L_G after each move of L-BFGS, without and with a line search',
  description: 'Without one L_G rises at the second move, and is the same for a hundred; ' +
    'then it falls, but not to where it began. With one it falls steadily',
  x: { title: 'moves' },
  y: { title: 'L_G', log: true },
}));
assert.ok(fixed.f.slice(2, 101).every((f) => Math.abs(f / fixed.f[2] - 1) < 0.01), 'a plateau');
assert.ok(fixed.f[120] < 0.8 * fixed.f[2], 'and its end');
assert.ok(fixed.f.at(-1)! > fixed.f[0]);
assert.ok(searched.f.at(-1)! < 1e-10);
console.log('t = 1: the last of 300 moves is higher than the start');
console.log('strong Wolfe reaches L_G < 1e-10');

// %% [markdown]
// The second move costs a hundred others. Here is $\varphi(t)$ along its direction, with the step that $t = 1$ takes
// and the one that the line search would take from the same point.

// %%
import { StrongWolfe } from '../src/optim/line-search.ts';

const { objective, network, image: truth, label, gradient: shared } = attack(9);
const from = fixed.x[1], d = fixed.x[2].map((v, i) => v - from[i]); // the move, since t = 1
const g = new Float64Array(784);
const phi = (t: number): number => objective(from.map((v, i) => v + t * d[i]), g);
const phi0 = phi(0), slope0 = dot(g, d);
const wolfe = new StrongWolfe(784, (trial) => {
  trial.f = phi(trial.t);
  trial.g.set(g);
  trial.slope = dot(g, d);
});
phi(0);
const { t: best } = wolfe.search(1, d, phi0, slope0, g.slice());
const onCurve = (t: number): Point => [Number(t.toFixed(3)), Number(phi(t).toPrecision(3))];
const curve = Array.from({ length: 91 }, (_, k) => onCurve(k < 40 ? k / 200 : (k - 30) / 50));
show(plane([
  { name: 'φ(t)', style: { colour: grey, solid: true }, points: curve },
  { name: 't = 1', style: { colour: red, marker: 'square', solid: false }, points: [onCurve(1)] },
  {
    name: 'strong Wolfe', style: { colour: blue, marker: 'circle', solid: true },
    points: [onCurve(best)],
  },
], {
  title: 'L_G along the direction of the second move',
  description: 'It falls at first, then rises steeply to a plateau; t = 1 lies on the plateau',
  x: { title: 't' },
  y: { title: 'φ(t) = L_G', low: 0 },
}));
for (const t of [0, 1, best]) console.log(`φ(${t.toFixed(2)}) = ${phi(t).toFixed(0)}`);
assert.ok(phi(1) > phi0);
const found = phi(best), slope = dot(g, d), steep = Math.abs(slope0);
const wolfeHolds = found <= phi0 + 1e-4 * best * slope0 && Math.abs(slope) <= 0.9 * steep;
const ys = best * (slope - slope0); // ⟨y, s⟩
console.log(`both conditions hold at ${best.toFixed(2)}: ${wolfeHolds}; ⟨y, s⟩ > 0: ${ys > 0}`);
assert.ok(wolfeHolds && ys > 0 && ys >= best * (1 - 0.9) * steep);

// %% [markdown]
// What is that plateau? There the network is certain of the class, $p_c \approx 1$. Its loss is nearly 0, and so is its
// gradient: $\nabla W' \approx 0$, and $L_G \approx \lVert 0 - \nabla W \rVert^2$. Little there says where to go: the
// slope is over a thousand times smaller than at the start, and the run creeps for a hundred moves before it gets off.

// %%
import { softmax } from '../src/exports/nn.ts';
import { norm2 } from '../src/tensor/vector.ts';

const p = new Float64Array(10);
softmax(network.logits({ shape: [1, 1, 28, 28], data: fixed.x[2] }).data, p);
console.log(`p_c = ${p[label].toFixed(3)}`);
console.log(`L_G = ${fixed.f[2].toFixed(1)}, ‖∇W‖² = ${(norm2(shared.data) ** 2).toFixed(1)}`);
assert.ok(Math.abs(fixed.f[2] / norm2(shared.data) ** 2 - 1) < 1e-2);

/** ‖∂L_G/∂x′‖ at x for digit number i, in parts of that at the start. */
function slopeOf(i: number, x: Float64Array): number {
  const { objective, start } = attack(i);
  const [there, first] = [x, start].map((point) => {
    objective(point, g);
    return norm2(g);
  });
  return there / first;
}
assert.ok(slopeOf(9, fixed.x[2]) < 1e-3);

// %% [markdown]
// What ends it is another step of $t = 1$. A sigmoid is flat where its argument is large, $f'(x) < 10^{-3}$ from
// $|x| = 7$ on. A long step makes the pixels large, and then the arguments of the first layer; through flat sigmoids
// hardly any derivative comes back. Then $\partial L_G / \partial x'$ is nearly 0, and no optimiser gets back. In the
// three runs that rose the longest move is over fifty times the longest with a line search. Their flat sigmoids, where
// the runs end:

// %%
assert.ok(Math.exp(-7) / (1 + Math.exp(-7)) ** 2 < 1e-3); // f′(7) = f′(−7)
function flatShare(i: number, x: Float64Array): number {
  const { layers: { parts: [{ name, layer }] }, theta: { tree } } = attack(i).network;
  const z = layer.forward({ shape: [1, 1, 28, 28], data: x }, tree[name]).data;
  return z.filter((v) => Math.abs(v) > 7).length / z.length;
}
const inWords = (share: number): string =>
  share > 0.95 ? 'nearly all' : share > 0.5 ? 'more than half' : 'under 5 %';
const longest = ({ x }: Run): number =>
  Math.max(...x.slice(1).map((to, k) => norm2(to.map((v, j) => v - x[k][j]))));

for (const [i, ...both] of runs) {
  const ends = both.map(({ x }) => x.at(-1)!), [none, wolfe] = ends.map((x) => flatShare(i, x));
  const lost = slopeOf(i, ends[0]) < 1e-3, shares = [none, wolfe].map(inWords);
  console.log(`digit ${i}: flat without a line search ${shares[0]}, with one ${shares[1]}`);
  console.log(`         ${lost ? 'the slope is gone' : 'some slope is left'}`);
  assert.ok(none > 0.5 && wolfe < 0.05);
  assert.ok(longest(both[0]) > 50 * longest(both[1]));
  assert.equal(lost, i !== 1);
}

// %% [markdown]
// Digits 2 and 9 are lost for good; digit 1, more than half flat, still creeps. The images of digit 9, that of $t = 1$
// from the plateau, pixels cut to $[0, 1]$:

// %%
const shown = (data: Float64Array) => ({ shape: [1, 28, 28], data });
show(
  filmStrip([{ title: 'digit 9', frames: [
    { image: truth, caption: 'private' },
    { image: shown(fixed.x[40]), caption: 't = 1, 40 moves' },
    { image: shown(searched.x.at(-1)!), caption: 'strong Wolfe' },
  ] }]),
  'The private digit; noise, after 40 moves of t = 1; the digit again, after line searches',
);

// %% [markdown]
// A line search tries a few steps more per move, and saves whole runs. It is the project's default;
// `--line-search none` is the papers' protocol, and [results](../results/README.md) has many runs of both.

// %% [markdown]
// ## Exercises
//
// Fill in the functions of [exercises/04-lbfgs.ts](exercises/04-lbfgs.ts), and ask with `npm run exercise -- 04` which
// of them are right. A wrong answer is shown with its case: `new Random(1, 0)` makes it again. Right answers are in
// [solutions/04-lbfgs.ts](solutions/04-lbfgs.ts).
//
// 1. `bfgsUpdate`: the matrix $H$ after one more pair.
// 2. `twoLoops`: $H q$ from a list of pairs, without a matrix.
// 3. `lineSearch`: a step that satisfies the strong Wolfe conditions, for any smooth $\varphi$ that is bounded below.
//    Keep an interval: `low`, where the step is too short, and `high`, where it is too long. Double $t$ while there is
//    no `high`, then halve the interval.

// %% [markdown]
// ## Sources
//
// - J. Nocedal and S. Wright, "Numerical Optimization", second edition, 2006: Eq. (6.17), Algorithm 7.4, Algorithms 3.5
//   and 3.6.
// - D. Liu and J. Nocedal, "On the limited memory BFGS method for large scale optimization", Mathematical Programming
//   45 (1989).
// - H. Rosenbrock, "An automatic method for finding the greatest or least value of a function", The Computer Journal 3
//   (1960).
// - B. Zhao, K. R. Mopuri and H. Bilen, "iDLG: Improved Deep Leakage from Gradients", 2020,
//   [arXiv:2001.02610](https://arxiv.org/abs/2001.02610): Eq. (6), and the optimiser of the code published with it.
