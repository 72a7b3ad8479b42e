/** @file Table 1 and Figure 1 from runs whose outcome is known, and Figure 2 as a picture. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readPng } from '../../src/data/png.ts';
import { EVIDENCE_OPTIONS, type Evidence } from '../../src/experiments/evidence.ts';
import { figure1 } from '../../src/experiments/figure1.ts';
import { figure2Command } from '../../src/experiments/figure2.ts';
import { Options } from '../../src/experiments/options.ts';
import { PAPER, type RunLine } from '../../src/experiments/protocol.ts';
import { table1 } from '../../src/experiments/table1.ts';

const NONE = new Options(EVIDENCE_OPTIONS, []);

/** Ten runs: all labels of iDLG right, eight of DLG's; their MSEs 10⁻¹, 10⁻², …, and one that is not a number. */
function tenRuns(dataset: string): Evidence {
  const protocol = { dataset, images: 10, ...PAPER };
  const runs = (['idlg', 'dlg'] as const).flatMap((method) => Array.from({ length: 10 }, (_, index) => ({
    ...protocol, index, method, labelCorrect: method === 'idlg' || index >= 2, mse: index === 9 ? NaN : Number(`1e-${index + 1}`),
  })));
  return { protocol, runs: runs as unknown as RunLine[] };
}

test('table 1: the paper beside what was counted, a column an experiment', () => {
  const { text, json, files } = table1.make([tenRuns('mnist'), tenRuns('digits')], NONE);
  assert.is(files['table1.md'], text);
  const rows = text.trimEnd().split('\n').map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim()));
  assert.equal(rows[0], ['labels found (95 % interval)', 'MNIST, line search none', 'drawn digits, line search none']);
  assert.equal(rows.slice(2), [
    ['DLG, paper', '89.9 %', '–'],
    ['DLG, here', '80.0 % (49.0 to 94.3), 8 of 10', '80.0 % (49.0 to 94.3), 8 of 10'],
    ['iDLG, paper', '100.0 %', '–'],
    ['iDLG, here', '100.0 % (72.2 to 100.0), 10 of 10', '100.0 % (72.2 to 100.0), 10 of 10'],
  ]);
  const [{ dataset, methods }] = JSON.parse(JSON.stringify(json)).columns;
  assert.equal([dataset, methods.dlg.paper, methods.dlg.count, methods.dlg.of], ['mnist', 0.899, 8, 10]);
});

test('figure 1: an image counts where its MSE is below, not at, the threshold; one that is no number never', () => {
  const { json, files } = figure1.make([tenRuns('mnist')], NONE);
  const [{ methods }] = JSON.parse(JSON.stringify(json)).panels;
  // Below 0.01: 10⁻³ … 10⁻⁹ are seven; below 0.001 six; below 0.0001 five.
  assert.equal(methods.idlg.here.map(({ count }: { count: number }) => count), [7, 7, 6, 6, 5]);
  assert.equal(methods.idlg.paper, [0.89, 0.89, 0.89, 0.88, 0.87]);
  for (const name of ['iDLG, here', 'DLG, here', 'iDLG, paper', 'DLG, paper', '10 runs, line search none', 'MSE below']) {
    assert.ok(files['figure1.svg'].includes(`>${name}</text>`), name);
  }
  assert.match(figure1.make([tenRuns('digits')], NONE).text, /drawn digits, line search none: iDLG, here \(10 runs\)/);
  assert.not.match(figure1.make([tenRuns('digits')], NONE).files['figure1.svg'], />iDLG, paper</);
});

test('figure 1: the least, the median and the largest MSE, evaluations and seconds, of the methods that there are', () => {
  const { protocol, runs } = tenRuns('digits'), own = runs.filter(({ method }) => method === 'idlg');
  const timed = own.map((run, i) => ({ ...run, evaluations: 1000 * (i + 1), seconds: 10 - i }));
  const [, spread] = figure1.make([{ protocol, runs: timed }], NONE).text.split('\n\n');
  const rows = spread.trimEnd().split('\n').map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim()));
  assert.equal(rows.slice(2), [['drawn digits, line search none: iDLG', '1.00e-9', '1.00e-4', '–', '6,000', '6.0']]);
});

test('figure 2: two strips a run, one for each method', async () => {
  const out = mkdtempSync(join(tmpdir(), 'idlg-figure2-'));
  try {
    const sizes: number[][] = [];
    for (const runs of ['1', '2']) {
      const silent = { write: () => {} };
      await figure2Command(['--iterations', '11', '--runs', runs, '--line-search', 'strong-wolfe', '--out', out], silent, silent);
      const { width, height } = readPng(join(out, 'figure2.png'));
      sizes.push([width, height]);
    }
    const [[width, one], [sameWidth, two]] = sizes;
    assert.is(width, sameWidth);
    assert.ok(two > 1.8 * one && two < 2 * one, `${one} and ${two} pixels high`);
  } finally {
    rmSync(out, { recursive: true });
  }
});

test.run();
