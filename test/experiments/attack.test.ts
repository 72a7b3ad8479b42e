/**
 * @file `idlg attack`, in this process with a screen of the test's own: what it prints, writes and refuses.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { InputError } from '../../src/data/dataset.ts';
import { encodePng, readPng } from '../../src/data/png.ts';
import { toRaster } from '../../src/data/raster.ts';
import { resize } from '../../src/data/resize.ts';
import { digits, pictures } from '../../src/data/synthetic.ts';
import { ATTACK_HELP, attackCommand, type AttackReport } from '../../src/experiments/attack.ts';
import type { Screen } from '../../src/experiments/display.ts';

const QUICK = ['--method', 'idlg', '--iterations', '2'];

/** A digit of 12×12 pixels, whose attacks take a tenth of the time. */
const SMALL = ['--image', smallDigit(), '--label', '3'];

function smallDigit(): string {
  const folder = mkdtempSync(join(tmpdir(), 'idlg-')), file = join(folder, 'small.png');
  process.on('exit', () => rmSync(folder, { recursive: true }));
  writeFileSync(file, encodePng(resize(toRaster(digits().example(3).image), 12, 12)));
  return file;
}

/** What the command writes to a screen; a pipe unless told otherwise. */
function run(args: readonly string[], as: Partial<Screen> = {}): string {
  let text = '';
  attackCommand(args, { ...as, write: (part) => (text += part) });
  return text;
}

const json = (args: readonly string[]): AttackReport => JSON.parse(run([...args, '--json']));

/** A folder that is gone after the test. */
function inFolder(body: (dir: string) => void): () => void {
  return () => {
    const dir = mkdtempSync(join(tmpdir(), 'idlg-'));
    try {
      body(dir);
    } finally {
      rmSync(dir, { recursive: true });
    }
  };
}

/** The command refuses with one line that starts with the option or file at fault. */
function refuses(args: readonly string[], culprit: string, found: RegExp): void {
  try {
    run(args);
  } catch (error) {
    assert.instance(error, InputError, String(error));
    const { message } = error as InputError;
    assert.ok(message.startsWith(culprit), `${message}\n  should begin with ${culprit}`);
    assert.match(message, found);
    assert.not.match(message, /\n/);
    return;
  }
  assert.unreachable(`${args.join(' ')}: accepted`);
}

test('the report has the documented fields, in order', () => {
  const report = json(QUICK);
  assert.equal(Object.keys(report), ['dataset', 'index', 'seed', 'shape', 'classes', 'truth', 'runs']);
  assert.equal([report.dataset, report.index, report.seed, report.shape, report.classes],
    ['digits', 0, 0, [1, 28, 28], 10]);
  assert.equal(Object.keys(report.runs[0]), [
    'method', 'labelRule', 'label', 'labelCorrect', 'mse', 'psnr', 'ssim', 'objective', 'iterations', 'evaluations',
    'seconds', 'stop',
  ]);
  assert.is(report.runs[0].iterations, 2);
  assert.is(report.runs[0].stop, 'iterations');
});

test('both methods by default, each with its label rule', () => {
  const { runs, truth } = json(['--iterations', '1', '--index', '7']);
  assert.is(truth.label, 7);
  assert.equal(runs.map(({ method, labelRule }) => [method, labelRule]), [['idlg', 'bias'], ['dlg', 'descent']]);
});

test('same seed, same bits, but for the seconds; another seed, others', () => {
  const bits = (args: readonly string[]): string => run([...args, '--json']).replace(/"seconds": .*/g, '');
  for (const args of [['--iterations', '1'], [...QUICK, '--line-search', 'none']]) {
    const [five, again, six] = ['5', '5', '6'].map((seed) => bits([...args, ...SMALL, '--seed', seed]));
    assert.is(again, five);
    assert.is.not(six, five);
  }
});

test('iDLG recovers a drawn digit with the defaults', () => {
  const [idlg] = json(['--method', 'idlg']).runs;
  assert.ok(idlg.labelCorrect);
  assert.ok(idlg.mse < 1e-4, `MSE ${idlg.mse}, expected below 1e-4`);
  assert.is(idlg.stop, 'objective');
});

