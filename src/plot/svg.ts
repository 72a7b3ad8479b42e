/**
 * @file The elements of the project's charts as SVG: text, lines, markers, the legend, the document around them.
 *
 * Series differ in line and marker, not in colour alone. Numbers have two decimals, so that a chart is the same text on
 * every machine.
 */

/** How a series looks. */
export interface Style {
  readonly colour: string;
  /** Left out for lines of many points, which have none. */
  readonly marker?: 'circle' | 'square' | 'triangle';
  /** Filled markers and a solid line; or open ones and dashes. */
  readonly solid: boolean;
  /** Thin, for what is shown for comparison. */
  readonly faint?: boolean;
}

export const INK = '#222', FAINT_INK = '#666', GRID = '#e4e4e4';

/** Text as it stands between tags, or in an attribute. */
export const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (mark) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[mark]!);
/** At most two decimals, the same text on every machine. */
export const at = (value: number): string => String(Math.round(100 * value) / 100);

export type Attributes = Readonly<Record<string, string | number>>;

export function element(name: string, attributes: Attributes, content = ''): string {
  const list = Object.entries(attributes).map(([key, value]) =>
    ` ${key}="${typeof value === 'number' ? at(value) : escape(value)}"`,
  );
  return content ? `<${name}${list.join('')}>${content}</${name}>` : `<${name}${list.join('')}/>`;
}

export const text = (x: number, y: number, content: string, more: Attributes = {}): string =>
  element('text', { x, y, fill: INK, 'font-size': 13, ...more }, escape(content));

/** A line through the points; null interrupts it. */
export function line(points: readonly (readonly [number, number] | null)[], { colour, solid, faint }: Style): string {
  const d = points.map((point, i) => point && `${points[i - 1] ? 'L' : 'M'}${at(point[0])} ${at(point[1])}`).join('');
  if (!d.includes('L')) return '';
  return element('path', {
    d, fill: 'none', stroke: colour, 'stroke-width': faint ? 1.25 : 2, ...(solid ? {} : { 'stroke-dasharray': '6 4' }),
  });
}

export function marker(x: number, y: number, { colour, marker, solid, faint }: Style): string {
  const r = faint ? 2.75 : 3.5;
  const look = { fill: solid ? colour : '#fff', stroke: colour, 'stroke-width': faint ? 1.25 : 1.75 };
  if (!marker) return '';
  if (marker === 'triangle') {
    const points = [[x, y - 1.3 * r], [x - 1.2 * r, y + 0.8 * r], [x + 1.2 * r, y + 0.8 * r]];
    return element('path', { d: `M${points.map(([x, y]) => `${at(x)} ${at(y)}`).join('L')}Z`, ...look });
  }
  if (marker === 'circle') return element('circle', { cx: x, cy: y, r, ...look });
  return element('rect', { x: x - r, y: y - r, width: 2 * r, height: 2 * r, ...look });
}

/** Pixels between rows of the legend, and under the last. */
const ROW = 22, LEGEND = 20;
/** Left and right of the legend. */
const EDGE = 18;

const entryWidth = (names: ReadonlyMap<string, Style>): number =>
  Math.max(0, ...[...names.keys()].map((name) => 56 + 7.5 * name.length));

/** The width under which the legend's names would not stand two in a row. */
export const leastWidth = (names: ReadonlyMap<string, Style>): number => 2 * entryWidth(names) + 2 * EDGE;

/** What each style means, in centred rows from `top` on; and where the document may end. */
export function legend(
  names: ReadonlyMap<string, Style>, width: number, top: number,
): { readonly parts: readonly string[]; readonly bottom: number } {
  const entry = entryWidth(names);
  const across = Math.max(1, Math.min(names.size, Math.floor((width - 2 * EDGE) / entry)));
  const parts = [...names].map(([name, style], i) => {
    const inRow = Math.min(across, names.size - Math.floor(i / across) * across);
    const x = (width - inRow * entry) / 2 + (i % across) * entry, y = top + Math.floor(i / across) * ROW;
    const sample = line([[x, y], [x + 17, y], [x + 34, y]], style) + marker(x + 17, y, style);
    return sample + text(x + 42, y + 4.5, name);
  });
  return { parts, bottom: top + (Math.ceil(names.size / across) - 1) * ROW + LEGEND };
}

/** @throws {RangeError} if one of a chart's titles, by what it names, is empty. */
export function expectTitles(chart: string, titles: Readonly<Record<string, string>>): void {
  for (const [name, title] of Object.entries(titles)) {
    if (title.trim() === '') throw new RangeError(`${chart} ${name}: expected a title, got "${title}"`);
  }
}

export interface DocumentOptions {
  /** At the top, in as many lines as it needs, and for screen readers. */
  readonly title: string;
  /** For screen readers. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
}

/** Pixels from the top to the heading, between its lines, and the width of a letter, generously. */
const HEADING = { top: 8, line: 20, letter: 10 };

/**
 * A whole SVG document on white: its title and, below it, `parts` in an area of this width and height. Its texts have
 * no identifiers, so that a page can hold several.
 */
export function svgDocument({ title, description, width, height }: DocumentOptions, parts: readonly string[]): string {
  const font = 'system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif';
  const lines = linesOf(title, Math.floor((width - 2 * EDGE) / HEADING.letter));
  const heading = HEADING.top + HEADING.line * lines.length, whole = heading + height;
  const large = { 'text-anchor': 'middle', 'font-size': 16, 'font-weight': 600 };
  const all = [
    element('title', {}, escape(title)),
    element('desc', {}, escape(description)),
    element('rect', { width, height: whole, fill: '#fff' }),
    ...lines.map((line, i) => text(width / 2, HEADING.top + HEADING.line * (i + 0.8), line, large)),
    element('g', { transform: `translate(0 ${heading})` }, `\n${parts.join('\n')}\n`),
  ];
  return `${element('svg', {
    xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${at(width)} ${at(whole)}`, width, height: whole,
    'font-family': font, role: 'img',
  }, `\n${all.join('\n')}\n`)}\n`;
}

/** The words of a text in lines of at most `most` letters; a longer word has a line of its own. */
function linesOf(text: string, most: number): string[] {
  return text.split(' ').reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
    return lines;
  }, []);
}
