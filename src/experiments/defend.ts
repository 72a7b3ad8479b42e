/**
 * @file `idlg defend`: what still leaks if the client defends itself, as in section 5 of the DLG paper:
 * every defence of defences.ts at every strength of its sweep, against every method, over many runs.
 *
 * Run i of a method has the network, image and start of run i of table1, the same under every defence.
 */
import {
  DEFENCES, defenceSettings, defenceTitle, epsilonOf, type DefenceName, type DefenceSetting,
} from '../beyond/defence/defences.ts';
import { InputError, mismatch } from '../data/dataset.ts';
import { encodePng } from '../data/png.ts';
import { chart, type ChartOptions, type Panel } from '../plot/chart.ts';
import type { Style } from '../plot/svg.ts';
import { filmStrip } from '../plot/film-strip.ts';
import { unstack, type Tensor } from '../tensor/tensor.ts';
import { ATTACKS, METHODS, type Method } from './attacks.ts';
import { readDefences } from './defence-options.ts';
import { scientific, type Screen } from './display.ts';
import { EVIDENCE_OPTIONS, headOf, type Evidence, type Report, type ReportKind } from './evidence.ts';
import { makeRuns, methodOption, taskOf, type Experiment } from './experiment.ts';
import { helpText } from './help.ts';
import type { Options, OptionTable } from './options.ts';
import { DEFENCE_NAMES, PAPER_ACTIVATION, type Protocol, type RunLine, type RunName } from './protocol.ts';
import { keyOf } from './records.ts';
import { markdownTable, percent, share, withInterval, type Share } from './shares.ts';
import { median } from './statistics.ts';
import { ITERATIONS_OPTION, PRIOR_OPTIONS } from './prior-options.ts';
import { amount, COLUMNS, wrap } from './text.ts';
import { accuracyIn } from './train.ts';

const DEFAULT_RUNS = 3;
const SWEEP: readonly Method[] = ['dlg', 'idlg', 'analytic', 'map'];
/** δ of the privacy that clipping with noise gives. */
const DELTA = 1e-5;
/** With an MSE below this, an image can be recognised, but may not be sharp. */
const RECOGNISABLE = 1e-2;

const TABLE: OptionTable = {
  ...EVIDENCE_OPTIONS,
  runs: { value: 'N', about: `make runs 0 to N − 1, each with every method under every defence [${DEFAULT_RUNS}]` },
  method: methodOption(SWEEP.join()),
  'line-search': {
    ...EVIDENCE_OPTIONS['line-search'],
    about: 'line search of L-BFGS; with strong-wolfe, few runs fail because of the descent rather than the defence ' +
      '[strong-wolfe]',
  },
  iterations: ITERATIONS_OPTION,
  ...PRIOR_OPTIONS,
  classifier: {
    value: 'FILE',
    about: 'weights that `train` has written; the tables then show how many images that network recognises',
  },
  training: {
    value: 'DIR',
    about: 'folder written by `train --defences`; defend-utility.svg then shows leaks and accuracy together',
  },
  defences: { value: 'A,B,…', about: `any of ${DEFENCE_NAMES.join(', ')}; default: all` },
};

export const DEFEND_HELP = helpText({
  name: 'defend',
  about: 'what the attacks still find if a client defends its gradient',
  usage: [['[options]'], ['DIR [--out DIR]', 'reports on the runs in this folder; makes no new ones']],
  options: TABLE,
  lists: [{
    title: 'Defences and their strengths',
    items: DEFENCE_NAMES.map((name) => `${name.padEnd(10)} ${strengthsOf(name)}`.trimEnd()),
  }],
  notes: [
    'The command prints one table per method. With --out it draws defend-labels.svg, defend-mse.svg, ' +
      'defend-ssim.svg and defend.png, the median reconstruction under each defence, and writes defend.md and ' +
      'defend.json.',
    'The bound (Cramér–Rao) holds for unbiased attacks: under the noise, their MSE is on average no smaller. An ' +
      'attack with a prior is biased, and its MSE may be smaller. For a clipped gradient, the bound is that of an ' +
      `attacker who knows the norm before clipping. ε is for sharing one gradient, with δ = ${DELTA}, and ` +
      'for adding or leaving out one image; for exchanging one image for another it is larger.',
  ],
  examples: [
    '--out out',
    '--dataset mnist --data data --runs 20 --out mnist-defended',
    '--defences none,float16,int8 --method analytic',
    '--method map --defences gaussian,dp --classifier trained/trained-none.safetensors',
  ],
});

