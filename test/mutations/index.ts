/**
 * @file Tests of the tests: the sources with one thing wrong at a time, which some test must notice. docs/testing.md
 * describes them.
 *
 *   npm run mutations                        all rows of the tables
 *   npm run mutations -- src/nn optim/lbfgs  those of the files with one of the texts in their names
 */
import { ATTACK } from './attack.ts';
import { BEYOND } from './beyond.ts';
import { DATA } from './data.ts';
import { tryMutations } from './engine.ts';
import { EXPERIMENTS } from './experiments.ts';
import { KERNELS } from './kernels.ts';
import { LAYERS } from './layers.ts';
import { NN } from './nn.ts';
import { OPTIM } from './optim.ts';
import { PLOT } from './plot.ts';
import { TENSOR } from './tensor.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const table = {
  ...{ ...TENSOR, ...NN, ...OPTIM, ...ATTACK },
  ...{ ...LAYERS, ...KERNELS, ...BEYOND },
  ...{ ...DATA, ...PLOT, ...EXPERIMENTS },
};
try {
  process.exitCode = (await tryMutations(table, process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  console.error(`mutations: ${(error as Error).message}`);
  process.exitCode = 2;
}
