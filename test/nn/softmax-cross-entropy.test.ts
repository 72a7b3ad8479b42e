/** @file The loss: Eq. (1) and (2) by hand and for any logits, and what R makes of them. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import {
  logitGradient, oneHot, softmax, softmaxBackward, SoftmaxCrossEntropy,
} from '../../src/nn/softmax-cross-entropy.ts';
import type { Random } from '../../src/tensor/random.ts';
import { zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { dot } from '../../src/tensor/vector.ts';
import { checkAdjoint } from '../check/adjoint.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll, join, normals } from '../check/property.ts';
import { checkJacobian, checkSlope } from '../check/slope.ts';

const sum = (x: Float64Array): number => x.reduce((total, value) => total + value, 0);

function softmaxOf(y: Float64Array): Float64Array {
  const p = new Float64Array(y.length);
  softmax(y, p);
  return p;
}

/** A hard label or a soft one. */
function randomLabel(random: Random, classes: number): Float64Array {
  return random.below(2) === 0 ? oneHot(random.below(classes), classes) : softmaxOf(normals(random, classes));
}

/** ℓ and ∂ℓ/∂y at logits y of one sample or, if there are fewer classes than logits, of a batch; R of both along rY. */
function passes(y: Float64Array, t: Float64Array, rY: Float64Array, classes = y.length) {
  const shape = [y.length / classes, classes], tensor = (data: Float64Array): Tensor => ({ shape, data });
  const loss = new SoftmaxCrossEntropy(shape), value = loss.forward(tensor(y), tensor(t));
  return { value, gradY: loss.backward().data, rGradY: loss.rBackward(tensor(rY)).data, rGradT: loss.rGradT.data };
}

test('softmax: logits 0, log 2, log 3 are probabilities 1/6, 1/3, 1/2', () => {
  const y = Float64Array.of(0, Math.log(2), Math.log(3)), p = new Float64Array(3);
  expectWithin('log Σ e^y', softmax(y, p), Math.log(6), 1, 1e-15);
  checkClose('p', p, [1 / 6, 1 / 3, 1 / 2], 1e-15);
});

test('loss: Eq. (1), (2) and R at those logits, hard label 1', () => {
  const y = Float64Array.of(0, Math.log(2), Math.log(3)), rY = Float64Array.of(6, 0, 0); // ⟨p, R{y}⟩ = 1
  const { value, gradY, rGradY, rGradT } = passes(y, oneHot(1, 3), rY);
  expectWithin('ℓ', value, Math.log(3), 1, 1e-15);
  checkClose('∂ℓ/∂y', gradY, [1 / 6, -2 / 3, 1 / 2], 1e-15);
  checkClose('R{∂ℓ/∂y}', rGradY, [5 / 6, -1 / 3, -1 / 2], 1e-15);
  checkClose('R{∂ℓ/∂t}', rGradT, [-5, 1, 1], 1e-15);
});

test('loss: of a batch the mean over its samples, and so are its derivatives', () => {
  forAll('batch', 30, (random) => {
    const batch = between(random, 1, 5), classes = between(random, 2, 7), n = batch * classes;
    const y = normals(random, n), rY = normals(random, n);
    const t = join(...Array.from({ length: batch }, () => randomLabel(random, classes)));
    const all = passes(y, t, rY, classes);
    const of = (v: Float64Array, k: number) => v.subarray(k * classes, (k + 1) * classes);
    const each = Array.from({ length: batch }, (_, k) => passes(of(y, k), of(t, k), of(rY, k)));
    expectWithin('ℓ', all.value, each.reduce((total, { value }) => total + value / batch, 0), 1, 1e-14);
    for (const key of ['gradY', 'rGradY', 'rGradT'] as const) {
      checkClose(key, all[key], join(...each.map((one) => one[key].map((value) => value / batch))), 1e-15);
    }
  });
});

