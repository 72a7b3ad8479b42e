/**
 * @file The activation y = f(x), entry by entry.
 *
 *   forward     y      = f(x)
 *   backward    ∂ℓ/∂x  = f′(x) ⊙ ∂ℓ/∂y
 *   rForward    R{y}   = f′(x) ⊙ R{x}
 *   rBackward   R{∂x}  = f′(x) ⊙ R{∂y} + f″(x) ⊙ R{x} ⊙ ∂ℓ/∂y
 *
 *   f          f′            f″
 *   sigmoid    y (1 − y)     y (1 − y) (1 − 2y)      y = 1 / (1 + e⁻ˣ)
 *   tanh       1 − y²        −2 y (1 − y²)
 *   relu       1 if x > 0    0                       f′(0) = 0, as in PyTorch
 *
 *   invert     x = f⁻¹(y)      ln(y / (1 − y)) for sigmoid, artanh y for tanh; relu has none: all x ≤ 0 give 0
 *
 * relu has no curvature: of the two terms of R{∂x} only the first is left, and L_G has kinks.
 */
import { artanh, exp, log, tanh } from '../tensor/elementary.ts';
import { expectShape, zeros, type Tensor } from '../tensor/tensor.ts';
import type { Layer, ParameterShapes } from './layer.ts';

type Evaluate = (x: Float64Array, y: Float64Array, d1: Float64Array, d2: Float64Array) => void;

/** Each fills y = f(x), d1 = f′(x) and d2 = f″(x) in one loop of its own. */
const EVALUATE = {
  sigmoid(x, y, d1, d2) {
    for (let i = 0; i < x.length; i++) {
      const s = 1 / (1 + exp(-x[i]));
      y[i] = s;
      d1[i] = s * (1 - s);
      d2[i] = s * (1 - s) * (1 - 2 * s);
    }
  },
  tanh(x, y, d1, d2) {
    for (let i = 0; i < x.length; i++) {
      const s = tanh(x[i]);
      y[i] = s;
      d1[i] = 1 - s * s;
      d2[i] = -2 * s * (1 - s * s);
    }
  },
  relu(x, y, d1, d2) {
    for (let i = 0; i < x.length; i++) {
      y[i] = x[i] <= 0 ? 0 : x[i]; // NaN stays NaN
      d1[i] = x[i] > 0 ? 1 : 0;
      d2[i] = 0;
    }
  },
} satisfies Record<string, Evaluate>;

/** f⁻¹ */
export interface Inverse {
  /** The open interval that f maps onto. */
  readonly range: readonly [number, number];
  readonly at: (y: number) => number;
}

const INVERSE: { readonly [name in ActivationName]?: Inverse } = {
  sigmoid: { range: [0, 1], at: (y) => log(y / (1 - y)) },
  tanh: { range: [-1, 1], at: artanh },
};

export type ActivationName = keyof typeof EVALUATE;

/** The names that `Activation` takes: sigmoid, tanh, relu. */
export const ACTIVATIONS = Object.keys(EVALUATE) as readonly ActivationName[];

export class Activation implements Layer {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes = {};
  /** f's name. */
  readonly f: ActivationName;
  readonly #evaluate: Evaluate;
  readonly #y: Tensor;
  readonly #d1: Float64Array;
  readonly #d2: Float64Array;
  readonly #gradX: Tensor;
  readonly #rY: Tensor;
  readonly #rGradX: Tensor;
  readonly #zero: Tensor;
  #gradY: Tensor;
  #rX: Tensor;

  /** @throws {RangeError} where `name` is not one of `ACTIVATIONS`. */
  constructor(name: ActivationName, shape: readonly number[]) {
    if (!ACTIVATIONS.includes(name)) {
      throw new RangeError(`activation: expected ${ACTIVATIONS.join(', ')}, got ${name}`);
    }
    this.f = name;
    this.#evaluate = EVALUATE[name];
    this.inShape = this.outShape = shape;
    this.#y = zeros(shape);
    this.#d1 = zeros(shape).data;
    this.#d2 = zeros(shape).data;
    this.#gradX = zeros(shape);
    this.#rY = zeros(shape);
    this.#rGradX = zeros(shape);
    this.#zero = this.#gradY = this.#rX = zeros(shape);
  }

  /** y = f(x) */
  forward(x: Tensor): Tensor {
    expectShape('Activation x', x, this.inShape);
    this.#evaluate(x.data, this.#y.data, this.#d1, this.#d2);
    return this.#y;
  }

  /** f⁻¹ and the interval that it takes. @throws {RangeError} where f has none. */
  expectInverse(): Inverse {
    const inverse = INVERSE[this.f];
    if (inverse) return inverse;
    const names = Object.keys(INVERSE).join(' or ');
    throw new RangeError(`activation: expected ${names}, which have an inverse, got ${this.f}: every x ≤ 0 gives it 0`);
  }

  /**
   * x = f⁻¹(y), a new tensor; a y nearer than its margin to an end of f's range, or past it, is taken to be there.
   * @throws {RangeError} where f has no inverse.
   */
  invert(y: Tensor, margins: Float64Array): Tensor {
    expectShape('Activation y', y, this.outShape);
    const { at, range: [low, high] } = this.expectInverse();
    const inside = (v: number, margin: number): number => Math.min(Math.max(v, low + margin), high - margin);
    return { shape: y.shape, data: y.data.map((v, i) => at(inside(v, margins[i]))) };
  }

  /** ∂x = f′ ⊙ ∂y */
  backward(gradY: Tensor): Tensor {
    expectShape('Activation gradY', gradY, this.outShape);
    this.#gradY = gradY;
    const d1 = this.#d1, gy = gradY.data, gx = this.#gradX.data;
    for (let i = 0; i < gx.length; i++) gx[i] = d1[i] * gy[i];
    return this.#gradX;
  }

  /** R{y} = f′ ⊙ R{x} */
  rForward(rX: Tensor | undefined): Tensor {
    if (rX) expectShape('Activation rX', rX, this.inShape);
    this.#rX = rX ?? this.#zero;
    const d1 = this.#d1, rx = this.#rX.data, ry = this.#rY.data;
    for (let i = 0; i < ry.length; i++) ry[i] = d1[i] * rx[i];
    return this.#rY;
  }

  /** R{∂x} = f′ ⊙ R{∂y} + f″ ⊙ R{x} ⊙ ∂y */
  rBackward(rGradY: Tensor): Tensor {
    expectShape('Activation rGradY', rGradY, this.outShape);
    const d1 = this.#d1, d2 = this.#d2, gy = this.#gradY.data, rx = this.#rX.data;
    const rgy = rGradY.data, rgx = this.#rGradX.data;
    for (let i = 0; i < rgx.length; i++) rgx[i] = d1[i] * rgy[i] + d2[i] * rx[i] * gy[i];
    return this.#rGradX;
  }
}
