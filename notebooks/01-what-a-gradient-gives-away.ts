/** @file Chapter 1: the label, read off the last layer's gradient. Eq. (1) to (4) of the iDLG paper. */

// %% [markdown]
// # 1. What a gradient gives away
//
// In federated learning a client keeps its images and shares only gradients. For an image $x$ of class $c$ it computes
// the loss $\ell$ of a network with parameters $\theta$ and sends $\nabla W = \partial\ell/\partial\theta$. **Can the
// receiver of that gradient tell what $c$ was?**
//
// Zhao, Mopuri and Bilen (2020) showed that the answer is yes for softmax cross-entropy, the usual loss of a
// classifier: the signs in the last layer's gradient give the label away. Their attack is called iDLG, short for
// *Improved Deep Leakage from Gradients*. Eq. (1) to (4) of their paper are the subject of this chapter.
//
// **Threat model.** The attacker knows the network, its parameters $\theta$ and the shared gradient $\nabla W$ of one
// image. The attacker knows neither the image nor its label.
//
// **Notation.** In this chapter each of these letters has one meaning:
//
// | symbol | meaning | shape |
// |---|---|---|
// | $x$, $c$ | the client's image and its class | channels × height × width, one integer |
// | $y$ | the logits: the output of the last layer | one per class |
// | $p$ | $\mathrm{softmax}(y)$, the network's probabilities | one per class |
// | $t$ | the label as a distribution: $t_c = 1$, all others 0 | one per class |
// | $g$ | $\partial\ell/\partial y$ | one per class |
// | $a$ | the input of the last layer | one per feature |
// | $W_L$, $b$ | the last layer's weights and bias: $y = W_L a + b$ | classes × features, one per class |
// | $\theta$ | all weights and biases of the network | one long vector |

// %% [markdown]
// ## The client
//
// The digits in this project are drawn by code. Each is an image of 28 × 28 pixels with values in $[0, 1]$. The network
// is the paper's LeNet: three convolutions, each followed by a sigmoid, and one linear layer. Its parameters are random
// numbers from $U(-\tfrac12, \tfrac12)$; it has not been trained. Figure 1.1 shows the image that the client wants to
// keep private.

// %%
import assert from 'node:assert/strict';
import { digits, lenet } from '../src/index.ts';
import { labelsOf, softmax } from '../src/exports/nn.ts';
import { filmStrip } from '../src/plot/film-strip.ts';
import { show } from './show.ts';

const { image, label: c } = digits().example(3);
const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 0 });

const frame = { image, caption: `class ${c}` };
show(`Figure 1.1. The private image, a drawn ${c}.`, filmStrip([{ title: 'the private image', frames: [frame] }]));
console.log(`θ has ${network.theta.data.length} entries`);

// %% [markdown]
// ## Eq. (1): the loss
//
// Softmax turns the logits into probabilities. The loss is small if the probability of the correct class is large:
//
// $$p_i = \frac{e^{y_i}}{\sum_j e^{y_j}}, \qquad \ell = -\log p_c = \log \sum_j e^{y_j} - y_c \tag{1}$$

// %%
const batch = { shape: [1, ...image.shape], data: image.data }; // networks take a batch; this one has one image
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
// Differentiate the second form of Eq. (1) with respect to one logit. The first term gives
// $e^{y_i} / \sum_j e^{y_j} = p_i$. The second gives $-1$ if $i = c$ and 0 otherwise:
//
// $$g_i = \frac{\partial \ell}{\partial y_i} = p_i - t_i =
// \begin{cases} p_i - 1 & i = c \\ p_i & i \ne c \end{cases} \tag{2}$$
//
// Every probability lies strictly between 0 and 1. So **$g_c$ is negative and every other $g_i$ is positive**: the
// label is the index of the only negative entry. The code is in
// [softmax-cross-entropy.ts](../src/nn/softmax-cross-entropy.ts). The next cell checks the formula against finite
// differences: it moves each logit a little in both directions and measures the change in the loss.

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
console.log('g = p − t, and all ten differences agree with it to 1e-8');
console.log(`signs of g, classes 0 to 9: ${[...g].map((v) => (v < 0 ? '−' : '+')).join(' ')}`);

