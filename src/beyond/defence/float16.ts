/**
 * @file The floating-point numbers of 16 bits: read from their bits, and rounded to from a float64.
 *
 *   format     bits of sign · exponent · fraction        e                f     largest           least
 *   float16    1 · 5 · 10   IEEE 754's binary16          −14 to 15       10     65504             2⁻²⁴
 *   bfloat16   1 · 8 ·  7   the upper half of a float32  −126 to 127      7     about 3.39e38     2⁻¹³³
 *
 * Between 2ᵉ and 2ᵉ⁺¹ the numbers of a format are u = 2ᵉ⁻ᶠ apart, and below the least e as far as there. From C = 2⁵² u
 * on float64s are u apart too, so that float64's own addition rounds to a multiple of u, to the nearest and of two to
 * the even one:
 *
 *   round x = ±((|x| + C) − C)                            beyond the largest number: ±∞, as IEEE 754 has it
 *
 * That is one rounding. A float32 on the way would be another: 1 + 2⁻¹¹ + 2⁻⁴⁰ becomes the float32 1 + 2⁻¹¹, halfway
 * between two float16s, and then 1 instead of 1 + 2⁻¹⁰.
 * Source: IEEE Std 754-2019, 3.4, 4.3.1 and 7.4.
 */
interface Format {
  /** f, the bits of the fraction. */
  readonly fraction: number;
  /** The least and the most e. */
  readonly least: number;
  readonly most: number;
  readonly largest: number;
}

const FLOAT16: Format = { fraction: 10, least: -14, most: 15, largest: (2 - 2 ** -10) * 2 ** 15 };
const BFLOAT16: Format = { fraction: 7, least: -126, most: 127, largest: (2 - 2 ** -7) * 2 ** 127 };

const word = new DataView(new ArrayBuffer(8));

/**
 * The float16 of bits s, e and f: (−1)^s · 2^(e−15) · 1.f; without the 1 and with e = 1 where e is 0; infinite or NaN
 * where e is 31.
 */
export function float16(bits: number): number {
  const exponent = (bits >> 10) & 31, fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24
    : exponent < 31 ? (1024 + fraction) * 2 ** (exponent - 25)
    : fraction === 0 ? Infinity : NaN;
  return bits >> 15 ? -size : size;
}

/** The bfloat16 of 16 bits: the float32 whose upper half they are and whose lower half is 0. */
export function bfloat16(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

/** The float16 nearest to x, of two the even one; ±∞ from ±65520 on; NaN for NaN. */
export function roundToFloat16(x: number): number {
  return roundTo(FLOAT16, x);
}

/** The bfloat16 nearest to x, of two the even one; ±∞ from ±(2 − 2⁻⁸)·2¹²⁷ on; NaN for NaN. */
export function roundToBfloat16(x: number): number {
  return roundTo(BFLOAT16, x);
}

function roundTo({ fraction, least, most, largest }: Format, x: number): number {
  const e = Math.min(Math.max(exponentOf(x), least), most);
  const rounded = nearestMultiple(x, 2 ** (e - fraction));
  return Math.abs(rounded) > largest ? Math.sign(x) * Infinity : rounded;
}

/** ⌊log₂ |x|⌋, of the float64's own bits; −1023 for 0 and for numbers below 2⁻¹⁰²², 1024 for ±∞ and NaN. */
function exponentOf(x: number): number {
  word.setFloat64(0, x);
  return ((word.getUint32(0) >>> 20) & 2047) - 1023;
}

/** The multiple of u, a power of 2, nearest to x, of two the even one, with x's sign, 0 too; for |x| < 2⁵² u. */
export function nearestMultiple(x: number, u: number): number {
  const C = 2 ** 52 * u;
  return Math.sign(x) * (Math.abs(x) + C - C);
}
