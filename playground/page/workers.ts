/**
 * @file The page's side of a worker: a question, its answers, and none to a question that was taken back.
 */
import type { Answer, Job, Method, Question, SharedGradient, Solution } from './messages.ts';
import { defenceOf, labelOf, pictureOf, type Settings } from './settings.ts';

export type Look = Extract<Answer, { say: 'look' }>;

export interface Listener {
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
    this.#ask({ id: ++this.#id, ask: 'closed-form', job });
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

  /** Ends whatever it does at once, where pause() waits for its slice to end. */
  end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #ask(question: Question): void {
    if (!this.#worker) {
      this.#worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
      this.#worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => this.#hear(data));
      this.#worker.addEventListener('error', ({ message }) => this.#listener.onFailure(message || 'no worker started'));
    }
    this.#worker.postMessage(question);
  }

  #hear(answer: Answer): void {
    if (answer.id !== this.#id) return;
    if (answer.say === 'gradient') this.#listener.onGradient?.(answer.gradient);
    else if (answer.say === 'closed-form') this.#listener.onSolution?.(answer.solution);
    else if (answer.say === 'look') this.#listener.onLook?.(answer);
    else this.#listener.onFailure(answer.message);
  }
}

/** At most one call of `draw` a frame, with the newest value; one a second where the visitor wants little motion. */
export function onceAFrame<T>(draw: (value: T) => void): (value: T, isLast?: boolean) => void {
  let newest: T, isWaiting = false, last = -Infinity;
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  return (value, isLast = false) => {
    newest = value;
    if (isWaiting || (calm.matches && !isLast && performance.now() - last < 1000)) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      last = performance.now();
      draw(newest);
    });
  };
}
