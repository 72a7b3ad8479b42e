/** @file `idlg labels`: its tables, its JSON, what it refuses; the same seed, the same numbers. */
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

test('under noise: one image by five rules and their calibration, batches by all rules; less noise, more labels', () => {
  const { variances, rows } = JSON.parse(run('--runs', '8', '--batches', '1,4', '--noise', '1e-4,3', '--json'));
  assert.equal(variances, [1e-4, 3]);
  assert.is(rows.length, 12);
  for (let k = 0; k < rows.length; k += 4) {
    const [one, loud, four, drowned] = rows;
    assert.equal([one, loud, four, drowned].map(({ batch, variance }) => [batch, variance]),
      [[1, 1e-4], [1, 3], [4, 1e-4], [4, 3]]);
    assert.equal(Object.keys(one.accuracy), ['bias', 'inner-product', 'row-sum', 'singular', 'likelihood']);
    assert.ok(one.accuracy.bias === 1 && one.accuracy.singular === 1 && one.accuracy.likelihood === 1);
    assert.ok(loud.accuracy.bias < 1 && loud.accuracy.likelihood >= loud.accuracy.bias);
    assert.equal(Object.keys(four.accuracy), ['ilrg', 'llg', 'gradinversion', 'moments', 'chosen']);
    assert.ok(four.accuracy.chosen > drowned.accuracy.chosen);
    const { calibration } = one, last = calibration.at(-1);
    assert.equal(last, { stated: [0.99, 1], labels: 8, right: 8 });
    assert.is(four.calibration, undefined);
    const said = loud.calibration.reduce((sum: number, { labels }: { labels: number }) => sum + labels, 0);
    assert.ok(said <= 8, `${said}`);
  }
  const text = run('--runs', '1', '--batches', '1,4', '--noise', '1e-4');
  assert.match(text, /^Share of the labels that each rule finds under Gaussian noise on every number/);
  assert.match(text, /\n {2}activation  variance +bias  inner-product  row-sum/);
  assert.match(text, /\n {2}right, if stated as +50 to 90 % +90 to 95 %/);
  assert.match(text, /\n {2}activation  batch  variance   ilrg/);
  assert.not.match(run('--runs', '1', '--batches', '2', '--noise', '1'), /right, if stated as/);
});

test('mistakes', () => {
  rejects(() => run('--noise', '1,0'), '--noise', /expected variances above 0, such as 0\.01,0\.1,1, got "1,0"/);
  rejects(() => run('--batches', '2,x'), '--batches', /expected whole numbers from 1 to 512, such as 2,8,32, got "2,x"/);
  rejects(() => run('--data', 'x'), '--data', /which is drawn/);
  rejects(() => run('--runs', '0'), '--runs', /from 1/);
});

test.run();
