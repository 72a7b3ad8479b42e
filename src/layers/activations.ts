/**
 * @file Activations besides those of src/nn, one row each. Their passes are the same as there, entry by entry:
 *
 *   forward     y     = f(x)                     rForward    R{y}  = f′(x) R{x}
 *   backward    ∂x    = f′(x) ∂y                 rBackward   R{∂x} = f′(x) R{∂y} + f″(x) R{x} ∂y
 *
 *   f            y                               f′                         f″
 *   leaky-relu   x if x > 0, otherwise α x       1 if x > 0, otherwise α    0
 *   silu         x s with s = 1 / (1 + e⁻ˣ)      s (1 + x (1 − s))          s (1 − s) (2 + x (1 − 2 s))
 *
 * f′(0) = α for leaky-relu, as in PyTorch. Its f⁻¹(y) is y if y > 0, and otherwise y / α. silu has no inverse: it falls
 * to −W(1/e) ≈ −0.278 at x ≈ −1.278, with Lambert's W, and rises again.
 *
 * x and y have any shape; there are no parameters.
 */
import { Activation, ACTIVATIONS, type ActivationName } from '../nn/activation.ts';
import type { Layer, ParameterShapes } from '../nn/layer.ts';
import { exp } from '../tensor/elementary.ts';
import { expectShape, zeros, type Tensor } from '../tensor/tensor.ts';

/** What is known of an activation whatever its options. */
interface Traits {
  /** All values of f lie from the first to the second. */
  readonly range: readonly [least: number, largest: number];
  /** Whether f′ jumps. */
  readonly hasKink?: true;
}

/** f, f′ and f″ at x. */
interface Rule {
  readonly f: (x: number) => number;
  readonly first: (x: number) => number;
  readonly second: (x: number) => number;
  /** f⁻¹, if there is one. */
  readonly inverse?: (y: number) => number;
}

export interface LeakyReluOptions {
  /** α, positive; default: 0.01. PyTorch calls it negative_slope. */
  readonly slope?: number;
}

/** The table, one row per activation: what is known of it, and its f, f′ and f″ with given options. */
const TABLE = {
  'leaky-relu': {
    range: [-Infinity, Infinity],
    hasKink: true,
    rule: ({ slope = 0.01 }: LeakyReluOptions): Rule => {
      if (!(slope > 0 && slope < Infinity)) {
        throw new RangeError(`leaky-relu slope: expected a positive number, got ${slope}`);
      }
      return {
        f: (x) => (x > 0 ? x : slope * x),
        first: (x) => (x > 0 ? 1 : slope),
        second: () => 0,
        inverse: (y) => (y > 0 ? y : y / slope),
      };
    },
  },
  silu: {
    range: [-0.2784645427610738, Infinity],
    rule: (): Rule => ({
      f: (x) => x * sigmoid(x),
      first: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
      second: (x) => sigmoid(x) * sigmoid(-x) * (2 + x * (sigmoid(-x) - sigmoid(x))),
    }),
  },
} satisfies Record<string, Traits & { readonly rule: (options: any) => Rule }>;

/** The traits of the activations of src/nn. */
const PAPER: Readonly<Record<ActivationName, Traits>> = {
  sigmoid: { range: [0, 1] },
  tanh: { range: [-1, 1] },
  relu: { range: [0, Infinity], hasKink: true },
};

/** 1 / (1 + e⁻ˣ); 1 − s is sigmoid(−x), without cancellation. */
const sigmoid = (x: number): number => 1 / (1 + exp(-x));

export type OtherActivationName = keyof typeof TABLE;
export type AnyActivationName = ActivationName | OtherActivationName;

const OTHERS = Object.keys(TABLE) as readonly OtherActivationName[];
/** All activations by name, those of src/nn first. */
export const ALL_ACTIVATIONS: readonly AnyActivationName[] = [...ACTIVATIONS, ...OTHERS];

const isOther = (f: AnyActivationName): f is OtherActivationName => Object.hasOwn(TABLE, f);

export const traitsOf = (f: AnyActivationName): Traits => (isOther(f) ? TABLE[f] : PAPER[f]);

/** What an activation may be given besides the shape of x. */
export type ActivationOptions<F extends AnyActivationName> =
  F extends OtherActivationName ? (Parameters<(typeof TABLE)[F]['rule']> extends [infer O] ? O : unknown) : unknown;

/** The layer of any activation. @throws {RangeError} if there is none of that name, or an option is not valid. */
export function activationLayer(
  f: AnyActivationName, { inShape, ...options }: { readonly inShape: readonly number[] },
): Activation | OtherActivation {
  if (isOther(f)) return new OtherActivation(f, inShape, options);
  if (ACTIVATIONS.includes(f)) return new Activation(f, inShape);
  throw new RangeError(`activation: expected ${ALL_ACTIVATIONS.join(', ')}, got ${f}`);
}

/** An activation of the table above. */
export class OtherActivation implements Layer<unknown> {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes = {};
  readonly f: OtherActivationName;
  readonly rule: Rule;
  readonly #y: Tensor;
  readonly #gradX: Tensor;
  readonly #rY: Tensor;
  readonly #rGradX: Tensor;
  #x: Tensor;
  #gradY: Tensor;
  #rX: Tensor;

  /** @throws {RangeError} if an option is not valid. */
  constructor(f: OtherActivationName, shape: readonly number[], options: object = {}) {
    this.f = f;
    this.rule = (TABLE[f].rule as (options: object) => Rule)(options);
    this.inShape = this.outShape = shape;
    this.#y = this.#gradY = zeros(shape);
    this.#gradX = this.#x = this.#rX = zeros(shape);
    this.#rY = zeros(shape);
    this.#rGradX = zeros(shape);
  }

  /** y = f(x) */
  forward(x: Tensor): Tensor {
    expectShape('Activation x', x, this.inShape);
    this.#x = x;
    const { f } = this.rule, y = this.#y.data;
    for (let i = 0; i < y.length; i++) y[i] = f(x.data[i]);
    return this.#y;
  }

  /** ∂x = f′(x) ∂y */
  backward(gradY: Tensor): Tensor {
    expectShape('Activation gradY', gradY, this.outShape);
    this.#gradY = gradY;
    const { first } = this.rule, x = this.#x.data, gradX = this.#gradX.data;
    for (let i = 0; i < gradX.length; i++) gradX[i] = first(x[i]) * gradY.data[i];
    return this.#gradX;
  }

  /** R{y} = f′(x) R{x} */
  rForward(rX: Tensor): Tensor {
    expectShape('Activation rX', rX, this.inShape);
    this.#rX = rX;
    const { first } = this.rule, x = this.#x.data, rY = this.#rY.data;
    for (let i = 0; i < rY.length; i++) rY[i] = first(x[i]) * rX.data[i];
    return this.#rY;
  }

  /** R{∂x} = f′(x) R{∂y} + f″(x) R{x} ∂y */
  rBackward(rGradY: Tensor): Tensor {
    expectShape('Activation rGradY', rGradY, this.outShape);
    const { first, second } = this.rule, x = this.#x.data, rX = this.#rX.data, gradY = this.#gradY.data;
    const rGradX = this.#rGradX.data;
    for (let i = 0; i < rGradX.length; i++) {
      rGradX[i] = first(x[i]) * rGradY.data[i] + second(x[i]) * rX[i] * gradY[i];
    }
    return this.#rGradX;
  }
}
