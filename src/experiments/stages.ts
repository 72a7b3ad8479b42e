/**
 * @file `idlg stages`: what leaks while a network learns, from untrained to fitted. At each stage the client shares its
 * gradient of one image that the network learns from, in float32 as PyTorch would, and every attack is run on it.
 *
 * Network i draws its weights, mini-batches, image and the attacks' start from (seed, i). Each network
 * is one file, stages-i.json, written when it is done. Repeating the command makes the missing ones, and several shards
 * may fill one folder.
 */
import { join } from 'node:path';
import type { AttackOptions } from '../attack/reconstruct.ts';
import { INVERTIBLE_ACTIVATIONS } from '../beyond/analytic/inverse.ts';
import { toFloat32 } from '../beyond/defence/defences.ts';
import { accuracy, train } from '../beyond/training/train.ts';
import { InputError, type Dataset, type Example } from '../data/dataset.ts';
import { datasetTitle } from '../data/load.ts';
import { ACTIVATIONS, type ActivationName } from '../nn/activation.ts';
import { lenet } from '../nn/lenet.ts';
import type { Network } from '../nn/network.ts';
import { softmax } from '../nn/softmax-cross-entropy.ts';
import { chart } from '../plot/chart.ts';
import type { Style } from '../plot/svg.ts';
import { view } from '../tensor/tensor.ts';
import { norm2 } from '../tensor/vector.ts';
import { ATTACKS, type Method } from './attacks.ts';
import { scientific, type Screen } from './display.ts';
import { indicesOf } from './experiment.ts';
import { KERNELS_OPTION, readKernels, withKernels, type Kernels } from './kernels.ts';
import { helpText } from './help.ts';
import { Options, type OptionTable } from './options.ts';
import { expectOneVersion, OutputFolder, readKept } from './output.ts';
import { Progress } from './progress.ts';
import { RECOVERED } from './paper.ts';
import { drawRun, PAPER, PAPER_ACTIVATION, VERSION } from './protocol.ts';
import { attackClient, type RunRecord } from './run.ts';
import { markdownTable, percent, share, withInterval } from './shares.ts';
import { median } from './statistics.ts';
import { chosenDataset, datasetOptions, HELD_OUT, openDataset, splitToLearn } from './target.ts';
import { COLUMNS } from './text.ts';

const DEFAULT_RUNS = 1;
/** Steps of Adam after which a network is attacked; by the last it has fitted the training images. */
const STAGES = [0, 10, 30, 100, 300, 1000, 3000];

/** Below this, L_G / ‖∇W‖² is only rounding to float32. */
const RELATIVE: AttackOptions = { relative: true, tolerance: 1e-16 };
const { lineSearch, mostIterations: iterations, tolerance, lookEvery } = PAPER;

interface StageAttack {
  readonly title: string;
  readonly method: Method;
  readonly options?: AttackOptions;
  /** Whether it is given the gradient as it was computed, in float64. */
  readonly isExact?: boolean;
  /** Its line in the chart; those that would lie on the analytic attack's line have none. */
  readonly style?: Style;
}

const STAGE_ATTACKS: Readonly<Record<string, StageAttack>> = {
  paper: {
    title: 'iDLG, papers\' protocol',
    method: 'idlg',
    options: { lineSearch, iterations, tolerance, lookEvery },
    style: { colour: '#b04a00', marker: 'square', solid: false },
  },
  relative: {
    title: 'iDLG, --relative',
    method: 'idlg',
    options: RELATIVE,
    style: { colour: '#0a4a8f', marker: 'circle', solid: true },
  },
  start: {
    title: ATTACKS['analytic+idlg'].title,
    method: 'analytic+idlg',
    options: RELATIVE,
  },
  closed: {
    title: ATTACKS.analytic.title,
    method: 'analytic',
    style: { colour: '#2d6a2d', marker: 'triangle', solid: true },
  },
  exact: {
    title: `${ATTACKS.analytic.title}, float64`,
    method: 'analytic',
    isExact: true,
  },
};

/** The attacks that a network with this activation allows. */
const attacksFor = (activation: ActivationName): readonly (readonly [name: string, attack: StageAttack])[] =>
  Object.entries(STAGE_ATTACKS).filter(([, { method }]) =>
    !ATTACKS[method].inverts || INVERTIBLE_ACTIVATIONS.includes(activation));

const TABLE: OptionTable = {
  ...datasetOptions('to learn from'),
  runs: { value: 'N', about: `follow networks 0 to N − 1 [${DEFAULT_RUNS}]` },
  stages: {
    value: 'N,N,…', about: `numbers of steps of Adam after which the attacks are run [${STAGES.join()}]`,
  },
  activation: { choices: ACTIVATIONS, about: `activation function of the networks [${PAPER_ACTIVATION}]` },
  seed: { value: 'S', about: 'network i draws everything from (S, i) [0]' },
  ...KERNELS_OPTION,
  shard: { value: 'i/n', about: 'follow only part i of n of the networks; shards may share --out [1/1]' },
  out: { value: 'DIR', about: 'keep each network\'s stages in this folder, and make only those that are missing' },
};

