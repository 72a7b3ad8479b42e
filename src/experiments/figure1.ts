/**
 * @file `idlg figure1`: Figure 1 of the iDLG paper, the share of images that are recovered to a given fidelity.
 */
import { chart, type Series } from '../plot/chart.ts';
import type { Style } from '../plot/svg.ts';
import { scientific } from './display.ts';
import {
  EVIDENCE_OPTIONS, headOf, isOfPaper, methodsIn, shareOf, type Evidence, type Report, type ReportKind,
} from './evidence.ts';
import { helpText } from './help.ts';
import { FIGURE_1, THRESHOLDS } from './paper.ts';
import { ATTACKS, type Method, type PAPER_METHODS } from './attacks.ts';
import { markdownTable, withInterval, type Share } from './shares.ts';
import { inOrder, median } from './statistics.ts';
import { amount, COLUMNS, wrap } from './text.ts';

export const FIGURE1_HELP = helpText({
  name: 'figure1',
  about: 'the share of images recovered by DLG and by iDLG, beside the paper\'s Figure 1',
  usage: [
    ['[options]'],
    ['DIR… [--out DIR]', 'reports on the runs in these folders, one panel each; makes no new ones'],
  ],
  options: EVIDENCE_OPTIONS,
  notes: [
    'The command prints the share of images below each threshold of the MSE, how close the images are, and how much ' +
      'computation they took. With --out it draws figure1.svg and writes figure1.md and figure1.json. `table1` takes ' +
      'the same options and uses the same runs.',
  ],
  examples: ['--out out', '--dataset mnist --data data --out mnist', 'mnist cifar100 lfw --out figures'],
});

/** The paper's lines: like those of ATTACKS, but faint. */
const PAPER_STYLES: Readonly<Record<(typeof PAPER_METHODS)[number], Style>> = {
  dlg: { colour: '#b98a5a', marker: 'square', solid: false, faint: true },
  idlg: { colour: '#7396c0', marker: 'circle', solid: true, faint: true },
};

/** One experiment: for each method the shares below each threshold, and the paper's if it has them. */
interface Shares {
  readonly panel: Evidence;
  readonly methods: readonly {
    readonly method: Method;
    readonly paper: readonly number[] | undefined;
    readonly here: readonly Share[];
  }[];
}

/** The shares below each threshold with 95 % Wilson intervals, one panel per experiment. */
function make(evidence: readonly Evidence[]): Report {
  const panels = evidence.map((panel): Shares => ({
    panel,
    methods: methodsIn(evidence).map((method) => ({
      method,
      paper: isOfPaper(method) ? FIGURE_1[panel.protocol.dataset]?.[method] : undefined,
      here: THRESHOLDS.map((threshold) => shareOf(panel, method, ({ mse }) => mse < threshold)),
    })),
  }));
  const text = `${shareTable(panels)}\n${spreadTable(evidence)}`;
  const json = {
    thresholds: THRESHOLDS,
    panels: panels.map(({ panel, methods }) => ({
      ...panel.protocol,
      methods: Object.fromEntries(methods.map(({ method, paper, here }) => [method, { paper, here }])),
    })),
  };
  const svg = chart(
    panels.map((one) => ({ ...titleOf(one.panel), series: seriesOf(one) })),
    {
      title: 'Images recovered by DLG and by iDLG',
      description: text,
      xTitle: 'MSE below',
      yTitle: 'images, % (95 % interval)',
      ticks: THRESHOLDS.map(String),
    },
  );
  return { text, shown: panels.map(shownOf).join('\n'), json, files: { 'figure1.md': text, 'figure1.svg': svg } };
}

/** A share of the paper's, which is known to about one per cent. */
const rounded = (share: number): string => `${Math.round(100 * share)} %`;

const isMade = ({ here }: Shares['methods'][number]): boolean => here[0].of > 0;

