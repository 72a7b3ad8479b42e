/**
 * @file `idlg figure1`: Figure 1 of the iDLG paper, the share of images that are recovered to a given fidelity.
 */
import { chart } from '../plot/chart.ts';
import type { Style } from '../plot/svg.ts';
import { scientific } from './display.ts';
import {
  EVIDENCE_OPTIONS, headOf, isOfPaper, methodsIn, shareOf, type Evidence, type Report, type ReportKind,
} from './evidence.ts';
import { describe } from './options.ts';
import { FIGURE_1, THRESHOLDS } from './paper.ts';
import { ATTACKS, type PAPER_METHODS } from './attacks.ts';
import { markdownTable, withInterval } from './shares.ts';
import { inOrder, median } from './statistics.ts';

export const FIGURE1_HELP = `idlg figure1: the share of images recovered by DLG and by iDLG, beside the paper's Figure 1

Usage: idlg figure1 [options]
       idlg figure1 DIR… [--out DIR]    draws the runs in these folders, one panel each, and makes none

${describe(EVIDENCE_OPTIONS)}

It prints the shares, and how close and how costly the images are; with --out it draws figure1.svg and writes
figure1.md and figure1.json. \`idlg table1\` takes the same options and uses the same runs.

Examples:
  idlg figure1 --out out
  idlg figure1 --dataset mnist --data data --out mnist
  idlg figure1 mnist cifar100 lfw --out figures
`;

/** The paper's lines: like those of ATTACKS, but faint. */
const PAPER_STYLES: Readonly<Record<(typeof PAPER_METHODS)[number], Style>> = {
  dlg: { colour: '#b98a5a', marker: 'square', solid: false, faint: true },
  idlg: { colour: '#7396c0', marker: 'circle', solid: true, faint: true },
};

/** The shares below each threshold with 95 % Wilson intervals, one panel per experiment. */
function make(evidence: readonly Evidence[]): Report {
  const panels = evidence.map((panel) => ({
    panel,
    methods: methodsIn(evidence).map((method) => ({
      method,
      paper: isOfPaper(method) ? FIGURE_1[panel.protocol.dataset]?.[method] : undefined,
      here: THRESHOLDS.map((threshold) => shareOf(panel, method, ({ mse }) => mse < threshold)),
    })),
  }));
  const heads = ['images (95 % interval) with an MSE below', ...THRESHOLDS.map(String)];
  const rows = panels.flatMap(({ panel, methods }) =>
    methods.flatMap(({ method, paper, here }) => {
      const { title, details } = headOf(panel), name = `${title}, ${details}: ${ATTACKS[method].title}`;
      const printed = paper?.map((value) => `${Math.round(100 * value)} %`);
      const count = here[0].of.toLocaleString('en');
      return [
        ...(printed ? [[`${name}, paper (1,000 runs)`, ...printed]] : []),
        [`${name}, here (${count} runs)`, ...here.map(withInterval)],
      ];
    }),
  );
  const text = `${markdownTable(heads, rows)}\n${spreadTable(evidence)}`;
  const json = {
    thresholds: THRESHOLDS,
    panels: panels.map(({ panel, methods }) => ({
      ...panel.protocol,
      methods: Object.fromEntries(methods.map(({ method, paper, here }) => [method, { paper, here }])),
    })),
  };
  const series = ({ methods }: (typeof panels)[number]) => [
    ...methods.flatMap(({ method, paper }) => (paper && isOfPaper(method)
      ? [{ name: `${ATTACKS[method].title}, paper`, style: PAPER_STYLES[method], values: paper }] : [])),
    ...methods.filter(({ here }) => here[0].of > 0).map(({ method, here }) => ({
      name: `${ATTACKS[method].title}, here`,
      style: ATTACKS[method].style,
      values: here.map(({ share }) => share),
      ends: here,
    })),
  ];
  const svg = chart(
    panels.map((one) => ({ ...titleOf(one.panel), series: series(one) })),
    {
      title: 'Images recovered by DLG and by iDLG',
      description: text,
      xTitle: 'MSE below',
      yTitle: 'images, % (95 % interval)',
      ticks: THRESHOLDS.map(String),
    },
  );
  return { text, json, files: { 'figure1.md': text, 'figure1.svg': svg } };
}

/** How close the images come, and at what cost, which shares below a threshold do not show. */
function spreadTable(evidence: readonly Evidence[]): string {
  const heads = ['MSE and cost', 'least MSE', 'median MSE', 'largest MSE', 'median evaluations', 'median seconds'];
  const rows = evidence.flatMap((panel) => methodsIn(evidence).flatMap((method) => {
    const runs = panel.runs.filter((run) => run.method === method), { title, details } = headOf(panel);
    if (runs.length === 0) return [];
    const errors = inOrder(runs.map(({ mse }) => mse));
    return [[
      `${title}, ${details}: ${ATTACKS[method].title}`,
      ...[errors[0], median(errors), errors[errors.length - 1]].map(scientific),
      median(runs.map(({ evaluations }) => evaluations)).toLocaleString('en'),
      median(runs.map(({ seconds }) => seconds)).toPrecision(2),
    ]];
  }));
  return markdownTable(heads, rows);
}

/** The title of a panel, and below it the number of runs, of each method where they differ, and the protocol. */
function titleOf(panel: Evidence): { title: string; subtitle: string } {
  const { title, details } = headOf(panel);
  const counts = methodsIn([panel]).map((method) => ({
    method: ATTACKS[method].title, count: panel.runs.filter((run) => run.method === method).length,
  }));
  const [{ count }] = counts, word = count === 1 ? 'run' : 'runs';
  const runs = counts.every((other) => other.count === count)
    ? `${count.toLocaleString('en')} ${word}`
    : counts.map(({ method, count }) => `${method} ${count.toLocaleString('en')}`).join(', ');
  return { title, subtitle: `${runs}, ${details}` };
}

export const figure1: ReportKind = { name: 'figure1', files: ['figure1.md', 'figure1.svg'], make };
