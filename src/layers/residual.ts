/**
 * @file A residual block: two paths from x to y whose outputs add. The shortcut is x itself by default.
 *
 *   forward     y      = branch(x) + shortcut(x)
 *   backward    ∂x     = ∂x of the branch + ∂x of the shortcut, both from ∂y
 *   rForward    R{y}   = R{branch(x)} + R{shortcut(x)}
 *   rBackward   R{∂x}  = R{∂x} of the branch + R{∂x} of the shortcut, both from R{∂y}
 *
 * x [batch, ...], y [batch, ...]. The parameters are those of the two layers, branch.* and shortcut.*; PyTorch has no
 * such module. Source: K. He et al., "Deep Residual Learning for Image Recognition" (CVPR 2016).
 */
import type { Layer, ParameterShapes } from '../nn/layer.ts';
import { expectShape, zeros, type Tensor } from '../tensor/tensor.ts';

/** The parameters of both paths; `shortcut` is absent if the shortcut is x itself. */
export interface BranchAndShortcut {
  readonly branch: unknown;
  readonly shortcut?: unknown;
}

export class Residual implements Layer<BranchAndShortcut> {
  readonly branch: Layer;
  readonly shortcut: Layer | undefined;
  readonly inShape: readonly number[];
  readonly outShape: readonly number[];
  readonly parameterShapes: ParameterShapes;
  readonly #y: Tensor;
  readonly #gradX: Tensor;
  readonly #rY: Tensor;
  readonly #rGradX: Tensor;

  /** @throws {RangeError} if the two paths do not start and end with the same shapes. */
  constructor(branch: Layer, shortcut?: Layer) {
    const { inShape, outShape } = branch, other = shortcut ?? { inShape, outShape: inShape };
    if (`${other.inShape}` !== `${inShape}` || `${other.outShape}` !== `${outShape}`) {
      const expected = `a shortcut from [${inShape}] to [${outShape}]`;
      throw new RangeError(`Residual: expected ${expected}, got one from [${other.inShape}] to [${other.outShape}]`);
    }
    this.branch = branch;
    this.shortcut = shortcut;
    this.inShape = inShape;
    this.outShape = outShape;
    this.parameterShapes = {
      branch: branch.parameterShapes,
      ...(shortcut && { shortcut: shortcut.parameterShapes }),
    };
    this.#y = zeros(outShape);
    this.#rY = zeros(outShape);
    this.#gradX = zeros(inShape);
    this.#rGradX = zeros(inShape);
  }

  /** y = branch(x) + shortcut(x) */
  forward(x: Tensor, p: BranchAndShortcut): Tensor {
    expectShape('Residual x', x, this.inShape);
    return sum(this.branch.forward(x, p.branch), this.shortcut?.forward(x, p.shortcut) ?? x, this.#y);
  }

  /** ∂x = ∂x of the branch + ∂x of the shortcut */
  backward(gradY: Tensor, p: BranchAndShortcut, grad: BranchAndShortcut): Tensor {
    expectShape('Residual gradY', gradY, this.outShape);
    const onShortcut = this.shortcut?.backward(gradY, p.shortcut, grad.shortcut) ?? gradY;
    return sum(this.branch.backward(gradY, p.branch, grad.branch), onShortcut, this.#gradX);
  }

  /** R{y} = R{branch(x)} + R{shortcut(x)} */
  rForward(rX: Tensor, p: BranchAndShortcut, rP: BranchAndShortcut): Tensor {
    expectShape('Residual rX', rX, this.inShape);
    const onShortcut = this.shortcut?.rForward(rX, p.shortcut, rP.shortcut) ?? rX;
    return sum(this.branch.rForward(rX, p.branch, rP.branch), onShortcut, this.#rY);
  }

  /** R{∂x} = R{∂x} of the branch + R{∂x} of the shortcut */
  rBackward(rGradY: Tensor, p: BranchAndShortcut, rP: BranchAndShortcut, rGrad?: BranchAndShortcut): Tensor {
    expectShape('Residual rGradY', rGradY, this.outShape);
    const onShortcut = this.shortcut?.rBackward(rGradY, p.shortcut, rP.shortcut, rGrad?.shortcut) ?? rGradY;
    return sum(this.branch.rBackward(rGradY, p.branch, rP.branch, rGrad?.branch), onShortcut, this.#rGradX);
  }
}

/** c ← a + b */
function sum(a: Tensor, b: Tensor, c: Tensor): Tensor {
  for (let i = 0; i < c.data.length; i++) c.data[i] = a.data[i] + b.data[i];
  return c;
}
