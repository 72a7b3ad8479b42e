/**
 * @file What a person sees while an attack runs: a picture that is redrawn in place on a colour terminal, plain lines
 * elsewhere.
 */
import type { AttackPoint } from '../attack/reconstruct.ts';
import { redraw, sideBySide, visibleWidth, type ColourDepth } from '../plot/half-blocks.ts';
import { unstack, zeros, type Tensor } from '../tensor/tensor.ts';
import { amount } from './text.ts';

/** What a command needs of process.stdout, or of a test in its place. */
export interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** False once the reader has gone away. */
  readonly writable?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Bits per colour; NO_COLOR and FORCE_COLOR are respected. */
  getColorDepth?(): number;
}

/** The shortest time between two pictures, in milliseconds; any that come sooner are left out. */
const FRAME_TIME = 50;

/** The iterations that get a line of their own: 0, 1, 2, 5, 10, 20, 50, 100, 200, … */
const isMilestone = (iteration: number): boolean => iteration === 0 || /^[125]0*$/.test(String(iteration));

/** Three digits and an exponent; `–` if the value is not finite. */
export function scientific(value: number): string {
  return Number.isFinite(value) ? value.toExponential(2) : '–';
}

/** Where the attack is, on one line. */
function status(
  { iteration, objective, mse, evaluations }: AttackPoint, iterations: number | undefined, minimised: string,
): string {
  const error = Number.isNaN(mse) ? '' : `   MSE ${scientific(mse)}`;
  const numbers = `${minimised} ${scientific(objective)}${error}   ${amount(evaluations, 'evaluation')}`;
  if (iterations === undefined) return numbers;
  return `iteration ${String(iteration).padStart(String(iterations).length)}/${iterations}   ${numbers}`;
}

/** The bits per colour that pictures can be drawn in; undefined if no pictures should be drawn. */
function pictureDepth(screen: Screen): ColourDepth | undefined {
  const depth = screen.isTTY && screen.getColorDepth ? screen.getColorDepth() : 1;
  return depth >= 24 ? 24 : depth >= 8 ? 8 : undefined;
}

export class Display {
  readonly #screen: Screen;
  readonly #truth: Tensor | undefined;
  readonly #iterations: number | undefined;
  readonly #minimised: string;
  readonly #depth: ColourDepth | undefined;
  #drawn = 0;
  #last = -Infinity;
  #pending: AttackPoint | undefined;

  /**
   * @param shape of the reconstructions, [batch, channels, height, width].
   * @param iterations the largest number of them; undefined if the attack makes none.
   * @param truth is drawn beside the reconstruction.
   * @param minimised the name of what the attack minimises.
   */
  constructor(
    screen: Screen, shape: readonly number[], iterations: number | undefined, truth?: Tensor, minimised = 'L_G',
  ) {
    this.#screen = screen;
    this.#minimised = minimised;
    this.#truth = truth;
    this.#iterations = iterations;
    const depth = pictureDepth(screen);
    const lines = depth ? this.#picture(zeros(shape), depth) : [];
    const fits = lines.length + 1 < (screen.rows ?? 0) && Math.max(...lines.map(visibleWidth)) < (screen.columns ?? 0);
    this.#depth = fits ? depth : undefined;
  }

  /** Shows where the run is: at once if it is time, otherwise with the next point or at `finish`. */
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
    else if (point) this.#screen.write(`  ${status(point, this.#iterations, this.#minimised)}\n`);
    this.#pending = undefined;
    this.#drawn = 0;
  }

  #draw(point: AttackPoint, depth: ColourDepth): void {
    const width = (this.#screen.columns ?? 80) - 1;
    const line = status(point, this.#iterations, this.#minimised).slice(0, width);
    const lines = [...this.#picture(point.images, depth), line];
    this.#screen.write(redraw(this.#drawn) + lines.map((line) => `${line}\n`).join(''));
    this.#drawn = lines.length;
    this.#last = performance.now();
    this.#pending = undefined;
  }

  #picture(batch: Tensor, depth: ColourDepth): string[] {
    const images = unstack(batch);
    const titles = images.map((_, i) => (i === 0 ? 'reconstruction' : ''));
    const shown = this.#truth ? sideBySide([this.#truth, ...images], ['original', ...titles], depth)
      : sideBySide(images, titles, depth);
    return shown.map((line) => `  ${line}`);
  }
}
