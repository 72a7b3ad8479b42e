/** @file Prints, as JSON, what an iteration of each optimiser allocates, in 1,000 variables: a buffer of them is 8,000 bytes. */
import { Adam } from '../../src/beyond/training/adam.ts';
import { GradientDescent } from '../../src/optim/gradient-descent.ts';
import { Lbfgs, LINE_SEARCHES } from '../../src/optim/lbfgs.ts';
import type { Objective, Optimizer } from '../../src/optim/optimizer.ts';
import { Sgd } from '../../src/beyond/training/sgd.ts';
import { quadratic } from './functions.ts';
import { allocationOf, type Allocation } from './heap.ts';

const N = 1000;
const c = new Float64Array(N).fill(1), bowl = quadratic(c, c);

const valley: Objective = (x, gradient) => {
  let f = 0;
  for (let i = 0; i < x.length; i++) {
    f += Math.cosh(x[i] - i % 3) * (1 + i / 100);
    gradient[i] = Math.sinh(x[i] - i % 3) * (1 + i / 100);
  }
  return f;
};

const optimizers: Record<string, Optimizer> = {
  'gradient descent': new GradientDescent(bowl, new Float64Array(N), { learningRate: 1e-3 }),
  'SGD': new Sgd(bowl, new Float64Array(N), { learningRate: 1e-3, momentum: 0.9 }),
  'Adam': new Adam(bowl, new Float64Array(N)),
};
for (const lineSearch of LINE_SEARCHES) {
  const options = { lineSearch, learningRate: lineSearch === 'none' ? 0.05 : 1, history: 5, maxIterations: 2 };
  const endless = { ...options, toleranceGradient: 0, toleranceChange: -1 };
  optimizers[`L-BFGS, line search ${lineSearch}`] = new Lbfgs(valley, new Float64Array(N).fill(0.5), endless);
}

const allocations: Record<string, Allocation> = {};
for (const [name, optimizer] of Object.entries(optimizers)) {
  allocations[name] = allocationOf(() => {
    optimizer.evaluate();
    optimizer.advance();
  }, 500);
}
console.log(JSON.stringify(allocations));
