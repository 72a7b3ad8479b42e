/**
 * @file `idlg labels`: how many labels of a batch the rules of batch-labels.ts find, over many random LeNets.
 *
 * Run i draws a LeNet with weights U(−½, ½) and a batch of images from (seed, B, i), the same for every activation and
 * rule. With --noise the gradients are noisy: labels-under-noise.ts.
 */
import { lastLayer } from '../attack/extract-label.ts';
import { BATCH_RULES, extractBatchLabels, MAX_ILRG_CLASSES, multisetAccuracy } from '../beyond/batch/batch-labels.ts';
import { InputError, type Dataset } from '../data/dataset.ts';
import { ACTIVATIONS, type ActivationName } from '../nn/activation.ts';
import { lenet } from '../nn/lenet.ts';
import { Random, STREAMS } from '../tensor/random.ts';
import type { Screen } from './display.ts';
import { KERNELS_OPTION, readKernels, withKernels, type Kernels } from './kernels.ts';
import { helpText } from './help.ts';
import { measureUnderNoise, noiseTables, type BatchOfRun } from './labels-under-noise.ts';
import { Options, type OptionTable } from './options.ts';
import { chosenDataset, datasetOptions, openDataset } from './target.ts';
import { amount, table, wrap } from './text.ts';

const BATCHES = [2, 8, 32], MOST_IN_BATCH = 512;
const DEFAULT_RUNS = 20;

const TABLE: OptionTable = {
  ...datasetOptions('that the images are from'),
  batches: { value: 'B,B,…', about: `sizes of the batches [${BATCHES.join()}]` },
  runs: { value: 'N', about: `number of networks, each with one batch of every size [${DEFAULT_RUNS}]` },
  noise: {
    value: 'V,V,…',
    about: 'variances of Gaussian noise on the gradient; the rules for one image are then measured too, and the ' +
      'stated probabilities are checked',
  },
  seed: { value: 'S', about: 'seed of the networks and the batches [0]' },
  ...KERNELS_OPTION,
  json: { about: 'print JSON and nothing else' },
};

export const LABELS_HELP = helpText({
  name: 'labels',
  about: 'how many labels a gradient gives away, by each rule, with and without noise',
  usage: [['[options]']],
  options: TABLE,
  examples: [
    '', '--dataset mnist --data data --runs 200', '--noise 0.01,0.1,0.3,1 --batches 1,8 --runs 100',
  ],
});

/** The rules, and the one that is chosen by default. */
const COLUMNS = [...BATCH_RULES, 'chosen'] as const;
type Column = (typeof COLUMNS)[number];

/** Those that apply: with many classes iLRG's least squares take too long. */
const columnsFor = ({ classes }: Dataset): readonly Column[] =>
  COLUMNS.filter((column) => column !== 'ilrg' || classes <= MAX_ILRG_CLASSES);

/** The mean share of labels found. */
interface Row {
  readonly activation: ActivationName;
  readonly batch: number;
  readonly accuracy: Readonly<Partial<Record<Column, number>>>;
}

/** Runs the command. @throws {InputError} for a mistake in the options or files. */
export function labelsCommand(args: readonly string[], screen: Screen): void {
  const options = new Options(TABLE, args), { name, dir } = chosenDataset(options);
  const noise = options.text('noise'), variances = noise === undefined ? undefined : readVariances(noise);
  const batches = readBatches(options.text('batches') ?? (variances ? [1, ...BATCHES] : BATCHES).join());
  const runs = options.integer('runs', 1) ?? DEFAULT_RUNS, seed = options.integer('seed', 0) ?? 0;
  const dataset = openDataset(name, dir), kernels = readKernels(options);
  const batchOf = batchesFrom(dataset, seed, kernels);
  if (variances) {
    const rows = ACTIVATIONS.flatMap((activation) =>
      batches.flatMap((batch) => measureUnderNoise(activation, batch, variances, runs, batchOf)));
    if (options.has('json')) {
      return void screen.write(`${JSON.stringify({ dataset: name, seed, runs, variances, rows }, null, 2)}\n`);
    }
    const what = 'Share of the labels that each rule finds under Gaussian noise on every number of the gradient, ' +
      `${dataset.name}, mean over ${amount(runs, 'random LeNet')}:`;
    return void screen.write(`${wrap('', what)}\n${noiseTables(rows)}`);
  }
  const rows = ACTIVATIONS.flatMap((activation) =>
    batches.map((batch) => measure(columnsFor(dataset), { activation, batch, runs }, batchOf)));
  const json = JSON.stringify({ dataset: name, seed, runs, rows }, null, 2);
  if (options.has('json')) return void screen.write(`${json}\n`);
  const columns = columnsFor(dataset);
  const what = `Share of the labels that each rule finds, ${dataset.name}, mean over ${amount(runs, 'random LeNet')}:`;
  screen.write(`${wrap('', what)}\n`);
  screen.write(table(['activation', 'batch', ...columns], rows.map(({ activation, batch, accuracy }) =>
    [activation, String(batch), ...columns.map((column) => accuracy[column]!.toFixed(3))])));
}

function readBatches(text: string): number[] {
  const sizes = text.split(',').map(Number);
  if (sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= MOST_IN_BATCH)) return sizes;
  throw new InputError(`--batches: expected whole numbers from 1 to ${MOST_IN_BATCH}, such as 2,8,32, got "${text}"`);
}

function readVariances(text: string): number[] {
  const variances = text.split(',').map(Number);
  if (text !== '' && variances.every((variance) => Number.isFinite(variance) && variance > 0)) return variances;
  throw new InputError(`--noise: expected variances above 0, such as 0.01,0.1,1, got "${text}"`);
}

function batchesFrom(dataset: Dataset, seed: number, kernels: Kernels): BatchOfRun {
  const [channels, height, width] = dataset.shape;
  return (activation, batch, i) => {
    const random = new Random(seed, STREAMS.labels, batch, i);
    const net = lenet({ channels, height, width, classes: dataset.classes, activation, seed: random.bits() });
    const examples = Array.from({ length: batch }, () => dataset.example(random.below(dataset.size)));
    const images = examples.map(({ image }) => image), labels = examples.map(({ label }) => label);
    return { network: withKernels(net, kernels), images, labels, random };
  };
}

function measure(
  columns: readonly Column[], { activation, batch, runs }: {
    readonly activation: ActivationName; readonly batch: number; readonly runs: number;
  }, batchOf: BatchOfRun,
): Row {
  const accuracy: Partial<Record<Column, number>> = {};
  for (let i = 0; i < runs; i++) {
    const { network, images, labels: truth } = batchOf(activation, batch, i);
    const gradient = network.gradient(images, truth);
    for (const column of columns) {
      const rule = column === 'chosen' ? undefined : column;
      const { labels } = extractBatchLabels(lastLayer(gradient), lastLayer(network.theta), batch, rule);
      accuracy[column] = (accuracy[column] ?? 0) + multisetAccuracy(labels, truth) / runs;
    }
  }
  return { activation, batch, accuracy };
}
