/** @file Runs test files, as many at a time as there are cores, and prints what became of their tests. */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { surveyOfFixtures } from '../check/fixture-files.ts';
import { chosenFiles, isSlow, ROOT } from './files.ts';
import { TestProcess, type Report } from './process.ts';

interface Failure extends Report {
  readonly file: string;
}

/** A word as a shell takes it. */
function quoted(text: string): string {
  return /["$`\\!]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : `"${text}"`;
}

/** The command that runs one test again. */
function repeats({ file, name }: Failure): string {
  return `${isSlow(file) ? 'npm run test:all' : 'npm test'} -- ${file}${name === undefined ? '' : ` --grep ${quoted(name)}`}`;
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
const indented = (text: string, by: string): string => text.replaceAll(/^(?=.)/gm, by);

interface Printer {
  /** Prints text as it is. */
  readonly write: (text: string) => void;
  /** The columns of the terminal, where there is one: it has colours and a line that is redrawn. */
  readonly columns?: number | undefined;
}

/** Runs what a command line asks for, as run.ts has it; whether all tests passed. @throws where there is nothing to run. */
export async function run(args: readonly string[], { write, columns }: Printer): Promise<boolean> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      grep: { type: 'string' },
      limit: { type: 'string', default: '600' },
      dir: { type: 'string', default: join(ROOT, 'test') },
    },
  });
  const { all, grep, dir } = values as { all: boolean; grep?: string; dir: string }, limit = Number(values.limit);
  if (!(limit > 0)) throw new Error(`--limit: expected a number of seconds, got ${values.limit}`);
  const fixtures = surveyOfFixtures();
  const files = chosenFiles(dir, all, positionals), waiting = files.values(), start = performance.now();
  const failures: Failure[] = [], skipped: Failure[] = [], running = new Set<string>();
  let passed = 0, done = 0;

  const terminal = columns !== undefined, erase = terminal ? '\r\x1b[K' : '';
  const paint = (style: 'red' | 'green' | 'bold' | 'dim', text: string): string => (terminal ? styleText(style, text) : text);
  const say = (text: string): void => write(`${erase}${text}\n`);
  const redraw = (): void => {
    const line = `${done} of ${files.length} files, ${passed} tests passed: ${[...running].join(', ')}`;
    if (terminal) write(`${erase}${line.slice(0, columns - 1)}`);
  };

  const processes = files.slice(0, availableParallelism()).map(() => new TestProcess({ root: ROOT, grep }));
  await Promise.all(processes.map(async (one) => {
    for (const file of waiting) {
      running.add(file);
      redraw();
      const from = performance.now(), mine = { passed: 0, failed: 0, skipped: 0 };
      const output = await one.run(resolve(dir, `${file}.test.ts`), limit, (report) => {
        if (report.kind === 'passed') mine.passed++, passed++;
        if (report.kind === 'failed') mine.failed++, failures.push({ ...report, file });
        if (report.kind === 'skipped') mine.skipped++, skipped.push({ ...report, file });
        if (report.kind !== 'started') redraw();
      });
      running.delete(file);
      done++;
      const count = [`${mine.passed} passed`, mine.failed && `${mine.failed} failed`, mine.skipped && `${mine.skipped} skipped`];
      const line = `${file}: ${count.filter(Boolean).join(', ')}, ${((performance.now() - from) / 1000).toFixed(1)} s`;
      if (mine.failed > 0) say(paint('red', line));
      else if (!terminal && mine.passed + mine.skipped > 0) say(line);
      if (output !== '') say(paint('dim', indented(output, '  | ')));
      redraw();
    }
    one.close();
  }));

  write(erase);
  if (grep !== undefined && passed + failures.length + skipped.length === 0) throw new Error(`no test's name contains ${quoted(grep)}`);
  for (const { file, name, message } of skipped) say(`skipped: ${file}: ${name}: ${message}`);
  for (const failure of failures) {
    const { file, name, message } = failure;
    say(`\n${paint('red', 'failed:')} ${paint('bold', file + (name === undefined ? '' : `: ${name}`))}`);
    say(`${indented(message ?? '', '    ')}\n    ${paint('dim', 'again:')} ${repeats(failure)}`);
  }
  const { folder, missing, unknown } = fixtures;
  if (missing.length > 0) say(`\nfixtures not found in ${folder}: ${missing.join(', ')}; their tests were skipped`);
  if (unknown.length > 0) say(`no test reads these files of ${folder}: ${unknown.join(', ')}`);
  const tests = passed + failures.length + skipped.length, seconds = (performance.now() - start) / 1000;
  say(`\n${counted(tests, 'test')} in ${counted(files.length, 'file')}, ${seconds.toFixed(1)} s`);
  say(paint(failures.length === 0 ? 'green' : 'red', `${passed} passed, ${failures.length} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`));
  return failures.length === 0;
}
