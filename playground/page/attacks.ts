/**
 * @file Sections 4 and 5: DLG and iDLG from the same start, side by side; the closed form; the record of what came of
 * each run, by which defences compare.
 */
import { titleOf } from '../../src/attack/defences.ts';
import { drawChart } from './chart.ts';
import { byId, element, numberText, showNumber } from './dom.ts';
import { METHODS, type End, type Job, type Method, type Point } from './messages.ts';
import { clearPicture, showDifference, showPicture } from './picture.ts';
import { defenceOf, labelOf, type Settings } from './settings.ts';
import { jobOf, MathsWorker, onceAFrame, type Look } from './workers.ts';

/** A reconstruction is of the image where its MSE is below this, as in the papers. */
export const RECOVERED = 1e-4;
/** The rows that the record keeps. */
const RECORDED = 12;

const STOPS: Readonly<Record<End['stop'], string>> = {
  objective: 'the objective is below the tolerance',
  gradient: 'the objective’s gradient is as good as 0',
  change: 'a step would change nothing',
  'line-search': 'no step lowers the objective',
  iterations: '300 iterations are over',
  'not-finite': 'the objective is no longer finite',
  callback: 'stopped',
};

/** `label 3, right; MSE 2.4 × 10⁻⁹` */
const verdict = (found: number, mse: number, label: number): string =>
  `label ${found}, ${found === label ? 'right' : `wrong (it is ${label})`}; MSE ${numberText(mse)}`;

/** One method's column. */
class Column {
  readonly method: Method;
  readonly worker: MathsWorker;
  points: Point[] = [];
  end: End | undefined;
  #job: Job | undefined;
  readonly #part = <E extends Element>(name: string, type: new () => E): E => byId(`${this.method}-${name}`, type);
  readonly #draw: (look: Look, isLast?: boolean) => void;

  constructor(method: Method, onLook: () => void, say: (text: string) => void) {
    this.method = method;
    this.#draw = onceAFrame((look) => this.#show(look));
    this.worker = new MathsWorker({
      onLook: (look) => {
        this.points.push(...look.points);
        this.end = look.end;
        this.#draw(look, this.end !== undefined);
        onLook();
      },
      onFailure: (message) => say(`${method} cannot go on: ${message}`),
    });
  }

