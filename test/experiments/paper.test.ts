/** @file The paper's numbers against a second copy, typed from Table 1 and read off Figure 1. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { FIGURE_1, TABLE_1, THRESHOLDS } from '../../src/experiments/paper.ts';

const inPercent = (share: number): number => Math.round(1000 * share) / 10;

test('Table 1: labels that were right, in per cent', () => {
  const table = Object.entries(TABLE_1).map(([name, { dlg, idlg }]) => [name, inPercent(dlg), inPercent(idlg)]);
  assert.equal(table, [['mnist', 89.9, 100], ['cifar100', 83.3, 100], ['lfw', 79.1, 100]]);
});

test('Figure 1: images below each threshold, in per cent', () => {
  assert.equal([...THRESHOLDS], [1e-2, 5e-3, 1e-3, 5e-4, 1e-4]);
  const figure = Object.entries(FIGURE_1).map(([name, { dlg, idlg }]) =>
    [name, dlg.map(inPercent).join(' '), idlg.map(inPercent).join(' ')]);
  assert.equal(figure, [
    ['mnist', '76 76 76 76 76', '89 89 89 88 87'],
    ['cifar100', '66 66 65 64 57', '84 84 83 81 71'],
    ['lfw', '52 52 51 51 47', '92 92 91 91 83'],
  ]);
});

test.run();