// %% [markdown]
// ## From the logits to what is shared
//
// The client does not share $g$. It shares the gradient with respect to the parameters. But the last layer is linear,
//
// $$y_i = \sum_k W_{ik}\, a_k + b_i ,$$
//
// where $W$ is short for $W_L$. So $\partial y_i / \partial b_i = 1$, and the gradient of the bias **is** $g$:
//
// $$\frac{\partial \ell}{\partial b_i} = \frac{\partial \ell}{\partial y_i} \cdot 1 = g_i .$$
//
// The next cell takes this part out of the gradient that the client sends, and draws each entry as a bar. A bar to the
// left means a negative entry. Every bar is at least one character long, so that its sign can be seen. The only bar to
// the left belongs to the label.

// %%
import { lastLayer } from '../src/index.ts';
import type { LastLayer } from '../src/exports/attack.ts';
import { bars } from '../src/plot/bars.ts';

const gradient = network.gradient(image, c); // the attacker sees this, and knows θ
const { weight: gradW, bias: gradB } = lastLayer(gradient) as Required<LastLayer>;

const bar = (value: number, i: number) => ({ name: `${i}`, value, note: i === c ? 'the label' : '' });
console.log(bars([...gradB.data].map(bar)).join('\n'));
for (let i = 0; i < 10; i++) assert.ok(Math.abs(gradB.data[i] - g[i]) < 1e-15);

// %% [markdown]
// ## Eq. (3): the weights give it away too
//
// Some networks have no bias in the last layer. Since $\partial y_i / \partial W_{ik} = a_k$, row $i$ of the weights'
// gradient is $a$ multiplied by one number:
//
// $$\frac{\partial \ell}{\partial W_i} = g_i\, a \tag{3}$$
//
// All rows are multiples of the same vector $a$, and only the label's row has a negative factor. To check this, the
// next cell computes $a$ layer by layer from the private image. The client can do this; the attacker, who does not have
// the image, cannot.

// %%
import type { Tensor } from '../src/index.ts';
import { dot } from '../src/tensor/vector.ts';

const allButLast = network.layers.parts.slice(0, -1), { tree } = network.theta;
const a = allButLast.reduce<Tensor>((input, { name, layer }) => layer.forward(input, tree[name]), batch).data;
const features = a.length;
const rowOf = ({ data }: Tensor, i: number) => data.subarray(i * features, (i + 1) * features);

let worst = 0;
const { weight: W, bias: b } = lastLayer(network.theta) as Required<LastLayer>;
for (let i = 0; i < 10; i++) {
  assert.ok(Math.abs(dot(rowOf(W, i), a) + b.data[i] - y[i]) < 1e-12);
  rowOf(gradW, i).forEach((v, k) => (worst = Math.max(worst, Math.abs(v - g[i] * a[k]))));
}
console.log(`all ${gradW.shape.join(' × ')} entries of ∂ℓ/∂W equal g_i a_k: ${worst < 1e-15}`);
assert.ok(worst < 1e-15);

// %% [markdown]
// Figure 1.2 shows the first 64 columns. Mid-grey is 0, darker is negative and lighter is positive. Each row is scaled
// by its largest entry among those shown.

// %%
const shown = 64;
const picture = { shape: [1, 10, shown], data: new Float64Array(10 * shown) };
for (let i = 0; i < 10; i++) {
  const row = rowOf(gradW, i).subarray(0, shown);
  const largest = row.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  row.forEach((v, k) => (picture.data[i * shown + k] = 0.5 + v / (2 * largest)));
}
const frames = [{ image: picture, caption: 'columns 1 to 64' }];
show(
  `Figure 1.2. Rows 0 to 9 of ∂ℓ/∂W have the same pattern. Row ${c}, the label's, is dark; the others are light.`,
  filmStrip([{ title: 'rows 0 to 9 of the gradient', frames }], { scale: 10 }),
);

// %% [markdown]
// ## Eq. (4): the rule
//
// If the last layer has no bias, the attacker knows the rows, but neither $a$ nor $g$. The rows alone are enough to
// compute their inner products:
//
// $$\left\langle \frac{\partial \ell}{\partial W_i}, \frac{\partial \ell}{\partial W_j} \right\rangle
// = g_i\, g_j\, \lVert a \rVert^2$$
//
// If $a \ne 0$, the sign of this product is that of $g_i g_j$. The label's row therefore has a negative product with
// every other row:
//
// $$c = i \quad \text{such that} \quad
// \left\langle \frac{\partial \ell}{\partial W_i}, \frac{\partial \ell}{\partial W_j} \right\rangle \le 0
// \quad \text{for all } j \ne i \tag{4}$$
//
// **When is this $i$ unique?** Exactly when $a \ne 0$, there are at least three classes, and no $g_i$ is 0. Then for
// any row $i \ne c$ there is a third row $j$, neither $i$ nor $c$, with $g_i g_j > 0$, so row $i$ does not satisfy
// Eq. (4). If some $g_i = 0$, all products with row $i$ are 0, so row $i$ satisfies Eq. (4) as well as row $c$. In
// exact arithmetic no $g_i$ is 0. In floating point one can be; the section "Limits of the rule" shows a case.

