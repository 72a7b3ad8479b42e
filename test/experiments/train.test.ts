/** @file `idlg train`: learns, keeps each training, goes on after those that are there; its weights can be audited. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { readTensorFile } from '../../src/data/tensor-file.ts';
import { VERSION } from '../../src/experiments/protocol.ts';
import { trainCommand } from '../../src/experiments/train.ts';
import { networkFrom } from '../../src/layers/checkpoint.ts';
import { inFolder, rejects, write } from '../data/files.ts';
import { smallDataset } from './small.ts';

function run(...args: string[]): string {
  let text = '';
  trainCommand(args, { write: (part) => (text += part) }, { write: () => {} });
  return text;
}

const QUICK = ['--steps', '12', '--batch', '4'];

test('a training a defence and strength, and the same bits again; only what is missing is made', inFolder((dir) => {
  const data = smallDataset(join(dir, 'data'), 20, 12), out = join(dir, 'out');
  const args = [...QUICK, ...data, '--defences', 'none,int8', '--out', out], text = run(...args);
  assert.match(text, /^\| defence +\| right, of 4 held out \| seconds \| +stop \|\n/);
  assert.match(text, /\n\| no defence \| +\d+\.\d % \| +\d+ \| iterations \|\n\| int8 /);
  assert.equal(readdirSync(out).sort(),
    ['none', 'int8'].flatMap((name) => [`trained-${name}.json`, `trained-${name}.safetensors`]).sort());
  const read = (name: string): string => readFileSync(join(out, name), 'utf8');
  const record = JSON.parse(read('trained-int8.json')), before = read('trained-none.json');
  assert.equal([record.dataset, record.steps, record.defence, record.heldOut], ['mnist', 12, 'int8', 4]);
  const weights = readFileSync(join(out, 'trained-int8.safetensors'));
  rmSync(join(out, 'trained-int8.json'));
  run(...args);
  assert.is(read('trained-none.json'), before, 'its seconds too: it was not made again');
  assert.equal(readFileSync(join(out, 'trained-int8.safetensors')), weights);
  assert.is(JSON.parse(read('trained-int8.json')).accuracy, record.accuracy);
  assert.equal(networkFrom(readTensorFile(join(out, 'trained-none.safetensors'))).imageShape, [1, 12, 12]);
}));

test('--activation: another network, and another training in the folder', inFolder((dir) => {
  const data = smallDataset(join(dir, 'data'), 20, 12), weights = ['sigmoid', 'tanh'].map((activation) => {
    const out = join(dir, activation);
    run(...QUICK, ...data, '--activation', activation, '--out', out);
    assert.is(JSON.parse(readFileSync(join(out, 'trained-none.json'), 'utf8')).activation, activation);
    return readFileSync(join(out, 'trained-none.safetensors'), 'latin1');
  });
  assert.is.not(weights[0], weights[1]);
  rejects(() => run(...QUICK, ...data, '--out', join(dir, 'tanh')), 'trained-none.json',
    /a training run of `train`, with activation sigmoid, got tanh; choose another folder$/);
  // What was kept before there was the option is of sigmoids.
  const file = join(dir, 'sigmoid', 'trained-none.json');
  const { activation, ...first } = JSON.parse(readFileSync(file, 'utf8'));
  write(join(dir, 'sigmoid'), 'trained-none.json', JSON.stringify(first));
  run(...QUICK, ...data, '--out', join(dir, 'sigmoid'));
  rejects(() => run(...QUICK, ...data, '--activation', 'tanh', '--out', join(dir, 'sigmoid')), 'trained-none.json',
    /with activation tanh, got sigmoid; choose another folder$/);
  assert.is(activation, 'sigmoid');
}));

test('what the first version kept is not gone on with', inFolder((dir) => {
  const args = [...smallDataset(join(dir, 'data'), 5, 12), '--steps', '1', '--out', dir], text = run(...args);
  const { version, kernels, ...first } = JSON.parse(readFileSync(join(dir, 'trained-none.json'), 'utf8'));
  assert.equal([version, kernels], [VERSION, 'fast']);
  write(dir, 'trained-none.json', JSON.stringify(first));
  assert.is(run(...args), text);
  assert.throws(() => run(...args, '--defences', 'none,int8'),
    new RegExp(`expected files made by program version ${VERSION}, got some made by version 1; choose another folder$`));
  assert.equal(readdirSync(dir).filter((name) => name.includes('int8')), []);
}));

test('mistakes: another training in the folder, a file that is none, a defence that is none', inFolder((dir) => {
  const data = smallDataset(join(dir, 'data'), 5, 12);
  run(...data, '--steps', '1', '--out', dir);
  rejects(() => run(...data, '--steps', '2', '--out', dir), 'trained-none.json',
    /expected a training run of `train`, with steps 2, got 1; choose another folder/);
  writeFileSync(join(dir, 'trained-none.json'), '{}');
  rejects(() => run(...data, '--steps', '1', '--out', dir), 'trained-none.json', /expected a training run of `train`/);
  rejects(() => run('--defences', 'noise'), '--defences', /expected any of none, gaussian/);
  rejects(() => run('--batch', '0'), '--batch', /from 1/);
  rejects(() => run('--data', 'x'), '--data', /which is drawn/);
}));

test.run();