function strengthsOf(name: DefenceName): string {
  const { measure, strengths } = DEFENCES[name];
  return measure === undefined ? '' : `${measure} ${strengths.join(', ')}`;
}

/** The runs, no defence first. @throws {InputError} if --defences names something else. */
function wanted({ indices, methods, protocol }: Experiment, options: Options): RunName[] {
  accuracies(options, protocol); // checked before hours of work
  const sweep = defenceSettings(readDefences(options, DEFENCE_NAMES));
  return indices.flatMap((index) =>
    sweep.flatMap((setting) => methods.map((method) => ({ index, method, ...setting }))));
}

/** What one method recovered under one defence. */
interface Cell {
  readonly setting: DefenceSetting;
  readonly method: Method;
  readonly labels: Share;
  readonly images: Share;
  /** A run that diverged has the MSE NaN, which counts as the worst. */
  readonly medianMse: number;
  readonly largestMse: number;
  readonly medianPsnr: number;
  /** The mean; an image without a finite SSIM counts as 0. */
  readonly meanSsim: number;
  /** The median over the images; absent without noise. */
  readonly bound?: number;
  /** The shares of the reconstructions and of the originals that a classifier recognises, if there was one. */
  readonly recognised?: Share;
  readonly originalsRecognised?: Share;
}

const isOf = (setting: DefenceSetting) => (run: RunLine): boolean =>
  run.defence === setting.defence && run.strength === setting.strength;

const errorOf = ({ mse }: RunLine): number => (Number.isNaN(mse) ? Infinity : mse);
const byMse = (a: RunLine, b: RunLine): number => (errorOf(a) === errorOf(b) ? 0 : errorOf(a) - errorOf(b));

/** The run with the median MSE; if two are in the middle, the worse. */
const medianOf = (runs: readonly RunLine[]): RunLine => [...runs].sort(byMse)[Math.floor(runs.length / 2)];

function cellOf(setting: DefenceSetting, method: Method, all: readonly RunLine[]): Cell {
  const runs = all.filter((run) => run.method === method);
  const bounds = runs.flatMap(({ bound }) => (bound === undefined ? [] : [bound ?? Infinity])); // JSON has no Infinity
  const shareThat = (key: 'recognised' | 'originalRecognised'): Share =>
    share(runs.filter((run) => run[key]).length, runs.length);
  const isShown = runs.every(({ recognised }) => recognised !== undefined);
  return {
    ...(bounds.length > 0 && { bound: median(bounds) }),
    ...(isShown && { recognised: shareThat('recognised'), originalsRecognised: shareThat('originalRecognised') }),
    setting,
    method,
    labels: share(runs.filter(({ labelCorrect }) => labelCorrect === true).length, runs.length),
    images: share(runs.filter(({ mse }) => mse < RECOGNISABLE).length, runs.length),
    medianMse: median(runs.map(({ mse }) => mse)),
    largestMse: Math.max(...runs.map(errorOf)),
    medianPsnr: median(runs.map(({ psnr }) => psnr)),
    meanSsim: runs.reduce((sum, { ssim }) => sum + (Number.isFinite(ssim) ? ssim : 0), 0) / runs.length,
  };
}

/** The settings that occur in the runs, in the order of the sweep. */
function settingsIn(runs: readonly RunLine[]): DefenceSetting[] {
  return defenceSettings().filter((setting) => runs.some(isOf(setting)));
}

