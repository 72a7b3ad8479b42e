/**
 * @file How L_G and the MSE fall: two panels over the evaluations, their axes logarithmic, a line a method. Lines
 * differ in dashes and marks and are named where they end.
 */
import { grouped, numberText, powerOfTen, svg } from './dom.ts';
import { METHODS, type Method, type Point } from './messages.ts';

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
/** Most marks on a line. */
const MARKS = 12;

/** Below this an axis does not go: of an L_G of 0 there is no logarithm. */
const LEAST = 1e-18;
const logarithm = (value: number): number => Math.log10(Math.max(value, LEAST));

/** 100, 200, 500, 1,000, …: the shortest round step of which at most five fit. */
function roundStep(most: number): number {
  for (let ten = 10; ; ten *= 10) {
    for (const step of [ten, 2 * ten, 5 * ten]) if (most <= 5 * step) return step;
  }
}

export type Trajectories = Readonly<Record<Method, readonly Point[]>>;

export function drawChart(figure: Element, trajectories: Trajectories): void {
  figure.replaceChildren(...PANELS.map((panel) => drawPanel(panel, trajectories)));
}

function drawPanel({ measure, title, sub }: (typeof PANELS)[number], trajectories: Trajectories): SVGElement {
  const drawable = (method: Method): readonly Point[] =>
    trajectories[method].filter((point) => Number.isFinite(point[measure]));
  const all = METHODS.flatMap(drawable), logs = all.map((point) => logarithm(point[measure]));
  const low = Math.min(-4, ...logs.map(Math.floor)), high = Math.max(1, ...logs.map(Math.ceil));
  const most = Math.max(300, ...all.map(({ evaluations }) => evaluations));
  const x = (evaluations: number): number => LEFT + (evaluations / most) * (RIGHT - LEFT);
  const y = (log: number): number => BOTTOM - ((log - low) / (high - low)) * (BOTTOM - TOP);

  const below = svg('tspan', { class: 'sub', dy: 3 }, sub);
  const parts: SVGElement[] = [svg('text', { class: 'title', x: 0, y: 11 }, title, below)];
  const every = Math.ceil((high - low) / 6);
  for (let log = high - (high % every); log >= low; log -= every) {
    parts.push(svg('line', { class: 'grid', x1: LEFT, x2: RIGHT, y1: y(log), y2: y(log) }));
    parts.push(svg('text', { class: 'tick left', x: LEFT - 5, y: y(log) + 4 }, powerOfTen(log)));
  }
  const step = roundStep(most);
  for (let n = 0; n <= most; n += step) {
    parts.push(svg('text', { class: 'tick', x: x(n), y: BOTTOM + 14 }, grouped(n)));
  }
  parts.push(svg('text', { class: 'tick', x: (LEFT + RIGHT) / 2, y: HEIGHT - 3 }, 'evaluations'));

  const ends = METHODS.flatMap((method) => {
    const points = drawable(method).map((point) => [x(point.evaluations), y(logarithm(point[measure]))] as const);
    if (points.length === 0) return [];
    const sparse = Math.ceil(points.length / MARKS), marked = points.filter((_, k) => k % sparse === 0);
    parts.push(svg('polyline', { class: `line ${method}`, points: points.map(String).join(' ') }));
    parts.push(...marked.map(([cx, cy]) => mark(method, cx, cy)));
    const [endX, endY] = points[points.length - 1];
    return [{ method, x: endX, y: endY }];
  });
  // Names that would lie on each other move apart.
  const [a, b] = ends, close = a && b && Math.abs(a.y - b.y) < 12 && Math.abs(a.x - b.x) < 32;
  ends.forEach((end, k) => {
    const shift = close ? (k === (a.y <= b.y ? 0 : 1) ? -5 : 9) : 4;
    parts.push(svg('text', { class: 'name', x: end.x + 6, y: end.y + shift }, end.method));
  });
  const name = describe(measure, trajectories);
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': name }, ...parts);
}

/** A round mark for iDLG, a square one for DLG. */
function mark(method: Method, cx: number, cy: number): SVGElement {
  return method === 'iDLG' ? svg('circle', { class: 'mark', cx, cy, r: 2.6 })
    : svg('rect', { class: 'mark open', x: cx - 2.4, y: cy - 2.4, width: 4.8, height: 4.8 });
}

function describe(measure: Measure, trajectories: Trajectories): string {
  const said = METHODS.map((method) => {
    const points = trajectories[method], last = points[points.length - 1];
    if (!last) return `${method} not started`;
    const [from, to] = [points[0], last].map((point) => numberText(point[measure]));
    return `${method} from ${from} to ${to} in ${last.evaluations} evaluations`;
  });
  return `${measure === 'mse' ? 'Mean squared error' : 'L_G'} on a logarithmic axis: ${said.join('; ')}`;
}
