/**
 * @file Seeded random numbers: xoshiro128** 1.1, its state filled by SplitMix64. The same keys give the same numbers,
 * and different keys give unrelated ones.
 *
 * Sources: D. Blackman and S. Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47 (2021);
 * G. Steele, D. Lea and C. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
 */
import { cosSin, log } from './elementary.ts';

const MASK64 = (1n << 64n) - 1n;

/** SplitMix64's output function at state z: a bijection of 64-bit integers that mixes every bit into every other. */
function mix64(z: bigint): bigint {
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK64;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK64;
  return z ^ (z >> 31n);
}

const rotateLeft = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** The uses of random numbers: a second key after the seed, so that no two uses share a stream. */
export const STREAMS = { weights: 1, start: 2, runs: 3, labels: 4, noise: 5, batches: 6, digits: 28, pictures: 32 };

/** The stream of random numbers that its keys name. */
export class Random {
  /** The four 32-bit words of xoshiro128**. */
  readonly state = new Uint32Array(4);
  #spare = NaN;

  /**
   * @param keys integers that name the stream, a seed first: `new Random(seed, STREAMS.start)`.
   * @throws {RangeError} if a key is not a non-negative safe integer.
   */
  constructor(...keys: number[]) {
    let z = 0n;
    for (const key of keys) {
      if (!Number.isSafeInteger(key) || key < 0) {
        throw new RangeError(`seed: expected an integer from 0 to 2^53 - 1, got ${key}`);
      }
      z = mix64((z + BigInt(key) + 0x9e3779b97f4a7c15n) & MASK64);
    }
    for (let i = 0; i < 4; i += 2) {
      z = (z + 0x9e3779b97f4a7c15n) & MASK64;
      const bits = mix64(z);
      this.state[i] = Number(bits & 0xffffffffn);
      this.state[i + 1] = Number(bits >> 32n);
    }
  }

  /** The next 32 random bits, as an integer in [0, 2³²). */
  bits(): number {
    const s = this.state, s1 = s[1];
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    s[2] ^= s[0];
    s[3] ^= s1;
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= s1 << 9;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }

  /** Uniform in [low, high), from 53 random bits. Rounding may give `high`, but not for [0, 1) or [−½, ½). */
  uniform(low = 0, high = 1): number {
    const unit = ((this.bits() >>> 5) * 0x4000000 + (this.bits() >>> 6)) * 1.1102230246251565e-16;
    return low + (high - low) * unit;
  }

  /** A uniform integer in {0, ..., n − 1}. */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** N(0, 1) by Box and Muller (1958): √(−2 ln u)·(cos 2πv, sin 2πv), of which the sine is kept for the next call. */
  normal(): number {
    const spare = this.#spare;
    this.#spare = NaN;
    if (!Number.isNaN(spare)) return spare;
    const radius = Math.sqrt(-2 * log(1 - this.uniform())), [cos, sin] = cosSin(2 * Math.PI * this.uniform());
    this.#spare = radius * sin;
    return radius * cos;
  }

  /** Fills `out` with U(low, high) and returns it. */
  fillUniform(out: Float64Array, low = 0, high = 1): Float64Array {
    for (let i = 0; i < out.length; i++) out[i] = this.uniform(low, high);
    return out;
  }

  /** Fills `out` with N(0, 1) and returns it. */
  fillNormal(out: Float64Array): Float64Array {
    for (let i = 0; i < out.length; i++) out[i] = this.normal();
    return out;
  }
}
