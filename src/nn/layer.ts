/**
 * @file What a layer is: four passes that take its parameters as arguments.
 *
 *   forward     y
 *   backward    ∂x; adds ∂θ to `grad`                       reverse mode: from the output back
 *   rForward    R{y}                                        forward mode: along R{x} and R{θ}
 *   rBackward   R{∂x}; adds R{∂θ} to `rGrad`, if given      the directional derivative of backward
 *
 * In comments ∂a stands for ∂ℓ/∂a, the derivative of the loss. In code gradA is ∂a and rA is R{a}; both have the shape
 * of a. rGradA is R{∂a}.
 *
 * R{·} is Pearlmutter's operator: the derivative along a direction (R{x}, R{θ}) that may be chosen freely,
 *
 *   R{a} = d/dr a(x + r·R{x}, θ + r·R{θ}) at r = 0
 *
 * Being a derivative, it obeys the product rule and the chain rule, R{AB} = R{A}B + A R{B} and R{f(a)} = f′(a) R{a}.
 * So each R-pass is its plain pass, differentiated line by line.
 *
 * Tensors are batch first: [batch, channels, height, width] or [batch, features]. In the paper batch = 1.
 * The passes run in the order above, and each may use what the earlier ones have computed, or refer to what they were
 * given. A pass returns a buffer of its layer, which is valid until that pass runs again.
 *
 * Source: B. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994).
 */
import type { Tensor } from '../tensor/tensor.ts';

/** Shapes by name, as in PyTorch's state_dict: weight, bias. A composite layer nests those of its parts. */
export interface ParameterShapes {
  readonly [name: string]: readonly number[] | ParameterShapes;
}

/** @template P the layer's parameters by name: tensors of the shapes in `parameterShapes`. */
export interface Layer<P = any> {
  readonly inShape: readonly number[]; //  of x, batch first
  readonly outShape: readonly number[]; // of y, batch first
  readonly parameterShapes: ParameterShapes;

  /** y. @throws {RangeError} if x does not have the shape `inShape`; the other passes check likewise. */
  forward(x: Tensor, p: P): Tensor;

  /** ∂x; adds ∂θ to `grad`. */
  backward(gradY: Tensor, p: P, grad: P): Tensor;

  /** R{y} along R{x} and R{θ} = `rP`. */
  rForward(rX: Tensor, p: P, rP: P): Tensor;

  /** R{∂x}; adds R{∂θ} to `rGrad`, if given. `rP` is that of rForward. */
  rBackward(rGradY: Tensor, p: P, rP: P, rGrad?: P): Tensor;
}
