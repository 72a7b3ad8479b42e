/** @file `idlg defend --classifier`: what a trained network recognises, and the bound under noise. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { defendKind } from '../../src/experiments/defend.ts';
import { trainCommand } from '../../src/experiments/train.ts';
import { refusal, withFolder, type Folder } from '../data/files.ts';
import { runsOf } from './evidence-runs.ts';
import { tell } from './runs.ts';
import { smallDataset } from './small.ts';

const test = withFolder(suite<Folder>('defend'));

test('--classifier: who is recognised; under noise, the bound; an error of the whole range', async ({ dir }) => {
  const out = join(dir, 'out'), trained = join(dir, 'trained'), data = smallDataset(join(dir, 'data'), 10, 12);
  const ignored = { write: () => {} };
  trainCommand([...data, '--steps', '2', '--batch', '4', '--out', trained], ignored, ignored);
  const classifier = join(trained, 'trained-none.safetensors');
  const { text } = await tell(defendKind, ...data, '--method', 'map', '--runs', '2', '--workers', '1', '--iterations',
    '3', '--defences', 'gaussian,dp,sign', '--classifier', classifier, '--prior-weight', '3', '--out', out);
  const runs = runsOf(out), boundOf = (at: number): number[] =>
    runs.filter(({ defence, strength }) => defence === 'gaussian' && strength === at).map(({ bound }) => bound!);
  assert.ok(runs.every(({ recognised, originalRecognised }) =>
    typeof recognised === 'boolean' && typeof originalRecognised === 'boolean'));
  for (const index of [0, 1]) {
    const [least, most] = [boundOf(1e-4)[index], boundOf(0.1)[index]];
    assert.ok(least > 0 && Math.abs(most / least / 1000 - 1) < 1e-9, `${least}, ${most}`);
  }
  assert.ok(runs.every(({ defence, bound }) => (bound === undefined) === (defence === 'sign')));
  assert.match(runs[0].options!, /^--prior-weight 3 --classifier [0-9a-f]{12}$/);
  assert.match(text.replace(/\s+/g, ' '), /bound without bias .* recognised \(95 %\)/);
  const { cells } = JSON.parse(readFileSync(join(out, 'defend.json'), 'utf8'));
  assert.equal([cells[0].recognised.of, cells[0].originalsRecognised.of], [2, 2]);
  const svg = readFileSync(join(out, 'defend-mse.svg'), 'utf8');
  const parts = ['>bound for attacks without bias<', '>1e-8<', '>100<', '>median MSE<'];
  for (const part of parts) assert.ok(svg.includes(part), part);
  const missing = join(dir, 'nothing.safetensors'), wrong = join(out, 'runs.jsonl');
  const refused = (path: string) => refusal(tell(defendKind, ...data, '--classifier', path));
  assert.match(await refused(missing), /safetensors: expected weights that `train` has written, got nothing there$/);
  assert.match(await refused(wrong), /runs\.jsonl: expected weights that `train` has written; /);
});

test.run();
