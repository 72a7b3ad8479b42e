/**
 * @file How many independent equations ∇W′ = ∇W holds at most, for a batch of B images.
 *
 *   linear layer       r (out + columns − r)          (∂W ∂b) [out, columns] is a sum of B products g (aᵀ 1); a
 *                                                     matrix of rank r = min(B, out, columns) has so many free numbers
 *   the last layer     r (out − 1 + columns − r)      each column sums to 0, so the last row follows from the others
 *   any other layer    one per number of ∂θ
 *
 * If u layers share their weights, ∂W is a sum of u B products, so that B is u B there.
 *
 * With fewer equations than pixels the gradient does not determine the images; with more it may.
 */
import { lastLayer } from '../../attack/extract-label.ts';
import type { ParameterVector } from '../../nn/parameters.ts';

/**
 * The largest possible number of independent equations, for a gradient of these shapes from `batch` images.
 * @param uses how many layers share the weights of this name; default: 1.
 */
export function countEquations(
  gradient: ParameterVector, batch: number, uses: (layer: string) => number = () => 1,
): number {
  const { tensors } = gradient, last = lastLayer(gradient).weight;
  let equations = 0;
  for (const [name, { shape, data }] of tensors) {
    const layer = name.replace(/\.\w+$/, '');
    const weight = tensors.get(`${layer}.weight`), bias = tensors.get(`${layer}.bias`);
    if (weight?.shape.length !== 2) equations += data.length;
    else if (name.endsWith('.weight')) {
      const [out, features] = shape, rows = weight === last ? out - 1 : out, columns = features + (bias ? 1 : 0);
      const r = Math.min(uses(layer) * batch, rows, columns);
      equations += r * (rows + columns - r);
    }
  }
  return equations;
}
