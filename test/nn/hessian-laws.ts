/**
 * @file What the four passes of a network must satisfy, plain or fast: slopes along (θ, x), and exact symmetry of every
 * block of the Hessian.
 */
import { test } from '../check/test.ts';
import { Activation, ACTIVATIONS, type ActivationName } from '../../src/nn/activation.ts';
import { Conv2d } from '../../src/nn/conv2d.ts';
import { Flatten } from '../../src/nn/flatten.ts';
import { lenet } from '../../src/nn/lenet.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { Linear } from '../../src/nn/linear.ts';
import { Network } from '../../src/nn/network.ts';
import { Sequence, type NamedLayer } from '../../src/nn/sequence.ts';
import { oneHot, softmax } from '../../src/nn/softmax-cross-entropy.ts';
import type { Random } from '../../src/tensor/random.ts';
import { sizeOf, view } from '../../src/tensor/tensor.ts';
import { checkAdjoint } from '../check/adjoint.ts';
import { between, forAll, join, normals } from '../check/property.ts';
import { checkJacobian, checkSlope } from '../check/slope.ts';

/** A small network: two convolutions, each with its activation, and a linear layer, all of random geometry. */
function randomNetwork(random: Random, activation: ActivationName): Network {
  const imageShape = [between(random, 1, 3), between(random, 3, 7), between(random, 3, 7)];
  const rows = Array.from({ length: 2 }, () => ({
    out: between(random, 1, 4),
    kernel: between(random, 1, 3),
    stride: between(random, 1, 2),
    padding: between(random, 1, 2),
    bias: random.below(2) === 1,
  }));
  const classes = between(random, 2, 6), bias = random.below(2) === 1;
  const network = new Network((inShape) => {
    const parts: NamedLayer[] = [];
    const add = (name: string, layer: Layer): readonly number[] => (parts.push({ name, layer }), layer.outShape);
    let shape = inShape;
    rows.forEach((row, k) => {
      shape = add(`body.${2 * k}`, new Conv2d({ inShape: shape, ...row }));
      add(`body.${2 * k + 1}`, new Activation(activation, shape));
    });
    shape = add('flatten', new Flatten(shape));
    add('fc.0', new Linear({ inShape: shape, out: classes, bias }));
    return new Sequence(parts);
  }, imageShape);
  // Logits of about 1: where p is nearly 0 or 1 the R-passes' differences drown in rounding.
  for (const [name, { shape, data }] of network.theta.tensors) {
    const spread = name.endsWith('weight') ? Math.sqrt(shape[0] / data.length) : 1 / 2;
    data.set(normals(random, data.length).map((z) => z * spread));
  }
  return network;
}

/** t = softmax(u), row by row of n. */
function softmaxRows(u: Float64Array, n: number): Float64Array {
  const t = new Float64Array(u.length);
  for (let i = 0; i < u.length; i += n) softmax(u.subarray(i, i + n), t.subarray(i, i + n));
  return t;
}

/** A network for one image or more, whose θ and x are one vector z, with hard or soft labels t. */
class Case {
  readonly z: Float64Array;
  readonly t: Float64Array;
  readonly #network: Network;
  readonly #size: number;

