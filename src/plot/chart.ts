/**
 * @file Shares against a few named values, as an SVG: one panel per experiment, in rows, and one legend for all.
 *
 * Lines for comparison are drawn first, and dashes over solid lines, so that both are visible where they coincide.
 */
import {
  at, element, expectTitles, FAINT_INK, GRID, INK, leastWidth, legend, line, marker, svgDocument, text, type Style,
} from './svg.ts';

export interface Series {
  readonly name: string;
  readonly style: Style;
  /** Shares in [0, 1], one per tick; null leaves a gap. */
  readonly values: readonly (number | null)[];
  /** Ends of an interval about each value, drawn as whiskers; null if there is none. */
  readonly ends?: readonly ({ readonly low: number; readonly high: number } | null)[];
}

export interface Panel {
  readonly title: string;
  readonly subtitle: string;
  /** Where they are not those of the chart. */
  readonly ticks?: readonly string[];
  readonly xTitle?: string;
  readonly series: readonly Series[];
}

export interface ChartOptions {
  /** Above the panels: what they show, in a few words. */
  readonly title: string;
  /** For screen readers. */
  readonly description: string;
  /** What the axes measure, and their units. */
  readonly xTitle: string;
  readonly yTitle: string;
  /** The names of the values along x. */
  readonly ticks: readonly string[];
  /** The names of the shares along y; default: percents. */
  readonly yTicks?: readonly { readonly share: number; readonly name: string }[];
}

/** Pixels: a panel's plot, and what is around it. */
const PLOT = { width: 270, height: 220 };
const LEFT = 60, TOP = 58, RIGHT = 18, BOTTOM = 72;
/** Panels in a row have one y axis, that of the first. */
const PANEL_WIDTH = PLOT.width + RIGHT, ROW_HEIGHT = TOP + PLOT.height + BOTTOM;
/** Panels in a row, so that their text is readable on a page; more take as few rows as possible. */
const MOST_IN_ROW = 4;
/** The distance between series that are not faint, so that their markers and whiskers do not overlap. */
const BESIDE = 10;
/** The width of a letter of a tick's name, the least distance between two names, and between two rows of them. */
const NAMES = { letter: 7.5, apart: 8, row: 15 };

const PERCENTS = [0, 20, 40, 60, 80, 100].map((percent) => ({ share: percent / 100, name: String(percent) }));

const xOf = (tick: number, ticks: number): number => LEFT + (PLOT.width * (tick + 0.5)) / ticks;
const yOf = (share: number): number => TOP + PLOT.height * (1 - share);

/**
 * The chart, a whole SVG document.
 * @throws {RangeError} if there is no panel, the chart or an axis has no title, a series is not as long as the ticks,
 * or a share is not in [0, 1].
 */
export function chart(panels: readonly Panel[], options: ChartOptions): string {
  const { title, description } = options;
  if (panels.length === 0) throw new RangeError('chart: expected at least one panel, got 0');
  expectTitles('chart', { title, 'y title': options.yTitle });
  for (const { xTitle = options.xTitle } of panels) expectTitles('chart', { 'x title': xTitle });
  for (const { series, ticks = options.ticks } of panels) series.forEach((one) => expectSeries(one, ticks.length));
  const names = new Map(panels.flatMap(({ series }) => series.map((one) => [one.name, one.style])));
  const rows = Math.ceil(panels.length / MOST_IN_ROW), columns = Math.ceil(panels.length / rows);
  const width = Math.max(LEFT + columns * PANEL_WIDTH, leastWidth(names));
  const key = legend(names, width, rows * ROW_HEIGHT);
  const left = (width - LEFT - columns * PANEL_WIDTH) / 2;
  const drawn = panels.map((panel, i) => {
    const column = i % columns, row = (i - column) / columns;
    const transform = `translate(${at(left + column * PANEL_WIDTH)} ${at(row * ROW_HEIGHT)})`;
    return element('g', { transform }, drawPanel(panel, options, column === 0));
  });
  return svgDocument({ title, description, width, height: key.bottom }, [...drawn, ...key.parts]);
}