export const STAGES_HELP = helpText({
  name: 'stages',
  about: 'what leaks while a network learns, from untrained to fitted',
  usage: [['[options]']],
  options: TABLE,
  lists: [{
    title: 'Attacks, all but the last on the gradient rounded to float32',
    items: Object.values(STAGE_ATTACKS).map(({ title }) => title),
  }],
  notes: [
    'The analytic attacks need an activation that has an inverse: with relu they are left out.',
    HELD_OUT,
    'The command prints two tables, one of the networks and one of what leaked. With --out it writes them to ' +
      'stages.md and draws stages.svg.',
  ],
  examples: ['--stages 0,100 --out out', '--dataset mnist --data data --runs 10 --out mnist-stages'],
});

/** What must agree for networks to belong to one experiment. */
interface Plan {
  readonly dataset: string;
  readonly images: number;
  readonly seed: number;
  readonly stages: readonly number[];
  readonly activation: ActivationName;
  readonly kernels: Kernels;
}

interface Stage {
  readonly steps: number;
  /** The share of the held-out images that the network classifies correctly. */
  readonly accuracy: number;
  /** softmax(y)_c of the client's image. */
  readonly probability: number;
  /** ‖∇W‖ */
  readonly gradientNorm: number;
  /** By the attack's name in STAGE_ATTACKS. */
  readonly attacks: Readonly<Record<string, RunRecord>>;
}

/** One network's file. */
interface NetworkRecord extends Plan {
  /** The VERSION of the program; the first version left it out. */
  readonly version?: number;
  readonly index: number;
  readonly image: number;
  readonly attackSeed: number;
  readonly truth: number;
  readonly course: readonly Stage[];
}

/** Runs the command. @throws {InputError} for a mistake in the options or files, or a folder of another experiment. */
export function stagesCommand(args: readonly string[], screen: Screen, aside: Screen): void {
  const options = new Options(TABLE, args), { name: dataset, dir } = chosenDataset(options);
  const runs = options.integer('runs', 1) ?? DEFAULT_RUNS, indices = indicesOf(options, runs);
  const stages = readStages(options.text('stages') ?? STAGES.join()), seed = options.integer('seed', 0) ?? 0;
  const path = options.text('out'), out = path === undefined ? undefined : new OutputFolder(path);
  out?.expectFree(['stages.md', 'stages.svg']);
  const all = openDataset(dataset, dir);
  const activation = options.choice('activation', ACTIVATIONS, PAPER_ACTIVATION);
  const plan = { dataset, images: all.size, seed, stages, activation, kernels: readKernels(options) };
  const known = indices.map((index) => (out ? readNetwork(out, index, plan) : undefined));
  if (out) expectOneVersion(out.path, known);
  const progress = new Progress(aside, {
    total: indices.length * stages.length,
    before: known.filter(Boolean).length * stages.length,
    one: 'stage',
    many: 'stages',
  });
  const records = indices.map((index, i): NetworkRecord => {
    if (known[i]) return known[i];
    const record = followNetwork(plan, index, all, () => progress.advance());
    out?.write(fileOf(index), `${JSON.stringify(record, null, 1)}\n`);
    return record;
  });
  progress.finish();
  screen.write(tablesOf(plan, records, COLUMNS));
  if (!out || indices.length < runs) return;
  const text = tablesOf(plan, records);
  out.write('stages.md', text);
  out.write('stages.svg', chartOf(plan, records, text));
}

function readStages(text: string): number[] {
  const stages = text.split(',').map(Number);
  const isRising = stages.every((n, i) => Number.isInteger(n) && n > (i === 0 ? -1 : stages[i - 1]));
  if (isRising && text !== '') return stages;
  throw new InputError(`--stages: expected increasing whole numbers from 0, such as 0,100,1000, got "${text}"`);
}

const fileOf = (index: number): string => `stages-${index}.json`;

/** The network in a folder, if it is there. @throws {InputError} if it belongs to another experiment. */
function readNetwork(out: OutputFolder, index: number, plan: Plan): NetworkRecord | undefined {
  const isStage = (stage: Partial<Stage> | undefined, k: number): boolean =>
    stage?.steps === plan.stages[k] && attacksFor(plan.activation).every(([name]) => stage.attacks?.[name]);
  const isWhole = ({ course }: Partial<NetworkRecord>): boolean =>
    course?.length === plan.stages.length && course.every(isStage);
  return readKept(join(out.path, fileOf(index)), 'a network of `stages`', plan, isWhole);
}

