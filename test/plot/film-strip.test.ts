import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { chooseFrames, filmStrip, type FilmRow } from '../../src/plot/film-strip.ts';
import { textWidth } from '../../src/plot/font.ts';
import { colourAt, picture } from '../../src/plot/raster.ts';
import type { Raster } from '../../src/data/raster.ts';
import { Random } from '../../src/tensor/random.ts';
import { type Tensor, zeros } from '../../src/tensor/tensor.ts';

/** The strip's measures, in pixels: 2 × 9 a line of text, 2 × 7 to its baseline. */
const MARGIN = 24;
const TITLE = 18 + 10;
const CAPTION = 8 + 18 + 8;
const UNDER_ROW = 20;
const UNDER_BASELINE = 4 + 8 + UNDER_ROW;

const row = (count: number, image: Tensor, title = ''): FilmRow =>
  ({ title, frames: Array.from({ length: count }, (_, i) => ({ image, caption: `${i}` })) });
const size = ({ width, height }: Raster) => [width, height];

test('one row: margin, title, frames enlarged to about 112 pixels, captions, margin', () => {
  const strip = filmStrip([row(3, zeros([1, 28, 28]), 'iDLG')]);
  assert.equal(size(strip), [
    2 * MARGIN + 3 * 112 + 2 * 12,
    2 * MARGIN + TITLE + 112 + CAPTION + UNDER_ROW - UNDER_BASELINE,
  ]);
  assert.is(strip.channels, 3);
  assert.is(strip.bytes.length, 3 * strip.width * strip.height);
});

test('rows of different lengths and image sizes stand one under another; the widest sets the width', () => {
  const grey = row(11, zeros([1, 28, 28]));
  const colour = row(4, zeros([3, 32, 30]));
  const strip = filmStrip([grey, colour]);
  assert.is(strip.width, filmStrip([grey]).width);
  assert.is(strip.height, 2 * MARGIN + 2 * (TITLE + CAPTION + UNDER_ROW) + 112 + 128 - UNDER_BASELINE);
});

test('a row of more than `across` frames goes on underneath', () => {
  const strip = filmStrip([row(7, zeros([1, 4, 4]))], { across: 3, scale: 10 });
  assert.equal(size(strip), [
    2 * MARGIN + 3 * 40 + 2 * 12,
    2 * MARGIN + TITLE + 3 * (40 + CAPTION) + UNDER_ROW - UNDER_BASELINE,
  ]);
  assert.is(filmStrip([row(12, zeros([1, 4, 4]))]).width, filmStrip([row(11, zeros([1, 4, 4]))]).width);
});

test('large images are not enlarged, and none is made smaller', () => {
  assert.is(filmStrip([row(1, zeros([1, 300, 200]))]).width, 2 * MARGIN + 200);
});

test('a long title or caption widens the strip, so that nothing is cut off', () => {
  const image = zeros([1, 2, 2]);
  const title = 'label 3 ✓ after 1,000 iterations, MSE 1e-8';
  assert.is(filmStrip([row(1, image, title)], { scale: 1 }).width, 2 * MARGIN + 2 * textWidth(title));
  const caption = 'iteration 100';
  const frames = [{ image, caption }, { image, caption }];
  assert.is(filmStrip([{ title: '', frames }], { scale: 1 }).width, 2 * MARGIN + 2 * 2 * textWidth(caption) + 12);
});

test('every pixel of every frame is where the layout puts it', () => {
  const random = new Random(1);
  const scale = 3;
  for (const shape of [[3, 20, 20], [1, 20, 16]]) {
    const images = Array.from({ length: 5 }, () => {
      const image = zeros(shape);
      random.fillUniform(image.data, -0.2, 1.2);
      return image;
    });
    const frames = images.map((image, i) => ({ image, caption: `${i}` }));
    const strip = filmStrip([{ title: 'x', frames }], { scale, across: 3 });
    const [, H, W] = shape;
    images.forEach((image, i) => {
      const left = MARGIN + (i % 3) * (W * scale + 12);
      const top = MARGIN + TITLE + Math.floor(i / 3) * (H * scale + CAPTION);
      const shown = picture(image);
      for (let y = 0; y < H * scale; y++) {
        for (let x = 0; x < W * scale; x++) {
          const expected = colourAt(shown, Math.floor(x / scale), Math.floor(y / scale));
          assert.equal(colourAt(strip, left + x, top + y), expected);
        }
      }
    });
  }
});

