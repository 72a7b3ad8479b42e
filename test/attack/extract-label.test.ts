/**
 * @file Each rule's label is right wherever the rule's condition holds: any network, any width, any training stage.
 *
 *   bias            a bias
 *   inner-product   a ≠ 0, three classes or more
 *   row-sum         Σ a > 0
 *
 * Floating point sets the one limit: pᵢ underflows to 0 where logits are some 745 apart, in a float32 client 103; then
 * gᵢ = 0 says nothing and no rule can. That p_c rounds to 1 and so a client's g_c to 0, logits 37 apart or in float32
 * 17, does no harm: 0 is still less than every pᵢ.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import {
  extractLabel, LABEL_RULES, lastLayer, type LabelRule, type LastLayerGradient,
} from '../../src/attack/extract-label.ts';
import { softmax } from '../../src/nn/softmax-cross-entropy.ts';
import type { Random } from '../../src/tensor/random.ts';
import { dot } from '../../src/tensor/vector.ts';
import { gradientMatchingFixtures } from '../check/fixtures.ts';
import { between, forAll, normals, oneOf } from '../check/property.ts';
import { fit, lastInput, probabilitiesOf, randomImage, randomNetwork, type NetworkChoices } from './networks.ts';

const sum = (x: Float64Array): number => x.reduce((total, v) => total + v, 0);
const labelBy = (gradient: LastLayerGradient, rule?: LabelRule): number => extractLabel(gradient, rule).label;

/** One client: what it shares of its last layer, its label, and what decides which rule holds. */
interface Client {
  readonly gradient: LastLayerGradient;
  readonly label: number;
  readonly p: Float64Array;
  readonly a: Float64Array;
}

function randomClient(random: Random, choices: NetworkChoices = {}): Client {
  const network = randomNetwork(random, choices);
  const image = randomImage(random, network.inShape), label = random.below(network.classes);
  fit(network, image, label, oneOf(random, [Infinity, 0.1, 1e-3, 1e-6, 1e-9, 1e-12, 0]));
  return {
    gradient: lastLayer(network.gradient(image, label)),
    label,
    p: probabilitiesOf(network, image),
    a: lastInput(network, image),
  };
}

/** Σ a > 0 by more than the rounding of its sum. */
const hasPositiveSum = (a: Float64Array, rounding: number): boolean => sum(a) > 100 * rounding * sum(a.map(Math.abs));

/** The rules that have to be right. */
function rulesThatHold({ gradient, p, a }: Client, rounding: number): LabelRule[] {
  const holds: Record<LabelRule, boolean> = {
    bias: gradient.b.data.length > 0,
    'inner-product': a.some((v) => v !== 0) && p.length > 2,
    'row-sum': hasPositiveSum(a, rounding),
  };
  return LABEL_RULES.filter((rule) => holds[rule]);
}

function checkRules(client: Client, gradient: LastLayerGradient, rules: readonly LabelRule[]): void {
  const { label, p } = client;
  for (const rule of rules) {
    const found = extractLabel(gradient, rule);
    assert.equal(found, { label, rule }, `${rule}: got ${found.label}, expected ${label}; p_c = ${p[label]}`);
  }
}

test('every rule is right wherever its condition holds, untrained to fitted', () => {
  const tried = { bias: 0, 'inner-product': 0, 'row-sum': 0, fitted: 0, certain: 0, underflow: 0 };
  forAll('label', 300, (random) => {
    const client = randomClient(random), { gradient, label, p } = client;
    if (Math.min(...p) < 1e-300) return void tried.underflow++;
    const rules = rulesThatHold(client, 2 ** -53);
    checkRules(client, gradient, rules);
    for (const rule of rules) tried[rule]++;
    if (p[label] > 0.999) tried.fitted++;
    if (p[label] === 1) tried.certain++;
  });
  const counts = JSON.stringify(tried);
  assert.ok(tried.bias > 100 && tried['inner-product'] > 250 && tried['row-sum'] > 200, counts);
  assert.ok(tried.fitted > 150 && tried.certain > 5 && tried.underflow < 15, counts);
});

