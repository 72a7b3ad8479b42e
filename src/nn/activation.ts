/**
 * @file The activation y = f(x), entry by entry.
 *
 *   forward     y      = f(x)
 *   backward    ∂x     = f′(x) ∂y
 *   rForward    R{y}   = f′(x) R{x}
 *   rBackward   R{∂x}  = f′(x) R{∂y} + f″(x) R{x} ∂y
 *
 *   f          y                  f′             f″
 *   sigmoid    1 / (1 + e⁻ˣ)      y (1 − y)      y (1 − y) (1 − 2y)
 *   tanh       tanh x             1 − y²         −2 y (1 − y²)
 *   relu       max(x, 0)          1 if x > 0     0                       f′(0) = 0, as in PyTorch
 *
 * ReLU has f″ = 0: only the first term of R{∂x} is left. f′ jumps where x changes its sign, and so does L_G.
 */
import { exp, tanh } from '../tensor/elementary.ts';
import { expectShape, zeros, type Tensor } from '../tensor/tensor.ts';
import type { Layer, ParameterShapes } from './layer.ts';

/** f(x), and f′ and f″ from x and y = f(x). */
const TABLE = {
  sigmoid: { f: (x) => 1 / (1 + exp(-x)), first: (_, y) => y * (1 - y), second: (_, y) => y * (1 - y) * (1 - 2 * y) },
  tanh: { f: (x) => tanh(x), first: (_, y) => 1 - y * y, second: (_, y) => -2 * y * (1 - y * y) },
  relu: { f: (x) => (x <= 0 ? 0 : x), first: (x) => (x > 0 ? 1 : 0), second: () => 0 }, // NaN stays NaN
} satisfies Record<string, Record<'f' | 'first' | 'second', (x: number, y: number) => number>>;

export type ActivationName = keyof typeof TABLE;

export const ACTIVATIONS = Object.keys(TABLE) as readonly ActivationName[];

export class Activation implements Layer<unknown> {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes = {};
  readonly f: ActivationName;
  #x!: Tensor; #gradY!: Tensor; #rX!: Tensor; // what the passes were given last
  #y?: Tensor; #gradX?: Tensor; #rY?: Tensor; #rGradX?: Tensor; // what they return, allocated when first needed

  /** @throws {RangeError} if `f` is not one of `ACTIVATIONS`. */
  constructor(f: ActivationName, shape: readonly number[]) {
    if (!ACTIVATIONS.includes(f)) throw new RangeError(`activation: expected ${ACTIVATIONS.join(', ')}, got ${f}`);
    this.f = f;
    this.inShape = this.outShape = shape;
  }

  /** y = f(x) */
  forward(x: Tensor): Tensor {
    expectShape('Activation x', x, this.inShape);
    this.#x = x;
    const { f } = TABLE[this.f], y = (this.#y ??= zeros(this.outShape)).data;
    for (let i = 0; i < y.length; i++) y[i] = f(x.data[i]);
    return this.#y;
  }

  /** ∂x = f′(x) ∂y */
  backward(gradY: Tensor): Tensor {
    expectShape('Activation gradY', gradY, this.outShape);
    this.#gradY = gradY;
    const { first } = TABLE[this.f], x = this.#x.data, y = this.#y!.data;
    const gradX = (this.#gradX ??= zeros(this.inShape)).data;
    for (let i = 0; i < gradX.length; i++) gradX[i] = first(x[i], y[i]) * gradY.data[i];
    return this.#gradX;
  }

  /** R{y} = f′(x) R{x} */
  rForward(rX: Tensor): Tensor {
    expectShape('Activation rX', rX, this.inShape);
    this.#rX = rX;
    const { first } = TABLE[this.f], x = this.#x.data, y = this.#y!.data, rY = (this.#rY ??= zeros(this.outShape)).data;
    for (let i = 0; i < rY.length; i++) rY[i] = first(x[i], y[i]) * rX.data[i];
    return this.#rY;
  }

  /** R{∂x} = f′(x) R{∂y} + f″(x) R{x} ∂y */
  rBackward(rGradY: Tensor): Tensor {
    expectShape('Activation rGradY', rGradY, this.outShape);
    const { first, second } = TABLE[this.f], x = this.#x.data, y = this.#y!.data;
    const gradY = this.#gradY.data, rX = this.#rX.data, rGradX = (this.#rGradX ??= zeros(this.inShape)).data;
    for (let i = 0; i < rGradX.length; i++) {
      rGradX[i] = first(x[i], y[i]) * rGradY.data[i] + second(x[i], y[i]) * rX[i] * gradY[i];
    }
    return this.#rGradX;
  }
}
