/**
 * @file The progress of long work: a bar that is redrawn in place on a terminal, and an occasional line elsewhere. It
 * goes to standard error, so that a table on standard output can be sent to a file.
 */
import { oneLine } from '../data/dataset.ts';
import type { Screen } from './display.ts';

const BAR = 24;
/** Milliseconds between two lines without a terminal, and between two bars on one. */
const BETWEEN_LINES = 30_000;
const BETWEEN_BARS = 100;

/** 45 s, 12 min, or 3 h 20 min: as precise as needed to decide whether to wait. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const fewDigits = (rate: number): string => rate.toLocaleString('en', { maximumFractionDigits: rate < 100 ? 1 : 0 });

export class Progress {
  readonly #screen: Screen;
  readonly #total: number | undefined;
  readonly #one: string;
  readonly #many: string;
  readonly #before: number;
  readonly #now: () => number;
  readonly #start: number;
  #done: number;
  #last: number;

  /**
   * @param total the number of items, if it is known; @param before how many of them were done before;
   * @param one what an item is called, `run`; @param many what several are, `runs`.
   */
  constructor(screen: Screen, { total, before, one, many, now = () => performance.now() }: {
    readonly total: number | undefined; readonly before: number; readonly one: string; readonly many: string;
    readonly now?: () => number;
  }) {
    this.#screen = screen;
    this.#total = total;
    this.#one = one;
    this.#many = many;
    this.#done = this.#before = before;
    this.#now = now;
    this.#start = now();
    this.#last = -Infinity;
    this.#show();
  }

  /** `done` items are done now; default: one more. */
  advance(done = this.#done + 1): void {
    this.#done = done;
    const pause = this.#screen.isTTY ? BETWEEN_BARS : BETWEEN_LINES;
    if (this.#done === this.#total || this.#now() - this.#last >= pause) this.#show();
  }

  /** Prints a text that stays, above the bar. */
  say(text: string): void {
    this.#screen.write(`${this.#screen.isTTY ? '\r\x1b[K' : ''}${oneLine(text)}\n`);
    if (this.#screen.isTTY) this.#show();
  }

  /** Ends the bar's line. */
  finish(): void {
    if (this.#screen.isTTY) this.#screen.write('\n');
  }

  #show(): void {
    this.#last = this.#now();
    const text = this.#text();
    if (!this.#screen.isTTY) return void this.#screen.write(`${text}\n`);
    const filled = Math.min(BAR, Math.round((BAR * this.#done) / Math.max(1, this.#total ?? Infinity)));
    const room = (this.#screen.columns || 80) - 1;
    const line = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}  ${text}`;
    this.#screen.write(`\r\x1b[K${(line.length <= room ? line : text).slice(0, room)}`);
  }

  #text(): string {
    const total = this.#total, ofTotal = total === undefined ? '' : ` of ${total.toLocaleString('en')}`;
    const of = `${this.#done.toLocaleString('en')}${ofTotal} ${(total ?? this.#done) === 1 ? this.#one : this.#many}`;
    const made = this.#done - this.#before, seconds = (this.#now() - this.#start) / 1000;
    if (made <= 0 || seconds === 0) return of;
    const rate = made >= seconds ? `${fewDigits(made / seconds)} per second` : `one every ${duration(seconds / made)}`;
    if (total === undefined) return `${of}   ${rate}`;
    const left = ((total - this.#done) * seconds) / made;
    return `${of}   ${rate}   ${this.#done < total ? `${duration(left)} left` : `${duration(seconds)} in total`}`;
  }
}
