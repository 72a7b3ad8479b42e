/** @file PyTorch's values for LeNet, in float64: logits, ℓ, ∂ℓ/∂θ and Hessian-vector products, of every fixture. */
import { test } from '../check/test.ts';
import { labelsOf, type Network } from '../../src/nn/network.ts';
import { checkClose } from '../check/close.ts';
import { gradientMatchingFixtures } from '../check/fixtures.ts';

const TOLERANCE = 1e-10;

/** Tests of LeNet as `prepare` makes it from the plain one; `title` begins their names. */
export function pytorchLeNetTests(title: string, prepare: (network: Network) => Network): void {
  for (const fixture of gradientMatchingFixtures()) {
    const { file, network: plain, batch, images, x, labels, logits, loss, gradient, hvp } = fixture;
    const single = prepare(plain), network = single.withBatch(batch), t = labelsOf(labels, network.classes);

    test(`${title}, ${file}: logits and ℓ`, () => {
      checkClose('y', network.logits(x).data, logits.data, TOLERANCE);
      checkClose('ℓ', [network.forward(x, t)], [loss], TOLERANCE);
    });

    test(`${title}, ${file}: ∂ℓ/∂θ`, () => {
      for (const [name, { data }] of single.gradient(images, labels).tensors) {
        checkClose(name, data, gradient.tensors.get(name)!.data, TOLERANCE);
      }
    });

    test(`${title}, ${file}: R{∂ℓ/∂x} and R{∂ℓ/∂θ}`, () => {
      const rGrad = network.theta.like();
      network.forward(x, t);
      network.backward(network.theta.like());
      const rGradX = network.rBackward(network.rForward(hvp.direction), hvp.direction, rGrad);
      checkClose('R{∂ℓ/∂x}', rGradX.data, hvp.wrtX.data, TOLERANCE);
      for (const [name, { data }] of rGrad.tensors) {
        checkClose(`R{∂ ${name}}`, data, hvp.wrtParameters.tensors.get(name)!.data, TOLERANCE);
      }
    });
  }
}
