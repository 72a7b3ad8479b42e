/**
 * @file Where the patches of a convolution lie, and its three products: W P, ∂Y Pᵀ and Wᵀ ∂Y, each against its
 * definition pixel by pixel, to the bit on integers.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Border } from '../../src/kernels/border.ts';
import { InputGradient } from '../../src/kernels/input-gradient.ts';
import { Patches } from '../../src/kernels/patches.ts';
import { Product } from '../../src/kernels/product.ts';
import type { Random } from '../../src/tensor/random.ts';
import { sizeOf } from '../../src/tensor/tensor.ts';
import { dot } from '../../src/tensor/vector.ts';
import { checkClose } from '../check/close.ts';
import { between, forAll, normals } from '../check/property.ts';
import { describe, randomGeometry, windowStarts, type Geometry } from '../nn/geometry.ts';

const integers = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.below(201) - 100);

const patchesOf = ({ batch, channels, height, width, kernel, stride, padding }: Geometry): Patches =>
  new Patches({ inShape: [batch, channels, height, width], kernel, stride, padding });

/** Calls `visit` for every output, tap and pixel (of x, of W, of y) of the convolution. */
function forEachTap(geometry: Geometry, out: number, visit: (x: number, w: number, y: number) => void): void {
  const { batch, channels, height, width, kernel } = geometry;
  let y = 0;
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < out; o++)
      for (const top of windowStarts(height, geometry))
        for (const left of windowStarts(width, geometry)) {
          for (let c = 0; c < channels; c++)
            for (let u = 0; u < kernel; u++)
              for (let v = 0; v < kernel; v++) {
                const row = top + u, column = left + v;
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                const pixel = ((n * channels + c) * height + row) * width + column;
                visit(pixel, ((o * channels + c) * kernel + u) * kernel + v, y);
              }
          y++;
        }
}

test('patches: 2×2 pixels, kernel 2, padding 1, by hand', () => {
  const patches = new Patches({ inShape: [1, 1, 2, 2], kernel: 2, stride: 1, padding: 1 });
  assert.equal([patches.rows, patches.columns], [3, 3]);
  const padded = new Float64Array(16), { rows, columns } = patches.places();
  patches.border.pad(Float64Array.of(1, 2, 3, 4), padded);
  assert.equal([...rows].map((row) => [...columns].map((column) => padded[row + column])), [
    [0, 0, 0, 0, 1, 2, 0, 3, 4], // u = 0, v = 0: the pixel above and to the left of the output's place
    [0, 0, 0, 1, 2, 0, 3, 4, 0],
    [0, 1, 2, 0, 3, 4, 0, 0, 0],
    [1, 2, 0, 3, 4, 0, 0, 0, 0],
  ]);
});

test('patches: the second image of a batch is in further columns', () => {
  const patches = new Patches({ inShape: [2, 1, 1, 3], kernel: 1, stride: 2, padding: 0 });
  assert.equal([...patches.places().columns], [0, 2, 3, 5]);
});

test('W P, ∂Y Pᵀ and Wᵀ ∂Y, the last by pixels and by patches: their definitions, to the bit', () => {
  forAll('convolution', 300, (random) => {
    const geometry = randomGeometry(random), patches = patchesOf(geometry), out = between(random, 1, 7);
    const { batch, channels, kernel } = geometry, { inShape } = patches.geometry;
    const outShape = [batch, out, patches.rows, patches.columns];
    const W = integers(random, out * channels * kernel * kernel), x = integers(random, sizeOf(inShape));
    const y = integers(random, sizeOf(outShape));
    const [WP, YPt, WtY] = [y, W, x].map(({ length }) => new Float64Array(length));
    forEachTap(geometry, out, (xAt, wAt, yAt) => {
      WP[yAt] += W[wAt] * x[xAt];
      YPt[wAt] += y[yAt] * x[xAt];
      WtY[xAt] += W[wAt] * y[yAt];
    });
    const pad = (border: Border, image: Float64Array): Float64Array => {
      const padded = new Float64Array(sizeOf(border.shape));
      border.pad(image, padded);
      return padded;
    };
    const xPadded = pad(patches.border, x), name = `${describe(geometry)}, ${out} channels out`;
    const product = new Float64Array(y.length);
    new Product(...patches.timesP(new Border(outShape, 0, 0))).add(product, W, xPadded);
    checkClose(`${name}: W P`, product, WP, 0);
    for (const byPatches of [true, false]) {
      const { border, products } = new InputGradient(patches, out, byPatches), yPadded = pad(border, y);
      const gradW = new Float64Array(W.length), gradX = new Float64Array(x.length), padded = xPadded.slice().fill(0);
      new Product(...patches.timesPt(border)).add(gradW, yPadded, xPadded);
      checkClose(`${name}: ∂Y Pᵀ`, gradW, YPt, 0);
      new Product(...products).add(padded, W, yPadded);
      patches.border.crop(padded, gradX);
      checkClose(`${name}: Wᵀ ∂Y by ${byPatches ? 'patches' : 'pixels'}`, gradX, WtY, 0);
    }
  });
});

test('W P of many images and ∂Y Pᵀ of many channels multiply nothing by the zeros of the border', () => {
  for (const [kernel, stride, padding] of [[5, 1, 2], [5, 2, 2], [3, 1, 1]]) {
    for (const [batch, channels] of [[200, 1], [1, 200]]) {
      const geometry = { batch, channels, height: 7, width: 7, kernel, stride, padding }, out = 2;
      let taps = 0;
      forEachTap(geometry, out, () => { taps++; });
      const P = patchesOf(geometry), border = new Border([batch, out, P.rows, P.columns], 0, 0);
      const places = batch > 1 ? P.timesP(border) : P.timesPt(border);
      assert.is(new Product(...places).multiplyAdds, taps, describe(geometry));
    }
  }
});

test('border: 1×2 pixels of two images, one before and two after, by hand; crop is the adjoint of pad', () => {
  const small = new Border([2, 1, 1, 2], 1, 2), padded = new Float64Array(40);
  assert.equal(small.shape, [2, 1, 4, 5]);
  small.pad(Float64Array.of(7, 8, 9, 10), padded);
  const expected = new Float64Array(40);
  expected.set([7, 8], 6);
  expected.set([9, 10], 26);
  assert.equal([...padded], [...expected]);
  assert.equal(small.withBatch(5).shape, [5, 1, 4, 5]);
  forAll('borders', 50, (random) => {
    const shape = [between(random, 1, 3), between(random, 1, 3), between(random, 1, 4), between(random, 1, 4)];
    const border = new Border(shape, random.below(3), random.below(3));
    const x = normals(random, sizeOf(shape)), y = normals(random, sizeOf(border.shape));
    const xPadded = new Float64Array(y.length), yCropped = new Float64Array(x.length);
    border.pad(x, xPadded);
    border.crop(y, yCropped);
    checkClose('⟨pad x, y⟩ and ⟨x, crop y⟩', [dot(xPadded, y)], [dot(x, yCropped)], 1e-12);
  });
});

test.run();
