/**
 * @file The contract of a layer: four passes, its parameters as arguments.
 *
 *   forward     y
 *   backward    ∂ℓ/∂x, and ∂ℓ/∂θ added up                       (reverse mode)
 *   rForward    R{y}                                             (forward mode along R{θ})
 *   rBackward   R{∂ℓ/∂x}, and R{∂ℓ/∂θ} where asked               (forward mode over reverse mode)
 *
 * R{·} is Pearlmutter's operator, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994): for a
 * direction R{θ} in parameter space, R{a} = d/dr a(θ + r·R{θ}) at r = 0. It is a derivative, so R{AB} = R{A}B + A R{B}
 * and R{f(a)} = f′(a) ⊙ R{a}: every R-pass is its plain pass, differentiated line by line.
 *
 * Naming: gradA is ∂ℓ/∂A and rA is R{A}, both shaped like A; rGradA is R{∂ℓ/∂A}.
 *
 * The passes of one sample run in the order above, each needs the ones before it, and each returns its layer's own
 * buffer: valid until that pass runs again. A layer never sees a batch; a batch is several networks over one θ.
 */
import type { Tensor } from '../tensor/tensor.ts';
import type { OuterDifference } from './outer-product.ts';

/** A layer's window of θ, of ∂ℓ/∂θ or of R{θ}. A layer without weights or bias has empty tensors there. */
export interface Parameters {
  readonly W: Tensor;
  readonly b: Tensor;
  /** What stands in the place of ∂ℓ/∂W and of R{W} where those are not written out; W is then empty. */
  readonly outer?: OuterDifference | undefined;
}

/** The shapes of a layer's parameters, undefined where it has none. */
export interface ParameterShapes {
  readonly W?: readonly number[] | undefined;
  readonly b?: readonly number[] | undefined;
}

export interface Layer {
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes;
  /** Whether ∂ℓ/∂W is an outer product of two vectors, Eq. (3), so that `outer` can stand in its place. */
  readonly isOuter?: boolean;

  /** y(x, θ). @throws {RangeError} where x is not of `inShape`. */
  forward(x: Tensor, p: Parameters): Tensor;

  /**
   * Adds ∂ℓ/∂θ into `grad`, or sets its `outer`; returns ∂ℓ/∂x, spared if `wantGradX` is false.
   * @throws {RangeError} for gradY's shape.
   */
  backward(gradY: Tensor, p: Parameters, grad: Parameters, wantGradX?: boolean): Tensor | undefined;

  /** R{y}; rX undefined says that x does not depend on θ, R{x} = 0. */
  rForward(rX: Tensor | undefined, p: Parameters, rP: Parameters): Tensor;

  /** R{∂ℓ/∂x}; adds R{∂ℓ/∂θ} into `rGrad` where that is given, written out. */
  rBackward(rGradY: Tensor, p: Parameters, rP: Parameters, rGrad?: Parameters): Tensor;
}
