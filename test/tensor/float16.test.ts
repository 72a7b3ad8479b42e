/**
 * @file The numbers of 16 bits, against an exact reference that rounds without arithmetic: all numbers of a format in a
 * row, and between each two the middle, itself a float64. A number goes to the side of the middle that it is on, and
 * from the middle itself to the number whose bits are even. What comes after the largest number has the bits of ∞.
 *
 * The million numbers of float16's test, and all middles with their neighbours, were given to NumPy 1.24 too, once by
 * hand: `x.astype(numpy.float16)` had the same bits for all 1,095,232. PyTorch's bfloat16 is no reference: it goes
 * by way of a float32.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { bfloat16, float16, nearestMultiple, roundToBfloat16, roundToFloat16 } from '../../src/tensor/float16.ts';
import { Random } from '../../src/tensor/random.ts';

/** A format: bits → number, number → number, how many finite numbers ≥ 0 there are, and what would come after them. */
const FORMATS = [
  { name: 'float16', read: float16, round: roundToFloat16, finite: 0x7c00, next: 2 ** 16, exponents: [-27, 17] },
  { name: 'bfloat16', read: bfloat16, round: roundToBfloat16, finite: 0x7f80, next: 2 ** 128, exponents: [-136, 130] },
] as const;

type Format = (typeof FORMATS)[number];

/** middles[i] is halfway between the numbers of bits i and i + 1. */
function middlesOf({ read, finite, next }: Format): Float64Array {
  return new Float64Array(finite).map((_, i) => (read(i) + (i + 1 < finite ? read(i + 1) : next)) / 2);
}

/** x rounded by looking it up. */
function lookUp({ read }: Format, middles: Float64Array, x: number): number {
  const size = Math.abs(x);
  let low = 0, high = middles.length; // the first middle ≥ |x|, if there is one, is in [low, high]
  while (low < high) {
    const i = (low + high) >> 1;
    if (middles[i] < size) low = i + 1;
    else high = i;
  }
  const bits = middles[low] === size && low % 2 === 1 ? low + 1 : low;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  return read(sign | bits);
}

const bytes = new DataView(new ArrayBuffer(8));

/** The float64 so many places after x. */
function neighbour(x: number, places: number): number {
  bytes.setFloat64(0, x);
  bytes.setBigInt64(0, bytes.getBigInt64(0) + BigInt(places));
  return bytes.getFloat64(0);
}

/** A float64 of random sign and fraction, its exponent in reach of the format and a little beyond. */
function anyNumber(random: Random, [low, high]: readonly [number, number]): number {
  const exponent = low + random.below(high - low + 1) + 1023;
  bytes.setUint32(0, (random.below(2) * 2048 + exponent) * 2 ** 20 + random.below(2 ** 20));
  bytes.setUint32(4, random.bits());
  return bytes.getFloat64(0);
}

/** Counts what differs, −0 from 0 too; an assertion a number would take a minute. */
/** Random numbers; CASES=1000000 in the environment makes a long run of it. */
const CASES = Number(process.env.CASES ?? 200_000);

class Differences {
  readonly #what: string;
  #first: string | undefined;
  #count = 0;

  constructor(what: string) {
    this.#what = what;
  }

  add(x: number, got: number, expected: number): void {
    if (Object.is(got, expected)) return;
    this.#count++;
    this.#first ??= `${x}: got ${got}, expected ${expected}`;
  }

