/** @file `idlg labels`: its table, its JSON, what it refuses; the same seed, the same numbers. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { labelsCommand } from '../../src/experiments/labels.ts';
import { rejects } from '../data/files.ts';

function run(...args: string[]): string {
  let text = '';
  labelsCommand(args, { write: (part) => (text += part) });
  return text;
}

test('a row an activation and size, a column a rule; shares in [0, 1]; iLRG is best for sigmoid', () => {
  const { runs, rows } = JSON.parse(run('--runs', '4', '--batches', '2,6', '--json'));
  assert.is(runs, 4);
  assert.equal(rows.map(({ activation, batch }: { activation: string; batch: number }) => `${activation} ${batch}`),
    ['sigmoid 2', 'sigmoid 6', 'tanh 2', 'tanh 6', 'relu 2', 'relu 6']);
  for (const { accuracy } of rows) {
    assert.equal(Object.keys(accuracy), ['ilrg', 'llg', 'gradinversion', 'moments', 'chosen']);
    for (const share of Object.values<number>(accuracy)) assert.ok(share >= 0 && share <= 1 + 1e-12);
  }
  const [, { accuracy }] = rows;
  assert.ok(accuracy.ilrg >= accuracy.llg && accuracy.ilrg >= accuracy.gradinversion &&
    accuracy.chosen === accuracy.ilrg);
  assert.is(run('--runs', '2', '--batches', '2'), run('--batches', '2', '--runs', '2', '--seed', '0'));
  assert.match(run('--runs', '1', '--batches', '3'),
    /^Share of the labels that each rule finds, digits, mean over 1 random LeNet:\n\n {2}activation  batch/);
});

test('mistakes', () => {
  rejects(() => run('--batches', '2,x'), '--batches', /expected whole numbers from 1 to 512, such as 2,8,32, got "2,x"/);
  rejects(() => run('--data', 'x'), '--data', /which is drawn/);
  rejects(() => run('--runs', '0'), '--runs', /from 1/);
});

test.run();
