/**
 * @file Runs the tests on sources that have one thing wrong.
 *
 * Each mutation is made in a copy of the repository in a temporary folder, never here. The tests of the mutated file
 * run first, then those that have killed another mutation of it, then those of its folder that import it, directly or
 * not, then those of other folders, and all others, until one fails: the mutation is killed. Among the tests of a
 * folder slow ones come last. All tests of a mutation run in one process.
 */
import * as fs from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { TestProcess } from '../run/process.ts';
import { isSlow, ROOT, testFiles } from '../run/files.ts';

/** A text that occurs once in a source file, what it becomes, and what is wrong then. */
export type Row = readonly [from: string, to: string, why: string];
/** The rows of each source file. */
export type Table = Readonly<Record<string, readonly Row[]>>;

interface Mutation {
  readonly file: string;
  readonly why: string;
  /** The whole file with the one change. */
  readonly mutant: string;
}

interface Failure {
  /** A test file, as testFiles() names it. */
  readonly file: string;
  /** The test; undefined if the failure was outside of tests. */
  readonly name?: string | undefined;
  readonly message: string;
}

/** Tests that take LONGER times as long as without the mutation, and LEAST seconds more, are in an endless loop. */
const LONGER = 10, LEAST = 60;
/** Folders whose tests are fast. */
const FOLDERS = ['tensor', 'nn', 'optim', 'attack', 'layers', 'kernels', 'beyond'];
/** What is not copied. */
const LEFT_OUT = ['.git', 'node_modules', 'dist'];

/**
 * Tries those mutations whose files' names contain one of the texts; by default all.
 * @returns whether all were killed. @throws if a row is wrong, or a test fails without a mutation.
 */
export async function tryMutations(table: Table, texts: readonly string[]): Promise<boolean> {
  const mutations = mutationsOf(table, texts), waiting = mutations.values(), start = performance.now();
  const unmutated = new Unmutated(copyOfRepository()), survivors: Mutation[] = [];
  let slow = 0;
  await Promise.all(mutations.slice(0, availableParallelism()).map(async () => {
    const copy = copyOfRepository();
    for (const mutation of waiting) {
      const failure = await failureOf(mutation, copy, unmutated), { file, why } = mutation;
      if (!failure) survivors.push(mutation);
      else if (isSlow(failure.file)) slow++;
      const all = failure && isSlow(failure.file) ? ' (test:all)' : '';
      const by = failure && `${failure.file}${all}: ${failure.name ?? failure.message.split('\n')[0]}`;
      console.log([by ? 'killed  ' : 'SURVIVED', file.padEnd(33), why.padEnd(48), by].join('  ').trimEnd());
    }
  }));
  const killed = mutations.length - survivors.length, minutes = (performance.now() - start) / 60_000;
  console.log(`\n${mutations.length} mutations in ${minutes.toFixed(1)} minutes`);
  for (const { file, why } of survivors) console.log(`  survived: ${file}: ${why}`);
  console.log(`${killed} killed, ${slow} of them by slow tests; ${survivors.length} survived`);
  return survivors.length === 0;
}

/** @throws if a text does not occur exactly once in its file, or a name matches no file. */
function mutationsOf(table: Table, texts: readonly string[]): Mutation[] {
  for (const text of texts) {
    if (Object.keys(table).some((file) => file.includes(text))) continue;
    throw new Error(`no file of the tables has ${text} in its name`);
  }
  const complaints: string[] = [];
  const isMeant = (file: string): boolean => texts.length === 0 || texts.some((text) => file.includes(text));
  const mutations = Object.entries(table).filter(([file]) => isMeant(file)).flatMap(([file, rows]) => {
    const source = fs.readFileSync(join(ROOT, file), 'utf8');
    return rows.map(([from, to, why]) => {
      const count = source.split(from).length - 1;
      if (count !== 1) complaints.push(`${file}: expected «${from}» once, got it ${count} times`);
      return { file, why, mutant: source.replace(from, () => to) };
    });
  });
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
  return mutations;
}

