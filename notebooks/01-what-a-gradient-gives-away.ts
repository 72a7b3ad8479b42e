/** @file Chapter 1: the label, read off the last layer's gradient. Eq. (1) to (4) of the iDLG paper. */

// %% [markdown]
// # 1. What a gradient gives away
//
// In federated learning a client keeps its images and shares only gradients: for an image $x$ of class $c$ it computes
// the loss $\ell$ of a network with weights $W$, and sends $\nabla W = \partial\ell/\partial W$. **Can whoever receives
// that gradient say what $c$ was?**
//
// Zhao, Mopuri and Bilen (2020) showed that for the usual loss the answer is yes, with certainty, by looking at one row
// of signs. Their paper is called iDLG, and its Eq. (1) to (4) are this chapter.
//
// | symbol | what it is | shape |
// |---|---|---|
// | $x$, $c$ | the client's image, and its class | channels × height × width, a number |
// | $y$ | logits: what the last layer gives | one per class |
// | $p$ | $\mathrm{softmax}(y)$, the network's probabilities | one per class |
// | $t$ | the label as a distribution: $t_c = 1$, all others 0 | one per class |
// | $g$ | $\partial\ell/\partial y$ | one per class |
// | $a$ | what the last layer is given | one per feature |
// | $W_L$, $b$ | the last layer's weights and bias: $y = W_L a + b$ | classes × features, classes |
// | $\theta$ | all weights and biases of the network | one long vector |

// %% [markdown]
// ## The client
//
// The digits of this project are drawn by code, 28 × 28 pixels in $[0, 1]$. The network is the paper's LeNet: three
// convolutions, each followed by a sigmoid, and one linear layer. Its weights are drawn from $U(-\tfrac12, \tfrac12)$
// and have learnt nothing yet.

// %%
import assert from 'node:assert/strict';
import { digits, lenet } from '../src/index.ts';
import { labelsOf, softmax } from '../src/exports/nn.ts';
import { filmStrip } from '../src/plot/film-strip.ts';
import { show } from './show.ts';

const { image, label: c } = digits().example(3);
const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 0 });

const frame = { image, caption: `class ${c}` };
show(filmStrip([{ title: 'the private image', frames: [frame] }]), `A drawn digit, a ${c}`);
console.log(`θ has ${network.theta.data.length} numbers`);

// %% [markdown]
// ## Eq. (1): the loss
//
// The logits become probabilities, and the loss is small where that of the right class is large:
//
// $$p_i = \frac{e^{y_i}}{\sum_j e^{y_j}}, \qquad \ell = -\log p_c = \log \sum_j e^{y_j} - y_c \tag{1}$$

// %%
const batch = { shape: [1, ...image.shape], data: image.data }; // networks take a batch of images; here it is one
const y = network.logits(batch).data.slice();
const p = new Float64Array(10);
const logSumExp = softmax(y, p);

const loss = network.forward(batch, labelsOf([c], 10));
console.log(`−log p_c           = ${(-Math.log(p[c])).toFixed(6)}`);
console.log(`log Σ exp(y) − y_c = ${(logSumExp - y[c]).toFixed(6)}`);
console.log(`the network's loss = ${loss.toFixed(6)}`);
assert.ok(Math.abs(loss + Math.log(p[c])) < 1e-12 && Math.abs(loss - (logSumExp - y[c])) < 1e-12);

// %% [markdown]
// ## Eq. (2): one sign is different
//
// Differentiate the second form of Eq. (1) by one logit. The first term gives $e^{y_i} / \sum_j e^{y_j} = p_i$; the
// second gives $-1$ where $i = c$ and nothing elsewhere:
//
// $$g_i = \frac{\partial \ell}{\partial y_i} = p_i - t_i =
// \begin{cases} p_i - 1 & i = c \\ p_i & i \ne c \end{cases} \tag{2}$$
//
// A probability is between 0 and 1. So **$g_c$ is negative and every other $g_i$ is positive**: the label is the one
// entry with the other sign. In the code this is [softmax-cross-entropy.ts](../src/nn/softmax-cross-entropy.ts). A
// derivative that is derived by hand is checked by a difference: move each logit a little to both sides, and see what
// the loss does.

