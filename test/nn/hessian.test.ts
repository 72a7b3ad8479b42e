/**
 * @file The four passes of a network of layers: slopes along (θ, x), and exact symmetry of every block of the Hessian.
 */
import { test } from '../check/test.ts';
import { Activation, ACTIVATIONS, type ActivationName } from '../../src/nn/activation.ts';
import { Conv2d } from '../../src/nn/conv2d.ts';
import { lenet } from '../../src/nn/lenet.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Network, type NamedLayer } from '../../src/nn/network.ts';
import { oneHot, softmax } from '../../src/nn/softmax-cross-entropy.ts';
import type { Random } from '../../src/tensor/random.ts';
import { sizeOf, type Tensor } from '../../src/tensor/tensor.ts';
import { checkAdjoint } from '../check/adjoint.ts';
import { checkClose } from '../check/close.ts';
import { between, forAll, join, normals, oneOf } from '../check/property.ts';
import { checkJacobian, checkSlope } from '../check/slope.ts';

/** A small network: two convolutions, each with its activation, and a linear layer, all of random geometry. */
function randomNetwork(random: Random, activation: ActivationName): Network {
  const [channels, height, width] = [between(random, 1, 3), between(random, 3, 8), between(random, 3, 8)];
  const rows = Array.from({ length: 2 }, () => ({
    out: between(random, 1, 4),
    kernel: between(random, 1, 3),
    stride: between(random, 1, 2),
    padding: between(random, 1, 2),
    bias: random.below(2) === 1,
  }));
  const classes = between(random, 2, 6), bias = random.below(2) === 1;
  const network = new Network(() => {
    const layers: NamedLayer[] = [];
    let shape: readonly number[] = [channels, height, width];
    rows.forEach((row, k) => {
      const convolution = new Conv2d({ inShape: shape, ...row });
      shape = convolution.outShape;
      layers.push({ name: `body.${2 * k}`, layer: convolution });
      layers.push({ name: `body.${2 * k + 1}`, layer: new Activation(activation, shape) });
    });
    return [...layers, { name: 'fc.0', layer: new Linear({ inShape: shape, outShape: [classes], bias }) }];
  });
  // Logits of about 1: where p is nearly 0 or 1 the R-passes' differences drown in rounding.
  for (const { W, b } of network.theta.windows) {
    const spread = Math.sqrt(W.shape[0] / W.data.length);
    W.data.set(normals(random, W.data.length).map((z) => z * spread));
    b.data.set(normals(random, b.data.length).map((z) => z / 2));
  }
  return network;
}

function softmaxOf(u: Float64Array): Float64Array {
  const t = new Float64Array(u.length);
  softmax(u, t);
  return t;
}

/** A network whose θ and x are one vector z, with a hard or a soft label and a weight of the loss. */
class Case {
  readonly z: Float64Array;
  readonly t: Float64Array;
  readonly weight: number;
  readonly #network: Network;
  readonly #size: number;

  constructor(network: Network, random: Random) {
    const x = normals(random, sizeOf(network.inShape)), { classes } = network;
    this.z = join(network.theta.data, x);
    this.t = random.below(2) === 0 ? oneHot(random.below(classes), classes) : softmaxOf(normals(random, classes));
    this.weight = random.uniform(0.1, 3);
    this.#network = network.sample(this.weight);
    this.#size = network.theta.data.length;
  }

