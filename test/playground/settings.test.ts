/**
 * @file A link is the experiment: settings and pictures to text and back; damaged text is told and does no harm.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { numberText } from '../../playground/page/numbers.ts';
import { decodePixels, encodePixels, nearestGrey } from '../../playground/page/pixels.ts';
import {
  describe, labelOf, pictureOf, readAddress, START, writeAddress, type Settings,
} from '../../playground/page/settings.ts';
import { digits } from '../../src/data/synthetic.ts';
import { Random } from '../../src/tensor/random.ts';
import { view } from '../../src/tensor/tensor.ts';

const drawing = (grey: (i: number) => number) =>
  view(Float64Array.from({ length: 784 }, (_, i) => nearestGrey(grey(i))), [1, 28, 28]);

test('pictures: to text and back to the last bit; what is drawn takes a few hundred characters', () => {
  const random = new Random(1), { data } = digits().example(5).image;
  for (const image of [drawing(() => random.uniform()), drawing(() => 0), drawing(() => 1), drawing((i) => data[i])]) {
    assert.equal(decodePixels(encodePixels(image))?.data, image.data);
  }
  assert.ok(encodePixels(drawing((i) => data[i])).length < 500);
  assert.is(encodePixels(drawing(() => 0)), `*${(784).toString(36)}.A`);
  assert.match(encodePixels(drawing(() => random.uniform())), /^[\w*.-]+$/);
});

test('pictures: text that is none is undefined', () => {
  const good = encodePixels(drawing((i) => (i % 7) / 6));
  const many = '*zzz.A'.repeat(10_000), full = '*ls.A';
  for (const bad of ['', 'A', good.slice(1), `${good}A`, good.replace('A', '!'), many, full + many, '*ls.', '*.A']) {
    assert.is(decodePixels(bad), undefined, bad.slice(0, 40));
  }
  const run = '0'.repeat(100_000);
  assert.is(decodePixels(`*${run}z.A`), undefined);
});

test('an address: all settings there and back, defaults left out', () => {
  assert.is(writeAddress(START), '#');
  const settings: Settings = {
    image: 'digit-17', label: 4, seed: 4294967295, activation: 'tanh', lineSearch: 'none', tolerance: 1e-12,
    defence: 'gaussian', strength: 0.00032,
  };
  assert.equal(readAddress(writeAddress(settings)), { settings, unread: [] });
  assert.is(writeAddress(settings), '#image=digit-17&label=4&seed=4294967295&activation=tanh&line-search=none' +
    '&tolerance=1e-12&defence=gaussian&strength=0.00032');
  assert.is(describe(settings), 'digit 17, Gaussian noise, variance 0.00032, label 4, seed 4294967295, tanh, ' +
    'no line search, L_G below 1.0\u00a0×\u00a010⁻¹²');
  assert.is(describe(START), 'face, no defence');
  const own = { ...START, image: encodePixels(drawing((i) => i / 783)) };
  assert.equal(readAddress(writeAddress(own)).settings, own);
  assert.equal(readAddress('').settings, START);
});

test('an address: what cannot be read is told and left at its default', () => {
  const hash = '#image=cat&label=10&seed=-1&activation=relu6&line-search=wolfe&tolerance=0&defence=magic&strength=x' +
    '&n=1';
  const { settings, unread } = readAddress(hash);
  assert.equal(settings, START);
  assert.equal(unread, [
    'image: expected face, digit-0 to digit-9999, or the pixels of a picture, got "cat"',
    'label: expected a whole number from 0 to 9, got "10"',
    'seed: expected a whole number from 0 to 4294967295, got "-1"',
    'activation: expected sigmoid, tanh, got "relu6"',
    'line-search: expected none, strong-wolfe, got "wolfe"',
    'tolerance: expected a number from 1e-30 to 0.01, got "0"',
    'defence: expected none, gaussian, laplacian, float32, float16, bfloat16, int8, prune, clip, dp, sign, got "magic"',
    'strength: expected a defence that has one, got "x"',
    'n: no such setting',
  ]);
  assert.equal(readAddress('#image=digit-0007').settings, START, 'a picture has one name');
});

test('an address: a strength is one of its defence, in its range', () => {
  assert.ok(readAddress('#defence=gaussian').settings.strength! > 0, 'a defence that needs one has one');
  for (const [hash, range] of [
    ['#defence=prune&strength=7', 'a number from 0.01 to 0.99, got "7"'],
    ['#defence=gaussian&strength=1e21', 'a number from 1e-9 to 1, got "1e21"'],
    ['#defence=clip&strength=0', 'a number from 0.01 to 100, got "0"'],
  ]) {
    const { settings, unread } = readAddress(hash);
    assert.equal(unread, [`strength: expected ${range}`]);
    assert.equal(settings, readAddress(hash.replace(/&.*/, '')).settings);
  }
});

test('numbers: two digits, or the whole of a whole one, and never a power of ten too few', () => {
  for (const [value, text] of [
    [0, '0'], [13426, '13,426'], [-5, '−5'], [0.0314, '0.031'], [-0.5, '−0.50'], [9.96, '10'], [99.4, '99'],
    [99.7, '100'], [999.4, '999'], [999.6, '1.0\u00a0×\u00a010³'], [1234.5, '1.2\u00a0×\u00a010³'],
    [4.94e-10, '4.9\u00a0×\u00a010⁻¹⁰'], [Infinity, '∞'], [-Infinity, '−∞'], [NaN, '–'],
  ] as const) assert.is(numberText(value), text);
});

test('the label is the picture’s own unless said', () => {
  assert.is(labelOf({ ...START, image: 'digit-23' }), 3);
  assert.is(labelOf({ ...START, image: 'digit-23', label: 5 }), 5);
  assert.equal(pictureOf('digit-23')!.image, digits().example(23).image);
  assert.is(pictureOf('digit-10000'), undefined);
  assert.equal(pictureOf('face')!.image.shape, [1, 28, 28]);
});

test.run();
