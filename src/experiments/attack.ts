/**
 * @file `idlg attack`: a private image, its gradient, its label, its reconstruction.
 */
import { extractLabel, lastLayer } from '../attack/extract-label.ts';
import { ATTACK_DEFAULTS, OPTIMIZERS, type AttackOptions, type AttackPoint } from '../attack/reconstruct.ts';
import { InputError } from '../data/dataset.ts';
import { encodePng } from '../data/png.ts';
import { toRaster } from '../data/raster.ts';
import { ACTIVATIONS, type ActivationName } from '../nn/activation.ts';
import { LINE_SEARCHES } from '../optim/lbfgs.ts';
import { chooseFrames, filmStrip } from '../plot/film-strip.ts';
import { unstack } from '../tensor/tensor.ts';
import { norm2 } from '../tensor/vector.ts';
import { ATTACKS, expectInvertible, PAPER_METHODS, type Method } from './attacks.ts';
import { Display, scientific, table, type Screen } from './display.ts';
import { methodOption, readMethods } from './experiment.ts';
import { filmRow, labelWord, solutionStory } from './film.ts';
import { KERNELS_OPTION, readKernels, type Kernels } from './kernels.ts';
import { describe, Options, type OptionTable } from './options.ts';
import { OutputFolder } from './output.ts';
import { attackClient, createClient, filmed, type Client, type Run, type RunRecord } from './run.ts';
import { chosenDataset, datasetOptions, datasetTarget, imageTarget, type Target } from './target.ts';

/** Outputs of the network for a picture of the user's own. */
const IMAGE_CLASSES = 10;
/** Outputs of the network at most: more than any data set of images has, and its weights still fit in memory. */
const MOST_CLASSES = 2 ** 15;

const TABLE: OptionTable = {
  ...datasetOptions('the image is from'),
  index: { value: 'N', about: 'number of the image in the data set, from 0 [0]' },
  image: { value: 'FILE.png', about: 'attack this picture instead; over 64 pixels a side it is shrunk to 32×32' },
  label: { value: 'K', about: 'class of the picture of --image, from 0' },
  classes: { value: 'K', about: `outputs of the network [as the data set has; ${IMAGE_CLASSES} with --image]` },
  method: methodOption('which attack; both are the papers\' [both]'),
  activation: { choices: ACTIVATIONS, about: 'of the network [sigmoid]' },
  optimizer: { choices: OPTIMIZERS, about: 'L-BFGS as in the papers\' code, or gradient descent, Eq. (6) [lbfgs]' },
  'line-search': {
    choices: LINE_SEARCHES,
    about: 'of L-BFGS; none, with --tolerance 1e-6, is the papers\' protocol [strong-wolfe]',
  },
  'learning-rate': { value: 'η', about: 'length of a step [1 for lbfgs, 0.05 for gd]' },
  iterations: {
    value: 'N',
    about: `the largest number; one of L-BFGS is up to 20 moves [${ATTACK_DEFAULTS.iterations}]`,
  },
  tolerance: {
    value: 'T',
    about: `stop when L_G is below this; the papers' code has 1e-6 [${ATTACK_DEFAULTS.tolerance}]`,
  },
  'look-every': {
    value: 'N',
    about: 'check that after iterations 1, 1 + N, 1 + 2N, …; the papers\' code has 10 [1]',
  },
  relative: { about: 'descend L_G / ‖∇W‖²: tolerances then suit small gradients, of trained networks' },
  seed: { value: 'S', about: 'of the network\'s weights and of the start [0]' },
  ...KERNELS_OPTION,
  out: { value: 'DIR', about: 'write film.png, the reconstructions and attack.json there' },
  json: { about: 'print attack.json and nothing else' },
};

export const ATTACK_HELP = `idlg attack: recover a private image and its label from the gradient that it produced

Usage: idlg attack [options]

${describe(TABLE)}

Examples:
  idlg attack
  idlg attack --dataset pictures --index 73 --out out
  idlg attack --dataset mnist --data data --index 7 --line-search none --tolerance 1e-6
  idlg attack --image me.png --label 3 --method idlg
`;

interface Settings {
  readonly target: Target;
  readonly methods: readonly Method[];
  readonly activation: ActivationName;
  readonly kernels: Kernels;
  readonly seed: number;
  readonly attack: AttackOptions;
  readonly out: OutputFolder | undefined;
  readonly json: boolean;
}

/** What attack.json holds. */
export interface AttackReport {
  readonly dataset: string;
  readonly index: number | null;
  readonly seed: number;
  /** [channels, height, width] */
  readonly shape: readonly number[];
  readonly classes: number;
  readonly truth: { readonly label: number };
  readonly runs: readonly RunRecord[];
}