test('numbers that are not finite are null', () => {
  const dir = mkdtempSync(join(tmpdir(), 'idlg-'));
  const file = join(dir, 'tiny.png');
  writeFileSync(file, encodePng({ width: 8, height: 9, channels: 1, bytes: new Uint8Array(72).fill(90) }));
  const report = json([...QUICK, '--image', file, '--label', '1']);
  rmSync(dir, { recursive: true });
  assert.is(report.runs[0].ssim, null); // no 11×11 window fits
  assert.equal([report.dataset, report.index, report.shape, report.classes], ['image', null, [1, 9, 8], 10]);
});

test('--out holds the film strip, the reconstruction and the report', inFolder((dir) => {
  const out = join(dir, 'a', 'b');
  const text = run([...QUICK, ...SMALL, '--out', out]);
  assert.match(text, /film\.png, reconstruction-idlg\.png, attack\.json/);
  const report: AttackReport = JSON.parse(readFileSync(join(out, 'attack.json'), 'utf8'));
  assert.is(report.runs[0].method, 'idlg');
  const { width, height } = readPng(join(out, 'reconstruction-idlg.png'));
  assert.equal([width, height], [12, 12]);
  assert.ok(readPng(join(out, 'film.png')).width > 4 * 12);
  assert.not(existsSync(join(out, 'attack.json.partial')));
}));

test('--out refuses a folder in a file\'s place before the work, and leaves what else is there', inFolder((dir) => {
  mkdirSync(join(dir, 'film.png'));
  refuses([...QUICK, '--out', dir], `--out ${dir}`, /expected to write film\.png, got a folder/);
  const other = join(dir, 'other');
  mkdirSync(other);
  writeFileSync(join(other, '.idlg'), 'mine');
  run([...QUICK, ...SMALL, '--out', other]);
  assert.equal(readdirSync(other).sort(), ['.idlg', 'attack.json', 'film.png', 'reconstruction-idlg.png']);
}));

test('a reader that goes away ends the work', () => {
  let writes = 0;
  const screen: Screen = { write: () => void writes++, get writable() { return writes < 3; } };
  attackCommand(['--iterations', '300', '--tolerance', '0', ...SMALL], screen);
  assert.ok(writes < 8, `${writes} writes after the reader had gone`);
});

test('--json prints what --out writes and nothing else', inFolder((dir) => {
  const printed = run([...QUICK, ...SMALL, '--out', dir, '--json']);
  assert.is(printed, readFileSync(join(dir, 'attack.json'), 'utf8'));
}));

test('a picture of one\'s own: its size, or shrunk to 32×32', inFolder((dir) => {
  const { image } = digits().example(3);
  const own = join(dir, 'own.png');
  writeFileSync(own, encodePng(toRaster(image)));
  const once = ['--method', 'idlg', '--iterations', '1'];
  const [same] = json([...once, '--image', own, '--label', '3']).runs;
  const [drawn] = json([...once, '--index', '3']).runs;
  assert.equal([same.mse, same.evaluations], [drawn.mse, drawn.evaluations], 'the same picture, so the same run');

  const large = join(dir, 'large.png');
  writeFileSync(large, encodePng({ width: 100, height: 50, channels: 3, bytes: new Uint8Array(15000).fill(7) }));
  const report = json([...once, '--image', large, '--label', '3', '--classes', '4']);
  assert.equal([report.shape, report.classes], [[3, 32, 32], 4]);
}));

test('in a pipe: plain lines, no escapes; what the attacker sees, progress, a closing table', () => {
  const text = run(['--iterations', '2', '--index', '4']);
  assert.not.match(text, /\x1b/);
  assert.match(text, /digits, image 4: 1×28×28 pixels, label 4/);
  assert.match(text, /The attacker sees: .*‖∇W‖/);
  assert.match(text, /gives label 4 \(rule: bias\)/);
  assert.match(text, /iteration 1\/2 {3}L_G \d/);
  assert.match(text, /method +label \(4\) +MSE +PSNR dB +SSIM +L_G +iterations +evaluations +seconds +stop/);
  assert.match(text, /iDLG +4 right/);
});