// %%
const square = dot(a, a);
console.log(`     ${[...g.keys()].join(' ')}`);
for (let i = 0; i < 10; i++) {
  const products = [...g.keys()].map((j) => dot(rowOf(gradW, i), rowOf(gradW, j)));
  for (const j of g.keys()) assert.ok(Math.abs(products[j] - g[i] * g[j] * square) < 1e-12 * square);
  const opposed = products.every((product, j) => j === i || product <= 0);
  assert.equal(opposed, i === c);
  const signs = products.map((v) => (v > 0 ? '+' : '−')).join(' ');
  console.log(`${i}    ${signs}${opposed ? '   opposed to all others: the label' : ''}`);
}

// %% [markdown]
// That is the whole attack on the label. [extract-label.ts](../src/attack/extract-label.ts) has three rules:
//
// | rule | the label is | condition |
// |---|---|---|
// | `bias` | the index of the smallest entry of $\partial\ell/\partial b$ | the last layer has a bias |
// | `inner-product` | the index $i$ in Eq. (4) | $a \ne 0$, and $g_i \ne 0$ for at least three classes |
// | `row-sum` | the row of $\partial\ell/\partial W_L$ with the smallest sum | $\sum_k a_k > 0$ |
//
// The third rule is the one in the authors' published code. By Eq. (3) the sum of row $i$ is $g_i \sum_k a_k$. The
// outputs of a sigmoid are positive, so with sigmoids only the label's row has a negative sum.

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
// ## Many networks
//
// The derivation does not depend on what comes before the last layer, on the width of that layer, or on the size of its
// weights. The next cell tries a hundred networks of random depth, width, activation and number of classes, each with a
// random image and a random label.

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
console.log(`labels found by the bias: ${right['bias']} of 100, by Eq. (4): ${right['inner-product']} of 100`);
assert.deepEqual(right, { 'bias': 100, 'inner-product': 100 });

// %% [markdown]
// ## During training
//
// A well-trained network is often nearly certain of the right class, and then $g$ is nearly zero. Its signs stay the
// same: $p_c - 1 < 0$ as long as $p_c < 1$. The next cell trains the LeNet above on drawn digits with Adam. At each
// stage a client "sends" the gradients of 100 images that are not in the training set, one at a time.

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
// The network's prediction makes no difference. When the network is wrong, the negative entry is still that of the
// label, because the sign comes from the label that the client put into the loss.

// %% [markdown]
// ## tanh: where the row sums fail
//
// The rule `row-sum` needs $\sum_k a_k > 0$. The outputs of tanh can have either sign, and so can their sum. If
// $\sum_k a_k$ is negative, the label's row has the **largest** row sum, and the smallest belongs to another class. The
// other two rules do not depend on the sign of $\sum_k a_k$.

// %%
const tanhNetwork = (seed: number): Network =>
  lenet({ channels: 1, height: 28, width: 28, classes: 10, activation: 'tanh', seed });

const trials = 200, count = { 'bias': 0, 'inner-product': 0, 'row-sum': 0 };
let failed = -1;
for (let i = 0; i < trials; i++) {
  const { image, label } = digits().example(i);
  const last = lastLayer(tanhNetwork(i).gradient(image, label));
  for (const rule of LABEL_RULES) if (extractLabel(last, rule).label === label) count[rule]++;
  if (failed < 0 && extractLabel(last, 'row-sum').label !== label) failed = i;
}
for (const rule of LABEL_RULES) console.log(`${rule.padEnd(14)} ${count[rule]} of ${trials} right`);
assert.ok(count['bias'] === trials && count['inner-product'] === trials);
assert.ok(Math.abs(count['row-sum'] - trials / 2) < trials / 8, 'about one half');

// %% [markdown]
// The next cell draws the row sums of the first of these networks for which `row-sum` gives the wrong answer:

