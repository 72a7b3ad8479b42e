/**
 * @file θ, ∂ℓ/∂θ and R{θ}: flat vectors cut into the layers' windows.
 *
 *   data     all numbers in one Float64Array: what the optimiser, Eq. (5) and the R-operator work on
 *   windows  { W, b } of each layer: what its four passes work on; the same memory
 *   tensors  the same again by checkpoint name: body.0.weight, body.0.bias, …, fc.0.bias
 */
import { expectShape, sizeOf, view, type Tensor } from '../tensor/tensor.ts';
import type { ParameterShapes, Parameters } from './layer.ts';
import { OuterDifference } from './outer-product.ts';

/** What is cut out of the flat vector for one layer, under its name. */
export interface NamedShapes {
  readonly name: string;
  readonly shapes: ParameterShapes;
  /** As the layer says (layer.ts). */
  readonly isOuter?: boolean | undefined;
}

export class ParameterVector {
  readonly data: Float64Array;
  readonly windows: readonly Parameters[];
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly #layout: readonly NamedShapes[];

  /**
   * @param data the numbers to cut up, zeros where none are given; not copied.
   * @param outer what stands in the place of a layer's W, by the layer's number; W is then empty.
   * @throws {RangeError} where `data` is not as long as the layout.
   */
  constructor(layout: readonly NamedShapes[], data?: Float64Array, outer: readonly Parameters['outer'][] = []) {
    let size = 0;
    layout.forEach(({ shapes }, k) => (size += (outer[k] ? 0 : lengthOf(shapes.W)) + lengthOf(shapes.b)));
    if (size >= 2 ** 31) throw new RangeError(`parameters: expected fewer than 2^31 numbers, got ${size}`);
    if (data && data.length !== size) throw new RangeError(`parameters: expected ${size} numbers, got ${data.length}`);
    this.data = data ?? new Float64Array(size);
    this.#layout = layout;

    const tensors = new Map<string, Tensor>();
    let offset = 0;
    const cut = (name: string, shape: readonly number[] | undefined): Tensor => {
      const tensor = view(this.data, shape ?? [0], offset);
      offset += tensor.data.length;
      if (shape) tensors.set(name, tensor);
      return tensor;
    };
    this.windows = layout.map(({ name, shapes }, k) => ({
      W: cut(`${name}.weight`, outer[k] ? undefined : shapes.W),
      b: cut(`${name}.bias`, shapes.b),
      outer: outer[k],
    }));
    this.tensors = tensors;
  }

  /**
   * @throws {RangeError} as `name`, where the layers' names or shapes in this vector are not those of `other`, or a
   *   matrix of it is not written out.
   */
  expectLayout(name: string, other: ParameterVector | readonly NamedShapes[]): void {
    if (this.windows.some(({ outer }) => outer)) {
      throw new RangeError(`${name}: expected every matrix written out, got one as outer products`);
    }
    const expected = describe(other instanceof ParameterVector ? other.#layout : other), got = describe(this.#layout);
    if (got !== expected) throw new RangeError(`${name}: expected ${expected}, got ${got}`);
  }

  /**
   * Another vector of this layout over `data`, or zeros; what stands in the place of a matrix is the same in both.
   * @throws {RangeError} where the length differs.
   */
  like(data?: Float64Array): ParameterVector {
    return new ParameterVector(this.#layout, data, this.windows.map(({ outer }) => outer));
  }

  /** A copy in which every ∂ℓ/∂W that is an outer product is kept as the difference from this vector's. */
  withOuter(): ParameterVector {
    const outer = this.#layout.map(({ isOuter }, k) => (isOuter ? new OuterDifference(this.windows[k].W) : undefined));
    const copy = new ParameterVector(this.#layout, undefined, outer);
    for (const [name, tensor] of copy.tensors) tensor.data.set(this.tensors.get(name)!.data);
    return copy;
  }

  /**
   * Copies tensors in by checkpoint name, all of them.
   * @throws {RangeError} naming a tensor that is missing, unknown, or of another shape; then nothing is copied.
   */
  load(named: ReadonlyMap<string, Tensor>): this {
    for (const name of named.keys()) {
      if (!this.tensors.has(name)) {
        throw new RangeError(`${name}: expected one of ${[...this.tensors.keys()].join(', ')}`);
      }
    }
    for (const [name, tensor] of this.tensors) {
      const source = named.get(name);
      if (!source) throw new RangeError(`${name}: expected shape [${tensor.shape}], got nothing`);
      expectShape(name, source, tensor.shape);
    }
    for (const [name, tensor] of this.tensors) tensor.data.set(named.get(name)!.data);
    return this;
  }
}

/** A layout on one line: `fc.0 [10,588] [10]`, weight and bias of each layer that has any. */
function describe(layout: readonly NamedShapes[]): string {
  const withParameters = layout.filter(({ shapes: { W, b } }) => W ?? b);
  return withParameters.map(({ name, shapes: { W, b } }) => `${name} [${W ?? ''}] [${b ?? ''}]`).join(', ');
}

const lengthOf = (shape: readonly number[] | undefined): number => (shape ? sizeOf(shape) : 0);