test('a caption is centred under its frame', () => {
  for (const caption of ['8', '300', 'original']) {
    const image = zeros([1, 28, 28]);
    const strip = filmStrip([{ title: '', frames: [{ image, caption: '' }, { image, caption }] }]);
    const inked: number[] = [];
    for (let y = MARGIN + TITLE + 112 + 8; y < strip.height; y++) {
      for (let x = 0; x < strip.width; x++) if (colourAt(strip, x, y)[0] < 255) inked.push(x);
    }
    const [first, last] = [Math.min(...inked), Math.max(...inked)];
    assert.is(last - first + 1, 2 * textWidth(caption), caption);
    assert.ok(Math.abs((first + last + 1) / 2 - (MARGIN + 112 + 12 + 56)) <= 1, `"${caption}" from ${first} to ${last}`);
  }
});

test('margins are white on all four sides, and letters and frames reach all four', () => {
  const strip = filmStrip([row(3, zeros([1, 28, 28]), 'iDLG   label 3'), row(2, zeros([1, 28, 28]), 'DLG')]);
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
  for (let y = 0; y < strip.height; y++) {
    for (let x = 0; x < strip.width; x++) {
      if (colourAt(strip, x, y).every((byte) => byte === 255)) continue;
      [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
    }
  }
  // The frames' thin edges are the one pixel in the left and right margins.
  assert.equal(
    [left, top, strip.width - 1 - right, strip.height - 1 - bottom],
    [MARGIN - 1, MARGIN, MARGIN - 1, MARGIN],
  );
});

test('a strip with nothing on it, or a wrong option, is refused', () => {
  assert.throws(() => filmStrip([]), /at least one row, got 0/);
  assert.throws(() => filmStrip([{ title: 'iDLG', frames: [] }]), /at least one frame in row "iDLG", got 0/);
  assert.throws(() => filmStrip([row(1, zeros([4, 4]))]), /got \[4,4\]/);
  const rows = [row(1, zeros([1, 4, 4]))];
  assert.throws(() => filmStrip(rows, { scale: 1.5 }), /scale: expected a positive integer, got 1.5/);
  assert.throws(() => filmStrip(rows, { across: 0 }), /across: expected a positive integer, got 0/);
});

test('chooseFrames: the first, the last, ascending, no two alike, all of them where they fit', () => {
  for (let count = 1; count <= 400; count++) {
    for (const most of [2, 3, 5, 10, 11, 40]) {
      const chosen = chooseFrames(count, most);
      assert.is(chosen.length, Math.min(count, most), `${count}, ${most}`);
      assert.is(chosen[0], 0);
      assert.is(chosen.at(-1), count - 1, `${count}, ${most}`);
      for (let k = 1; k < chosen.length; k++) assert.ok(chosen[k] > chosen[k - 1], `${count}, ${most}: ${chosen}`);
    }
  }
});

test('chooseFrames: steps grow, so early iterations are well represented', () => {
  assert.equal(chooseFrames(301, 10), [0, 1, 3, 6, 12, 23, 44, 84, 159, 300]);
  assert.equal(chooseFrames(42, 10), [0, 1, 2, 3, 4, 7, 11, 17, 27, 41]);
  for (const count of [30, 100, 301, 6000]) {
    const chosen = chooseFrames(count, 10);
    assert.ok(chosen.filter((i) => i < count / 4).length >= 5, `${count}: ${chosen}`);
    // Rounding moves each by half a recording, so a step may be shorter than the one before by two, never more.
    for (let k = 2; k < 10; k++) {
      const [a, b, c] = chosen.slice(k - 2, k + 1);
      assert.ok(c - b >= b - a - 2, `${count}: ${chosen}`);
    }
  }
});

test('chooseFrames: nothing recorded, nothing shown; misuse is refused', () => {
  assert.equal(chooseFrames(0, 10), []);
  assert.equal(chooseFrames(1, 10), [0]);
  assert.throws(() => chooseFrames(-1, 10), /count: .*got -1/);
  assert.throws(() => chooseFrames(1.5, 10), /count: .*got 1.5/);
  assert.throws(() => chooseFrames(5, 1), /most: .*from 2 on, got 1/);
});

test.run();
