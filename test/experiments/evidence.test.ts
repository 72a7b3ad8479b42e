/**
 * @file The papers' runs, in this process: made, kept, gone on after and told; what is refused. evidence.slow.test.ts
 * has them as a user makes them, with signals, full disks and kills.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { suite } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { mnist } from '../../src/data/idx.ts';
import { digits } from '../../src/data/synthetic.ts';
import { EVIDENCE_OPTIONS, headOf, methodsIn } from '../../src/experiments/evidence.ts';
import { readExperiment } from '../../src/experiments/experiment.ts';
import { figure1 } from '../../src/experiments/figure1.ts';
import { figure2Command } from '../../src/experiments/figure2.ts';
import { mergeCommand } from '../../src/experiments/merge.ts';
import { Options } from '../../src/experiments/options.ts';
import { attackOptions, drawRun, protocolFor, protocolOf, type RunLine } from '../../src/experiments/protocol.ts';
import { toLines } from '../../src/experiments/records.ts';
import { attackClient, createClient } from '../../src/experiments/run.ts';
import { table1 } from '../../src/experiments/table1.ts';
import { exampleTarget } from '../../src/experiments/target.ts';
import { refusal, rejects, withFolder, write, type Folder } from '../data/files.ts';
import { bytesOf, runsOf } from './evidence-runs.ts';
import { runLine, tell, tenRuns } from './runs.ts';
import { smallDataset } from './small.ts';

const test = withFolder(suite<Folder>('evidence'));

/** Drawn digits, and the experiment that these options are. */
const QUICK = ['--iterations', '2', '--runs', '3', '--seed', '3'];
const PROTOCOL = protocolFor('digits', digits(), { mostIterations: 2, seed: 3 });

/** Writes the experiment's runs, which none has made, of indices 0 to n − 1. */
function pretend(dir: string, n: number, more: Partial<RunLine> = {}): string {
  const runs = Array.from({ length: n }, (_, index) => (['idlg', 'dlg'] as const).map((method) =>
    runLine({ ...PROTOCOL, ...drawRun(PROTOCOL, index), method, ...more })));
  write(dir, 'runs.jsonl', toLines(runs.flat()));
  return dir;
}

test('what is told of runs: their methods, the baseline first, and what is not the papers\' protocol', () => {
  const { protocol, runs } = tenRuns('lfw'), solved = { ...runs[0], method: 'analytic' } as const;
  assert.equal(methodsIn([{ protocol, runs: [solved, ...runs] }]), ['dlg', 'idlg', 'analytic']);
  assert.equal(methodsIn([{ protocol, runs: [solved] }]), ['analytic']);
  assert.equal(headOf({ protocol, runs }), { title: 'LFW', details: 'line search none' });
  const other = { lineSearch: 'strong-wolfe', activation: 'tanh', mostIterations: 7, seed: 5 } as const;
  assert.is(headOf({ protocol: { ...protocol, ...other }, runs }).details,
    'tanh, line search strong-wolfe, iterations 7, seed 5');
});