  expectNone(): void {
    assert.is(this.#count, 0, `${this.#what}: ${this.#count} differ, the first ${this.#first}`);
  }
}

for (const format of FORMATS) {
  const { name, read, round, finite, next, exponents } = format, middles = middlesOf(format);

  test(`${name}: all 65,536 patterns of bits are fixed points, both zeros, infinities and NaNs too`, () => {
    const differences = new Differences(name);
    for (let bits = 0; bits < 65536; bits++) differences.add(bits, round(read(bits)), read(bits));
    differences.expectNone();
    for (let bits = 1; bits < finite; bits++) assert.ok(read(bits) > read(bits - 1));
    assert.is(read(finite), Infinity);
    assert.ok(Number.isNaN(read(finite + 1)));
  });

  test(`${name}: from every middle to the even number, from the float64s beside it to the nearer one`, () => {
    const differences = new Differences(name);
    for (let i = 0; i < finite; i++) {
      const middle = middles[i], below = read(i), above = read(i + 1), even = i % 2 === 0 ? below : above;
      for (const sign of [1, -1]) {
        differences.add(sign * middle, round(sign * middle), sign * even);
        for (const places of [1, 2, 1 << 20]) {
          differences.add(sign * middle, round(sign * neighbour(middle, -places)), sign * below);
          differences.add(sign * middle, round(sign * neighbour(middle, places)), sign * above);
        }
      }
    }
    differences.expectNone();
  });

  test(`${name}: float64s of any kind, of them a quarter near a middle`, () => {
    const differences = new Differences(name), random = new Random(16);
    for (let n = 0; n < CASES; n++) {
      let x = anyNumber(random, exponents);
      // What a float32 on the way, or the float64's last bits left out, would make a middle of.
      if (n % 4 === 0) x = neighbour(middles[random.below(finite)], random.below(2 ** 30) - 2 ** 29);
      differences.add(x, round(x), lookUp(format, middles, x));
    }
    differences.expectNone();
  });

  test(`${name}: by way of a float32 the same numbers come out wrong, and the reference sees it`, () => {
    let wrong = 0;
    for (const middle of middles) {
      const x = neighbour(middle, 1);
      if (!Object.is(round(Math.fround(x)), lookUp(format, middles, x))) wrong++;
    }
    assert.ok(wrong > 0.4 * finite, `${wrong} of ${finite}`);
  });

  test(`${name}: beyond the largest number ±∞ from the middle on, below the least ±0 up to the middle`, () => {
    const largest = read(finite - 1), least = read(1);
    assert.is(round((largest + next) / 2), Infinity);
    assert.is(round(neighbour((largest + next) / 2, -1)), largest);
    assert.is(round(-(largest + next) / 2), -Infinity);
    for (const x of [next, 1e300, Number.MAX_VALUE, Infinity]) {
      assert.is(round(x), Infinity);
      assert.is(round(-x), -Infinity);
    }
    for (const x of [0, Number.MIN_VALUE, 1e-300, least / 2]) {
      assert.ok(Object.is(round(x), 0), `${x}`);
      assert.ok(Object.is(round(-x), -0), `${-x}`);
    }
    assert.is(round(neighbour(least / 2, 1)), least);
    assert.ok(Number.isNaN(round(NaN)));
  });
}

test('the example of the header, and numbers worked by hand', () => {
  const x = 1 + 2 ** -11 + 2 ** -40;
  assert.is(roundToFloat16(x), 1 + 2 ** -10);
  assert.is(roundToFloat16(Math.fround(x)), 1);
  assert.equal([0.1, 1 / 3, Math.PI, 65519, 65520].map(roundToFloat16), [
    0.0999755859375, 0.333251953125, 3.140625, 65504, Infinity,
  ]);
  assert.equal([0.1, 1 / 3, Math.PI, 3.4e38].map(roundToBfloat16), [0.10009765625, 0.333984375, 3.140625, Infinity]);
});

test('the nearest multiple: of two the even one, the sign kept', () => {
  assert.equal([0.5, 1.5, 2.5, -0.5, -1.5, 126.5, 0.7].map((x) => nearestMultiple(x, 1)), [0, 2, 2, -0, -2, 126, 1]);
  assert.ok(Object.is(nearestMultiple(-0.5, 1), -0));
  assert.is(nearestMultiple(0.3, 0.25), 0.25);
  assert.is(nearestMultiple(2 ** 52 - 0.5, 1), 2 ** 52);
});

test.run();