// %%
import { SoftmaxCrossEntropy } from '../src/nn/softmax-cross-entropy.ts';

const crossEntropy = new SoftmaxCrossEntropy([1, 10]), t = labelsOf([c], 10); // a batch of one
const lossAt = (data: Float64Array): number => crossEntropy.forward({ shape: [1, 10], data }, t);
lossAt(y);
const g = crossEntropy.backward().data.slice();

const h = 1e-5;
for (let i = 0; i < 10; i++) {
  const above = y.slice(), below = y.slice();
  above[i] += h;
  below[i] -= h;
  const difference = (lossAt(above) - lossAt(below)) / (2 * h);
  assert.ok(Math.abs(difference - g[i]) < 1e-8);
  assert.ok(Math.abs(p[i] - t.data[i] - g[i]) < 1e-15);
}
console.log('g = p − t, and the ten differences agree with it to 1e-8');
console.log(`signs of g, classes 0 to 9: ${[...g].map((v) => (v < 0 ? '−' : '+')).join(' ')}`);

// %% [markdown]
// ## From the logits to what is shared
//
// Nobody shares $g$. What is shared is the gradient of the weights. But the last layer is linear,
//
// $$y_i = \sum_k W_{ik}\, a_k + b_i ,$$
//
// so $\partial y_i / \partial b_i = 1$, and the bias's gradient **is** $g$:
//
// $$\frac{\partial \ell}{\partial b_i} = \frac{\partial \ell}{\partial y_i} \cdot 1 = g_i .$$
//
// Here it is, cut out of the gradient that the client sends. Each bar has at least one mark, so that its side shows;
// the one bar to the left is the label.

// %%
import { lastLayer } from '../src/index.ts';
import type { LastLayer } from '../src/exports/attack.ts';
import { bars } from '../src/plot/bars.ts';

const gradient = network.gradient(image, c); // all that the server ever sees
const { weight: gradW, bias: gradB } = lastLayer(gradient) as Required<LastLayer>;

const bar = (value: number, i: number) => ({ name: `${i}`, value, note: i === c ? 'the label' : '' });
console.log(bars([...gradB.data].map(bar)).join('\n'));
for (let i = 0; i < 10; i++) assert.ok(Math.abs(gradB.data[i] - g[i]) < 1e-15);

// %% [markdown]
// ## Eq. (3): the weights say it too
//
// Not every network has a bias in its last layer. With $\partial y_i / \partial W_{ik} = a_k$, row $i$ of the weights'
// gradient is $a$ times one number:
//
// $$\frac{\partial \ell}{\partial W_i} = g_i\, a \tag{3}$$
//
// All rows are the same vector $a$, longer or shorter, and one of them is turned round. To check it, and the logits
// above, the cell computes $a$ as the client does, layer by layer; the server does not know it.

// %%
import type { Tensor } from '../src/index.ts';
import { dot } from '../src/tensor/vector.ts';

const below = network.layers.parts.slice(0, -1), { tree } = network.theta;
const a = below.reduce<Tensor>((x, { name, layer }) => layer.forward(x, tree[name]), batch).data;
const features = a.length;
const rowOf = ({ data }: Tensor, i: number) => data.subarray(i * features, (i + 1) * features);

let worst = 0;
const { weight: W, bias: b } = lastLayer(network.theta) as Required<LastLayer>;
for (let i = 0; i < 10; i++) {
  assert.ok(Math.abs(dot(rowOf(W, i), a) + b.data[i] - y[i]) < 1e-12);
  rowOf(gradW, i).forEach((v, k) => (worst = Math.max(worst, Math.abs(v - g[i] * a[k]))));
}
console.log(`${gradW.shape.join(' × ')} entries, all of them g_i a_k: ${worst < 1e-15}`);
assert.ok(worst < 1e-15);

// %% [markdown]
// Drawn, 64 columns of it, with 0 as mid-grey, what is below it darker and what is above it lighter, each row scaled by
// the largest of the entries shown:

