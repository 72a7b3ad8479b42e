/**
 * @file How many independent equations ∇W′ = ∇W holds at most, for a batch of B images.
 *
 *   linear layer       r (out + columns − r)          (∂W ∂b) [out, columns] is a sum of B products g (aᵀ 1); a matrix
 *                                                     of rank r = min(B, out, columns) has that many free numbers
 *   the last layer     r (out − 1 + columns − r)      each column sums to 0, so the last row follows from the others
 *   any other layer    one per number of ∂θ
 *
 * A tensor that was not shared has no equations, and its columns are left out. If u layers share their weights, ∂W is a
 * sum of u B products, so that B is u B there.
 *
 * With fewer equations than pixels the gradient does not determine the images; with more it may.
 */
import { lastLayer } from '../../attack/extract-label.ts';
import type { ParameterVector } from '../../nn/parameters.ts';

export interface EquationOptions {
  /** The names of the tensors that were not shared; default: none. */
  readonly withheld?: readonly string[];
  /** How many layers share the weights of this name; default: 1. */
  readonly uses?: (layer: string) => number;
}

/** The largest possible number of independent equations, for a gradient of these shapes from `batch` images. */
export function countEquations(
  gradient: ParameterVector, batch: number, { withheld = [], uses = () => 1 }: EquationOptions = {},
): number {
  const { tensors } = gradient, last = lastLayer(gradient).weight;
  const isShared = (name: string): boolean => tensors.has(name) && !withheld.includes(name);
  let equations = 0;
  for (const [name, { shape, data }] of tensors) {
    const layer = name.replace(/\.\w+$/, ''), weight = tensors.get(`${layer}.weight`);
    if (weight?.shape.length !== 2) equations += isShared(name) ? data.length : 0;
    else if (name.endsWith('.weight')) {
      const [out, features] = shape, rows = weight === last ? out - 1 : out;
      const columns = (isShared(name) ? features : 0) + (isShared(`${layer}.bias`) ? 1 : 0);
      const r = Math.min(uses(layer) * batch, rows, columns);
      equations += r * (rows + columns - r);
    }
  }
  return equations;
}
