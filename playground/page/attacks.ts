/**
 * @file Sections 4 and 5: DLG and iDLG from the same start, side by side; the analytic attack; the record of the
 * outcomes, by which defences are compared.
 */
import { ATTACK_DEFAULTS } from '../../src/attack/reconstruct.ts';
import { drawChart } from './chart.ts';
import { byId, element, showNumber, write } from './dom.ts';
import { METHODS, type End, type Job, type Method, type Point } from './messages.ts';
import { numberText } from './numbers.ts';
import { clearPicture, showDifference, showPicture } from './picture.ts';
import { describe, labelOf, type Settings } from './settings.ts';
import { Drawing, jobOf, MathsWorker, type Look } from './workers.ts';

/** A picture counts as recovered if its MSE is below this, the papers' smallest threshold. */
export const RECOVERED = 1e-4;
/** The numbers that a column shows, by the ends of their ids. */
const NUMBERS = ['iteration', 'evaluations', 'objective', 'mse', 'seconds'] as const;
/** The rows that the record keeps. */
const RECORDED = 12;

const STOPS: Readonly<Record<End['stop'], string>> = {
  objective: 'the objective is below the tolerance',
  gradient: 'the objective’s gradient is practically 0',
  change: 'a step changes practically nothing',
  'line-search': 'no step lowers the objective',
  iterations: `all ${ATTACK_DEFAULTS.iterations} iterations are done`,
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
  readonly drawing: Drawing<Look>;
  points: Point[] = [];
  end: End | undefined;
  /** Why it cannot go on, if it cannot. */
  failure: string | undefined;
  #job: Job | undefined;
  readonly #part = <E extends Element>(name: string, type: new () => E): E => byId(`${this.method}-${name}`, type);

  constructor(method: Method, onNews: (column: Column) => void) {
    this.method = method;
    this.drawing = new Drawing((look) => this.#show(look));
    this.worker = new MathsWorker({
      onLook: (look) => {
        this.points.push(...look.points);
        this.end = look.end;
        this.drawing.soon(look);
        onNews(this);
      },
      onFailure: (message) => {
        this.failure = message;
        this.#clear();
        onNews(this);
      },
    });
  }

  get isOver(): boolean {
    return this.end !== undefined || this.failure !== undefined;
  }

  /** `label 3, right; MSE 2.4 × 10⁻⁹`, or why there is none. */
  get outcome(): string {
    return this.end ? verdict(this.end.label, this.end.mse, this.#job!.label) : `cannot go on: ${this.failure}`;
  }

  prepare(job: Job): void {
    this.drawing.drop();
    this.points = [];
    this.end = this.failure = undefined;
    this.#job = job;
    this.worker.attack(job, this.method);
    showPicture(this.#part('original', HTMLCanvasElement), job.image);
  }

  #show({ image, milliseconds }: Look): void {
    const last = this.points.at(-1)!, { evaluations, mse } = this.end ?? last;
    showPicture(this.#part('reconstruction', HTMLCanvasElement), image);
    showDifference(this.#part('difference', HTMLCanvasElement), image, this.#job!.image);
    this.#showNumbers([last.iteration, evaluations, last.objective, mse, milliseconds / 1000]);
    const verdict = this.end ? `${this.outcome}. Stopped: ${STOPS[this.end.stop]}.` : '';
    write(this.#part('verdict', HTMLElement), verdict);
  }

  #showNumbers(numbers: readonly number[]): void {
    NUMBERS.forEach((name, k) => showNumber(this.#part(name, HTMLDataElement), numbers[k]));
  }

  /** Removes all that a failed run has shown, so that nothing is mistaken for a result. */
  #clear(): void {
    this.drawing.drop();
    this.points = [];
    for (const name of ['reconstruction', 'difference']) clearPicture(this.#part(name, HTMLCanvasElement));
    this.#showNumbers(NUMBERS.map(() => NaN));
    write(this.#part('verdict', HTMLElement), `${this.method} ${this.outcome}`);
  }

  /** A copy of the reconstruction on the page, for the record. */
  copy(): HTMLCanvasElement {
    const shown = this.#part('reconstruction', HTMLCanvasElement), { width, height } = shown;
    const copy = element('canvas', { width, height, role: 'img', 'aria-label': `${this.method}’s reconstruction` });
    copy.getContext('2d')!.drawImage(shown, 0, 0);
    return copy;
  }
}

interface Attacks {
  /** Other settings: both look at their new start. */
  readonly prepare: (settings: Settings) => void;
  readonly start: () => void;
}

/** @param say writes milestones to the status line. */
export function createAttacks(say: (text: string) => void): Attacks {
  let settings: Settings, state: 'ready' | 'going' | 'paused' | 'ended' = 'ready';
  const analytic = createAnalytic(say);
  const buttons = ['start', 'again'].map((id) => byId(id, HTMLButtonElement));

  const show = (now: typeof state): void => {
    state = now;
    buttons[0].textContent = { ready: 'Start', going: 'Pause', paused: 'Continue', ended: 'Start again' }[state];
    buttons[1].textContent = state === 'going' ? 'Pause' : state === 'paused' ? 'Continue' : 'Attack again';
  };
  /** Reports the runs that have ended, once the visitor has started them; when both have, they are recorded. */
  const settle = (): void => {
    const over = columns.filter(({ isOver }) => isOver);
    if (over.length === 0 || state === 'ready' || state === 'ended') return;
    say(over.map(({ method, outcome, end }) =>
      `${method}: ${outcome}${end ? `, after ${end.evaluations} evaluations` : ''}.`).join(' '));
    if (over.length < columns.length) return;
    show('ended');
    record(settings, columns);
  };
  const columns = METHODS.map((method) => new Column(method, (column) => {
    chart.soon();
    if (state !== 'going' || column.isOver) drawNow();
    if (column.isOver) settle();
  }));
  const chart = new Drawing<void>(() => drawChart(byId('chart', HTMLElement), columns));
  const drawNow = (): void => {
    for (const { drawing } of columns) drawing.now();
    chart.now();
  };
  const reset = (): void => {
    for (const column of columns) column.prepare(jobOf(settings));
    show('ready');
  };
  /** Moves on the runs that are not over; one that failed before its start is reported now. */
  const move = (how: 'go' | 'step'): void => {
    const wasReady = state === 'ready';
    show(how === 'go' ? 'going' : 'paused');
    for (const { worker, isOver } of columns) if (!isOver) worker[how]();
    if (wasReady) settle();
  };
  const pause = (): void => {
    for (const { worker } of columns) worker.pause();
    show('paused');
    drawNow();
    say('Paused.');
  };
  const toggle = (): void => {
    if (state === 'going') return pause();
    if (state === 'ended') reset();
    say(state === 'paused' ? 'Continuing.' : 'Both attacks have started.');
    move('go');
  };
  for (const button of buttons) button.addEventListener('click', toggle);
  byId('step', HTMLButtonElement).addEventListener('click', () => {
    if (state === 'ended') return say('Both attacks have ended; Reset returns to their start.');
    if (state === 'going') pause();
    move('step');
  });
  byId('reset', HTMLButtonElement).addEventListener('click', () => {
    reset();
    say('Back at the start.');
  });
  return {
    prepare: (next) => {
      settings = next;
      reset();
      analytic.prepare(settings);
    },
    start: () => void (state !== 'going' && toggle()),
  };
}

/** A row of the record: the experiment, each method's picture, and its outcome. */
function record(settings: Settings, columns: readonly Column[]): void {
  const table = byId('record', HTMLTableSectionElement), label = labelOf(settings);
  const cells = columns.map((column) => {
    const { end, outcome } = column, sign = end?.label === label && end.mse < RECOVERED ? '✓' : '✗';
    return element('td', {}, element('div', {}, column.copy(), element('span', {}, `${sign} ${outcome}`)));
  });
  table.querySelector('.empty')?.remove();
  table.prepend(element('tr', {}, element('th', { scope: 'row' }, describe(settings)), ...cells));
  while (table.rows.length > RECORDED) table.deleteRow(-1);
}

/** The analytic attack's button, and its result. */
function createAnalytic(say: (text: string) => void): { readonly prepare: (settings: Settings) => void } {
  let settings: Settings;
  const canvas = byId('solution', HTMLCanvasElement), text = byId('solution-text', HTMLOutputElement);
  const layers = byId('solution-layers', HTMLTableSectionElement);
  const worker = new MathsWorker({
    onSolution: ({ image, label, mse, error, isDetermined, layers: solved, milliseconds }) => {
      showPicture(canvas, image);
      const found = verdict(label, mse, labelOf(settings)), seconds = `${numberText(milliseconds / 1000)} s`;
      write(text, `${found}, in ${seconds}. ${isDetermined
        ? `The equations determine the picture, with an expected error of ${numberText(error)} per pixel`
        : 'The gradient is too inexact: the equations do not determine the picture'}.`);
      layers.replaceChildren(...solved.map(({ name, equations, unknowns, error }) => element('tr', {},
        element('th', { scope: 'row' }, element('code', {}, name)),
        ...[equations, unknowns, error].map((value) => element('td', { class: 'number' }, numberText(value))))));
      say(`Analytic attack: ${found}.`);
    },
    onFailure: (message) => {
      write(text, `No solution: ${message}`);
      say(`Analytic attack: no solution: ${message}`);
    },
  });
  byId('solve', HTMLButtonElement).addEventListener('click', () => {
    write(text, 'Solving …');
    worker.end();
    worker.solve(jobOf(settings));
  });
  return {
    prepare: (next) => {
      settings = next;
      worker.end();
      clearPicture(canvas);
      write(text, 'Not solved yet.');
      layers.replaceChildren();
    },
  };
}
