/**
 * @file The tensors of a checkpoint, copied into a ParameterVector by their names.
 */
import type { ParameterVector } from '../nn/parameters.ts';
import { expectShape, type Tensor } from '../tensor/tensor.ts';

/**
 * Copies every tensor of `vector` from `named`; returns the vector.
 * @throws {RangeError} naming a tensor that is missing, unknown or of another shape; then nothing is copied.
 */
export function loadParameters(vector: ParameterVector, named: ReadonlyMap<string, Tensor>): ParameterVector {
  const expected = [...vector.tensors], unknown = [...named.keys()].find((name) => !vector.tensors.has(name));
  if (unknown !== undefined) {
    throw new RangeError(`${unknown}: expected one of ${[...vector.tensors.keys()].join(', ')}`);
  }
  const missing = expected.find(([name]) => !named.has(name));
  if (missing) throw new RangeError(`${missing[0]}: expected shape [${missing[1].shape}], got nothing`);
  expected.forEach(([name, { shape }]) => expectShape(name, named.get(name)!, shape));
  for (const [name, tensor] of expected) tensor.data.set(named.get(name)!.data);
  return vector;
}
