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
  for (const name of named.keys()) {
    if (vector.tensors.has(name)) continue;
    throw new RangeError(`${name}: expected one of ${[...vector.tensors.keys()].join(', ')}`);
  }
  for (const [name, { shape }] of vector.tensors) {
    const source = named.get(name);
    if (!source) throw new RangeError(`${name}: expected shape [${shape}], got nothing`);
    expectShape(name, source, shape);
  }
  for (const [name, tensor] of vector.tensors) tensor.data.set(named.get(name)!.data);
  return vector;
}
