/**
 * @file The notebooks' exercises can be done: the solutions pass every check, the skeletons pass none, and each chapter
 * has three. Tests of the checks: an answer that is nearly right is told from one that is.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { judge } from '../../notebooks/checks/judge.ts';
import type { Matrix } from '../../notebooks/exercises/07-without-an-optimiser.ts';
import * as one from '../../notebooks/solutions/01-what-a-gradient-gives-away.ts';
import * as two from '../../notebooks/solutions/02-lenet-by-hand.ts';
import * as three from '../../notebooks/solutions/03-differentiating-a-gradient.ts';
import * as four from '../../notebooks/solutions/04-lbfgs.ts';
import * as five from '../../notebooks/solutions/05-dlg-and-idlg.ts';
import * as six from '../../notebooks/solutions/06-the-papers-evidence.ts';
import * as seven from '../../notebooks/solutions/07-without-an-optimiser.ts';
import * as eight from '../../notebooks/solutions/08-past-one-image.ts';
import { labelsOf } from '../../src/exports/nn.ts';
import { lastLayer } from '../../src/attack/extract-label.ts';
import { axpy, dot, norm2 } from '../../src/tensor/vector.ts';
import { softmaxOf } from '../attack/networks.ts';

const NOTEBOOKS = new URL('../../notebooks/', import.meta.url);
const chaptersIn = (folder: string): string[] =>
  readdirSync(new URL(folder, NOTEBOOKS)).filter((file) => /^\d\d-.*\.ts$/.test(file));
const chapters = chaptersIn('exercises');
const load = (folder: string, chapter: string) => import(fileURLToPath(new URL(`${folder}/${chapter}`, NOTEBOOKS)));

test('exercises, checks and solutions go together', () => {
  assert.ok(chapters.length > 0);
  assert.equal(chaptersIn('checks'), chapters);
  assert.equal(chaptersIn('solutions'), chapters);
});

for (const chapter of chapters) {
  test(`${chapter}: solutions pass, skeletons wait`, async () => {
    const [{ checks }, solutions, skeletons] = await Promise.all([
      load('checks', chapter), load('solutions', chapter), load('exercises', chapter),
    ]);
    const names = Object.keys(checks);
    assert.is(names.length, 3);
    assert.equal([...judge(checks, solutions)], names.map((name) => ({ name, wrong: undefined })));
    assert.equal([...judge(checks, skeletons)], names.map((name) => ({ name, wrong: 'your turn' })));
  });
}

/** Answers that are nearly right, by chapter and exercise. */
const NEARLY: Readonly<Record<string, Readonly<Record<string, (...args: any[]) => unknown>>>> = {
  '01-what-a-gradient-gives-away.ts': {
    lossGradient: (y, c) => one.lossGradient(y, c).map((v) => 1.001 * v),
    labelOfRows: ({ shape: [classes, features], data }) => {
      const sums = Array.from({ length: classes }, (_, i) =>
        data.subarray(i * features, (i + 1) * features).reduce((sum: number, v: number) => sum + v, 0));
      return sums.indexOf(Math.min(...sums)); // the row sums, which hold for sigmoid alone
    },
    lastInput: (gradient) => one.lastInput(gradient).map((v) => -v),
  },
  '02-lenet-by-hand.ts': {
    softplus: (x) => ({ ...two.softplus(x), f2: 1.001 * two.softplus(x).f2 }),
    convolve: (x, W, stride, padding) => {
      const turned = { shape: W.shape, data: W.data.slice().reverse() }; // a convolution in the strict sense
      return two.convolve(x, turned, stride, padding);
    },
    inputGradient: (gradY, W, stride, padding, inShape) =>
      two.inputGradient(gradY, W, stride, Math.max(0, padding - 1), inShape),
  },
  '03-differentiating-a-gradient.ts': {
    rSoftmax: (y, rY) => three.rSoftmax(y, rY).map((v) => 1.001 * v),
    gaussNewton: (network, image, c, u) => three.gaussNewton(network, image, c, u).map((v) => 1.001 * v),
    imageGradient: (network, shared, q, image, c) =>
      three.imageGradient(network, shared, q.map(() => 1), image, c), // the weights forgotten
  },
  '04-lbfgs.ts': {
    hessianUpdate: (B, s, y) => four.hessianUpdate(B, s, y).map((row) => row.map((entry) => 1.001 * entry)),
    twoLoops: (pairs, q) => four.twoLoops([...pairs].reverse(), q), // the oldest taken for the newest
    lineSearch: () => 1, // the papers' step
  },
  '05-dlg-and-idlg.ts': {
    clampedIdlg: (network, shared, start, eta, N) => five.clampedIdlg(network, shared, start, 1.001 * eta, N),
    labelGradient: (u, rY) => five.labelGradient(u, rY).map((v) => 1.001 * v),
    softLabel: (_network, shared) => { // the hard label, a good guess where t is sharp
      const g = lastLayer(shared).bias!.data, hard = new Float64Array(g.length);
      hard[g.indexOf(Math.min(...g))] = 1;
      return hard;
    },
  },
  '06-the-papers-evidence.ts': {
    wilsonInterval: (k, n, z) => {
      const share = k / n, half = z * Math.sqrt((share * (1 - share)) / n); // the textbooks'
      return { low: Math.max(0, share - half), high: Math.min(1, share + half) };
    },
    holm: (probabilities, alpha) => // Bonferroni's rule
      probabilities.map((p: number) => p <= alpha / probabilities.length),
    mostLost: (m, alpha) => six.mostLost(m, 2 * alpha), // one side forgotten
  },
  '07-without-an-optimiser.ts': {
    ridge: (A, q, lambda) => seven.ridge(A, q, 1.01 * lambda),
    riskIndex: (options) => seven.riskIndex({ ...options, padding: 0 }),
    denseImage: (gradient) => seven.denseImage(gradient).map((v) => 1.001 * v),
  },
  '08-past-one-image.ts': {
    clipFactor: (gradient, layer) => 1.001 * eight.clipFactor(gradient, layer),
    pairUp: (cost) => {
      const left = new Set<number>(cost[0].keys());
      return cost.map((row: number[]) => {
        const nearest = [...left].reduce((best, j) => (row[j] < row[best] ? j : best));
        left.delete(nearest);
        return nearest; // the nearest first
      });
    },
    noiseOf: (gradW) => eight.noiseOf(gradW) * Math.sqrt(gradW.shape[0]), // of a column's sum
  },
};

