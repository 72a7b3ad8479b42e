/**
 * @file `idlg train`: what a defence costs. The paper's LeNet learns from defended gradients of mini-batches, each the
 * mean over one client's images, and then classifies images that it has not seen.
 *
 * It learns from the first four fifths of the data set; the last fifth is held out. One training is one file,
 * trained-DEFENCE-STRENGTH.json, written when it is done. Repeating the command makes the missing ones.
 */
import { join } from 'node:path';
import {
  defenceSettings, defenceTitle, defend, type DefenceSetting,
} from '../beyond/defence/defences.ts';
import { encodeSafetensors } from '../data/safetensors.ts';
import { ACTIVATIONS, type ActivationName } from '../nn/activation.ts';
import { lenet } from '../nn/lenet.ts';
import {
  accuracy, train, TRAINERS, TRAINING_DEFAULTS, type Examples, type TrainerName,
} from '../beyond/training/train.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import { readDefences } from './defence-options.ts';
import type { Screen } from './display.ts';
import { KERNELS_OPTION, readKernels, withKernels, type Kernels } from './kernels.ts';
import { helpText } from './help.ts';
import { Options, type OptionTable } from './options.ts';
import { expectOneVersion, OutputFolder, readKept } from './output.ts';
import { Progress } from './progress.ts';
import { PROGRAM } from './program.ts';
import { DEFENCE_NAMES, PAPER_ACTIVATION, VERSION } from './protocol.ts';
import { markdownTable, percent } from './shares.ts';
import { chosenDataset, datasetOptions, HELD_OUT, openDataset, splitToLearn } from './target.ts';
import { COLUMNS } from './text.ts';

const { steps: STEPS, batch: BATCH, learningRate: RATES } = TRAINING_DEFAULTS;

const TABLE: OptionTable = {
  ...datasetOptions('to learn from'),
  defences: { value: 'A,B,…', about: `any of ${DEFENCE_NAMES.join(', ')}, at every strength [none]` },
  activation: { choices: ACTIVATIONS, about: `activation function of the network [${PAPER_ACTIVATION}]` },
  steps: { value: 'N', about: `number of mini-batches [${STEPS}]` },
  batch: { value: 'B', about: `images per mini-batch [${BATCH}]` },
  optimizer: { choices: TRAINERS, about: 'Adam, or gradient descent with momentum [adam]' },
  'learning-rate': {
    value: 'η',
    about: `the optimiser's step size; default: ${TRAINERS.map((name) => `${RATES[name]} for ${name}`).join(', ')}`,
  },
  seed: { value: 'S', about: 'seed of the weights, the mini-batches and the noise [0]' },
  ...KERNELS_OPTION,
  out: { value: 'DIR', about: 'keep each training run and its weights in this folder, and make only the missing ones' },
};

export const TRAIN_HELP = helpText({
  name: 'train',
  about: 'how well a network still learns if clients defend their gradients',
  usage: [['[options]']],
  options: TABLE,
  notes: [
    'A mini-batch stands for a client: the defence changes its mean gradient, not that of each image.',
    HELD_OUT,
    `The weights, trained-DEFENCE-STRENGTH.safetensors, can be read by \`${PROGRAM} audit --weights\`.`,
  ],
  examples: [
    '--steps 200',
    '--dataset mnist --data data --out trained',
    '--dataset mnist --data data --defences none,gaussian,prune --out trained',
  ],
});

/** How a network was trained, and how well. */
export interface TrainingRecord extends Partial<DefenceSetting> {
  readonly dataset: string;
  readonly images: number;
  readonly heldOut: number;
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: TrainerName;
  /** Null for the optimiser's default. */
  readonly learningRate: number | null;
  readonly seed: number;
  readonly activation: ActivationName;
  readonly kernels: Kernels;
  /** The VERSION of the program; the first version left it out. */
  readonly version?: number;
  /** The share of the held-out images that is classified correctly. */
  readonly accuracy: number;
  readonly stop: string;
  readonly seconds: number;
}

type Plan = Omit<TrainingRecord, 'version' | 'accuracy' | 'stop' | 'seconds' | 'defence' | 'strength'>;

const nameOf = ({ defence, strength }: DefenceSetting): string =>
  ['trained', defence, ...(strength === undefined ? [] : [strength])].join('-');

