/**
 * @file A network: its contract, and the gradient that a client shares, of one image or of a batch. The derivatives are
 * checked in hessian.test.ts, the values in pytorch.test.ts.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Activation } from '../../src/nn/activation.ts';
import { Conv2d } from '../../src/nn/conv2d.ts';
import { Flatten } from '../../src/nn/flatten.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { Linear } from '../../src/nn/linear.ts';
import { labelsOf, Network, stack } from '../../src/nn/network.ts';
import { Sequence, type NamedLayer } from '../../src/nn/sequence.ts';
import { Random } from '../../src/tensor/random.ts';
import { rowsOf, unstack, zeros, type Tensor } from '../../src/tensor/tensor.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { checkRangeError, checkTypeError } from '../check/errors.ts';
import { between, forAll, normals } from '../check/property.ts';
import { checkSlope } from '../check/slope.ts';

/** A LeNet with some images and their classes. */
function randomBatch(random: Random) {
  const network = lenet({ channels: 1, height: 6, width: 5, classes: 4, seed: random.below(1000) });
  const images = Array.from({ length: between(random, 1, 5) }, () => {
    return { shape: network.imageShape, data: random.fillUniform(new Float64Array(30)) };
  });
  const labels = images.map(() => random.below(4));
  return { network, images, labels, x: stack('image', images, network.imageShape), t: labelsOf(labels, 4) };
}

test('network: a batch’s gradient is the mean of its images’', () => {
  forAll('batch', 20, (random) => {
    const { network, images, labels } = randomBatch(random), mean = network.theta.like().data;
    images.forEach((image, i) => {
      const single = network.gradient(image, labels[i]).data;
      for (let j = 0; j < mean.length; j++) mean[j] += single[j] / images.length;
    });
    checkClose('∂ℓ/∂θ', network.gradient(images, labels).data, mean, 1e-14);
  });
});

test('network: a batch’s passes are its images’, and its loss their mean', () => {
  forAll('batch', 10, (random) => {
    const { network, images, labels, x, t } = randomBatch(random), { length: batch } = images;
    const all = network.withBatch(batch);
    const rTheta = network.theta.like(normals(random, network.theta.data.length)), rGrad = rTheta.like();
    const mean = rTheta.like();
    const loss = all.forward(x, t), gradX = unstack(all.backward(rTheta.like())).map(({ data }) => data.slice());
    const rGradX = unstack(all.rBackward(all.rForward(rTheta), rTheta, rGrad)), rGradT = rowsOf(all.rGradT);
    let sum = 0;
    images.forEach(({ data }, n) => {
      sum += network.forward({ shape: [1, 1, 6, 5], data }, labelsOf([labels[n]], 4));
      const perImage = (values: Float64Array): Float64Array => values.map((value) => value / batch);
      const rGrad1 = rTheta.like();
      checkClose('∂ℓ/∂x', gradX[n], perImage(network.backward(rTheta.like()).data), 1e-13);
      const { data: rGradX1 } = network.rBackward(network.rForward(rTheta), rTheta, rGrad1);
      checkClose('R{∂ℓ/∂x}', rGradX[n].data, perImage(rGradX1), 1e-13);
      checkClose('R{∂ℓ/∂t}', rGradT[n], perImage(network.rGradT.data), 1e-13);
      rGrad1.data.forEach((value, i) => { mean.data[i] += value / batch; });
    });
    expectWithin('ℓ', loss, sum / batch, sum / batch, 1e-14);
    checkClose('R{∂ℓ/∂θ}', rGrad.data, mean.data, 1e-13);
  });
});

test('network: the client’s gradient is that of Eq. (1)', () => {
  forAll('client', 5, (random) => {
    const { network, images: [image], labels: [c] } = randomBatch(random), x = stack('x', [image], image.shape);
    const loss = (theta: Float64Array): number => {
      network.theta.data.set(theta);
      return network.forward(x, labelsOf([c], 4));
    };
    checkSlope('∂ℓ/∂θ', loss, network.theta.data.slice(), network.gradient(image, c).data, random);
  });
});

test('network: the client’s gradient leaves θ and the images as they were, and can be had again', () => {
  const { network, images, labels } = randomBatch(new Random(1));
  const theta = network.theta.data.slice(), pixels = images.map(({ data }) => data.slice());
  const once = network.gradient(images, labels).data;
  checkClose('again', network.gradient(images, labels).data, once, 0);
  checkClose('θ', network.theta.data, theta, 0);
  images.forEach(({ data }, i) => checkClose('image', data, pixels[i], 0));
});

test('network: networks of other batches share θ, not their activations', () => {
  const { network, images: [image] } = randomBatch(new Random(1)), x = stack('x', [image], image.shape);
  const two = network.withBatch(2), one = network.withBatch(1);
  assert.ok(two.theta === network.theta && one.theta === network.theta);
  assert.equal([two.batch, two.layers.inShape, two.imageShape, two.classes], [2, [2, 1, 6, 5], [1, 6, 5], 4]);
  const logits = network.logits(x), was = logits.data.slice();
  one.logits(zeros([1, 1, 6, 5]));
  checkClose('logits', logits.data, was, 0);
});

