/**
 * @file Ten bars on a zero line, one per class. Bars below it differ not only in colour: they are hatched and outlined.
 */
import { svg } from './dom.ts';
import { numberText } from './numbers.ts';

const WIDTH = 320;
const HEIGHT = 150;
const TOP = 14;
const BOTTOM = 26;

/** Draws the bars, marks those at `found`, and says all of it in the figure's name. */
export function drawBars(figure: SVGSVGElement, title: string, values: Float64Array, found: number): void {
  const largest = Math.max(...values.map(Math.abs)) || 1;
  const high = Math.max(0, ...values) / largest, low = Math.min(0, ...values) / largest;
  const scale = (HEIGHT - TOP - BOTTOM) / (high - low || 1), zero = TOP + high * scale;
  const pitch = WIDTH / values.length, parts: SVGElement[] = [];
  values.forEach((value, i) => {
    const length = (Math.abs(value) / largest) * scale, x = (i + 0.15) * pitch, y = value < 0 ? zero : zero - length;
    const kind = value < 0 ? 'bar below' : 'bar';
    parts.push(svg('rect', { class: kind, x, y, width: 0.7 * pitch, height: Math.max(length, 0.5) }));
    const label = { class: i === found ? 'class found' : 'class', x: (i + 0.5) * pitch, y: HEIGHT - 6 };
    parts.push(svg('text', label, i === found ? `▸${i}◂` : String(i)));
  });
  parts.push(svg('line', { class: 'axis', x1: 0, x2: WIDTH, y1: zero, y2: zero }));
  figure.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  figure.setAttribute('aria-label', `${title}, classes 0 to 9: ${Array.from(values, numberText).join(', ')}`);
  figure.replaceChildren(...parts);
}