  constructor(single: Network, random: Random, batch = between(random, 1, 3)) {
    const { classes, theta } = single;
    this.#network = single.withBatch(batch);
    this.#size = theta.data.length;
    this.z = join(theta.data, normals(random, sizeOf(this.#network.layers.inShape)));
    const hard = () => oneHot(random.below(classes), classes);
    const soft = () => softmaxRows(normals(random, classes), classes);
    this.t = join(...Array.from({ length: batch }, () => (random.below(2) === 0 ? hard() : soft())));
  }

  /** z's two parts; the vectors x alone and θ alone, with zeros in the other part's place. */
  theta = (z: Float64Array): Float64Array => z.slice(0, this.#size);
  x = (z: Float64Array): Float64Array => z.slice(this.#size);
  onlyTheta = (theta: Float64Array): Float64Array => join(theta, this.x(this.z).fill(0));
  onlyX = (x: Float64Array): Float64Array => join(this.theta(this.z).fill(0), x);

  /** ℓ, y, ∂ℓ/∂t = −log p / batch, ∂ℓ/∂θ and ∂ℓ/∂x at z. */
  plain(z: Float64Array, t = this.t) {
    const network = this.#network, { batch, classes } = network, grad = network.theta.like();
    network.theta.data.set(this.theta(z));
    const x = view(this.x(z), network.layers.inShape);
    const y = network.logits(x).data.slice();
    const loss = network.forward(x, { shape: [batch, classes], data: t });
    const gradX = network.backward(grad).data.slice();
    const gradT = softmaxRows(y, classes).map((p) => -Math.log(p) / batch);
    return { loss, y, gradT, gradTheta: grad.data, gradX };
  }

  /** R of the same at `this.z` along r. */
  differentiated(r: Float64Array) {
    const network = this.#network, rTheta = network.theta.like(this.theta(r)), rGrad = rTheta.like();
    this.plain(this.z);
    const rY = network.rForward(rTheta, view(this.x(r), network.layers.inShape));
    const rGradX = network.rBackward(rY, rTheta, rGrad).data.slice();
    return { rY: rY.data.slice(), rGradT: network.rGradT.data.slice(), rGradTheta: rGrad.data, rGradX };
  }
}

/** Tests of the passes of networks as `prepare` makes them from plain ones; `title` begins their names. */
export function hessianLaws(title: string, prepare: (network: Network) => Network): void {
  for (const activation of ACTIVATIONS) {
    // relu: so small a step that no entry passes the kink at 0 on its way.
    const options = { h: activation === 'relu' ? 1e-6 : 1e-5 };

    test(`${title}: slopes with ${activation}`, () => {
      forAll(activation, 20, (random) => {
        const at = new Case(prepare(randomNetwork(random, activation)), random), { z } = at;
        const r = normals(random, z.length);
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

    test(`${title}: the Hessian with ${activation} is symmetric, block by block`, () => {
      forAll(activation, 20, (random) => {
        const at = new Case(prepare(randomNetwork(random, activation)), random);
        const n = at.theta(at.z).length, m = at.x(at.z).length;
        const thetaToTheta = (u: Float64Array) => at.differentiated(at.onlyTheta(u)).rGradTheta;
        const thetaToX = (u: Float64Array) => at.differentiated(at.onlyTheta(u)).rGradX;
        const xToTheta = (w: Float64Array) => at.differentiated(at.onlyX(w)).rGradTheta;
        const xToX = (w: Float64Array) => at.differentiated(at.onlyX(w)).rGradX;
        checkAdjoint('θθ', thetaToTheta, thetaToTheta, n, n, random);
        checkAdjoint('xθ', thetaToX, xToTheta, n, m, random);
        checkAdjoint('xx', xToX, xToX, m, m, random);
      });
    });

    test(`${title}: R{∂ℓ/∂t} with ${activation} is the adjoint of ∂ℓ/∂θ’s dependence on t`, () => {
      forAll(activation, 20, (random) => {
        const at = new Case(prepare(randomNetwork(random, activation)), random, 1), n = at.theta(at.z).length;
        const m = at.t.length;
        const thetaToT = (u: Float64Array) => at.differentiated(at.onlyTheta(u)).rGradT;
        // ∂ℓ/∂y = p Σt − t is linear in t; the loss takes Σt = 1, so it is asked for t / Σt.
        const tToTheta = (v: Float64Array) => {
          const sum = v.reduce((total, value) => total + value, 0);
          return at.plain(at.z, v.map((value) => value / sum)).gradTheta.map((g) => g * sum);
        };
        checkAdjoint('tθ', thetaToT, tToTheta, n, m, random);
      });
    });
  }

  test(`${title}: LeNet, slope and symmetry`, () => {
    forAll('lenet', 4, (random, i) => {
      const activation = (['sigmoid', 'tanh'] as const)[i % 2];
      const height = between(random, 4, 7), width = between(random, 4, 7);
      const at = new Case(prepare(lenet({ channels: 2, height, width, classes: 4, activation, seed: i })), random);
      const { z } = at, r = normals(random, z.length), { rGradTheta, rGradX } = at.differentiated(r);
      checkJacobian('R{∂ℓ/∂θ}', (z) => at.plain(z).gradTheta, z, r, rGradTheta);
      checkJacobian('R{∂ℓ/∂x}', (z) => at.plain(z).gradX, z, r, rGradX);
      const thetaToX = (u: Float64Array) => at.differentiated(at.onlyTheta(u)).rGradX;
      const xToTheta = (w: Float64Array) => at.differentiated(at.onlyX(w)).rGradTheta;
      checkAdjoint('xθ', thetaToX, xToTheta, rGradTheta.length, rGradX.length, random);
    });
  });
}
