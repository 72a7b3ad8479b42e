/** @file Figure 1 from runs whose outcome is known. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { figure1 } from '../../src/experiments/figure1.ts';
import { cellsOf, NONE, tenRuns } from './runs.ts';

const panelOf = (json: object) => JSON.parse(JSON.stringify(json)).panels[0];

test('figure 1: an image counts where its MSE is below, not at, the threshold; one that is no number never', () => {
  const { json, files } = figure1.make([tenRuns('mnist')], NONE), { methods } = panelOf(json);
  // Below 0.01: 10⁻³ … 10⁻⁹ are seven; below 0.001 six; below 0.0001 five.
  assert.equal(methods.idlg.here.map(({ count }: { count: number }) => count), [7, 7, 6, 6, 5]);
  assert.equal(methods.idlg.paper, [0.89, 0.89, 0.89, 0.88, 0.87]);
  for (const name of [
    'iDLG, here', 'DLG, here', 'iDLG, paper', 'DLG, paper', '10 runs, line search none', 'MSE below',
  ]) {
    assert.ok(files['figure1.svg'].includes(`>${name}</text>`), name);
  }
  assert.match(figure1.make([tenRuns('digits')], NONE).text, /drawn digits, line search none: iDLG, here \(10 runs\)/);
  assert.not.match(figure1.make([tenRuns('digits')], NONE).files['figure1.svg'], />iDLG, paper</);
});

test('figure 1: a panel gives the number of runs, of each method where they differ', () => {
  const { protocol, runs } = tenRuns('mnist'), one = runs.filter(({ method, index }) => method === 'idlg' && index === 0);
  const fewer = runs.filter(({ method, index }) => method === 'idlg' || index > 0);
  const panelWith = (some: typeof runs): string =>
    figure1.make([{ protocol, runs: some }], NONE).files['figure1.svg'];
  assert.match(panelWith(runs), />10 runs, line search none</);
  assert.match(panelWith(fewer), />DLG 9, iDLG 10, line search none</);
  assert.match(panelWith(one), />1 run, line search none</);
});

test('figure 1: whiskers from the low to the high end of each share of ours, none of the paper\'s', () => {
  const { json, files } = figure1.make([tenRuns('mnist')], NONE), { methods } = panelOf(json);
  const numbersOf = (pattern: RegExp): number[][] =>
    [...files['figure1.svg'].matchAll(pattern)].map(([, ...numbers]) => numbers.map(Number));
  const lines = numbersOf(/<line [^>]*y1="([\d.]+)"/g), [bottom] = lines[0], [top] = lines.at(-1)!; // 0 and 100 %
  const shareAt = (y: number): number => (bottom - y) / (bottom - top);
  const drawn = numbersOf(/d="M[\d.]+ ([\d.]+)V([\d.]+)"/g).map((ends) => ends.map(shareAt));
  const expected = [...methods.idlg.here, ...methods.dlg.here].map(({ low, high }) => [low, high]);
  assert.is(drawn.length, 10);
  drawn.forEach((ends, i) => ends.forEach((end, k) =>
    assert.ok(Math.abs(end - expected[i][k]) < 1e-4, `whisker ${i}: ${ends}, expected ${expected[i]}`)));
});

test('figure 1 on a screen: a table per panel in 80 columns, with the paper\'s share beside ours', () => {
  const { shown } = figure1.make([tenRuns('mnist'), tenRuns('digits')], NONE);
  for (const line of shown.split('\n')) assert.ok([...line].length <= 80, `${[...line].length} columns: ${line}`);
  const [head, shares, spread, next, drawn] = shown.split('\n\n'), [heads, ...rows] = cellsOf(shares);
  assert.equal([head, next], ['MNIST', 'drawn digits'].map((name) =>
    `${name}, 10 runs, line search none: images with an MSE below each threshold`));
  assert.equal(heads, ['MSE <', 'DLG (95 %)', 'paper', 'iDLG (95 %)', 'paper']);
  const seven = '70.0 % (39.7 to 89.2)', six = '60.0 % (31.3 to 83.2)', five = '50.0 % (23.7 to 76.3)';
  assert.equal(rows, [
    ['0.01', seven, '76 %', seven, '89 %'], ['0.005', seven, '76 %', seven, '89 %'],
    ['0.001', six, '76 %', six, '89 %'], ['0.0005', six, '76 %', six, '88 %'], ['0.0001', five, '76 %', five, '87 %'],
  ]);
  const numbers = ['1.00e-9', '5.50e-5', '–', '301', '2.0'];
  assert.equal(cellsOf(spread).slice(1), ['DLG', 'iDLG'].map((name) => [name, ...numbers]));
  assert.equal(cellsOf(drawn)[0], ['MSE <', 'DLG (95 %)', 'iDLG (95 %)']);
});

test('figure 1: least, median and largest MSE, evaluations and seconds, of the methods that there are', () => {
  const { protocol, runs } = tenRuns('digits'), own = runs.filter(({ method }) => method === 'idlg');
  const timed = own.map((run, i) => ({ ...run, evaluations: 1000 * (i + 1), seconds: 10 - i }));
  const { text } = figure1.make([{ protocol, runs: timed }, tenRuns('mnist')], NONE);
  const [, ...rows] = cellsOf(text.split('\n\n')[1]);
  assert.equal(rows, [
    ['drawn digits, line search none: iDLG', '1.00e-9', '5.50e-5', '–', '5,500', '5.5'],
    ...['DLG', 'iDLG'].map((name) => [`MNIST, line search none: ${name}`, '1.00e-9', '5.50e-5', '–', '301', '2.0']),
  ]);
});

test.run();
