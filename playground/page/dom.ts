/**
 * @file Elements of the page: found by their id, made, and filled with numbers.
 */
import { numberText } from './numbers.ts';

/** The element with this id. @throws {TypeError} if it is not of the type. */
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

/** Shows a number shortened; the whole of it is the value of its <data>. */
export function showNumber(data: HTMLDataElement, value: number): void {
  data.value = String(value);
  data.textContent = numberText(value);
}

/** Writes a text if it has changed, so that an unchanged one is not read out again. */
export function write(into: Element, text: string): void {
  if (into.textContent !== text) into.textContent = text;
}