/** Runs the command. @throws {InputError} for a mistake in the options or files, before any work is done. */
export function attackCommand(args: readonly string[], screen: Screen): void {
  const settings = readSettings(args);
  const { target, activation, kernels, seed } = settings, client = createClient(target, activation, seed, kernels);
  const say = settings.json ? undefined : screen;
  say?.write(introduction(settings, client));
  const runs = settings.methods.map((method) => runMethod(settings, client, method, say));
  if (say && !isRead(say)) return;
  const report: AttackReport = {
    dataset: target.dataset,
    index: target.index,
    seed,
    shape: target.image.shape,
    classes: target.classes,
    truth: { label: target.label },
    runs: runs.map(({ record }) => record),
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  say?.write(`\n${closingTable(report.runs, target.label)}`);
  if (settings.out) writeFiles(settings.out, target, runs, json);
  if (settings.json) screen.write(json);
  const pictures = settings.methods.map(pictureName).join(', ');
  if (settings.out) say?.write(`\nWritten to ${settings.out.path}: film.png, ${pictures}, attack.json\n`);
}

function readSettings(args: readonly string[]): Settings {
  const options = new Options(TABLE, args);
  const optimizer = options.choice('optimizer', OPTIMIZERS, ATTACK_DEFAULTS.optimizer);
  if (optimizer === 'gd' && options.has('line-search')) {
    throw new InputError('--line-search: expected with --optimizer lbfgs only, got --optimizer gd, which has none');
  }
  const learningRate = options.number('learning-rate', { zero: false });
  const activation = options.choice('activation', ACTIVATIONS, 'sigmoid');
  const methods = readMethods(options, PAPER_METHODS);
  expectInvertible(methods, [activation]);
  const attack: AttackOptions = {
    optimizer,
    lineSearch: options.choice('line-search', LINE_SEARCHES, ATTACK_DEFAULTS.lineSearch),
    ...(learningRate === undefined ? {} : { learningRate }),
    iterations: options.integer('iterations', 0) ?? ATTACK_DEFAULTS.iterations,
    tolerance: options.number('tolerance', { zero: true }) ?? ATTACK_DEFAULTS.tolerance,
    lookEvery: options.integer('look-every', 1) ?? 1,
    relative: options.has('relative'),
    seed: options.integer('seed', 0) ?? ATTACK_DEFAULTS.seed,
  };
  const target = readTarget(options);
  const path = options.text('out');
  const out = path === undefined ? undefined : new OutputFolder(path);
  out?.expectFree(['film.png', 'attack.json', ...methods.map(pictureName)]);
  return {
    target,
    methods,
    activation,
    kernels: readKernels(options),
    seed: attack.seed!,
    attack,
    out,
    json: options.has('json'),
  };
}

function readTarget(options: Options): Target {
  const classes = options.integer('classes', 2, MOST_CLASSES);
  const path = options.text('image');
  const label = options.integer('label', 0);
  if (path !== undefined) {
    options.exclude('image', ['dataset', 'data', 'index'], 'the picture is the data');
    if (label === undefined) throw new InputError('--label: expected the class of the picture of --image, got nothing');
    return imageTarget(path, label, classes ?? IMAGE_CLASSES);
  }
  if (label !== undefined) {
    throw new InputError('--label: expected with --image only, got it with a data set, which has its own labels');
  }
  const { name, dir } = chosenDataset(options);
  return datasetTarget(name, dir, options.integer('index', 0) ?? 0, classes);
}

function introduction({ target, activation, seed }: Settings, { network, gradient }: Client): string {
  const [channels, height, width] = target.image.shape;
  const { className = String(target.label) } = target;
  const name = className === String(target.label) ? '' : ` (${className})`;
  const numbers = network.theta.data.length.toLocaleString('en');
  const norm = norm2(gradient.data).toPrecision(3);
  return `A client's secret: ${target.title}: ${channels}×${height}×${width} pixels, label ${target.label}${name}
The network:       LeNet, ${activation}, ${target.classes} classes, ${numbers} weights from U(−½, ½), seed ${seed}
The attacker sees: the network and ∇W, ${numbers} numbers with ‖∇W‖ = ${norm}; no image, no label
`;
}

function runMethod({ target, attack, out }: Settings, client: Client, method: Method, say: Screen | undefined): Run {
  say?.write(`\n${ATTACKS[method].title}: ${labelStory(method, client)}\n`);
  const display = say && new Display(say, [1, ...target.image.shape], attack.iterations!, target.image);
  const onIteration = (point: AttackPoint): boolean => {
    display?.show(point);
    return !say || isRead(say);
  };
  const run = attackClient(client, target, method, { ...attack, onIteration }, out && filmed);
  display?.finish();
  const { record } = run;
  if (ATTACKS[method].descendsLabel) {
    say?.write(`  label ${record.label}, the largest of the label logits found by descent\n`);
  }
  if (record.solution) say?.write(solutionStory(record.solution));
  return run;
}

/** Whether anyone still reads the output: after `idlg attack | head -1` nobody does, and the attack can stop. */
const isRead = ({ writable }: Screen): boolean => writable !== false;

/** How the method finds the label and the image, to be told before it starts. */
function labelStory(method: Method, { gradient }: Client): string {
  const { descendsLabel, image } = ATTACKS[method];
  if (descendsLabel) return 'image and label are descended together from noise';
  const { label, rule } = extractLabel(lastLayer(gradient));
  return `the last layer's gradient gives label ${label} (rule: ${rule}); the image is ${image}`;
}

function closingTable(records: readonly RunRecord[], truth: number): string {
  const heads = [
    'method', `label (${truth})`, 'MSE', 'PSNR dB', 'SSIM', 'L_G', 'iterations', 'evaluations', 'seconds', 'stop',
  ];
  const fixed = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : '–');
  const rows = records.map((record) => [
    ATTACKS[record.method].title,
    `${record.label} ${labelWord(record)}`,
    scientific(record.mse),
    fixed(record.psnr, 1),
    fixed(record.ssim, 4),
    scientific(record.objective),
    String(record.iterations),
    String(record.evaluations),
    fixed(record.seconds, 1),
    record.stop,
  ]);
  return table(heads, rows);
}

const pictureName = (method: Method): string => `reconstruction-${method}.png`;

/** Frames of a film strip after the original. */
const FRAMES = 10;

function writeFiles(out: OutputFolder, target: Target, runs: readonly Run[], json: string): void {
  const rows = runs.map((run) => {
    const { frames } = run;
    return filmRow(target, run, chooseFrames(frames.length, FRAMES).map((n) => frames[n]));
  });
  out.write('film.png', encodePng(filmStrip(rows)));
  for (const run of runs) out.write(pictureName(run.record.method), encodePng(toRaster(unstack(run.images)[0])));
  out.write('attack.json', json);
}
