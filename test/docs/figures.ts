/**
 * @file The passages of README.md, docs/ and results/README.md whose figures come from the files in results/, as they
 * should read now. When runs are added, the test fails and prints the new passage, to be copied into the page.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defenceSettings, defenceTitle, type DefenceSetting } from '../../src/beyond/defence/defences.ts';
import type { Evidence } from '../../src/experiments/evidence.ts';
import { figure1 } from '../../src/experiments/figure1.ts';
import { Options } from '../../src/experiments/options.ts';
import { FIGURE_1, RECOVERED, TABLE_1, THRESHOLDS } from '../../src/experiments/paper.ts';
import { protocolOf, type RunLine } from '../../src/experiments/protocol.ts';
import { readRuns } from '../../src/experiments/records.ts';
import { percent, share, withInterval, type Share } from '../../src/experiments/shares.ts';
import { inOrder, median } from '../../src/experiments/statistics.ts';
import { table1 } from '../../src/experiments/table1.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RESULTS = join(ROOT, 'results');

export interface Passage {
  readonly page: string;
  readonly text: string;
}

const memory = new Map<string, readonly RunLine[]>();

function runsIn(folder: string): readonly RunLine[] {
  const runs = memory.get(folder) ?? readRuns(join(RESULTS, folder));
  memory.set(folder, runs);
  return runs;
}

/** The share of the runs that pass. */
function shareIn(runs: readonly RunLine[], passes: (run: RunLine) => boolean): Share {
  return share(runs.filter(passes).length, runs.length);
}

const METHODS = [['dlg', 'DLG'], ['idlg', 'iDLG']] as const;
const DATASETS = [['mnist', 'MNIST'], ['cifar100', 'CIFAR-100'], ['lfw', 'LFW']] as const;
const LAST = THRESHOLDS.indexOf(RECOVERED);

const isRight = ({ labelCorrect }: RunLine): boolean => labelCorrect === true;
const isRecovered = ({ mse }: RunLine): boolean => mse < RECOVERED;
const runsOf = (folder: string, method: string): readonly RunLine[] =>
  runsIn(folder).filter((run) => run.method === method);
