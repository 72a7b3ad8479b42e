/**
 * @file Bars in text, one per line, to the left of an axis for numbers below zero and to the right for others: the side
 * shows the sign, so no colour is needed.
 *
 *     7  ━━━━━━━━━━━│             −0.912
 *     8             │━             0.083
 */

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Shown after the number. */
  readonly note?: string;
}

const BLOCK = '━';

/** Lines of the bars, all to one scale; the longest side takes `width` characters. */
export function bars(rows: readonly Bar[], width = 24): string[] {
  const largest = Math.max(...rows.map(({ value }) => Math.abs(value))) || 1;
  const lengthOf = (value: number): number =>
    (value === 0 ? 0 : Math.max(1, Math.round((Math.abs(value) / largest) * width)));
  const left = Math.max(0, ...rows.map(({ value }) => (value < 0 ? lengthOf(value) : 0)));
  const right = Math.max(0, ...rows.map(({ value }) => (value > 0 ? lengthOf(value) : 0)));
  const nameWidth = Math.max(0, ...rows.map(({ name }) => name.length));
  return rows.map(({ name, value, note }) => {
    const bar = BLOCK.repeat(lengthOf(value));
    const picture = value < 0
      ? `${bar.padStart(left)}│${' '.repeat(right)}` : `${' '.repeat(left)}│${bar.padEnd(right)}`;
    const number = signed(value).padStart(10);
    return `${name.padStart(nameWidth)}  ${picture}${number}${note ? `  ${note}` : ''}`;
  });
}

/** Three digits, and a minus sign as wide as a digit. */
function signed(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value), digits = size >= 1e-3 ? size.toPrecision(3) : size.toExponential(2);
  return value < 0 ? `−${digits}` : digits;
}
