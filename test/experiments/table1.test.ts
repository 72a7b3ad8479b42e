/** @file Table 1 from runs whose outcome is known. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { table1 } from '../../src/experiments/table1.ts';
import { cellsOf, NONE, tenRuns } from './runs.ts';

test('table 1: the paper beside what was counted, a column an experiment', () => {
  const { text, json, files } = table1.make([tenRuns('mnist'), tenRuns('digits')], NONE);
  assert.is(files['table1.md'], text);
  assert.equal(cellsOf(text), [
    ['labels found (95 % interval)', 'MNIST, line search none', 'drawn digits, line search none'],
    ['DLG, paper', '89.9 %', '–'],
    ['DLG, here', '80.0 % (49.0 to 94.3), 8 of 10', '80.0 % (49.0 to 94.3), 8 of 10'],
    ['iDLG, paper', '100.0 %', '–'],
    ['iDLG, here', '100.0 % (72.2 to 100.0), 10 of 10', '100.0 % (72.2 to 100.0), 10 of 10'],
  ]);
  const { shown } = table1.make([tenRuns('mnist'), tenRuns('digits')], NONE), parts = shown.split('\n\n');
  assert.equal(parts.map((part) => cellsOf(part)), [1, 2].map((k) => cellsOf(text).map((row) => [row[0], row[k]])));
  for (const line of shown.split('\n')) assert.ok([...line].length <= 80, `${[...line].length} columns: ${line}`);
  const [{ dataset, methods }] = JSON.parse(JSON.stringify(json)).columns;
  assert.equal([dataset, methods.dlg.paper, methods.dlg.count, methods.dlg.of], ['mnist', 0.899, 8, 10]);
});

test.run();
