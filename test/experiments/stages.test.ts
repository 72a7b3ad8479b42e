/** @file `idlg stages`: a network attacked as it learns; each kept, gone on after, made by shards; what it refuses. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { lastLayer } from '../../src/attack/extract-label.ts';
import { mse } from '../../src/attack/metrics.ts';
import { analytic } from '../../src/beyond/analytic/analytic.ts';
import { toFloat32 } from '../../src/beyond/defence/defences.ts';
import { subset, train } from '../../src/beyond/training/train.ts';
import { mnist } from '../../src/data/idx.ts';
import { VERSION } from '../../src/experiments/protocol.ts';
import type { RunRecord } from '../../src/experiments/run.ts';
import { stagesCommand } from '../../src/experiments/stages.ts';
import { lenet } from '../../src/kernels/lenet.ts';
import { ACTIVATIONS } from '../../src/nn/activation.ts';
import { inFolder, rejects, write } from '../data/files.ts';
import { smallDataset } from './small.ts';

function run(...args: string[]): string {
  let text = '';
  stagesCommand(args, { write: (part) => (text += part) }, { write: () => {} });
  return text;
}

interface Course {
  readonly image: number;
  readonly attackSeed: number;
  readonly truth: number;
  readonly course: readonly {
    readonly steps: number;
    readonly probability: number;
    readonly attacks: Readonly<Record<string, RunRecord>>;
  }[];
}

const read = (dir: string, name: string): Course => JSON.parse(readFileSync(join(dir, name), 'utf8'));

test('a network a file, a stage a row; kept is what training as long gives; shards share a folder', inFolder((dir) => {
  const data = smallDataset(join(dir, 'data'), 10, 12), out = join(dir, 'out');
  const args = [...data, '--stages', '0,2', '--seed', '2', '--out', out], text = run(...args);
  assert.equal(readdirSync(out).sort(), ['stages-0.json', 'stages.md', 'stages.svg']);
  assert.match(text, /^MNIST, networks: 1, medians:\n\n\| steps \| right, of those held out \|/);
  const whole = readFileSync(join(out, 'stages.md'), 'utf8');
  assert.match(whole, /\n\| 2 {5}\|( +1 of 1, \d\.\d\de-\d+, \d+ \|){5}\n/);
  const cells = (text: string): string[] => text.split(/[|\n]/).map((cell) => cell.trim()).filter(Boolean);
  const missing = cells(whole).filter((cell) => !/^-+:?$/.test(cell) && !cells(text).includes(cell));
  assert.equal(missing, [], 'the screen has all that the file has');
  for (const line of text.split('\n')) assert.ok([...line].length <= 80, `${[...line].length} columns: ${line}`);
  const { image: index, attackSeed: seed, truth, course } = read(out, 'stages-0.json');
  assert.equal(course.map(({ steps }) => steps), [0, 2]);

  // The second stage by hand: the same weights after the same two mini-batches, and the analytic attack from float32.
  const all = mnist(join(dir, 'data')), { image, label } = all.example(index);
  const learnt = subset(all, 0, all.size - all.size / 5);
  const network = lenet({ channels: 1, height: 12, width: 12, classes: 10, seed });
  train(network, learnt, { steps: 2, seed });
  const { attacks, probability } = course[1], gradient = network.gradient(image, label);
  const found = (gradient: Parameters<typeof analytic>[1]): number =>
    mse(analytic(network, gradient, { seed }).image, image);
  assert.is(label, truth);
  assert.is(attacks.closed.mse, found(toFloat32(gradient)));
  assert.is(attacks.exact.mse, found(gradient));
  assert.ok(attacks.exact.mse < 1e-6 * attacks.closed.mse, 'float64 is better than float32');
  assert.ok(Math.abs(probability - 1 - lastLayer(gradient).bias!.data[label]) < 1e-12,
    'Eq. (2): p_c − 1 is the bias\'s gradient');
  assert.ok(Object.values(attacks).every(({ labelCorrect }) => labelCorrect));
  assert.ok(attacks.start.evaluations < attacks.relative.evaluations, 'a good start saves evaluations');

  const made = readFileSync(join(out, 'stages-0.json'), 'utf8');
  run(...args, '--runs', '2', '--shard', '1/2');
  assert.not(existsSync(join(out, 'stages-1.json')));
  assert.is(readFileSync(join(out, 'stages-0.json'), 'utf8'), made, 'its seconds too: it was not made again');
  assert.is(run(...args), text);
}));

test('what the first version kept is told, and not gone on with', inFolder((dir) => {
  const args = [...smallDataset(join(dir, 'data'), 5, 12), '--stages', '0', '--out', dir], text = run(...args);
  const kept = JSON.parse(readFileSync(join(dir, 'stages-0.json'), 'utf8')), { version, kernels, ...first } = kept;
  assert.equal([version, kernels], [VERSION, 'fast']);
  write(dir, 'stages-0.json', JSON.stringify(first));
  assert.is(run(...args), text);
  assert.throws(() => run(...args, '--runs', '2'),
    new RegExp(`expected files made by program version ${VERSION}, got some made by version 1; choose another folder$`));
  assert.not(existsSync(join(dir, 'stages-1.json')));
}));

test('--activation: another network; after relu, which has no inverse, the attacks that descend', inFolder((dir) => {
  const data = smallDataset(join(dir, 'data'), 10, 8), courses = ACTIVATIONS.map((activation) => {
    const out = join(dir, activation), args = [...data, '--stages', '0', '--activation', activation, '--out', out];
    const text = run(...args);
    const title = activation === 'sigmoid' ? 'MNIST' : `MNIST, ${activation}`;
    assert.ok(text.startsWith(`${title}, networks: 1`), text);
    assert.is(run(...args), text, 'kept');
    const kept = JSON.parse(readFileSync(join(out, 'stages-0.json'), 'utf8'));
    assert.is(kept.activation, activation);
    return read(out, 'stages-0.json').course[0];
  });
  assert.equal(courses.map(({ attacks }) => Object.keys(attacks).join()),
    ['paper,relative,start,closed,exact', 'paper,relative,start,closed,exact', 'paper,relative']);
  assert.is(new Set(courses.map(({ probability }) => probability)).size, 3);
  // What was kept before there was the option is of sigmoids.
  const file = join(dir, 'sigmoid', 'stages-0.json');
  const { activation: _, ...first } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify(first));
  const again = [...data, '--stages', '0', '--out', join(dir, 'sigmoid')];
  run(...again);
  rejects(() => run(...again, '--activation', 'tanh'), 'stages-0.json', /with activation tanh, got sigmoid; choose/);
}));

test('mistakes: stages that do not rise, another experiment in the folder, a file that is none', inFolder((dir) => {
  const data = smallDataset(join(dir, 'data'), 5, 12);
  for (const stages of ['', '3,3', '5,2', '-1', '1.5', 'all']) {
    rejects(() => run(`--stages=${stages}`), '--stages', /expected (increasing whole numbers from 0|N,N,…)/);
  }
  run(...data, '--stages', '0', '--out', dir);
  rejects(() => run(...data, '--stages', '0,1', '--out', dir), 'stages-0.json',
    /a network of `stages`, with stages 0,1, got 0; choose another folder/);
  rejects(() => run(...data, '--stages', '0', '--seed', '1', '--out', dir), 'stages-0.json',
    /with seed 1, got 0; choose another folder/);
  const whole = readFileSync(join(dir, 'stages-0.json'), 'utf8');
  const short = whole.replace(/"course": \[[^]*\]/, '"course": []');
  for (const content of ['{', '{}', 'null', short, short.replace('[]', '[null]')]) {
    writeFileSync(join(dir, 'stages-0.json'), content);
    rejects(() => run(...data, '--stages', '0', '--out', dir), 'stages-0.json', /expected a network/);
  }
  write(dir, 'stages-0.json', whole.replace('"kernels": "fast"', '"kernels": "plain"'));
  rejects(() => run(...data, '--stages', '0', '--out', dir), 'stages-0.json',
    /with kernels fast, got plain; choose another folder/);
  rejects(() => run('--data', 'x'), '--data', /which is drawn/);
  rejects(() => run('--shard', '3/2'), '--shard', /expected i\/n/);
}));

test.run();