/** A cell for each setting and method that occur in the runs. */
function cellsIn(runs: readonly RunLine[], methods: readonly Method[]): Cell[] {
  return settingsIn(runs).flatMap((setting) => {
    const defended = runs.filter(isOf(setting));
    const present = methods.filter((name) => defended.some(({ method }) => method === name));
    return present.map((method) => cellOf(setting, method, defended));
  });
}

function make(evidence: readonly Evidence[], options: Options): Report {
  if (evidence.length !== 1) throw new InputError(`defend: expected one folder of runs, got ${evidence.length}`);
  const [{ protocol, runs }] = evidence;
  const methods = METHODS.filter((method) => runs.some((run) => run.method === method));
  const cells = cellsIn(runs, methods);
  const { title, details } = headOf(evidence[0]), count = new Set(runs.map(({ index }) => index)).size;
  const runCount = amount(count, 'run');
  const tables = methods.map((method) => ({
    head: `${ATTACKS[method].title}, ${title}, ${details}, ${runCount}:`,
    cells: cells.filter((cell) => cell.method === method),
  }));
  const text = tables.map(({ head, cells }) => `${head}\n\n${tableOf(cells)}`).join('\n');
  const draw = (
    shown: string, yTitle: string, lines: readonly Line[], yTicks?: ChartOptions['yTicks'],
  ): string => chart(panelsOf(cells, lines), {
    title: `${shown} under each defence: ${title}, ${runCount}`,
    description: text,
    xTitle: 'defence',
    yTitle,
    ticks: [],
    ...(yTicks && { yTicks }),
  });
  const found = methods.map((method): Line => lineOf(method, ({ labels }) => labels.share, ({ labels }) => labels));
  const ssim = methods.map((method): Line => lineOf(method, similarity));
  const learnt = accuracies(options, protocol), accuracyOf = ({ setting }: Cell) => learnt?.get(defenceTitle(setting));
  return {
    text,
    shown: tables.map(({ head, cells }) => `${wrap('', head)}\n${tableOf(cells, COLUMNS)}`).join('\n'),
    json: { ...protocol, runs: count, cells: cells.map((cell) => ({ ...cell, heldOutAccuracy: accuracyOf(cell) })) },
    files: {
      'defend.md': text,
      'defend-labels.svg': draw('Labels found', 'labels found, % (95 % interval)', found),
      'defend-ssim.svg': draw('Similarity of the reconstructions', 'mean SSIM × 100', ssim),
      'defend-mse.svg': draw('Error of the reconstructions', 'median MSE', errors(methods), MSE_TICKS),
      ...(learnt && {
        'defend-utility.svg': draw(
          'What leaks and what is learnt', 'labels and accuracy, %; SSIM × 100', utility(cells, accuracyOf, methods),
        ),
      }),
    },
  };
}

/** The cells of one method, one row per defence. */
function tableOf(cells: readonly Cell[], width?: number): string {
  const hasBound = cells.some(({ bound }) => bound !== undefined), isShown = cells.some(({ recognised }) => recognised);
  const heads = [
    'defence', 'labels found (95 %)', `images with MSE < ${RECOGNISABLE} (95 %)`, 'median MSE', 'largest MSE',
    'median PSNR dB', 'mean SSIM', ...(hasBound ? ['bound without bias'] : []),
    ...(isShown ? ['recognised (95 %)', 'originals recognised'] : []),
  ];
  return markdownTable(heads, cells.map(({ setting, labels, images, bound, recognised, ...rest }) => [
    defenceTitle(setting) + privacyOf(setting),
    withInterval(labels),
    withInterval(images),
    scientific(rest.medianMse),
    scientific(rest.largestMse),
    Number.isFinite(rest.medianPsnr) ? rest.medianPsnr.toFixed(1) : '–',
    rest.meanSsim.toFixed(3),
    ...(hasBound ? [bound === undefined ? '–' : scientific(bound)] : []),
    ...(isShown ? [recognised ? withInterval(recognised) : '–', percent(rest.originalsRecognised?.share)] : []),
  ]), width);
}

