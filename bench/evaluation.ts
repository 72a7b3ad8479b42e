/**
 * @file What one evaluation of L_G and ∂L_G/∂x′ costs, in milliseconds, plain 12×300×64 products, and bytes.
 *
 * Times on a shared machine mean little; the ratio to a plain product timed in the same round means more, though that
 * product's own time depends on where its numbers happen to lie in memory. Medians.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { GradientMatching, lenet, Random, zeros } from '../src/index.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const NETWORKS = {
  MNIST: { channels: 1, height: 28, width: 28, classes: 10 },
  'CIFAR-100': { channels: 3, height: 32, width: 32, classes: 100 },
  LFW: { channels: 3, height: 32, width: 32, classes: 5749 },
};
const ROUNDS = 9;

/** The yardstick: three plain loops, C[m,n] += A[m,k] B[k,n]. */
function plainProduct(m: number, k: number, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let q = 0; q < k; q++) sum += A[i * k + q] * B[q * n + j];
      C[i * n + j] += sum;
    }
}

/** Milliseconds a call, over at least `least` of them. */
function time(call: () => void, least = 100): number {
  const start = performance.now();
  let calls = 0;
  do {
    call();
    calls++;
  } while (performance.now() - start < least);
  return (performance.now() - start) / calls;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Bytes that a call leaves on the heap before anything is collected. */
function allocation(call: () => void, calls: number): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < calls; n++) call();
  return (process.memoryUsage().heapUsed - before) / calls;
}

const random = new Random(0);
const [A, B, C] = [12 * 300, 300 * 64, 12 * 64].map((n) => random.fillUniform(new Float64Array(n)));
const plain = (): void => plainProduct(12, 300, 64, A, B, C);

console.log('network    ms/evaluation  ms/plain product  ratio  bytes allocated');
for (const [name, shape] of Object.entries(NETWORKS)) {
  const network = lenet({ ...shape, seed: 0 });
  const truth = zeros(network.inShape);
  random.fillUniform(truth.data);
  const matching = new GradientMatching(network, network.gradient(truth, 0));
  const x = random.fillNormal(new Float64Array(matching.xSize));
  const t = new Float64Array(matching.tSize);
  t[0] = 1;
  const gradX = new Float64Array(matching.xSize);
  const evaluate = (): void => void matching.evaluate(x, t, gradX);
  time(evaluate, 1000);
  time(plain);
  const rounds = Array.from({ length: ROUNDS }, () => ({ evaluation: time(evaluate), product: time(plain) }));
  const milliseconds = median(rounds.map(({ evaluation }) => evaluation));
  const ratio = median(rounds.map(({ evaluation, product }) => evaluation / product));
  const bytes = allocation(evaluate, name === 'LFW' ? 50 : 1000);
  const product = median(rounds.map(({ product }) => product));
  const columns = [
    milliseconds.toFixed(2).padStart(13), product.toFixed(2).padStart(16),
    ratio.toFixed(2).padStart(5), bytes.toFixed(0).padStart(15),
  ];
  console.log([name.padEnd(9), ...columns].join('  '));
}