test('runs.jsonl: a line a run, in order, with what repeats it; the same where some were lost', async ({ dir }) => {
  const data = join(dir, 'data'), out = join(dir, 'out'), file = join(out, 'runs.jsonl');
  const args = [...smallDataset(data, 10, 12), ...QUICK, '--out', out];
  const { aside, text } = await tell(table1, ...args, '--workers', '2');
  assert.match(aside, /^0 of 6 attacks\n[^]*written to .*out: table1\.md, table1\.json\n$/);
  const runs = runsOf(out), all = mnist(data), protocol = protocolFor('mnist', all, { mostIterations: 2, seed: 3 });
  assert.equal(runs.map(({ index, method }) => `${index} ${method}`),
    ['0 idlg', '0 dlg', '1 idlg', '1 dlg', '2 idlg', '2 dlg']);
  for (const run of runs) {
    assert.equal(protocolOf(run), protocol);
    assert.ok(run.seconds > 0 && ['iterations', 'objective', 'change'].includes(run.stop), run.stop);
    const { index, image, attackSeed, truth, method } = run, draw = drawRun(protocol, index);
    assert.equal({ index, image, attackSeed }, draw);
    const target = exampleTarget('mnist', all, image), client = createClient(target, 'sigmoid', attackSeed);
    assert.is(truth, target.label);
    const { record } = attackClient(client, target, method, attackOptions(protocol, draw));
    assert.equal({ ...run, seconds: 0 }, { ...protocol, ...draw, truth, ...record, seconds: 0 });
  }

  // The last run and half of the one before are lost: the same command makes the two again, and no other.
  const bytes = bytesOf(out), lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, `${lines.slice(0, 4).join('\n')}\n${lines[4].slice(0, 30)}`);
  const again = await tell(table1, ...args, '--workers', '1');
  assert.match(again.aside, /^4 of 6 attacks\n/);
  assert.is(again.text, text);
  assert.is(bytesOf(out), bytes);
  assert.equal(readFileSync(file, 'utf8').split('\n').slice(0, 4), lines.slice(0, 4), 'their seconds too');
  assert.not.ok(existsSync(join(out, 'runs.lock')));
});

test('--kernels plain: in the workers too, and in what is told', async ({ dir }) => {
  const data = join(dir, 'data'), out = join(dir, 'out'), args = [...smallDataset(data, 10, 12), '--iterations', '2'];
  await tell(table1, ...args, '--runs', '1', '--method', 'idlg', '--kernels', 'plain', '--workers', '1', '--out', out);
  const [run, ...others] = runsOf(out), all = mnist(data);
  assert.equal([run.kernels, others], ['plain', []]);
  const target = exampleTarget('mnist', all, run.image), options = attackOptions(protocolOf(run), run);
  const [plain, fast] = (['plain', 'fast'] as const).map((kernels) =>
    attackClient(createClient(target, 'sigmoid', run.attackSeed, kernels), target, 'idlg', options).record.objective);
  assert.is(run.objective, plain);
  assert.is.not(fast, plain, 'the two differ in the last bits, so it can be told which was used');
  assert.ok(Math.abs(fast / plain - 1) < 1e-9, `${fast}, ${plain}`);
  assert.match((await tell(table1, out)).text, /MNIST, line search none, iterations 2, plain kernels/);
});

test('what is there is not made: all, or fewer than there are', async ({ dir }) => {
  pretend(dir, 3);
  const before = readFileSync(join(dir, 'runs.jsonl'), 'utf8');
  const of = async (runs: string): Promise<number> => {
    const { text } = await tell(table1, '--iterations', '2', '--runs', runs, '--seed', '3', '--out', dir, '--json');
    return JSON.parse(text).columns[0].methods.dlg.of;
  };
  assert.equal([await of('3'), await of('2')], [3, 2]);
  assert.is(readFileSync(join(dir, 'runs.jsonl'), 'utf8'), before);
});

test('shards: every n-th run; of folders with a gap that is told', async ({ dir }) => {
  const indices = (shard: string): readonly number[] =>
    readExperiment(new Options(EVIDENCE_OPTIONS, ['--runs', '12', '--shard', shard])).indices;
  assert.equal([1, 2, 3].map((i) => indices(`${i}/3`)), [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]]);
  pretend(dir, 3);
  writeFileSync(join(dir, 'runs.jsonl'), toLines(runsOf(dir).filter(({ index }) => index !== 1)));
  assert.is((await tell(table1, dir)).aside, `${dir}: up to run 2, the last one there, 2 runs are missing\n`);
});

test('another experiment in the folder is refused, with what differs', async ({ dir }) => {
  pretend(dir, 1);
  for (const [option, value, got] of [
    ['--line-search', 'strong-wolfe', 'none'], ['--activation', 'tanh', 'sigmoid'], ['--kernels', 'plain', 'fast'],
  ]) {
    const differs = `expected runs with ${option} ${value}, got runs with ${option} ${got}; choose another --out$`;
    assert.match(await refusal(tell(table1, ...QUICK, option, value, '--out', dir)), new RegExp(differs));
  }
  const other = pretend(join(dir, 'other'), 1, { seed: 0 });
  rejects(() => mergeCommand([dir, other, '--out', join(dir, 'both')], { write: () => {} }), other,
    /expected runs with --seed 3, got runs with --seed 0$/);
});