/** The ε of one release with this noise, at δ = 10⁻⁵. */
const privacyOf = ({ defence, strength }: DefenceSetting): string =>
  (defence === 'dp' ? ` (ε = ${epsilonOf(strength!, DELTA).toPrecision(3)})` : '');

/** A line of a chart, over the cells of one method or over the defences alone. */
interface Line {
  readonly name: string;
  readonly style: Style;
  readonly method: Method;
  readonly valueOf: (cell: Cell) => number | undefined;
  readonly endsOf?: ((cell: Cell) => Share) | undefined;
}

const similarity = ({ meanSsim }: Cell): number => Math.min(1, Math.max(0, meanSsim));

/** The axis of errors: from 10⁻⁸ to 100, in which a share of 0.1 is a factor of 10. */
const SMALLEST = -8, DECADES = 10;
const MSE_TICKS = ['1e-8', '1e-6', '1e-4', '1e-2', '1', '100'].map((name, i) => ({ share: 2 * i / DECADES, name }));
const onAxis = (mse: number): number => {
  const share = (Math.log10(mse) - SMALLEST) / DECADES;
  return Number.isNaN(share) ? 1 : Math.min(1, Math.max(0, share));
};

/** The errors of the methods, and the bound, which does not depend on the method. */
function errors(methods: readonly Method[]): Line[] {
  const name = 'bound for attacks without bias';
  const style: Style = { colour: '#555', marker: 'square', solid: false, faint: true };
  return [
    { name, style, method: methods[0], valueOf: ({ bound }) => (bound === undefined ? undefined : onAxis(bound)) },
    ...methods.map((method) => lineOf(method, ({ medianMse }) => onAxis(medianMse))),
  ];
}

const lineOf = (method: Method, valueOf: Line['valueOf'], endsOf?: Line['endsOf']): Line =>
  ({ name: ATTACKS[method].title, style: ATTACKS[method].style, method, valueOf, endsOf });

/** The held-out accuracies in --training, by the defence's title. @throws {InputError} if there are none. */
function accuracies(
  options: Options, { dataset, images, activation = PAPER_ACTIVATION }: Protocol,
): ReadonlyMap<string, number> | undefined {
  const folder = options.text('training');
  if (folder === undefined) return undefined;
  const found = defenceSettings().flatMap((setting) => {
    const accuracy = accuracyIn(folder, setting, { dataset, images, activation });
    return accuracy === undefined ? [] : [[defenceTitle(setting), accuracy] as const];
  });
  if (found.length === 0) throw mismatch(`--training ${folder}`, 'training runs that `train` kept', 'none');
  return new Map(found);
}

/** Privacy against utility: what the best attack still recovers, and what the network still learns. */
function utility(cells: readonly Cell[], accuracyOf: Line['valueOf'], methods: readonly Method[]): Line[] {
  const [method] = methods, title = methods.length === 1 ? ATTACKS[method].title : 'best attack';
  const best = (valueOf: (cell: Cell) => number) => ({ setting }: Cell): number =>
    Math.max(...cells.filter((cell) => defenceTitle(cell.setting) === defenceTitle(setting)).map(valueOf));
  const { style } = ATTACKS[methods.length === 1 ? method : 'idlg'];
  return [
    {
      name: 'held-out accuracy of training under the defence',
      style: { colour: '#222', marker: 'square', solid: true },
      method,
      valueOf: accuracyOf,
    },
    {
      name: `${title}: labels found`,
      style: { ...style, solid: false },
      method,
      valueOf: best(({ labels }) => labels.share),
    },
    { name: `${title}: mean SSIM × 100`, style, method, valueOf: best(similarity) },
  ];
}

