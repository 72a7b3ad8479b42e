/**
 * @file Elements of the page: found by their id, made, and filled with numbers.
 */

/** The element with this id. @throws {TypeError} where it is not of the type. */
export function byId<E extends Element>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new TypeError(`#${id}: expected a ${type.name}, got ${found}`);
  return found;
}

type Attributes = Readonly<Record<string, string | number>>;
type Child = Node | string;

function filled<E extends Element>(made: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag, attributes: Attributes = {}, ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  return filled(document.createElement(tag), attributes, children);
}

export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag, attributes: Attributes = {}, ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const raised = (exponent: number): string =>
  (exponent < 0 ? '⁻' : '') + String(Math.abs(exponent)).replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]);

/** 10⁻³ */
export const powerOfTen = (exponent: number): string => `10${raised(exponent)}`;

/** 13,426. The same by toLocaleString would load the tables of all languages, a tenth of a second. */
export const grouped = (integer: number): string => String(integer).replace(/\B(?=(\d{3})+$)/g, ',');

/** 2.4 × 10⁻⁹; plain where it is short: 0.031, 13,426. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : `${value < 0 ? '−' : ''}∞`;
  const size = Math.abs(value), sign = value < 0 ? '−' : '';
  if (size === 0) return '0';
  if (Number.isInteger(value) && size < 1e9) return sign + grouped(size);
  if (size >= 0.01 && size < 1000) return sign + size.toPrecision(2 + Number(size >= 100));
  const [digits, exponent] = size.toExponential(1).split('e');
  return `${sign}${digits} × ${powerOfTen(Number(exponent))}`;
}

/** Shows a number shortened; the whole of it is the value of its <data>. */
export function showNumber(data: HTMLDataElement, value: number): void {
  data.value = String(value);
  data.textContent = numberText(value);
}