test('network: θ can be given, of the layers’ shapes', () => {
  const { network } = randomBatch(new Random(1)), { build, imageShape } = network;
  assert.ok(new Network(build, imageShape, 1, network.theta).theta === network.theta);
  assert.ok(new Network(build, imageShape).theta.data.every((value) => value === 0));
  const other = lenet({ channels: 1, height: 6, width: 5, classes: 3 }).theta;
  checkRangeError(() => new Network(build, imageShape, 1, other),
    /^theta: expected .*fc\.0\.bias \[4\], got .*fc\.0\.bias \[3\]$/);
});

test('network: R{x} left out is 0', () => {
  const random = new Random(1), { network, x, t, images } = randomBatch(random), all = network.withBatch(images.length);
  const rTheta = network.theta.like(normals(random, network.theta.data.length));
  all.forward(x, t);
  all.backward(network.theta.like());
  all.rForward(rTheta, { shape: x.shape, data: normals(random, x.data.length) }); // an R{x} to be forgotten
  const without = all.rBackward(all.rForward(rTheta), rTheta).data.slice();
  checkClose('R{∂ℓ/∂x}', all.rBackward(all.rForward(rTheta, zeros(x.shape)), rTheta).data, without, 0);
});

test('network: its last layer is linear over at least two classes', () => {
  const fc = (features: number, out: number): NamedLayer => {
    return { name: `fc.${features}`, layer: new Linear({ inShape: [1, features], out }) };
  };
  const network = (...parts: NamedLayer[]) => () => new Network(() => new Sequence(parts), [3]);
  network(fc(3, 2))();
  checkRangeError(network(fc(3, 4), fc(5, 2)), /^fc\.5.* expected .*shape.* \[1,5\], got \[1,4\]/);
  checkRangeError(network(fc(3, 1)), /^fc\.3: expected a linear last layer with 2 .*got \[1,1\]$/);
  checkRangeError(network(fc(3, 2), { name: 'f', layer: new Activation('relu', [1, 2]) }),
    /^f: expected a linear last layer /);
  const convolution: NamedLayer = { name: 'body.0', layer: new Conv2d({ inShape: [1, 1, 4, 4], out: 2, kernel: 4 }) };
  checkRangeError(network(convolution), /^body\.0: expected a linear last layer .* got \[1,2,1,1\]$/);
  checkRangeError(network(convolution, { name: 'flat', layer: new Flatten([1, 2, 1, 1]) }),
    /^flat: expected a linear last layer /);
});

test('network: refuses images, labels and batches that do not fit', () => {
  const { network, images: [image] } = randomBatch(new Random(1)), x = stack('x', [image], image.shape);
  checkRangeError(() => network.logits(zeros([6, 5])), /^network x: expected shape \[1,1,6,5\], got \[6,5\]/);
  checkRangeError(() => network.forward(x, zeros([1, 3])), /^label t: expected shape \[1,4\], got \[1,3\]/);
  checkRangeError(() => network.gradient(image, 4), /^label: expected 0 to 3, got 4$/);
  checkRangeError(() => network.gradient([image, image], [1]), /^batch: expected .*, got 1 for 2$/);
  checkRangeError(() => network.gradient([], []), /^batch: expected as many labels as images, got 0 for 0$/);
  for (const batch of [0, -1, 1.5, NaN]) {
    checkRangeError(() => network.withBatch(batch), new RegExp(`^batch: expected a positive integer, got ${batch}$`));
  }
  const broken = { shape: image.shape, data: image.data.slice().fill(NaN, 7) };
  checkRangeError(() => network.gradient([image, broken], [1, 2]), /^image: expected finite .* NaN at entry 7$/);
  const flat = image.data as unknown as Tensor;
  for (const given of [() => network.gradient(flat, 0), () => network.gradient([image, flat], [0, 1])]) {
    checkTypeError(given, /^image: expected a tensor \{ shape, data \}, got Float64Array without a shape$/);
  }
  checkRangeError(() => network.gradient(zeros([6, 5]), 0), /^image: expected shape \[1,6,5\], got \[6,5\]/);
  network.forward(x, labelsOf([0], 4));
  network.backward(network.theta.like());
  checkRangeError(() => network.rForward(network.theta, zeros([30])), /^Conv2d rX: expected .* got \[30\]/);
});

test('network: the R-passes want forward and backward of their own network first', () => {
  const { network, images: [image] } = randomBatch(new Random(1)), x = stack('x', [image], image.shape);
  const t = labelsOf([0], 4);
  const refused = (): void => assert.throws(() => network.rForward(network.theta), /^rForward: expected forward, then/);
  refused();
  network.gradient(image, 0);
  refused();
  network.forward(x, t);
  refused();
  network.backward(network.theta.like());
  network.rBackward(network.rForward(network.theta), network.theta);
  network.rForward(network.theta); // again, for another direction
  network.forward(x, t);
  refused();
  network.backward(network.theta.like());
  network.gradient(image, 0); // in the same buffers
  refused();
});

test('stack and labelsOf: images and hard labels as one batch', () => {
  const images = [1, 2].map((value) => ({ shape: [1, 2], data: Float64Array.of(value, -value) }));
  assert.equal(stack('image', images, [1, 2]), { shape: [2, 1, 2], data: Float64Array.of(1, -1, 2, -2) });
  assert.equal(labelsOf([2, 0], 3), { shape: [2, 3], data: Float64Array.of(0, 0, 1, 1, 0, 0) });
  checkRangeError(() => stack('start', [...images, zeros([2, 1])], [1, 2]),
    /^start: expected shape \[1,2\], got \[2,1\]/);
});

test.run();
