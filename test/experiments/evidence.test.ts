/**
 * @file The papers' runs as a user makes them: by any number of workers, in shards, killed and begun again, the same
 * bytes come out.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { headOf, methodsIn } from '../../src/experiments/evidence.ts';
import type { RunLine } from '../../src/experiments/protocol.ts';
import { Random } from '../../src/tensor/random.ts';
import { idlg, shell, start } from './built.ts';
import { childrenOf, pause } from './processes.ts';
import { tenRuns } from './runs.ts';

const test = suite<{ dir: string }>('evidence');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'idlg-evidence-'));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }));

/** Runs that take a tenth of a second each. */
const QUICK = ['--iterations', '2', '--runs', '12', '--seed', '3'];

/** Waits for the first run that is done. */
async function firstRun(dir: string): Promise<void> {
  for (let i = 0; !existsSync(join(dir, 'runs.jsonl')); i++) {
    if (i > 1000) throw new Error('no run in twenty seconds');
    await pause(20);
  }
}

const linesOf = (dir: string): string[] => readFileSync(join(dir, 'runs.jsonl'), 'utf8').trimEnd().split('\n');
const runsOf = (dir: string): RunLine[] => linesOf(dir).map((line) => JSON.parse(line));
/** The file without what a clock has put there. */
const bytesOf = (dir: string): string => linesOf(dir).map((line) => line.replace(/"seconds":[^,]*/, '')).join('\n');

function succeeds(...args: readonly string[]): string {
  const { status, stdout, stderr } = idlg(...args);
  assert.is(status, 0, stderr);
  return stdout;
}

function refuses(text: RegExp, ...args: readonly string[]): void {
  const { status, stdout, stderr } = idlg(...args);
  assert.equal([status, stdout], [2, ''], stderr);
  assert.match(stderr, /^(\d+ of \d+ attacks.*\n)*idlg: [^\n]+\n$/);
  assert.match(stderr, text);
}

