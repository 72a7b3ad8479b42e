/**
 * @file `idlg attack`: a private image, its gradient, its label, its reconstruction.
 */
import { extractLabel, lastLayer } from '../attack/extract-label.ts';
import { ATTACK_DEFAULTS, LEARNING_RATES, type AttackPoint } from '../attack/reconstruct.ts';
import { DEFENCES, defenceTitle, type DefenceSetting } from '../beyond/defence/defences.ts';
import { readLabel } from '../beyond/diagnosis/read-label.ts';
import { ALL_LEARNING_RATES, type MapAttackOptions } from '../beyond/prior/map.ts';
import { InputError } from '../data/dataset.ts';
import { DRAWN_NAMES } from '../data/load.ts';
import { encodePng } from '../data/png.ts';
import { ACTIVATIONS, type ActivationName } from '../nn/activation.ts';
import { LINE_SEARCHES, type LineSearch } from '../optim/lbfgs.ts';
import { chooseFrames, filmStrip } from '../plot/film-strip.ts';
import { unstack } from '../tensor/tensor.ts';
import { norm2 } from '../tensor/vector.ts';
import { ATTACKS, expectInvertible, PAPER_METHODS, type Method } from './attacks.ts';
import { Display, scientific, type Screen } from './display.ts';
import { DEFENCE_OPTION, defended, readDefence } from './defence-options.ts';
import { methodOption, readMethods } from './experiment.ts';
import { filmRow, labelWord, solutionStory } from './film.ts';
import { helpText } from './help.ts';
import { KERNELS_OPTION, readKernels, type Kernels } from './kernels.ts';
import { Options, type OptionTable } from './options.ts';
import { enlarged, OutputFolder } from './output.ts';
import { RECOVERED } from './paper.ts';
import {
  hasOtherObjective, hasPrior, ITERATIONS_OPTION, iterationsFor, learningRateFor, PRIOR_OPTIONS, readPrior,
  type PriorSettings,
} from './prior-options.ts';
import { PROGRAM } from './program.ts';
import { VERSION } from './protocol.ts';
import { attackClient, createClient, filmed, type Client, type Run, type RunRecord } from './run.ts';
import {
  chosenDataset, DEFAULT_DATA, datasetOptions, datasetTarget, imageTarget, LARGE_PICTURES, type Target,
} from './target.ts';
import { commandLines, transposed, wrap } from './text.ts';

/** Outputs of the network for a picture of the user's own. */
const IMAGE_CLASSES = 10;
/** The largest number of outputs: more than any image data set has classes, and the weights still fit in memory. */
const MOST_CLASSES = 2 ** 15;

const TABLE: OptionTable = {
  ...datasetOptions('that the image is from'),
  index: { value: 'N', about: 'number of the image in the data set, from 0 [0]' },
  image: { value: 'FILE.png', about: `attack this picture instead; ${LARGE_PICTURES}` },
  label: { value: 'K', about: 'class of that picture, from 0; for an untrained network any class will do' },
  classes: {
    value: 'K',
    about: `number of outputs of the network; default: as in the data set, or ${IMAGE_CLASSES} with --image`,
  },
  method: methodOption('both'),
  activation: { choices: ACTIVATIONS, about: 'activation function of the network [sigmoid]' },
  ...PRIOR_OPTIONS,
  ...DEFENCE_OPTION,
  'line-search': {
    choices: LINE_SEARCHES,
    about: 'line search of L-BFGS; the papers\' code has none, but with sigmoids far fewer runs fail with ' +
      'strong-wolfe [strong-wolfe]',
  },
  'learning-rate': {
    value: 'η',
    about: `length of a step; default: ${LEARNING_RATES.lbfgs} for lbfgs, ${LEARNING_RATES.gd} for gd, ` +
      `${ALL_LEARNING_RATES.adam} for adam and sign-adam`,
  },
  iterations: ITERATIONS_OPTION,
  tolerance: {
    value: 'T',
    about: 'stop when the objective L_G is below T; at 1e-6, as in the papers\' code, some runs stop before the ' +
      `image is sharp [${ATTACK_DEFAULTS.tolerance}]`,
  },
  'look-every': {
    value: 'N',
    about: 'check the tolerance after iterations 1, 1 + N, 1 + 2N, …; the papers\' code uses 10 [1]',
  },
  relative: { about: 'minimise L_G / ‖∇W‖², so that the tolerance also suits the small gradients of trained networks' },
  seed: { value: 'S', about: 'seed of the network\'s weights and of the noise to start from [0]' },
  ...KERNELS_OPTION,
  out: { value: 'DIR', about: 'write film.png, the reconstructions and attack.json to this folder' },
  json: { about: 'print attack.json and nothing else' },
};

