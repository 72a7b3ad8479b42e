/**
 * @file Shares of runs as tables show them: `90.1 % (88.1 to 91.8)`.
 */
import { wilson } from './statistics.ts';
import { splitColumns, widthsOf } from './text.ts';

export interface Share {
  readonly count: number;
  readonly of: number;
  /** count / of; NaN if there are none. */
  readonly share: number;
  /** The ends of its 95 % Wilson interval. */
  readonly low: number;
  readonly high: number;
}

export function share(count: number, of: number): Share {
  return { count, of, share: count / of, ...wilson(count, of) };
}

/** A share in per cent with one decimal; `–` if there is none. */
export function percent(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '–' : `${(100 * value).toFixed(1)} %`;
}

/** A share with its interval. */
export function withInterval({ of, share, low, high }: Share): string {
  return of === 0 ? '–' : `${percent(share)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
}

/** The numbers behind a share: `901 of 1,000`. */
export function counted({ count, of }: Share): string {
  return `${count.toLocaleString('en')} of ${of.toLocaleString('en')}`;
}

/**
 * A Markdown table whose source is readable too: its columns are aligned, the first to the left.
 * @param width if the lines would be longer, there are several tables, each with the first column.
 */
export function markdownTable(
  heads: readonly string[], rows: readonly (readonly string[])[], width = Infinity,
): string {
  const widths = widthsOf([heads, ...rows]).map((cells) => Math.max(3, cells));
  const parts = splitColumns(widths, { between: 3, around: 4 }, width, 1);
  return parts.map((columns) => {
    const line = (cells: readonly string[]): string => `| ${columns.map((i) =>
      (i === 0 ? cells[i].padEnd(widths[i]) : cells[i].padStart(widths[i]))).join(' | ')} |\n`;
    const rules = columns.map((i) => (i === 0 ? '-'.repeat(widths[i] + 2) : `${'-'.repeat(widths[i] + 1)}:`));
    return `${line(heads)}|${rules.join('|')}|\n${rows.map(line).join('')}`;
  }).join('\n');
}