function wholeLines(dir: string): number {
  const path = join(dir, 'runs.jsonl');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

let expected: string | undefined;
/** What one worker makes in one go. */
function oneWorker(): string {
  if (expected) return expected;
  const dir = mkdtempSync(join(tmpdir(), 'idlg-evidence-'));
  succeeds('table1', ...QUICK, '--workers', '1', '--out', dir);
  expected = bytesOf(dir);
  rmSync(dir, { recursive: true });
  return expected;
}

test('what is told of runs: their methods, the baseline first, and what is not the papers\' protocol', () => {
  const { protocol, runs } = tenRuns('lfw'), solved = { ...runs[0], method: 'closed-form' } as const;
  assert.equal(methodsIn([{ protocol, runs: [solved, ...runs] }]), ['dlg', 'idlg', 'closed-form']);
  assert.equal(methodsIn([{ protocol, runs: [solved] }]), ['closed-form']);
  assert.equal(headOf({ protocol, runs }), { title: 'LFW', details: 'line search none' });
  const other = { lineSearch: 'strong-wolfe', activation: 'tanh', mostIterations: 7, seed: 5 } as const;
  assert.is(headOf({ protocol: { ...protocol, ...other }, runs }).details,
    'tanh, line search strong-wolfe, iterations 7, seed 5');
});

test('where the report cannot be written it says that the runs are safe, if it made them', ({ dir }) => {
  const runs = join(dir, 'runs'), told = /figure1\.svg: expected to write it, got an error: no file may be that large/;
  const limited = (command: string) => shell(`ulimit -f 4; idlg figure1 ${command}`);
  const made = limited(`--runs 1 --iterations 1 --workers 1 --out '${runs}'`);
  assert.is(made.status, 2, made.stderr);
  assert.match(made.stderr, told);
  const safe = `; the runs done are in ${runs}, and the same command goes on after them\n`;
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
  assert.equal(runs.map(({ index, method }) => `${index} ${method}`), Array.from({ length: 24 }, (_, i) => `${i >> 1} ${i % 2 ? 'dlg' : 'idlg'}`));
  assert.is(new Set(runs.map(({ attackSeed }) => attackSeed)).size, 12, 'DLG and iDLG of a run share their draws');
  for (const run of runs) {
    assert.is(run.labelCorrect, run.label === run.truth);
    assert.equal([run.dataset, run.lineSearch, run.seed, run.mostIterations], ['digits', 'none', 3, 2]);
    assert.ok(['iterations', 'change'].includes(run.stop), run.stop);
    assert.ok(run.seconds > 0 && run.evaluations > 0);
  }
  const { image, attackSeed, truth, mse, objective, evaluations } = runs[15];
  const repeated = JSON.parse(succeeds(
    'attack', '--index', String(image), '--seed', String(attackSeed), '--iterations', '2', '--method', 'dlg', '--line-search', 'none',
    '--tolerance', '1e-6', '--look-every', '10', '--json',
  ));
  assert.is(repeated.truth.label, truth);
  assert.equal([repeated.runs[0].mse, repeated.runs[0].objective, repeated.runs[0].evaluations], [mse, objective, evaluations]);
});

test('workers do not outlive a killed parent', async ({ dir }) => {
  const child = start('table1', '--runs', '2', '--iterations', '100000', '--tolerance', '0', '--line-search', 'strong-wolfe',
    '--workers', '2', '--dataset', 'pictures', '--out', dir);
  for (let i = 0; childrenOf(child.pid!).length < 2 && i < 500; i++) await pause(20);
  await pause(500);
  const workers = childrenOf(child.pid!);
  assert.is(workers.length, 2);
  process.kill(child.pid!, 'SIGKILL');
  const isAlive = (pid: number) => existsSync(`/proc/${pid}`);
  for (let i = 0; workers.some(isAlive) && i < 500; i++) await pause(20);
  assert.equal(workers.filter(isAlive), []);
});

test('nobody who hears of the progress: it goes on', ({ dir }) => {
  const { status } = shell(`idlg table1 ${QUICK.join(' ')} --out '${dir}' 2> >(exec true) > /dev/null`);
  assert.is(status, 0);
  assert.is(runsOf(dir).length, 24);
});

for (const [name, signal, isOfAll] of [
  ['Ctrl-C', 'SIGINT', true], ['kill', 'SIGTERM', false], ['the end of a job', 'SIGTERM', true],
] as const) {
  test(`${name} ends it at once with exit code 130 and says how to go on`, async ({ dir }) => {
    const child = start('table1', '--runs', '500', '--workers', '2', '--out', dir);
    let text = '';
    child.stderr!.on('data', (part) => (text += part));
    await firstRun(dir);
    const code = new Promise((resolve) => child.on('close', resolve));
    process.kill(isOfAll ? -child.pid! : child.pid!, signal);
    assert.is(await code, 130);
    assert.match(text, /stopped; the runs done are in .*, and the same command goes on after them\n$/);
    assert.not.match(text, /worker died/);
    assert.not.ok(existsSync(join(dir, 'runs.lock')));
    assert.ok(runsOf(dir).length >= 1);
  });
}

test('a worker that dies is told of with its run, and replaced', async ({ dir }) => {
  const child = start('table1', '--runs', '12', '--iterations', '8', '--workers', '1', '--out', dir);
  let text = '';
  child.stderr!.on('data', (part) => (text += part));
  const code = new Promise((resolve) => child.on('close', resolve));
  await firstRun(dir);
  const [worker] = childrenOf(child.pid!);
  process.kill(worker, 'SIGKILL');
  assert.is(await code, 0);
  assert.match(text, /^run \d+ of i?DLG: its worker died \(SIGKILL\); another begins it again$/m);
  assert.is(runsOf(dir).length, 24);
});

test('three shards, merged, are the bytes of one process', ({ dir }) => {
  const shards = [1, 2, 3].map((i) => join(dir, `shard-${i}`));
  shards.forEach((shard, i) => succeeds('table1', ...QUICK, '--shard', `${i + 1}/3`, '--out', shard));
  assert.equal(runsOf(shards[1]).map(({ index }) => index).filter((_, n) => n % 2), [1, 4, 7, 10]);
  const merged = join(dir, 'merged');
  const gap = /of runs 0 to 11, the last there, 8 are missing\n$/;
  assert.match(succeeds('merge', shards[2], shards[0], '--out', merged), /^16 runs of 2 folders written to .*merged; /);
  assert.match(succeeds('merge', merged, '--out', merged), gap);
  assert.match(idlg('table1', merged).stderr, gap);
  assert.match(succeeds('merge', ...shards, '--out', merged), /^24 runs of 3 folders written to .*merged\n$/);
  assert.is(bytesOf(merged), oneWorker());
  const table = succeeds('table1', merged, '--json');
  assert.equal(JSON.parse(table).columns[0].methods.idlg.of, 12);
  assert.is(succeeds('table1', ...QUICK, '--out', merged, '--json'), table);
});

test('another experiment in the folder is refused, with what differs', ({ dir }) => {
  const out = join(dir, 'a'), other = join(dir, 'b');
  succeeds('table1', ...QUICK, '--out', out);
  refuses(/expected runs with --line-search strong-wolfe, got runs with --line-search none; choose another --out/, 'table1', ...QUICK, '--line-search', 'strong-wolfe', '--out', out);
  succeeds('table1', '--iterations', '2', '--runs', '1', '--out', other);
  refuses(/expected runs with --seed 3, got runs with --seed 0/, 'merge', out, other, '--out', join(dir, 'c'));
  const lines = linesOf(out);
  const fewer = ['--iterations', '2', '--runs', '2', '--seed', '3', '--out', out, '--json'];
  assert.is(JSON.parse(succeeds('table1', ...fewer)).columns[0].methods.dlg.of, 2);
  assert.equal(linesOf(out), lines, 'fewer of the same: none is made, be it in other seconds');
});

test('a folder in use, by a process that lives, is refused; one that died does not count', ({ dir }) => {
  const host = execFileSync(process.execPath, ['-p', 'os.hostname()'], { encoding: 'utf8' }).trim();
  const start = readFileSync(`/proc/${process.pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19];
  writeFileSync(join(dir, 'runs.lock'), `${process.pid} ${host} ${start}`);
  refuses(/runs\.lock: expected this process alone, got process \d+ of .*; if it is not, delete this file/, 'table1', ...QUICK, '--out', dir);
  writeFileSync(join(dir, 'runs.lock'), `${2 ** 22 + 1} ${host}`);
  succeeds('table1', '--runs', '1', '--iterations', '1', '--out', dir);
  writeFileSync(join(dir, 'runs.lock'), `${process.pid} ${host} 1`); // the number is in use again
  succeeds('table1', '--runs', '1', '--iterations', '1', '--out', dir);
  assert.not.ok(existsSync(join(dir, 'runs.lock')));
});

test('a damaged file, a bad option, no permission: one line, exit code 2', ({ dir }) => {
  const folder = join(dir, 'damaged');
  mkdirSync(folder);
  for (const [content, message] of [
    ['{"seed":\n', /runs\.jsonl, line 1: expected a run as JSON, got "{"seed":"/],
    ['[]\n', /line 1: expected a string as dataset, got nothing/],
    ['7\n', /line 1: expected a run, got 7/],
    [`${oneWorker().split('\n')[0].replace(',,', ',"seconds":1,').replace(/"labelCorrect":\w+/, '"labelCorrect":"false"')}\n`, /line 1: expected a boolean as labelCorrect, got "false"/],
    [`${oneWorker().split('\n')[0].replace('"method":"idlg"', '"method":"gd"').replace(',,', ',"seconds":1,')}\n`, /a method, idlg or dlg or closed-form or closed-form\+idlg, got "gd"/],
    ['', /expected runs, got none/],
  ] as const) {
    writeFileSync(join(folder, 'runs.jsonl'), content);
    refuses(message, 'table1', folder);
  }
  refuses(/nowhere\/runs\.jsonl: expected a file, got nothing there/, 'figure1', join(dir, 'nowhere'));
  refuses(/--shard: expected i\/n with i from 1 to n, got "0\/2"/, 'table1', '--shard', '0/2');
  refuses(/--runs: expected without folders of runs, got /, 'table1', folder, '--runs', '3');
  refuses(/--runs: expected a whole number from 1 to 250000, got/, 'table1', '--runs', '9007199254740991');
  refuses(/--workers: expected a whole number from 1 to 1024, got "0"/, 'table1', '--workers', '0');
  refuses(/--out: expected the folder for figure2\.png, got nothing/, 'figure2');
  refuses(/merge: expected the folders of the shards, got none/, 'merge', '--out', dir);
  refuses(/--out \/proc\/idlg: expected a folder that can be written to/, 'table1', '--out', '/proc/idlg');
});

test('--activation: runs of another network, told as such; sigmoid is not said, as in older files', ({ dir }) => {
  const args = ['--runs', '1', '--method', 'closed-form', '--workers', '1', '--out', dir], both = join(dir, 'both');
  assert.match(succeeds('table1', ...args, '--activation', 'tanh'), /drawn digits, tanh, line search none/);
  const [line] = readFileSync(join(dir, 'runs.jsonl'), 'utf8').split('\n'), { activation, mse } = JSON.parse(line);
  assert.ok(activation === 'tanh' && mse < 1e-20);
  refuses(/expected runs with --activation sigmoid, got runs with --activation tanh; choose another --out/, 'table1', ...args);
  refuses(/--method closed-form: expected sigmoid or tanh/, 'table1', ...args, '--activation', 'relu');
  succeeds('table1', ...args.slice(0, -1), both);
  assert.not.match(readFileSync(join(both, 'runs.jsonl'), 'utf8'), /activation/);
  writeFileSync(join(dir, 'runs.jsonl'), `${line.replace('"tanh"', '"sine"')}\n`);
  refuses(/line 1: expected an activation, sigmoid, tanh, relu, got "sine"/, 'table1', dir);
});

test('where no more can be written it says what is safe, and that is', ({ dir }) => {
  const { status, stderr } = shell(`ulimit -f 4; idlg table1 ${QUICK.join(' ')} --workers 2 --out '${dir}'`);
  assert.is(status, 2, stderr);
  assert.match(stderr, /idlg: .*runs\.jsonl: expected to add a run, got an error: .*; the \d+ runs in it are safe, and the same command goes on after them\n$/);
  const kept = Number(/the (\d+) runs/.exec(stderr)![1]);
  assert.ok(kept > 0);
  assert.is(wholeLines(dir), kept);
  succeeds('table1', ...QUICK, '--out', dir);
  assert.is(bytesOf(dir), oneWorker());
});

test('killed at twenty random moments, it loses nothing and ends with the same bytes', async ({ dir }) => {
  const random = new Random(20);
  let before = 0, killed = 0, midway = 0;
  while (killed < 20) {
    if (killed > 0 && random.below(3) === 0 && existsSync(join(dir, 'runs.jsonl'))) {
      const half = linesOf(dir)[0];
      appendFileSync(join(dir, 'runs.jsonl'), half.slice(0, random.below(half.length)));
    }
    const child = start('figure1', ...QUICK, '--workers', String(1 + random.below(3)), '--out', dir);
    const closed = new Promise((resolve) => child.on('close', resolve));
    const enough = before + random.below(4);
    for (let i = 0; wholeLines(dir) < Math.min(enough, 23) && i < 4000; i++) await pause(5);
    await pause(random.below(50));
    const isOver = child.exitCode !== null;
    if (!isOver) process.kill(random.below(2) === 0 ? -child.pid! : child.pid!, 'SIGKILL');
    await closed;
    if (!isOver) killed++;
    const whole = wholeLines(dir);
    assert.ok(whole >= before, `${whole} runs after ${before}`);
    if (whole === 24) rmSync(join(dir, 'runs.jsonl')); // all done: begin again
    if (0 < whole && whole < 24) midway++;
    before = whole === 24 ? 0 : whole;
  }
  assert.ok(midway >= 10, `${midway} of the kills fell between the first run and the last`);
  succeeds('figure1', ...QUICK, '--out', dir);
  assert.is(bytesOf(dir), oneWorker());
});

test.run();
