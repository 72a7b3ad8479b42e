/** @file `idlg defend`, in this process: the sweep's runs in order; its tables, charts, pictures; what it refuses. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { defenceSettings, type DefenceName } from '../../src/beyond/defence/defences.ts';
import type { Method } from '../../src/experiments/attacks.ts';
import { defendKind } from '../../src/experiments/defend.ts';
import type { RunLine } from '../../src/experiments/protocol.ts';
import { toLines } from '../../src/experiments/records.ts';
import { table1 } from '../../src/experiments/table1.ts';
import { trainCommand } from '../../src/experiments/train.ts';
import { refusal, withFolder, write, type Folder } from '../data/files.ts';
import { runsOf } from './evidence-runs.ts';
import { runLine, tell } from './runs.ts';
import { smallDataset } from './small.ts';

const test = withFolder(suite<Folder>('defend'));

/** Writes two runs of a method under each defence and strength, which none has made. */
function pretend(
  dir: string, methods: readonly Method[], defences: readonly DefenceName[], more: Partial<RunLine> = {},
): void {
  const runs = [0, 1].flatMap((index) => defenceSettings(defences).flatMap((setting) => methods.map((method) =>
    runLine({ lineSearch: 'strong-wolfe', ...more, ...setting, index, method }))));
  write(dir, 'runs.jsonl', toLines(runs));
}

test('a run a defence and strength, in order; tables, charts and a picture', async ({ dir }) => {
  const out = join(dir, 'out'), data = smallDataset(join(dir, 'data'), 10, 12);
  const { text } = await tell(defendKind, ...data, '--method', 'analytic', '--runs', '2', '--workers', '1',
    '--defences', 'prune,none,bfloat16', '--out', out);
  const order = ['none', 'bfloat16', ...[0.01, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99].map((share) => `prune ${share}`)];
  assert.equal(runsOf(out).map(({ index, defence, strength }) => `${index} ${[defence, strength].join(' ').trim()}`),
    [0, 1].flatMap((index) => order.map((setting) => `${index} ${setting}`)));
  const [none, , first, , , , , last] = runsOf(out).map(({ mse }) => mse);
  assert.ok(none < 1e-20 && none < first && first < last, `${none}, ${first}, ${last}`);
  assert.equal(readdirSync(out).sort(),
    ['defend-labels.svg', 'defend-mse.svg', 'defend-ssim.svg', 'defend.json', 'defend.md', 'defend.png', 'runs.jsonl']);
  assert.match(text, /^analytic, MNIST, line search strong-wolfe, 2 runs:\n\n\| defence /);
  assert.match(text, /\n\| pruning, share 0\.7 +\| +100\.0 % /);
  for (const line of text.split('\n')) assert.ok([...line].length <= 80, `${[...line].length} columns: ${line}`);
  const whole = readFileSync(join(out, 'defend.md'), 'utf8');
  const [, ...cells] = /\n\|( no defence .*)\|\n/.exec(whole)![1].split('|').map((cell) => cell.trim());
  assert.is(cells.length, 6, 'a row of the file has every column');
  for (const cell of cells) assert.ok(text.includes(` ${cell} |`), cell);
  const { runs, cells: settings } = JSON.parse(readFileSync(join(out, 'defend.json'), 'utf8'));
  assert.equal([runs, settings.length, settings[0].images.of], [2, 10, 2]);
  const svg = readFileSync(join(out, 'defend-ssim.svg'), 'utf8');
  for (const part of ['>pruning<', '>rounding<', '>bfloat16<', '>0.7<']) assert.ok(svg.includes(part), part);
  assert.is((await tell(defendKind, out)).text, text);
  assert.match(await refusal(tell(table1, out)), /expected runs without a defence, got others$/);
});

test('--training: the accuracy of networks trained so, beside what leaks', async ({ dir }) => {
  const out = join(dir, 'out'), trained = join(dir, 'trained'), data = smallDataset(join(dir, 'data'), 10, 12);
  const ignored = { write: () => {} };
  trainCommand([...data, '--steps', '2', '--batch', '4', '--defences', 'bfloat16', '--out', trained], ignored, ignored);
  const pretended = (...methods: Method[]): void => pretend(out, methods, ['none', 'bfloat16'], { dataset: 'mnist' });
  const told = () => tell(defendKind, out, '--training', trained, '--out', out);
  pretended('analytic');
  await told();
  const { cells } = JSON.parse(readFileSync(join(out, 'defend.json'), 'utf8'));
  const { accuracy, images } = JSON.parse(readFileSync(join(trained, 'trained-bfloat16.json'), 'utf8'));
  assert.equal(cells.map((cell: { heldOutAccuracy?: number }) => cell.heldOutAccuracy), [undefined, accuracy]);
  const utility = (): string => readFileSync(join(out, 'defend-utility.svg'), 'utf8');
  const accuracyName = 'held-out accuracy of training under the defence';
  for (const name of [accuracyName, 'analytic: labels found', 'analytic: mean SSIM × 100']) {
    assert.ok(utility().includes(`>${name}<`), name);
  }
  pretended('idlg', 'analytic');
  await told();
  for (const name of ['best attack: labels found', 'best attack: mean SSIM × 100']) {
    assert.ok(utility().includes(`>${name}<`), name);
  }
  const useless = [join(dir, 'nowhere'), out];
  const nothing = /^--training .*: expected training runs that `train` kept, got none$/;
  for (const folder of useless) assert.match(await refusal(tell(defendKind, out, '--training', folder)), nothing);
  const other = join(dir, 'other');
  assert.match(await refusal(tell(defendKind, ...data, '--training', useless[0], '--out', other)), nothing);
  assert.not.ok(existsSync(join(other, 'runs.jsonl')), 'told before the work');
  const path = join(trained, 'trained-bfloat16.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace(`${images}`, `${images + 1}`));
  assert.match(await refusal(told()), /expected a training run of `train`, with images \d+, got \d+/);
});

test('no defence alone has a panel too', async ({ dir }) => {
  pretend(dir, ['analytic'], ['none']);
  await tell(defendKind, dir, '--out', dir);
  assert.match(readFileSync(join(dir, 'defend-ssim.svg'), 'utf8'), />no defence<[^]*>defence</, 'a panel and its axis');
});

test('mistakes', async ({ dir }) => {
  for (const [args, message] of [
    [['--defences', 'none,noise'], /^--defences: expected any of none, gaussian, .*, got "noise"$/],
    [['--method', 'gd'], /^--method: expected one of both, idlg, dlg, analytic/],
    [[dir], /runs\.jsonl: expected a file, got nothing there$/],
  ] as const) {
    assert.match(await refusal(tell(defendKind, ...args)), message);
  }
  assert.not(existsSync(join(dir, 'runs.jsonl')));
});

test.run();