test('a folder in use, by a process that lives, is refused; one that died does not count', async ({ dir }) => {
  const command = () => tell(table1, ...QUICK, '--out', dir);
  pretend(dir, 3);
  const start = readFileSync(`/proc/${process.pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19];
  writeFileSync(join(dir, 'runs.lock'), `${process.pid} ${hostname()} ${start}`);
  assert.match(await refusal(command()),
    /runs\.lock: expected this process alone, got process \d+ of .*; if it is not, delete this file$/);
  writeFileSync(join(dir, 'runs.lock'), `${2 ** 22 + 1} ${hostname()}`);
  await command();
  writeFileSync(join(dir, 'runs.lock'), `${process.pid} ${hostname()} 1`); // the number is in use again
  await command();
  assert.not.ok(existsSync(join(dir, 'runs.lock')));
});

test('a damaged file, a bad option, no permission', async ({ dir }) => {
  const folder = join(dir, 'damaged'), line = toLines([runLine()]);
  mkdirSync(folder);
  for (const [content, message] of [
    ['{"seed":\n', /runs\.jsonl, line 1: expected a run as JSON, got "{"seed":"$/],
    ['[]\n', /line 1: expected a string for dataset, got nothing$/],
    ['7\n', /line 1: expected a run, got 7$/],
    [line.replace(/"labelCorrect":\w+/, '"labelCorrect":"false"'),
      /line 1: expected a boolean for labelCorrect, got "false"$/],
    [line.replace('"method":"idlg"', '"method":"gd"'),
      /a method, idlg or dlg or analytic or analytic\+idlg or map, got "gd"$/],
    [toLines([runLine({ activation: 'sine' as 'tanh' })]),
      /line 1: expected an activation, sigmoid, tanh, relu, got "sine"$/],
    [toLines([runLine({ kernels: 'slow' as 'plain' })]), /line 1: expected kernels, plain, fast, got "slow"$/],
    [toLines([runLine({ version: '2' as unknown as number })]), /line 1: expected a number for version, got "2"$/],
    ['', /expected runs, got none$/],
  ] as const) {
    writeFileSync(join(folder, 'runs.jsonl'), content);
    assert.match(await refusal(tell(table1, folder)), message);
  }
  for (const [kind, args, message] of [
    [figure1, [join(dir, 'nowhere')], /nowhere\/runs\.jsonl: expected a file, got nothing there$/],
    [table1, ['--shard', '0/2'], /--shard: expected i\/n with i from 1 to n, got "0\/2"$/],
    [table1, [folder, '--runs', '3'], /--runs: expected only without folders of runs, got /],
    [table1, ['--runs', '9007199254740991'], /--runs: expected a whole number from 1 to 250000, got/],
    [table1, ['--workers', '0'], /--workers: expected a whole number from 1 to 1024, got "0"$/],
    [table1, ['--method', 'analytic', '--activation', 'relu'], /--method analytic: expected sigmoid or tanh/],
    [table1, ['--out', '/proc/idlg'], /--out \/proc\/idlg: expected a folder that can be written to/],
  ] as const) {
    assert.match(await refusal(tell(kind, ...args)), message);
  }
  const silent = { write: () => {} };
  assert.match(await refusal(figure2Command([], silent, silent)),
    /--out: expected the folder for figure2\.png, got nothing$/);
  rejects(() => mergeCommand(['--out', dir], silent), 'merge', /: expected the folders of the shards, got none$/);
});

test('of another activation it is told; sigmoid is not said, as in older files', async ({ dir }) => {
  const tanh = pretend(join(dir, 'tanh'), 1, { activation: 'tanh' });
  assert.match((await tell(table1, tanh)).text, /drawn digits, tanh, line search none, iterations 2, seed 3/);
  assert.match((await tell(table1, pretend(dir, 1))).text, /drawn digits, line search none/);
});

test.run();