/** One row per experiment and method. */
function shareTable(panels: readonly Shares[]): string {
  const heads = ['images (95 % interval) with an MSE below', ...THRESHOLDS.map(String)];
  return markdownTable(heads, panels.flatMap(({ panel, methods }) => methods.flatMap(({ method, paper, here }) => {
    const { title, details } = headOf(panel), name = `${title}, ${details}: ${ATTACKS[method].title}`;
    return [
      ...(paper ? [[`${name}, paper (1,000 runs)`, ...paper.map(rounded)]] : []),
      [`${name}, here (${amount(here[0].of, 'run')})`, ...here.map(withInterval)],
    ];
  })));
}

/** One experiment in a terminal: one row per threshold. */
function shownOf({ panel, methods }: Shares): string {
  const { title, subtitle } = titleOf(panel), columns = methods.filter(isMade);
  const heads = ['MSE <', ...columns.flatMap(({ method, paper }) =>
    [`${ATTACKS[method].title} (95 %)`, ...(paper ? ['paper'] : [])])];
  const rows = THRESHOLDS.map((threshold, i) => [String(threshold), ...columns.flatMap(({ paper, here }) =>
    [withInterval(here[i]), ...(paper ? [rounded(paper[i])] : [])])]);
  return `${wrap('', `${title}, ${subtitle}: images with an MSE below each threshold`)}\n` +
    `${markdownTable(heads, rows, COLUMNS)}\n${spreadShown(panel)}`;
}

/** The lines of a panel. */
function seriesOf({ methods }: Shares): Series[] {
  return [
    ...methods.flatMap(({ method, paper }) => (paper && isOfPaper(method)
      ? [{ name: `${ATTACKS[method].title}, paper`, style: PAPER_STYLES[method], values: paper }] : [])),
    ...methods.filter(isMade).map(({ method, here }) => ({
      name: `${ATTACKS[method].title}, here`,
      style: ATTACKS[method].style,
      values: here.map(({ share }) => share),
      ends: here,
    })),
  ];
}

/** How close the images are and what they cost, which shares below a threshold do not show. */
function spreadTable(evidence: readonly Evidence[]): string {
  const heads = ['MSE and cost', 'least MSE', 'median MSE', 'largest MSE', 'median evaluations', 'median seconds'];
  const rows = evidence.flatMap((panel) => {
    const { title, details } = headOf(panel);
    return spreadRows(panel, methodsIn(evidence), (method) => `${title}, ${details}: ${ATTACKS[method].title}`);
  });
  return markdownTable(heads, rows);
}

/** The same for one panel in a terminal. */
function spreadShown(panel: Evidence): string {
  const heads = ['', 'least MSE', 'median', 'largest', 'evaluations (median)', 'seconds'];
  return markdownTable(heads, spreadRows(panel, methodsIn([panel]), (method) => ATTACKS[method].title), COLUMNS);
}

function spreadRows(panel: Evidence, methods: readonly Method[], nameOf: (method: Method) => string): string[][] {
  return methods.flatMap((method) => {
    const runs = panel.runs.filter((run) => run.method === method);
    if (runs.length === 0) return [];
    const errors = inOrder(runs.map(({ mse }) => mse));
    return [[
      nameOf(method),
      ...[errors[0], median(errors), errors[errors.length - 1]].map(scientific),
      median(runs.map(({ evaluations }) => evaluations)).toLocaleString('en'),
      median(runs.map(({ seconds }) => seconds)).toPrecision(2),
    ]];
  });
}

/** The title of a panel, and below it the number of runs, of each method where they differ, and the protocol. */
function titleOf(panel: Evidence): { title: string; subtitle: string } {
  const { title, details } = headOf(panel);
  const counts = methodsIn([panel]).map((method) => ({
    method: ATTACKS[method].title, count: panel.runs.filter((run) => run.method === method).length,
  }));
  const runs = counts.every(({ count }) => count === counts[0].count) ? amount(counts[0].count, 'run')
    : counts.map(({ method, count }) => `${method} ${count.toLocaleString('en')}`).join(', ');
  return { title, subtitle: `${runs}, ${details}` };
}

export const figure1: ReportKind = { name: 'figure1', files: ['figure1.md', 'figure1.svg'], make };
