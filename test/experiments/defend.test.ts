/** @file `idlg defend`: the sweep's runs, kept and gone on after; its tables, charts and pictures; what it refuses. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { inFolder } from '../data/files.ts';
import { idlg } from './built.ts';

const QUICK = ['defend', '--method', 'closed-form', '--runs', '2', '--workers', '2'];

const lines = (dir: string): { index: number; method: string; defence: string; strength?: number; mse: number; seconds: number }[] =>
  readFileSync(join(dir, 'runs.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));

test('a run a defence and strength, in order; tables, charts and a picture; the same bytes again', inFolder((dir) => {
  const out = join(dir, 'out'), args = [...QUICK, '--defences', 'prune,none,bfloat16', '--out', out];
  const { status, stdout, stderr } = idlg(...args);
  assert.is(status, 0, stderr);
  const order = ['none', 'bfloat16', ...[0.01, 0.1, 0.2, 0.3, 0.5, 0.7].map((share) => `prune ${share}`)];
  assert.equal(lines(out).map(({ index, defence, strength }) => `${index} ${[defence, strength].join(' ').trim()}`),
    [0, 1].flatMap((index) => order.map((setting) => `${index} ${setting}`)));
  const [none, , first, , , , , last] = lines(out).map(({ mse }) => mse);
  assert.ok(none < 1e-20 && none < first && first < last, `${none}, ${first}, ${last}`);
  assert.equal(readdirSync(out).sort(),
    ['defend-labels.svg', 'defend-ssim.svg', 'defend.json', 'defend.md', 'defend.png', 'runs.jsonl']);
  assert.match(stdout, /^closed form, drawn digits, line search strong-wolfe, 2 runs:\n\n\| defence /);
  assert.match(stdout, /\n\| pruning, share 0\.7 +\| +100\.0 % /);
  const { runs, cells } = JSON.parse(readFileSync(join(out, 'defend.json'), 'utf8'));
  assert.equal([runs, cells.length, cells[0].images.of], [2, 8, 2]);
  const svg = readFileSync(join(out, 'defend-ssim.svg'), 'utf8');
  for (const part of ['>pruning<', '>rounding<', '>bfloat16<', '>0.7<']) assert.ok(svg.includes(part), part);

  // Half of the runs and half a line are lost: the same command makes them again.
  const text = readFileSync(join(out, 'runs.jsonl'), 'utf8'), cut = Math.floor(0.4 * text.length);
  writeFileSync(join(out, 'runs.jsonl'), text.slice(0, cut));
  assert.is(idlg(...args).status, 0);
  const seconds = /"seconds":[\d.e-]+/g;
  assert.is(readFileSync(join(out, 'runs.jsonl'), 'utf8').replace(seconds, ''), text.replace(seconds, ''));
  assert.is(idlg('defend', out).stdout, stdout);
  assert.match(idlg('table1', out).stderr, /expected runs without a defence, got others\n$/);
}));

test('--training: the accuracy of networks trained so, beside what leaks', inFolder((dir) => {
  const out = join(dir, 'out'), trained = join(dir, 'trained'), defences = ['--defences', 'none,bfloat16'];
  assert.is(idlg(...QUICK, ...defences, '--out', out).status, 0);
  assert.is(idlg('train', '--steps', '2', '--batch', '4', '--defences', 'bfloat16', '--out', trained).status, 0);
  const { status, stderr } = idlg('defend', out, '--training', trained, '--out', out);
  assert.is(status, 0, stderr);
  const { cells } = JSON.parse(readFileSync(join(out, 'defend.json'), 'utf8'));
  const { accuracy } = JSON.parse(readFileSync(join(trained, 'trained-bfloat16.json'), 'utf8'));
  assert.equal(cells.map((cell: { heldOutAccuracy?: number }) => cell.heldOutAccuracy), [undefined, accuracy]);
  const svg = readFileSync(join(out, 'defend-utility.svg'), 'utf8');
  for (const name of ['accuracy learnt so, a mini-batch a client', 'closed form: labels found', 'closed form: mean SSIM']) {
    assert.ok(svg.includes(`>${name}<`), name);
  }
  assert.is(idlg('defend', '--method', 'idlg', '--runs', '2', ...defences, '--out', out).status, 0);
  assert.is(idlg('defend', out, '--training', trained, '--out', out).status, 0);
  const both = readFileSync(join(out, 'defend-utility.svg'), 'utf8');
  for (const name of ['best attack: labels found', 'best attack: mean SSIM']) assert.ok(both.includes(`>${name}<`), name);
  const useless = [join(dir, 'nowhere'), out], nothing = /^idlg: --training .*: expected what `idlg train` keeps, got no/;
  for (const folder of useless) assert.match(idlg('defend', out, '--training', folder).stderr, nothing);
  assert.match(idlg(...QUICK, ...defences, '--training', useless[0], '--out', join(dir, 'other')).stderr, nothing);
  assert.not.ok(existsSync(join(dir, 'other', 'runs.jsonl')), 'told before the work');
  const { images } = JSON.parse(readFileSync(join(trained, 'trained-bfloat16.json'), 'utf8'));
  const elsewhere = readFileSync(join(trained, 'trained-bfloat16.json'), 'utf8').replace(`${images}`, `${images + 1}`);
  writeFileSync(join(trained, 'trained-bfloat16.json'), elsewhere);
  assert.match(idlg('defend', out, '--training', trained).stderr, /expected a training by `idlg train`, of images \d+, got \d+/);
}));

test('no defence alone has a panel too', inFolder((dir) => {
  assert.is(idlg(...QUICK, '--defences', 'none', '--out', dir).status, 0);
  assert.match(readFileSync(join(dir, 'defend-ssim.svg'), 'utf8'), />no defence</);
}));

test('another seed is another experiment; shards merge to the same runs', inFolder((dir) => {
  const args = [...QUICK, '--defences', 'int8'], [whole, a, b, merged] = ['w', 'a', 'b', 'm'].map((name) => join(dir, name));
  assert.is(idlg(...args, '--out', whole).status, 0);
  assert.match(idlg(...args, '--seed', '1', '--out', whole).stderr, /expected runs with --seed 1, got runs with --seed 0/);
  assert.is(idlg(...args, '--shard', '1/2', '--out', a).status, 0);
  assert.is(idlg(...args, '--shard', '2/2', '--out', b).status, 0);
  assert.is(idlg('merge', a, b, '--out', merged).status, 0);
  const plain = (dir: string): string => JSON.stringify(lines(dir).map((line) => ({ ...line, seconds: 0 })));
  assert.is(plain(merged), plain(whole));
}));

test('mistakes: one line, exit code 2', inFolder((dir) => {
  for (const [args, message] of [
    [['--defences', 'none,noise'], /^idlg: --defences: expected some of none, gaussian, .*, got "noise"\n$/],
    [['--method', 'gd'], /^idlg: --method: expected one of both, idlg, dlg, closed-form/],
    [[dir], /runs\.jsonl: expected a file, got nothing there\n$/],
  ] as const) {
    const { status, stderr } = idlg('defend', ...args);
    assert.is(status, 2);
    assert.match(stderr, message);
  }
  assert.not(existsSync(join(dir, 'runs.jsonl')));
}));

test.run();
