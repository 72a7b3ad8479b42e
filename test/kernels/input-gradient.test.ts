/** @file Wᵀ ∂Y of a convolution, by pixels and by patches, against its definition: the patches' gradients scattered. */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Border } from '../../src/nn/border.ts';
import { InputGradient } from '../../src/nn/input-gradient.ts';
import { Patches } from '../../src/nn/patches.ts';
import { addAtB, Product } from '../../src/tensor/matmul.ts';
import type { Random } from '../../src/tensor/random.ts';
import { sizeOf } from '../../src/tensor/tensor.ts';
import { dot } from '../../src/tensor/vector.ts';
import { checkClose } from '../check/close.ts';
import { between, forAll, normals } from '../check/property.ts';
import { describe, patchesOf, randomGeometry } from './geometry.ts';

const integers = (random: Random, n: number): Float64Array => new Float64Array(n).map(() => random.below(201) - 100);

test('input gradient: by pixels and by patches, both are the scattered gradients of the patches, to the bit', () => {
  forAll('convolution', 300, (random) => {
    const geometry = randomGeometry(random), patches = patchesOf(geometry), out = between(random, 1, 4);
    const [size, n] = patches.shape, W = integers(random, out * size), gradY = integers(random, out * n);
    const columns = new Float64Array(size * n), expected = new Float64Array(sizeOf(patches.geometry.inShape));
    addAtB(size, out, n, W, gradY, columns);
    patches.scatterAdd(columns, expected);
    for (const byPatches of [true, false]) {
      const { border, products } = new InputGradient(patches, out, byPatches);
      const gradYPadded = new Float64Array(sizeOf(border.shape)), gradX = new Float64Array(expected.length);
      const gradXPadded = new Float64Array(sizeOf(patches.border.shape));
      border.pad(gradY, gradYPadded);
      new Product(...products).addTo(gradXPadded, W, gradYPadded);
      patches.border.crop(gradXPadded, gradX);
      checkClose(`${describe(geometry)}, by ${byPatches ? 'patches' : 'pixels'}`, gradX, expected, 0);
    }
  });
});

test('input gradient: ∂Y lies in ∂ȳ where the border has left it', () => {
  forAll('convolution', 50, (random) => {
    const patches = patchesOf(randomGeometry(random)), out = between(random, 1, 3), n = patches.shape[1];
    const { border, places } = new InputGradient(patches, out), padded = new Float64Array(sizeOf(border.shape));
    const gradY = integers(random, out * n);
    border.pad(gradY, padded);
    gradY.forEach((value, i) => assert.is(padded[places.rows[Math.floor(i / n)] + places.columns[i % n]], value));
  });
});

test('input gradient: LeNet, 12×16×16, stride 2: four products of 108, 72, 72 and 48 terms; an image of 3 by patches', () => {
  const terms = (channels: number) =>
    new InputGradient(new Patches([channels, 16, 16], 5, 2, 2), 12).products.map(([W]) => W.columns.length);
  assert.equal(terms(12), [108, 72, 72, 48]);
  assert.equal(terms(6).length, 4);
  assert.equal(terms(5), [12]);
});

test('border: 1×2, one before and two after, by hand; crop is the adjoint of pad', () => {
  const small = new Border([1, 1, 2], 1, 2), padded = new Float64Array(20);
  assert.equal(small.shape, [1, 4, 5]);
  small.pad(Float64Array.of(7, 8), padded);
  assert.equal([...padded], [0, 0, 0, 0, 0, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  forAll('borders', 50, (random) => {
    const shape = [between(random, 1, 3), between(random, 1, 4), between(random, 1, 4)];
    const border = new Border(shape, random.below(3), random.below(3));
    const x = normals(random, sizeOf(shape)), y = normals(random, sizeOf(border.shape));
    const xPadded = new Float64Array(y.length), yCropped = new Float64Array(x.length);
    border.pad(x, xPadded);
    border.crop(y, yCropped);
    checkClose('⟨pad x, y⟩ and ⟨x, crop y⟩', [dot(xPadded, y)], [dot(x, yCropped)], 1e-12);
  });
});

test.run();
