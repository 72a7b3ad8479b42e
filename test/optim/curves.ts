/**
 * @file Curves φ(t) to search along, and one search of a curve from t = 0.
 */
import * as assert from 'uvu/assert';
import { StrongWolfe } from '../../src/optim/line-search.ts';
import type { Random } from '../../src/tensor/random.ts';
import { between, oneOf } from '../check/property.ts';

/** [φ(t), φ′(t)] */
export type Curve = (t: number) => [number, number];

export interface Outcome {
  readonly t: number;
  readonly f: number;
  readonly slope: number;
  /** Every step that was tried, in order. */
  readonly trials: readonly number[];
}

/** One search from t = 0 along a direction of length d, the first trial at `first`. */
export function search(curve: Curve, first: number, d = 1): Outcome {
  const trials: number[] = [];
  const [f0, slope0] = curve(0);
  const wolfe = new StrongWolfe(1, (trial) => {
    trials.push(trial.t);
    [trial.f, trial.slope] = curve(trial.t);
    trial.g[0] = trial.slope / d;
  });
  const { t, f, slope, g } = wolfe.search(first, Float64Array.of(d), f0, slope0, Float64Array.of(slope0 / d));
  assert.is(g[0], slope / d, 'g is the gradient at the step');
  return { t, f, slope, trials };
}

/** Families of curves with φ′(0) < 0. Those bounded below have a step that meets both conditions. */
export const FAMILIES: Record<string, (random: Random) => Curve> = {
  quadratic(random) {
    const q = 10 ** random.uniform(-4, 4), m = 10 ** random.uniform(-3, 3);
    return (t) => [(q / 2) * (t - m) ** 2, q * (t - m)];
  },
  /** φ′ = k (t − a)(t − b)(t − c): two wells, or one where a and b are complex. */
  quartic(random) {
    const [a, b, c] = Array.from({ length: 3 }, () => 10 ** random.uniform(-1, 1)).sort((p, q) => p - q);
    const k = 10 ** random.uniform(-2, 2), e1 = a + b + c, e2 = a * b + b * c + a * c, e3 = a * b * c;
    return (t) => [k * (t ** 4 / 4 - (e1 * t ** 3) / 3 + (e2 * t * t) / 2 - e3 * t), k * (t - a) * (t - b) * (t - c)];
  },
  cosines(random) {
    const waves = Array.from({ length: between(random, 1, 5) }, () => ({
      a: random.normal(), w: random.uniform(0.1, 6), p: random.uniform(0, 7), q: random.uniform(0, 0.2),
    }));
    const raw: Curve = (t) => [
      waves.reduce((sum, { a, w, p, q }) => sum + a * Math.cos(w * t + p) + q * t * t, 0),
      waves.reduce((sum, { a, w, p, q }) => sum - a * w * Math.sin(w * t + p) + 2 * q * t, 0),
    ];
    return downhill(raw);
  },
  /** A well far to the right of a gentle slope: the interval must widen many times. */
  faraway(random) {
    const m = 10 ** random.uniform(2, 6), q = 10 ** random.uniform(-3, 3);
    return (t) => [q * (Math.hypot(1, t - m) - 1), (q * (t - m)) / Math.hypot(1, t - m)];
  },
  /** −log, infinite at its wall and NaN beyond it. */
  barrier(random) {
    const wall = 10 ** random.uniform(-3, 2), k = random.uniform(1.1, 20) / wall;
    return (t) => [-Math.log(wall - t) - k * t, 1 / (wall - t) - k];
  },
};

/** Curves that are not bounded below, or end: where there may be no step that meets both conditions. */
export const ROUGH: Record<string, (random: Random) => Curve> = {
  /** One of the above, up to a cliff behind which nothing is finite. */
  cliff(random) {
    const curve = FAMILIES[oneOf(random, Object.keys(FAMILIES))](random);
    const cliff = 10 ** random.uniform(-3, 1);
    const beyond = oneOf<[number, number]>(random, [
      [Infinity, Infinity], [Infinity, -1], [-Infinity, -1], [-Infinity, NaN], [NaN, NaN],
      [-1e9, NaN], [-1e9, -Infinity],
    ]);
    return (t) => (t > cliff ? beyond : curve(t));
  },
  overflow(random) {
    const k = random.uniform(1, 20);
    return (t) => [Math.exp(Math.exp(k * t)) - 100 * t, k * Math.exp(k * t) * Math.exp(Math.exp(k * t)) - 100];
  },
  /** Falls for ever, ever more steeply. */
  bottomless(random) {
    const k = random.uniform(0.1, 3);
    return (t) => [-t - k * t * t, -1 - 2 * k * t];
  },
  /** Lower nowhere: the slope is a lie, as that of a function at the end of its precision. */
  liar(random) {
    const k = random.uniform(0.1, 3);
    return (t) => [k * t, t === 0 ? -k : k];
  },
  /** Lower, but never by as much as the slope at 0 promises. */
  boaster(random) {
    const m = 10 ** random.uniform(-2, 1);
    return (t) => [1e-5 * (t * t - m * t), t === 0 ? -1 - m : 1e-5 * (2 * t - m)];
  },
};

/** The curve or its mirror image, whichever falls at 0. */
function downhill(curve: Curve): Curve {
  if (curve(0)[1] < 0) return curve;
  return (t) => {
    const [f, slope] = curve(-t);
    return [f, -slope];
  };
}
