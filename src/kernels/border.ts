/**
 * @file x̄, an image with a border of zeros.
 *
 *   pad    x̄[ch, before + i, before + j] = x[ch, i, j], the border stays 0
 *   crop   x[ch, i, j] = x̄[ch, before + i, before + j]: the adjoint, ⟨pad x, x̄⟩ = ⟨x, crop x̄⟩
 *
 * Both are linear: R passes through them. x [channels, height, width].
 */
import { strided } from '../tensor/matmul.ts';

export class Border {
  /** The shape of x̄, [channels, before + height + after, before + width + after]. */
  readonly shape: readonly [number, number, number];
  /** For each entry of x its place in x̄. */
  readonly #middle: Int32Array;

  /** `before` zeros above and on the left, `after` zeros below and on the right. */
  constructor([channels, height, width]: readonly number[], before: number, after: number) {
    const side = before + height + after, line = before + width + after;
    this.shape = [channels, side, line];
    this.#middle = strided([channels, height, width], [side * line, line, 1], before * line + before);
  }

  /** x̄ ← x in its middle */
  pad(x: Float64Array, padded: Float64Array): void {
    const middle = this.#middle;
    for (let n = 0; n < middle.length; n = (n + 1) | 0) padded[middle[n]] = x[n];
  }

  /** x ← the middle of x̄ */
  crop(padded: Float64Array, x: Float64Array): void {
    const middle = this.#middle;
    for (let n = 0; n < middle.length; n = (n + 1) | 0) x[n] = padded[middle[n]];
  }
}
