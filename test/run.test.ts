/** @file The runner, on small test files in a folder of their own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { test } from './check/test.ts';
import { chosenFiles } from './run/files.ts';
import { run } from './run/runner.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const NAME = `it's "5 $HOME" \`pwd\` \\ 5!`;

const FILES = {
  'good/passes': `
    test('one and one', () => assert.equal(1 + 1, 2));
    test('row sums', () => console.log('a row'));
    test.skip('far away', 'no wings');`,
  'bad/fails': `
    test('two', async () => assert.equal([1], [2], 'not two'));
    test('Row Sums of zeros', () => { throw new RangeError('no rows'); });
    test('three', () => {});`,
  'bad/hook': "test.before.each(() => { throw new Error('no ground'); }); test('stands', () => {});",
  'bad/broken': "test('does not leak', () => assert.unreachable()); throw new TypeError('no module');",
  'bad/crash': "test('a', () => {}); test('b', () => process.exit(3)); test('c', () => {});",
  'bad/late': "test('throws later', async () => { setTimeout(() => { throw new Error('later'); }); await new Promise(() => {}); });",
  'bad/waits': "test('for nothing', () => new Promise(() => {}));",
  'endless/loop': "test('for ever', () => { for (;;); });",
  'odd/name': `test(${JSON.stringify(NAME)}, () => assert.unreachable()); test('as well', () => {});`,
  'good/large.slow': "test('much', () => {});",
  'playground/page': "test('a page', () => {});",
};

const dir = mkdtempSync(join(tmpdir(), 'idlg-run-'));
test.after(() => rmSync(dir, { recursive: true }));
writeFileSync(join(dir, 'package.json'), '{"type": "module"}');
for (const [name, text] of Object.entries(FILES)) {
  const file = join(dir, `${name}.test.ts`), [test, assert] = ['check/test.ts', '../node_modules/uvu/assert/index.mjs'];
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `import { test } from '${join(HERE, test)}';\nimport * as assert from '${join(HERE, assert)}';\n${text}\ntest.run();\n`);
}
writeFileSync(join(dir, 'bad', 'forgets.test.ts'), '');

/** What the runner prints, and whether all tests passed. */
async function runs(...args: readonly string[]): Promise<{ passes: boolean; out: string }> {
  let out = '';
  const passes = await run(['--dir', dir, ...args], { write: (text) => (out += text) });
  return { passes, out };
}

/** What a shell's command line prints, and its exit code. */
function shell(args: string): { code: number | null; out: string } {
  const command = `'${process.execPath}' --import tsx '${join(HERE, 'run.ts')}' --dir '${dir}' ${args}`;
  const { status, stdout, stderr } = spawnSync(command, { shell: true, cwd: join(HERE, '..'), encoding: 'utf8' });
  return { code: status, out: stdout + stderr };
}

test('all that can happen to a file and its tests is counted and named, and spares the others', async () => {
  const { passes, out } = await runs('good', 'bad');
  assert.not.ok(passes);
  assert.match(out, /^good\/passes: 2 passed, 1 skipped, .* s\n {2}\| a row$/m, out);
  assert.match(out, /^skipped: good\/passes: far away: no wings$/m);
  const failures = out.split('\nfailed: ').slice(1).map((text) => text.split('\n\n13 tests')[0].trimEnd()).sort();
  const expected = [
    /^bad\/broken\n {4}TypeError: no module\n[^]* {4}again: npm test -- bad\/broken$/,
    /^bad\/crash: b\n {4}ended its process \(exit code 3\)\n {4}again: npm test -- bad\/crash --grep "b"$/,
    /^bad\/fails: Row Sums of zeros\n {4}RangeError: no rows\n[^]*again: .* --grep "Row Sums of zeros"$/,
    /^bad\/fails: two\n {4}not two \(equal\)\n[^]*Actual:[^]*2,\n[^]*again: .* --grep "two"$/,
    /^bad\/forgets\n {4}expected the file to end in test\.run\(\), got no call of it\n/,
    /^bad\/hook\n[^]*stands[^]*no ground[^]*again: npm test -- bad\/hook$/,
    /^bad\/late: throws later\n {4}ended its process \(exit code 1\)\n[^]*Error: later[^]*again: /,
    /^bad\/waits: for nothing\n {4}ended its process \(exit code \d+\)\n/,
  ];
  assert.is(failures.length, expected.length, out);
  failures.forEach((text, i) => assert.match(text, expected[i], text));
  assert.match(out, /\n13 tests in 8 files, [\d.]+ s\n4 passed, 8 failed, 1 skipped\n$/, out);
});

test('a file that does not end is ended', async () => {
  const { passes, out } = await runs('endless', '--limit', '3');
  assert.not.ok(passes);
  assert.match(out, /^failed: endless\/loop(: for ever)?\n {4}did not end in 3 s\n/m);
  assert.match(out, /^0 passed, 1 failed$/m);
});

test('files, folders and parts of names choose; slow files are of test:all', async () => {
  for (const name of ['good/passes', 'test/good/passes.test.ts', './test/good/', 'good']) {
    assert.equal(chosenFiles(dir, false, [name]), ['good/passes'], name);
  }
  assert.equal(chosenFiles(dir, true, ['good']), ['good/large.slow', 'good/passes']);
  assert.equal(chosenFiles(dir, true, ['good/large', 'playground']), ['playground/page', 'good/large.slow']);
  assert.equal(chosenFiles(dir, false, []).filter((file) => !file.startsWith('bad/')), ['endless/loop', 'good/passes', 'odd/name']);
  const { passes, out } = await runs('good', 'odd', '--grep', 'ROW sums');
  assert.ok(passes);
  assert.match(out, /^1 test in 2 files, .* s\n1 passed, 0 failed$/m);
});

test('the command that repeats a test repeats it alone, whatever its name', async () => {
  const { out } = await runs('odd'), [, again] = /^ {4}again: npm test -- (.*)$/m.exec(out)!;
  assert.match(out, /^1 passed, 1 failed$/m);
  const { code, out: repeated } = shell(again);
  assert.is(code, 1);
  assert.match(repeated, /^0 passed, 1 failed$/m);
});

test('a terminal has one line that is redrawn', async () => {
  let out = '';
  assert.ok(await run(['--dir', dir, 'good/passes'], { write: (text) => (out += text), columns: 29 }));
  assert.match(out, /\r\x1b\[K0 of 1 files, 1 tests passed\r/);
  assert.not.match(out, /good\/passes: 2 passed/);
});

test('where there is nothing to run: one line, exit code 2', async () => {
  for (const [args, line] of [
    [['good', 'wings'], /^no test file or folder is named wings$/],
    [['playground'], /^the tests of playground are slow: npm run test:all -- playground$/],
    [['good/passes', '--grep', 'wings'], /^no test's name contains "wings"$/],
    [['--wings'], /^Unknown option '--wings'/],
    [['--limit', 'soon'], /^--limit: expected a number of seconds, got soon$/],
  ] as const) {
    const error = await runs(...args).then(() => assert.unreachable(), (error: Error) => error);
    assert.match(error!.message, line);
  }
  assert.equal(shell('wings'), { code: 2, out: 'test: no test file or folder is named wings\n' });
});

test.run();
