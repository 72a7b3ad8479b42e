/** @file Runs test files, as many at a time as there are cores, and prints what became of their tests. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { surveyOfFixtures } from '../check/fixture-files.ts';
import { chosenFiles, isSlow, ROOT } from './files.ts';
import { TestProcess, type Report } from './process.ts';

/** A test's report, or a file's, with the file. */
interface Entry extends Report {
  readonly file: string;
}

interface Results {
  passed: number;
  readonly failed: Entry[];
  readonly skipped: Entry[];
}

type Paint = (style: 'red' | 'green' | 'bold' | 'dim', text: string) => string;

interface Printer {
  /** Prints text as it is. */
  readonly write: (text: string) => void;
  /** The columns of the terminal, where there is one: it has colours and a line that is redrawn. */
  readonly columns?: number | undefined;
}

/** Runs what a command line asks for, as run.ts has it; whether all tests passed. @throws where there is nothing to run. */
export async function run(args: readonly string[], { write, columns }: Printer): Promise<boolean> {
  const { all, grep, limit, dir, names } = optionsOf(args), fixtures = surveyOfFixtures();
  const files = chosenFiles(dir, all, names), waiting = files.values(), start = performance.now();
  const results: Results = { passed: 0, failed: [], skipped: [] }, running = new Set<string>();
  let done = 0;

  const terminal = columns !== undefined, erase = terminal ? '\r\x1b[K' : '';
  const paint: Paint = (style, text) => (terminal ? styleText(style, text) : text);
  const say = (text: string): void => write(`${erase}${text}\n`);
  const redraw = (): void => {
    const line = `${done} of ${files.length} files, ${results.passed} tests passed: ${[...running].join(', ')}`;
    if (terminal) write(`${erase}${line.slice(0, columns - 1)}`);
  };

  const runFile = async (process: TestProcess, file: string): Promise<void> => {
    const from = performance.now(), own: Results = { passed: 0, failed: [], skipped: [] };
    running.add(file);
    redraw();
    const output = await process.run(resolve(dir, `${file}.test.ts`), limit, (report) => {
      if (report.kind === 'started') return;
      for (const part of [own, results]) {
        if (report.kind === 'passed') part.passed++;
        else part[report.kind].push({ ...report, file });
      }
      redraw();
    });
    running.delete(file);
    done++;
    const line = `${file}: ${countsOf(own)}, ${seconds(from)}`;
    if (own.failed.length > 0) say(paint('red', line));
    else if (!terminal && own.passed + own.skipped.length > 0) say(line);
    if (output !== '') say(paint('dim', indented(output, '  | ')));
  };

  const processes = files.slice(0, availableParallelism()).map(() => new TestProcess({ root: ROOT, grep }));
  await Promise.all(processes.map(async (process) => {
    for (const file of waiting) await runFile(process, file);
    process.close();
  }));

  write(erase);
  const tests = results.passed + results.failed.length + results.skipped.length;
  if (grep !== undefined && tests === 0) throw new Error(`no test's name contains ${quoted(grep)}`);
  for (const { file, name, message } of results.skipped) say(`skipped: ${file}: ${name}: ${message}`);
  for (const entry of results.failed) say(failureText(entry, paint));
  const { folder, missing, unknown } = fixtures;
  if (missing.length > 0) say(`\nfixtures not found in ${folder}: ${missing.join(', ')}; their tests were skipped`);
  if (unknown.length > 0) say(`no test reads these files of ${folder}: ${unknown.join(', ')}`);
  say(`\n${counted(tests, 'test')} in ${counted(files.length, 'file')}, ${seconds(start)}`);
  say(paint(results.failed.length === 0 ? 'green' : 'red', countsOf(results, true)));
  return results.failed.length === 0;
}

/** What a command line says. @throws where it says nothing we know. */
function optionsOf(args: readonly string[]) {
  const { values: { limit, ...values }, positionals: names } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      grep: { type: 'string' },
      limit: { type: 'string', default: '3600' },
      dir: { type: 'string', default: join(ROOT, 'test') },
    },
  });
  if (!(Number(limit) > 0)) throw new Error(`--limit: expected a number of seconds, got ${limit}`);
  return { ...values, limit: Number(limit), names };
}

/** A failure, and the command that repeats it. */
function failureText({ file, name, message = '' }: Entry, paint: Paint): string {
  const what = name === undefined ? file : `${file}: ${name}`;
  const command = [isSlow(file) ? 'npm run test:all' : 'npm test', '--', file, ...(name === undefined ? [] : ['--grep', quoted(name)])];
  return `\n${paint('red', 'failed:')} ${paint('bold', what)}\n${indented(message, '    ')}\n    ${paint('dim', 'again:')} ${command.join(' ')}`;
}

/** A word as a shell takes it. */
function quoted(text: string): string {
  return /["$`\\!]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : `"${text}"`;
}

function countsOf({ passed, failed, skipped }: Results, isTotal = false): string {
  const counts = [`${passed} passed`];
  if (isTotal || failed.length > 0) counts.push(`${failed.length} failed`);
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
  return counts.join(', ');
}

const seconds = (from: number): string => `${((performance.now() - from) / 1000).toFixed(1)} s`;
const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
const indented = (text: string, by: string): string => text.replaceAll(/^(?=.)/gm, by);
