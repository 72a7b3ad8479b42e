/** @file runs.jsonl: what is read from it and what is refused, without a run being made. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { OutputFolder } from '../../src/experiments/output.ts';
import { gapIn, readRuns, RunFile, toLines } from '../../src/experiments/records.ts';
import { inFolder, rejects, write } from '../data/files.ts';
import { runLine } from './runs.ts';

test('a run twice in a file: once where the seconds alone differ, refused where anything else does', inFolder((dir) => {
  const first = runLine(), second = runLine({ index: 1, method: 'dlg' });
  write(dir, 'runs.jsonl', toLines([first, second, runLine({ seconds: 9 })]));
  assert.equal(readRuns(dir), [first, second]);
  write(dir, 'runs.jsonl', toLines([first, second, runLine({ index: 1, method: 'dlg', mse: 0.26 })]));
  rejects(() => readRuns(dir), join(dir, 'runs.jsonl'),
    /expected run 1 of DLG with the outcome it had before, got another$/);
  write(dir, 'runs.jsonl', toLines(['none', 'prune'].flatMap((defence) =>
    [0.1, 0.2].map((strength) => runLine({ defence: defence as 'none', strength })))));
  assert.is(readRuns(dir).length, 4, 'a defence and a strength name a run too');
}));

test('numbers that were not finite, half a last line, runs of two experiments', inFolder((dir) => {
  write(dir, 'runs.jsonl', toLines([runLine({ mse: NaN, objective: Infinity })]) + toLines([runLine()]).slice(0, -1));
  const [run, ...others] = readRuns(dir);
  assert.equal([run.mse, run.objective, run.psnr, others], [NaN, NaN, 6, []]);
  write(dir, 'runs.jsonl', toLines([runLine(), runLine({ index: 1, seed: 4 })]));
  rejects(() => readRuns(dir), 'runs.jsonl', /expected runs with --seed 0, got runs with --seed 4$/);
}));

test('earlier versions: their names of methods are read as today\'s, their runs not gone on with', inFolder((dir) => {
  const runs = [runLine({ method: 'analytic' }), runLine({ method: 'analytic+idlg' })], former = toLines(runs)
    .replace('"method":"analytic"', '"method":"closed-form"').replace('"analytic+idlg"', '"closed-form+idlg"');
  assert.is(former.match(/"closed-form/g)!.length, 2);
  write(dir, 'runs.jsonl', former);
  assert.equal(readRuns(dir), runs);
  assert.is(readFileSync(join(dir, 'runs.jsonl'), 'utf8'), former);
  write(dir, 'runs.jsonl', toLines([runLine(), runLine({ index: 1, version: 2 })]));
  rejects(() => readRuns(dir), 'runs.jsonl', /expected runs with program version 1, got runs with program version 2$/);
  rejects(() => new RunFile(new OutputFolder(dir), runLine({ version: 2 })), 'runs.jsonl',
    /expected runs with program version 1/);
  write(dir, 'runs.jsonl', toLines([runLine()]));
  rejects(() => new RunFile(new OutputFolder(dir), runLine({ version: 2 })), 'runs.jsonl',
    /expected runs with program version 2, got runs with program version 1; choose another --out$/);
}));

test('a folder gone on with: half a line is cut off, what is there is known, in order at the end', inFolder((dir) => {
  const lines = [2, 1, 0].map((index) => runLine({ index }));
  write(dir, 'runs.jsonl', toLines(lines.slice(0, 2)) + toLines(lines).slice(0, 20));
  const out = new OutputFolder(dir);
  rejects(() => new RunFile(out, runLine({ seed: 4 })), 'runs.jsonl',
    /--seed 4, got .*--seed 0; choose another --out$/);
  const file = new RunFile(out, lines[0]);
  assert.equal([2, 1, 0].map((index) => file.has(runLine({ index }))), [true, true, false]);
  rejects(() => new RunFile(out, lines[0]), 'runs.lock', /expected this process alone/);
  file.add(lines[2]);
  assert.is(readFileSync(join(dir, 'runs.jsonl'), 'utf8'), toLines(lines));
  file.sort();
  assert.is(readFileSync(join(dir, 'runs.jsonl'), 'utf8'), toLines(lines.toReversed()));
  file.close();
  new RunFile(out, lines[0]).close();
}));

test('what is missing: of every index up to the last, the methods and settings that any has', () => {
  const runs = [0, 1, 2].flatMap((index) => (['idlg', 'dlg'] as const).map((method) => runLine({ index, method })));
  assert.equal([runs, [], [runs[0]], runs.slice(0, 4)].map(gapIn), [undefined, undefined, undefined, undefined]);
  assert.is(gapIn([runs[0], ...runs.slice(2)]), 'up to run 2, the last one there, 1 run is missing');
  assert.is(gapIn([runs[5]]), 'up to run 2, the last one there, 2 runs are missing');
});

test.run();
