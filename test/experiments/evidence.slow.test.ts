/**
 * @file The papers' runs as a user makes them: by any number of workers, in shards, where the disk is full or nobody
 * listens, the same bytes come out.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { withFolder, type Folder } from '../data/files.ts';
import { bytesOf, oneWorker, QUICK, refuses, runsOf, succeeds, wholeLines } from './evidence-runs.ts';
import { idlg, shell } from './built.ts';

const test = withFolder(suite<Folder>('evidence, as processes'));

test('where the report cannot be written it says that the runs are safe, if it made them', ({ dir }) => {
  const runs = join(dir, 'runs'), told = /figure1\.svg: expected to write it, got an error: the file is too large/;
  const limited = (command: string) => shell(`ulimit -f 4; idlg figure1 ${command}`);
  const made = limited(`--runs 1 --iterations 1 --workers 1 --out '${runs}'`);
  assert.is(made.status, 2, made.stderr);
  assert.match(made.stderr, told);
  const safe = `; the finished runs are in ${runs}, and the same command resumes there\n`;
  assert.ok(made.stderr.endsWith(safe), made.stderr);
  assert.is(runsOf(runs).length, 2);
  assert.not.ok(['figure1.svg', 'figure1.svg.partial', 'figure1.json'].some((name) => existsSync(join(runs, name))));
  const read = limited(`'${runs}' --out '${dir}'`);
  assert.is(read.status, 2);
  assert.match(read.stderr, new RegExp(`${told.source}\n$`));
});

test('runs.jsonl: a line a run, in order, with what repeats it', ({ dir }) => {
  succeeds('table1', ...QUICK, '--workers', '2', '--out', dir);
  assert.is(bytesOf(dir), oneWorker());
  const runs = runsOf(dir);
  assert.equal(runs.map(({ index, method }) => `${index} ${method}`),
    Array.from({ length: 24 }, (_, i) => `${i >> 1} ${i % 2 ? 'dlg' : 'idlg'}`));
  assert.is(new Set(runs.map(({ attackSeed }) => attackSeed)).size, 12, 'DLG and iDLG of a run share their draws');
  for (const run of runs) {
    assert.is(run.labelCorrect, run.label === run.truth);
    assert.equal([run.dataset, run.lineSearch, run.seed, run.mostIterations], ['digits', 'none', 3, 2]);
    assert.ok(['iterations', 'change'].includes(run.stop), run.stop);
    assert.ok(run.seconds > 0 && run.evaluations > 0);
  }
  const { image, attackSeed, truth, mse, objective, evaluations } = runs[15];
  const repeated = JSON.parse(succeeds(
    'attack', '--index', String(image), '--seed', String(attackSeed), '--iterations', '2', '--method', 'dlg',
    '--line-search', 'none', '--tolerance', '1e-6', '--look-every', '10', '--json',
  ));
  assert.is(repeated.truth.label, truth);
  assert.equal([repeated.runs[0].mse, repeated.runs[0].objective, repeated.runs[0].evaluations],
    [mse, objective, evaluations]);
});

test('nobody who hears of the progress: it goes on', ({ dir }) => {
  const { status } = shell(`idlg table1 ${QUICK.join(' ')} --out '${dir}' 2> >(exec true) > /dev/null`);
  assert.is(status, 0);
  assert.is(runsOf(dir).length, 24);
});

test('three shards, merged, are the bytes of one process', ({ dir }) => {
  const shards = [1, 2, 3].map((i) => join(dir, `shard-${i}`));
  shards.forEach((shard, i) => succeeds('table1', ...QUICK, '--shard', `${i + 1}/3`, '--out', shard));
  assert.equal(runsOf(shards[1]).map(({ index }) => index).filter((_, n) => n % 2), [1, 4, 7, 10]);
  const merged = join(dir, 'merged');
  const gap = /up to run 11, the last one there, 8 runs are missing\n$/;
  assert.match(succeeds('merge', shards[2], shards[0], '--out', merged), /^16 runs from 2 folders written to .*merged; /);
  assert.match(succeeds('merge', merged, '--out', merged), gap);
  assert.match(idlg('table1', merged).stderr, gap);
  assert.match(succeeds('merge', ...shards, '--out', merged), /^24 runs from 3 folders written to .*merged\n$/);
  assert.is(bytesOf(merged), oneWorker());
  const table = succeeds('table1', merged, '--json');
  assert.equal(JSON.parse(table).columns[0].methods.idlg.of, 12);
  assert.is(succeeds('table1', ...QUICK, '--out', merged, '--json'), table);
});

test('another experiment in the folder: one line, and exit code 2', ({ dir }) => {
  succeeds('table1', '--runs', '1', '--iterations', '1', '--out', dir);
  refuses(/expected runs with --line-search strong-wolfe, got runs with --line-search none; choose another --out/,
    'table1', '--iterations', '1', '--line-search', 'strong-wolfe', '--out', dir);
});

test('--activation: runs of another network, told as such; sigmoid is not said, as in older files', ({ dir }) => {
  const args = ['--runs', '1', '--method', 'analytic', '--workers', '1', '--out', dir];
  assert.match(succeeds('table1', ...args, '--activation', 'tanh'), /drawn digits, tanh, line search none/);
  const [{ activation, mse }] = runsOf(dir);
  assert.ok(activation === 'tanh' && mse < 1e-20);
});

test('where no more can be written it says what is safe, and that is', ({ dir }) => {
  const { status, stderr } = shell(`ulimit -f 4; idlg table1 ${QUICK.join(' ')} --workers 2 --out '${dir}'`);
  assert.is(status, 2, stderr);
  assert.match(stderr, /idlg: .*runs\.jsonl: expected to add a run, got an error: .*; the \d+ runs in it are safe, /);
  assert.match(stderr, /safe, and the same command resumes there\n$/);
  const kept = Number(/the (\d+) runs/.exec(stderr)![1]);
  assert.ok(kept > 0);
  assert.is(wholeLines(dir), kept);
  succeeds('table1', ...QUICK, '--out', dir);
  assert.is(bytesOf(dir), oneWorker());
});

test.run();