/** What the client shares if it computes in float32 and rounds p before it takes off t, as PyTorch does. */
function inFloat32({ gradient, label, p, a }: Client): LastLayerGradient {
  const g = p.map(Math.fround);
  g[label] -= 1;
  const { W, b } = gradientOf(g, a.map(Math.fround), gradient.b.data.length > 0);
  return { W: { ...W, data: W.data.map(Math.fround) }, b };
}

test('and for a client that computes in float32', () => {
  let certain = 0;
  forAll('float32', 150, (random) => {
    const client = randomClient(random), { label, p, a } = client;
    if (Math.min(...p) * Math.max(...a.map(Math.abs)) < 1e-35) return;
    checkRules(client, inFloat32(client), rulesThatHold(client, 2 ** -24));
    if (Math.fround(p[label]) === 1) certain++;
  });
  assert.ok(certain > 30, `got ${certain} cases with g_c = 0, expected more than 30`);
});

for (const { file, batch, gradient, labels } of gradientMatchingFixtures()) {
  if (batch > 1) continue;
  test(`${file}: the label of PyTorch's gradient, by every rule`, () => {
    const last = lastLayer(gradient);
    for (const rule of LABEL_RULES) {
      if (rule === 'row-sum' && file.includes('tanh')) continue;
      assert.is(labelBy(last, rule), labels[0], rule);
    }
  });
}

test('row sums: always right for sigmoid, for tanh about every other time', () => {
  let right = 0;
  forAll('sigmoid', 100, (random) => {
    const { gradient, label, p } = randomClient(random, { activation: 'sigmoid' });
    if (Math.min(...p) > 1e-300) assert.is(labelBy(gradient, 'row-sum'), label);
  });
  forAll('tanh', 200, (random) => {
    const choices = { activation: 'tanh', bias: false, classes: between(random, 3, 20) } as const;
    const { gradient, label, p, a } = randomClient(random, choices);
    if (Math.min(...p) < 1e-300) return;
    assert.is(labelBy(gradient, 'inner-product'), label, 'inner-product is right all the same');
    const isRight = labelBy(gradient, 'row-sum') === label;
    assert.is(isRight, sum(a) > 0, `Σ a = ${sum(a)}`);
    if (isRight) right++;
  });
  assert.ok(right > 0.3 * 200 && right < 0.7 * 200, `tanh: got ${right} of 200, expected 60 to 140`);
});

/** g aᵀ and g, as Eq. (3) has them. */
function gradientOf(g: ArrayLike<number>, a: ArrayLike<number>, bias = true): LastLayerGradient {
  const W = Float64Array.from({ length: g.length * a.length }, (_, n) => g[Math.floor(n / a.length)] * a[n % a.length]);
  const b = bias ? Float64Array.from(g) : new Float64Array(0);
  return { W: { shape: [g.length, a.length], data: W }, b: { shape: [b.length], data: b } };
}

/** Eq. (4) to the letter: every i with ⟨∂ℓ/∂W_i, ∂ℓ/∂W_j⟩ ≤ 0 for all j ≠ i. */
function literalLabels({ W: { shape: [classes, features], data } }: LastLayerGradient): number[] {
  const row = (i: number): Float64Array => data.subarray(i * features, (i + 1) * features);
  const all = Array.from({ length: classes }, (_, i) => i);
  return all.filter((i) => all.every((j) => j === i || dot(row(i), row(j)) <= 0));
}

/** g = softmax(y) − e_c for logits of any spread, and some a. */
function randomGradient(random: Random, classes: number): { gradient: LastLayerGradient; label: number } {
  const y = normals(random, classes), label = random.below(classes), spread = 10 ** random.uniform(-1, 2);
  const g = y.map((v) => v * spread);
  if (random.uniform() < 0.5) g[label] += random.uniform(0, 80);
  softmax(g, g);
  g[label] -= 1;
  return { gradient: gradientOf(g, normals(random, between(random, 1, 12)), false), label };
}

test('inner-product is Eq. (4) to the letter, all pairs, from untrained to certain', () => {
  let certain = 0;
  forAll('all pairs', 1000, (random) => {
    const { gradient, label } = randomGradient(random, between(random, 3, 12));
    const literal = literalLabels(gradient);
    if (literal.length !== 1) return; // a product underflowed
    assert.equal([labelBy(gradient, 'inner-product')], literal);
    assert.equal(literal, [label]);
    const features = gradient.W.shape[1];
    if (gradient.W.data.subarray(label * features, (label + 1) * features).every((v) => v === 0)) certain++;
  });
  assert.ok(certain > 100, `got ${certain} cases with g_c = 0, expected more than 100`);
});

