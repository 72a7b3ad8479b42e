/**
 * @file Layers one after the other, as nn/sequence.ts, in which a name may occur several times: layers of the same name
 * share their parameters (tied weights). With f(x; W) twice, y = f(f(x; W); W):
 *
 *   ∂W = ∂W of the first use + ∂W of the second        both uses add to the same ∂W; R{∂W} likewise
 *
 * Each use is a layer of its own, with its own buffers. Only the parameters are the same.
 */
import type { ParameterShapes } from '../nn/layer.ts';
import { Sequence, type NamedLayer } from '../nn/sequence.ts';

export class TiedSequence extends Sequence {
  override readonly parts: readonly NamedLayer[];
  override readonly parameterShapes: ParameterShapes;

  /**
   * @throws {RangeError} if there is no layer, two of one name do not have parameters of the same shapes, or one does
   *   not fit the output of the one before.
   */
  constructor(parts: readonly NamedLayer[]) {
    const first = (name: string): number => parts.findIndex((part) => part.name === name);
    const shapesOf = (k: number): string => JSON.stringify(parts[k].layer.parameterShapes);
    parts.forEach(({ name }, k) => {
      if (shapesOf(first(name)) === shapesOf(k)) return;
      const expected = 'a name of its own, or the shapes of the layer that has the same name';
      throw new RangeError(`${name}: expected ${expected}, ${shapesOf(first(name))}, got ${shapesOf(k)}`);
    });
    super(parts.map(({ name, layer }, k) => ({ name: first(name) === k ? name : `${name} (layer ${k})`, layer })));
    this.parts = parts;
    this.parameterShapes = Object.fromEntries(parts.map(({ name, layer }) => [name, layer.parameterShapes]));
  }
}

/** How many layers of a sequence have this name: more than one if their parameters are tied. */
export function timesUsed({ parts }: Sequence, name: string): number {
  return parts.filter((part) => part.name === name).length;
}
