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
import { enlarge, toRaster } from '../../src/data/raster.ts';
import { resize } from '../../src/data/resize.ts';
import { digits, pictures } from '../../src/data/synthetic.ts';
import { ATTACK_HELP, attackCommand, type AttackReport } from '../../src/experiments/attack.ts';
import type { Screen } from '../../src/experiments/display.ts';
import { VERSION } from '../../src/experiments/protocol.ts';

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
  assert.equal(Object.keys(report),
    ['dataset', 'index', 'files', 'seed', 'settings', 'shape', 'classes', 'truth', 'runs']);
  assert.equal([report.dataset, report.index, report.seed, report.shape, report.classes],
    ['digits', 0, 0, [1, 28, 28], 10]);
  assert.equal(Object.keys(report.runs[0]), [
    'method', 'labelRule', 'label', 'labelCorrect', 'mse', 'psnr', 'ssim', 'objective', 'iterations', 'evaluations',
    'seconds', 'stop',
  ]);
  assert.is(report.runs[0].iterations, 2);
  assert.is(report.runs[0].stop, 'iterations');
});

test('the report holds all that repeats it', inFolder((dir) => {
  const out = join(dir, 'out'), options = [
    '--method', 'dlg', '--line-search', 'none', '--tolerance', '1e-5', '--look-every', '3', '--iterations', '4',
    '--activation', 'tanh', '--kernels', 'plain', '--learning-rate', '0.5', '--relative', '--seed', '9',
  ];
  run([...SMALL, ...options, '--out', out]);
  const { files, seed, settings, classes, truth, runs }: AttackReport =
    JSON.parse(readFileSync(join(out, 'attack.json'), 'utf8'));
  assert.equal(settings, {
    activation: 'tanh', optimizer: 'lbfgs', lineSearch: 'none', learningRate: 0.5, iterations: 4, tolerance: 1e-5,
    lookEvery: 3, relative: true, kernels: 'plain', version: VERSION,
  });
  assert.equal([files, seed], [SMALL[1], 9]);
  const { activation, optimizer, lineSearch, learningRate, iterations, tolerance, lookEvery, kernels } = settings;
  const again = json([
    '--image', files!, '--label', `${truth.label}`, '--classes', `${classes}`, '--seed', `${seed}`, '--relative',
    '--method', runs[0].method, '--activation', activation, '--optimizer', optimizer, '--line-search', lineSearch!,
    '--learning-rate', `${learningRate}`, '--iterations', `${iterations}`, '--tolerance', `${tolerance}`,
    '--look-every', `${lookEvery}`, '--kernels', kernels,
  ]);
  assert.equal({ ...again.runs[0], seconds: 0 }, { ...runs[0], seconds: 0 });
  const { files: none, settings: descent } = json([...QUICK, '--optimizer', 'gd']);
  assert.equal([none, descent.optimizer, descent.lineSearch, descent.learningRate], [null, 'gd', null, 0.05]);
}));

