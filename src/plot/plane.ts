/**
 * @file Lines through points of a plane, as an SVG; each axis linear, or logarithmic to base ten.
 *
 * A point outside the axes interrupts a line, as do NaN and, on a logarithmic axis, numbers that are not positive.
 */
import { scale, type Axis as Scaled } from './axis.ts';
import {
  element, expectTitles, GRID, INK, leastWidth, legend, line, marker, svgDocument, text, type Style,
} from './svg.ts';

export type Point = readonly [x: number, y: number];

export interface Trace {
  /** Its name in the legend; without one, the legend does not show the trace. */
  readonly name?: string;
  readonly style: Style;
  readonly points: readonly Point[];
}

export interface Axis extends Scaled {
  /** What it measures, and its unit. */
  readonly title: string;
}

export interface PlaneOptions {
  /** Above the picture: what it shows, in a few words. */
  readonly title: string;
  /** For screen readers. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  /** The size of the area that points lie in, in pixels; default: 480 by 280. */
  readonly width?: number;
  readonly height?: number;
}

const LEFT = 78, TOP = 12, RIGHT = 24, BOTTOM = 76;

/**
 * The picture, a whole SVG document.
 * @throws {RangeError} if it or an axis has no title, no point can be drawn, or an end is not a number.
 */
export function plane(traces: readonly Trace[], options: PlaneOptions): string {
  const { title, description, width = 480, height = 280 } = options;
  expectTitles('plane', { title, 'x title': options.x.title, 'y title': options.y.title });
  const x = scale('plane x', options.x, traces.flatMap(({ points }) => points.map(([value]) => value)));
  const y = scale('plane y', options.y, traces.flatMap(({ points }) => points.map(([, value]) => value)));
  const right = LEFT + width, bottom = TOP + height;
  const place = ([vx, vy]: Point): Point | null => {
    const px = x.of(vx), py = y.of(vy);
    return px >= 0 && px <= 1 && py >= 0 && py <= 1 ? [LEFT + width * px, bottom - height * py] : null;
  };
  const stroke = GRID;
  const grid = [
    ...x.ticks.flatMap(({ at, name }) => {
      const x1 = LEFT + width * at;
      return [element('line', { x1, x2: x1, y1: TOP, y2: bottom, stroke }), text(x1, bottom + 20, name, MIDDLE)];
    }),
    ...y.ticks.flatMap(({ at, name }) => {
      const y1 = bottom - height * at;
      return [element('line', { x1: LEFT, x2: right, y1, y2: y1, stroke }), text(LEFT - 8, y1 + 4.5, name, END)];
    }),
    element('path', { d: `M${LEFT} ${TOP}V${bottom}H${right}`, fill: 'none', stroke: INK }),
    text(LEFT + width / 2, bottom + 42, options.x.title, MIDDLE),
    text(0, 0, options.y.title, { ...MIDDLE, transform: `translate(18 ${TOP + height / 2}) rotate(-90)` }),
  ];
  const drawn = traces.flatMap(({ points, style }) => {
    const placed = points.map(place);
    return [line(placed, style), ...placed.map((point) => (point ? marker(point[0], point[1], style) : ''))];
  });
  const names = new Map(traces.flatMap(({ name, style }) => (name ? [[name, style] as const] : [])));
  const whole = Math.max(LEFT + width + RIGHT, leastWidth(names));
  const key = names.size > 0 ? legend(names, whole, bottom + BOTTOM) : { parts: [], bottom: bottom + BOTTOM - 24 };
  const parts = [...grid, ...drawn, ...key.parts].filter(Boolean);
  return svgDocument({ title, description, width: whole, height: key.bottom }, parts);
}

const MIDDLE = { 'text-anchor': 'middle' }, END = { 'text-anchor': 'end' };