test('loss: a soft label is the mean of hard ones', () => {
  forAll('soft', 50, (random) => {
    const n = between(random, 2, 12), still = new Float64Array(n);
    const y = normals(random, n), t = softmaxOf(normals(random, n));
    const hard = t.map((_, c) => passes(y, oneHot(c, n), still).value);
    expectWithin('ℓ', passes(y, t, still).value, dot(t, hard), 1, 1e-14);
  });
});

test('loss: Eq. (2)’s signs for any logits', () => {
  forAll('signs', 300, (random, i) => {
    const n = between(random, 2, 20), c = random.below(n), size = [1, 10, 1000][i % 3];
    const g = passes(normals(random, n).map((z) => size * z), oneHot(c, n), new Float64Array(n)).gradY;
    // Strictly, where differences of logits do not drown in rounding.
    const least = size === 1 ? Number.MIN_VALUE : 0;
    g.forEach((value, j) => assert.ok(j === c ? value <= -least : value >= least, `g[${j}] = ${value}, label ${c}`));
    expectWithin('Σ g', sum(g), 0, 1, 1e-15 * n);
  });
});

test('softmax: a shift of all logits changes nothing but log Σ e^y', () => {
  forAll('shift', 100, (random) => {
    const y = normals(random, between(random, 1, 20)), shift = 1000 * random.normal();
    const p = y.slice(), q = y.slice();
    expectWithin('log Σ e^y', softmax(y.map((value) => value + shift), q), softmax(y, p) + shift, 1, 1e-12);
    checkClose('p', q, p, 1e-12);
    expectWithin('Σ p', sum(p), 1, 1, 1e-15 * y.length);
  });
});

test('loss: nothing overflows at logits of ±10⁴', () => {
  const y = Float64Array.of(1e4, 0, -1e4), rY = Float64Array.of(1, 2, 3);
  checkClose('p', softmaxOf(y), [1, 0, 0], 0);
  for (const [c, expected] of [[0, 0], [1, 1e4], [2, 2e4]]) {
    const { value, gradY, rGradY, rGradT } = passes(y, oneHot(c, 3), rY);
    assert.is(value, expected);
    checkClose('∂ℓ/∂y', gradY, [1 - Number(c === 0), -Number(c === 1), -Number(c === 2)], 0);
    checkClose('R{∂ℓ/∂y}', rGradY, [0, 0, 0], 0);
    checkClose('R{∂ℓ/∂t}', rGradT, [0, -1, -2], 0);
  }
  checkClose('all small', softmaxOf(Float64Array.of(-1e4, -1e4)), [1 / 2, 1 / 2], 0);
});

test('loss: a class that is impossible and not the label costs nothing', () => {
  const { value } = passes(Float64Array.of(0, -Infinity, 0), oneHot(2, 3), new Float64Array(3));
  expectWithin('ℓ', value, Math.log(2), 1, 1e-15);
});

test('loss: slopes of ℓ, of ∂ℓ/∂y and of ∂ℓ/∂t = −log p', () => {
  forAll('slopes', 60, (random) => {
    const n = between(random, 2, 12), y = normals(random, n), rY = normals(random, n), t = randomLabel(random, n);
    const { gradY, rGradY, rGradT } = passes(y, t, rY);
    checkSlope('∂ℓ/∂y', (y) => passes(y, t, rY).value, y, gradY, random);
    checkJacobian('R{∂ℓ/∂y}', (y) => passes(y, t, rY).gradY, y, rY, rGradY);
    checkJacobian('R{∂ℓ/∂t}', (y) => softmaxOf(y).map((p) => -Math.log(p)), y, rY, rGradT);
  });
});

test('loss: the Hessian in y is symmetric, and R{∂ℓ/∂t} the adjoint of ∂ℓ/∂y’s dependence on t', () => {
  forAll('adjoint', 60, (random) => {
    const n = between(random, 2, 12), y = normals(random, n), t = randomLabel(random, n);
    const hessian = (u: Float64Array) => passes(y, t, u).rGradY;
    checkAdjoint('Hessian', hessian, hessian, n, n, random);
    // For t of any sum, ∂ℓ/∂y = p Σt − t: linear in t. By the loss, which takes Σt = 1, it is Σt times that of t / Σt.
    const byLabel = (v: Float64Array) => {
      const { gradY } = passes(y, v.map((value) => value / sum(v)), y);
      return gradY.map((g) => g * sum(v));
    };
    checkAdjoint('R{∂ℓ/∂t}', (u) => passes(y, t, u).rGradT, byLabel, n, n, random);
  });
});

