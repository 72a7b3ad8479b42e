/**
 * @file Layers one after the other, as one layer. Its parameters are its parts' under their names.
 *
 *   forward     y₀ = x,       yₖ = layerₖ(yₖ₋₁)               first to last
 *   backward    ∂y_L = ∂y,    ∂yₖ₋₁ from ∂yₖ, L layers        last to first
 *   rForward    R{y₀} = R{x}, R{yₖ} from R{yₖ₋₁}              first to last
 *   rBackward   R{∂y_L} = R{∂y}, R{∂yₖ₋₁} from R{∂yₖ}         last to first
 */
import type { Tensor } from '../tensor/tensor.ts';
import type { Layer, ParameterShapes } from './layer.ts';

/** A layer and the name that its parameters have in a checkpoint: body.0 for body.0.weight and body.0.bias. */
export interface NamedLayer {
  readonly name: string;
  readonly layer: Layer;
}

type ByName = Readonly<Record<string, unknown>>; // the parameters of each part

export class Sequence implements Layer<ByName> {
  readonly parts: readonly NamedLayer[];
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes;

  /** @throws {RangeError} if there is no layer, two share a name, or one does not fit the output of the one before. */
  constructor(parts: readonly NamedLayer[]) {
    if (parts.length === 0) throw new RangeError('layers: expected at least one, got none');
    parts.forEach(({ name, layer: { inShape } }, k) => {
      const isNew = parts.findIndex((part) => part.name === name) === k;
      if (!isNew) throw new RangeError(`${name}: expected a name of its own, got one that another layer has`);
      const got = k > 0 ? parts[k - 1].layer.outShape : inShape;
      if (`${got}` !== `${inShape}`) throw new RangeError(`${name} x: expected shape [${inShape}], got [${got}]`);
    });
    this.parts = parts;
    this.inShape = parts[0].layer.inShape;
    this.outShape = parts[parts.length - 1].layer.outShape;
    this.parameterShapes = Object.fromEntries(parts.map(({ name, layer }) => [name, layer.parameterShapes]));
  }

  forward(x: Tensor, p: ByName): Tensor {
    return this.parts.reduce((y, { name, layer }) => layer.forward(y, p[name]), x);
  }

  backward(gradY: Tensor, p: ByName, grad: ByName): Tensor {
    return this.parts.reduceRight((g, { name, layer }) => layer.backward(g, p[name], grad[name]), gradY);
  }

  rForward(rX: Tensor, p: ByName, rP: ByName): Tensor {
    return this.parts.reduce((rY, { name, layer }) => layer.rForward(rY, p[name], rP[name]), rX);
  }

  rBackward(rGradY: Tensor, p: ByName, rP: ByName, rGrad?: ByName): Tensor {
    return this.parts.reduceRight((g, { name, layer }) => layer.rBackward(g, p[name], rP[name], rGrad?.[name]), rGradY);
  }
}