test('several methods by their names, with commas between; none of them twice', () => {
  const methodsOf = (names: string) =>
    json([...SMALL, '--iterations', '0', '--method', names]).runs.map(({ method }) => method);
  assert.equal(methodsOf('dlg,idlg'), ['idlg', 'dlg']);
  assert.equal(methodsOf('both,analytic,idlg'), ['idlg', 'dlg', 'analytic']);
  refuses(['--method', 'idlg,DLG'], '--method', /one of both, .*, got "DLG"$/);
  refuses(['--method', 'idlg,'], '--method', /one of both, .*, got ""$/);
  refuses(['--method', 'idlg,closed-form'], '--method', /closed-form is now called analytic$/);
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
  assert.match(text, /film\.png, reconstruction-idlg\.png,\nreconstruction-idlg-enlarged\.png, attack\.json\n$/);
  const report: AttackReport = JSON.parse(readFileSync(join(out, 'attack.json'), 'utf8'));
  assert.is(report.runs[0].method, 'idlg');
  const { width, height } = readPng(join(out, 'reconstruction-idlg.png'));
  assert.equal([width, height], [12, 12]);
  const [small, large] = ['', '-enlarged'].map((end) => readPng(join(out, `reconstruction-idlg${end}.png`)));
  assert.equal([large.width, large.height], [22 * 12, 22 * 12], 'at least 256 pixels a side, by a whole factor');
  assert.ok(large.bytes.every((byte, i) =>
    byte === small.bytes[Math.floor(i / large.width / 22) * 12 + Math.floor((i % large.width) / 22)]));
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
  assert.equal(readdirSync(other).sort(), [
    '.idlg', 'attack.json', 'film.png', 'reconstruction-idlg-enlarged.png', 'reconstruction-idlg.png',
  ]);
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

test('a picture of one\'s own: its size, or its middle square scaled to 32×32', inFolder((dir) => {
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

  // A wide picture whose middle square is an enlarged digit: the rest of it is not seen.
  const square = enlarge(toRaster(image), 3), wide = new Uint8Array(120 * 84).fill(200);
  for (let y = 0; y < 84; y++) wide.set(square.bytes.subarray(84 * y, 84 * (y + 1)), 120 * y + 18);
  for (const [name, picture] of [
    ['square', square], ['wide', { width: 120, height: 84, channels: 1, bytes: wide }],
  ] as const) {
    writeFileSync(join(dir, `${name}.png`), encodePng(picture));
  }
  const [alone, cropped] = ['square', 'wide'].map((name) =>
    json([...once, '--image', join(dir, `${name}.png`), '--label', '3']));
  assert.equal([cropped.shape, cropped.runs[0].objective], [[1, 32, 32], alone.runs[0].objective]);
  const told = run([...once, '--image', join(dir, 'wide.png'), '--label', '3']).replace(/\s+/g, ' ');
  assert.match(told, /wide\.png, its middle 84×84 scaled to 32×32: 1×32×32 pixels, label 3/);
}));

test('in a pipe: plain lines, no escapes; what the attacker sees, progress, a closing table', () => {
  const text = run(['--iterations', '2', '--index', '4']);
  assert.not.match(text, /\x1b/);
  assert.match(text, /digits, image 4: 1×28×28 pixels, label 4/);
  assert.match(text, /The attacker sees: .*‖∇W‖/);
  assert.match(text, /iteration 0\/2 {3}L_G .* 1 evaluation\n/);
  assert.match(text, /gives label 4 \(rule: bias\)/);
  assert.match(text, /iteration 1\/2 {3}L_G \d/);
  const lines = text.slice(text.indexOf('\n\n   ') + 2).split('\n\n')[0].split('\n');
  const table = lines.map((row) => row.trim().split(/ {2,}/));
  assert.equal(table.slice(0, 2), [['iDLG', 'DLG'], ['label (4 is right)', '4 right', table[1][2]]]);
  assert.equal(table.slice(2).map(([head]) => head),
    ['MSE', 'PSNR, dB', 'SSIM', 'L_G', 'iterations', 'evaluations', 'seconds', 'stop']);
  assert.ok(table.slice(1).every((row) => row.length === 3), `${table}`);
  for (const line of text.split('\n')) assert.ok([...line].length <= 80, `${[...line].length} columns: ${line}`);
});

test('at the end: what the server had, whether the methods differ, and what to try next', () => {
  const endOf = (...args: string[]): string => run(args).split('\n\n').at(-1)!.replaceAll('\n', ' ');
  assert.is(endOf('--method', 'analytic'), 'The server never saw this picture: it had nothing but the network and ' +
    '∇W, and recovered the picture and its label. Next, attack a picture of your own:   npm start -- attack --image ' +
    'FILE.png --label 0 ');
  assert.is(endOf('--method', 'idlg', '--iterations', '0', '--seed', '4'),
    'The server never saw this picture: it had nothing but the network and ∇W, and this time it did not recover ' +
    'both the picture and its label. Next, repeat the command with --seed 5, which draws another network and another ' +
    'start. ');
  assert.match(endOf('--method', 'idlg', '--iterations', '0', '--line-search', 'none'),
    /with --line-search strong-wolfe: with sigmoids, most runs that fail without a line search succeed with one\. $/);
  const own = endOf(...SMALL, '--method', 'analytic,dlg', '--iterations', '0');
  assert.match(own, /its label\. The methods differ: DLG found label \d, which is (right|wrong), /);
  assert.match(own, /and did not find the image; analytic found label 3, which is right, and the image \(an MSE below 0\.0001 /);
  assert.match(own, /Next, see what still leaks .* noise .*: {3}npm start -- defend --defences none,gaussian $/);
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
  refuses(['--datset', 'mnist'], '--datset', /no such option; the options are --dataset, --data, .*--json/);
  refuses(['-m', 'idlg'], '-m', /no such option/);
  refuses(['--constructor', '1'], '--constructor', /no such option/);
  refuses(['--dataset', 'imagenet'], '--dataset', /one of digits, pictures, mnist, cifar100, lfw, got "imagenet"/);
  refuses(['--method', 'DLG'], '--method', /one of both, idlg, dlg, analytic, analytic\+idlg, map, got "DLG"/);
  refuses(['--activation', 'gelu'], '--activation', /sigmoid, tanh, relu/);
  refuses(['--line-search', 'armijo'], '--line-search', /none, strong-wolfe/);
  refuses(['--optimizer', 'sgd'], '--optimizer', /lbfgs, gd, adam, sign-adam, got "sgd"/);
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
  refuses(['--tolerance', '-1e-9'], '--tolerance', /a number of at least 0, got "-1e-9"/);
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
  refuses(['--image', image], '--label', /class of the --image picture/);
  refuses(['--label', '3'], '--label', /only with --image/);
  refuses(['--image', image, '--label', '10'], 'the image', /label: expected 0 to 9 for --classes 10, got 10/);
  refuses(['--data', dir], '--data', /digits, which is drawn/);
  refuses(['--optimizer', 'gd', '--line-search', 'none'], '--line-search', /only with --optimizer lbfgs/);
  refuses(['--index', '9', '--classes', '5'], 'the image', /label: expected 0 to 4 for --classes 5, got 9/);
}));

test('files and folders that are not what they should be', inFolder((dir) => {
  refuses(['--index', '10000'], '--index', /0 to 9999 for digits, got 10000/);
  refuses(['--dataset', 'mnist', '--data', join(dir, 'none')], join(dir, 'none'),
    /expected the folder with the files of mnist, got nothing/);
  refuses(['--dataset', 'cifar100', '--data', dir], dir, /expected/);
  for (const data of [dir, join(dir, 'none')]) {
    refuses(['--dataset', 'mnist', '--data', data], data,
      new RegExp(`; \`npm start -- data mnist --out ${data}\` fetches them$`));
  }
  refuses(['--image', join(dir, 'none.png'), '--label', '0'], join(dir, 'none.png'), /nothing there/);
  const file = join(dir, 'file');
  writeFileSync(file, 'text');
  refuses(['--image', file, '--label', '0'], file, /a PNG/);
  writeFileSync(join(dir, 'it\'s.jpg'), Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]));
  refuses(['--image', join(dir, 'it\'s.jpg'), '--label', '0'], join(dir, 'it\'s.jpg'),
    /expected a PNG, got a JPEG, which this converts: mogrify -format png '\/.*\/it'\\''s\.jpg'$/);
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
  assert.match(text, /layer by layer\n {2}L_G \S+ {3}MSE \S+ {3}1 evaluation\n/);
  assert.not.match(text, /iteration +\d+\//);
  const { runs: [both] } = json(['--method', 'analytic+idlg', '--activation', 'tanh', '--iterations', '2', ...SMALL]);
  assert.equal([both.method, both.labelCorrect], ['analytic+idlg', true]);
  refuses(['--method', 'analytic', '--activation', 'relu'], '--method analytic',
    /expected sigmoid or tanh, .* got relu/);
}));

test('a defended gradient: a prior sees through noise, the cosine through clipping; attack.json says so', () => {
  const noise = json(['--defence', 'gaussian=0.01', '--method', 'idlg,map', '--iterations', '20']);
  assert.equal(noise.settings.defence, { defence: 'gaussian', strength: 0.01 });
  const [idlg, map] = noise.runs;
  assert.equal([idlg.method, map.method, map.label], ['idlg', 'map', noise.truth.label]);
  assert.ok(map.mse < 0.03 && idlg.mse > 0.3, `${map.mse}, ${idlg.mse}`);
  const one = json(['--defence', 'gaussian=0.01', '--prior', 'tv', '--prior-weight', '2']);
  const { prior, priorWeight, iterations } = one.settings;
  assert.equal([prior, priorWeight, iterations, one.runs.length], ['tv', 2, 30, 1]);
  assert.ok(one.runs[0].mse < 0.03);
  const clipped = json(['--defence', 'clip=0.1', '--objective', 'cosine', '--optimizer', 'lbfgs', '--restarts', '1']);
  assert.equal([clipped.settings.objective, clipped.settings.restarts, clipped.runs[0].method], ['cosine', 1, 'idlg']);
  assert.ok(clipped.runs[0].mse < 1e-5);
  assert.is('defence' in json(['--method', 'idlg', '--iterations', '1']).settings, false);
});

test('a defended gradient on a screen: the defence, the objective, and what to try next', () => {
  const text = run(['--defence', 'gaussian=0.1', '--method', 'idlg', '--iterations', '2']);
  assert.match(text, /^The defence: +Gaussian noise, variance 0\.1$/m);
  assert.match(text, /L_G \d/);
  assert.match(text, /Next, repeat the command with --method map:/);
  const map = run(['--defence', 'gaussian=0.1', '--method', 'map', '--iterations', '2']);
  assert.match(map, /label \d \(rule: likelihood\)/);
  assert.match(map, /iteration 0\/2 {3}objective \d/);
  assert.not.match(map, /--method map/);
  const cosine = run(['--objective', 'cosine', '--iterations', '1']);
  assert.match(cosine, /iteration 0\/1 {3}objective \d/);
});

test('options of priors and defences that do not fit are refused', () => {
  for (const [name, value] of [['tolerance', '1'], ['look-every', '2'], ['line-search', 'none']]) {
    refuses(['--method', 'map', `--${name}`, value], `--${name}`, /which end by rules of their own$/);
  }
  refuses(['--objective', 'cosine', '--relative'], '--relative', /expected it with L-BFGS or gd on L_G/);
  refuses(['--defence', 'noise=1'], '--defence', /one of none, gaussian, .*, then = and a strength, got "noise=1"$/);
  refuses(['--defence', 'gaussian'], '--defence gaussian', /its variance as in gaussian=0\.0001, got "gaussian"$/);
  for (const bad of ['gaussian=0', 'gaussian=-1', 'gaussian=x', 'gaussian=', 'prune=2', 'gaussian=1=2']) {
    refuses(['--defence', bad], '--defence', /got "/);
  }
  refuses(['--defence', 'float16=1'], '--defence float16', /expected no strength, got "1"$/);
  refuses(['--prior', 'tv', '--method', 'analytic'], '--prior', /an attack that descends, got --method analytic$/);
  refuses(['--prior-weight', '1'], '--prior-weight', /with --prior tv, which has a weight, got it without$/);
  refuses(['--prior', 'box', '--prior-weight', '1'], '--prior-weight', /--prior tv/);
  refuses(['--prior', 'tv', '--optimizer', 'gd'], '--optimizer gd', /lbfgs, adam or sign-adam with a prior, got gd$/);
  refuses(['--method', 'map', '--optimizer', 'gd'], '--optimizer gd', /with a prior, got gd$/);
  refuses(['--optimizer', 'adam', '--line-search', 'none'], '--line-search', /which end by rules of their own$/);
  refuses(['--restarts', '0'], '--restarts', /from 1 to 1000, got "0"$/);
});

test('the help names every option and every value', () => {
  for (const word of [
    'dataset', 'data', 'index', 'image', 'label', 'classes', 'method', 'activation', 'optimizer', 'line-search',
    'learning-rate', 'iterations', 'tolerance', 'seed', 'kernels', 'out', 'json', 'prior', 'prior-weight', 'objective',
    'restarts', 'defence',
  ]) {
    assert.match(ATTACK_HELP, new RegExp(`^  --${word}( |$)`, 'm'));
  }
  for (const value of [
    'digits|pictures|mnist|cifar100|lfw', 'both|idlg|dlg|analytic|analytic+idlg|map', 'sigmoid|tanh|relu',
    'none|box|tv', 'squared|cosine', 'lbfgs|gd|adam|sign-adam', 'none|strong-wolfe', 'plain|fast',
  ]) {
    assert.ok(ATTACK_HELP.includes(value), value);
  }
});

test.run();