test('softmaxBackward: the slope of g(softmax(u)), and its own adjoint', () => {
  forAll('softmaxBackward', 60, (random) => {
    const n = between(random, 2, 12), u = normals(random, n), a = normals(random, n), t = softmaxOf(u);
    const gradT = t.map((value, i) => a[i] + Math.cos(value)), gradU = new Float64Array(n);
    softmaxBackward(t, gradT, gradU);
    const g = (u: Float64Array) => dot(a, softmaxOf(u)) + sum(softmaxOf(u).map(Math.sin));
    checkSlope('∂g/∂u', g, u, gradU, random);

    const backward = (v: Float64Array) => {
      const out = new Float64Array(n);
      softmaxBackward(t, v, out);
      return out;
    };
    checkAdjoint('Jacobian', backward, backward, n, n, random);
    softmaxBackward(t, gradT, gradT); // in place
    checkClose('in place', gradT, gradU, 0);
  });
});

test('oneHot: 1 at the class; refuses what is no class', () => {
  assert.equal([...oneHot(1, 3)], [0, 1, 0]);
  for (const c of [-1, 3, 0.5, NaN]) {
    checkRangeError(() => oneHot(c, 3), new RegExp(`^label: expected 0 to 2, got ${c}$`));
  }
});

test('loss: refuses other shapes', () => {
  const loss = new SoftmaxCrossEntropy([2, 3]);
  checkRangeError(() => loss.forward(zeros([3, 2]), zeros([2, 3])), /^logits y: expected shape \[2,3\], got \[3,2\]/);
  checkRangeError(() => loss.forward(zeros([2, 3]), zeros([3])), /^label t: expected shape \[2,3\], got \[3\]/);
  checkRangeError(() => loss.rBackward(zeros([6])), /^logits rY: expected shape \[2,3\], got \[6\]/);
});

test('a certain prediction, p_c = 1 in float64, keeps g_c and R{g_c}: −Σ of the others, to the last digits', () => {
  const { gradY, rGradY } = passes(Float64Array.of(50, 1, 0), oneHot(0, 3), Float64Array.of(0.3, -2, 5));
  for (const [name, v] of [['g', gradY], ['R{g}', rGradY]] as const) {
    assert.ok(v[1] !== 0 && Math.abs(v[1]) < 1e-20, `${name}₁ = ${v[1]}`);
    checkClose(`${name}_c`, [v[0]], [-(v[1] + v[2])], 1e-15);
  }
});

test('logitGradient: p − t for any t, and exact where t is hard and p_c near 1', () => {
  const g = new Float64Array(3), p = Float64Array.of(0.2, 0.3, 0.5);
  logitGradient(p, Float64Array.of(0.5, 0.5, 0), g);
  checkClose('soft', g, [-0.3, -0.2, 0.5], 1e-15);
  logitGradient(Float64Array.of(1, 2e-30, 1e-30), oneHot(0, 3), g);
  checkClose('hard', g, [-3e-30, 2e-30, 1e-30], 1e-15);
});

test('softmaxBackward at a certain t keeps the likeliest class: Σ ∂/∂u = 0 to the last digits', () => {
  const t = softmaxOf(Float64Array.of(50, 1, 0)), gradU = new Float64Array(3);
  softmaxBackward(t, Float64Array.of(0.3, -2, 5), gradU);
  assert.ok(gradU[1] !== 0, `∂/∂u₁ = ${gradU[1]}`);
  checkClose('∂/∂u_c', [gradU[0]], [-(gradU[1] + gradU[2])], 1e-15);
});

test.run();