/** Settings shown side by side: no defence, then a defence at its strengths, weakest first; or the formats. */
interface Group {
  readonly title: string;
  /** What distinguishes them; undefined for no defence alone. */
  readonly measure: string | undefined;
  readonly among: readonly DefenceSetting[];
}

function groupsOf(all: readonly DefenceSetting[]): Group[] {
  const isSwept = (name: DefenceName): boolean => DEFENCES[name].strengths.length > 0;
  const names = DEFENCE_NAMES.filter((name) => all.some(({ defence }) => defence === name));
  const formats = { title: 'rounding', measure: 'format', among: all.filter(({ defence }) => !isSwept(defence)) };
  const groups = names.filter(isSwept).map((name): Group => {
    const { title, measure } = DEFENCES[name];
    return { title, measure, among: all.filter(({ defence }) => defence === 'none' || defence === name) };
  });
  if (formats.among.some(({ defence }) => defence !== 'none')) groups.push(formats);
  return groups.length > 0 ? groups : [{ title: DEFENCES.none.title, measure: undefined, among: all }];
}

const tickOf = ({ defence, strength }: DefenceSetting): string => String(strength ?? defence);

function panelsOf(cells: readonly Cell[], lines: readonly Line[]): Panel[] {
  const cellOf = (setting: DefenceSetting, method: Method): Cell | undefined =>
    cells.find((cell) => cell.method === method && defenceTitle(cell.setting) === defenceTitle(setting));
  const seen = defenceSettings().filter((setting) => lines.some(({ method }) => cellOf(setting, method)));
  return groupsOf(seen).map(({ title, measure, among }) => {
    const series = lines.map(({ name, style, method, valueOf, endsOf }) => {
      const own = among.map((setting) => cellOf(setting, method));
      const ends = endsOf && own.map((cell) => (cell ? endsOf(cell) : null));
      return { name, style, values: own.map((cell) => (cell && valueOf(cell)) ?? null), ...(ends && { ends }) };
    });
    return { title, subtitle: '', ...(measure && { xTitle: measure }), ticks: among.map(tickOf), series };
  });
}

/** The median reconstructions of iDLG or the first method, with one row per group and one frame per setting. */
async function pictures(
  experiment: Experiment, { runs }: Evidence, aside: Screen,
): Promise<Readonly<Record<string, Uint8Array>> | undefined> {
  const method = experiment.methods.find((name) => name === 'idlg') ?? experiment.methods[0];
  const own = runs.filter((run) => run.method === method);
  const seen = settingsIn(own);
  const medians = new Map(seen.map((setting) => [setting, medianOf(own.filter(isOf(setting)))]));
  const images = new Map<string, Tensor>();
  const isDone = await makeRuns(Array.from(medians.values(), (run) => taskOf(experiment, run)), {
    workers: experiment.workers,
    total: medians.size,
    before: 0,
    kept: 'the runs are kept, the picture is not',
    screen: aside,
    onRun: ({ draw: { index }, method, defence }, run) =>
      void images.set(keyOf({ index, method, ...defence }), unstack(run.images)[0]),
  });
  if (!isDone) return undefined;
  const rows = groupsOf(seen).map(({ title, measure, among }) => ({
    title: measure ? `${title}, by its ${measure}` : title,
    frames: among.map((setting) => {
      const run = medians.get(setting)!;
      return { image: images.get(keyOf(run))!, caption: `${tickOf(setting)}: MSE ${scientific(run.mse)}` };
    }),
  }));
  return { 'defend.png': encodePng(filmStrip(rows)) };
}

export const defendKind: ReportKind = {
  name: 'defend',
  files: ['defend.md', 'defend-labels.svg', 'defend-mse.svg', 'defend-ssim.svg', 'defend-utility.svg', 'defend.png'],
  telling: ['training'],
  make,
  options: TABLE,
  defaults: { runs: DEFAULT_RUNS, methods: SWEEP, lineSearch: 'strong-wolfe' },
  wanted,
  pictures,
};
