/**
 * @file Numbers as the reader sees them.
 */
import { powerOfTen } from '../../src/plot/axis.ts';

/** 13,426. toLocaleString would take a tenth of a second to load the tables of all languages. */
const grouped = (integer: number): string => String(integer).replace(/\B(?=(\d{3})+$)/g, ',');

/** 2.4 × 10⁻⁹, which no line breaks; plain if it is short: 0.031, 13,426. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : `${value < 0 ? '−' : ''}∞`;
  const size = Math.abs(value), sign = value < 0 ? '−' : '';
  if (size === 0) return '0';
  if (Number.isInteger(value) && size < 1e9) return sign + grouped(size);
  // The two digits of 99.7 are those of 100, and of 999.7 they are another power's.
  if (size >= 0.01 && size < 999.5) return sign + (size < 99.5 ? size.toPrecision(2) : size.toFixed(0));
  const [digits, exponent] = size.toExponential(1).split('e');
  return `${sign}${digits}\u00a0×\u00a0${powerOfTen(Number(exponent))}`;
}
