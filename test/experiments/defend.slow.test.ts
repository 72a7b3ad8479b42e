/** @file `idlg defend` as a user runs it: gone on after, merged from shards, and refused. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { withFolder, type Folder } from '../data/files.ts';
import { idlg } from './built.ts';
import { bytesOf, succeeds } from './evidence-runs.ts';
import { smallDataset } from './small.ts';

const test = withFolder(suite<Folder>('defend, as processes'));

const quick = (dir: string): string[] =>
  ['defend', ...smallDataset(join(dir, 'data'), 10, 12), '--method', 'analytic', '--runs', '2', '--workers', '2'];

test('half of the runs and half a line are lost: the same command makes them again', ({ dir }) => {
  const out = join(dir, 'out'), file = join(out, 'runs.jsonl');
  const args = [...quick(dir), '--defences', 'prune,none,bfloat16', '--out', out];
  const told = succeeds(...args), bytes = bytesOf(out), text = readFileSync(file, 'utf8');
  writeFileSync(file, text.slice(0, Math.floor(0.4 * text.length)));
  assert.is(succeeds(...args), told);
  assert.is(bytesOf(out), bytes);
  assert.is(succeeds('defend', out), told);
});

test('another seed is another experiment; shards merge to the same runs', ({ dir }) => {
  const args = [...quick(dir), '--defences', 'int8'];
  const [whole, a, b, merged] = ['w', 'a', 'b', 'm'].map((name) => join(dir, name));
  succeeds(...args, '--out', whole);
  assert.match(idlg(...args, '--seed', '1', '--out', whole).stderr,
    /expected runs with --seed 1, got runs with --seed 0/);
  succeeds(...args, '--shard', '1/2', '--out', a);
  succeeds(...args, '--shard', '2/2', '--out', b);
  succeeds('merge', a, b, '--out', merged);
  assert.is(bytesOf(merged), bytesOf(whole));
});

test('a mistake: one line, exit code 2', () => {
  const { status, stderr } = idlg('defend', '--defences', 'none,noise');
  assert.is(status, 2);
  assert.match(stderr, /^idlg: --defences: expected any of none, gaussian, .*, got "noise"\n$/);
});

test.run();
