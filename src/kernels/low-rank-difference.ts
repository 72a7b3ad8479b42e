/**
 * @file ∇W′ − ∇W with some matrices as low-rank products, the others written out; skip on first reading. Fast twin of
 * `DenseDifference` in src/nn/parameters.ts; low-rank.ts says how a matrix is spared.
 *
 *   L_G = ‖∇W′ − ∇W‖² = Σ ‖D‖² over the low-rank matrices + Σ (∂θ − ∂θ*)² over all other parameters
 */
import type { ParameterShapes } from '../nn/layer.ts';
import { ParameterVector, type GradientDifference, type HasTree, type ParameterTree } from '../nn/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { FactoredGradient, LowRankDirection } from './low-rank.ts';

export class LowRankDifference implements GradientDifference {
  readonly gradient: HasTree;
  readonly direction: HasTree;
  readonly #lowRank: { readonly gradient: FactoredGradient; readonly direction: LowRankDirection }[] = [];
  /** All other parameters. */
  readonly #shared: ParameterVector;
  readonly #gradient: ParameterVector;
  readonly #v: ParameterVector;

  /**
   * @param shared ∇W
   * @param rows of the matrices to be kept as products: name, such as fc.0.weight, to the rows of their ∂Y.
   */
  constructor(shared: ParameterVector, rows: ReadonlyMap<string, number>) {
    const isDense = (name: string): boolean => !rows.has(name);
    this.#shared = new ParameterVector(filterShapes(shared.shapes, isDense));
    for (const [name, { data }] of this.#shared.tensors) data.set(shared.tensors.get(name)!.data);
    this.#gradient = this.#shared.like();
    this.#v = this.#shared.like();
    const gradients = new Map<string, FactoredGradient>(), directions = new Map<string, LowRankDirection>();
    for (const [name, count] of rows) {
      const G = shared.tensors.get(name)!;
      const gradient = new FactoredGradient(G.shape, count), direction = new LowRankDirection(G, count);
      gradients.set(name, gradient);
      directions.set(name, direction);
      this.#lowRank.push({ gradient, direction });
    }
    this.gradient = { tree: fillTree(shared.shapes, this.#gradient.tensors, gradients) };
    this.direction = { tree: fillTree(shared.shapes, this.#v.tensors, directions) };
  }

  clear(): void {
    this.#gradient.data.fill(0);
    for (const { gradient } of this.#lowRank) gradient.clear();
  }

  measure(): number {
    const gradient = this.#gradient.data, shared = this.#shared.data, v = this.#v.data;
    let objective = 0;
    for (const { gradient, direction } of this.#lowRank) objective += direction.measure(gradient);
    for (let i = 0; i < v.length; i++) {
      const difference = gradient[i] - shared[i];
      objective += difference * difference;
      v[i] = 2 * difference;
    }
    return objective;
  }
}

/** The shapes whose names pass. */
function filterShapes(shapes: ParameterShapes, passes: (name: string) => boolean, prefix = ''): ParameterShapes {
  const kept = Object.entries(shapes).filter(([name, shape]) => !Array.isArray(shape) || passes(prefix + name));
  return Object.fromEntries(kept.map(([name, shape]) => [name, Array.isArray(shape)
    ? (shape as readonly number[]) : filterShapes(shape as ParameterShapes, passes, `${prefix}${name}.`)]));
}

/** A tree of these shapes with, under each name, the tensor or, if there is none, the low-rank matrix. */
function fillTree(
  shapes: ParameterShapes, tensors: ReadonlyMap<string, Tensor>, lowRank: ReadonlyMap<string, object>, prefix = '',
): ParameterTree {
  return Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, Array.isArray(shape)
    ? tensors.get(prefix + name) ?? (lowRank.get(prefix + name) as unknown as Tensor) // only its layer looks into it
    : fillTree(shape as ParameterShapes, tensors, lowRank, `${prefix}${name}.`)]));
}