// %%
const shown = 64;
const picture = { shape: [1, 10, shown], data: new Float64Array(10 * shown) };
for (let i = 0; i < 10; i++) {
  const row = rowOf(gradW, i).subarray(0, shown);
  const largest = row.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  row.forEach((v, k) => (picture.data[i * shown + k] = 0.5 + v / (2 * largest)));
}
const frames = [{ image: picture, caption: 'first 64 columns' }];
const drawn = filmStrip([{ title: 'rows 0 to 9 of the gradient', frames }], { scale: 10 });
show(drawn, `Ten rows with the same pattern, nine of them light; row ${c}, the label's, is dark`);

// %% [markdown]
// ## Eq. (4): the rule
//
// What can be computed from the rows alone, without $a$ and without $g$? Their inner products:
//
// $$\left\langle \frac{\partial \ell}{\partial W_i}, \frac{\partial \ell}{\partial W_j} \right\rangle
// = g_i\, g_j\, \lVert a \rVert^2$$
//
// If $a \ne 0$, its sign is that of $g_i g_j$, and the row of the label opposes every other row. With three classes or
// more no other row does that:
//
// $$c = i \quad \text{such that} \quad
// \left\langle \frac{\partial \ell}{\partial W_i}, \frac{\partial \ell}{\partial W_j} \right\rangle \le 0
// \quad \text{for all } j \ne i \tag{4}$$

// %%
const square = dot(a, a);
console.log(`     ${[...g.keys()].join(' ')}`);
for (let i = 0; i < 10; i++) {
  const products = [...g.keys()].map((j) => dot(rowOf(gradW, i), rowOf(gradW, j)));
  for (const j of g.keys()) assert.ok(Math.abs(products[j] - g[i] * g[j] * square) < 1e-12 * square);
  const opposed = products.every((product, j) => j === i || product <= 0);
  assert.equal(opposed, i === c);
  const signs = products.map((v) => (v > 0 ? '+' : '−')).join(' ');
  console.log(`${i}    ${signs}${opposed ? '   opposes all others: the label' : ''}`);
}

// %% [markdown]
// That is the whole attack on the label. [extract-label.ts](../src/attack/extract-label.ts) has three rules:
//
// | rule | the label is | exact where |
// |---|---|---|
// | `bias` | the smallest entry of $\partial\ell/\partial b$ | the last layer has a bias |
// | `inner-product` | Eq. (4) | $a \ne 0$, and three classes or more |
// | `row-sum` | the row of $\partial\ell/\partial W_L$ with the smallest sum | $\sum_k a_k > 0$ |
//
// The third is what the authors' published code does. By Eq. (3) the sum of row $i$ is $g_i \sum_k a_k$; a sigmoid's
// outputs are positive, so with sigmoids the smallest sum is the label's.

// %%
import { extractLabel } from '../src/index.ts';
import { LABEL_RULES } from '../src/attack/extract-label.ts';

for (const rule of LABEL_RULES) {
  const { label } = extractLabel({ weight: gradW, bias: gradB }, rule);
  console.log(`${rule.padEnd(14)} ${label}`);
  assert.equal(label, c);
}
const sum = (values: Float64Array): number => values.reduce((total, v) => total + v, 0);
for (let i = 0; i < 10; i++) assert.ok(Math.abs(sum(rowOf(gradW, i)) - g[i] * sum(a)) < 1e-12);

// %% [markdown]
// ## Any network
//
// Nothing above asked what lies under the last layer, how wide it is, or how large its weights are. A hundred networks
// of random depth, width, activation and number of classes, each with a random image and a random label:

// %%
import { buildStack, type LayerDescription, type Network } from '../src/index.ts';
import { Random } from '../src/exports/tensor.ts';
import { ACTIVATIONS } from '../src/nn/activation.ts';
import { zeros } from '../src/tensor/tensor.ts';

function randomNetwork(random: Random): Network {
  const layers = Array.from({ length: 1 + random.below(3) }, (_, k): LayerDescription => {
    const activation = ACTIVATIONS[random.below(3)];
    return { type: 'linear', name: `hidden.${k}`, out: 4 + random.below(30), activation };
  });
  layers.push({ type: 'linear', name: 'last', out: 3 + random.below(40) });
  const stack = buildStack(layers, [1, 6, 6]);
  const size = random.uniform(0.1, 1);
  random.fillUniform(stack.theta.data, -size, size);
  return stack;
}