const counted = (n: number): string => n.toLocaleString('en');
const list = (words: readonly (string | number)[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;

/** The six experiments, in the order of the files that were made of them. */
export const EXPERIMENTS = ['none', 'strong-wolfe'].flatMap((search) => DATASETS.map(([name]) => `${name}-${search}`));
const TABLE_ORDER = DATASETS.flatMap(([name]) => ['none', 'strong-wolfe'].map((search) => `${name}-${search}`));

function evidence(folders: readonly string[]): Evidence[] {
  return folders.map((folder) => ({ protocol: protocolOf(runsIn(folder)[0]), runs: runsIn(folder) }));
}

const NO_OPTIONS = new Options({}, []);

/** What `idlg table1` and `idlg figure1` make of the runs: the files in results/, by name. */
export function reports(): ReadonlyMap<string, string> {
  const table = table1.make(evidence(TABLE_ORDER), NO_OPTIONS);
  const figure = figure1.make(evidence(EXPERIMENTS), NO_OPTIONS);
  const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
  return new Map([
    ['table1.md', table.text], ['table1.json', json(table.json)],
    ['figure1.md', figure.text], ['figure1.json', json(figure.json)],
  ]);
}

/** The short table of README.md: labels, images. */
function shortTable(): string {
  const rows = DATASETS.flatMap(([dataset, title]) => METHODS.map(([method, name]) => {
    const paper = `${percent(TABLE_1[dataset][method])}, ${Math.round(100 * FIGURE_1[dataset][method][LAST])} %`;
    const here = ['none', 'strong-wolfe'].map((search) => {
      const runs = runsOf(`${dataset}-${search}`, method);
      return `${percent(shareIn(runs, isRight).share)}, ${percent(shareIn(runs, isRecovered).share)}`;
    });
    return `| ${title}, ${name} | ${paper} | ${here.join(' | ')} |`;
  }));
  return rows.join('\n');
}

/** The table of docs/evidence.md, with intervals. */
function longTable(): string {
  const rows = DATASETS.flatMap(([dataset, title]) => {
    const paper = METHODS.flatMap(([method]) =>
      [percent(TABLE_1[dataset][method]), `${Math.round(100 * FIGURE_1[dataset][method][LAST])} %`]);
    const here = (search: string): string => METHODS.flatMap(([method]) => {
      const runs = runsOf(`${dataset}-${search}`, method);
      return [withInterval(shareIn(runs, isRight)), withInterval(shareIn(runs, isRecovered))];
    }).join(' | ');
    return [
      `| ${title}: the paper | ${paper.join(' | ')} |`,
      `| ${title}: its protocol, here | ${here('none')} |`,
      `| ${title}: with a line search | ${here('strong-wolfe')} |`,
    ];
  });
  return rows.join('\n');
}

function countTable(): string {
  const rows = DATASETS.map(([dataset, title]) => {
    const counts = ['none', 'strong-wolfe'].flatMap((search) =>
      METHODS.map(([method]) => counted(runsOf(`${dataset}-${search}`, method).length)));
    return `| ${title} | ${counts.join(' | ')} |`;
  });
  const heads = ['| runs | DLG | iDLG | DLG, line search | iDLG, line search |', '|---|---:|---:|---:|---:|'];
  return [...heads, ...rows].join('\n');
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function costs(): string {
  const of = (search: string, method: string): string =>
    counted(Math.round(mean(runsOf(`mnist-${search}`, method).map(({ evaluations }) => evaluations))));
  return `DLG's mean falls from ${of('none', 'dlg')} to ${of('strong-wolfe', 'dlg')}, iDLG's from ` +
    `${of('none', 'idlg')} to ${of('strong-wolfe', 'idlg')}.`;
}

/** What remains above 1e-4 with a line search. */
function remaining(): string {
  const parts = DATASETS.map(([dataset, title]) => {
    const counts = METHODS.map(([method]) =>
      runsOf(`${dataset}-strong-wolfe`, method).filter((run) => !isRecovered(run)).length);
    return `${counts.join(' and ')} on ${title}`;
  });
  return `With a line search, DLG and iDLG leave these numbers of images at an MSE above 1e-4: ${list(parts)}.`;
}

/** Where CIFAR-100 and LFW stand with a line search. */
function remainingRuns(): string {
  const sentences = DATASETS.slice(1).map(([dataset, title]) => {
    const runs = runsIn(`${dataset}-strong-wolfe`), failed = runs.filter((run) => !isRecovered(run));
    const errors = inOrder(failed.map(({ mse }) => mse)).map((mse) => mse.toExponential(1));
    const which = failed.length === 0 ? ''
      : ` The other ${failed.length}, of runs ${list([...new Set(failed.map(({ index }) => index))])}, have an MSE ` +
        `from ${errors[0]} to ${errors[errors.length - 1]}.`;
    return `On ${title}, ${runs.filter(isRight).length} of ${runs.length} labels are right, and ` +
      `${runs.filter(isRecovered).length} images have an MSE below 1e-4.${which}`;
  });
  return sentences.join(' ');
}

/** The first cells of the rows of results/README.md: what was run, and how often. */
function folderRows(): string[] {
  const searches = [['none', 'none: the papers\' protocol'], ['strong-wolfe', 'strong-wolfe']] as const;
  return DATASETS.flatMap(([dataset, title]) => searches.map(([search, line]) => {
    const folder = `${dataset}-${search}`;
    const [dlg, idlg] = METHODS.map(([method]) => counted(runsOf(folder, method).length));
    const counts = dlg === idlg ? dlg : `${dlg} of DLG, ${idlg} of iDLG`;
    return `| [${folder}](${folder}) | ${title} | ${line} | ${counts} |`;
  }));
}

/** Least, median and largest MSE of the analytic attack in a folder. */
function analyticCells(folder: string): string {
  const errors = inOrder(runsIn(folder).filter(({ method }) => method === 'analytic').map(({ mse }) => mse));
  const shown = [errors[0], median(errors), errors[errors.length - 1]].map((mse) => mse.toExponential(0));
  return [errors.length, ...shown].join(' | ');
}

const ANALYTIC = [
  ['MNIST', 'mnist-closed-form'], ['CIFAR-100', 'cifar100-closed-form'],
] as const;

function analyticTable(): string {
  const rows = ANALYTIC.flatMap(([title, folder]) => ['sigmoid', 'tanh'].flatMap((activation) =>
    ['float64', 'float32'].map((format) => {
      const name = [folder, ...(activation === 'tanh' ? ['tanh'] : []), ...(format === 'float32' ? ['float32'] : [])];
      return `| ${title} | ${activation} | ${format} | ${analyticCells(name.join('-'))} |`;
    })));
  return [...rows, `| LFW, 5,749 classes | sigmoid | float64 | ${analyticCells('lfw-closed-form')} |`].join('\n');
}

/** The tables of stages.md. */
function stagesTables(): string[] {
  const text = readFileSync(join(RESULTS, 'mnist-stages', 'stages.md'), 'utf8');
  return text.split(/\n\n/).filter((block) => block.startsWith('|'));
}

/** Images recovered at each stage: one row per attack. */
function stagesCounts(): string {
  const [, table] = stagesTables();
  const rows = table.trim().split('\n').slice(2).map((row) => row.split('|').slice(1, -1).map((cell) => cell.trim()));
  const line = (title: string, column: number): string =>
    `| ${title} | ${rows.map((row) => / ?(\d+) of/.exec(row[column])![1]).join(' | ')} |`;
  return [
    `| steps of Adam | ${rows.map(([steps]) => steps).join(' | ')} |`,
    `|---|${'---:|'.repeat(rows.length)}`,
    line('iDLG, the papers\' protocol', 1),
    line('iDLG with a line search and `--relative`', 2),
    line('analytic', 4),
  ].join('\n');
}

/** The largest MSE of the analytic attack on networks that learn, alone and as iDLG's start. */
function stagesErrors(): string {
  const folder = join(RESULTS, 'mnist-stages'), files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const attacks = files.flatMap((file) => {
    const { course } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      course: readonly { attacks: Readonly<Record<string, { mse: number }>> }[];
    };
    return course.map((stage) => stage.attacks);
  });
  const largest = (name: string): string => Math.max(...attacks.map((own) => own[name].mse)).toExponential(0);
  return `The largest MSE of the ${attacks.length} images is ${largest('closed')}, and ${largest('start')} when iDLG ` +
    'starts from the result';
}

type Setting = readonly [defence: string, strength?: number];

function defended(method: string, [defence, strength]: Setting): readonly RunLine[] {
  return runsIn('mnist-defended').filter((run) =>
    run.method === method && run.defence === defence && (strength === undefined || run.strength === strength));
}

/** Of each defence in a folder: the attack with the least median MSE, what it finds, and the bound. */
function strongestRows(folder: string, isShown = (_: DefenceSetting): boolean => true): string {
  const medianMse = (runs: readonly RunLine[]): number => median(runs.map(({ mse }) => mse)); // NaN counts as infinite
  return defenceSettings().filter(isShown).flatMap((setting) => {
    const own = runsIn(folder).filter((run) => run.defence === setting.defence && run.strength === setting.strength);
    const byMethod = [...new Set(own.map(({ method }) => method))].map((name) => own.filter((run) => run.method === name));
    const [runs] = byMethod.sort((a, b) => medianMse(a) - medianMse(b));
    if (!runs) return [];
    const bounds = runs.flatMap(({ bound }) => (bound === undefined ? [] : [bound ?? Infinity])); // JSON has no Infinity
    const count = (passes: (run: RunLine) => boolean): string => `${runs.filter(passes).length} of ${runs.length}`;
    const cells = [
      defenceTitle(setting), runs[0].method === 'map' ? 'prior' : runs[0].method, medianMse(runs).toExponential(1),
      count(({ recognised }) => recognised === true), count(isRight),
      bounds.length > 0 ? median(bounds).toExponential(1) : '–',
    ];
    return [`| ${cells.join(' | ')} |`];
  }).join('\n');
}

/** The settings in the table of docs/defences.md. */
const isTelling = ({ defence, strength = 0 }: DefenceSetting): boolean =>
  ['float16', 'bfloat16', 'int8', 'gaussian', 'dp', 'sign'].includes(defence) ||
  (defence === 'prune' && strength >= 0.5) || (defence === 'clip' && strength <= 0.1);

/** How many originals the classifier recognises. */
function originals(folder: string): string {
  const runs = runsIn(folder).filter(({ method, defence }) => method === 'map' && defence === 'none');
  return `It recognises ${runs.filter((run) => run.originalRecognised).length} of the ${runs.length} original images.`;
}

/** Images with an MSE below 0.01, of iDLG, DLG and the analytic attack. */
const imagesUnder = (setting: Setting): string => {
  const recovered = (method: string): number => defended(method, setting).filter(({ mse }) => mse < 0.01).length;
  return ['idlg', 'dlg', 'analytic'].map(recovered).join('/');
};

const meanSsim = (method: string, setting: Setting): number => mean(defended(method, setting).map(({ ssim }) => ssim));

function defenceRows(): string {
  const row = (title: string, ...settings: readonly Setting[]): string => {
    const images = settings.map(imagesUnder), ssims = settings.map((setting) => meanSsim('idlg', setting).toFixed(3));
    const all = (cells: readonly string[]): string => (new Set(cells).size === 1 ? cells[0] : cells.join(', '));
    return `| ${title} | ${all(images)} | ${all(ssims)} |`;
  };
  return [
    row('float16, bfloat16', ['float16'], ['bfloat16']),
    row('int8', ['int8']),
    row('pruning of 1, 10, 20 %', ['prune', 0.01], ['prune', 0.1], ['prune', 0.2]),
    row('pruning of 30, 50, 70 %', ['prune', 0.3], ['prune', 0.5], ['prune', 0.7]),
    row('Gaussian noise of variance 1e-4', ['gaussian', 1e-4]),
    row('Gaussian noise of variance 1e-3', ['gaussian', 1e-3]),
    row('Gaussian noise of variance 1e-2, 1e-1', ['gaussian', 1e-2], ['gaussian', 1e-1]),
    row('clipping to 10, 3, 1', ['clip', 10], ['clip', 3], ['clip', 1]),
    row('clipping to 0.3, 0.1', ['clip', 0.3], ['clip', 0.1]),
  ].join('\n');
}

const TRAINED = join(RESULTS, 'mnist-trained');

const accuracyIn = (file: string): number => JSON.parse(readFileSync(join(TRAINED, file), 'utf8')).accuracy;

/** Held-out accuracy after learning under a defence. */
const accuracy = ([defence, strength]: Setting): number =>
  accuracyIn(`${['trained', defence, ...(strength === undefined ? [] : [strength])].join('-')}.json`);

function utilityRows(): string {
  const best = (setting: Setting): string =>
    Math.max(...['idlg', 'dlg', 'analytic'].map((method) => meanSsim(method, setting))).toFixed(2);
  return [1e-4, 1e-3, 1e-2, 1e-1].map((variance) => {
    const settings = [['gaussian', variance], ['laplacian', variance]] as const;
    const shown = [...settings.map((setting) => percent(accuracy(setting))), settings.map(best).join(', ')];
    return `| ${variance.toExponential(0)} | ${shown.join(' | ')} |`;
  }).join('\n');
}

function utilitySentence(): string {
  const names = readdirSync(TRAINED).filter((name) => name.endsWith('.json'));
  const range = (kinds: readonly string[]): string => {
    const own = names.filter((name) => kinds.some((kind) => name.startsWith(`trained-${kind}`)));
    const all = inOrder(own.map(accuracyIn));
    return `${(100 * all[0]).toFixed(1)} to ${percent(all[all.length - 1])}`;
  };
  return `Without a defence, the network classifies ${percent(accuracy(['none']))} of the held-out images correctly; ` +
    `with the formats ${range(['float16', 'bfloat16', 'int8'])}, with clipping ${range(['clip'])}, and with pruning ` +
    `${range(['prune'])}.`;
}

function dpSentence(): string {
  const shares = [1e-3, 1e-2, 1e-1, 1].map((multiplier) => percent(accuracy(['dp', multiplier])));
  return `Clipping with noise leaves ${list(shares)} at multipliers of 0.001, 0.01, 0.1 and 1, and sharing only the ` +
    `signs ${percent(accuracy(['sign']))}.`;
}

/** Labels found under noise of variance 0.1. */
function labelsUnderNoise(): string {
  const of = (method: string, defence: string): readonly RunLine[] => defended(method, [defence, 0.1]);
  const [gaussian, laplacian] = ['gaussian', 'laplacian'].map((defence) => shareIn(of('idlg', defence), isRight));
  const dlg = shareIn([...of('dlg', 'gaussian'), ...of('dlg', 'laplacian')], isRight);
  const shown = ({ count, of, low, high }: Share): string =>
    `${count} of ${of} runs (${Math.round(100 * low)} to ${Math.round(100 * high)} %)`;
  return `it is right in ${shown(gaussian)} under Gaussian and in ${shown(laplacian)} under Laplacian noise. ` +
    `DLG's label is right in ${shown(dlg)}`;
}

/** All passages; those of docs/ and results/README.md that agree are named twice. */
export function passages(): Passage[] {
  const results = 'results/README.md', evidence = 'docs/evidence.md', all = reports();
  const [networks, leaks] = stagesTables();
  return [
    { page: 'README.md', text: shortTable() },
    { page: evidence, text: longTable() },
    { page: evidence, text: countTable() },
    { page: evidence, text: costs() },
    { page: evidence, text: remaining() },
    { page: results, text: all.get('table1.md')! },
    ...all.get('figure1.md')!.split('\n\n').map((text) => ({ page: results, text })),
    ...folderRows().map((text) => ({ page: results, text })),
    { page: results, text: remainingRuns() },
    { page: results, text: analyticTable() },
    { page: 'docs/analytic.md', text: analyticTable() },
    { page: results, text: networks },
    { page: results, text: leaks },
    { page: 'docs/analytic.md', text: stagesCounts() },
    { page: results, text: strongestRows('mnist-prior') },
    { page: 'docs/defences.md', text: strongestRows('mnist-prior', isTelling) },
    ...[results, 'docs/defences.md'].map((page) => ({ page, text: originals('mnist-prior') })),
    { page: results, text: defenceRows() },
    { page: 'docs/defences.md', text: defenceRows() },
    { page: results, text: utilityRows() },
    { page: 'docs/defences.md', text: utilityRows() },
    { page: results, text: utilitySentence() },
    { page: 'docs/defences.md', text: utilitySentence() },
    ...[results, 'docs/defences.md'].map((page) => ({ page, text: dpSentence() })),
    { page: results, text: labelsUnderNoise() },
    { page: 'docs/defences.md', text: labelsUnderNoise() },
    { page: 'docs/analytic.md', text: stagesErrors() },
  ];
}

/** Text without the line breaks and the padding of a page, by which passages are compared. */
export const plain = (text: string): string => text.replace(/-{3,}/g, '---').replace(/\s+/g, ' ').trim();
