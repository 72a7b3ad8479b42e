/** @file Shares and tables as they are printed. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { counted, markdownTable, percent, share, withInterval } from '../../src/experiments/shares.ts';

test('shares: with their interval, and none of none', () => {
  assert.is(withInterval(share(901, 1000)), '90.1 % (88.1 to 91.8)');
  assert.is(withInterval(share(20, 20)), '100.0 % (83.9 to 100.0)');
  assert.is(counted(share(901, 1000)), '901 of 1,000');
  assert.is(withInterval(share(0, 0)), '–');
  assert.equal([percent(0.5), percent(undefined), percent(NaN)], ['50.0 %', '–', '–']);
});

test('tables: Markdown whose columns are aligned', () => {
  assert.is(markdownTable(['a', 'long head'], [['row', '1'], ['x', '12']]), [
    '| a   | long head |', '|-----|----------:|', '| row |         1 |', '| x   |        12 |', '',
  ].join('\n'));
});

test.run();
