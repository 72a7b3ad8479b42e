/**
 * @file A link is the experiment: settings and pictures to text and back; damaged text is told and does no harm.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodePixels, encodePixels, nearestGrey } from '../../playground/page/pixels.ts';
import { labelOf, pictureOf, readAddress, START, writeAddress, type Settings } from '../../playground/page/settings.ts';
import { digits } from '../../src/data/synthetic.ts';
import { Random } from '../../src/tensor/random.ts';
import { view } from '../../src/tensor/tensor.ts';

const drawing = (grey: (i: number) => number) => view(Float64Array.from({ length: 784 }, (_, i) => nearestGrey(grey(i))), [1, 28, 28]);

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
  for (const bad of ['', 'A', good.slice(1), `${good}A`, good.replace('A', '!'), '*zzz.A*zzz.A', '*ls.', '*.A']) {
    assert.is(decodePixels(bad), undefined, bad);
  }
});

test('an address: all settings there and back, defaults left out', () => {
  assert.is(writeAddress(START), '#');
  const settings: Settings = {
    image: 'digit-17', label: 4, seed: 4294967295, activation: 'tanh', lineSearch: 'none', tolerance: 1e-12,
    defence: 'gaussian', strength: 0.00032,
  };
  assert.equal(readAddress(writeAddress(settings)), { settings, unread: [] });
  assert.match(writeAddress(settings), /^#image=digit-17&label=4&seed=4294967295&activation=tanh&line-search=none&tolerance=1e-12/);
  const own = { ...START, image: encodePixels(drawing((i) => i / 783)) };
  assert.equal(readAddress(writeAddress(own)).settings, own);
  assert.equal(readAddress('').settings, START);
});

test('an address: what cannot be read is told and left at its default', () => {
  const hash = '#image=cat&label=10&seed=-1&activation=relu6&line-search=wolfe&tolerance=0&defence=magic&strength=x&more=1';
  const { settings, unread } = readAddress(hash);
  assert.equal(settings, START);
  assert.equal(unread.map((text) => text.split('=')[0]), [
    'image', 'label', 'seed', 'activation', 'line-search', 'tolerance', 'defence', 'strength',
  ]);
  assert.is(readAddress('#strength=0.5').settings.strength, undefined, 'without a defence no strength');
  assert.ok(readAddress('#defence=gaussian').settings.strength! > 0, 'a defence that needs one has one');
  assert.is(readAddress('#defence=prune&strength=7').settings.strength, 1);
});

test('the label is the picture’s own unless said', () => {
  assert.is(labelOf({ ...START, image: 'digit-23' }), 3);
  assert.is(labelOf({ ...START, image: 'digit-23', label: 5 }), 5);
  assert.equal(pictureOf('digit-23')!.image, digits().example(23).image);
  assert.is(pictureOf('digit-10000'), undefined);
  assert.equal(pictureOf('face')!.image.shape, [1, 28, 28]);
});

test.run();