  /** z's two parts; the vectors x alone and θ alone, with zeros in the other part's place. */
  theta = (z: Float64Array): Float64Array => z.slice(0, this.#size);
  x = (z: Float64Array): Float64Array => z.slice(this.#size);
  onlyTheta = (theta: Float64Array): Float64Array => join(theta, this.x(this.z).fill(0));
  onlyX = (x: Float64Array): Float64Array => join(this.theta(this.z).fill(0), x);

  /** ℓ, y, −log p = ∂ℓ/∂t, ∂ℓ/∂θ and ∂ℓ/∂x at z. */
  plain(z: Float64Array, t = this.t) {
    const grad = this.#network.theta.like();
    this.#network.theta.data.set(this.theta(z));
    const x = this.#image(this.x(z));
    const y = this.#network.logits(x).data.slice();
    const loss = this.#network.forward(x, t);
    const gradX = this.#network.backward(grad, true)!.data.slice();
    return { loss, y, gradT: softmaxOf(y).map((p) => -this.weight * Math.log(p)), gradTheta: grad.data, gradX };
  }

  /** R of the same at `this.z` along r, R{x} given or, where it is 0, left out. */
  differentiated(r: Float64Array, withRX = true) {
    const rTheta = this.#network.theta.like(this.theta(r)), rGrad = this.#network.theta.like();
    this.plain(this.z);
    const rY = this.#network.rForward(rTheta, withRX ? this.#image(this.x(r)) : undefined);
    const rGradX = this.#network.rBackward(rY, rTheta, rGrad).data.slice();
    return { rY: rY.data.slice(), rGradT: this.#network.rGradT.data.slice(), rGradTheta: rGrad.data, rGradX };
  }

  #image(data: Float64Array): Tensor {
    return { shape: this.#network.inShape, data };
  }
}

for (const activation of ACTIVATIONS) {
  // relu: so small a step that no entry passes the kink at 0 on its way.
  const options = { h: activation === 'relu' ? 1e-6 : 1e-5 };

  test(`network: slopes with ${activation}`, () => {
    forAll(activation, 20, (random) => {
      const at = new Case(randomNetwork(random, activation), random), { z } = at, r = normals(random, z.length);
      const { gradTheta, gradX } = at.plain(z), [theta, x] = [at.theta(z), at.x(z)];
      checkSlope('∂ℓ/∂θ', (theta) => at.plain(join(theta, x)).loss, theta, gradTheta, random, options);
      checkSlope('∂ℓ/∂x', (x) => at.plain(join(theta, x)).loss, x, gradX, random, options);

      const { rY, rGradT, rGradTheta, rGradX } = at.differentiated(r);
      checkJacobian('R{y}', (z) => at.plain(z).y, z, r, rY, options);
      checkJacobian('R{∂ℓ/∂t}', (z) => at.plain(z).gradT, z, r, rGradT, options);
      checkJacobian('R{∂ℓ/∂θ}', (z) => at.plain(z).gradTheta, z, r, rGradTheta, options);
      checkJacobian('R{∂ℓ/∂x}', (z) => at.plain(z).gradX, z, r, rGradX, options);
    });
  });

  test(`network: the Hessian with ${activation} is symmetric, block by block`, () => {
    forAll(activation, 20, (random) => {
      const at = new Case(randomNetwork(random, activation), random);
      const n = at.theta(at.z).length, m = at.x(at.z).length;
      const thetaToTheta = (u: Float64Array) => at.differentiated(at.onlyTheta(u), false).rGradTheta;
      const thetaToX = (u: Float64Array) => at.differentiated(at.onlyTheta(u), false).rGradX;
      const xToTheta = (w: Float64Array) => at.differentiated(at.onlyX(w)).rGradTheta;
      const xToX = (w: Float64Array) => at.differentiated(at.onlyX(w)).rGradX;
      checkAdjoint('θθ', thetaToTheta, thetaToTheta, n, n, random);
      checkAdjoint('xθ', thetaToX, xToTheta, n, m, random);
      checkAdjoint('xx', xToX, xToX, m, m, random);
    });
  });

  test(`network: R{∂ℓ/∂t} with ${activation} is the adjoint of ∂ℓ/∂θ’s dependence on t`, () => {
    forAll(activation, 20, (random) => {
      const at = new Case(randomNetwork(random, activation), random), n = at.theta(at.z).length, m = at.t.length;
      const thetaToT = (u: Float64Array) => at.differentiated(at.onlyTheta(u), false).rGradT;
      // ∂ℓ/∂y = p Σt − t is linear in t; the loss takes Σt = 1, so it is asked for t / Σt.
      const tToTheta = (v: Float64Array) => {
        const sum = v.reduce((total, value) => total + value, 0);
        return at.plain(at.z, v.map((value) => value / sum)).gradTheta.map((g) => g * sum);
      };
      checkAdjoint('tθ', thetaToT, tToTheta, n, m, random);
    });
  });
}

test('network: R{x} left out is 0', () => {
  forAll('rX', 20, (random) => {
    const at = new Case(randomNetwork(random, oneOf(random, ACTIVATIONS)), random);
    const r = at.onlyTheta(normals(random, at.theta(at.z).length));
    const [without, zero] = [at.differentiated(r, false), at.differentiated(r)];
    checkClose('R{y}', without.rY, zero.rY, 0);
    checkClose('R{∂ℓ/∂θ}', without.rGradTheta, zero.rGradTheta, 0);
    checkClose('R{∂ℓ/∂x}', without.rGradX, zero.rGradX, 0);
  });
});

test('network: LeNet, slope and symmetry', () => {
  forAll('lenet', 6, (random, i) => {
    const activation = (['sigmoid', 'tanh'] as const)[i % 2];
    const height = between(random, 4, 9), width = between(random, 4, 9);
    const at = new Case(lenet({ channels: 2, height, width, classes: 4, activation, seed: i }), random);
    const { z } = at, r = normals(random, z.length), { rGradTheta, rGradX } = at.differentiated(r);
    checkJacobian('R{∂ℓ/∂θ}', (z) => at.plain(z).gradTheta, z, r, rGradTheta);
    checkJacobian('R{∂ℓ/∂x}', (z) => at.plain(z).gradX, z, r, rGradX);
    const thetaToX = (u: Float64Array) => at.differentiated(at.onlyTheta(u), false).rGradX;
    const xToTheta = (w: Float64Array) => at.differentiated(at.onlyX(w)).rGradTheta;
    checkAdjoint('xθ', thetaToX, xToTheta, rGradTheta.length, rGradX.length, random);
  });
});

test.run();