export const ATTACK_HELP = helpText({
  name: 'attack',
  about: 'recover a private image and its label from their gradient',
  usage: [['[options]']],
  options: TABLE,
  notes: [
    'The defaults are chosen to recover as many images as possible. The protocol of the papers\' code is ' +
      '--line-search none --tolerance 1e-6 --look-every 10.',
  ],
  examples: [
    '',
    '--dataset pictures --index 73 --out out',
    '--dataset mnist --data data --index 7 --line-search none --tolerance 1e-6',
    '--image me.png --label 3 --method idlg',
  ],
});

interface Settings {
  readonly target: Target;
  readonly methods: readonly Method[];
  readonly activation: ActivationName;
  readonly kernels: Kernels;
  readonly seed: number;
  readonly defence: DefenceSetting;
  readonly prior: PriorSettings;
  readonly attack: Required<Pick<MapAttackOptions,
    'optimizer' | 'lineSearch' | 'learningRate' | 'tolerance' | 'lookEvery' | 'relative' | 'seed'>> &
    Pick<MapAttackOptions, 'iterations'>;
  /** The file of --image, or the folder of a data set's files. */
  readonly files: string | null;
  readonly out: OutputFolder | undefined;
  readonly json: boolean;
}

/** Everything besides the image and the seed that determines a run, so that it can be repeated. */
export interface AttackSettings extends PriorSettings {
  readonly activation: ActivationName;
  readonly optimizer: NonNullable<PriorSettings['optimizer']>;
  /** Null for optimisers without a line search. */
  readonly lineSearch: LineSearch | null;
  readonly learningRate: number;
  /** The largest number of iterations. */
  readonly iterations: number;
  readonly tolerance: number;
  readonly lookEvery: number;
  readonly relative: boolean;
  /** Left out if there is none. */
  readonly defence?: DefenceSetting;
  readonly kernels: Kernels;
  /** The VERSION of the program's arithmetic. */
  readonly version: number;
}

/** What attack.json holds. */
export interface AttackReport {
  readonly dataset: string;
  readonly index: number | null;
  /** The picture's file, or the folder of the data set's files; null for a drawn data set. */
  readonly files: string | null;
  readonly seed: number;
  readonly settings: AttackSettings;
  /** [channels, height, width] */
  readonly shape: readonly number[];
  readonly classes: number;
  readonly truth: { readonly label: number };
  readonly runs: readonly RunRecord[];
}

/** Runs the command. @throws {InputError} for a mistake in the options or files, before any work is done. */
export function attackCommand(args: readonly string[], screen: Screen): void {
  const settings = readSettings(args);
  const { target, activation, kernels, seed, defence } = settings;
  const client = defended(createClient(target, activation, seed, kernels), defence, seed);
  const say = settings.json ? undefined : screen;
  say?.write(introduction(settings, client));
  const runs = settings.methods.map((method) => runMethod(settings, client, method, say));
  if (say && !isRead(say)) return;
  const report: AttackReport = {
    dataset: target.dataset,
    index: target.index,
    files: settings.files,
    seed,
    settings: settingsOf(settings),
    shape: target.image.shape,
    classes: target.classes,
    truth: { label: target.label },
    runs: runs.map(({ record }) => record),
  };
  const json = `${JSON.stringify(report, null, 2)}\n`;
  say?.write(`\n${closingTable(report.runs, target.label)}\n${moral(report.runs, settings)}`);
  if (settings.out) writeFiles(settings.out, target, runs, json);
  if (settings.json) screen.write(json);
  const names = fileNames(settings.methods).join(', ');
  if (settings.out) say?.write(`\n${wrap('', `Written to ${settings.out.path}: ${names}`)}`);
}

