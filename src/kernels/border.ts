/**
 * @file x̄, images with a border of zeros; skip on first reading.
 *
 *   pad    x̄[n, c, before + i, before + j] = x[n, c, i, j], the border stays 0
 *   crop   x[n, c, i, j] = x̄[n, c, before + i, before + j]: the adjoint, ⟨pad x, x̄⟩ = ⟨x, crop x̄⟩
 *
 * Both are linear: R passes through them. x [batch, channels, height, width].
 *
 * The idea: with a border, no loop has to ask whether a pixel lies inside the image.
 */
export class Border {
  /** The shape of x̄, [batch, channels, before + height + after, before + width + after]. */
  readonly shape: readonly [batch: number, channels: number, height: number, width: number];
  /** x[n, c, i, j] lies in x̄ at start + n·image + c·channel + i·line + j. */
  readonly start: number; readonly image: number; readonly channel: number; readonly line: number;
  readonly #height: number; readonly #width: number; readonly #before: number;

  /** `before` zeros above and on the left, `after` zeros below and on the right. */
  constructor([batch, channels, height, width]: readonly number[], before: number, after: number) {
    this.shape = [batch, channels, before + height + after, before + width + after];
    this.line = before + width + after;
    this.channel = (before + height + after) * this.line;
    this.image = channels * this.channel;
    this.start = before * this.line + before;
    this.#height = height;
    this.#width = width;
    this.#before = before;
  }

  /** The same border for another number of images. */
  withBatch(batch: number): Border {
    const [, channels, side] = this.shape, height = this.#height, width = this.#width;
    return new Border([batch, channels, height, width], this.#before, side - height - this.#before);
  }

  /** x̄ ← x in its middle */
  pad(x: Float64Array, padded: Float64Array): void {
    const { start, channel, line } = this, height = this.#height, width = this.#width;
    for (let plane = start, from = 0; plane < padded.length; plane += channel)
      for (let i = 0; i < height; i++) {
        const to = plane + i * line;
        for (let j = 0; j < width; j = (j + 1) | 0, from = (from + 1) | 0) padded[(to + j) | 0] = x[from];
      }
  }

  /** x ← the middle of x̄ */
  crop(padded: Float64Array, x: Float64Array): void {
    const { start, channel, line } = this, height = this.#height, width = this.#width;
    for (let plane = start, to = 0; plane < padded.length; plane += channel)
      for (let i = 0; i < height; i++) {
        const from = plane + i * line;
        for (let j = 0; j < width; j = (j + 1) | 0, to = (to + 1) | 0) x[to] = padded[(from + j) | 0];
      }
  }
}
