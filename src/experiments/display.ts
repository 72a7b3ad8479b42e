/**
 * @file What a person sees while an attack runs: the picture redrawn in place on a colour terminal, plain lines
 * elsewhere.
 */
import type { AttackPoint } from '../attack/reconstruct.ts';
import { redraw, sideBySide, visibleWidth, type ColourDepth } from '../plot/half-blocks.ts';
import { unstack, zeros, type Tensor } from '../tensor/tensor.ts';

/** What is asked of process.stdout, or of a test in its place. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** False once the reader has gone away. */
  readonly writable?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Bits a colour; NO_COLOR and FORCE_COLOR count. */
  getColorDepth?(): number;
}

/** A picture that took less long than this since the last is left out, in milliseconds. */
const FRAME_TIME = 50;

/** The iterations that are worth a line: 0, 1, 2, 5, 10, 20, 50, 100, 200, … */
const isMilestone = (iteration: number): boolean => iteration === 0 || /^[125]0*$/.test(String(iteration));

/** Three digits and an exponent where a number is small; `–` where it is not a number. */
export function scientific(value: number): string {
  return Number.isFinite(value) ? value.toExponential(2) : '–';
}

/** How the attack stands, on one line. */
function status({ iteration, objective, mse, evaluations }: AttackPoint, iterations: number): string {
  const of = String(iteration).padStart(String(iterations).length);
  const error = Number.isNaN(mse) ? '' : `   MSE ${scientific(mse)}`;
  const numbers = `L_G ${scientific(objective)}${error}   ${evaluations} evaluations`;
  return `iteration ${of}/${iterations}   ${numbers}`;
}

/** Bits a colour that pictures can be drawn in, undefined where they should not be. */
function pictureDepth(screen: Screen): ColourDepth | undefined {
  const depth = screen.isTTY && screen.getColorDepth ? screen.getColorDepth() : 1;
  return depth >= 24 ? 24 : depth >= 8 ? 8 : undefined;
}

export class Display {
  readonly #screen: Screen;
  readonly #truth: Tensor | undefined;
  readonly #iterations: number;
  readonly #depth: ColourDepth | undefined;
  #drawn = 0;
  #last = -Infinity;
  #pending: AttackPoint | undefined;

  /**
   * @param shape of the reconstruction, or of a batch of them.
   * @param iterations the most there will be.
   * @param truth is drawn beside the reconstruction.
   */
  constructor(screen: Screen, shape: readonly number[], iterations: number, truth?: Tensor) {
    this.#screen = screen;
    this.#truth = truth;
    this.#iterations = iterations;
    const depth = pictureDepth(screen);
    const lines = depth ? this.#picture(zeros(shape), depth) : [];
    const fits = lines.length + 1 < (screen.rows ?? 0) && Math.max(...lines.map(visibleWidth)) < (screen.columns ?? 0);
    this.#depth = fits ? depth : undefined;
  }

  /** Shows where the run is: at once where it is time, else with the next point or at `finish`. */
  show(point: AttackPoint): void {
    if (!this.#depth) {
      this.#pending = point;
      if (isMilestone(point.iteration)) this.finish();
      return;
    }
    this.#pending = point;
    if (performance.now() - this.#last >= FRAME_TIME) this.#draw(point, this.#depth);
  }

  /** Shows the last point if it has not been. The next picture is drawn below. */
  finish(): void {
    const point = this.#pending;
    if (point && this.#depth) this.#draw(point, this.#depth);
    else if (point) this.#screen.write(`  ${status(point, this.#iterations)}\n`);
    this.#pending = undefined;
    this.#drawn = 0;
  }

  #draw(point: AttackPoint, depth: ColourDepth): void {
    const width = (this.#screen.columns ?? 80) - 1;
    const line = status(point, this.#iterations).slice(0, width);
    const lines = [...this.#picture(point.image, depth), line];
    this.#screen.write(redraw(this.#drawn) + lines.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
    this.#last = performance.now();
    this.#pending = undefined;
  }

  #picture(image: Tensor, depth: ColourDepth): string[] {
    const images = image.shape.length === 4 ? unstack(image) : [image];
    const titles = images.map((_, i) => (i === 0 ? 'reconstruction' : ''));
    const shown = this.#truth ? sideBySide([this.#truth, ...images], ['original', ...titles], depth)
      : sideBySide(images, titles, depth);
    return shown.map((line) => `  ${line}`);
  }
}

/** A sentence on lines of at most `width` characters, if its words are no longer: the first after `head`. */
export function wrap(head: string, sentence: string, width = 100): string {
  const [first, ...words] = sentence.split(' '), indent = ' '.repeat(head.length);
  let text = head + first, length = text.length;
  for (const word of words) {
    const isFull = length + 1 + word.length > width;
    text += isFull ? `\n${indent}${word}` : ` ${word}`;
    length = isFull ? indent.length + word.length : length + 1 + word.length;
  }
  return `${text}\n`;
}

/** Rows as aligned columns under their heads, the first column to the left and numbers to the right. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ');
  return all.map((row) => `  ${line(row)}\n`).join('');
}