// %%
{
  const { image, label } = digits().example(failed);
  const { weight } = lastLayer(tanhNetwork(failed).gradient(image, label)), [classes, width] = weight.shape;
  const sums = Array.from({ length: classes }, (_, i) =>
    sum(weight.data.subarray(i * width, (i + 1) * width)));
  const guess = sums.indexOf(Math.min(...sums));
  const note = (i: number): string =>
    i === label ? 'the label' : i === guess ? 'the answer of row-sum' : '';
  console.log(bars(sums.map((value, i) => ({ name: `${i}`, value, note: note(i) }))).join('\n'));
  assert.ok(sums[label] > 0 && sums.every((sum, i) => i === label || sum <= 0));
}

// %% [markdown]
// ## A last layer without a bias
//
// Without a bias there is no $\partial\ell/\partial b$. For three or more classes `extractLabel` then uses Eq. (4) by
// default.

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
// ## Limits of the rule
//
// - **Two classes.** Here $g_0 = -g_1$, so both rows satisfy Eq. (4), which cannot decide between them. The gradient of
//   the bias can.
// - **Floating point.** If the network is certain enough, the probability of an unlikely class underflows to 0. Its row
//   is then 0 and satisfies Eq. (4), as the label's row does. Among the rows that satisfy Eq. (4), the code chooses the
//   longest, since no row is longer than the label's: $|g_c| = \sum_{j \ne c} g_j$. If only two rows are not 0, their
//   lengths are equal, and the choice between them is a guess, as with two classes. If all rows are 0, they say nothing
//   about the label.
// - **Several images.** The gradient of a batch is a mean over its images, and its signs are those of the mean. The
//   labels can still be estimated; [batch-labels.ts](../src/beyond/batch/batch-labels.ts) does that.
// - **Another loss.** The rule was derived for softmax cross-entropy with a hard label, for which $t_c = 1$ and all
//   other $t_i$ are 0. With a soft label, whose entries lie between 0 and 1, several $g_i$ can be negative.

// %%
{
  const random = new Random(1), noise = zeros([1, 2, 2]);
  random.fillUniform(noise.data);
  const two = buildStack([{ type: 'linear', name: 'last', out: 2 }], [1, 2, 2]);
  random.fillUniform(two.theta.data, -0.5, 0.5);
  const last = lastLayer(two.gradient(noise, 1));
  assert.throws(() => extractLabel(last, 'inner-product'), RangeError);
  assert.equal(extractLabel(last, 'bias').label, 1);
  assert.equal(last.bias!.data[0], -last.bias!.data[1]);
  console.log('two classes, label 1: extractLabel refuses to use Eq. (4); the bias gives label 1');

  /** For a = (1): prints the signs of g, the rows that satisfy Eq. (4) and the code's choice; returns the last two. */
  const certain = (label: number, ...logits: number[]) => {
    const classes = logits.length, loss = new SoftmaxCrossEntropy([1, classes]);
    loss.forward({ shape: [1, classes], data: Float64Array.from(logits) }, labelsOf([label], classes));
    const rows = [...loss.backward().data];
    const opposed = [...rows.keys()].filter((i) => rows.every((v, j) => j === i || rows[i] * v <= 0));
    const weight = { shape: [classes, 1], data: Float64Array.from(rows) };
    const chosen = extractLabel({ weight }, 'inner-product').label;
    const signs = rows.map((v) => (v < 0 ? '−' : v > 0 ? '+' : '0')).join(' ');
    console.log(`logits ${logits.join(', ').padEnd(16)} label ${label}   signs of g ${signs.padEnd(8)} ` +
      `rows that satisfy Eq. (4): ${opposed.join(', ').padEnd(8)} chosen: ${chosen}`);
    return [opposed, chosen];
  };
  assert.deepEqual(certain(0, 80, 79, 78, 0), [[0], 0]);
  assert.deepEqual(certain(0, 800, 799, 798, 0), [[0, 3], 0]);
  assert.deepEqual(certain(1, 800, 100, 0), [[0, 1, 2], 0]); // two rows of equal length: wrong here
  assert.deepEqual(certain(0, 800, 0, 0), [[0, 1, 2], 0]); // the gradient is 0: right by chance

  const soft = [0.5, 0.4, 0.1], uniform = new Float64Array(3);
  softmax(Float64Array.of(0, 0, 0), uniform);
  const signs = soft.map((share, i) => (uniform[i] < share ? '−' : '+')).join(' ');
  console.log(`soft label 0.5, 0.4, 0.1 and p = 1/3 for each class: signs of g ${signs}`);
}

