/**
 * @file What this implementation costs: an evaluation and the products in it, the fast kernels beside
 * the plain loops, the direction of L-BFGS, memory, growth.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Random } from '../src/exports/tensor.ts';
import { Product } from '../src/kernels/product.ts';
import { History } from '../src/optim/history.ts';
import { dot } from '../src/tensor/vector.ts';
import { CEILING_BLOCKS, ceilingOf } from './ceiling.ts';
import { median, timeInTurn, type Timing } from './timing.ts';
import { NETWORKS, victimOf, type Shape, type Victim } from './victim.ts';

/** Rates are in billions of multiply-adds per second, shares from 0 to 1. */
export interface EvaluationCost {
  readonly network: string;
  readonly milliseconds: Timing;
  /** Multiply-adds by the layers' shapes, and those that the products of the convolutions really do. */
  readonly fromShapes: number;
  readonly inConvolutions: number;
  /** The most that the engine does, timed in the same rounds. */
  readonly ceiling: number;
  /** By the shapes, of a whole evaluation; of the convolutions' products alone. */
  readonly rate: number;
  readonly convolutionRate: number;
  readonly convolutionShareOfCeiling: number;
  readonly shareOutsideConvolutions: number;
  readonly bytesAllocated: number;
  /** Megabytes, the most that a process held that ran one iteration of iDLG. */
  readonly residentMegabytes: number;
}

/** A batch by the fast kernels and by the plain loops. */
export interface KernelComparison {
  readonly network: string;
  readonly batch: number;
  readonly fast: Timing;
  readonly plain: Timing;
}

/** One direction of L-BFGS for x of n numbers. */
interface Direction {
  readonly n: number;
  readonly milliseconds: Timing;
  readonly gigabytesPerSecond: number;
}

export interface EngineReport {
  readonly node: string;
  readonly evaluations: readonly EvaluationCost[];
  readonly kernels: readonly KernelComparison[];
  readonly directions: readonly Direction[];
  readonly dotGigabytesPerSecond: number;
  readonly growth: readonly { readonly what: string; readonly milliseconds: Timing }[];
}

/** The convolutions' products in one evaluation, to be run again, and their multiply-adds. */
function productsOf({ evaluate }: Victim): { readonly run: () => void; readonly multiplyAdds: number } {
  const { add } = Product.prototype, products: (() => void)[] = [];
  let multiplyAdds = 0;
  Product.prototype.add = function (this: Product, ...matrices) {
    products.push(() => add.apply(this, matrices));
    multiplyAdds += (matrices.length > 3 ? 2 : 1) * this.multiplyAdds;
    add.apply(this, matrices);
  };
  evaluate();
  Product.prototype.add = add;
  const run = (): void => {
    for (let i = 0; i < products.length; i++) products[i]();
  };
  return { run, multiplyAdds };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that a call leaves on the heap before anything is collected: the median of five tries. */
function allocation(call: () => void, calls: number): number {
  const tries = Array.from({ length: 5 }, () => {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < calls; n++) call();
    return (process.memoryUsage().heapUsed - before) / calls;
  });
  return median(tries);
}

function resident(network: string): number {
  const file = fileURLToPath(new URL('resident.ts', import.meta.url));
  return Number(execFileSync(process.execPath, [...process.execArgv, file, network], { encoding: 'utf8' }));
}

function evaluationCost(network: keyof typeof NETWORKS, rounds: number): EvaluationCost {
  const victim = victimOf(NETWORKS[network]), { evaluate, fromShapes } = victim;
  evaluate();
  const { run, multiplyAdds: inConvolutions } = productsOf(victim);
  const [milliseconds, products, ...blocks] = timeInTurn([evaluate, run, ...CEILING_BLOCKS], rounds);
  const convolutionRate = inConvolutions / products.min / 1e6, ceiling = ceilingOf(blocks);
  return {
    network, milliseconds, fromShapes, inConvolutions, ceiling,
    rate: fromShapes / milliseconds.min / 1e6,
    convolutionRate,
    convolutionShareOfCeiling: convolutionRate / ceiling,
    shareOutsideConvolutions: 1 - products.min / milliseconds.min,
    bytesAllocated: allocation(evaluate, network === 'lfw' ? 50 : 500),
    residentMegabytes: resident(network),
  };
}

/** In fewer rounds: a plain evaluation of a batch on LFW's network takes seconds. */
function kernelComparisons(rounds: number): KernelComparison[] {
  const names = Object.keys(NETWORKS) as (keyof typeof NETWORKS)[];
  return names.flatMap((network) => [1, 8].map((batch) => {
    const kernels = ['fast', 'plain'] as const;
    const calls = kernels.map((kind) => victimOf(NETWORKS[network], { batch, kernels: kind }).evaluate);
    const [fast, plain] = timeInTurn(calls, Math.min(rounds, 3));
    return { network, batch, fast, plain };
  }));
}

/** H q with 100 pairs, each of whose numbers is read twice. */
function directions(rounds: number): Pick<EngineReport, 'directions' | 'dotGigabytesPerSecond'> {
  const random = new Random(1), normals = (n: number): Float64Array => random.fillNormal(new Float64Array(n));
  const sizes = [784, 3072], [a, b] = [normals(3072), normals(3072)];
  const calls = sizes.map((n) => {
    const history = new History(n, 100), q = normals(n), d = new Float64Array(n), zero = new Float64Array(n);
    for (let pair = 0; pair < 100; pair++) {
      const s = normals(n);
      history.push(1, s, s.map((value) => 2 * value), zero);
    }
    return () => {
      d.set(q);
      history.multiply(d);
    };
  });
  const [dots, ...times] = timeInTurn([() => void dot(a, b), ...calls], rounds);
  return {
    dotGigabytesPerSecond: (2 * 3072 * 8) / dots.min / 1e6,
    directions: times.map((milliseconds, i) => ({
      n: sizes[i], milliseconds, gigabytesPerSecond: (4 * 100 * sizes[i] * 8) / milliseconds.min / 1e6,
    })),
  };
}

function growth(rounds: number): EngineReport['growth'] {
  const of = (shape: Partial<Shape> & { readonly side?: number }): Shape => {
    const { side = 32, classes = 100 } = shape;
    return { channels: 3, height: side, width: side, classes };
  };
  const cases: (readonly [what: string, victim: Victim])[] = [
    ...[16, 28, 32, 48, 64].map((side) => [`side ${side}`, victimOf(of({ side }))] as const),
    ...[10, 100, 1000, 5749].map((classes) => [`classes ${classes}`, victimOf(of({ classes }))] as const),
    ...[1, 2, 4, 8].map((batch) => [`batch ${batch}`, victimOf(of({}), { batch })] as const),
  ];
  const times = timeInTurn(cases.map(([, { evaluate }]) => evaluate), rounds);
  return cases.map(([what], i) => ({ what, milliseconds: times[i] }));
}

export function measureEngine(rounds: number): EngineReport {
  const names = Object.keys(NETWORKS) as (keyof typeof NETWORKS)[];
  const evaluations = names.map((name) => evaluationCost(name, rounds));
  const kernels = kernelComparisons(rounds);
  return { node: process.version, evaluations, kernels, ...directions(rounds), growth: growth(rounds) };
}
