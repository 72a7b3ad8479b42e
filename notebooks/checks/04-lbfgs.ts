/** @file What the answers to the exercises of chapter 4 must satisfy. */
import { History } from '../../src/optim/history.ts';
import type { Random } from '../../src/tensor/random.ts';
import { dot } from '../../src/tensor/vector.ts';
import { between, forAll, join, normals } from '../../test/check/property.ts';
import { FAMILIES, type Curve } from '../../test/optim/curves.ts';
import type * as Exercises from '../exercises/04-lbfgs.ts';
import type { Pair } from '../exercises/04-lbfgs.ts';
import type { Checks } from './judge.ts';
import { expectVector, inWords, withInput } from './message.ts';

/** Random pairs with ⟨y, s⟩ > 0, the oldest first, and the project's H q for them. */
function randomPairs(random: Random): { pairs: Pair[]; n: number; multiply: (q: Float64Array) => Float64Array } {
  const n = between(random, 2, 8), count = between(random, 1, 4), history = new History(n, count);
  const pairs = Array.from({ length: count }, () => {
    const s = normals(random, n), u = normals(random, n), sign = Math.sign(dot(s, u));
    const y = u.map((v, i) => sign * v + s[i]); // never nearly orthogonal to s, where H would be huge
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

/** Curves to search along. −η e^(−kη) is nearly flat far beyond its minimum at 1/k, where φ has hardly fallen. */
const CURVES: Readonly<Record<string, (random: Random) => Curve>> = {
  quadratic: FAMILIES.quadratic,
  quartic: FAMILIES.quartic,
  cosines: FAMILIES.cosines,
  faraway: FAMILIES.faraway,
  tail(random) {
    const k = random.uniform(15, 30);
    return (eta) => [-eta * Math.exp(-k * eta), (k * eta - 1) * Math.exp(-k * eta)];
  },
};

/** The same curve; it throws an error if a search does not end. */
function limited(curve: Curve): Curve {
  let steps = 0;
  return (eta) => {
    if (++steps > 10_000) throw new Error('φ was called 10,000 times: does your loop end?');
    return curve(eta);
  };
}

export const checks: Checks<typeof Exercises> = {
  hessianUpdate(answer) {
    forAll('B', 100, (random) => {
      const { pairs, n, multiply } = randomPairs(random), newest = pairs.at(-1)!;
      const gamma = dot(newest.s, newest.y) / dot(newest.y, newest.y);
      let B: Float64Array[] = Array.from({ length: n }, (_, i) => new Float64Array(n).fill(1 / gamma, i, i + 1));
      for (const { s, y } of pairs) {
        withInput({ B, s, y }, () => {
          const next = answer(B.map((row) => row.slice()), s.slice(), y.slice());
          expectVector('the new matrix times s', Float64Array.from(next, (row) => dot(row, s)), y, 1e-9);
          const transposed = next.map((_, j) => Float64Array.from(next, (row) => row[j]));
          expectVector('the new matrix, which must equal its transpose', join(...next), join(...transposed), 1e-12);
          B = next;
        });
      }
      const q = normals(random, n);
      withInput({ pairs, 'the first B': `I / ${inWords(gamma)}`, q }, () =>
        expectVector('B H q', Float64Array.from(B, (row) => dot(row, multiply(q))), q, 1e-8));
    });
  },

  twoLoops(answer) {
    forAll('H q', 200, (random) => {
      const { pairs, n, multiply } = randomPairs(random), q = normals(random, n);
      withInput({ pairs, q }, () => expectVector('H q', answer(pairs, q.slice()), multiply(q), 1e-9));
    });
  },

  lineSearch(answer) {
    for (const [name, family] of Object.entries(CURVES)) {
      forAll(name, 200, (random) => {
        const curve = family(random), [f0, slope0] = curve(0);
        withInput({ 'φ(0)': f0, 'φ′(0)': slope0, 'φ(1)': curve(1)[0], 'φ′(1)': curve(1)[1] }, () => {
          const eta = answer(limited(curve));
          if (!(eta > 0)) throw new Error(`η: got ${eta}, expected a number above 0`);
          const [f, slope] = curve(eta), most = f0 + 1e-4 * eta * slope0, steepest = 0.9 * Math.abs(slope0);
          if (!(f <= most)) throw new Error(`η = ${eta}: got φ = ${f}, expected at most ${most}`);
          if (!(Math.abs(slope) <= steepest)) {
            throw new Error(`η = ${eta}: got |φ′| = ${Math.abs(slope)}, expected at most ${steepest}`);
          }
        });
      });
    }
  },
};