const right = { 'bias': 0, 'inner-product': 0 };
for (let seed = 0; seed < 100; seed++) {
  const random = new Random(seed), victim = randomNetwork(random);
  const noise = zeros(victim.imageShape), label = random.below(victim.classes);
  random.fillUniform(noise.data);
  const last = lastLayer(victim.gradient(noise, label));
  if (extractLabel(last, 'bias').label === label) right['bias']++;
  if (extractLabel(last, 'inner-product').label === label) right['inner-product']++;
}
console.log(`by the bias ${right['bias']} of 100 right, by Eq. (4) ${right['inner-product']} of 100`);
assert.deepEqual(right, { 'bias': 100, 'inner-product': 100 });

// %% [markdown]
// ## Any training stage
//
// A trained network is nearly certain, so $g$ is nearly zero. Its signs stay: $p_c - 1 < 0$, however near $p_c$ comes
// to
// 1. The LeNet above learns the drawn digits with Adam, and at each stage 100 images that it is not trained on are
// "sent" by a client.

// %%
import { accuracy, subset, train } from '../src/beyond/training/train.ts';

const learner = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 0 });
const training = subset(digits(), 0, 500), unseen = subset(digits(), 500, 600);

console.log('steps   accuracy   labels found');
let total = 0;
for (const steps of [0, 25, 50, 75]) {
  train(learner, training, { steps, batch: 32, learningRate: 0.01, seed: total });
  total += steps;
  let found = 0;
  for (let i = 0; i < unseen.size; i++) {
    const { image, label } = unseen.example(i);
    const last = lastLayer(learner.gradient(image, label));
    if (extractLabel(last, 'inner-product').label === label) found++;
  }
  const share = `${(100 * accuracy(learner, unseen)).toFixed(0)} %`;
  console.log(`${String(total).padStart(5)}   ${share.padStart(8)}   ${found} of 100`);
  assert.equal(found, 100);
}

// %% [markdown]
// What the network believes makes no difference. Where it errs, the image's class is still the one with the negative
// sign: the sign comes from the label that the client put into the loss, not from the prediction.

// %% [markdown]
// ## tanh: where the shortcut becomes a coin toss
//
// The row sums need $\sum_k a_k > 0$. The outputs of tanh have either sign, so their sum has too; where it is negative,
// the label's row has the **largest** sum, and the smallest is another class's. Eq. (4) and the bias do not care.

// %%
const tanhNetwork = (seed: number): Network =>
  lenet({ channels: 1, height: 28, width: 28, classes: 10, activation: 'tanh', seed });

const trials = 200, count = { 'bias': 0, 'inner-product': 0, 'row-sum': 0 };
let turned = -1;
for (let i = 0; i < trials; i++) {
  const { image, label } = digits().example(i);
  const last = lastLayer(tanhNetwork(i).gradient(image, label));
  for (const rule of LABEL_RULES) if (extractLabel(last, rule).label === label) count[rule]++;
  if (turned < 0 && extractLabel(last, 'row-sum').label !== label) turned = i;
}
for (const rule of LABEL_RULES) console.log(`${rule.padEnd(14)} ${count[rule]} of ${trials} right`);
assert.ok(count['bias'] === trials && count['inner-product'] === trials);
assert.ok(Math.abs(count['row-sum'] - trials / 2) < trials / 8, 'about one half');

// %% [markdown]
// The row sums of the first of these networks at which the shortcut fails:

// %%
{
  const { image, label } = digits().example(turned);
  const { weight: W } = lastLayer(tanhNetwork(turned).gradient(image, label)), [classes, width] = W.shape;
  const sums = Array.from({ length: classes }, (_, i) =>
    sum(W.data.subarray(i * width, (i + 1) * width)));
  const guess = sums.indexOf(Math.min(...sums));
  const note = (i: number): string =>
    i === label ? 'the label' : i === guess ? 'what the shortcut says' : '';
  console.log(bars(sums.map((value, i) => ({ name: `${i}`, value, note: note(i) }))).join('\n'));
  assert.ok(sums[label] > 0 && sums.every((sum, i) => i === label || sum <= 0));
}

