/**
 * @file Text for a terminal of 80 columns: lines that break at words, tables that fit, and numbers with their nouns.
 */

/** The number of columns that every terminal has. */
export const COLUMNS = 80;

/** `1 run`, `1,000 runs`. */
export const amount = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

/**
 * A paragraph in lines of at most `width` characters (longer only for a longer word).
 * @param head begins the first line; @param indent begins the others, by default spaces below the head.
 */
export function wrap(head: string, paragraph: string, width = COLUMNS, indent = ' '.repeat(head.length)): string {
  const [first, ...words] = paragraph.split(' ');
  let text = head + first, length = text.length;
  for (const word of words) {
    const isFull = length + 1 + word.length > width;
    text += isFull ? `\n${indent}${word}` : ` ${word}`;
    length = isFull ? indent.length + word.length : length + 1 + word.length;
  }
  return `${text}\n`;
}

/** A command in lines that can be typed as they stand: each but the last ends in a backslash. */
export function commandLines(head: string, command: string): string {
  const lines = wrap(head, command, COLUMNS - 2, ' '.repeat(head.length + 2)).trimEnd().split('\n');
  return `${lines.join(' \\\n')}\n`;
}

/** How the columns of a table look side by side. */
interface Frame {
  /** Characters between two columns, and at both ends of a line together. */
  readonly between: number;
  readonly around: number;
}

/**
 * The columns of each of the tables that a wide one is split into, so that no line is longer than `width` if
 * possible. The first `keys` columns stand in each.
 */
export function splitColumns(
  widths: readonly number[], { between, around }: Frame, width: number, keys: number,
): readonly (readonly number[])[] {
  const key = [...widths.keys()].slice(0, keys), start = key.reduce((sum, k) => sum + widths[k] + between, around);
  const parts: number[][] = [];
  let length = 0;
  for (let column = keys; column < widths.length; column++) {
    const isFull = parts.length === 0 || length + between + widths[column] > width;
    if (isFull) parts.push([...key]);
    parts.at(-1)!.push(column);
    length = isFull ? start + widths[column] : length + between + widths[column];
  }
  return parts;
}

type Rows = readonly (readonly string[])[];

/** The width of each column. */
export const widthsOf = (rows: Rows): number[] =>
  rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));

/**
 * Rows in columns under their heads: the first column aligned to the left, all others to the right. A table that is too
 * wide is split into several, one below the other, each with the first `keys` columns.
 */
export function table(heads: readonly string[], rows: Rows, keys = 1): string {
  const all = [heads, ...rows], widths = widthsOf(all);
  const line = (row: readonly string[], columns: readonly number[]): string => columns.map((column) =>
    (column === 0 ? row[column].padEnd(widths[column]) : row[column].padStart(widths[column]))).join('  ');
  const parts = splitColumns(widths, { between: 2, around: 2 }, COLUMNS, keys);
  return parts.map((columns) => all.map((row) => `  ${line(row, columns)}`.trimEnd() + '\n').join('')).join('\n');
}

/** The same with rows and columns exchanged: heads down the left, one column per row. */
export function transposed(heads: readonly string[], rows: Rows): string {
  const [corner, ...names] = heads;
  const turned = names.map((name, k) => [name, ...rows.map((row) => row[k + 1])]);
  return table([corner, ...rows.map(([name]) => name)], turned);
}
