/**
 * @file Layers one after the other, as one layer. Its parameters are its parts' under their names.
 *
 *   forward     y₀ = x,       yₖ = layerₖ(yₖ₋₁)               first to last
 *   backward    ∂y_L = ∂y,    ∂yₖ₋₁ from ∂yₖ                  last to first
 *   rForward    R{y₀} = R{x}, R{yₖ} from R{yₖ₋₁}              first to last
 *   rBackward   R{∂yₖ₋₁} from R{∂yₖ}                          last to first
 */
import type { Tensor } from '../tensor/tensor.ts';
import type { Layer, ParameterShapes } from './layer.ts';

/** A layer and the name that its parameters have in a checkpoint: body.0 for body.0.weight and body.0.bias. */
export interface NamedLayer {
  readonly name: string;
  readonly layer: Layer;
}

/** The parameters of each part, by its name. */
type ByName = Readonly<Record<string, unknown>>;

export class Sequence implements Layer<ByName> {
  readonly parts: readonly NamedLayer[];
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes;

  /** @throws {RangeError} if there is no layer, two have the same name, or one does not fit the output of the one before. */
  constructor(parts: readonly NamedLayer[]) {
    if (parts.length === 0) throw new RangeError('layers: expected at least one, got none');
    parts.forEach(({ name, layer }, k) => {
      const before = parts.slice(0, k);
      if (before.some((other) => other.name === name)) throw new RangeError(`${name}: expected the name once, got it twice`);
      if (k > 0 && `${before[k - 1].layer.outShape}` !== `${layer.inShape}`) {
        throw new RangeError(`${name}: expected an input of shape [${layer.inShape}], got [${before[k - 1].layer.outShape}]`);
      }
    });
    this.parts = parts;
    this.inShape = parts[0].layer.inShape;
    this.outShape = parts[parts.length - 1].layer.outShape;
    this.parameterShapes = Object.fromEntries(parts.map(({ name, layer }) => [name, layer.parameterShapes]));
  }

  forward(x: Tensor, p: ByName): Tensor {
    let y = x;
    for (const { name, layer } of this.parts) y = layer.forward(y, p[name]);
    return y;
  }

  backward(gradY: Tensor, p: ByName, grad: ByName): Tensor {
    let g = gradY;
    for (const { name, layer } of this.parts.toReversed()) g = layer.backward(g, p[name], grad[name]);
    return g;
  }

  rForward(rX: Tensor, p: ByName, rP: ByName): Tensor {
    let rY = rX;
    for (const { name, layer } of this.parts) rY = layer.rForward(rY, p[name], rP[name]);
    return rY;
  }

  rBackward(rGradY: Tensor, p: ByName, rP: ByName, rGrad?: ByName): Tensor {
    let rG = rGradY;
    for (const { name, layer } of this.parts.toReversed()) rG = layer.rBackward(rG, p[name], rP[name], rGrad?.[name]);
    return rG;
  }
}
