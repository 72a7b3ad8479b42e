/** @file What the help and the default output of `idlg figure2` say of the twelve runs of its experiment. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { FIGURE2_HELP, figure2Command } from '../../src/experiments/figure2.ts';
import { RECOVERED } from '../../src/experiments/paper.ts';

test('figure 2: of runs 0 to 11 those that it says fail, and iDLG is faster where both succeed', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'idlg-figure2-'));
  try {
    const told = async (...args: string[]): Promise<string> => {
      let text = '';
      await figure2Command([...args, '--out', dir], { write: (part) => (text += part) }, { write: () => {} });
      return text;
    };
    const rowsIn = (text: string): string[][] =>
      text.split('\n\n')[0].split('\n').slice(1).map((row) => row.trim().split(/ {2,}/));
    const all = await told('--runs', '12'), rows = rowsIn(all);
    const of = (method: string) => rows.filter(([, name]) => name === method);
    const failed = (method: string) =>
      of(method).filter(([, , , mse]) => !(Number(mse) < RECOVERED)).map(([run]) => run);
    const [ours, theirs] = ['iDLG', 'DLG'].map(failed), runs = of('iDLG').map(([run]) => run);
    const good = runs.filter((run) => !ours.includes(run) && !theirs.includes(run));
    const evaluations = (method: string, run: string) => Number(of(method).find(([index]) => index === run)![5]);
    const faster = good.filter((run) => evaluations('iDLG', run) < evaluations('DLG', run));
    const text = `Of runs 0 to 11, iDLG and DLG recover ${12 - ours.length} images each: iDLG fails in runs ` +
      `${ours.join(' and ')}, DLG in runs ${theirs.join(' and ')}. In the ${good.length} runs where both succeed, ` +
      'iDLG needs fewer evaluations.';
    assert.is(theirs.length, ours.length);
    assert.equal(faster, good);
    assert.ok(FIGURE2_HELP.replace(/\s+/g, ' ').includes(text), text);

    const byDefault = await told(), [idlg, dlg] = rowsIn(byDefault);
    assert.equal([idlg, dlg], rows.filter(([run]) => run === '4'));
    assert.ok(Number(dlg[4]) >= Number(idlg[4]) + 20, `${dlg[4]} iterations of DLG, ${idlg[4]} of iDLG`);
    assert.ok(byDefault.replace(/\s+/g, ' ').includes(`Only run 4 is shown; others end differently. ${text} This shows all twelve: npm `));
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