// %% [markdown]
// ## Summary
//
// - For softmax cross-entropy with a hard label, $g = p - t$ has exactly one negative entry, at the label.
// - The gradient of the last layer's bias is $g$. Row $i$ of the gradient of its weights is $g_i\, a$.
// - Eq. (4) finds the label from the weights' gradient alone. The answer is unique if $a \ne 0$, there are at least
//   three classes, and no $g_i$ is 0.
// - The row sums in the authors' code need $\sum_k a_k > 0$. This holds after a sigmoid. With tanh they gave the right
//   label for 106 of 200 networks.
// - Training and wrong predictions do not change the signs. The rule can fail for two classes, after underflow, for
//   batches and for soft labels.
//
// `npm run playground` ([docs/playground.md](../docs/playground.md)) has a section "The label", which shows the
// gradient of the last layer's bias and the row sums for a picture that you draw.

// %% [markdown]
// ## Exercises
//
// Fill in the functions in [exercises/01-what-a-gradient-gives-away.ts](exercises/01-what-a-gradient-gives-away.ts),
// and run `npm run exercise -- 01` to have them checked. For a wrong answer it shows the input, the expected answer and
// yours. The inputs are random: `new Random(1, 0)` in a message is the generator that draws case 0. A *scaled error* is
// relative to the size of the numbers that are compared. Solutions are in
// [solutions/01-what-a-gradient-gives-away.ts](solutions/01-what-a-gradient-gives-away.ts).
//
// 1. `lossGradient`: compute $g$ by Eq. (2) from the logits and the class. The logits can be in the thousands; nothing
//    may overflow.
// 2. `labelOfRows`: find the label from $\partial\ell/\partial W_L$ alone, for any activation. Some probabilities may
//    be so small that their rows are 0 or have entries near $10^{-300}$, whose products underflow. At least three rows
//    are not 0.
// 3. `lastInput`: the gradient reveals more than the label. Find all of $a$ from $\partial\ell/\partial W_L$ and
//    $\partial\ell/\partial b$.
// 4. **Prediction.** In federated averaging a client sends the change in its parameters. After one step of gradient
//    descent with learning rate $\eta$ this is $-\eta\, \nabla W$. What happens if an attacker takes this change for
//    the gradient and applies the three rules to it? Write down your answer for each rule. Then run this:
//
//    ```sh
//    npx tsx -e "
//    import { digits, extractLabel, lastLayer, lenet } from './src/index.ts';
//    import { LABEL_RULES } from './src/attack/extract-label.ts';
//    const network = lenet({ channels: 1, height: 28, width: 28, classes: 10, seed: 0 }), right = {};
//    for (let i = 0; i < 100; i++) {
//      const { image, label } = digits().example(i), update = network.gradient(image, label);
//      update.data.forEach((v, k) => (update.data[k] = -0.1 * v));
//      for (const rule of LABEL_RULES) {
//        right[rule] = (right[rule] ?? 0) + (extractLabel(lastLayer(update), rule).label === label ? 1 : 0);
//      }
//    }
//    console.log(right);"
//    ```
//
//    <details><summary>Answer</summary>
//
//    `bias` and `row-sum` find 0 of 100 labels: the label now has the largest entry, not the smallest. `inner-product`
//    finds all 100, since $(-\eta g_i)(-\eta g_j) = \eta^2 g_i g_j$ has the same sign as before.
//
//    </details>
//
// 5. **Proof.** Suppose that the last layer has a bias, and let $K$ be the number of classes. Show that the entries of
//    $\partial\ell/\partial b$ sum to 0 and that $|g_c| \ge |g_i|$ for all $i$. When does equality hold for some
//    $i \ne c$?
//
//    <details><summary>Solution</summary>
//
//    $\sum_i g_i = \sum_i p_i - \sum_i t_i = 1 - 1 = 0$. So $|g_c| = 1 - p_c = \sum_{j \ne c} p_j \ge p_i = |g_i|$ for
//    every $i \ne c$. Equality means that $p_j = 0$ for all $j$ other than $c$ and $i$. Exact probabilities are
//    positive, so this needs $K = 2$; in floating point it also happens if the other probabilities underflow, or are
//    too small to change the sum.
//
//    </details>

// %% [markdown]
// ## Sources
//
// - B. Zhao, K. R. Mopuri and H. Bilen, "iDLG: Improved Deep Leakage from Gradients", 2020,
//   [arXiv:2001.02610](https://arxiv.org/abs/2001.02610): Eq. (1) to (4). The row sums are from the code published with
//   it.
// - L. Zhu, Z. Liu and S. Han, "Deep Leakage from Gradients", NeurIPS 2019,
//   [arXiv:1906.08935](https://arxiv.org/abs/1906.08935): optimises the label together with the image; the resulting
//   label is often wrong.
