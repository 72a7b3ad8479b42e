/**
 * @file exp, log, sin, cos and tanh by + − × ÷ alone, which IEEE 754 rounds in the same way on every machine, so that
 * the same seed gives the same run, to the last bit, everywhere. (Engines differ in the last bit of their Math.exp.)
 * On first reading take them for Math.exp, Math.log, Math.sin, Math.cos and Math.tanh, and go on to the next file.
 *
 *   exp        x = k ln 2 + r, |r| ≤ ½ ln 2;   eˣ = 2ᵏ (1 + r + r c / (2 − c)),  c = r − r² P(r²)
 *   log        x = 2ᵏ (1 + f), √½ ≤ 1 + f < √2;   ln(1 + f) = f − s (f − R(s²)),  s = f / (2 + f)
 *   sin, cos   x = n π/2 + r, |r| ≤ π/4, and the series of n's quadrant; 1 − r²/2 in two parts, so that less is lost
 *   tanh       −m / (m + 2) with m = e^(−2|x|) − 1, and the sign of x
 *
 * Source: FDLIBM 5.3 (Sun Microsystems, 1993), e_exp.c, e_log.c, e_rem_pio2.c, k_sin.c, k_cos.c: the polynomials and
 * the order of the operations. The error is below one unit in the last place, for tanh below three. For tanh near 0,
 * e^u − 1 = (e^u − 1) u / ln(e^u), in which the error of e^u cancels (W. Kahan).
 */

/** ln 2 = HIGH + LOW: the product of HIGH and an exponent is exact. */
const LN2_HIGH = 6.9314718036912381649e-1, LN2_LOW = 1.90821492927058770002e-10;
/** The largest x whose eˣ is finite, and the least whose eˣ is not 0. */
const OVERFLOW = 7.09782712893383973096e2, UNDERFLOW = -7.45133219101941108420e2;

/** 2ᵏ, k from −1022 to 1023, at k + 1022. */
const POWERS = new Float64Array(2046);
for (let k = 0, power = 2.2250738585072014e-308; k < POWERS.length; k++, power *= 2) POWERS[k] = power;

/** eˣ */
export function exp(x: number): number {
  if (!(x <= OVERFLOW)) return x > OVERFLOW ? Infinity : NaN;
  if (x < UNDERFLOW) return 0;
  if (x === 1) return Math.E; // the formula is one unit off there
  if (Math.abs(x) < 3.725290298461914e-9) return 1 + x;
  const k = Math.abs(x) < HALF_LN2 ? 0 : Math.trunc(1.442695040888963387 * x + (x < 0 ? -0.5 : 0.5));
  const high = x - k * LN2_HIGH, low = k * LN2_LOW, r = high - low, t = r * r;
  const c = r - t * (1.66666666666666019037e-1 + t * (-2.77777777770155933842e-3 + t * (6.61375632143793436117e-5 +
    t * (-1.6533902205465251539e-6 + t * 4.13813679705723846039e-8))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  if (k < -1021) return y * POWERS[k + 1000 + 1022] * POWERS[22];
  return k === 1024 ? y * 2 * POWERS[2045] : y * POWERS[k + 1022];
}
/** From here on k is not 0: the double above ½ ln 2 whose lower 32 bits are 0. */
const HALF_LN2 = 0.3465735912322998;

const bits = new DataView(new ArrayBuffer(8));

/** Sign, exponent and the first 20 bits of the fraction. */
function upperWord(x: number): number {
  bits.setFloat64(0, x);
  return bits.getUint32(0);
}

/** The number with that upper word whose other bits are 0. */
function fromUpperWord(word: number): number {
  bits.setUint32(0, word);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** ln x */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x > 0 ? x : NaN;
  const isSubnormal = x < POWERS[0];
  bits.setFloat64(0, isSubnormal ? x * POWERS[54 + 1022] : x);
  const word = bits.getUint32(0), mantissa = word & 0xfffff, isUpper = mantissa + 0x95f64 >= 0x100000;
  const k = (word >>> 20) - 1023 - (isSubnormal ? 54 : 0) + Number(isUpper);
  bits.setUint32(0, mantissa | (isUpper ? 0x3fe00000 : 0x3ff00000));
  const f = bits.getFloat64(0) - 1;
  if (((mantissa + 2) & 0xfffff) < 3) {
    const R = f * f * (0.5 - 0.33333333333333333 * f); // |f| < 2⁻²⁰
    return k * LN2_HIGH - (R - k * LN2_LOW - f);
  }
  const s = f / (2 + f), z = s * s, w = z * z;
  const R = z * (6.66666666666673513e-1 + w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 +
    w * 1.479819860511658591e-1))) + w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 +
    w * 1.531383769920937332e-1));
  if (((mantissa - 0x6147a) | (0x6b851 - mantissa)) > 0) {
    const half = 0.5 * f * f; // f is so far from 0 that f − f²/2 goes first
    return k * LN2_HIGH - (half - (s * (half + R) + k * LN2_LOW) - f);
  }
  return k * LN2_HIGH - (s * (f - R) - k * LN2_LOW - f);
}

/** π/2 = HIGH + LOW, LOW = MIDDLE + LEAST: multiples of HIGH and of MIDDLE, of 33 bits each, are exact. */
const QUARTER_HIGH = 1.57079632673412561417, QUARTER_LOW = 6.07710050650619224932e-11;
const QUARTER_MIDDLE = 6.07710050630396597660e-11, QUARTER_LEAST = 2.02226624879595063154e-21;

/** [cos x, sin x] for an angle in [0, 2π]. */
export function cosSin(x: number): readonly [number, number] {
  const upper = upperWord(x);
  const n = upper <= 0x3fe921fb ? 0 : upper < 0x4002d97c ? 1 : Math.floor((2 / Math.PI) * x + 0.5);
  let near = x - n * QUARTER_HIGH, low = n * QUARTER_LOW;
  if (n > 0 && upper === upperWord((n * Math.PI) / 2)) {
    const far = near, middle = n * QUARTER_MIDDLE; // so near to n π/2 that LOW has too few digits
    near = far - middle;
    low = n * QUARTER_LEAST - (far - near - middle);
  }
  const r = near - low, rest = near - r - low, z = r * r, size = upperWord(Math.abs(r));
  const odd = 8.33333333332248946124e-3 + z * (-1.98412698298579493134e-4 + z * (2.75573137070700676789e-6 +
    z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10)));
  const first = -1.66666666666666324348e-1, cube = z * r;
  const sine = size < 0x3e400000 ? r
    : n === 0 ? r + cube * (first + z * odd)
    : r - (z * (0.5 * rest - cube * odd) - rest - cube * first);
  const even = z * (4.16666666666666019037e-2 + z * (-1.38888888888741095749e-3 + z * (2.48015872894767294178e-5 +
    z * (-2.75573143513906633035e-7 + z * (2.0875723212981748279e-9 + z * -1.13596475577881948265e-11)))));
  const part = size < 0x3fd33333 ? 0 : size > 0x3fe90000 ? 0.28125 : fromUpperWord(size - 0x200000); // about |r|/4
  const cosine = 1 - part - (0.5 * z - part - (z * even - r * rest));
  if (n % 4 === 0) return [cosine, sine];
  return n === 1 ? [-sine, cosine] : n === 2 ? [-cosine, -sine] : [sine, -cosine];
}

/** (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) */
export function tanh(x: number): number {
  const u = -2 * Math.abs(x), e = exp(u);
  const m = e === 1 ? u : e < 0.5 ? e - 1 : ((e - 1) * u) / log(e);
  return x < 0 ? m / (m + 2) : -m / (m + 2);
}
