/**
 * @file Fast twin of src/nn/activation.ts; skip on first reading.
 *
 * The idea: y, f′ and f″ come from one loop in `forward`, written out for each f, so that exp runs once per number and
 * no function is called per number. The other three passes are products of what is there.
 */
import { Activation, type ActivationName } from '../nn/activation.ts';
import { expectShape, zeros, type Tensor } from '../tensor/tensor.ts';
import { exp, tanh } from './elementary.ts';

/** y = f(x), first = f′(x), second = f″(x) */
type Evaluate = (x: Float64Array, y: Float64Array, first: Float64Array, second: Float64Array) => void;

/** The activations that have a fast twin. */
const EVALUATE: Readonly<Partial<Record<ActivationName, Evaluate>>> = {
  sigmoid(x, y, first, second) {
    for (let i = 0; i < x.length; i++) {
      const s = 1 / (1 + exp(-x[i]));
      y[i] = s;
      first[i] = s * (1 - s);
      second[i] = s * (1 - s) * (1 - 2 * s);
    }
  },
  tanh(x, y, first, second) {
    for (let i = 0; i < x.length; i++) {
      const s = tanh(x[i]);
      y[i] = s;
      first[i] = 1 - s * s;
      second[i] = -2 * s * (1 - s * s);
    }
  },
  relu(x, y, first, second) {
    for (let i = 0; i < x.length; i++) {
      y[i] = x[i] <= 0 ? 0 : x[i]; // of NaN, NaN
      first[i] = x[i] > 0 ? 1 : 0;
      second[i] = 0;
    }
  },
};

export class FastActivation extends Activation {
  readonly #evaluate: Evaluate;
  readonly #y: Tensor;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  readonly #gradX: Tensor;
  readonly #rY: Tensor;
  readonly #rGradX: Tensor;
  #gradY: Tensor;
  #rX: Tensor;

  /** Whether there is a fast twin of the activation. */
  static has(f: ActivationName): boolean {
    return f in EVALUATE;
  }

  /** @param f one that `has` knows. */
  constructor(f: ActivationName, shape: readonly number[]) {
    super(f, shape);
    this.#evaluate = EVALUATE[f]!;
    this.#y = this.#gradY = zeros(shape);
    this.#first = zeros(shape).data;
    this.#second = zeros(shape).data;
    this.#gradX = this.#rX = zeros(shape);
    this.#rY = zeros(shape);
    this.#rGradX = zeros(shape);
  }

  /** y = f(x) */
  override forward(x: Tensor): Tensor {
    expectShape('Activation x', x, this.inShape);
    this.#evaluate(x.data, this.#y.data, this.#first, this.#second);
    return this.#y;
  }

  /** ∂x = f′(x) ∂y */
  override backward(gradY: Tensor): Tensor {
    expectShape('Activation gradY', gradY, this.outShape);
    this.#gradY = gradY;
    const first = this.#first, dy = gradY.data, gradX = this.#gradX.data;
    for (let i = 0; i < gradX.length; i++) gradX[i] = first[i] * dy[i];
    return this.#gradX;
  }

  /** R{y} = f′(x) R{x} */
  override rForward(rX: Tensor): Tensor {
    expectShape('Activation rX', rX, this.inShape);
    this.#rX = rX;
    const first = this.#first, rx = rX.data, rY = this.#rY.data;
    for (let i = 0; i < rY.length; i++) rY[i] = first[i] * rx[i];
    return this.#rY;
  }

  /** R{∂x} = f′(x) R{∂y} + f″(x) R{x} ∂y */
  override rBackward(rGradY: Tensor): Tensor {
    expectShape('Activation rGradY', rGradY, this.outShape);
    const first = this.#first, second = this.#second, dy = this.#gradY.data, rx = this.#rX.data;
    const rdy = rGradY.data, rGradX = this.#rGradX.data;
    for (let i = 0; i < rGradX.length; i++) rGradX[i] = first[i] * rdy[i] + second[i] * rx[i] * dy[i];
    return this.#rGradX;
  }
}
