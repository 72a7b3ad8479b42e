/** @file The links of docs/*.md: what they lead to is there, and a line that is quoted stands at its number. */
import * as assert from 'uvu/assert';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from './check/test.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url)), DOCS = join(ROOT, 'docs');
const pages = readdirSync(DOCS).filter((name) => name.endsWith('.md'));

for (const page of pages) {
  const text = readFileSync(join(DOCS, page), 'utf8');
  test(`docs/${page}: every link leads to a file`, () => {
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(join(DOCS, target)), `${page}: no file ${join(dirname(page), target)}`);
    }
  });
}

test('docs/reading.md: every quoted line stands at the line that its link names', () => {
  const stops = [...readFileSync(join(DOCS, 'reading.md'), 'utf8').matchAll(/\]\(([^)#]+)#L(\d+)\): `([^`]+)`/g)];
  assert.ok(stops.length >= 15);
  for (const [, target, number, code] of stops) {
    const lines = readFileSync(join(DOCS, target), 'utf8').split('\n'), at = lines.findIndex((line) => line.includes(code));
    assert.is(Number(number), at + 1, `${target}: \`${code}\` stands in line ${at + 1}, the link names line ${number}`);
  }
});

test('docs/reading.md: the table has every file of the four folders, with its number of lines', () => {
  const text = readFileSync(join(DOCS, 'reading.md'), 'utf8'), folders = ['tensor', 'nn', 'optim', 'attack'];
  const rows = [...text.matchAll(/\]\(\.\.\/src\/(\w+\/[\w-]+\.ts)\)(?:\*\*)? \| (\d+) \|/g)].map(([, file, lines]) => `${file} ${lines}`);
  const files = folders.flatMap((folder) => readdirSync(join(ROOT, 'src', folder)).map((name) => `${folder}/${name}`));
  const counts = files.map((file) => `${file} ${readFileSync(join(ROOT, 'src', file), 'utf8').split('\n').length - 1}`);
  assert.equal([...rows].sort(), [...counts].sort());
  const total = counts.reduce((sum, row) => sum + Number(row.split(' ')[1]), 0);
  assert.match(text, new RegExp(`${total.toLocaleString('en')} lines in ${files.length} files`));
});

test.run();