/** Runs the command. @throws {InputError} for a mistake in the options or files, or a folder of another training. */
export function trainCommand(args: readonly string[], screen: Screen, aside: Screen): void {
  const options = new Options(TABLE, args), { name: dataset, dir } = chosenDataset(options);
  const sweep = defenceSettings(readDefences(options, ['none']));
  const learningRate = options.number('learning-rate', { zero: false }) ?? null;
  const chosen = {
    steps: options.integer('steps', 0) ?? STEPS,
    batch: options.integer('batch', 1) ?? BATCH,
    optimizer: options.choice('optimizer', TRAINERS, 'adam'),
    learningRate,
    seed: options.integer('seed', 0) ?? 0,
    activation: options.choice('activation', ACTIVATIONS, PAPER_ACTIVATION),
    kernels: readKernels(options),
  };
  const path = options.text('out'), out = path === undefined ? undefined : new OutputFolder(path);
  const all = openDataset(dataset, dir), { learnt, heldOut } = splitToLearn(all);
  const plan: Plan = { dataset, images: all.size, heldOut: heldOut.size, ...chosen };
  const known = sweep.map((setting) => (out ? readTraining(out.path, setting, plan) : undefined));
  if (out) expectOneVersion(out.path, known);
  const progress = new Progress(aside, {
    total: sweep.length * plan.steps,
    before: known.filter(Boolean).length * plan.steps,
    one: 'mini-batch',
    many: 'mini-batches',
  });
  const { shape, classes } = all, onStep = (): void => progress.advance();
  const records = sweep.map((setting, i) =>
    known[i] ?? trainOne({ setting, plan, learnt, heldOut, shape, classes, out, onStep }));
  progress.finish();
  const rows = records.map(({ accuracy, seconds, stop }, i) =>
    [defenceTitle(sweep[i]), percent(accuracy), seconds.toFixed(0), stop]);
  const heads = ['defence', `right, of ${heldOut.size.toLocaleString('en')} held out`, 'seconds', 'stop'];
  screen.write(markdownTable(heads, rows, COLUMNS));
}

/** The training in a folder, if it is there. @throws {InputError} if its plan is another. */
function readTraining(folder: string, setting: DefenceSetting, plan: Partial<Plan>): TrainingRecord | undefined {
  const isWhole = ({ accuracy }: Partial<TrainingRecord>): boolean => typeof accuracy === 'number';
  return readKept(join(folder, `${nameOf(setting)}.json`), 'a training run of `train`', plan, isWhole);
}

/**
 * The held-out accuracy under a defence; undefined if the folder has no such training.
 * @throws {InputError} if it was a training on another data set or with another activation.
 */
export function accuracyIn(
  folder: string, setting: DefenceSetting, plan: Pick<Plan, 'dataset' | 'images' | 'activation'>,
): number | undefined {
  return readTraining(folder, setting, plan)?.accuracy;
}

function trainOne({ setting, plan, learnt, heldOut, shape, classes, out, onStep }: {
  readonly setting: DefenceSetting;
  readonly plan: Plan;
  readonly learnt: Examples;
  readonly heldOut: Examples;
  readonly shape: readonly [number, number, number];
  readonly classes: number;
  readonly out: OutputFolder | undefined;
  readonly onStep: () => void;
}): TrainingRecord {
  const { steps, batch, optimizer, learningRate, seed, activation, kernels } = plan, [channels, height, width] = shape;
  const network = withKernels(lenet({ channels, height, width, classes, activation, seed }), kernels);
  const random = new Random(seed, STREAMS.noise);
  const start = performance.now();
  const { stop } = train(network, learnt, {
    steps,
    batch,
    optimizer,
    ...(learningRate === null ? {} : { learningRate }),
    seed,
    defend: (gradient) => defend(gradient, setting, random),
    onStep: (step) => void (step > 0 && onStep()),
  });
  const seconds = (performance.now() - start) / 1000;
  const record: TrainingRecord = {
    ...plan, version: VERSION, ...setting, accuracy: accuracy(network, heldOut), stop, seconds,
  };
  out?.write(`${nameOf(setting)}.safetensors`, encodeSafetensors(network.theta.tensors));
  out?.write(`${nameOf(setting)}.json`, `${JSON.stringify(record, null, 2)}\n`);
  return record;
}