test('on a colour terminal the picture is redrawn in place; not without colours or room', () => {
  const terminal = { isTTY: true, columns: 100, rows: 40, getColorDepth: () => 24 };
  const once = ['--method', 'idlg', '--iterations', '1'];
  const text = run(QUICK, terminal);
  assert.match(text, /original +reconstruction/);
  assert.match(text, /\x1b\[38;2;/);
  assert.match(text, /\x1b\[\d+A/);
  assert.match(run(once, { ...terminal, getColorDepth: () => 8 }), /\x1b\[38;5;/);
  for (const plain of [{ getColorDepth: () => 1 }, { rows: 12 }, { columns: 50 }, { isTTY: false }]) {
    assert.not.match(run(once, { ...terminal, ...plain }), /\x1b/);
  }
});

test('gradient descent, Eq. (6)', () => {
  const [first] = json(['--optimizer', 'gd', '--method', 'idlg', '--iterations', '1']).runs;
  const [last] = json(['--optimizer', 'gd', '--method', 'idlg', '--iterations', '15']).runs;
  assert.is(last.evaluations, 16);
  assert.ok(last.objective < first.objective, `L_G ${last.objective} after 15, ${first.objective} after 1`);
});

test('--kernels plain: the same up to rounding', () => {
  const args = ['--method', 'idlg', '--iterations', '3', ...SMALL], [fast] = json(args).runs;
  const [plain] = json([...args, '--kernels', 'plain']).runs;
  assert.is.not(plain.objective, fast.objective, 'the two differ in the last bits');
  assert.ok(Math.abs(plain.objective / fast.objective - 1) < 1e-9, `${plain.objective}, ${fast.objective}`);
  refuses(['--kernels', 'slow'], '--kernels', /one of plain, fast, got "slow"/);
});

test('options: unknown ones and values name the valid ones', () => {
  refuses(['--datset', 'mnist'], '--datset', /no such option; there are --dataset, --data, .*--json/);
  refuses(['-m', 'idlg'], '-m', /no such option/);
  refuses(['--constructor', '1'], '--constructor', /no such option/);
  refuses(['--dataset', 'imagenet'], '--dataset', /one of digits, pictures, mnist, cifar100, lfw, got "imagenet"/);
  refuses(['--method', 'DLG'], '--method', /one of both, idlg, dlg, analytic, analytic\+idlg, got "DLG"/);
  refuses(['--activation', 'gelu'], '--activation', /sigmoid, tanh, relu/);
  refuses(['--line-search', 'armijo'], '--line-search', /none, strong-wolfe/);
  refuses(['--optimizer', 'adam'], '--optimizer', /lbfgs, gd/);
  refuses(['7'], 'expected an option', /got "7"/);
});

test('options: missing, doubled and misplaced values', () => {
  refuses(['--seed'], '--seed', /expected S, got nothing/);
  refuses(['--out', '--json'], '--out', /expected DIR, got the option --json/);
  refuses(['--out='], '--out', /got nothing/);
  refuses(['--seed', '1', '--seed', '2'], '--seed', /once/);
  refuses(['--json=yes'], '--json', /no value, got "yes"/);
  for (const bad of ['-1', '1.5', 'x', '1e3', '0x10', '99999999999999999999']) {
    refuses(['--seed', bad], '--seed', /expected a whole number from 0 to 9007199254740991, got/);
  }
  refuses(['--iterations', 'NaN'], '--iterations', /whole number/);
  for (const bad of ['0', '-1', 'NaN', 'Infinity', 'fast', ' ']) {
    refuses(['--learning-rate', bad], '--learning-rate', /above 0/);
  }
  refuses(['--tolerance', '-1e-9'], '--tolerance', /a number from 0, got "-1e-9"/);
  refuses(['--classes', '1'], '--classes', /from 2 to 32768/);
  refuses(['--classes', '100000000'], '--classes', /from 2 to 32768/);
  refuses(['--learning-rate', '0x10'], '--learning-rate', /above 0/);
  refuses(['--', '--seed', '1'], 'expected an option', /got "--"/);
});

test('options that contradict each other', inFolder((dir) => {
  const image = join(dir, 'x.png');
  writeFileSync(image, encodePng(toRaster(pictures().example(0).image)));
  for (const other of [['--dataset', 'digits'], ['--data', dir], ['--index', '1']]) {
    refuses(['--image', image, '--label', '0', ...other], `--image and ${other[0]}`, /one of them, got both/);
  }
  refuses(['--image', image], '--label', /class of the picture/);
  refuses(['--label', '3'], '--label', /with --image only/);
  refuses(['--image', image, '--label', '10'], 'the image', /label: expected 0 to 9 for --classes 10, got 10/);
  refuses(['--data', dir], '--data', /digits, which is drawn/);
  refuses(['--optimizer', 'gd', '--line-search', 'none'], '--line-search', /lbfgs only/);
  refuses(['--index', '9', '--classes', '5'], 'the image', /label: expected 0 to 4 for --classes 5, got 9/);
}));

test('files and folders that are not what they should be', inFolder((dir) => {
  refuses(['--index', '10000'], '--index', /0 to 9999 for digits, got 10000/);
  refuses(['--dataset', 'mnist', '--data', join(dir, 'none')], join(dir, 'none'),
    /expected the folder with the files of mnist, got nothing/);
  refuses(['--dataset', 'cifar100', '--data', dir], dir, /expected/);
  for (const data of [dir, join(dir, 'none')]) {
    refuses(['--dataset', 'mnist', '--data', data], data,
      new RegExp(`; \`idlg data mnist --out ${data}\` fetches them$`));
  }
  refuses(['--image', join(dir, 'none.png'), '--label', '0'], join(dir, 'none.png'), /nothing there/);
  const file = join(dir, 'file');
  writeFileSync(file, 'text');
  refuses(['--image', file, '--label', '0'], file, /a PNG/);
  refuses(['--out', file], `--out ${file}`, /there is a file of that name/);
  refuses(['--out', join(file, 'deeper')], `--out ${join(file, 'deeper')}`, /there is a file of that name/);
  refuses(['--out', '/proc/idlg'], '--out /proc/idlg', /expected a folder that can be written to/);
}));

test('the analytic attack: solved, with what it says of itself; refused for relu', inFolder((dir) => {
  const text = run(['--method', 'analytic', '--out', dir]);
  const { runs: [record] }: AttackReport = JSON.parse(readFileSync(join(dir, 'attack.json'), 'utf8'));
  assert.equal([record.method, record.stop, record.labelCorrect, record.evaluations], ['analytic', 'solved', true, 1]);
  assert.ok(record.mse < 1e-20, `MSE ${record.mse}`);
  assert.equal(record.solution!.layers.map(({ name }) => name), ['body.4', 'body.2', 'body.0']);
  assert.match(text, /\n {2}body\.4: 4188 equations for 588 unknowns, \d+ steps, error /);
  const { runs: [both] } = json(['--method', 'analytic+idlg', '--activation', 'tanh', '--iterations', '2', ...SMALL]);
  assert.equal([both.method, both.labelCorrect], ['analytic+idlg', true]);
  refuses(['--method', 'analytic', '--activation', 'relu'], '--method analytic',
    /expected sigmoid or tanh, .* got relu/);
}));

test('the help names every option and every value', () => {
  for (const word of [
    'dataset', 'data', 'index', 'image', 'label', 'classes', 'method', 'activation', 'optimizer', 'line-search',
    'learning-rate', 'iterations', 'tolerance', 'seed', 'kernels', 'out', 'json',
  ]) {
    assert.match(ATTACK_HELP, new RegExp(`^  --${word}( |$)`, 'm'));
  }
  for (const value of [
    'digits|pictures|mnist|cifar100|lfw', 'both|idlg|dlg|analytic|analytic+idlg', 'sigmoid|tanh|relu', 'lbfgs|gd',
    'none|strong-wolfe', 'plain|fast',
  ]) {
    assert.ok(ATTACK_HELP.includes(value), value);
  }
});

test.run();
