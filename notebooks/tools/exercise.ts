/**
 * @file `npm run exercise -- NN`: which of your answers to a chapter's exercises are right, and why one is not. They
 * are judged in a process of their own (judge-answers.ts), which can be stopped where one of them does not end.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../src/data/dataset.ts';
import { list } from '../../src/data/files.ts';
import { describe, Options, type OptionTable } from '../../src/experiments/options.ts';
import { wrap } from '../../src/experiments/text.ts';
import { numbered } from './command.ts';
import { script } from './script.ts';

const OPTIONS: OptionTable = {
  answers: { value: 'DIR', about: 'folder with your answers [notebooks/exercises]' },
  limit: { value: 'SECONDS', about: 'stop the answers if together they take longer [600]' },
  help: { about: 'print this help' },
};

const EXIT_CODES = 'Exit codes: 0 all are right; 1 one is not; 2 a mistake in the options, or a file of answers that ' +
  'is no program.';

const HELP = `Usage: npm run exercise -- NN [options]

Says which of your answers to the exercises of chapter NN are right, and why one is not.

${describe(OPTIONS)}

${wrap('', EXIT_CODES)}`;

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

await script('exercise', async (args) => {
  const options = new Options(OPTIONS, args, { positional: 'the number of a chapter' });
  if (options.has('help')) {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.positionals.length > 1) {
    throw new InputError(`expected the number of one chapter, got ${options.positionals.join(' and ')}`);
  }
  const chapters = list(at('../checks')).filter((file) => /^\d\d-/.test(file));
  const [chapter] = numbered(chapters, options.positionals[0] ?? '', 'a chapter');
  const answers = join(options.text('answers') ?? at('../exercises'), chapter);
  const seconds = options.integer('limit', 1, 1_000_000) ?? 600;
  const child = spawn(process.execPath, [...process.execArgv, at('judge-answers.ts'), chapter, answers], {
    stdio: 'inherit', timeout: 1000 * seconds, killSignal: 'SIGKILL',
  });
  process.on('exit', () => child.kill('SIGKILL'));
  const [code, signal] = await once(child, 'exit') as [number | null, string | null];
  const late = `no verdict within ${seconds} s: does a loop not end?`;
  if (signal) process.stdout.write(`got ${child.killed ? late : signal}\n`);
  return code ?? 1;
});