/** Trains network `index` from stage to stage, and attacks it at each. */
function followNetwork(plan: Plan, index: number, all: Dataset, onStage: () => void): NetworkRecord {
  const { learnt, heldOut } = splitToLearn(all);
  const draw = drawRun({ seed: plan.seed, images: learnt.size }, index), seed = draw.attackSeed;
  const { image, label } = learnt.example(draw.image), [channels, height, width] = all.shape;
  const { activation, kernels } = plan, course: Stage[] = [];
  const network = withKernels(lenet({ channels, height, width, classes: all.classes, activation, seed }), kernels);
  const { steps: done, stop } = train(network, learnt, {
    steps: plan.stages.at(-1)!,
    seed,
    onStep: (steps) => {
      if (!plan.stages.includes(steps)) return;
      const found = attackNetwork(network, { image, label }, seed, activation);
      course.push({ steps, accuracy: accuracy(network, heldOut), ...found });
      onStage();
    },
  });
  if (course.length < plan.stages.length) {
    throw new InputError(`network ${index}: expected ${plan.stages.at(-1)} steps of training, got ${done} (${stop})`);
  }
  return { ...plan, version: VERSION, ...draw, truth: label, course };
}

/** Every attack on the network's gradient of one image. */
function attackNetwork(
  network: Network, { image, label }: Example, seed: number, activation: ActivationName,
): Omit<Stage, 'steps' | 'accuracy'> {
  const gradient = network.gradient(image, label), shared = toFloat32(gradient);
  const p = new Float64Array(network.classes);
  softmax(network.logits(view(image.data, [1, ...image.shape])).data, p);
  const attacks = attacksFor(activation).map(([name, { method, options, isExact }]) => {
    const client = { network, gradient: isExact ? gradient : shared };
    return [name, attackClient(client, { image, label }, method, { ...options, seed }).record];
  });
  return { probability: p[label], gradientNorm: norm2(gradient.data), attacks: Object.fromEntries(attacks) };
}

/** The networks and what leaked, one row per stage. */
function tablesOf(plan: Plan, records: readonly NetworkRecord[], width?: number): string {
  const { stages, activation } = plan, attacks = attacksFor(activation);
  const at = (steps: number): Stage[] => records.map(({ course }) => course.find((stage) => stage.steps === steps)!);
  const networks = stages.map((steps) => {
    const all = at(steps), middle = (value: (stage: Stage) => number): number => median(all.map(value));
    return [
      steps.toLocaleString('en'),
      percent(middle(({ accuracy }) => accuracy)),
      scientific(middle(({ probability }) => 1 - probability)),
      scientific(middle(({ gradientNorm }) => gradientNorm)),
      withInterval(share(all.filter(({ attacks }) => Object.values(attacks).every(isLabelRight)).length, all.length)),
    ];
  });
  const heads = ['steps', 'right, of those held out', '1 − p of the label', '‖∇W‖', 'labels found by all (95 %)'];
  const leaks = stages.map((steps) => [steps.toLocaleString('en'), ...attacks.map(([name]) => {
    const runs = at(steps).map(({ attacks }) => attacks[name]), found = runs.filter(isRecovered).length;
    return `${found} of ${runs.length}, ${scientific(median(runs.map(({ mse }) => mse)))}, ${middleCount(runs)}`;
  })]);
  const titles = attacks.map(([, { title }]) => title), what = titleOf(plan);
  return `${what}, networks: ${records.length}, medians:\n\n${markdownTable(heads, networks, width)}\n` +
    `Images with an MSE below ${RECOVERED}, median MSE, median evaluations of L_G:\n\n` +
    markdownTable(['steps', ...titles], leaks, width);
}

/** `MNIST`, or `MNIST, tanh`. */
const titleOf = ({ dataset, activation }: Plan): string =>
  [datasetTitle(dataset), ...(activation === PAPER_ACTIVATION ? [] : [activation])].join(', ');

const isLabelRight = ({ labelCorrect }: RunRecord): boolean => labelCorrect === true;
const isRecovered = ({ mse }: RunRecord): boolean => mse < RECOVERED;
const middleCount = (runs: readonly RunRecord[]): string =>
  median(runs.map(({ evaluations }) => evaluations)).toLocaleString('en');

function chartOf(plan: Plan, records: readonly NetworkRecord[], description: string): string {
  const { stages } = plan, series = attacksFor(plan.activation).flatMap(([name, { title, style }]) => {
    if (!style) return [];
    const shares = stages.map((_, i) =>
      share(records.filter(({ course }) => isRecovered(course[i].attacks[name])).length, records.length));
    return [{ name: title, style, values: shares.map(({ share }) => share), ends: shares }];
  });
  return chart([{ title: titleOf(plan), subtitle: `networks: ${records.length}`, series }], {
    title: 'Images recovered while a network learns',
    description,
    xTitle: 'steps of training',
    yTitle: `images with an MSE below ${RECOVERED}, %`,
    ticks: stages.map((steps) => String(steps)),
  });
}