  prepare(job: Job): void {
    this.points = [];
    this.end = undefined;
    this.#job = job;
    this.worker.attack(job, this.method);
    showPicture(this.#part('original', HTMLCanvasElement), job.image);
  }

  #show({ image, milliseconds }: Look): void {
    const last = this.points.at(-1);
    if (!last || !this.#job) return;
    showPicture(this.#part('reconstruction', HTMLCanvasElement), image);
    showDifference(this.#part('difference', HTMLCanvasElement), image, this.#job.image);
    showNumber(this.#part('iteration', HTMLDataElement), last.iteration);
    showNumber(this.#part('evaluations', HTMLDataElement), last.evaluations);
    showNumber(this.#part('objective', HTMLDataElement), last.objective);
    showNumber(this.#part('mse', HTMLDataElement), last.mse);
    showNumber(this.#part('seconds', HTMLDataElement), milliseconds / 1000);
    const { end } = this, said = end && verdict(end.label, last.mse, this.#job.label);
    this.#part('verdict', HTMLElement).textContent = end ? `${said}. Stopped: ${STOPS[end.stop]}.` : '';
  }

  /** The reconstruction as it is shown, for the record. */
  copy(): HTMLCanvasElement {
    const shown = this.#part('reconstruction', HTMLCanvasElement), { width, height } = shown;
    const copy = element('canvas', { width, height, role: 'img', 'aria-label': `${this.method}'s reconstruction` });
    copy.getContext('2d')!.drawImage(shown, 0, 0);
    return copy;
  }
}

export interface Attacks {
  /** Other settings: both look at their new start. */
  readonly prepare: (settings: Settings) => void;
  readonly start: () => void;
}

/** @param say tells the status line of milestones. */
export function createAttacks(say: (text: string) => void): Attacks {
  let settings: Settings, state: 'ready' | 'going' | 'paused' | 'ended' = 'ready';
  const drawTrajectories = onceAFrame(() => drawChart(byId('chart', HTMLElement),
    { iDLG: columns[0].points, DLG: columns[1].points }));
  const columns = METHODS.map((method) => new Column(method, () => onLook(method), say));
  const closedForm = createClosedForm(say);
  const buttons = ['start', 'again'].map((id) => byId(id, HTMLButtonElement));

  const show = (now: typeof state): void => {
    state = now;
    buttons[0].textContent = { ready: 'Start', going: 'Pause', paused: 'Go on', ended: 'Start again' }[state];
    buttons[1].textContent = state === 'going' ? 'Pause' : state === 'paused' ? 'Go on' : 'Attack again';
  };
  const onLook = (method: Method): void => {
    drawTrajectories(undefined, columns.every(({ end }) => end));
    const { end, points } = columns[METHODS.indexOf(method)];
    if (!end || state === 'ended') return;
    const { mse, evaluations } = points.at(-1)!;
    say(`${method}: ${verdict(end.label, mse, labelOf(settings))}, after ${evaluations} evaluations.`);
    if (!columns.every(({ end }) => end)) return;
    show('ended');
    requestAnimationFrame(() => requestAnimationFrame(() => record(settings, columns)));
  };
  const prepare = (next: Settings): void => {
    settings = next;
    for (const column of columns) column.prepare(jobOf(settings));
    closedForm.prepare(settings);
    show('ready');
  };
  const toggle = (): void => {
    if (state === 'going') {
      for (const { worker } of columns) worker.pause();
      show('paused');
      return say('Paused.');
    }
    if (state === 'ended') prepare(settings);
    for (const { worker, end } of columns) if (!end) worker.go();
    say(state === 'paused' ? 'Going on.' : 'Both attacks have started.');
    show('going');
  };
  for (const button of buttons) button.addEventListener('click', toggle);
  byId('step', HTMLButtonElement).addEventListener('click', () => {
    if (state === 'going') toggle();
    if (state === 'ended') return;
    for (const { worker } of columns) worker.step();
    show('paused');
  });
  byId('reset', HTMLButtonElement).addEventListener('click', () => {
    prepare(settings);
    say('Back at the start.');
  });
  return { prepare, start: () => void (state !== 'going' && toggle()) };
}

/** A row of the record: the defence, and each method's picture and what it found. */
function record(settings: Settings, columns: readonly Column[]): void {
  const table = byId('record', HTMLTableSectionElement), label = labelOf(settings);
  const cells = columns.map((column) => {
    const { end, points } = column, { mse } = points.at(-1)!;
    const sign = end!.label === label && mse < RECOVERED ? '✓' : '✗';
    const said = element('span', {}, `${sign} ${verdict(end!.label, mse, label)}`);
    return element('td', {}, element('div', {}, column.copy(), said));
  });
  const how = [titleOf(defenceOf(settings)), settings.activation, `seed ${settings.seed}`].join(', ');
  table.querySelector('.empty')?.remove();
  table.prepend(element('tr', {}, element('th', { scope: 'row' }, how), ...cells));
  while (table.rows.length > RECORDED) table.deleteRow(-1);
}

/** The button that solves, and what it says. */
function createClosedForm(say: (text: string) => void): { readonly prepare: (settings: Settings) => void } {
  let settings: Settings;
  const canvas = byId('solution', HTMLCanvasElement), text = byId('solution-text', HTMLOutputElement);
  const layers = byId('solution-layers', HTMLTableSectionElement);
  const worker = new MathsWorker({
    onSolution: ({ image, label, mse, error, isDetermined, layers: solved, milliseconds }) => {
      showPicture(canvas, image);
      const found = verdict(label, mse, labelOf(settings)), seconds = `${numberText(milliseconds / 1000)} s`;
      text.textContent = `${found}, in ${seconds}. ${isDetermined
        ? `The equations determine the picture, to an expected error of ${numberText(error)} a pixel`
        : 'The gradient is too inexact: the equations do not determine the picture'}.`;
      layers.replaceChildren(...solved.map(({ name, equations, unknowns, error }) => element('tr', {},
        element('th', { scope: 'row' }, element('code', {}, name)),
        ...[equations, unknowns, error].map((value) => element('td', { class: 'number' }, numberText(value))))));
      say(`Closed form: ${found}.`);
    },
    onFailure: (message) => void (text.textContent = `No solution: ${message}`),
  });
  byId('solve', HTMLButtonElement).addEventListener('click', () => {
    text.textContent = 'Solving …';
    worker.end();
    worker.solve(jobOf(settings));
  });
  return {
    prepare: (next) => {
      settings = next;
      worker.end();
      clearPicture(canvas);
      text.textContent = 'Not solved yet.';
      layers.replaceChildren();
    },
  };
}
