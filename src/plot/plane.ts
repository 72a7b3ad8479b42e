/**
 * @file Lines through points of a plane, as an SVG; each axis linear, or logarithmic to base ten.
 *
 * What lies outside the axes, or is NaN, or not positive where an axis is logarithmic, interrupts a line.
 */
import { element, GRID, INK, leastWidth, legend, line, marker, svgDocument, text, type Style } from './svg.ts';

export type Point = readonly [x: number, y: number];

export interface Trace {
  /** In the legend; left out, the trace is not there. */
  readonly name?: string;
  readonly style: Style;
  readonly points: readonly Point[];
}

export interface Axis {
  readonly title: string;
  readonly log?: boolean;
  /** The ends, those of the points unless said; each is moved out to the next tick. */
  readonly low?: number;
  readonly high?: number;
}

export interface PlaneOptions {
  /** For screen readers. */
  readonly title: string;
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  /** Of the area that points lie in, in pixels: 480 by 280 unless said. */
  readonly width?: number;
  readonly height?: number;
}

const LEFT = 78, TOP = 20, RIGHT = 24, BOTTOM = 76;
/** About so many ticks an axis. */
const TICKS = 6;

/** An axis with its ticks, and where a value lies on it: 0 at its low end, 1 at its high one. */
interface Scale {
  readonly ticks: readonly { readonly at: number; readonly name: string }[];
  readonly of: (value: number) => number;
}

/** The picture, a whole SVG document. @throws {RangeError} where no point can be drawn, or an end is no number. */
export function plane(traces: readonly Trace[], options: PlaneOptions): string {
  const { title, description, width = 480, height = 280 } = options;
  const x = scale('x', options.x, traces.flatMap(({ points }) => points.map(([value]) => value)));
  const y = scale('y', options.y, traces.flatMap(({ points }) => points.map(([, value]) => value)));
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

/** @throws {RangeError} where there is no value that can be drawn, or an end is not finite. */
function scale(name: string, { log = false, low, high }: Axis, values: readonly number[]): Scale {
  const along = (value: number): number => (log ? Math.log10(value) : value);
  const all = values.map(along).filter(Number.isFinite);
  const ends = [
    low === undefined ? least(all) : along(low),
    high === undefined ? -least(all.map((value) => -value)) : along(high),
  ];
  if (!ends.every(Number.isFinite) || !(ends[0] <= ends[1])) {
    throw new RangeError(`plane ${name}: expected points between two ends, got ends ${ends.join(' and ')}`);
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
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const plain = (log ? value : Number(value.toFixed(digits))).toFixed(log ? 0 : digits).replace('-', '−');
  return log ? `10${[...plain].map((mark) => SUPERSCRIPTS[mark]).join('')}` : plain;
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = Object.fromEntries([...'−0123456789'].map((mark, i) =>
  [mark, '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'[i]]));
