/**
 * @file The two floating-point formats of 16 bits: decoded from their bits, and rounded to from a float64.
 *
 *   format     bits of sign · exponent · fraction        e                f     largest           smallest
 *   float16    1 · 5 · 10   IEEE 754's binary16          −14 to 15       10     65504             2⁻²⁴
 *   bfloat16   1 · 8 ·  7   the upper half of a float32  −126 to 127      7     about 3.39e38     2⁻¹³³
 *
 * Between 2ᵉ and 2ᵉ⁺¹ the numbers of a format are u = 2ᵉ⁻ᶠ apart; below the smallest e they keep its spacing. From
 * C = 2⁵² u on, float64s are u apart too, so that adding C rounds to a multiple of u, as float64 addition rounds: to
 * the nearest, and from halfway to the even one.
 *
 *   round x = ±((|x| + C) − C)                            beyond the largest number: ±∞, as in IEEE 754
 *
 * This rounds once. Going through float32 would round twice: 1 + 2⁻¹¹ + 2⁻⁴⁰ becomes the float32 1 + 2⁻¹¹, which is
 * halfway between two float16s, and then 1 instead of 1 + 2⁻¹⁰.
 *
 * Source: IEEE Std 754-2019, sections 3.4, 4.3.1 and 7.4.
 */
interface Format {
  /** f, the bits of the fraction. */
  readonly fraction: number;
  /** The smallest and the largest e. */
  readonly minExponent: number;
  readonly maxExponent: number;
  readonly largest: number;
}

const FLOAT16: Format = { fraction: 10, minExponent: -14, maxExponent: 15, largest: 65504 };
const BFLOAT16: Format = { fraction: 7, minExponent: -126, maxExponent: 127, largest: (2 - 2 ** -7) * 2 ** 127 };

const word = new DataView(new ArrayBuffer(8));

/**
 * The float16 with bits s, e and f: (−1)^s · 2^(e−15) · 1.f; with 0.f and e = 1 if e is 0; infinite or NaN if e is 31.
 */
export function float16(bits: number): number {
  const exponent = (bits >> 10) & 31, fraction = bits & 1023;
  const size = exponent === 0 ? fraction * powerOfTwo(-24)
    : exponent < 31 ? (1024 + fraction) * powerOfTwo(exponent - 25)
    : fraction === 0 ? Infinity : NaN;
  return bits >> 15 ? -size : size;
}

/** The bfloat16 with these 16 bits: the float32 that has them as its upper half and zeros as its lower half. */
export function bfloat16(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

/** The float16 nearest to x, from halfway the even one; ±∞ from ±65520 on; NaN for NaN. */
export function roundToFloat16(x: number): number {
  return roundTo(FLOAT16, x);
}

/** The bfloat16 nearest to x, from halfway the even one; ±∞ from ±(2 − 2⁻⁸)·2¹²⁷ on; NaN for NaN. */
export function roundToBfloat16(x: number): number {
  return roundTo(BFLOAT16, x);
}

function roundTo({ fraction, minExponent, maxExponent, largest }: Format, x: number): number {
  const e = Math.min(Math.max(exponentOf(x), minExponent), maxExponent);
  const rounded = nearestMultiple(x, powerOfTwo(e - fraction));
  return Math.abs(rounded) > largest ? Math.sign(x) * Infinity : rounded;
}

/** ⌊log₂ |x|⌋, from the bits of the float64; −1023 for 0 and below 2⁻¹⁰²², 1024 for ±∞ and NaN. */
function exponentOf(x: number): number {
  word.setFloat64(0, x);
  return ((word.getUint32(0) >>> 20) & 2047) - 1023;
}

/** 2ᵉ exactly, for e from −1022 to 1023. */
function powerOfTwo(e: number): number {
  word.setUint32(0, (e + 1023) << 20);
  word.setUint32(4, 0);
  return word.getFloat64(0);
}

/** The multiple of u nearest to x, from halfway the even one, with x's sign; u is a power of 2, and |x| < 2⁵² u. */
export function nearestMultiple(x: number, u: number): number {
  const C = 2 ** 52 * u;
  return Math.sign(x) * (Math.abs(x) + C - C);
}