test('an answer that is nearly right is not right', async () => {
  assert.equal(Object.keys(NEARLY), chapters);
  for (const chapter of chapters) {
    const { checks } = await load('checks', chapter), nearly = NEARLY[chapter];
    assert.equal(Object.keys(nearly), Object.keys(checks));
    for (const { name, wrong } of judge(checks, nearly)) {
      assert.match(wrong ?? 'right', /got .* expected/, `${chapter} ${name}`);
    }
  }
});

/** More that is wrong, and what is said of it. */
const WRONG: readonly [chapter: string, name: string, answer: unknown, told: RegExp][] = [
  [chapters[0], 'lossGradient', (y: Float64Array, c: number) => { // overflows
    const sum = y.reduce((total, v) => total + Math.exp(v), 0);
    return y.map((v, i) => Math.exp(v) / sum - (i === c ? 1 : 0));
  }, /in the thousands.*got NaN/],
  [chapters[0], 'lossGradient', (y: Float64Array, c: number) =>
    (y.some((v) => v > 100) ? y.map(() => 0) : one.lossGradient(y, c)), /in the thousands.*got 0, expected -?1,/],
  [chapters[0], 'lossGradient', undefined, /^the file exports no function lossGradient$/],
  [chapters[1], 'convolve', (...[x, W, stride, padding]: Parameters<typeof two.convolve>) =>
    ({ ...two.convolve(x, W, stride, padding), shape: x.shape }), /y: got shape \[/],
  [chapters[1], 'inputGradient', (...args: Parameters<typeof two.inputGradient>) =>
    ({ ...two.inputGradient(...args), shape: args[0].shape }), /∂ℓ\/∂x: got shape \[/],
  [chapters[0], 'labelOfRows', ({ shape: [classes, features], data }: Parameters<typeof one.labelOfRows>[0]) => {
    const rows = Array.from({ length: classes }, (_, i) => data.subarray(i * features, (i + 1) * features));
    return rows.findIndex((row, i) => rows.every((other, j) => j === i || dot(row, other) <= 0)); // a zero row, too
  }, /^rows that are 0 or tiny, .*for gradW = \[.*label: got \d+, expected \d+$/],
  [chapters[0], 'labelOfRows', ({ shape: [classes, features], data }: Parameters<typeof one.labelOfRows>[0]) => {
    const sizes = Array.from({ length: classes }, (_, i) => norm2(data.subarray(i * features, (i + 1) * features)));
    // two rows may be of one length
    return sizes.indexOf(Math.max(...sizes));
  }, /^rows that are 0 or tiny, .*label: got \d+, expected \d+$/],
  [chapters[1], 'softplus', (x: number) => { // overflows
    const e = Math.exp(x), f1 = e / (1 + e);
    return { f: Math.log(1 + e), f1, f2: f1 * (1 - f1) };
  }, /^for x = 1000: f: got \[Infinity\], expected \[1000\]/],
  [chapters[2], 'gaussNewton', (...args: Parameters<typeof three.gaussNewton>) => {
    const product = three.gaussNewton(...args);
    args[0].theta.data[0] += 1e-9; // left where a difference was taken
    return product;
  }, /θ afterwards/],
  [chapters[2], 'gaussNewton', (...[network, image, c, u]: Parameters<typeof three.gaussNewton>) => {
    const h = 1e-4 / norm2(u), [above, below] = [h, -h].map((r) => {
      const data = image.data.map((pixel, i) => pixel + r * u[i]);
      return network.gradient({ shape: image.shape, data }, c).data;
    });
    const Ju = network.theta.like(above.map((v, i) => (v - below[i]) / (2 * h))); // a difference
    network.forward({ shape: [1, ...image.shape], data: image.data }, labelsOf([c], network.classes));
    network.backward(network.theta.like());
    return network.rBackward(network.rForward(Ju), Ju).data.slice();
  }, /Jᵀ J u: adjoint: got /],
  [chapters[3], 'hessianUpdate', (B: Float64Array[]) => B, /for B = \[.*, s = \[.*, y = \[.*: got \[.*, expected \[/],
  [chapters[3], 'lineSearch', (phi: Parameters<typeof four.lineSearch>[0]) => { // steps from 1 to 2 and back
    const [f0, slope0] = phi(0);
    for (let t = 1; ;) {
      const [f, slope] = phi(t);
      if (f > f0 + 1e-4 * t * slope0 || slope > -0.9 * slope0) t /= 2;
      else if (slope < 0.9 * slope0) t *= 2;
      else return t;
    }
  }, /does your loop end\?$/],
  [chapters[3], 'lineSearch', (phi: Parameters<typeof four.lineSearch>[0]) => // any fall is enough: c₁ forgotten
    four.lineSearch((t) => [phi(t)[0] + 1e-4 * t * phi(0)[1], phi(t)[1]]), /^tail, .*: got φ = .*, expected at most/],
  [chapters[4], 'clampedIdlg', (...args: Parameters<typeof five.clampedIdlg>) => {
    const { label, image } = five.clampedIdlg(...args);
    return { label, image: { data: image.data, shape: [image.data.length] } };
  }, /x′: got shape \[/],
  [chapters[4], 'clampedIdlg', (...args: Parameters<typeof five.clampedIdlg>) => {
    const { label, image } = five.clampedIdlg(...args);
    args[2].data.set(image.data); // the start is moved itself
    return { label, image };
  }, /eta = .*start afterwards\[\d+\]: got .* expected/],
  [chapters[4], 'labelGradient', (u: Float64Array, rY: Float64Array) => // ∂L_G/∂t, not ∂L_G/∂u
    rY.map((v) => dot(softmaxOf(u), rY) - v), /u = \[.*R\{y\} = \[.*got .* expected/],
  [chapters[5], 'holm', (probabilities: number[], alpha: number) => // goes on after the first that is too large
    probabilities.map((p) => p <= alpha / probabilities.filter((other) => other >= p).length),
  /alpha = .*: got \[.*\], expected \[/],
  [chapters[5], 'mostLost', (m: number, alpha: number) => Math.max(0, six.mostLost(m, alpha)),
    /m = \d+, alpha = .*: got 0, expected -1$/],
  [chapters[6], 'ridge', ({ n, times, transposeTimes }: Matrix, q: Float64Array, lambda: number) => { // steps on from 0
    const x = new Float64Array(n), r = q.slice();
    let s = transposeTimes(r), d = s, square = dot(s, s);
    for (let k = 0; k < 1000; k++) {
      const Ad = times(d), eta = square / (dot(Ad, Ad) + lambda * dot(d, d)), before = square, last = d;
      axpy(eta, d, x);
      axpy(-eta, Ad, r);
      s = transposeTimes(r);
      axpy(-lambda, x, s);
      square = dot(s, s);
      d = s.map((v, i) => v + (square / before) * last[i]);
    }
    return x;
  }, /lambda = .*got NaN/],
  [chapters[6], 'ridge', (A: Matrix, q: Float64Array) => seven.ridge(A, q, 1e-9), /A = \[.*got .* expected/],
  [chapters[6], 'riskIndex', (options: Parameters<typeof seven.riskIndex>[0]) => {
    const { inShape: [, channels, height, width], out, kernel, stride, padding } = options; // no defaults
    const along = (side: number): number => Math.floor((side + 2 * padding! - kernel) / stride!) + 1;
    return out * along(height) * along(width) + out * channels * kernel ** 2 - channels * height * width;
  }, /m − n: got NaN/],
  [chapters[7], 'clipFactor', ({ bias }: Parameters<typeof eight.clipFactor>[0]) => // ‖g‖ = 1 assumed
    norm2(bias!.data), /∂b = \[.*factor: got .* expected/],
  [chapters[7], 'pairUp', (cost: number[][]) => // two reconstructions may share an image
    cost.map((row) => row.indexOf(Math.min(...row))), /cost = \[\[.*got \[.*\], expected \d different numbers/],
  [chapters[7], 'noiseOf', (gradW: Parameters<typeof eight.noiseOf>[0]) =>
    eight.noiseOf(gradW) * Math.sqrt(gradW.shape[0] / (gradW.shape[0] - 1)), /mean of 30 networks: got 1\.0/], // K − 1
];

test('what is wrong is told', async () => {
  for (const [chapter, name, answer, told] of WRONG) {
    const { checks } = await load('checks', chapter);
    const [verdict] = judge<Record<string, unknown>>({ [name]: checks[name] }, { [name]: answer });
    assert.match(verdict.wrong ?? 'right', told, `${chapter} ${name}`);
  }
});

const EXERCISE = fileURLToPath(new URL('tools/exercise.ts', NOTEBOOKS));
const exercise = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', EXERCISE, ...args], { encoding: 'utf8' });

test('npm run exercise: a verdict on each, or a mistake in one line', () => {
  for (const chapter of ['01', '1']) {
    const { status, stdout } = exercise(chapter), file = 'notebooks/exercises/01-what-a-gradient-gives-away.ts';
    assert.equal([status, stdout.split('\n')], [1, [
      `The answers in ${file}:`,
      ...['1. lossGradient', '2. labelOfRows', '3. lastInput'].map((name) => `${name}: your turn: write it in ${file}`),
      '',
    ]]);
  }
  for (const chapter of ['99', '0']) {
    const { status, stdout, stderr } = exercise(chapter);
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, /^exercise: expected the number of a chapter, 01, 02[^\n]*, got "(99|0)"\n$/);
  }
});

/** Runs the command with a folder of answers, whose first chapter is `text`. */
function answer(text: string, ...more: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'idlg-answers-'));
  try {
    writeFileSync(join(folder, chapters[0]), text);
    return exercise('1', '--answers', folder, ...more);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('npm run exercise: an answer that does not end is ended by the limit', () => {
  const { status, stdout } = answer('export const lossGradient = () => { for (;;); };\n', '--limit', '1');
  assert.is(status, 1);
  // On a busy machine a second may be over before the answer is begun.
  const verdict = stdout.replace(/^The answers in .*:\n(1\. lossGradient: )?/, '');
  assert.is(verdict, 'got no verdict within 1 s: does a loop not end?\n');
});

test('npm run exercise: an answer that ends its process is named', () => {
  const { status, stdout } = answer("export const lossGradient = () => process.kill(process.pid, 'SIGKILL');\n");
  assert.is(status, 1);
  assert.match(stdout, /^The answers in .*01-what-a-gradient-gives-away\.ts:\n1\. lossGradient: got SIGKILL\n$/);
});

test('npm run exercise --answers: an exercise that is not touched, with a yourTurn of that folder', () => {
  const { stdout } = answer(`function yourTurn() { throw new Error('your turn'); }
export const lossGradient = yourTurn, labelOfRows = () => undefined;
export { yourTurn as lastInput };
`);
  const [, first, second, third] = stdout.split('\n');
  assert.match(first, /^1\. lossGradient: your turn: write it in .*01-what-a-gradient-gives-away\.ts$/);
  assert.match(second, /^2\. labelOfRows: .*got undefined, expected \d+$/);
  assert.match(third, /^3\. lastInput: your turn: write it in /);
});

test('npm run exercise: a file that is no program', () => {
  for (const text of ['const a = 1;\nexport const = a;\n', 'const a = 1;\na.b.c;\n']) {
    const { status, stdout, stderr } = answer(text);
    assert.is(status, 2);
    assert.match(stdout, /^The answers in .*:\n$/);
    assert.match(stderr, /^exercise: [^\n]*01-what-a-gradient-gives-away\.ts:2[^\n]*\n$/);
  }
});

test.run();
