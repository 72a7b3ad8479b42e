/** @file What the answers to chapter 4's exercises must satisfy. */
import { History } from '../../src/optim/history.ts';
import type { Random } from '../../src/tensor/random.ts';
import { dot } from '../../src/tensor/vector.ts';
import { checkClose } from '../../test/check/close.ts';
import { between, forAll, join, normals } from '../../test/check/property.ts';
import { FAMILIES, type Curve } from '../../test/optim/curves.ts';
import type * as Exercises from '../exercises/04-lbfgs.ts';
import type { Pair } from '../exercises/04-lbfgs.ts';
import type { Checks } from './judge.ts';

/** Random pairs with ⟨y, s⟩ > 0, the oldest first, and the project's H q for them. */
function randomPairs(random: Random): { pairs: Pair[]; n: number; multiply: (q: Float64Array) => Float64Array } {
  const n = between(random, 2, 8), count = between(random, 1, 4), history = new History(n, count);
  const pairs = Array.from({ length: count }, () => {
    const s = normals(random, n), u = normals(random, n), sign = Math.sign(dot(s, u));
    const y = u.map((v, i) => sign * v + s[i]); // never nearly across s, where H is huge
    history.push(1, s, y, new Float64Array(n));
    return { s, y };
  });
  const multiply = (q: Float64Array): Float64Array => {
    const r = q.slice();
    history.multiply(r);
    return r;
  };
  return { pairs, n, multiply };
}

/** Curves to search along: −t e^(−kt) is nearly flat where φ has hardly fallen, far from its minimum at 1/k. */
const CURVES: Readonly<Record<string, (random: Random) => Curve>> = {
  quadratic: FAMILIES.quadratic,
  quartic: FAMILIES.quartic,
  cosines: FAMILIES.cosines,
  faraway: FAMILIES.faraway,
  tail(random) {
    const k = random.uniform(15, 30);
    return (t) => [-t * Math.exp(-k * t), (k * t - 1) * Math.exp(-k * t)];
  },
};

/** The same curve, for a search that may not end. */
function limited(curve: Curve): Curve {
  let steps = 0;
  return (t) => {
    if (++steps > 10_000) throw new Error('φ was asked for 10,000 steps: does your loop end?');
    return curve(t);
  };
}

export const checks: Checks<typeof Exercises> = {
  bfgsUpdate(answer) {
    forAll('H', 100, (random) => {
      const { pairs, n, multiply } = randomPairs(random), { s, y } = pairs.at(-1)!;
      const gamma = dot(s, y) / dot(y, y);
      let H: Float64Array[] = Array.from({ length: n }, (_, i) => new Float64Array(n).fill(gamma, i, i + 1));
      for (const { s, y } of pairs) H = answer(H, s, y);
      const q = normals(random, n), Hy = Float64Array.from(H, (row) => dot(row, y));
      checkClose('H y = s', Hy, s, 1e-9);
      checkClose('H q', Float64Array.from(H, (row) => dot(row, q)), multiply(q), 1e-9);
      const transposed = H.map((_, j) => Float64Array.from(H, (row) => row[j]));
      checkClose('H is symmetric', join(...H), join(...transposed), 1e-12);
    });
  },

  twoLoops(answer) {
    forAll('H q', 200, (random) => {
      const { pairs, n, multiply } = randomPairs(random), q = normals(random, n);
      checkClose('H q', answer(pairs, q.slice()), multiply(q), 1e-9);
    });
  },

  lineSearch(answer) {
    for (const [name, family] of Object.entries(CURVES)) {
      forAll(name, 200, (random) => {
        const curve = family(random), t = answer(limited(curve));
        const [f0, slope0] = curve(0), [f, slope] = curve(t);
        const most = f0 + 1e-4 * t * slope0;
        if (!(t > 0)) throw new Error(`got t = ${t}, expected it above 0`);
        if (!(f <= most)) throw new Error(`t = ${t}: got φ = ${f}, expected at most ${most}`);
        const steepest = 0.9 * Math.abs(slope0);
        if (!(Math.abs(slope) <= steepest)) {
          throw new Error(`t = ${t}: got φ′ = ${slope}, expected at most ${steepest} either way`);
        }
      });
    }
  },
};
