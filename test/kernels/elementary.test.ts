/**
 * @file exp, log, sin, cos, tanh and artanh: near the truth everywhere, and the same bits on every machine.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { artanh } from '../../src/beyond/analytic/inverse.ts';
import * as portable from '../../src/kernels/elementary.ts';
import { useElementary } from '../../src/tensor/elementary.ts';
import { Random } from '../../src/tensor/random.ts';

useElementary(portable); // for artanh, and for the normal numbers

const { cosSin, exp, log, tanh } = portable;
const cos = (x: number): number => cosSin(x)[0];
const sin = (x: number): number => cosSin(x)[1];
/** The distance of two doubles next to y: of subnormal ones it is that of all. */
const unit = (y: number): number => Math.max(2 ** (Math.floor(Math.log2(Math.abs(y))) - 52), 2 ** -1074);

type Draw = (random: Random) => number;
const uniform = (low: number, high: number): Draw => (random) => random.uniform(low, high);
/** Numbers of every size, of either sign. */
const anySize = (least: number, most: number): Draw => (random) =>
  (random.below(2) - 0.5) * 2 ** (1 + random.uniform(least, most));

/** f, Math's own, units in the last place between them, and where; of cos and sin the unit is 1's. */
const CASES: readonly [string, (x: number) => number, (x: number) => number, number, Draw][] = [
  ['exp', exp, Math.exp, 1, uniform(-20, 20)],
  ['exp', exp, Math.exp, 1, uniform(-746, 710)],
  ['exp', exp, Math.exp, 1, anySize(-60, 4)],
  ['log', log, Math.log, 1, uniform(0, 1)],
  ['log', log, Math.log, 1, (random) => 1 + random.uniform(-1e-5, 1e-5)],
  ['log', log, Math.log, 1, (random) => 2 ** random.uniform(-1074, 1023)],
  ['log', log, Math.log, 1, (random) => 2 ** (random.below(2000) - 1000)],
  ['tanh', tanh, Math.tanh, 3, uniform(-20, 20)],
  ['tanh', tanh, Math.tanh, 3, anySize(-60, 0)],
  ['artanh', artanh, Math.atanh, 3, uniform(-1, 1)],
  ['artanh', artanh, Math.atanh, 3, anySize(-60, -1)],
];

CASES.forEach(([name, f, own, most, draw], k) => {
  test(`${name} ${k}: within ${most} of Math's own`, () => {
    const random = new Random(k);
    for (let n = 0; n < 20_000; n++) {
      const x = draw(random), got = f(x), expected = own(x);
      if (Object.is(got, expected)) continue;
      assert.ok(Math.abs(got - expected) <= most * unit(expected), `${name}(${x}): got ${got}, expected ${expected}`);
    }
  });
});

test('cos, sin: within half a unit in the last place of 1, on all of [0, 2π]', () => {
  const random = new Random(1);
  const angles = [0, 1, 2, 3, 4].map((n) => (n * Math.PI) / 2).flatMap((x) => [x, Math.max(0, x - 1e-9)]);
  for (const x of [...angles, ...Array.from({ length: 20_000 }, () => random.uniform(0, 2 * Math.PI))]) {
    assert.ok(Math.abs(cos(x) - Math.cos(x)) <= 2 ** -53, `cos(${x}): got ${cos(x)}, expected ${Math.cos(x)}`);
    assert.ok(Math.abs(sin(x) - Math.sin(x)) <= 2 ** -53, `sin(${x}): got ${sin(x)}, expected ${Math.sin(x)}`);
  }
});

test('at the ends, and where they are exact', () => {
  assert.equal([-Infinity, -800, -0, 0, 1, 710, Infinity, NaN].map(exp), [0, 0, 1, 1, Math.E, Infinity, Infinity, NaN]);
  assert.equal([-1, 0, 1, Math.E, Infinity, NaN].map(log), [NaN, -Infinity, 0, 1, Infinity, NaN]);
  assert.equal([-Infinity, -30, 0, 30, Infinity, NaN].map(tanh), [-1, -1, 0, 1, 1, NaN]);
  assert.equal([-1, 0, 1, NaN].map(artanh), [-Infinity, 0, Infinity, NaN]);
  assert.equal(cosSin(0), [1, 0]);
  assert.is(log(5e-324), Math.log(5e-324));
});

/** A number that says every bit of f at n numbers: little-endian or not, numbers and not bytes are mixed. */
function mixed(f: (x: number) => number, most: number, n = 100_000): number {
  const random = new Random(2);
  const values = Array.from({ length: n }, () => f(random.uniform(0, most)));
  return values.reduce((hash, y) => (hash * 31 + (y % 1) * 2 ** 20) % 65521, 0);
}

test('the same bits on every machine, and of exp, log, cos and sin those that Math has in Node 20.20', () => {
  assert.equal([mixed(exp, 700), mixed(log, 700), mixed(cos, 2 * Math.PI), mixed(sin, 2 * Math.PI)],
    [27869.704811877105, 16319.505190020893, 23860.20395728061, -49744.265098581556]);
  assert.is(exp(-0.3465737865291564), 0.7071066424174325); // between ½ ln 2 and the first double counted as above it
  assert.is(exp(3.6669504073841286e-9), 1 + 3.6669504073841286e-9); // Math's; the polynomial's is a unit off
  // Near 1, π/2 and π, where few bits are left, and little of a sum.
  const near = [(x: number) => log(1 + 1e-6 * x) * 1e6, (x: number) => cos(Math.PI / 2 + 1e-8 * x) * 1e8,
    (x: number) => sin(Math.PI - 1e-8 * x) * 1e8];
  assert.equal(near.map((f) => mixed(f, 1)), [38318.92788609606, -20911.65729909856, 4507.775293213315]);
  assert.equal([mixed(tanh, 8), mixed(artanh, 1)], [22828.015454070643, 17077.517110106302]);
});

test('src/kernels has no other exp, log, sin, cos, tanh or power, whose bits an engine may choose', () => {
  const folder = new URL('../../src/kernels/', import.meta.url);
  const free = /\bMath\.(exp|expm1|log|log1p|log2|log10|pow|hypot|sin|cos|tan|tanh|sinh|cosh|cbrt)\b|\*\*/;
  const code = (text: string): string => text.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/\/\/.*$/gm, '');
  const found = readdirSync(folder).filter((file) => free.test(code(readFileSync(new URL(file, folder), 'utf8'))));
  assert.equal(found, []);
});

test.run();