// %% [markdown]
// ## A last layer without a bias
//
// Then $\partial\ell/\partial b$ does not exist, and Eq. (4) is the rule that is left; `extractLabel` chooses it by
// itself.

// %%
{
  const network = lenet({
    channels: 1, height: 28, width: 28, classes: 10, activation: 'tanh', bias: false, seed: 5,
  });
  const found = extractLabel(lastLayer(network.gradient(image, c)));
  console.log(`label ${found.label} by ${found.rule}`);
  assert.deepEqual(found, { label: c, rule: 'inner-product' });
}

// %% [markdown]
// ## Where the rule ends
//
// With **two classes** $g_0 = -g_1$: each row opposes "all others", and Eq. (4) cannot choose (the bias can). In
// **floating point** the $p_j$ of an unlikely class underflows to 0 where the network is certain enough; with all but
// one of them 0, that one's row opposes all others too, as with two classes, and with all of them 0 the gradient is 0.
// With **several images** in one gradient the signs are those of a sum; labels can then be estimated, which
// [batch-labels.ts](../src/beyond/batch/batch-labels.ts) does. And the rule is about **this loss**: softmax with a hard
// label. A soft label, $t_i$ between 0 and 1, can make several $g_i$ negative.

// %%
{
  const random = new Random(1), image = zeros([1, 2, 2]);
  random.fillUniform(image.data);
  const two = buildStack([{ type: 'linear', name: 'last', out: 2 }], [1, 2, 2]);
  random.fillUniform(two.theta.data, -0.5, 0.5);
  const last = lastLayer(two.gradient(image, 1));
  assert.throws(() => extractLabel(last, 'inner-product'), RangeError);
  assert.equal(extractLabel(last, 'bias').label, 1);
  assert.equal(last.bias!.data[0], -last.bias!.data[1]);
  console.log('two classes, label 1: Eq. (4) is refused, the bias says 1');

  const three = new SoftmaxCrossEntropy([1, 3]);
  const certain = (logit: number): string => {
    three.forward({ shape: [1, 3], data: Float64Array.of(800, logit, 0) }, labelsOf([0], 3));
    return [...three.backward().data].map((v) => (v < 0 ? '−' : v > 0 ? '+' : '0')).join(' ');
  };
  console.log(`logits 800, 100, 0, label 0: signs of g ${certain(100)}`);
  console.log(`logits 800,   0, 0, label 0: signs of g ${certain(0)}`);
  assert.deepEqual([certain(100), certain(0)], ['− + 0', '0 0 0']);

  const soft = [0.5, 0.4, 0.1], q = new Float64Array(3);
  softmax(Float64Array.of(0, 0, 0), q);
  const signs = soft.map((t, i) => (q[i] < t ? '−' : '+')).join(' ');
  console.log(`soft label 0.5, 0.4, 0.1 at p = 1/3 each: signs of g ${signs}`);
}

// %% [markdown]
// ## Exercises
//
// Fill in the functions of [exercises/01-what-a-gradient-gives-away.ts](exercises/01-what-a-gradient-gives-away.ts),
// and ask with `npm run exercise -- 01` which of them are right. A wrong answer is shown with its case:
// `new Random(1, 0)` makes it again. Right answers are in
// [solutions/01-what-a-gradient-gives-away.ts](solutions/01-what-a-gradient-gives-away.ts).
//
// 1. `lossGradient`: Eq. (2), for any logits, also for logits in the thousands.
// 2. `labelOfRows`: the label from $\partial\ell/\partial W_L$ alone, for any activation.
// 3. `lastInput`: the gradient says more than the label. Find $a$ itself, all of it, from $\partial\ell/\partial W_L$
//    and $\partial\ell/\partial b$.

// %% [markdown]
// ## Sources
//
// - B. Zhao, K. R. Mopuri and H. Bilen, "iDLG: Improved Deep Leakage from Gradients", 2020,
//   [arXiv:2001.02610](https://arxiv.org/abs/2001.02610): Eq. (1) to (4), and the row sums of the code published with
//   it.
// - L. Zhu, Z. Liu and S. Han, "Deep Leakage from Gradients", NeurIPS 2019,
//   [arXiv:1906.08935](https://arxiv.org/abs/1906.08935): where the label was still descended, and often missed.
