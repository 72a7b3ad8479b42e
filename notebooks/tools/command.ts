/**
 * @file The command that runs the notebooks of a folder, each NN-name.ts to its NN-name.ipynb, on as many processes as
 * there are cores.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../src/data/dataset.ts';
import { list, onDisk, readBytes } from '../../src/data/files.ts';
import { describe, Options, type OptionTable } from '../../src/experiments/options.ts';
import { wrap } from '../../src/experiments/text.ts';
import { parseCells, type Cell } from './cells.ts';
import { difference, ipynb, write } from './ipynb.ts';
import { CellError, MOST_BYTES, runCells } from './run.ts';

const OPTIONS: OptionTable = {
  check: { about: 'write nothing; say where the committed .ipynb differ from what the sources give' },
  limit: { value: 'SECONDS', about: 'stop a notebook that takes longer [3600]' },
  help: { about: 'print this help' },
};

const ABOUT = 'Runs all notebooks, or those named by their number, and writes the .ipynb beside each.';
const EXIT_CODES = 'Exit codes: 0 done; 1 a cell failed, an .ipynb has no source, or with --check a difference; 2 a ' +
  'mistake in the options or in a notebook\'s form.';

const HELP = `Usage: npm run notebooks -- [NN …] [options]

${wrap('', ABOUT)}
${describe(OPTIONS)}

${wrap('', EXIT_CODES)}`;

/** @returns the exit code. @throws {InputError} for a mistake in the options or in a notebook's form. */
export async function notebooksCommand(
  args: readonly string[], folder: string, screen: { write(text: string): unknown },
): Promise<number> {
  const options = new Options(OPTIONS, args, { positional: 'the number of a notebook' });
  if (options.has('help')) {
    screen.write(HELP);
    return 0;
  }
  const check = options.has('check'), seconds = options.integer('limit', 1, 1_000_000) ?? 3600;
  const queue = notebooksOf(folder, options.positionals), count = queue.length;
  const width = Math.max(...queue.map(({ name }) => name.length));
  let failures = 0;
  const work = async (): Promise<void> => {
    for (let notebook = queue.shift(); notebook; notebook = queue.shift()) {
      const start = performance.now();
      const wrong = await oneNotebook(folder, notebook, seconds, check);
      const took = ((performance.now() - start) / 1000).toFixed(1);
      const outcome = wrong ?? (check ? 'as committed' : 'written');
      screen.write(`${notebook.name.padEnd(width)} ${took.padStart(6)} s  ${outcome}\n`);
      if (wrong) failures++;
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), count) }, work));
  return failures > 0 ? 1 : 0;
}

interface Notebook {
  /** Of its files, without extension. */
  readonly name: string;
  /** Undefined where there is an .ipynb alone. */
  readonly source: { readonly text: string; readonly cells: readonly Cell[] } | undefined;
}

/** All notebooks of a folder, or those asked for. @throws {InputError} for a wrong number or a wrong form. */
function notebooksOf(folder: string, asked: readonly string[]): Notebook[] {
  const files = list(folder), named = files.flatMap((file) => /^(\d\d-.*)\.(ts|ipynb)$/.exec(file)?.[1] ?? []);
  const names = [...new Set(named)];
  const chosen = asked.length === 0 ? names : asked.flatMap((number) => numbered(names, number, 'a notebook'));
  return [...new Set(chosen)].map((name) => {
    const file = `${name}.ts`;
    if (!files.includes(file)) return { name, source: undefined };
    const text = readBytes(join(folder, file)).toString();
    return { name, source: { text, cells: parseCells(file, text) } };
  });
}

/** Those of the names, `01-name`, that have this number, 01 or 1. @throws {InputError} where none has. */
export function numbered(names: readonly string[], number: string, of: string): string[] {
  const found = names.filter((name) => name.startsWith(`${number.padStart(2, '0')}-`));
  if (found.length > 0) return found;
  const numbers = names.map((name) => name.slice(0, 2)).join(', ');
  throw new InputError(`expected the number of ${of}, ${numbers}, got "${number}"`);
}

/** Runs a notebook and writes its .ipynb, or checks it; says what is wrong. */
async function oneNotebook(
  folder: string, { name, source }: Notebook, seconds: number, check: boolean,
): Promise<string | undefined> {
  const file = `${name}.ipynb`, target = join(folder, file);
  if (!source) return `${file}: expected its source ${name}.ts beside it, got nothing`;
  const { text, cells } = source;
  try {
    const made = ipynb(cells, await runCells(join(folder, `${name}.ts`), text, cells, seconds));
    const content = write(made), size = Buffer.byteLength(content);
    if (size > MOST_BYTES) return `${file}: expected at most ${MOST_BYTES} bytes, got ${size}`;
    if (check) {
      if (!existsSync(target)) return `${file}: expected it beside its source, got nothing`;
      return difference(file, readBytes(target).toString(), made);
    }
    return onDisk(target, 'to write it', () => {
      writeFileSync(`${target}.partial`, content);
      renameSync(`${target}.partial`, target);
      return undefined;
    });
  } catch (error) {
    if (error instanceof CellError) return error.message;
    throw error;
  }
}
