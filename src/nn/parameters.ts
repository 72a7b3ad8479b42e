/**
 * @file A flat vector with an entry per parameter, which θ, ∂ℓ/∂θ and R{θ} are, in three views that share memory.
 *
 *   data      one Float64Array: what Eq. (5) and an optimiser that trains the network work on
 *   tree      tensors by layer and name, nested as the layers are: what the four passes work on
 *   tensors   the same tensors by their names in a checkpoint: body.0.weight, body.0.bias, ..., fc.0.bias
 */
import { sizeOf, view, type Tensor } from '../tensor/tensor.ts';
import type { ParameterShapes } from './layer.ts';

/** Tensors under the names of `ParameterShapes`. */
export interface ParameterTree {
  readonly [name: string]: Tensor | ParameterTree;
}

/** What the passes add gradients to, or take directions from. */
export interface HasTree {
  readonly tree: ParameterTree;
}

/**
 * The difference ∇W′ − ∇W between the gradient that a network computes and the shared one. Eq. (5) is its squared norm,
 * L_G = ‖∇W′ − ∇W‖², and the R-passes run along v = 2 (∇W′ − ∇W). An interface, so that it can be stored in factors.
 */
export interface GradientDifference {
  readonly gradient: HasTree; //  ∇W′: what `backward` adds to
  readonly direction: HasTree; // v of the last `measure`
  clear(): void; //               ∇W′ ← 0
  measure(): number; //           v ← 2 (∇W′ − ∇W); returns L_G
}

export class ParameterVector {
  readonly shapes: ParameterShapes;
  readonly data: Float64Array;
  readonly tree: ParameterTree;
  readonly tensors: ReadonlyMap<string, Tensor>;

  /**
   * @param data the numbers, not copied; default: zeros.
   * @throws {RangeError} if `data` does not have as many numbers as the shapes.
   */
  constructor(shapes: ParameterShapes, data?: Float64Array) {
    const size = flatten(shapes).reduce((sum, [, shape]) => sum + sizeOf(shape), 0);
    if (size >= 0x80000000) throw new RangeError(`parameters: expected fewer than 2^31 numbers, got ${size}`);
    this.shapes = shapes;
    this.data = data ?? new Float64Array(size);
    if (data && data.length !== size) throw new RangeError(`parameters: expected ${size} numbers, got ${data.length}`);
    const tensors = new Map<string, Tensor>();
    let offset = 0;
    for (const [name, shape] of flatten(shapes)) {
      tensors.set(name, view(this.data, shape, offset));
      offset += sizeOf(shape);
    }
    this.tensors = tensors;
    this.tree = treeOf(shapes, tensors);
  }

  /** A vector of the same shapes over `data`; default: zeros. @throws {RangeError} if the length differs. */
  like(data?: Float64Array): ParameterVector {
    return new ParameterVector(this.shapes, data);
  }

  /** @throws {RangeError} that begins with `name`, if the tensors have other names or shapes than `shapes`. */
  expectShapes(name: string, shapes: ParameterShapes): void {
    const [expected, got] = [shapes, this.shapes].map((shapes) =>
      flatten(shapes).map(([tensor, shape]) => `${tensor} [${shape}]`).join(', '));
    if (got !== expected) throw new RangeError(`${name}: expected ${expected}, got ${got}`);
  }
}

/** ∇W′ − ∇W as full vectors. */
export class DenseDifference implements GradientDifference {
  readonly gradient: ParameterVector;
  readonly direction: ParameterVector;
  readonly #shared: ParameterVector;

  /** @param shared ∇W; not copied. */
  constructor(shared: ParameterVector) {
    this.#shared = shared;
    this.gradient = shared.like();
    this.direction = shared.like();
  }

  clear(): void {
    this.gradient.data.fill(0);
  }

  measure(): number {
    const gradient = this.gradient.data, shared = this.#shared.data, v = this.direction.data;
    let objective = 0;
    for (let i = 0; i < v.length; i++) {
      const difference = gradient[i] - shared[i];
      objective += difference * difference;
      v[i] = 2 * difference;
    }
    return objective;
  }
}

/** Every name with its shape, a nested one as `outer.inner`. */
function flatten(shapes: ParameterShapes): [name: string, shape: readonly number[]][] {
  return Object.entries(shapes).flatMap(([name, shape]): [string, readonly number[]][] =>
    isShape(shape) ? [[name, shape]] : flatten(shape).map(([inner, innerShape]) => [`${name}.${inner}`, innerShape]));
}

function treeOf(shapes: ParameterShapes, tensors: ReadonlyMap<string, Tensor>, prefix = ''): ParameterTree {
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) =>
    [name, isShape(shape) ? tensors.get(prefix + name)! : treeOf(shape, tensors, `${prefix}${name}.`)]));
}

function isShape(shape: readonly number[] | ParameterShapes): shape is readonly number[] {
  return Array.isArray(shape);
}
