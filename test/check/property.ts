/**
 * @file Property: a law tried on many random cases, each of which can be repeated alone.
 */
import { Random } from '../../src/tensor/random.ts';

/** Runs `law` on `cases` random cases; a failure says which, so that `law(new Random(seed, i), i)` repeats it. */
export function forAll(name: string, cases: number, law: (random: Random, i: number) => void, seed = 1): void {
  for (let i = 0; i < cases; i++) {
    try {
      law(new Random(seed, i), i);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${name}, case ${i} of ${cases}, new Random(${seed}, ${i}): ${reason}`, { cause: error });
    }
  }
}

/** A uniform integer from low to high, both included. */
export function between(random: Random, low: number, high: number): number {
  return low + random.below(high - low + 1);
}

/** One of the values. */
export function oneOf<T>(random: Random, values: readonly T[]): T {
  return values[random.below(values.length)];
}

/** n numbers from N(0, 1). */
export function normals(random: Random, n: number): Float64Array {
  return random.fillNormal(new Float64Array(n));
}

/** n numbers of random sign and of sizes from ½ to 3/2: a direction with no entry so small that it hides an error. */
export function direction(random: Random, n: number): Float64Array {
  return new Float64Array(n).map(() => (random.below(2) === 0 ? -1 : 1) * random.uniform(0.5, 1.5));
}

/** All parts in one vector. */
export function join(...parts: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