function readSettings(args: readonly string[]): Settings {
  const options = new Options(TABLE, args);
  const activation = options.choice('activation', ACTIVATIONS, 'sigmoid');
  const methods = readMethods(options, options.has('prior') || options.has('objective') ? ['idlg'] : PAPER_METHODS);
  expectInvertible(methods, [activation]);
  const prior = readPrior(options, methods), { optimizer = 'lbfgs' } = prior;
  const iterations = options.integer('iterations', 0);
  if (optimizer !== 'lbfgs' && options.has('line-search')) {
    throw new InputError('--line-search: expected only with --optimizer lbfgs, got --optimizer ' +
      `${optimizer}, which has none`);
  }
  const attack = {
    optimizer,
    lineSearch: options.choice('line-search', LINE_SEARCHES, ATTACK_DEFAULTS.lineSearch),
    learningRate: options.number('learning-rate', { zero: false }) ?? learningRateFor(prior),
    ...(iterations !== undefined && { iterations }),
    tolerance: options.number('tolerance', { zero: true }) ?? ATTACK_DEFAULTS.tolerance,
    lookEvery: options.integer('look-every', 1) ?? 1,
    relative: options.has('relative'),
    seed: options.integer('seed', 0) ?? ATTACK_DEFAULTS.seed,
  };
  const target = readTarget(options), isDrawn = DRAWN_NAMES.includes(target.dataset);
  const path = options.text('out');
  const out = path === undefined ? undefined : new OutputFolder(path);
  out?.expectFree(fileNames(methods));
  return {
    target,
    methods,
    activation,
    defence: readDefence(options),
    prior,
    attack,
    kernels: readKernels(options),
    seed: attack.seed,
    files: options.text('image') ?? (isDrawn ? null : options.text('data') ?? DEFAULT_DATA),
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
    if (label === undefined) throw new InputError('--label: expected the class of the --image picture, got nothing');
    return imageTarget(path, label, classes ?? IMAGE_CLASSES);
  }
  if (label !== undefined) {
    throw new InputError('--label: expected only with --image, got it with a data set, which has its own labels');
  }
  const { name, dir } = chosenDataset(options);
  return datasetTarget(name, dir, options.integer('index', 0) ?? 0, classes);
}

function introduction({ target, activation, seed, defence }: Settings, { network, gradient }: Client): string {
  const [channels, height, width] = target.image.shape;
  const { className = String(target.label) } = target;
  const name = className === String(target.label) ? '' : ` (${className})`;
  const numbers = network.theta.data.length.toLocaleString('en');
  const norm = norm2(gradient.data).toPrecision(3);
  const secret = `${target.title}: ${channels}×${height}×${width} pixels, label ${target.label}${name}`;
  const lenet = `LeNet, ${activation}, ${target.classes} classes, ${numbers} weights from U(−½, ½), seed ${seed}`;
  const seen = `the network and ∇W, ${numbers} numbers with ‖∇W‖ = ${norm}; no image, no label`;
  const shown = defence.defence === 'none' ? '' : wrap('The defence:       ', defenceTitle(defence));
  return wrap('A client\'s secret: ', secret) + wrap('The network:       ', lenet) + shown +
    wrap('The attacker sees: ', seen);
}

function settingsOf({ activation, kernels, defence, prior, attack, methods: [method] }: Settings): AttackSettings {
  const { seed: _, lineSearch, iterations = iterationsFor(method, prior), ...rest } = attack;
  return {
    ...{ activation, ...prior, ...rest, iterations, lineSearch: rest.optimizer === 'lbfgs' ? lineSearch : null },
    ...(defence.defence !== 'none' && { defence }),
    ...{ kernels, version: VERSION },
  };
}

function runMethod(settings: Settings, client: Client, method: Method, say: Screen | undefined): Run {
  const { target, attack, prior, out } = settings, { title, isDirect } = ATTACKS[method];
  const iterations = isDirect ? undefined : attack.iterations ?? iterationsFor(method, prior);
  say?.write(`\n${wrap('', `${title}: ${labelStory(method, client, prior)}`, '  ')}`);
  const minimised = hasOtherObjective(method, prior) ? 'objective' : 'L_G';
  const display = say && new Display(say, [1, ...target.image.shape], iterations, target.image, minimised);
  const onIteration = (point: AttackPoint): boolean => {
    display?.show(point);
    return !say || isRead(say);
  };
  const run = attackClient(client, target, method, { ...attack, ...prior, onIteration }, out && filmed);
  display?.finish();
  const { record } = run;
  if (ATTACKS[method].descendsLabel) say?.write(`  label ${record.label}: the class with the largest label logit\n`);
  if (record.solution) say?.write(solutionStory(record.solution));
  return run;
}

