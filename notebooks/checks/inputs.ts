/** @file How a message shows the input that an answer is wrong for. */

/** The numbers to four significant digits, the first eight of them if there are more. */
export function shortened(values: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(8, values.length) }, (_, i) => String(Number(values[i].toPrecision(4))));
  return `[${shown.join(', ')}${values.length > 8 ? `, … ${values.length} in all` : ''}]`;
}
