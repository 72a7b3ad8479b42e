/**
 * @file PyTorch's values for LeNet, whatever files there are: logits, ℓ, ∂ℓ/∂θ and Hessian-vector products in float64.
 * A batch is one network a sample, each with weight 1/batch.
 */
import { test } from '../check/test.ts';
import { oneHot } from '../../src/nn/softmax-cross-entropy.ts';
import { checkClose } from '../check/close.ts';
import { gradientMatchingFixtures } from '../check/fixtures.ts';

const TOLERANCE = 1e-10;

for (const { file, network, batch, images, labels, logits, loss, gradient, hvp } of gradientMatchingFixtures()) {
  const targets = labels.map((c) => oneHot(c, network.classes));

  test(`${file}: logits and ℓ`, () => {
    let mean = 0;
    images.forEach((image, i) => {
      const sample = network.sample(1 / batch), { classes } = network;
      checkClose(`y of ${i}`, sample.logits(image).data, logits.subarray(i * classes, (i + 1) * classes), TOLERANCE);
      mean += sample.forward(image, targets[i]);
    });
    checkClose('ℓ', [mean], [loss], TOLERANCE);
  });

  test(`${file}: ∂ℓ/∂θ`, () => {
    for (const [name, { data }] of network.gradient(images, labels).tensors) {
      checkClose(name, data, gradient.tensors.get(name)!.data, TOLERANCE);
    }
  });

  test(`${file}: R{∂ℓ/∂x} and R{∂ℓ/∂θ}`, () => {
    const rGrad = network.theta.like(), rGradX: number[] = [];
    images.forEach((image, i) => {
      const sample = network.sample(1 / batch);
      sample.forward(image, targets[i]);
      sample.backward(network.theta.like());
      rGradX.push(...sample.rBackward(sample.rForward(hvp.direction), hvp.direction, rGrad).data);
    });
    checkClose('R{∂ℓ/∂x}', rGradX, hvp.wrtX, TOLERANCE);
    for (const [name, { data }] of rGrad.tensors) {
      checkClose(`R{∂ ${name}}`, data, hvp.wrtParameters.tensors.get(name)!.data, TOLERANCE);
    }
  });
}

test.run();
