/**
 * @file Section 6, twenty seeds: the same client with twenty networks and starts, a few workers side by side.
 */
import { RECOVERED } from './attacks.ts';
import { byId, element, write } from './dom.ts';
import { METHODS, type End, type Method } from './messages.ts';
import { numberText } from './numbers.ts';
import { clearPicture, showPicture } from './picture.ts';
import { SIDE } from './pixels.ts';
import { labelOf, LARGEST_SEED, type Settings } from './settings.ts';
import { Drawing, jobOf, MathsWorker } from './workers.ts';

const RUNS = 20;
const MOST_WORKERS = 4;

/** A run, its place on the page, and its outcome. */
interface SeedRun {
  readonly method: Method;
  readonly seed: number;
  readonly cell: HTMLLIElement;
  labelFound?: boolean;
  imageFound?: boolean;
}

/** @param say writes milestones to the status line. @returns a function that clears the figure for other settings. */
export function createSeeds(say: (text: string) => void): (settings: Settings) => void {
  const button = byId('seeds-start', HTMLButtonElement);
  let settings: Settings, runs: SeedRun[] = [], waiting: SeedRun[] = [];
  /** Each ends a worker. */
  let ends: (() => void)[] = [];

  const stop = (): void => {
    for (const end of ends) end();
    ends = [];
    button.textContent = 'Run twenty seeds';
  };
  const clear = (): void => {
    const first = Math.min(settings.seed, LARGEST_SEED - RUNS + 1);
    runs = METHODS.flatMap((method) => Array.from({ length: RUNS }, (_, n) =>
      ({ method, seed: first + n, cell: emptyCell(first + n) })));
    for (const method of METHODS) {
      byId(`${method}-seeds`, HTMLOListElement).replaceChildren(...of(method).map(({ cell }) => cell));
      showRates(method);
    }
  };
  const of = (method: Method): SeedRun[] => runs.filter((run) => run.method === method);
  const showRates = (method: Method): void => {
    const rates = ratesOf(method), done = of(method).filter(({ labelFound }) => labelFound !== undefined);
    if (done.length === 0) return write(rates, 'Not run yet.');
    const labels = done.filter(({ labelFound }) => labelFound).length;
    const images = done.filter(({ imageFound }) => imageFound).length;
    write(rates, `${done.length} of ${RUNS} done: ${labels} found the label, ${images} the image.`);
  };
  /** A worker that takes one run after another. */
  const work = (): void => {
    let run: SeedRun;
    const drawing = new Drawing<Float64Array>((image) => showPicture(canvasOf(run), image));
    const worker = new MathsWorker({
      onLook: ({ image, end }) => {
        drawing.soon(image);
        if (!end) return;
        drawing.now();
        run.labelFound = end.label === labelOf(settings);
        run.imageFound = end.mse < RECOVERED;
        showCell(run, end);
        next();
      },
      onFailure: (message) => {
        drawing.drop();
        clearPicture(canvasOf(run));
        run.labelFound = run.imageFound = false;
        showFailure(run, message);
        next();
      },
    });
    const take = (): void => {
      const taken = waiting.shift();
      if (!taken) return;
      run = taken;
      worker.attack({ ...jobOf(settings), seed: run.seed }, run.method);
      worker.go();
    };
    const next = (): void => {
      showRates(run.method);
      if (runs.some(({ labelFound }) => labelFound === undefined)) return take();
      stop();
      say(`Twenty seeds. ${METHODS.map((method) => `${method}: ${ratesOf(method).textContent}`).join(' ')}`);
    };
    ends.push(() => {
      worker.end();
      drawing.drop();
      if (run.labelFound === undefined) clearPicture(canvasOf(run));
    });
    take();
  };
  button.addEventListener('click', () => {
    if (ends.length > 0) {
      stop();
      return say('Twenty seeds: stopped.');
    }
    clear();
    waiting = Array.from({ length: RUNS }, (_, n) => METHODS.map((method) => of(method)[n])).flat();
    for (let n = Math.min(navigator.hardwareConcurrency || 2, MOST_WORKERS); n > 0; n--) work();
    button.textContent = 'Stop';
    say('Twenty seeds: started.');
  });
  return (next) => {
    settings = next;
    stop();
    clear();
  };
}

const ratesOf = (method: Method): HTMLElement => byId(`${method}-rates`, HTMLElement);

function emptyCell(seed: number): HTMLLIElement {
  const canvas = element('canvas', { width: SIDE, height: SIDE, role: 'img', 'aria-label': `seed ${seed}, not run` });
  return element('li', {}, canvas, element('span', { class: 'seed' }, String(seed)));
}

const canvasOf = ({ cell }: SeedRun): HTMLCanvasElement => cell.querySelector('canvas')!;

function showCell(run: SeedRun, { mse, evaluations, label }: End): void {
  const { cell, seed, labelFound, imageFound } = run, word = labelFound ? 'right' : 'wrong';
  const isFound = labelFound && imageFound, why = labelFound ? 'image' : imageFound ? `label ${label}` : 'both';
  cell.classList.toggle('failed', !isFound);
  Object.assign(cell.dataset, { mse, evaluations, label });
  const said = `seed ${seed}: label ${label}, ${word}, MSE ${numberText(mse)}, ${evaluations} evaluations`;
  name(run, said, isFound ? '✓' : `✗ ${why}`);
}

function showFailure(run: SeedRun, message: string): void {
  run.cell.classList.add('failed');
  name(run, `seed ${run.seed}: ${message}`, '✗');
}

/** Gives a cell its full description, and a word under its picture. */
function name(run: SeedRun, said: string, word: string): void {
  const { cell, seed } = run;
  canvasOf(run).setAttribute('aria-label', said);
  cell.title = said;
  cell.querySelector('.seed')!.textContent = `${seed} ${word}`;
}
