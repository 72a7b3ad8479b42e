/**
 * @file A network: its contract, and the gradient that a client shares, of one image or of a batch. The derivatives are
 * checked in hessian.test.ts, the values in pytorch.test.ts.
 */
import { test } from '../check/test.ts';
import * as assert from 'uvu/assert';
import { Conv2d } from '../../src/nn/conv2d.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Network, type NamedLayer } from '../../src/nn/network.ts';
import { oneHot } from '../../src/nn/softmax-cross-entropy.ts';
import { Random } from '../../src/tensor/random.ts';
import { zeros } from '../../src/tensor/tensor.ts';
import { checkClose, expectWithin } from '../check/close.ts';
import { checkRangeError } from '../check/errors.ts';
import { between, forAll } from '../check/property.ts';
import { checkSlope } from '../check/slope.ts';

/** A LeNet with some images and their classes. */
function randomBatch(random: Random) {
  const network = lenet({ channels: 1, height: 6, width: 5, classes: 4, seed: random.below(1000) });
  const images = Array.from({ length: between(random, 1, 5) }, () => {
    return { shape: network.inShape, data: random.fillUniform(new Float64Array(30)) };
  });
  return { network, images, labels: images.map(() => random.below(4)) };
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

test('network: the client’s gradient is that of Eq. (1)', () => {
  forAll('client', 5, (random) => {
    const { network, images: [image], labels: [c] } = randomBatch(random);
    const loss = (theta: Float64Array): number => {
      network.theta.data.set(theta);
      return network.forward(image, oneHot(c, network.classes));
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

test('network: samples share θ, not their activations; a weight multiplies the loss', () => {
  const { network, images: [image] } = randomBatch(new Random(1));
  const sample = network.sample(0.25), t = oneHot(1, 4);
  assert.ok(sample.theta === network.theta);
  const logits = network.logits(image), was = logits.data.slice();
  expectWithin('ℓ', sample.forward(image, t), network.forward(image, t) / 4, 1, 1e-15);
  sample.logits(zeros(network.inShape));
  checkClose('logits', logits.data, was, 0);
});

test('network: ∂ℓ/∂x only where it is wanted', () => {
  const { network, images: [image] } = randomBatch(new Random(1));
  const [grad, other] = [network.theta.like(), network.theta.like()];
  network.forward(image, oneHot(1, 4));
  assert.is(network.backward(grad), undefined);
  assert.equal(network.backward(other, true)!.shape, network.inShape);
  checkClose('∂ℓ/∂θ', other.data, grad.data, 0);
});

test('network: refuses layers that do not fit, and fewer than two classes', () => {
  const fc = (into: number, out: number): NamedLayer => {
    return { name: `fc.${into}`, layer: new Linear({ inShape: [into], outShape: [out] }) };
  };
  checkRangeError(() => new Network(() => [fc(3, 4), fc(5, 2)]), /^fc\.5: expected .* shape \[5\], got \[4\]$/);
  checkRangeError(() => new Network(() => [fc(3, 1)]), /^classes: expected \[2\] or more outputs, got \[1\]$/);
  const convolution = new Conv2d({ inShape: [1, 4, 4], out: 2, kernel: 2 });
  checkRangeError(() => new Network(() => [{ name: 'body.0', layer: convolution }]), /or more outputs, got \[2,3,3\]$/);
});

test('network: refuses images, labels and batches that do not fit', () => {
  const { network, images: [image] } = randomBatch(new Random(1));
  checkRangeError(() => network.logits(zeros([6, 5])), /^network x: expected shape \[1,6,5\], got \[6,5\]/);
  checkRangeError(() => network.forward(image, new Float64Array(3)), /^label: expected 4 probabilities, got 3$/);
  checkRangeError(() => network.gradient(image, 4), /^label: expected 0 to 3, got 4$/);
  checkRangeError(() => network.gradient([image, image], [1]), /^batch: expected .*, got 1 for 2$/);
  checkRangeError(() => network.gradient([], []), /^batch: expected as many labels as images, got 0 for 0$/);
  const broken = { shape: image.shape, data: image.data.slice().fill(NaN, 7) };
  checkRangeError(() => network.gradient([image, broken], [1, 2]), /^image: expected finite .* NaN at entry 7$/);
  network.forward(image, oneHot(0, 4));
  network.backward(network.theta.like());
  checkRangeError(() => network.rForward(network.theta, zeros([30])), /^Conv2d rX: expected .* got \[30\]/);
});

test('network: the R-passes want forward and backward of their own network first', () => {
  const { network, images: [image] } = randomBatch(new Random(1)), t = oneHot(0, 4);
  const refused = (): void => assert.throws(() => network.rForward(network.theta), /^rForward: expected forward, then/);
  refused();
  network.gradient(image, 0); // on buffers of its own
  refused();
  network.forward(image, t);
  refused();
  network.backward(network.theta.like());
  network.rBackward(network.rForward(network.theta), network.theta);
  network.rForward(network.theta); // again, for another direction
  network.forward(image, t);
  refused();
});

test.run();
