/** @file What a check says of a wrong answer: the input, what it got and what it expected. */
import { checkClose } from '../../test/check/close.ts';

/** The arguments of an answer, or what describes them, by name. */
export type Input = Readonly<Record<string, unknown>>;

/** At most this many numbers of a vector are shown. */
const MOST = 8;

/** A value in a few words: a number in four digits, a vector or a matrix by its first entries, text as it is. */
export function inWords(value: unknown): string {
  if (typeof value === 'number') return `${Number(value.toPrecision(4))}`;
  if (typeof value !== 'object' || value === null) return `${value}`;
  if ('shape' in value && 'data' in value) return `${inWords(value.data)} of shape [${value.shape}]`;
  if (!Array.isArray(value) && !ArrayBuffer.isView(value)) {
    return `{ ${Object.entries(value).map(([name, part]) => `${name}: ${inWords(part)}`).join(', ')} }`;
  }
  const entries = Array.from(value as ArrayLike<unknown>), more = entries.length > MOST ? ', …' : '';
  const whole = more ? ` (${entries.length} entries)` : '';
  return `[${entries.slice(0, MOST).map(inWords).join(', ')}${more}]${whole}`;
}

/** Runs a check of one answer; what it throws then begins with the input. */
export function withInput<Result>(input: Input, check: () => Result): Result {
  const given = Object.entries(input).map(([name, value]) => `${name} = ${inWords(value)}`).join(', ');
  try {
    return check();
  } catch (error) {
    throw new Error(`for ${given}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** Throws, with both vectors, unless every entry is within tolerance · max |expected| of the expected one. */
export function expectVector(
  name: string, got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number,
): void {
  try {
    checkClose(name, got, expected, tolerance);
  } catch (error) {
    throw new Error(`${name}: got ${inWords(got)}, expected ${inWords(expected)}; ${(error as Error).message}`);
  }
}
