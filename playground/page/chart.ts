/**
 * @file How L_G and the MSE fall: two panels over the evaluations with logarithmic axes and one line per method.
 * Lines differ in dashes and marks, and are named where they end.
 */
import { scale } from '../../src/plot/axis.ts';
import { svg } from './dom.ts';
import type { End, Method, Point } from './messages.ts';
import { numberText } from './numbers.ts';

type Measure = 'objective' | 'mse';

const PANELS: readonly { readonly measure: Measure; readonly title: string; readonly sub: string }[] = [
  { measure: 'objective', title: 'L', sub: 'G' },
  { measure: 'mse', title: 'MSE', sub: '' },
];
const WIDTH = 320;
const HEIGHT = 210;
const LEFT = 34;
const RIGHT = WIDTH - 38;
const TOP = 22;
const BOTTOM = HEIGHT - 30;
/** The largest number of marks on a line. */
const MARKS = 12;

/** An axis does not go below this: an L_G of 0 has no logarithm. */
const LEAST = 1e-18;

/** A line of the chart, and how its run ended if it has. */
interface Trajectory {
  readonly method: Method;
  readonly points: readonly Point[];
  readonly end: End | undefined;
}

export function drawChart(figure: Element, trajectories: readonly Trajectory[]): void {
  figure.replaceChildren(...PANELS.map((panel) => drawPanel(panel, trajectories)));
}

function drawPanel({ measure, title, sub }: (typeof PANELS)[number], trajectories: readonly Trajectory[]): SVGElement {
  const lines = trajectories.map(({ method, points }) => {
    const finite = points.filter((point) => Number.isFinite(point[measure]));
    return { method, points: finite.map((point) => [point.evaluations, Math.max(point[measure], LEAST)] as const) };
  });
  const all = lines.flatMap(({ points }) => points);
  const across = scale('evaluations', { low: 0 }, [300, ...all.map(([evaluations]) => evaluations)]);
  const up = scale(measure, { log: true }, [1e-4, 10, ...all.map(([, value]) => value)]);
  const xAt = (at: number): number => LEFT + at * (RIGHT - LEFT);
  const yAt = (at: number): number => BOTTOM - at * (BOTTOM - TOP);

  const below = svg('tspan', { class: 'sub', dy: 3 }, sub);
  const parts: SVGElement[] = [svg('text', { class: 'title', x: 0, y: 11 }, title, below)];
  for (const { at, name } of up.ticks) {
    parts.push(svg('line', { class: 'grid', x1: LEFT, x2: RIGHT, y1: yAt(at), y2: yAt(at) }));
    parts.push(svg('text', { class: 'tick left', x: LEFT - 5, y: yAt(at) + 4 }, name));
  }
  for (const { at, name } of across.ticks) {
    parts.push(svg('text', { class: 'tick', x: xAt(at), y: BOTTOM + 14 }, name));
  }
  parts.push(svg('text', { class: 'tick', x: (LEFT + RIGHT) / 2, y: HEIGHT - 3 }, 'evaluations'));

  const ends = lines.flatMap(({ method, points }) => {
    if (points.length === 0) return [];
    const placed = points.map(([evaluations, value]) => [xAt(across.of(evaluations)), yAt(up.of(value))] as const);
    const sparse = Math.ceil(placed.length / MARKS), marked = placed.filter((_, k) => k % sparse === 0);
    parts.push(svg('polyline', { class: `line ${method}`, points: placed.map(String).join(' ') }));
    parts.push(...marked.map(([cx, cy]) => mark(method, cx, cy)));
    const [x, y] = placed[placed.length - 1];
    return [{ method, x, y }];
  });
  // Names that would lie on each other move apart.
  const [a, b] = ends, close = a && b && Math.abs(a.y - b.y) < 12 && Math.abs(a.x - b.x) < 32;
  ends.forEach((end, k) => {
    const shift = close ? (k === (a.y <= b.y ? 0 : 1) ? -5 : 9) : 4;
    parts.push(svg('text', { class: 'name', x: end.x + 6, y: end.y + shift }, end.method));
  });
  const name = `${measure === 'mse' ? 'Mean squared error' : 'L_G'} on a logarithmic axis: ` +
    trajectories.map((trajectory) => describe(measure, trajectory)).join('; ');
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': name }, ...parts);
}

/** A round mark for iDLG, a square one for DLG. */
function mark(method: Method, cx: number, cy: number): SVGElement {
  return method === 'iDLG' ? svg('circle', { class: 'mark', cx, cy, r: 2.6 })
    : svg('rect', { class: 'mark open', x: cx - 2.4, y: cy - 2.4, width: 4.8, height: 4.8 });
}

function describe(measure: Measure, { method, points, end }: Trajectory): string {
  const last = points.at(-1);
  if (!last) return `${method} not started`;
  const [from, to] = [points[0], last].map((point) => numberText(point[measure])), { evaluations } = end ?? last;
  return `${method} from ${from} to ${to} in ${evaluations} evaluation${evaluations === 1 ? '' : 's'}`;
}