/** Whether anyone still reads the output: after `idlg attack | head -1` nobody does, and the attack can stop. */
const isRead = ({ writable }: Screen): boolean => writable !== false;

/** How the method finds the label and the image, for the line above its run. */
function labelStory(method: Method, { network, gradient }: Client, prior: PriorSettings): string {
  const { descendsLabel, image } = ATTACKS[method];
  if (descendsLabel) return 'image and label are found together, by descent from noise';
  const { label, rule } = hasPrior(method, prior) ? readLabel(network, gradient) : extractLabel(lastLayer(gradient));
  return `the last layer's gradient gives label ${label} (rule: ${rule}); the image is ${image}`;
}

/** One column per method. */
function closingTable(records: readonly RunRecord[], truth: number): string {
  const heads = [
    '', `label (${truth} is right)`, 'MSE', 'PSNR, dB', 'SSIM', 'L_G', 'iterations', 'evaluations', 'seconds', 'stop',
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
  return transposed(heads, rows);
}

const isRecovered = ({ mse }: RunRecord): boolean => mse < RECOVERED;
const isFound = (record: RunRecord): boolean => record.labelCorrect === true && isRecovered(record);

/** What to make of the runs: what the server had, how the methods differ, what to try next. */
function moral(records: readonly RunRecord[], settings: Settings): string {
  const isSolved = records.some(isFound);
  const end = isSolved ? 'recovered the picture and its label'
    : 'this time it did not recover both the picture and its label';
  const story = `The server never saw this picture: it had nothing but the network and ∇W, and ${end}.`;
  return wrap('', story) + difference(records) + (isSolved ? nextAttack(settings.target) : nextTry(settings));
}

/** What to attack next: first the reader's own picture; then a client that defends itself. */
function nextAttack({ dataset }: Target): string {
  const [sentence, command] = dataset === 'image'
    ? ['see what still leaks if the client adds noise to its gradient:', 'defend --defences none,gaussian']
    : ['attack a picture of your own:', 'attack --image FILE.png --label 0'];
  return wrap('', `Next, ${sentence}`) + commandLines('  ', `${PROGRAM} ${command}`);
}

/** What to change in the command that found nothing; the rest of it is the reader's own. */
function nextTry({ defence, methods, prior, attack: { optimizer, lineSearch, seed } }: Settings): string {
  if (DEFENCES[defence.defence].sigma && !methods.some((method) => hasPrior(method, prior))) {
    return wrap('', 'Next, repeat the command with --method map: an attack that expects a smooth picture can ' +
      'tolerate more noise.');
  }
  return wrap('', optimizer === 'lbfgs' && lineSearch === 'none'
    ? 'Next, repeat the command with --line-search strong-wolfe: with sigmoids, most runs that fail ' +
      'without a line search succeed with one.'
    : `Next, repeat the command with --seed ${seed + 1}, which draws another network and another start.`);
}

/** Says so if some methods found the label or the image and others did not. */
function difference(records: readonly RunRecord[]): string {
  const outcome = (record: RunRecord): string => {
    const label = `label ${record.label}, which is ${labelWord(record)}`;
    const image = isRecovered(record) ? 'the image' : 'did not find the image';
    return `${ATTACKS[record.method].title} found ${label}, and ${image}`;
  };
  const isSame = (record: RunRecord): boolean =>
    record.label === records[0].label && isRecovered(record) === isRecovered(records[0]);
  if (records.every(isSame)) return '';
  const outcomes = records.map(outcome).join('; ');
  return wrap('', `The methods differ: ${outcomes} (an MSE below ${RECOVERED} counts as found).`);
}

const pictureName = (method: Method): string => `reconstruction-${method}.png`;
/** Everything that --out writes. */
const fileNames = (methods: readonly Method[]): string[] =>
  ['film.png', ...methods.map(pictureName).flatMap((name) => [name, enlarged(name)]), 'attack.json'];

/** Frames of a film strip after the original. */
const FRAMES = 10;

function writeFiles(out: OutputFolder, target: Target, runs: readonly Run[], json: string): void {
  const rows = runs.map((run) => {
    const { frames } = run;
    return filmRow(target, run, chooseFrames(frames.length, FRAMES).map((n) => frames[n]));
  });
  out.write('film.png', encodePng(filmStrip(rows)));
  for (const run of runs) out.writePicture(pictureName(run.record.method), unstack(run.images)[0]);
  out.write('attack.json', json);
}
