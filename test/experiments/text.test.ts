/** @file Text for a terminal: where lines break, how wide tables are split, and how a command is shown. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { programAt } from '../../src/experiments/program.ts';
import { markdownTable } from '../../src/experiments/shares.ts';
import { amount, commandLines, splitColumns, table, transposed, wrap } from '../../src/experiments/text.ts';

test('amount: one has no s, thousands have a comma', () => {
  assert.equal([amount(0, 'run'), amount(1, 'run'), amount(1000, 'run')], ['0 runs', '1 run', '1,000 runs']);
  assert.equal([amount(1, 'batch', 'batches'), amount(2, 'batch', 'batches')], ['1 batch', '2 batches']);
});

test('wrap: lines break at words, and begin below the first', () => {
  assert.is(wrap('a: ', 'bb cc dd', 8), 'a: bb cc\n   dd\n');
  assert.is(wrap('a: ', 'bb cc dd', 8, ' '), 'a: bb cc\n dd\n');
  assert.is(wrap('', 'longer than', 4), 'longer\nthan\n', 'only a longer word is longer');
});

test('commandLines: a long command ends its lines in a backslash', () => {
  assert.is(commandLines('  ', 'idlg attack'), '  idlg attack\n');
  const long = commandLines('  ', `idlg ${'--option value '.repeat(12).trim()}`), lines = long.trimEnd().split('\n');
  assert.ok(lines.length > 1 && lines.every((line) => line.length <= 80), long);
  assert.ok(lines.slice(0, -1).every((line) => line.endsWith(' \\')) && !lines.at(-1)!.endsWith('\\'), long);
  assert.is(long.replaceAll('\\\n', '').replace(/ +/g, ' ').trim(), `idlg ${'--option value '.repeat(12).trim()}`);
});

test('splitColumns: as many as fit, in order, the keys in each', () => {
  const frame = { between: 2, around: 2 };
  assert.equal(splitColumns([3, 5, 5], frame, 19, 1), [[0, 1, 2]]);
  assert.equal(splitColumns([3, 5, 5], frame, 18, 1), [[0, 1], [0, 2]]);
  assert.equal(splitColumns([3, 3, 5, 5, 5], frame, 26, 2), [[0, 1, 2, 3], [0, 1, 4]]);
  assert.equal(splitColumns([3, 50, 5, 5], frame, 20, 1), [[0, 1], [0, 2, 3]], 'one that is too wide stands alone');
});

test('tables: aligned, split where they are wider than 80 columns, and turned', () => {
  assert.is(table(['a', 'bb'], [['x', '1'], ['yy', '22']]), '  a   bb\n  x    1\n  yy  22\n');
  assert.is(transposed(['', 'p', 'q'], [['A', '1', '2'], ['B', '3', '44']]), '     A   B\n  p  1   3\n  q  2  44\n');
  const heads = ['run', 'x'.repeat(40), 'y'.repeat(40)], rows = [['7', '1', '2']];
  const [first, second] = table(heads, rows).split('\n\n');
  assert.equal(first.split('\n').map((line) => line.trim().split(/ +/)), [['run', heads[1]], ['7', '1']]);
  assert.equal(second.trimEnd().split('\n').map((line) => line.trim().split(/ +/)), [['run', heads[2]], ['7', '2']]);
  assert.is(markdownTable(heads, rows).split('\n\n').length, 1, 'a file may be as wide as it needs to be');
  const parts = markdownTable(heads, rows, 80).split('\n\n');
  const tops = parts.map((part) => part.split('\n')[0]);
  assert.equal(tops, [`| run | ${heads[1]} |`, `| run | ${heads[2]} |`]);
});

test('a source is started by npm in a clone, what it was compiled to as the package', () => {
  assert.equal(['file:///src/program.ts', 'file:///dist/program.js'].map(programAt), ['npm start --', 'idlg']);
});

test.run();
