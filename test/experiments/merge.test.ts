/** @file Folders of runs joined, and those that do not go together. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { mergeCommand } from '../../src/experiments/merge.ts';
import { toLines } from '../../src/experiments/records.ts';
import type { RunLine } from '../../src/experiments/protocol.ts';
import { inFolder, rejects, write } from '../data/files.ts';
import { runLine } from './runs.ts';

/** The folders, each with such runs. */
const foldersIn = (dir: string, ...shards: readonly (readonly RunLine[])[]): string[] =>
  shards.map((runs, i) => join(write(dir, `${i}/runs.jsonl`, toLines(runs)), '..'));

/** What the command writes to the screen. */
function merge(folders: readonly string[], out: string): string {
  let text = '';
  mergeCommand([...folders, '--out', out], { write: (part) => (text += part) });
  return text;
}

test('the runs of all folders and of --out, each once and in order; the first folder\'s seconds', inFolder((dir) => {
  const [zero, one, two, three] = [0, 1, 2, 3].map((index) => runLine({ index })), out = join(dir, 'out');
  const [a, b, c] = foldersIn(dir, [two, zero], [{ ...zero, seconds: 99 }, one], [three]);
  assert.is(merge([a, b], out), `3 runs from 2 folders written to ${out}\n`);
  assert.is(readFileSync(join(out, 'runs.jsonl'), 'utf8'), toLines([zero, one, two]));
  assert.is(merge([c], out), `4 runs from 1 folder written to ${out}\n`);
  assert.is(readFileSync(join(out, 'runs.jsonl'), 'utf8'), toLines([zero, one, two, three]));
  assert.not(existsSync(join(out, 'runs.lock')));
  assert.match(merge([c], join(dir, 'other')), /; up to run 3, the last one there, 3 runs are missing\n$/);
}));

test('two results of a run, in two folders, in one, or in --out: refused, nothing is written', inFolder((dir) => {
  const another = { ...runLine(), mse: 0.26 }, out = join(dir, 'out');
  const [a, b, both] = foldersIn(dir, [runLine()], [another], [runLine(), another]);
  const message = /expected run 0 of iDLG with the outcome it had before, got another$/;
  rejects(() => merge([a, b], out), join(b, 'runs.jsonl'), message);
  rejects(() => merge([both], out), join(both, 'runs.jsonl'), message);
  assert.not(existsSync(join(out, 'runs.jsonl')));
  merge([a], out);
  rejects(() => merge([b], out), join(b, 'runs.jsonl'), message);
  assert.is(readFileSync(join(out, 'runs.jsonl'), 'utf8'), toLines([runLine()]));
}));

test('runs of two experiments are refused, with what differs; so are folders without any', inFolder((dir) => {
  const [a, b, none] = foldersIn(dir, [runLine()], [runLine({ index: 1, lookEvery: 1 })], []), out = join(dir, 'out');
  rejects(() => merge([a, b], out), join(b, 'runs.jsonl'), /expected runs with --look-every 10, got .*--look-every 1$/);
  rejects(() => merge([none], out), none, /expected runs, got none$/);
}));

test.run();
