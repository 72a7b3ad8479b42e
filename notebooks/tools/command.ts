/**
 * @file The command that runs the notebooks of a folder, each NN-name.ts to its NN-name.ipynb, on as many processes as
 * there are cores.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../src/data/dataset.ts';
import { describe, Options, type OptionTable } from '../../src/experiments/options.ts';
import { parseCells } from './cells.ts';
import { difference, ipynb, write, type Ipynb } from './ipynb.ts';
import { CellError, runCells } from './run.ts';

const OPTIONS: OptionTable = {
  check: { about: 'write nothing: tell where the committed .ipynb are not what the sources give' },
  help: { about: 'print this' },
};

const HELP = `Usage: npm run notebooks -- [NN …] [options]

Runs all notebooks, or those named by their number, and writes the .ipynb beside each.

${describe(OPTIONS)}

Exit codes: 0 done; 1 a cell failed, or with --check a difference; 2 a mistake in the options or in a notebook's form.
`;

/** @returns the exit code. @throws {InputError} for a mistake in the options or in a notebook's form. */
export async function notebooksCommand(
  args: readonly string[], folder: string, screen: { write(text: string): unknown },
): Promise<number> {
  const options = new Options(OPTIONS, args, { positional: 'the number of a notebook' });
  if (options.has('help')) {
    screen.write(HELP);
    return 0;
  }
  const names = chosen(folder, options.positionals), check = options.has('check');
  const queue = [...names], width = Math.max(...names.map((name) => name.length));
  let failures = 0;
  const work = async (): Promise<void> => {
    for (let name = queue.shift(); name; name = queue.shift()) {
      const start = performance.now();
      const wrong = await oneNotebook(folder, name, check);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const outcome = wrong ?? (check ? 'as committed' : 'written');
      screen.write(`${name.padEnd(width)} ${seconds.padStart(6)} s  ${outcome}\n`);
      if (wrong) failures++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), names.length) }, work));
  return failures > 0 ? 1 : 0;
}

/** The names, without extension, of all notebooks or of those asked for. */
function chosen(folder: string, asked: readonly string[]): string[] {
  const all = readdirSync(folder).flatMap((file) => /^(\d\d-.*)\.ts$/.exec(file)?.[1] ?? []);
  for (const name of asked) {
    if (!all.some((one) => one.startsWith(name))) {
      throw new InputError(`expected the number of a notebook, ${all.join(', ')}, got "${name}"`);
    }
  }
  return asked.length === 0 ? all : all.filter((one) => asked.some((name) => one.startsWith(name)));
}

/** Runs a notebook and writes its .ipynb, or checks it; says what is wrong. */
async function oneNotebook(folder: string, name: string, check: boolean): Promise<string | undefined> {
  const source = join(folder, `${name}.ts`), target = join(folder, `${name}.ipynb`);
  const text = readFileSync(source, 'utf8'), cells = parseCells(`${name}.ts`, text);
  let made: Ipynb;
  try {
    made = ipynb(cells, await runCells(source, text, cells));
  } catch (error) {
    if (!(error instanceof CellError)) throw error;
    return error.message;
  }
  if (!check) return void writeFileSync(target, write(made));
  if (!existsSync(target)) return `${name}.ipynb: expected it beside its source, got nothing`;
  return difference(`${name}.ipynb`, readFileSync(target, 'utf8'), made);
}