function expectSeries({ name, values, ends }: Series, ticks: number): void {
  if (values.length !== ticks) throw new RangeError(`chart ${name}: expected ${ticks} values, got ${values.length}`);
  if (ends && ends.length !== ticks) {
    throw new RangeError(`chart ${name}: expected ${ticks} intervals, got ${ends.length}`);
  }
  const all = [...values, ...(ends ?? []).flatMap((interval) => (interval ? [interval.low, interval.high] : []))];
  const wrong = all.find((value) => value !== null && !(value >= 0 && value <= 1));
  if (wrong !== undefined) throw new RangeError(`chart ${name}: expected shares from 0 to 1, got ${wrong}`);
}

function drawPanel(panel: Panel, options: ChartOptions, first: boolean): string {
  const { title, subtitle, series, ticks = options.ticks, xTitle = options.xTitle } = panel, { yTitle } = options;
  const middle = LEFT + PLOT.width / 2, right = LEFT + PLOT.width, bottom = TOP + PLOT.height;
  const grid = (options.yTicks ?? PERCENTS).map(({ share, name }) => {
    const y = yOf(share), stroke = share === 0 ? INK : GRID;
    const line = element('line', { x1: LEFT, x2: right, y1: y, y2: y, stroke });
    return first ? line + text(LEFT - 8, y + 4.5, name, { 'text-anchor': 'end' }) : line;
  });
  const lower = ticks.some((tick, i) => i > 0 && isNear(ticks[i - 1], tick, ticks.length)) ? NAMES.row : 0;
  const names = ticks.map((tick, i) =>
    text(xOf(i, ticks.length), bottom + 18 + (i % 2) * lower, tick, { 'text-anchor': 'middle' }));
  const axis = `translate(18 ${at(TOP + PLOT.height / 2)}) rotate(-90)`;
  const strong = series.filter(({ style }) => !style.faint), offset = (one: Series): number =>
    strong.includes(one) ? BESIDE * (strong.indexOf(one) - (strong.length - 1) / 2) : 0;
  return [
    text(middle, 22, title, { 'text-anchor': 'middle', 'font-size': 14, 'font-weight': 600 }),
    text(middle, 41, subtitle, { 'text-anchor': 'middle', fill: FAINT_INK }),
    ...grid,
    ...names,
    text(middle, bottom + 38 + lower, xTitle, { 'text-anchor': 'middle' }),
    ...(first ? [text(0, 0, yTitle, { transform: axis, 'text-anchor': 'middle' })] : []),
    ...series.toSorted((a, b) => layer(a) - layer(b)).map((one) => drawSeries(one, offset(one), ticks.length)),
  ].join('\n');
}

/** The names of two neighbouring ticks would touch in one row. */
const isNear = (a: string, b: string, ticks: number): boolean =>
  (NAMES.letter * (a.length + b.length)) / 2 + NAMES.apart > PLOT.width / ticks;

/** Where a series lies among the others, from behind; those of one layer are drawn in their order. */
const layer = ({ style: { faint, solid } }: Series): number => (faint ? 0 : 2) + (solid ? 0 : 1);

function drawSeries({ values, ends, style }: Series, offset: number, ticks: number): string {
  const points = values.map((value, i) => (value === null ? null : ([xOf(i, ticks) + offset, yOf(value)] as const)));
  const whiskers = (ends ?? []).map((interval, i) => {
    const point = points[i];
    if (!point || !interval) return '';
    const { low, high } = interval;
    return element('path', { d: `M${at(point[0])} ${at(yOf(low))}V${at(yOf(high))}`, stroke: style.colour });
  });
  const markers = points.map((point) => (point ? marker(point[0], point[1], style) : ''));
  return [line(points, style), ...whiskers, ...markers].filter(Boolean).join('');
}
