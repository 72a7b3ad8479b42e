/**
 * @file The page's side of a worker: a question and its answers, but none to a question that was withdrawn.
 */
import type { Answer, Job, Method, Question, SharedGradient, Solution } from './messages.ts';
import { defenceOf, labelOf, pictureOf, type Settings } from './settings.ts';

export type Look = Extract<Answer, { say: 'look' }>;

interface Listener {
  readonly onGradient?: (gradient: SharedGradient) => void;
  readonly onSolution?: (solution: Solution) => void;
  readonly onLook?: (look: Look) => void;
  readonly onFailure: (message: string) => void;
}

export const jobOf = (settings: Settings): Job => ({
  image: pictureOf(settings.image)!.image.data,
  label: labelOf(settings),
  seed: settings.seed,
  activation: settings.activation,
  defence: defenceOf(settings),
  lineSearch: settings.lineSearch,
  tolerance: settings.tolerance,
});

export class MathsWorker {
  readonly #listener: Listener;
  #worker: Worker | undefined;
  #id = 0;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  gradient(job: Job): void {
    this.#ask({ id: ++this.#id, ask: 'gradient', job });
  }

  solve(job: Job): void {
    this.#ask({ id: ++this.#id, ask: 'analytic', job });
  }

  /** Looks at the start; go() and step() lead on from there. */
  attack(job: Job, method: Method): void {
    this.#ask({ id: ++this.#id, ask: 'attack', job, method });
  }

  go(): void {
    this.#ask({ id: this.#id, ask: 'go' });
  }

  pause(): void {
    this.#ask({ id: this.#id, ask: 'pause' });
  }

  step(): void {
    this.#ask({ id: this.#id, ask: 'step' });
  }

  /** Ends its work at once; pause() waits for the end of its slice. */
  end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #ask(question: Question): void {
    if (!this.#worker) {
      this.#worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
      this.#worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => this.#hear(data));
      this.#worker.addEventListener('error', ({ message }) => {
        this.end();
        this.#listener.onFailure(message || 'no worker started');
      });
    }
    this.#worker.postMessage(question);
  }

  #hear(answer: Answer): void {
    if (answer.id !== this.#id) return;
    if (answer.say === 'gradient') this.#listener.onGradient?.(answer.gradient);
    else if (answer.say === 'analytic') this.#listener.onSolution?.(answer.solution);
    else if (answer.say === 'look') this.#listener.onLook?.(answer);
    else this.#listener.onFailure(answer.message);
  }
}

/** Milliseconds between two pictures of an attack if the visitor prefers little motion. */
const CALM = 1000;

/** Draws the newest value that it is given: at the next frame, or once a second if little motion is preferred. */
export class Drawing<T> {
  readonly #draw: (value: T) => void;
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)');
  /** What waits to be drawn. */
  #newest: { readonly value: T } | undefined;
  #last = -Infinity;
  #timer = 0;
  #frame = 0;

  constructor(draw: (value: T) => void) {
    this.#draw = draw;
  }

  soon(value: T): void {
    const isWaiting = this.#newest !== undefined;
    this.#newest = { value };
    if (isWaiting) return;
    const atFrame = (): void => void (this.#frame = requestAnimationFrame(() => this.now()));
    this.#timer = setTimeout(atFrame, this.#calm.matches ? this.#last + CALM - performance.now() : 0);
  }

  /** Draws at once what waits, if anything does. */
  now(): void {
    const newest = this.#newest;
    this.drop();
    if (!newest) return;
    this.#last = performance.now();
    this.#draw(newest.value);
  }

  /** Forgets what waits. */
  drop(): void {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#newest = undefined;
  }
}
