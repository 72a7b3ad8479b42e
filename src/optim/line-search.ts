/**
 * @file A line search for the strong Wolfe conditions on φ(t) = f(x + t d):
 *
 *   φ(t) ≤ φ(0) + c₁ t φ′(0)      enough decrease,  c₁ = 10⁻⁴
 *   |φ′(t)| ≤ c₂ |φ′(0)|          flat enough,      c₂ = 0.9
 *
 * `bracket` widens the step until an interval must hold such a t; `zoom` narrows it with the minima of cubics.
 * Source: Nocedal and Wright (2006), Algorithms 3.5 and 3.6, Eq. (3.59), with the safeguards of torch.optim.LBFGS,
 * whose trial steps these are. One addition: a trial where φ is not finite counts as φ = ∞ and the interval is halved.
 */
import { normInf } from '../tensor/vector.ts';

const C1 = 1e-4;
const C2 = 0.9;
/** The most trials after the first. */
const MOST_TRIALS = 25;
/** `zoom` ends where the interval is shorter than this in every coordinate of x. */
const SHORTEST = 1e-9;

/** A trial step: t, φ(t), φ′(t) = ⟨g, d⟩, and g = ∇f(x + t d). */
export interface Trial {
  t: number;
  f: number;
  slope: number;
  g: Float64Array;
}

type Evaluate = (trial: Trial) => void;

/** The minimiser of the cubic with a's and b's values and slopes, kept in [low, high]; the middle if there is none. */
export function cubicMinimum(a: Trial, b: Trial, low: number, high: number): number {
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const d1 = left.slope + right.slope - (3 * (left.f - right.f)) / (left.t - right.t);
  const d2 = Math.sqrt(d1 * d1 - left.slope * right.slope);
  const t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Number.isNaN(t) ? (low + high) / 2 : Math.min(Math.max(t, low), high);
}

export class StrongWolfe {
  readonly #evaluate: Evaluate;
  /** φ(0), and three trials whose buffers are used again and again. */
  readonly #zero: Trial;
  readonly #pool: Trial[];
  #trials = 0;

  /** @param evaluate fills a trial's f, slope and g from its t; @param n the length of x. */
  constructor(n: number, evaluate: Evaluate) {
    const trial = (): Trial => ({ t: 0, f: 0, slope: 0, g: new Float64Array(n) });
    this.#evaluate = (point) => {
      evaluate(point);
      if (!Number.isFinite(point.f) || !Number.isFinite(point.slope)) point.f = Infinity;
    };
    this.#zero = trial();
    this.#pool = [trial(), trial(), trial()];
  }

  /**
   * A step along d from f, g and slope = ⟨g, d⟩ < 0 at t = 0, tried first at `t`. The trial that comes back satisfies
   * both conditions or, where trials or interval ran out, is the lowest point found: t = 0 if none was lower.
   */
  search(t: number, d: Float64Array, f: number, slope: number, g: Float64Array): Trial {
    this.#zero.f = f;
    this.#zero.slope = slope;
    this.#zero.g.set(g);
    this.#trials = 0;
    const [a, b, found] = this.#bracket(t);
    return found ?? this.#zoom(a, b, normInf(d));
  }

  #decreasesEnough(trial: Trial): boolean {
    return trial.f <= this.#zero.f + C1 * trial.t * this.#zero.slope;
  }

  #isFlatEnough(trial: Trial): boolean {
    return Math.abs(trial.slope) <= -C2 * this.#zero.slope;
  }

  /** Two trials between which a good step lies, or the good step itself. */
  #bracket(t: number): [Trial, Trial, Trial?] {
    let previous = this.#zero;
    let trial = this.#pool[0];
    trial.t = t;
    this.#evaluate(trial);
    while (this.#trials < MOST_TRIALS) {
      // From the third trial on, as torch has it; the book says from the second.
      const rises = this.#trials > 1 && trial.f >= previous.f;
      if (!this.#decreasesEnough(trial) || rises) return [previous, trial];
      if (this.#isFlatEnough(trial)) return [previous, trial, trial];
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

  /** Narrows [a, b] around a good step. */
  #zoom(a: Trial, b: Trial, stepSize: number): Trial {
    const bracket = [a, b];
    let low = a.f <= b.f ? 0 : 1;
    let stuck = false;
    while (this.#trials < MOST_TRIALS && Math.abs(bracket[1].t - bracket[0].t) * stepSize >= SHORTEST) {
      const left = Math.min(bracket[0].t, bracket[1].t), right = Math.max(bracket[0].t, bracket[1].t);
      let t = cubicMinimum(bracket[0], bracket[1], left, right);
      // Twice running within a tenth of an end, or at it: step a tenth of the interval inwards.
      const margin = 0.1 * (right - left);
      if (Math.min(right - t, t - left) >= margin) stuck = false;
      else if (!stuck && t < right && t > left) stuck = true;
      else {
        t = Math.abs(t - right) < Math.abs(t - left) ? right - margin : left + margin;
        stuck = false;
      }

      const trial = this.#spare(bracket[0], bracket[1]);
      trial.t = t;
      this.#evaluate(trial);
      this.#trials++;
      if (!this.#decreasesEnough(trial) || trial.f >= bracket[low].f) {
        bracket[1 - low] = trial;
        low = bracket[0].f <= bracket[1].f ? 0 : 1;
        continue;
      }
      if (this.#isFlatEnough(trial)) return trial;
      if (trial.slope * (bracket[1 - low].t - bracket[low].t) >= 0) bracket[1 - low] = bracket[low];
      bracket[low] = trial;
    }
    return bracket[low];
  }

  /** A trial of the pool that is neither a nor b. */
  #spare(a: Trial, b: Trial): Trial {
    return this.#pool.find((trial) => trial !== a && trial !== b)!;
  }
}
