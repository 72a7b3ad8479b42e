import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { InputError, type Dataset } from '../../src/data/dataset.ts';
import { digits, pictures } from '../../src/data/synthetic.ts';
import {
  blob, Canvas, curve, ellipse, gradient, intersection, mix, polygon, stroke, union, without,
} from '../../src/data/synthetic/draw.ts';
import { Random } from '../../src/tensor/random.ts';

/** FNV-1a over the bytes of the first `count` images. */
function checksum(set: Dataset, count: number): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < count; i++) {
    for (const v of set.example(i).image.data) hash = Math.imul(hash ^ Math.round(255 * v), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

function deviation(data: Float64Array): number {
  const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
  return Math.sqrt(data.reduce((sum, v) => sum + (v - mean) * (v - mean), 0) / data.length);
}

/** The share of indices from `train` to `end` whose nearest class mean, of the means of 0 … train − 1, is their own. */
function nearestMeanAccuracy(set: Dataset, train: number, end: number): number {
  const pixels = set.example(0).image.data.length;
  const means = Array.from({ length: set.classes }, () => new Float64Array(pixels));
  for (let i = 0; i < train; i++) {
    const { image, label } = set.example(i);
    for (let j = 0; j < pixels; j++) means[label][j] += image.data[j] / (train / set.classes);
  }
  let right = 0;
  for (let i = train; i < end; i++) {
    const { image, label } = set.example(i);
    const distances = means.map((mean) => squaredDistance(image.data, mean));
    if (distances.indexOf(Math.min(...distances)) === label) right++;
  }
  return right / (end - train);
}

const cases = [
  { make: digits, shape: [1, 28, 28], classes: 10, train: 300, end: 500, least: 0.9, sum: '2a8da762' },
  { make: pictures, shape: [3, 32, 32], classes: 100, train: 200, end: 300, least: 0.9, sum: '86ad80c7' },
];

for (const { make, shape, classes, train, end, least, sum } of cases) {
  const set = make();

  test(`${set.name}: what it says of itself`, () => {
    assert.equal(set.shape, shape);
    assert.is(set.classes, classes);
    assert.is(set.size, 10_000);
    assert.is(new Set(set.classNames).size, classes, 'every class has a name of its own');
  });

  test(`${set.name}: labels, shapes, pixels that are bytes / 255`, () => {
    for (const index of [...Array(classes).keys(), 4321, 9999]) {
      const { image, label } = set.example(index);
      assert.is(label, index % classes);
      assert.equal(image.shape, shape);
      assert.is(image.data.length, shape[0] * shape[1] * shape[2]);
      for (const v of image.data) {
        const isByte = v >= 0 && v <= 1 && v === Math.round(255 * v) / 255;
        assert.ok(isByte, `${set.name} ${index}: expected a byte / 255, got ${v}`);
      }
    }
  });

  test(`${set.name}: an index and a seed always give the same bits, other ones give others`, () => {
    const { data } = set.example(7).image;
    assert.equal(make(0).example(7).image.data, data);
    assert.not.equal(set.example(7 + classes).image.data, data);
    assert.not.equal(make(1).example(7).image.data, data);
  });

  test(`${set.name}: the same bits on every machine`, () => assert.is(checksum(set, 100), sum));

  test(`${set.name}: every image has contrast`, () => {
    for (let index = 0; index < 100; index++) {
      const found = deviation(set.example(index).image.data);
      assert.ok(found > 0.1, `${set.name} ${index}: expected a standard deviation above 0.1, got ${found}`);
    }
  });

  test(`${set.name}: classes differ more than hands`, () => {
    const found = nearestMeanAccuracy(set, train, end);
    assert.ok(found > least, `expected an accuracy above ${least}, got ${found}`);
  });

  test(`${set.name}: says what is wrong with an index or a seed`, () => {
    for (const index of [-1, 10_000, 0.5, NaN]) {
      const message = `${set.name}: expected an index from 0 to 9999, got ${index}`;
      assert.throws(
        () => set.example(index),
        (error: Error) => error instanceof InputError && error.message === message,
      );
    }
    assert.throws(() => make(-1), /seed: expected an integer .* got -1/);
  });
}

const close = (got: number, expected: number): void =>
  assert.ok(Math.abs(got - expected) < 1e-12, `expected ${expected}, got ${got}`);

test('draw: distances to outlines worked out by hand', () => {
  const circle = ellipse(1, 0, 2);
  close(circle(1, 0), -2);
  close(circle(4, 4), 3);
  close(ellipse(0, 0, 3, 1)(5, 0), 2);
  close(stroke([0, 0, 4, 0], 1)(2, 3), 2);
  close(stroke([0, 0, 4, 0], 1)(7, 4), 4);
  const square = polygon([0, 0, 4, 0, 4, 4, 0, 4]);
  close(square(2, 1), -1);
  close(square(7, 8), 5);
  close(union(circle, square)(2, 1), Math.min(circle(2, 1), -1));
  close(intersection(circle, square)(7, 8), Math.max(circle(7, 8), 5));
  close(without(square, circle)(1, 1), 1);
});

test('draw: a curve touches its control polygon in the middles of its sides; a point given twice is a corner', () => {
  assert.equal(curve([0, 0, 2, 4]), [0, 0, 2, 4]);
  const points = curve([0, 0, 2, 4, 4, 0, 6, 2], 2);
  assert.equal(points, [0, 0, 1.75, 2.5, 3, 2, 4.25, 1, 6, 2]);
  const corner = curve([0, 0, 4, 0, 4, 0, 4, 4], 1);
  assert.equal(corner, [0, 0, 4, 0, 4, 4]);
  const round = blob([-1, -1, 1, -1, 1, 1, -1, 1]);
  for (const [x, y] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) close(round(x, y), 0);
});

test('draw: outside an ellipse d is never more than the distance, and near the outline it is the distance', () => {
  const random = new Random(1);
  for (let trial = 0; trial < 200; trial++) {
    const [a, b] = [random.uniform(0.5, 20), random.uniform(0.5, 20)];
    const d = ellipse(0, 0, a, b);
    const [x, y] = [random.uniform(-40, 40), random.uniform(-40, 40)];
    let distance = Infinity;
    for (let angle = 0; angle < 2 * Math.PI; angle += 0.001) {
      distance = Math.min(distance, Math.hypot(x - a * Math.cos(angle), y - b * Math.sin(angle)));
    }
    const got = d(x, y);
    assert.ok(got <= distance + 1e-3, `a ${a}, b ${b}: expected at most ${distance}, got ${got}`);
    const angle = random.uniform(0, 2 * Math.PI);
    const [px, py] = [a * Math.cos(angle), b * Math.sin(angle)];
    const normal = Math.hypot(px / (a * a), py / (b * b));
    const step = 1e-6;
    const found = d(px + (step * px) / (a * a * normal), py + (step * py) / (b * b * normal));
    assert.ok(Math.abs(found / step - 1) < 1e-3, `a ${a}, b ${b}: expected a distance of ${step}, got ${found}`);
  }
});

test('draw: every pixel is mixed by α = clamp(½ − d/soft, 0, 1), whatever is skipped on the way', () => {
  const random = new Random(2);
  for (let trial = 0; trial < 100; trial++) {
    const points = [...random.fillUniform(new Float64Array(6), -8, 8)];
    const [triangle, line] = [polygon(points), stroke(points, random.uniform(0.2, 3))];
    const disc = ellipse(points[0], points[1], random.uniform(0.3, 12), random.uniform(0.3, 3));
    const joined = [union(disc, line), intersection(disc, triangle), without(line, triangle)];
    const shape = [triangle, line, disc, ...joined][trial % 6];
    const [x, y] = random.fillUniform(new Float64Array(2), 0, 20);
    const [unit, soft] = [random.uniform(0.5, 2), random.uniform(0.5, 9)];
    const canvas = new Canvas([1, 20, 20]);
    canvas.frame(x, y, unit, true);
    canvas.paint(shape, gradient([1], [0.5], -4, 4), 0.8, soft);
    const { data } = canvas.toImage();
    for (let row = 0; row < 20; row++) {
      for (let column = 0; column < 20; column++) {
        const [u, v] = [-(column + 0.5 - x) / unit, (row + 0.5 - y) / unit];
        const alpha = 0.8 * Math.min(Math.max(0.5 - (shape(u, v) * unit) / soft, 0), 1);
        const expected = alpha * mix([1], [0.5], (v + 4) / 8)[0];
        const got = data[20 * row + column];
        const where = `trial ${trial}, pixel (${row}, ${column})`;
        assert.ok(Math.abs(got - expected) < 0.501 / 255, `${where}: expected ${expected}, got ${got}`);
      }
    }
  }
});

test('draw: a half covered pixel is half grey; a mirrored frame mirrors', () => {
  const canvas = new Canvas([1, 3, 3]);
  canvas.frame(1.5, 1.5, 1);
  canvas.paint(polygon([-9, -9, 0, -9, 0, 9, -9, 9]), [1]);
  assert.equal([...canvas.toImage().data].map((v) => Math.round(255 * v)), [255, 128, 0, 255, 128, 0, 255, 128, 0]);
  canvas.frame(1.5, 1.5, 1, true);
  canvas.paint(polygon([-9, -9, 0, -9, 0, 9, -9, 9]), [0.2], 0.5);
  assert.equal([...canvas.toImage().data.slice(0, 3)].map((v) => Math.round(255 * v)), [255, 108, 26]);
});

test.run();
