/**
 * @file Flatten: the numbers of each sample in one row. It changes a shape and no number, so every pass hands on the
 * same data under the other shape. x [batch, ...], y [batch, features].
 */
import { expectShape, sizeOf, type Tensor } from '../tensor/tensor.ts';
import type { Layer, ParameterShapes } from './layer.ts';

export class Flatten implements Layer<unknown> {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes = {};

  constructor(inShape: readonly number[]) {
    this.inShape = inShape;
    this.outShape = [inShape[0], sizeOf(inShape.slice(1))];
  }

  /** y = x */
  forward(x: Tensor): Tensor {
    expectShape('Flatten x', x, this.inShape);
    return { shape: this.outShape, data: x.data };
  }

  /** ∂x = ∂y */
  backward(gradY: Tensor): Tensor {
    expectShape('Flatten gradY', gradY, this.outShape);
    return { shape: this.inShape, data: gradY.data };
  }

  /** R{y} = R{x} */
  rForward = this.forward;

  /** R{∂x} = R{∂y} */
  rBackward = this.backward;
}
