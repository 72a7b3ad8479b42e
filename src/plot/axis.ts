/**
 * @file An axis: its ticks at round numbers, and where a value lies on it; linear, or logarithmic to base ten.
 */
export interface Axis {
  readonly log?: boolean;
  /** The ends, each moved out to the next tick; default: those of the values. */
  readonly low?: number;
  readonly high?: number;
}

/** An axis with its ticks, and where a value lies on it: 0 at its low end, 1 at its high one. */
export interface Scale {
  readonly ticks: readonly { readonly at: number; readonly name: string }[];
  readonly of: (value: number) => number;
}

/** The approximate number of ticks on an axis. */
const TICKS = 6;

/**
 * @param name for the message. @throws {RangeError} if there is no value that can be drawn, or an end is not finite.
 */
export function scale(name: string, { log = false, low, high }: Axis, values: readonly number[]): Scale {
  const along = (value: number): number => (log ? Math.log10(value) : value);
  const all = values.map(along).filter(Number.isFinite);
  const ends = [
    low === undefined ? least(all) : along(low),
    high === undefined ? -least(all.map((value) => -value)) : along(high),
  ];
  if (!ends.every(Number.isFinite) || !(ends[0] <= ends[1])) {
    throw new RangeError(`${name}: expected points between two ends, got ends ${ends.join(' and ')}`);
  }
  const step = stepFor(ends[1] - ends[0], log), first = Math.floor(ends[0] / step);
  const count = Math.max(1, Math.ceil(ends[1] / step) - first);
  return {
    of: (value) => (along(value) / step - first) / count,
    ticks: Array.from({ length: count + 1 }, (_, k) =>
      ({ at: k / count, name: nameOf((first + k) * step, step, log) })),
  };
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);

/** 1, 2 or 5 times a power of ten, for about TICKS ticks; on a logarithmic axis whole decades, 3 of them too. */
function stepFor(span: number, log: boolean): number {
  const rough = (span || 1) / TICKS, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, log ? 3 : 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9))! * power;
  return log ? Math.max(1, Math.round(step)) : step;
}

function nameOf(value: number, step: number, log: boolean): string {
  if (log) return powerOfTen(value);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Number(value.toFixed(digits)).toFixed(digits).replace('-', '−');
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** 10⁻³ */
export const powerOfTen = (exponent: number): string =>
  `10${exponent < 0 ? '⁻' : ''}${String(Math.abs(exponent)).replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)])}`;
