/**
 * @file docs/extending.md works as it stands: its files and rows are put into a copy of the repository, whose types are
 * checked and whose tests of them are run. Each case is one file, its test and one row.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TEXT = readFileSync(join(ROOT, 'docs', 'extending.md'), 'utf8');

interface Case {
  readonly title: string;
  /** Whole files, by their paths. */
  readonly files: ReadonlyMap<string, string>;
  /** The file with the table, and what is added to it. */
  readonly table: string;
  readonly hunks: readonly string[];
}

/** The cases, one per section. */
const CASES = TEXT.split(/^## /m).slice(1).map((section): Case => {
  const blocks = (language: string): string[] =>
    [...section.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, block]) => block);
  const files = blocks('ts').map((block): [string, string] => {
    const [first] = block.split('\n', 1);
    assert.match(first, /^\/\/ (src|test)\/\S+$/, 'the first line of a block is the path of its file');
    return [first.slice(3), block.slice(first.length + 1)];
  });
  const diffs = blocks('diff');
  assert.is(diffs.length, 1, 'one row of one table');
  const [header, ...hunks] = diffs[0].split(/^@@\n/m);
  return { title: section.split('\n', 1)[0], files: new Map(files), table: header.replace(/^--- /, '').trim(), hunks };
});

/** `text` with the lines marked + added to the others of the hunk, which it has once. */
function patched(text: string, hunk: string): string {
  const lines = hunk.trimEnd().split('\n'), old = lines.filter((line) => !line.startsWith('+'));
  const parts = text.split(`${old.map((line) => line.slice(1)).join('\n')}\n`);
  assert.is(parts.length, 2, `expected once: ${old.join('\n')}`);
  return parts.join(`${lines.map((line) => line.slice(1)).join('\n')}\n`);
}

let copy = '';

test.before(() => {
  copy = mkdtempSync(join(tmpdir(), 'idlg-extending-'));
  for (const name of ['src', 'test', 'package.json', 'tsconfig.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const { files, table, hunks } of CASES) {
    for (const [path, text] of files) {
      assert.not(existsSync(join(copy, path)), `${path} is new`);
      assert.ok(existsSync(dirname(join(copy, path))), `the folder of ${path} is not`);
      writeFileSync(join(copy, path), text);
    }
    writeFileSync(join(copy, table), hunks.reduce(patched, readFileSync(join(copy, table), 'utf8')));
  }
});

test.after(() => rmSync(copy, { recursive: true, force: true }));

/** Runs Node in the copy. @throws {Error} with the output, if it fails. */
function node(...args: readonly string[]): string {
  try {
    return execFileSync(process.execPath, args, { cwd: copy, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`node ${args.join(' ')}:\n${stdout}${stderr}`);
  }
}

test('extending: a layer, an attack, a defence and a data set, each one file, its test and one row', () => {
  assert.equal(CASES.map(({ title }) => title), ['A layer', 'An attack', 'A defence', 'A data set']);
  for (const { files, table } of CASES) {
    const [own, its, ...others] = files.keys();
    assert.equal(others, []);
    assert.match(own, /^src\//);
    assert.match(its, /^test\/.*\.test\.ts$/);
    for (const path of [`\`${own}\``, `\`${its}\``, `(../${table})`]) {
      assert.ok(TEXT.slice(0, TEXT.indexOf('\n## ')).includes(path), `the table at the top has ${path}`);
    }
  }
});

for (const { title, files } of CASES) {
  const [, path] = files.keys();
  test(`extending: ${title}: ${path} passes`, () => assert.match(node('--import', 'tsx', path), /Passed: +[1-9]/));
}

test('extending: the types are right', () => {
  const tsc = join('node_modules', 'typescript', 'bin', 'tsc'), paths = CASES.flatMap(({ files }) => [...files.keys()]);
  const config = { extends: './tsconfig.json', include: [], files: paths };
  writeFileSync(join(copy, 'tsconfig.extending.json'), JSON.stringify(config));
  node(tsc, '-p', 'tsconfig.extending.json');
});

test.run();
