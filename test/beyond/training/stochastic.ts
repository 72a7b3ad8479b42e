/**
 * @file What SGD and Adam are tried on: gradients that come from a list, and PyTorch's steps on such.
 */
import * as assert from 'uvu/assert';
import type { Objective, Optimizer } from '../../../src/optim/optimizer.ts';
import { checkClose } from '../../check/close.ts';
import { fixtureTest } from '../../check/fixture-files.ts';

/** Gradient number t at evaluation t, wherever x is; f is 0. */
export function given(gradients: readonly ArrayLike<number>[]): Objective {
  let t = 0;
  return (_, gradient) => {
    gradient.set(gradients[t++]);
    return 0;
  };
}

/** x after so many steps of an optimiser, from its own x. */
export function steps(optimizer: Optimizer, count: number): Float64Array {
  for (let t = 0; t < count; t++) {
    optimizer.evaluate();
    optimizer.advance();
  }
  return optimizer.x;
}

/** A run as stochastic.py wrote it. */
interface TorchRun {
  readonly optimizer: string;
  readonly options: Readonly<Record<string, number>>;
  readonly start: readonly number[];
  readonly steps: readonly { readonly gradient: readonly number[]; readonly x: readonly number[] }[];
}

/** A test that `make` makes an optimiser which is after each step where PyTorch's of that name was. */
export function torchTest(
  optimizerName: string,
  title: string,
  make: (objective: Objective, x: Float64Array, options: Readonly<Record<string, number>>) => Optimizer,
): void {
  fixtureTest('stochastic.json', title, (all: TorchRun[]) => {
    const runs = all.filter(({ optimizer }) => optimizer === optimizerName);
    assert.ok(runs.length > 0, `expected runs of ${optimizerName}, got none`);
    for (const run of runs) {
      const objective = given(run.steps.map(({ gradient }) => gradient));
      const optimizer = make(objective, Float64Array.from(run.start), run.options);
      run.steps.forEach(({ x }, t) => {
        steps(optimizer, 1);
        // Entry by entry: their scales are 10⁻⁶ to 10⁴.
        x.forEach((expected, i) => {
          checkClose(`${JSON.stringify(run.options)}, step ${t + 1}, x${i}`, [optimizer.x[i]], [expected], 1e-12);
        });
      });
    }
  });
}
