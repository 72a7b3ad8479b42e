/**
 * @file The reports as tables for a person, in Markdown.
 */
import type { EngineReport } from './engine.ts';
import type { PlaygroundReport } from './playground.ts';
import type { Ratio, TorchReport } from './torch.ts';

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const millions = (n: number): string => (n / 1e6).toFixed(2);
const digits = (value: number, n: number): string => (Number.isFinite(value) ? value.toFixed(n) : 'none');
const range = ({ median, min, max }: Ratio): string => `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;

/** Rows under a head, columns as wide as their widest cell; the first on the left, the others on the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length), 4));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => '-'.repeat(width + 1) + (i === 0 ? '-' : ':')).join('|')}|`;
  return [line(head), rule, ...rows.map(line), ''].join('\n');
}

export function engineTables(report: EngineReport): string {
  const { evaluations, kernels, directions, growth } = report;
  return [
    `Node ${report.node}. One evaluation of L_G and ∂L_G/∂x′; multiply-adds in millions, rates in billions per second.`,
    'The ceiling is the rate of sums in registers, timed in the same rounds; the share is that of the convolutions:\n',
    table(
      [
        'network', 'ms, least', 'median', 'by shapes', 'rate', 'in convolutions', 'rate', 'ceiling', 'share',
        'time outside', 'bytes', 'MB held',
      ],
      evaluations.map((row) => [
        row.network, row.milliseconds.min.toFixed(2), row.milliseconds.median.toFixed(2), millions(row.fromShapes),
        row.rate.toFixed(2), millions(row.inConvolutions), row.convolutionRate.toFixed(2), row.ceiling.toFixed(2),
        percent(row.convolutionShareOfCeiling), percent(row.shareOutsideConvolutions),
        row.bytesAllocated.toFixed(0), row.residentMegabytes.toFixed(0),
      ]),
    ),
    'A batch by the fast kernels and by the plain loops, and how an image gains by being one of eight:\n',
    table(
      ['network', 'batch', 'fast, ms', 'plain, ms', 'plain / fast', 'ms per image'],
      kernels.map(({ network, batch, fast, plain }) => [
        network, `${batch}`, fast.min.toFixed(2), plain.min.toFixed(1), (plain.min / fast.min).toFixed(1),
        (fast.min / batch).toFixed(2),
      ]),
    ),
    'The direction of L-BFGS with 100 pairs; a product of two vectors in the nearest cache reads ' +
      `${report.dotGigabytesPerSecond.toFixed(1)} GB/s:\n`,
    table(
      ['numbers', 'ms, least', 'median', 'GB/s'],
      directions.map(({ n, milliseconds, gigabytesPerSecond }) =>
        [`${n}`, milliseconds.min.toFixed(2), milliseconds.median.toFixed(2), gigabytesPerSecond.toFixed(1)]),
    ),
    'Growth, from 3×32×32, 100 classes, one image:\n',
    table(['what', 'ms, least', 'median'], growth.map(({ what, milliseconds: { min, median } }) =>
      [what, min.toFixed(2), median.toFixed(2)])),
  ].join('\n');
}

export function playgroundTable({ visits, rows }: PlaygroundReport): string {
  const shown = rows.map(({ what, milliseconds: { min, median } }) => [what, min.toFixed(1), median.toFixed(1)]);
  return `${visits} visits; tasks in processor time:\n\n${table(['what', 'ms, least', 'median'], shown)}`;
}

export function torchTables({ torch, evaluations, attacks }: TorchReport): string {
  const perEvaluation = table(
    ['network', 'torch', 'ours, ms', 'torch, ms', 'ours / torch (range)'],
    evaluations.map(({ network, dtype, ours, torch, ratio }) =>
      [network, dtype, ours.toFixed(2), torch.toFixed(2), range(ratio)]),
  );
  const whole = table(
    [
      'data set', 'line search', 'side', 'recovered', 'seconds', 'evaluations', 'ms each', 's per image',
      'each, ours / torch',
    ],
    attacks.map((row) => [
      row.dataset, row.lineSearch, row.side, `${row.recovered} of ${row.runs}`, row.seconds.toFixed(0),
      `${row.evaluations}`, row.millisecondsPerEvaluation.toFixed(2), digits(row.secondsPerRecovered, 2),
      row.ratio ? range(row.ratio) : '',
    ]),
  );
  const gains = [...new Set(attacks.map(({ dataset }) => dataset))].map((dataset) => {
    const of = (lineSearch: string, side: string) =>
      attacks.find((row) => row.dataset === dataset && row.lineSearch === lineSearch && row.side === side)!;
    const ours = of('strong-wolfe', 'ours').secondsPerRecovered;
    if (!Number.isFinite(ours)) return `${dataset}: no image was recovered\n`;
    const gain = (lineSearch: string, side: string): string =>
      digits(of(lineSearch, side).secondsPerRecovered / ours, 1);
    return `${dataset}: beside our strong-wolfe a recovered image costs torch ${gain('strong-wolfe', 'torch')} times ` +
      `as long, without a line search ${gain('none', 'torch')}, by the official loop ${gain('none', 'official')}\n`;
  });
  const parts = [`PyTorch ${torch}, one thread; milliseconds an evaluation, medians:\n`, perEvaluation];
  if (attacks.length > 0) parts.push('Whole attacks, iDLG, torch in float32, L-BFGS included:\n', whole, ...gains);
  return parts.join('\n');
}