test('by hand: g = (0.2, −0.7, 0.5)', () => {
  for (const a of [[1, 2], [-1, 3], [-3, 1]]) {
    const gradient = gradientOf([0.2, -0.7, 0.5], a);
    assert.equal(extractLabel(gradient), { label: 1, rule: 'bias' });
    assert.equal(extractLabel(gradient, 'inner-product'), { label: 1, rule: 'inner-product' });
    // Σ a < 0 turns the order round: then the rule names the likeliest of the others
    assert.equal(extractLabel(gradient, 'row-sum'), { label: a[0] === -3 ? 2 : 1, rule: 'row-sum' });
  }
});

test('p_c rounds to 1 and g_c to 0: every rule still finds it, wherever it stands', () => {
  for (const g of [[0, 1e-20, 3e-20], [1e-17, 0, 1e-30], [1e-17, 2e-40, 0], [1e-220, 0, 3e-215], [1e-290, 0, 1e-300]]) {
    const gradient = gradientOf(g, [1, 2, 3]);
    for (const rule of LABEL_RULES) assert.is(labelBy(gradient, rule), g.indexOf(0), `${rule}: g = ${g}`);
  }
});

test('p_c rounds to 1 − ε: the label’s row need not be the longest', () => {
  const g = [-(2 ** -53), 1.3e-16, 1e-18];
  for (const rule of LABEL_RULES) assert.is(labelBy(gradientOf(g, [1, 2, 3]), rule), 0, rule);
});

test('two classes: without a bias the row sums stand in for Eq. (4), which holds for both', () => {
  for (const [g, label] of [[[-0.4, 0.4], 0], [[0.1, -0.1], 1]] as const) {
    const gradient = gradientOf(g, [0.5, 2], false);
    assert.equal(literalLabels(gradient), [0, 1]);
    assert.equal(extractLabel(gradient), { label, rule: 'row-sum' });
    assert.equal(extractLabel(gradientOf(g, [0.5, 2])), { label, rule: 'bias' });
    const refusal = /^label rule inner-product: expected 3 classes or more, got 2$/;
    assert.throws(() => extractLabel(gradient, 'inner-product'), refusal);
  }
});

test('a = 0, all units of a relu layer dead: the bias still tells, nothing else does', () => {
  for (let c = 0; c < 3; c++) {
    const g = Float64Array.of(0.3, 0.3, 0.3);
    g[c] -= 0.9;
    const gradient = gradientOf(g, [0, 0]);
    assert.is(labelBy(gradient), c);
    // the first, for want of any sign
    for (const rule of ['inner-product', 'row-sum'] as const) assert.is(labelBy(gradient, rule), 0, rule);
  }
});

test('the rule chosen where none is asked for', () => {
  const rules = [[2, true], [2, false], [3, true], [3, false], [50, false]].map(([classes, bias]) => {
    const g = new Float64Array(Number(classes)).fill(1 / Number(classes));
    g[1] -= 1;
    return extractLabel(gradientOf(g, [1, 1], Boolean(bias)));
  });
  assert.equal(rules.map(({ rule }) => rule), ['bias', 'row-sum', 'bias', 'inner-product', 'inner-product']);
  assert.ok(rules.every(({ label }) => label === 1));
});

test('what is refused', () => {
  const gradient = gradientOf([0.2, -0.7, 0.5], [1, 2], false);
  const by = (rule: string) => () => extractLabel(gradient, rule as LabelRule);
  assert.throws(by('bias'), /^label rule bias: expected a last layer with a bias, got one without$/);
  assert.throws(by('guess'), /^label rule: expected bias, inner-product, row-sum, got guess$/);
  for (const bad of [NaN, Infinity, -Infinity]) {
    const refusal = new RegExp(`^last layer gradient: expected finite numbers, got ${bad} at entry 2$`);
    for (const part of ['W', 'b'] as const) {
      const spoilt = gradientOf([0.2, -0.7, 0.5], [1, 2]);
      spoilt[part].data[2] = bad;
      for (const rule of LABEL_RULES) assert.throws(() => extractLabel(spoilt, rule), refusal);
    }
  }
});

test.run();
