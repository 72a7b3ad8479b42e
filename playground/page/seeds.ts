/**
 * @file Section 6, twenty seeds: the same client with twenty networks and starts, a few workers side by side.
 */
import { byId, element, numberText } from './dom.ts';
import { RECOVERED } from './attacks.ts';
import { METHODS, type Method } from './messages.ts';
import { showPicture } from './picture.ts';
import { SIDE } from './pixels.ts';
import { labelOf, type Settings } from './settings.ts';
import { jobOf, MathsWorker } from './workers.ts';

const RUNS = 20;
const MOST_WORKERS = 4;

/** A run that waits, its place on the page, and what came of it. */
interface SeedRun {
  readonly method: Method;
  readonly seed: number;
  readonly cell: HTMLLIElement;
  labelFound?: boolean;
  imageFound?: boolean;
}

export interface Seeds {
  readonly prepare: (settings: Settings) => void;
}

/** @param say tells the status line of milestones. */
export function createSeeds(say: (text: string) => void): Seeds {
  const button = byId('seeds-start', HTMLButtonElement);
  let settings: Settings, runs: SeedRun[] = [], waiting: SeedRun[] = [], workers: MathsWorker[] = [];

  const stop = (): void => {
    for (const worker of workers) worker.end();
    workers = [];
    button.textContent = 'Run twenty seeds';
  };
  const clear = (): void => {
    runs = METHODS.flatMap((method) => Array.from({ length: RUNS }, (_, n) =>
      ({ method, seed: settings.seed + n, cell: emptyCell(settings.seed + n) })));
    for (const method of METHODS) {
      byId(`${method}-seeds`, HTMLOListElement).replaceChildren(...of(method).map(({ cell }) => cell));
      showRates(method);
    }
  };
  const of = (method: Method): SeedRun[] => runs.filter((run) => run.method === method);
  const showRates = (method: Method): void => {
    const rates = ratesOf(method), done = of(method).filter(({ labelFound }) => labelFound !== undefined);
    if (done.length === 0) return void (rates.textContent = 'Not run yet.');
    const labels = done.filter(({ labelFound }) => labelFound).length;
    const images = done.filter(({ imageFound }) => imageFound).length;
    rates.textContent = `Of ${done.length} runs ${labels} found the label and ${images} the image.`;
  };
  /** Gives a worker its next run, and that run's end the next. */
  const work = (worker: MathsWorker, take: (run: SeedRun) => void): void => {
    const run = waiting.shift();
    if (run) {
      take(run);
      worker.attack({ ...jobOf(settings), seed: run.seed }, run.method);
      worker.go();
    } else if (runs.every(({ labelFound }) => labelFound !== undefined)) {
      stop();
      say(`Twenty seeds. ${METHODS.map((method) => `${method}: ${ratesOf(method).textContent}`).join(' ')}`);
    }
  };
  const start = (): void => {
    clear();
    waiting = Array.from({ length: RUNS }, (_, n) => METHODS.map((method) => of(method)[n])).flat();
    const label = labelOf(settings);
    workers = Array.from({ length: Math.min(navigator.hardwareConcurrency || 2, MOST_WORKERS) }, () => {
      let run: SeedRun;
      const next = (): void => {
        showRates(run.method);
        work(worker, (taken) => (run = taken));
      };
      const worker: MathsWorker = new MathsWorker({
        onLook: ({ points, image, end }) => {
          const { mse, evaluations } = points.at(-1)!;
          showPicture(run.cell.querySelector('canvas')!, image);
          if (!end) return;
          run.labelFound = end.label === label;
          run.imageFound = mse < RECOVERED;
          showCell(run, mse, evaluations, end.label);
          next();
        },
        onFailure: (message) => {
          run.labelFound = run.imageFound = false;
          showFailure(run, message);
          next();
        },
      });
      work(worker, (taken) => (run = taken));
      return worker;
    });
    button.textContent = 'Stop';
    say('Twenty seeds: started.');
  };
  button.addEventListener('click', () => {
    if (workers.length === 0) return start();
    stop();
    say('Twenty seeds: stopped.');
  });
  return {
    prepare: (next) => {
      settings = next;
      stop();
      clear();
    },
  };
}

const ratesOf = (method: Method): HTMLElement => byId(`${method}-rates`, HTMLElement);

function emptyCell(seed: number): HTMLLIElement {
  const canvas = element('canvas', { width: SIDE, height: SIDE, role: 'img', 'aria-label': `seed ${seed}, not run` });
  return element('li', {}, canvas, element('span', { class: 'seed' }, String(seed)));
}

function showCell(run: SeedRun, mse: number, evaluations: number, label: number): void {
  const { cell, seed, labelFound, imageFound } = run, word = labelFound ? 'right' : 'wrong';
  const isFound = labelFound && imageFound, why = labelFound ? 'image' : imageFound ? `label ${label}` : 'both';
  cell.classList.toggle('failed', !isFound);
  Object.assign(cell.dataset, { mse, evaluations, label });
  const said = `seed ${seed}: label ${label}, ${word}, MSE ${numberText(mse)}, ${evaluations} evaluations`;
  cell.querySelector('canvas')!.setAttribute('aria-label', said);
  cell.title = said;
  cell.querySelector('.seed')!.textContent = isFound ? `${seed} ✓` : `${seed} ✗ ${why}`;
}

function showFailure({ cell, seed }: SeedRun, message: string): void {
  cell.classList.add('failed');
  cell.title = message;
  cell.querySelector('.seed')!.textContent = `${seed} ✗ ${message}`;
}
