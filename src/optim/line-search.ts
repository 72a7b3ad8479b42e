/**
 * @file A line search for the strong Wolfe conditions on φ(t) = f(x + t d):
 *
 *   φ(t) ≤ φ(0) + c₁ t φ′(0)      sufficient decrease
 *   |φ′(t)| ≤ c₂ |φ′(0)|          curvature condition
 *
 * `bracket` (Algorithm 3.5) widens the step until an interval must contain such a t; `zoom` (Algorithm 3.6) narrows the
 * interval, with the minima of cubics as trial steps.
 *
 *   book            here                      torch.optim.LBFGS
 *   t, φ(t), φ′(t)  trial.t, .f, .slope       t, f_new, gtd_new
 *   φ(0), φ′(0)     zero.f, zero.slope        f, gtd
 *   c₁, c₂          C1 = 10⁻⁴, C2 = 0.9       c1, c2
 *   α_lo, α_hi      bracket[low], the other   bracket[low_pos], bracket[high_pos]
 *
 * A search ends when   1  a trial satisfies both conditions: that trial is the step
 *                      2  25 trials after the first are done, or
 *                      3  the interval is shorter than 10⁻⁹ in every coordinate of x: the end of it with the lower f
 *
 * Source: Nocedal and Wright (2006), Algorithms 3.5 and 3.6, Eq. (3.59), with the safeguards of torch.optim.LBFGS,
 * whose trial steps these are. One addition: where φ or φ′ is not finite, φ counts as ∞; the interval is halved.
 */
import { normInf } from '../tensor/vector.ts';

const C1 = 1e-4, C2 = 0.9;
const MAX_TRIALS = 25, SHORTEST = 1e-9; // exits 2 and 3

/** A trial step: t, f = φ(t), slope = φ′(t) = ⟨g, d⟩, and g = ∇f(x + t d). */
export type Trial = { t: number; f: number; slope: number; g: Float64Array };

/** The minimiser of the cubic with the values and slopes of a and b, clamped to [low, high]; if none, the middle. */
export function cubicMinimum(a: Trial, b: Trial, low: number, high: number): number {
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const d1 = left.slope + right.slope - (3 * (left.f - right.f)) / (left.t - right.t);
  const d2 = Math.sqrt(d1 * d1 - left.slope * right.slope);
  const t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Number.isNaN(t) ? (low + high) / 2 : Math.min(Math.max(t, low), high);
}

export class StrongWolfe {
  readonly #evaluate: (trial: Trial) => void;
  /** φ(0), and three trials whose buffers are reused. */
  readonly #zero: Trial;
  readonly #pool: Trial[];
  #trials = 0;

  /** @param evaluate fills a trial's f, slope and g from its t; @param n the length of x. */
  constructor(n: number, evaluate: (trial: Trial) => void) {
    const trial = (): Trial => ({ t: 0, f: 0, slope: 0, g: new Float64Array(n) });
    this.#evaluate = (point) => {
      evaluate(point);
      if (!Number.isFinite(point.f) || !Number.isFinite(point.slope)) point.f = Infinity;
    };
    this.#zero = trial();
    this.#pool = [trial(), trial(), trial()];
  }

  /**
   * A step along d, given f, g and slope = ⟨g, d⟩ < 0 at t = 0; the first trial is `t`. Returns the trial of exit 1 or,
   * after exit 2 or 3, the end of the interval with the lower f, which may be t = 0.
   */
  search(t: number, d: Float64Array, f: number, slope: number, g: Float64Array): Trial {
    Object.assign(this.#zero, { f, slope });
    this.#zero.g.set(g);
    this.#trials = 0;
    const [a, b, found] = this.#bracket(t);
    return found ?? this.#zoom(a, b, normInf(d));
  }

  #hasSufficientDecrease = ({ t, f }: Trial): boolean => f <= this.#zero.f + C1 * t * this.#zero.slope;
  #meetsCurvatureCondition = ({ slope }: Trial): boolean => Math.abs(slope) <= -C2 * this.#zero.slope;

  /** Two trials that should have a step that meets both conditions between them, or that step itself as the third. */
  #bracket(t: number): [Trial, Trial, Trial?] {
    let previous = this.#zero, trial = this.#pool[0];
    trial.t = t;
    this.#evaluate(trial);
    while (this.#trials < MAX_TRIALS) {
      // Checked from the third trial on, as in torch; in the book from the second.
      const rises = this.#trials > 1 && trial.f >= previous.f;
      if (!this.#hasSufficientDecrease(trial) || rises) return [previous, trial];
      if (this.#meetsCurvatureCondition(trial)) return [previous, trial, trial];
      if (trial.slope >= 0) return [previous, trial];
      const next = this.#spare(previous, trial);
      next.t = cubicMinimum(previous, trial, trial.t + 0.01 * (trial.t - previous.t), 10 * trial.t);
      previous = trial;
      trial = next;
      this.#evaluate(trial);
      this.#trials++;
    }
    return [this.#zero, trial];
  }

  /** Narrows [a, b] around a step that meets both conditions. */
  #zoom(a: Trial, b: Trial, stepSize: number): Trial {
    const bracket = [a, b];
    let low = a.f <= b.f ? 0 : 1, isStuck = false;
    while (this.#trials < MAX_TRIALS && Math.abs(bracket[1].t - bracket[0].t) * stepSize >= SHORTEST) {
      const left = Math.min(bracket[0].t, bracket[1].t), right = Math.max(bracket[0].t, bracket[1].t);
      let t = cubicMinimum(bracket[0], bracket[1], left, right);
      // A trial at an end of the interval, or near one for the second time in a row: move it a tenth inwards.
      const margin = 0.1 * (right - left);
      if (Math.min(right - t, t - left) >= margin) isStuck = false;
      else if (!isStuck && t < right && t > left) isStuck = true;
      else {
        t = Math.abs(t - right) < Math.abs(t - left) ? right - margin : left + margin;
        isStuck = false;
      }
      const trial = this.#spare(bracket[0], bracket[1]);
      trial.t = t;
      this.#evaluate(trial);
      this.#trials++;
      if (!this.#hasSufficientDecrease(trial) || trial.f >= bracket[low].f) {
        bracket[1 - low] = trial;
        low = bracket[0].f <= bracket[1].f ? 0 : 1;
        continue;
      }
      if (this.#meetsCurvatureCondition(trial)) return trial;
      if (trial.slope * (bracket[1 - low].t - bracket[low].t) >= 0) bracket[1 - low] = bracket[low];
      bracket[low] = trial;
    }
    return bracket[low];
  }

  /** A trial from the pool that is neither a nor b. */
  #spare = (a: Trial, b: Trial): Trial => this.#pool.find((trial) => trial !== a && trial !== b)!;
}