/** A copy of the repository to make mutations in; it is removed when the program ends. */
function copyOfRepository(): string {
  const copy = fs.mkdtempSync(join(tmpdir(), 'idlg-mutations-'));
  process.on('exit', () => fs.rmSync(copy, { recursive: true, force: true, maxRetries: 3 }));
  for (const name of fs.readdirSync(ROOT).filter((name) => !LEFT_OUT.includes(name))) {
    fs.cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  fs.symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** The tests without any mutation. */
class Unmutated {
  readonly #clean: string;
  readonly #running = new Map<string, Promise<number>>();
  /** How many seconds the files took that have been run. */
  readonly seconds = new Map<string, number>();

  constructor(clean: string) {
    this.#clean = clean;
  }

  /** How many seconds a file's tests take. @throws if one fails. */
  passes(file: string): Promise<number> {
    if (!this.#running.has(file)) this.#running.set(file, this.#run(file));
    return this.#running.get(file)!;
  }

  async #run(file: string): Promise<number> {
    const tests = processIn(this.#clean), start = performance.now();
    const failure = await firstFailure(tests, file, 3600);
    tests.close();
    if (failure) throw new Error(`test/${file} fails without a mutation: ${failure.name ?? ''} ${failure.message}`);
    this.seconds.set(file, (performance.now() - start) / 1000);
    return this.seconds.get(file)!;
  }
}

/** The tests that have killed mutations of each file. */
const killers = new Map<string, Set<string>>();

/** The test files, those first that most likely notice a change of a source file; among equals, the fastest known. */
function testsFor(file: string, seconds: ReadonlyMap<string, number>): string[] {
  const own = dirname(file).replace(/^src\//, ''), name = basename(file, '.ts'), dir = join(ROOT, 'test');
  const rank = (test: string): number => {
    const path = join(dir, `${test}.test.ts`), slow = isSlow(test);
    if (test === `${own}/${name}`) return 0;
    if (killers.get(file)?.has(test)) return slow ? 2 : 1;
    if (!reaches(path, join(ROOT, file))) return slow ? 10 : 9;
    const isDirect = importsOf(path).includes(join(ROOT, file));
    return (test.startsWith(`${own}/`) ? 3 : 6) + (slow ? 2 : isDirect ? 0 : 1);
  };
  const time = (test: string): number => seconds.get(test) ?? (FOLDERS.includes(test.split('/')[0]) ? 1000 : 2000);
  const ranks = new Map(testFiles(dir).map((test) => [test, rank(test)]));
  return [...ranks.keys()].sort((a, b) => ranks.get(a)! - ranks.get(b)! || time(a) - time(b));
}

const IMPORT = /^(?:import|export|\}) .*?'(\.[^']+\.ts)'|import\('(\.[^']+\.ts)'\)/gm;
const imports = new Map<string, readonly string[]>();

/** The files of the repository that a file imports. */
function importsOf(path: string): readonly string[] {
  if (!imports.has(path)) {
    const found = Array.from(fs.readFileSync(path, 'utf8').matchAll(IMPORT), ([, name, dynamic]) => name ?? dynamic);
    imports.set(path, found.map((name) => join(dirname(path), name)).filter((file) => fs.existsSync(file)));
  }
  return imports.get(path)!;
}

/** Whether a file imports another, directly or by way of others. */
function reaches(path: string, file: string, seen = new Set<string>()): boolean {
  if (seen.has(path)) return false;
  seen.add(path);
  return importsOf(path).some((next) => next === file || reaches(next, file, seen));
}

/** The first test that notices a mutation; undefined if it survives. */
async function failureOf({ file, mutant }: Mutation, copy: string, unmutated: Unmutated): Promise<Failure | undefined> {
  const path = join(copy, file), source = fs.readFileSync(path, 'utf8'), tests = processIn(copy);
  fs.writeFileSync(path, mutant);
  try {
    for (const test of testsFor(file, unmutated.seconds)) {
      const failure = await firstFailure(tests, test, LEAST + LONGER * (await unmutated.passes(test)));
      if (!failure) continue;
      killers.set(file, (killers.get(file) ?? new Set()).add(failure.file));
      return failure;
    }
    return undefined;
  } finally {
    tests.close();
    fs.writeFileSync(path, source);
  }
}

function processIn(copy: string): TestProcess {
  const { FIXTURES: _, ...env } = process.env; // the copy has its own
  return new TestProcess({ root: copy, env, bail: true });
}

/** Runs a file's tests up to the first that fails. @throws if a mutant is no program. */
async function firstFailure(tests: TestProcess, file: string, limit: number): Promise<Failure | undefined> {
  let failure: Failure | undefined;
  await tests.run(`test/${file}.test.ts`, limit, ({ kind, name, message = '' }) => {
    if (kind === 'failed') failure ??= { file, name, message };
  });
  if (failure && /SyntaxError|TransformError|Transform failed|ReferenceError/.test(failure.message)) {
    throw new Error(`a mutant is no program: ${failure.message}`);
  }
  return failure;
}
